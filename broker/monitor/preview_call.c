/* One call of a preview: laid out, signed with its lease, sent. */
#include <stdio.h>
#include <string.h>

#include "broker/monitor/apisign.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/preview_parts.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#define CONNECTS_MAX 256
#define SPARE_MS 1000u	 /* the preview's own timer is the one that ends it */
#define LINES_MAX 65536u /* headers; a session token may be long */

static enum http_method
method_of(const struct apiwire *w)
{
	if (strcmp(w->method, "GET") == 0)
		return HTTP_GET;
	return strcmp(w->method, "HEAD") == 0 ? HTTP_HEAD : HTTP_POST;
}

static enum rc
send_wire(struct preview *p, const struct apiwire *w, struct span lines, http_fn *fn,
    struct err *err)
{
	const struct config *c = p->all->m->rules.config;
	const char *to[CONNECTS_MAX];
	const uint64_t now = clock_mono_ms();
	struct http_options o = { .connect_to = to,
		.ca_file = c->aws.ca_file,
		.timeout_ms = p->until_ms > now
				  ? (unsigned)(p->until_ms - now) + SPARE_MS
				  : SPARE_MS,
		.max_body = p->most_bytes,
		.keep_head = true };
	struct buf url;
	enum rc rc;

	for (; o.n_connect_to < c->aws.connect_to.n && o.n_connect_to < CONNECTS_MAX;
	     o.n_connect_to++)
		to[o.n_connect_to] = c->aws.connect_to.v[o.n_connect_to].curl;
	buf_init(&url, 3 * APIWIRE_BODY);
	buf_printf(&url, "https://%s", w->host);
	buf_span_put(&url, buf_span(&w->path));
	if (w->query.len > 0) {
		buf_text(&url, "?");
		buf_span_put(&url, buf_span(&w->query));
	}
	rc = buf_ok(&url) ? http_ask(p->all->http, method_of(w), buf_cstr(&url), lines,
				buf_span(&w->body), &o, fn, p, &p->call, err)
			  : err_memory(err);
	buf_clear(&url);
	return rc;
}

enum rc
preview_send(struct preview *p, http_fn *fn, struct err *err)
{
	const bool dry = p->plan.v[p->at].read == NULL;
	struct apiwire w = { .method = NULL };
	struct buf lines;
	enum rc rc;

	if ((rc = apiwire_make(p->asked, dry, &w, err)) != RC_OK)
		return rc;
	p->protocol = w.protocol;
	buf_init(&lines, LINES_MAX);
	if ((rc = apisign_lines(p->lease, &w, &lines, err)) == RC_OK)
		rc = send_wire(p, &w, buf_span(&lines), fn, err);
	buf_clear(&lines);
	apiwire_clear(&w);
	return rc;
}

/* ---- in words ---- */

static struct span
value(const struct apicall *c, const char *name)
{
	size_t at = 0;
	const struct apicall_param *v = apicall_next(c, name, &at);

	return v == NULL || !v->known ? span_make(NULL, 0) : v->value;
}

void
preview_object(const struct previewtable_step *step, struct buf *out)
{
	buf_text(out, "s3://");
	buf_span_put(out, value(step->call, "Bucket"));
	buf_text(out, "/");
	buf_span_put(out, value(step->call, "Key"));
}

void
preview_where(const struct previewtable_step *step, char ret[PREVIEW_WHERE])
{
	struct span prefix = value(step->call, "Prefix");
	struct buf raw, b;

	ret[0] = '\0';
	if (step->read == NULL || strcmp(step->read->service, "s3") != 0 ||
	    step->read->form == PREVIEWTABLE_HEAD)
		return;
	buf_init(&raw, 4096);
	buf_init(&b, 4 * 4096);
	buf_text(&raw, "s3://");
	buf_span_put(&raw, value(step->call, "Bucket"));
	buf_text(&raw, "/");
	buf_span_put(&raw, prefix);
	text_show(&b, buf_span(&raw));
	if (b.len >= PREVIEW_WHERE - 32)
		buf_reset(&b);
	snprintf(ret, PREVIEW_WHERE, "%s%s", step->target ? " now under " : " under ",
	    b.len == 0 ? "a long name" : buf_cstr(&b));
	buf_clear(&raw);
	buf_clear(&b);
}
