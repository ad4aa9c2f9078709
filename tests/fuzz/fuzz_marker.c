/* Any bytes as a target's output: given on whole but for a marker, whatever the pieces. */
#include <stdlib.h>
#include <string.h>

#include "broker/session/marker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NONCE "0123456789abcdef0123456789abcdef"
#define TRIP "00000000000000001111111111111111"

static void
demand(bool what)
{
	if (!what)
		abort();
}

static enum marker_what
run(const uint8_t *data, size_t size, size_t piece, bool with_text, struct buf *out)
{
	enum marker_what what = MARKER_NONE;
	struct marker m;

	marker_init(&m);
	marker_expect(&m, NONCE, with_text);
	memcpy(m.tripwire, TRIP, sizeof TRIP);
	for (size_t at = 0; at < size && what == MARKER_NONE; at += piece) {
		struct span s =
		    span_make(data + at, size - at < piece ? size - at : piece);

		what = marker_take(&m, &s, out);
		demand(buf_ok(out) && m.held.len <= MARKER_TEXT + 128);
		demand(m.text.len <= MARKER_TEXT);
	}
	if (what == MARKER_NONE) {
		buf_span_put(out, buf_span(&m.held));
		demand(
		    out->len == size && (size == 0 || memcmp(out->p, data, size) == 0));
	}
	marker_clear(&m);
	return what;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int with_text = 0; with_text < 2; with_text++) {
		struct buf one, two;
		enum marker_what a, b;

		buf_init(&one, size + 8192);
		buf_init(&two, size + 8192);
		a = run(data, size, size + 1, with_text, &one);
		b = run(data, size, size % 7 + 1, with_text, &two);
		demand(a == b && span_eq(buf_span(&one), buf_span(&two)));
		buf_clear(&one);
		buf_clear(&two);
	}
	return 0;
}
