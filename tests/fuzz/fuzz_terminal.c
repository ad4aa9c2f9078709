/* The terminal over any output and any sizes: nothing that is not printable comes out,
 * and how the output was cut changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "replay/terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct terminal *t;
	struct buf lines;
};

static void
must_be_plain(struct span s)
{
	while (s.len > 0) {
		uint32_t c;
		unsigned n = text_char(s, &c);

		if (n == 0 || (c != 0xFFFD && !text_plain(c)))
			abort();
		s = span_make(s.p + n, s.len - n);
	}
}

static void
on_line(void *arg, struct span text, bool fresh)
{
	struct seen *s = arg;

	(void)fresh;
	must_be_plain(text);
	buf_span_put(&s->lines, text);
	buf_u8(&s->lines, '\n');
}

static void
on_settled(void *arg, int from, int to)
{
	struct seen *s = arg;
	struct pane *p = terminal_pane(s->t);
	struct buf text;
	int first, last;

	if (from < 0 || from >= to)
		abort();
	buf_init(&text, 1 << 22);
	for (int row = from; row < to && row < pane_rows(p); row++) {
		pane_line_text(p, row, &text, &first, &last);
		if (first > row || last < row || last >= pane_rows(p))
			abort();
	}
	must_be_plain(buf_span(&text));
	buf_clear(&text);
}

/* Bytes 0xF8 and above name a size, with the byte behind; the rest is output. */
static void
play(const uint8_t *data, size_t size, size_t step, struct buf *out)
{
	struct seen s = { 0 };
	struct terminal_on on = { .arg = &s, .line = on_line, .settled = on_settled };
	struct buf screen;

	if (terminal_new(20, 6, &on, &s.t, NULL) != RC_OK)
		abort();
	buf_init(&s.lines, 1 << 26);
	for (size_t i = 0, n; i < size; i += n) {
		if (data[i] >= 0xF8 && i + 1 < size) {
			terminal_resize(s.t, data[i + 1] % 40, (data[i] & 7u) * 4 % 30);
			n = 2;
			continue;
		}
		for (n = 0; n < step && i + n < size && (n == 0 || data[i + n] < 0xF8);)
			n++;
		if (terminal_put(s.t, span_make(data + i, n), NULL) != RC_OK)
			abort();
	}
	if (terminal_end(s.t, NULL) != RC_OK)
		abort();
	buf_init(&screen, 1 << 22);
	terminal_text(s.t, &screen);
	buf_span_put(out, buf_span(&s.lines));
	buf_span_put(out, buf_span(&screen));
	buf_clear(&screen);
	buf_clear(&s.lines);
	terminal_free(s.t);
}

/* Accents that libvterm does not count as such depend on the cut. */
static bool
comparable(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] >= 0x80 && data[i] < 0xF8 &&
		    memchr("\xE4\xB8\x96\xCC\x81", data[i], 5) == NULL)
			return false;
	return true;
}

/* An accent is lost when it comes alone, which moves nothing. */
static void
leave_accents(struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		if (b->p[i] != 0xCC && b->p[i] != 0x81)
			b->p[n++] = b->p[i];
	b->len = n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, cut;

	if (size < 1 || size > 1 << 14)
		return 0;
	buf_init(&whole, 1 << 26);
	buf_init(&cut, 1 << 26);
	play(data + 1, size - 1, size, &whole);
	play(data + 1, size - 1, 1 + data[0] % 16, &cut);
	leave_accents(&whole);
	leave_accents(&cut);
	if (comparable(data + 1, size - 1) &&
	    !span_eq(buf_span(&whole), buf_span(&cut)))
		abort();
	buf_clear(&whole);
	buf_clear(&cut);
	return 0;
}
