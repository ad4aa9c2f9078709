/* "SERVICE REGION\n", a head, a body.  What becomes a call goes on as a request that
 * reads as the very same call: what is judged is what is sent. */
#include <stdlib.h>
#include <string.h>

#include "broker/gate/onward.h"
#include "broker/gate/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum authz_payload
payload(const struct head *h)
{
	struct span s = { 0 };

	if (head_find(h, "x-amz-content-sha256", &s) == 0)
		return AUTHZ_NONE;
	if (span_is(s, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"))
		return AUTHZ_STREAM_SIGNED;
	return span_is(s, "STREAMING-UNSIGNED-PAYLOAD-TRAILER") ? AUTHZ_STREAM_UNSIGNED
								: AUTHZ_UNSIGNED;
}

/* The request that goes on, read again. */
static struct head *
read_again(const struct onward *o)
{
	struct head *h = NULL;
	struct buf b;
	size_t used;

	buf_init(&b, 8 * HEAD_BYTES);
	buf_printf(&b, "%s ", o->method);
	buf_span_put(&b, o->path);
	if (o->query.len > 0)
		buf_u8(&b, '?');
	buf_span_put(&b, o->query);
	buf_text(&b, " HTTP/1.1\r\n");
	for (size_t i = 0; i < o->n_headers; i++) {
		buf_span_put(&b, o->headers[i].name);
		buf_text(&b, ": ");
		buf_span_put(&b, o->headers[i].value);
		buf_text(&b, "\r\n");
	}
	buf_text(&b, "\r\n");
	/* Escapes may have made it too long to be read again. */
	if (b.len <= HEAD_BYTES && head_read(buf_span(&b), &h, &used, NULL) != RC_OK)
		abort();
	buf_clear(&b);
	return h;
}

static void
check(const struct head *h, const struct authz *a, const struct place *p,
    struct span body, bool inflated, const struct apicall *call)
{
	struct place again_at = *p;
	struct apicall *again = NULL;
	struct refused why = { 0 };
	struct onward o = { 0 };
	struct buf first, second;
	struct head *sent = NULL;

	buf_init(&first, APICALL_BYTES + 1000);
	buf_init(&second, APICALL_BYTES + 1000);
	if (onward_new(h, a, p, inflated, &o, &why) != RC_OK)
		goto out;
	again_at.strip = 0;
	if ((sent = read_again(&o)) == NULL)
		goto out;
	if (resolve_call(sent, a, &again_at, body, &again, &why) != RC_OK ||
	    apicall_pack(call, &first, NULL) != RC_OK ||
	    apicall_pack(again, &second, NULL) != RC_OK ||
	    !span_eq(buf_span(&first), buf_span(&second)))
		abort();
out:
	apicall_free(again);
	head_free(sent);
	onward_clear(&o);
	buf_clear(&first);
	buf_clear(&second);
}

static void
resolve(const struct head *h, const struct authz *a, const struct place *p,
    struct span body)
{
	struct apicall *call = NULL;
	struct resolve_plan plan;
	struct refused why = { 0 };
	struct buf plain;
	bool same = true;

	buf_init(&plain, RESOLVE_INFLATED + (1 << 20));
	if (resolve_plan(h, a, p, &plan, &why) != RC_OK)
		return;
	if (plan.streamed)
		body.len = 0;
	if (resolve_body(h, p, body, &plain, &same, &why) == RC_OK) {
		body = same ? body : buf_span(&plain);
		if (resolve_call(h, a, p, body, &call, &why) == RC_OK)
			check(h, a, p, body, !same, call);
		else if (why.text[0] == '\0')
			abort();
		apicall_free(call);
	}
	buf_clear(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	const uint8_t *blank =
	    end == NULL ? NULL : memchr(data, ' ', (size_t)(end - data));
	struct authz a = { .presigned = false };
	struct refused why = { 0 };
	struct head *h = NULL;
	struct place p;
	size_t used = 0;

	if (blank == NULL ||
	    !span_copy(
		span_make(data, (size_t)(blank - data)), a.service, sizeof a.service) ||
	    !span_copy(span_make(blank + 1, (size_t)(end - blank) - 1), a.region,
		sizeof a.region))
		return 0;
	size -= (size_t)(end + 1 - data);
	data = end + 1;
	if (head_read(span_make(data, size), &h, &used, NULL) != RC_OK)
		return 0;
	a.payload = payload(h);
	if ((strcmp(head_host(h), "localhost") == 0
		    ? place_endpoint(h, &a, &p, &why)
		    : place_proxy(head_host(h), head_host(h), h, &a, &p, &why)) ==
	    RC_OK)
		resolve(h, &a, &p, span_make(data + used, size - used));
	head_free(h);
	return 0;
}
