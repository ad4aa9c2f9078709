/* Runs of plain lines, and their ends; see shortcut.h. */
#include "replay/shortcut.h"

#include <stdlib.h>
#include <string.h>

#define SO 0x0E
#define ESC 0x1B
#define FULL (256u << 10)
#define KEPT_MOST (8u << 20)
#define COLOURS_FULL (64u << 10)
#define COLOUR_MOST 100 /* bytes of one sequence; the filter drops longer ones */

struct shortcut {
	struct buf kept;    /* plain output that waits */
	struct buf colours; /* of the output that was left out before it */
	bool lines;	    /* a line's end was drawn: the terminal knows its form */
	bool off;	    /* lines do not scroll over the whole screen */
};

enum rc
shortcut_new(struct shortcut **ret, struct err *err)
{
	struct shortcut *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(err);
	buf_init(&s->kept, KEPT_MOST);
	buf_init(&s->colours, COLOURS_FULL + KEPT_MOST);
	*ret = s;
	return RC_OK;
}

void
shortcut_free(struct shortcut *s)
{
	if (s == NULL)
		return;
	buf_clear(&s->kept);
	buf_clear(&s->colours);
	free(s);
}

size_t
shortcut_colour(struct span s)
{
	size_t n = 2;

	if (s.len < 3 || s.p[0] != ESC || s.p[1] != '[')
		return 0;
	while (n < s.len && n < COLOUR_MOST &&
	       (s.p[n] == ';' || (s.p[n] >= '0' && s.p[n] <= '9')))
		n++;
	return n < s.len && s.p[n] == 'm' ? n + 1 : 0;
}

/* Characters, colours, and controls that stay within a line or end it. */
static bool
is_plain(struct span s)
{
	for (size_t i = 0, n; i < s.len; i += n) {
		uint8_t c = s.p[i];

		n = 1;
		if (c == ESC) {
			if ((n = shortcut_colour(span_make(s.p + i, s.len - i))) == 0)
				return false;
		} else if (c == 0xC2) {
			/* U+0080 to U+009F are for the filter to count. */
			if (i + 1 >= s.len || s.p[i + 1] < 0xA0)
				return false;
		} else if (c == 0x7F || (c < 0x20 && strchr("\a\b\t\n\r", c) == NULL) ||
			   c == 0)
			return false;
	}
	return true;
}

/* The length of the escape sequence at the front, 0 if its end is not there or it is a
 * string; *final is its last byte. */
static size_t
sequence(struct span s, uint8_t *final)
{
	size_t n = 1;

	if (s.len > 1 && s.p[1] == '[')
		for (n = 2; n < s.len && s.p[n] >= 0x20 && s.p[n] < 0x40; n++)
			continue;
	else
		while (n < s.len && s.p[n] >= 0x20 && s.p[n] < 0x30)
			n++;
	if (n >= s.len || s.p[n] < 0x20 || (n == 1 && strchr("]P_^Xk", s.p[n]) != NULL))
		return 0;
	*final = n > 1 ? s.p[n] : 0;
	return n + 1;
}

bool
shortcut_ends(struct span s)
{
	for (size_t i = 0, n; i < s.len; i += n) {
		uint8_t final = 0;

		n = 1;
		if (s.p[i] == SO)
			return true;
		if (s.p[i] != ESC)
			continue;
		n = sequence(span_make(s.p + i, s.len - i), &final);
		if (n == 0 || final == 'r' || final == 's' ||
		    (s.p[i + 1] == '(' && final != 'B') || s.p[i + 1] == 'n' ||
		    s.p[i + 1] == 'o')
			return true;
	}
	return false;
}

/* Remember the colours of what is left out. */
static void
gather(struct shortcut *s, struct span left)
{
	for (size_t i = 0, n; i < left.len; i += n) {
		struct span at = span_make(left.p + i, left.len - i);

		n = at.p[0] == ESC ? shortcut_colour(at) : 0;
		if (n == 3 || (n == 4 && at.p[2] == '0'))
			buf_reset(&s->colours);
		buf_put(&s->colours, at.p, n);
		n += n == 0;
	}
}

/* Where the last lines begin that can still be seen: until the cursor has come to the
 * last row, rows of before stay; and then as many have to scroll away. */
static size_t
tail(struct span s, unsigned rows)
{
	size_t want = 2 * (size_t)rows + 4;

	for (size_t i = s.len; i-- > 1;)
		if (s.p[i] == '\n' && s.p[i - 1] == '\r' && --want == 0)
			return i - 1;
	return 0;
}

static void
shorten(struct shortcut *s, unsigned rows)
{
	size_t n = tail(buf_span(&s->kept), rows < 2 ? 2 : rows);

	/* Of a run that is all colours nothing is left out. */
	if (n == 0 || s->colours.len > COLOURS_FULL)
		return;
	gather(s, span_make(s->kept.p, n));
	buf_skip(&s->kept, n);
}

void
shortcut_end(struct shortcut *s, unsigned rows, struct buf *out)
{
	shorten(s, rows);
	buf_span_put(out, buf_span(&s->colours));
	buf_span_put(out, buf_span(&s->kept));
	out->bad |= !buf_ok(&s->colours) || !buf_ok(&s->kept);
	buf_reset(&s->colours);
	buf_reset(&s->kept);
}

void
shortcut_put(struct shortcut *s, struct span bytes, unsigned rows, struct buf *out)
{
	bool plain = !s->off && is_plain(bytes);

	if (plain && s->lines) {
		buf_span_put(&s->kept, bytes);
		if (s->kept.len > FULL)
			shorten(s, rows);
		if (s->kept.len > FULL || !buf_ok(&s->kept))
			shortcut_end(s, rows, out);
		return;
	}
	shortcut_end(s, rows, out);
	buf_span_put(out, bytes);
	s->off |= !plain && shortcut_ends(bytes);
	s->lines |= bytes.len > 0 && memchr(bytes.p, '\n', bytes.len) != NULL;
}
