/* See reading.h. */
#include "tests/support/unit.h"

#include "lib/base/text.h"
#include "tests/gate/asking.h"
#include "tests/gate/reading.h"

static enum authz_payload
payload(const struct head *h)
{
	static const struct {
		const char *text;
		enum authz_payload kind;
	} kinds[] = { { "UNSIGNED-PAYLOAD", AUTHZ_UNSIGNED },
		{ "STREAMING-UNSIGNED-PAYLOAD-TRAILER", AUTHZ_STREAM_UNSIGNED },
		{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", AUTHZ_STREAM_SIGNED },
		{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
		    AUTHZ_STREAM_SIGNED_TRAILER } };
	struct span s = { 0 };

	if (head_find(h, "x-amz-content-sha256", &s) == 0)
		return AUTHZ_NONE;
	for (size_t i = 0; i < ROWS(kinds); i++)
		if (span_is(s, kinds[i].text))
			return kinds[i].kind;
	return AUTHZ_HASH;
}

enum rc
reading_of(struct reading *r, bool endpoint, const char *lines, const char *service,
    const char *region, struct span body)
{
	struct span hash = { 0 };
	bool same = true;
	enum rc rc;

	*r = (struct reading){ .h = asking_head(lines) };
	buf_init(&r->plain, RESOLVE_INFLATED + (1 << 20));
	snprintf(r->a.service, sizeof r->a.service, "%s", service);
	snprintf(r->a.region, sizeof r->a.region, "%s", region);
	r->a.payload = payload(r->h);
	head_find(r->h, "x-amz-content-sha256", &hash);
	if (r->a.payload == AUTHZ_HASH)
		span_copy(hash, r->a.hash, sizeof r->a.hash);
	rc = endpoint ? place_endpoint(r->h, &r->a, &r->p, &r->why)
		      : place_proxy(head_host(r->h), head_host(r->h), r->h, &r->a,
			    &r->p, &r->why);
	if (rc != RC_OK ||
	    (rc = resolve_plan(r->h, &r->a, &r->p, &r->plan, &r->why)) != RC_OK)
		return rc;
	if (r->plan.streamed)
		body = span_of(NULL);
	rc = resolve_body(r->h, &r->p, body, &r->plain, &same, &r->why);
	if (rc != RC_OK)
		return rc;
	r->inflated = !same;
	if (!same)
		body = buf_span(&r->plain);
	return resolve_call(r->h, &r->a, &r->p, body, &r->call, &r->why);
}

void
reading_clear(struct reading *r)
{
	apicall_free(r->call);
	head_free(r->h);
	buf_clear(&r->plain);
}

const char *
reading_text(const struct reading *r)
{
	static char text[16384];
	const struct apicall *c = r->call;
	struct buf b;

	buf_init(&b, sizeof text);
	buf_printf(&b, "%s:%s %s", apicall_service(c), apicall_operation(c),
	    apicall_region(c));
	for (size_t i = 0; i < apicall_count(c); i++) {
		const struct apicall_param *p = apicall_at(c, i);

		buf_printf(&b, " %s", p->name);
		if (!p->known)
			continue;
		buf_u8(&b, '=');
		text_escape(&b, p->value);
	}
	snprintf(text, sizeof text, "%s", buf_cstr(&b));
	buf_clear(&b);
	return text;
}
