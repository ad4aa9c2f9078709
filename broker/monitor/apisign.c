/* A call's header lines, with its signature; see apisign.h. */
#include "broker/monitor/apisign.h"

#include "lib/base/clock.h"
#include "lib/base/sigv4.h"

enum rc
apisign_lines(
    const struct lease *l, const struct apiwire *w, struct buf *lines, struct err *err)
{
	struct sigv4_header headers[3] = { { span_of("host"), span_of(w->host) } };
	char hash[SIGV4_HEX], signature[SIGV4_HEX];
	struct sigv4_request r = { .method = w->method,
		.path = buf_span(&w->path),
		.query = buf_span(&w->query),
		.headers = headers,
		.n_headers = 1,
		.payload_hash = hash,
		.s3_rules = w->s3 };
	const struct sigv4_key k = { .access_key_id = l->access_key_id,
		.secret = l->secret,
		.token = l->token,
		.region = w->region,
		.service = w->service,
		.time_ms = clock_wall_ms() };
	enum rc rc;

	if (w->type != NULL) {
		headers[r.n_headers++] =
		    (struct sigv4_header){ span_of("content-type"), span_of(w->type) };
		buf_printf(lines, "Content-Type: %s\r\n", w->type);
	}
	if (w->target[0] != '\0') {
		headers[r.n_headers++] = (struct sigv4_header){ span_of("x-amz-target"),
			span_of(w->target) };
		buf_printf(lines, "X-Amz-Target: %s\r\n", w->target);
	}
	if ((rc = sigv4_hash(buf_span(&w->body), hash, err)) != RC_OK)
		return rc;
	return sigv4_header(&r, &k, w->s3, lines, signature, err);
}
