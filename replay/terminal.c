/* Panes, and the bytes between them; see terminal.h.
 *
 * What the filter lets pass is cut into runs of characters and single sequences.  A few
 * sequences are ours: those that turn to the alternate pane and back (a pane of its own
 * each, so that a window made smaller meanwhile costs the main one nothing), and those
 * that clear the screen, whose lines are told first. */
#include "replay/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/screen.h"

#define ESC 0x1B

enum newline {
	NEWLINE_UNKNOWN,
	NEWLINE_PAIRED, /* CR LF: the output of a terminal's driver */
	NEWLINE_BARE,	/* LF: that of a pipe; a line ends there all the same */
};

struct terminal {
	struct terminal_on on;
	struct screen *filter;
	struct pane *main, *other; /* other: NULL while the main one is in use */
	int columns, rows;	   /* wanted */
	unsigned turns;
	enum newline newline;
	uint8_t before;	  /* the last control character */
	struct span last; /* the last character that was written: in last_p */
	uint8_t last_p[4];
	struct buf passed;
	struct buf line; /* of rows that left, until one does not go on */
	bool line_fresh;
	bool failed;
};

/* A control sequence: ESC [ prefix numbers final. */
struct csi {
	uint8_t prefix, final;
	struct span params;
};

static struct pane *
pane_of(const struct terminal *t)
{
	return t->other != NULL ? t->other : t->main;
}

/* ---- lines that leave ---- */

static void
end_line(struct terminal *t)
{
	t->failed |= !buf_ok(&t->line);
	if (t->on.line != NULL)
		t->on.line(t->on.arg, buf_span(&t->line), t->line_fresh);
	buf_reset(&t->line);
	t->line_fresh = false;
}

static void
tell_row(struct terminal *t, struct pane *p, int row)
{
	struct pane_mark *m = pane_mark(p, row);

	if (m->told)
		return;
	m->told = true;
	t->line_fresh |= m->fresh;
	pane_row_text(p, row, &t->line);
	if (!m->wraps || t->line.len >= TERMINAL_LINE_MOST)
		end_line(t);
}

static void
leaves(void *arg, struct pane *p, int row)
{
	struct terminal *t = arg;

	if (p == t->main)
		tell_row(t, p, row);
}

static bool
row_blank(struct terminal *t, struct pane *p, int row)
{
	size_t len = t->line.len;
	bool blank;

	pane_row_text(p, row, &t->line);
	blank = t->line.len == len;
	t->line.len = len;
	return blank;
}

/* All rows down to the last that is not blank. */
static void
tell_screen(struct terminal *t, struct pane *p)
{
	int n = t->on.line != NULL ? pane_rows(p) : 0;

	while (n > 0 && row_blank(t, p, n - 1))
		n--;
	for (int i = 0; i < n; i++)
		tell_row(t, p, i);
	if (t->line.len > 0)
		end_line(t);
}

static bool
row_cut(const struct pane *p, int row, int columns)
{
	struct pane_cell c;

	for (int i = columns; i < pane_columns(p); i++) {
		pane_cell(p, row, i, &c);
		if (c.chars[0] != 0 && c.chars[0] != ' ')
			return true;
	}
	return false;
}

/* Lines that a narrower screen would cut; and those above, since they came before. */
static void
tell_cut(struct terminal *t, struct pane *p, int columns)
{
	int last = pane_rows(p) - 1;

	while (last >= 0 && !row_cut(p, last, columns))
		last--;
	while (last >= 0 && pane_wraps(p, last))
		last++;
	for (int i = 0; i <= last; i++)
		tell_row(t, p, i);
	if (t->line.len > 0)
		end_line(t);
}

/* ---- what changes the whole screen ---- */

static void
settle(struct terminal *t)
{
	int from, to;

	if (pane_changed(pane_of(t), &from, &to) && t->on.settled != NULL)
		t->on.settled(t->on.arg, from, to);
}

static enum rc
fit(struct terminal *t, struct err *err)
{
	struct pane *p = pane_of(t);

	if (pane_columns(p) == t->columns && pane_rows(p) == t->rows)
		return RC_OK;
	settle(t);
	if (p == t->main && t->on.line != NULL && t->columns < pane_columns(p))
		tell_cut(t, p, t->columns);
	t->turns++;
	return pane_resize(p, t->columns, t->rows, err);
}

static enum rc
turn(struct terminal *t, bool alternate, struct err *err)
{
	char place[32];
	int row, column;
	enum rc rc;

	if (alternate == (t->other != NULL))
		return RC_OK;
	settle(t);
	/* What was before comes before; what does not change is not told again. */
	if (alternate)
		tell_screen(t, t->main);
	if (t->on.turn != NULL)
		t->on.turn(t->on.arg, alternate);
	t->turns++;
	if (!alternate) {
		pane_free(t->other);
		t->other = NULL;
		return fit(t, err);
	}
	rc = pane_new(t->columns, t->rows, NULL, NULL, &t->other, err);
	if (rc != RC_OK)
		return rc;
	pane_cursor(t->main, &row, &column);
	snprintf(place, sizeof place, "\033[%d;%dH", row + 1, column + 1);
	pane_control(t->other, span_of(place));
	return RC_OK;
}

static unsigned
number(struct span s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		n = n < 100000 ? n * 10 + (s.p[i] - '0') : n;
	return n;
}

/* True for what leaves nothing of the screen without scrolling it away. */
static bool
clears(const struct terminal *t, const struct csi *c)
{
	const struct pane *p = pane_of(t);
	unsigned n = number(c->params);
	int row, column;

	pane_cursor(p, &row, &column);
	if (c->final == 'J')
		return n == 2 || (n == 0 && row == 0 && column == 0);
	return (c->final == 'S' || (c->final == 'M' && row == 0)) &&
	       n >= (unsigned)pane_rows(p);
}

/* ---- sequences ---- */

/* Modes: those of the alternate pane are ours, the rest is the pane's. */
static enum rc
put_modes(struct terminal *t, const struct csi *c, struct err *err)
{
	struct span left = c->params;
	bool set = c->final == 'h';
	enum rc rc = RC_OK;

	while (left.len > 0 && rc == RC_OK) {
		const uint8_t *semi = memchr(left.p, ';', left.len);
		size_t n = semi != NULL ? (size_t)(semi - left.p) : left.len;
		unsigned mode = number(span_make(left.p, n));
		char one[32];

		if (mode == 47 || mode == 1047 || mode == 1049) {
			rc = turn(t, set, err);
		} else {
			snprintf(one, sizeof one, "\033[?%u%c", mode, c->final);
			pane_control(pane_of(t), span_of(one));
		}
		n += semi != NULL;
		left = span_make(left.p + n, left.len - n);
	}
	return rc;
}

/* REP, up to the margin.  libvterm writes a wide character past it, and past its memory:
 * so it never gets one. */
static void
repeat(struct terminal *t, unsigned n)
{
	struct pane *p = pane_of(t);
	int width = t->last.len > 1 ? 2 : 1, row, column;

	for (n = n > 0 ? n : 1; n > 0 && t->last.len > 0; n--) {
		pane_cursor(p, &row, &column);
		if (column + width > pane_columns(p))
			return;
		pane_text(p, t->last);
		if (column + 1 >= pane_columns(p))
			return;
	}
}

static enum rc
put_csi(struct terminal *t, struct span s, struct err *err)
{
	struct csi c = { .final = s.p[s.len - 1],
		.params = span_make(s.p + 2, s.len - 3) };

	if (c.final == 'm') {
		pane_control(pane_of(t), s);
		return RC_OK;
	}
	settle(t);
	if (c.final == 'b') {
		repeat(t, number(c.params));
		return RC_OK;
	}
	if (c.params.len > 0 && c.params.p[0] == '?') {
		c.prefix = '?';
		c.params = span_make(c.params.p + 1, c.params.len - 1);
	}
	if (c.prefix == '?' && (c.final == 'h' || c.final == 'l'))
		return put_modes(t, &c, err);
	if (t->other == NULL && c.prefix == 0 && clears(t, &c))
		tell_screen(t, t->main);
	pane_control(pane_of(t), s);
	return RC_OK;
}

static enum rc
put_escape(struct terminal *t, struct span s, struct err *err)
{
	if (s.len >= 3 && s.p[1] == '[')
		return put_csi(t, s, err);
	settle(t);
	/* The alignment pattern fills the screen. */
	if (t->other == NULL && s.len == 3 && s.p[1] == '#' && s.p[2] == '8')
		tell_screen(t, t->main);
	pane_control(pane_of(t), s);
	return RC_OK;
}

/* A command's output through a pipe has no CR, and is recorded as it was.  The first
 * LF tells which it is. */
static void
put_c0(struct terminal *t, struct span s)
{
	uint8_t c = s.p[0];

	settle(t);
	if (c == '\n' && t->newline == NEWLINE_UNKNOWN)
		t->newline = t->before == '\r' ? NEWLINE_PAIRED : NEWLINE_BARE;
	if (c == '\n' && t->newline == NEWLINE_BARE)
		pane_control(pane_of(t), span_of("\r"));
	pane_control(pane_of(t), s);
	t->before = c;
}

/* ---- the bytes that pass ---- */

static bool
is_text(uint8_t c)
{
	return c >= 0x20 && c != 0x7F;
}

/* How long the escape sequence at s is: all that passes is whole. */
static size_t
sequence_length(struct span s)
{
	size_t n = 1;

	if (s.len > 1 && s.p[1] == '[')
		for (n = 2; n < s.len && s.p[n] < 0x40; n++)
			continue;
	else
		while (n < s.len && s.p[n] >= 0x20 && s.p[n] < 0x30)
			n++;
	return n < s.len ? n + 1 : s.len;
}

static size_t
text_length(struct span s)
{
	size_t n = 1;

	while (n < s.len && is_text(s.p[n]))
		n++;
	return n;
}

/* The filter lets whole characters pass. */
static void
keep_last(struct terminal *t, struct span text)
{
	size_t n = 1;

	while (n < text.len && n < sizeof t->last_p &&
	       (text.p[text.len - n] & 0xC0) == 0x80)
		n++;
	memcpy(t->last_p, text.p + text.len - n, n);
	t->last = span_make(t->last_p, n);
}

static enum rc
put_token(struct terminal *t, struct span *s, struct err *err)
{
	struct span one;
	enum rc rc = RC_OK;

	if (is_text(s->p[0])) {
		one = span_make(s->p, text_length(*s));
		pane_text(pane_of(t), one);
		keep_last(t, one);
		t->before = ' ';
	} else if (s->p[0] == ESC) {
		one = span_make(s->p, sequence_length(*s));
		rc = put_escape(t, one, err);
	} else {
		one = span_make(s->p, 1);
		put_c0(t, one);
	}
	*s = span_make(s->p + one.len, s->len - one.len);
	return rc;
}

enum rc
terminal_put(struct terminal *t, struct span bytes, struct err *err)
{
	struct span left;
	enum rc rc;

	if ((rc = fit(t, err)) != RC_OK)
		return rc;
	buf_reset(&t->passed);
	screen_put(t->filter, bytes, &t->passed);
	if (!buf_ok(&t->passed))
		return err_memory(err);
	left = buf_span(&t->passed);
	while (left.len > 0 && rc == RC_OK)
		rc = put_token(t, &left, err);
	settle(t);
	return rc == RC_OK && t->failed ? err_memory(err) : rc;
}

void
terminal_resize(struct terminal *t, uint32_t columns, uint32_t rows)
{
	pane_size(columns, rows, &t->columns, &t->rows);
}

enum rc
terminal_end(struct terminal *t, struct err *err)
{
	enum rc rc = turn(t, false, err);

	if (rc != RC_OK)
		return rc;
	settle(t);
	tell_screen(t, t->main);
	return t->failed ? err_memory(err) : RC_OK;
}

/* ---- life, and looking ---- */

enum rc
terminal_new(int columns, int rows, const struct terminal_on *on, struct terminal **ret,
    struct err *err)
{
	struct terminal *t = calloc(1, sizeof *t);
	enum rc rc;

	if (t == NULL)
		return err_memory(err);
	t->on = *on;
	terminal_resize(
	    t, columns < 0 ? 0 : (uint32_t)columns, rows < 0 ? 0 : (uint32_t)rows);
	buf_init(&t->passed, SIZE_MAX);
	/* Some rows more than a line's most: what fills the last part. */
	buf_init(&t->line, TERMINAL_LINE_MOST + (size_t)PANE_MOST * PANE_CHARS * 4);
	if ((rc = screen_new(false, &t->filter, err)) == RC_OK)
		rc = pane_new(t->columns, t->rows, on->line != NULL ? leaves : NULL, t,
		    &t->main, err);
	if (rc != RC_OK) {
		terminal_free(t);
		return rc;
	}
	*ret = t;
	return RC_OK;
}

void
terminal_free(struct terminal *t)
{
	if (t == NULL)
		return;
	screen_free(t->filter);
	pane_free(t->main);
	pane_free(t->other);
	buf_clear(&t->passed);
	buf_clear(&t->line);
	free(t);
}

struct pane *
terminal_pane(const struct terminal *t)
{
	return pane_of(t);
}

bool
terminal_alternate(const struct terminal *t)
{
	return t->other != NULL;
}

unsigned
terminal_turns(const struct terminal *t)
{
	return t->turns;
}

void
terminal_text(const struct terminal *t, struct buf *out)
{
	const struct pane *p = pane_of(t);
	size_t end = out->len;

	for (int i = 0; i < pane_rows(p); i++) {
		size_t at = out->len;

		pane_row_text(p, i, out);
		if (out->len > at)
			end = out->len + 1;
		buf_u8(out, '\n');
	}
	if (buf_ok(out))
		out->len = end;
}

uint64_t
terminal_removed(const struct terminal *t)
{
	return screen_removed(t->filter);
}
