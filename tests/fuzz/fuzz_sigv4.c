/* Canonical requests from any bytes: a flag byte, then lines: path, query, and a
 * header each.  What is canonical must stay as it is when made canonical again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/sigv4_canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span
next_line(struct span *rest)
{
	const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->p, '\n', rest->len);
	size_t n = end == NULL ? rest->len : (size_t)(end - rest->p);
	struct span line = span_make(rest->p, n);

	if (rest->len > 0)
		*rest = span_make(
		    rest->p + n + (end != NULL), rest->len - n - (end != NULL));
	return line;
}

static size_t
read_headers(struct span rest, struct sigv4_header *headers, size_t most)
{
	size_t n = 0;

	while (rest.len > 0 && n < most) {
		struct span line = next_line(&rest);
		const uint8_t *colon =
		    line.len == 0 ? NULL : memchr(line.p, ':', line.len);
		size_t name = colon == NULL ? line.len : (size_t)(colon - line.p);

		headers[n].name = span_make(line.p, name);
		headers[n].value = colon == NULL
				       ? (struct span){ 0 }
				       : span_make(colon + 1, line.len - name - 1);
		n++;
	}
	return n;
}

static void
same_again(struct span query, struct span path)
{
	struct buf once, twice;

	buf_init(&once, SIGV4_TEXT_MAX);
	buf_init(&twice, SIGV4_TEXT_MAX);
	if (sigv4_query(query, &once, NULL) == RC_OK && buf_ok(&once) &&
	    (sigv4_query(buf_span(&once), &twice, NULL) != RC_OK ||
		!span_eq(buf_span(&once), buf_span(&twice))))
		abort();
	buf_reset(&once);
	buf_reset(&twice);
	if (sigv4_path(path, true, &once, NULL) == RC_OK && buf_ok(&once) &&
	    (sigv4_path(buf_span(&once), true, &twice, NULL) != RC_OK ||
		!span_eq(buf_span(&once), buf_span(&twice))))
		abort();
	buf_clear(&once);
	buf_clear(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sigv4_header headers[SIGV4_HEADERS_MAX + 8];
	struct sigv4_request r = { .method = "GET", .payload_hash = SIGV4_EMPTY_HASH };
	struct span rest = span_make(data, size);
	struct buf out;

	if (size == 0)
		return 0;
	r.s3_rules = data[0] & 1;
	rest = span_make(data + 1, size - 1);
	r.path = next_line(&rest);
	r.query = next_line(&rest);
	r.headers = headers;
	r.n_headers = read_headers(rest, headers, SIGV4_HEADERS_MAX + 8);
	buf_init(&out, SIGV4_TEXT_MAX);
	(void)sigv4_canon(&r, &out, NULL);
	buf_clear(&out);
	same_again(r.query, r.path);
	return 0;
}
