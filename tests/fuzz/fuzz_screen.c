/* The screen filter over any bytes: what it lets out must be the same however the
 * input is cut, must pass a second filter unchanged, and must hold nothing that makes a
 * terminal answer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
filter(struct span in, size_t step, struct buf *out)
{
	struct screen *s;

	if (screen_new(false, &s, NULL) != RC_OK)
		abort();
	for (size_t i = 0; i < in.len; i += step)
		screen_put(
		    s, span_make(in.p + i, step < in.len - i ? step : in.len - i), out);
	screen_free(s);
	if (!buf_ok(out))
		abort();
}

/* No C1, no string, and no control sequence but such as end in a letter that asks
 * nothing.  Told apart from the filter on purpose: it knows no states. */
static void
must_be_tame(struct span out)
{
	for (size_t i = 0; i < out.len; i++) {
		uint8_t c = out.p[i];

		if (c == 0x05 || (c == 0xC2 && i + 1 < out.len && out.p[i + 1] < 0xA0))
			abort();
		if (c != 0x1B)
			continue;
		if (i + 1 >= out.len || strchr("]P_^Xk%Z=>NO", out.p[i + 1]) != NULL)
			abort();
		if (out.p[i + 1] != '[')
			continue;
		while (i + 1 < out.len && (out.p[i + 1] < 0x40 || out.p[i + 1] == '['))
			i++;
		if (i + 1 >= out.len || strchr("ncxtyi", out.p[i + 1]) != NULL)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in;
	struct buf whole, cut, again;
	size_t step;

	if (size < 1 || size > 1 << 16)
		return 0;
	step = 1 + data[0] % 32;
	in = span_make(data + 1, size - 1);
	buf_init(&whole, 1 << 20);
	buf_init(&cut, 1 << 20);
	buf_init(&again, 1 << 20);
	filter(in, in.len + 1, &whole);
	filter(in, step, &cut);
	if (!span_eq(buf_span(&whole), buf_span(&cut)))
		abort();
	filter(buf_span(&whole), step, &again);
	if (!span_eq(buf_span(&whole), buf_span(&again)))
		abort();
	must_be_tame(buf_span(&whole));
	buf_clear(&whole);
	buf_clear(&cut);
	buf_clear(&again);
	return 0;
}
