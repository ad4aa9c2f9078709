/* Plain lines without a match, and their ends; see sieve.h. */
#include "replay/sieve.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "replay/shortcut.h"

#define ESC 0x1B
#define FULL (256u << 10)
#define KEPT_MOST (16u << 20)
#define COLOURS_FULL (64u << 10)
#define HELD_MOST 64 /* bytes of a sequence that is not whole yet */

enum newline {
	NEWLINE_UNKNOWN,
	NEWLINE_PAIRED,
	NEWLINE_BARE,
};

struct sieve {
	const struct needle *pattern;
	struct buf kept;    /* plain output that waits */
	struct buf colours; /* of the output that was left out before it */
	struct buf line;    /* text of the last line, which may go on */
	struct buf whole;   /* the event, behind what was held of the one before */
	struct buf held;    /* at an event's end, the begin of a sequence */
	unsigned drawn;	    /* lines drawn since something else than plain lines was */
	enum newline newline; /* as terminal.c finds out, too */
	uint8_t before;	      /* the last control character, until it is known */
	bool off;	      /* lines do not scroll over the whole screen */
};

enum rc
sieve_new(const struct needle *pattern, struct sieve **ret, struct err *err)
{
	struct sieve *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(err);
	s->pattern = pattern;
	/* A part of a line may match where the whole does not. */
	s->off = needle_anchored(pattern);
	buf_init(&s->kept, KEPT_MOST);
	buf_init(&s->colours, COLOURS_FULL + KEPT_MOST);
	buf_init(&s->line, SIZE_MAX);
	buf_init(&s->whole, SIZE_MAX);
	buf_init(&s->held, HELD_MOST);
	*ret = s;
	return RC_OK;
}

void
sieve_free(struct sieve *s)
{
	if (s == NULL)
		return;
	buf_clear(&s->kept);
	buf_clear(&s->colours);
	buf_clear(&s->line);
	buf_clear(&s->whole);
	buf_clear(&s->held);
	free(s);
}

/* ---- what is plain ---- */

/* Characters that stand on the screen as they are, each in cells of its own. */
static bool
stays(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} rows[] = { { 0xA1, 0x2FF }, { 0x370, 0x482 }, { 0x2010, 0x20CF },
		{ 0x2100, 0x2BFF }, { 0x3041, 0x3098 }, { 0x309B, 0x9FFF },
		{ 0xAC00, 0xD7A3 } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (c >= rows[i].first && c <= rows[i].last)
			return text_plain(c);
	return false;
}

/* The length of what is plain at the front, and of the text in it; 0: it is not. */
static size_t
plain(const struct sieve *s, struct span at, size_t *text)
{
	uint32_t c;

	*text = 0;
	if (at.p[0] == ESC)
		return shortcut_colour(at);
	if (at.p[0] == '\n' && s->newline == NEWLINE_BARE)
		return *text = 1;
	if (at.p[0] == '\r')
		return at.len > 1 && at.p[1] == '\n' ? 2 : 0;
	if (at.p[0] < 0x20 || at.p[0] == 0x7F)
		return at.p[0] == '\a';
	if (at.p[0] < 0x80)
		return *text = 1;
	*text = text_char(at, &c);
	return *text > 0 && stays(c) ? *text : 0;
}

/* Add the text of bytes to s->line, an LF for each line's end.  False if not all of them
 * are plain. */
static bool
strip(struct sieve *s, struct span bytes)
{
	for (size_t i = 0, n, text, run; i < bytes.len; i += n) {
		for (run = i;
		     run < bytes.len && bytes.p[run] >= 0x20 && bytes.p[run] < 0x7F;)
			run++;
		buf_put(&s->line, bytes.p + i, run - i);
		if ((i = run) == bytes.len)
			break;
		n = plain(s, span_make(bytes.p + i, bytes.len - i), &text);
		if (n == 0)
			return false;
		if (bytes.p[i] == '\r')
			buf_u8(&s->line, '\n');
		else
			buf_put(&s->line, bytes.p + i, text);
	}
	return buf_ok(&s->line);
}

/* ---- what matches ---- */

/* Is it in one of the lines, also in the last, which may go on?  That is kept, the others
 * are forgotten.  *ends: how many do end. */
static bool
judge(struct sieve *s, unsigned *ends)
{
	struct span left = buf_span(&s->line);
	bool found = false;

	for (*ends = 0;; ++*ends) {
		const uint8_t *lf =
		    left.len > 0 ? memchr(left.p, '\n', left.len) : NULL;
		size_t n = lf != NULL ? (size_t)(lf - left.p) : left.len;
		struct buf line = { .p = (uint8_t *)left.p, .len = n };

		found = found || (n > 0 && needle_in(s->pattern, &line));
		if (lf == NULL)
			break;
		left = span_make(lf + 1, left.len - n - 1);
	}
	buf_skip(&s->line, s->line.len - left.len);
	return found;
}

/* ---- what waits ---- */

/* Remember the colours of what is left out. */
static void
gather(struct sieve *s, struct span left)
{
	const uint8_t *esc;

	while (left.len > 0 && (esc = memchr(left.p, ESC, left.len)) != NULL) {
		struct span at = span_make(esc, left.len - (size_t)(esc - left.p));
		size_t n = shortcut_colour(at);

		if (n == 3 || (n == 4 && at.p[2] == '0'))
			buf_reset(&s->colours);
		buf_put(&s->colours, at.p, n);
		n += n == 0;
		left = span_make(at.p + n, at.len - n);
	}
}

/* Where the end of the line stands behind which the last lines begin that can still be
 * seen. */
static size_t
tail(struct span kept, unsigned rows)
{
	size_t want = 2 * (size_t)rows + 4;

	for (size_t i = kept.len; i-- > 1;)
		if (kept.p[i] == '\n' && --want == 0)
			return kept.p[i - 1] == '\r' ? i - 1 : i;
	return 0;
}

static void
shorten(struct sieve *s, unsigned rows)
{
	size_t n = tail(buf_span(&s->kept), rows < 2 ? 2 : rows);

	/* Of a run that is all colours nothing is left out. */
	if (n == 0 || s->colours.len > COLOURS_FULL)
		return;
	gather(s, span_make(s->kept.p, n));
	buf_skip(&s->kept, n);
}

/* Append what waits, but for what is held. */
static void
release(struct sieve *s, unsigned rows, struct buf *out)
{
	shorten(s, rows);
	buf_span_put(out, buf_span(&s->colours));
	buf_span_put(out, buf_span(&s->kept));
	out->bad |= !buf_ok(&s->colours) || !buf_ok(&s->kept);
	buf_reset(&s->colours);
	buf_reset(&s->kept);
}

void
sieve_end(struct sieve *s, unsigned rows, struct buf *out)
{
	release(s, rows, out);
	buf_span_put(out, buf_span(&s->held));
	buf_reset(&s->held);
	/* Who asks is about to move things. */
	s->drawn = 0;
}

/* ---- output as it comes ---- */

/* Automatic margins off: what is too long for a line then overwrites its end. */
static bool
margin_off(struct span bytes)
{
	for (size_t i = 1; i < bytes.len; i++) {
		size_t n = i + 1;

		if (bytes.p[i] != '[' || bytes.p[i - 1] != ESC)
			continue;
		while (n < bytes.len && bytes.p[n] >= 0x20 && bytes.p[n] < 0x40)
			n++;
		if (n < bytes.len && bytes.p[n] == 'l' &&
		    memchr(bytes.p + i, '7', n - i) != NULL)
			return true;
	}
	return false;
}

/* As the terminal does it: by what stands before the first LF. */
static void
find_newline(struct sieve *s, struct span bytes)
{
	for (size_t i = 0, n; i < bytes.len; i += n) {
		uint8_t c = bytes.p[i];

		n = 1;
		if (c == ESC) {
			n = shortcut_colour(span_make(bytes.p + i, bytes.len - i));
			s->off |= n == 0;
			n += n == 0;
		} else if (c == '\n') {
			s->newline = s->before == '\r' ? NEWLINE_PAIRED : NEWLINE_BARE;
			return;
		} else {
			s->before = c < 0x20 ? c : ' ';
		}
	}
}

static void
draw_all(struct sieve *s, struct span bytes, unsigned rows, struct buf *out)
{
	release(s, rows, out);
	buf_span_put(out, bytes);
	buf_reset(&s->line);
	s->drawn = 0;
	if (s->off)
		return;
	s->off = shortcut_ends(bytes) || margin_off(bytes);
	if (s->newline == NEWLINE_UNKNOWN)
		find_newline(s, bytes);
}

/* How many bytes at the end show nothing by themselves, since what they begin goes on in
 * the next event: a colour, or the end of a line. */
static size_t
begun(struct span s)
{
	size_t n = 1;

	if (s.len > 0 && s.p[s.len - 1] == '\r')
		return 1;
	while (
	    n < s.len && n < HELD_MOST &&
	    (s.p[s.len - n] == ';' || (s.p[s.len - n] >= '0' && s.p[s.len - n] <= '9')))
		n++;
	if (n < s.len && n < HELD_MOST && s.p[s.len - n] == '[')
		n++;
	else if (n > 1)
		return 0;
	return n <= s.len && s.p[s.len - n] == ESC ? n : 0;
}

static void
put(struct sieve *s, struct span bytes, unsigned rows, struct buf *out)
{
	unsigned drawn = s->drawn, ends;
	bool found;

	if (s->off || s->newline == NEWLINE_UNKNOWN || !strip(s, bytes)) {
		draw_all(s, bytes, rows, out);
		return;
	}
	found = judge(s, &ends);
	if (!found && drawn > rows + 1) {
		buf_span_put(&s->kept, bytes);
		if (s->kept.len > FULL)
			shorten(s, rows);
		if (s->kept.len <= FULL && buf_ok(&s->kept))
			return;
		bytes = span_make(NULL, 0);
	}
	release(s, rows, out);
	buf_span_put(out, bytes);
	s->drawn = drawn > rows + 1 ? drawn : drawn + ends;
}

void
sieve_put(struct sieve *s, struct span bytes, unsigned rows, struct buf *out)
{
	size_t n;

	buf_reset(&s->whole);
	buf_span_put(&s->whole, buf_span(&s->held));
	buf_span_put(&s->whole, bytes);
	buf_reset(&s->held);
	n = s->off ? 0 : begun(buf_span(&s->whole));
	buf_put(&s->held, s->whole.p + s->whole.len - n, n);
	s->whole.len -= n;
	out->bad |= !buf_ok(&s->whole);
	if (s->whole.len > 0 && buf_ok(&s->whole))
		put(s, buf_span(&s->whole), rows, out);
}
