/* What a line looks like; see editor.h.  A terminal wraps by itself, so that a place is
 * counted and not asked for.  A line that has no room on the whole screen is drawn as a
 * window around the cursor. */
#include "broker/session/editor_parts.h"

#include "lib/base/text.h"

#define LEFT_MARK '<'
#define RIGHT_MARK '>'

uint32_t
editor_width(const struct editor *e, size_t i)
{
	uint32_t cp;

	if (text_char(span_make(e->line + i, e->len - i), &cp) == 0 || cp == '\t')
		return 1;
	return text_width(cp);
}

/* Where the cursor is behind a character of that width. */
static void
step(const struct editor *e, struct editor_place *p, uint32_t width)
{
	if (width == 0)
		return;
	if (p->col + width > e->columns) {
		p->row++;
		p->col = 0;
	}
	p->col += width;
	if (p->col >= e->columns) {
		p->row++;
		p->col = 0;
	}
}

/* Behind the prompt, and the mark of a line whose beginning is not drawn. */
static struct editor_place
prompt_place(const struct editor *e, bool marked)
{
	struct editor_place p = { 0, 0 };
	struct span s = span_of(e->prompt);
	uint32_t cp;
	unsigned n;

	for (; (n = text_char(s, &cp)) > 0; s = span_make(s.p + n, s.len - n))
		step(e, &p, text_width(cp));
	if (marked)
		step(e, &p, 1);
	return p;
}

static struct editor_place
place(const struct editor *e, size_t upto)
{
	struct editor_place p = prompt_place(e, e->from > 0);

	for (size_t i = e->from; i < upto; i += editor_char(e, i))
		step(e, &p, editor_width(e, i));
	return p;
}

static void
move(struct editor *e, struct editor_place to, struct buf *out)
{
	if (to.row < e->at.row)
		buf_printf(out, "\033[%uA", e->at.row - to.row);
	else if (to.row > e->at.row)
		buf_printf(out, "\033[%uB", to.row - e->at.row);
	if (to.row == e->at.row && to.col + 1 == e->at.col)
		buf_u8(out, '\b');
	else if (to.row == e->at.row && to.col == e->at.col + 1)
		buf_text(out, "\033[C");
	else if (to.row != e->at.row || to.col != e->at.col)
		buf_u8(out, '\r');
	if ((to.row != e->at.row ||
		(to.col + 1 != e->at.col && to.col != e->at.col + 1 &&
		    to.col != e->at.col)) &&
	    to.col > 0)
		buf_printf(out, "\033[%uC", to.col);
	e->at = to;
}

/* Behind a character in the last column a terminal waits: the next row is only begun by
 * what follows.  Here it is begun at once, so that places are what they seem. */
static void
settle(struct editor *e, struct buf *out)
{
	if (e->at.col == 0 && e->at.row > 0)
		buf_text(out, "\r\n");
}

static void
put_text(struct editor *e, size_t from, size_t to, struct buf *out)
{
	for (size_t i = from, n; i < to; i += n) {
		n = editor_char(e, i);
		step(e, &e->at, editor_width(e, i));
		if (e->line[i] == '\t')
			buf_u8(out, ' ');
		else
			buf_put(out, e->line + i, n);
	}
	if (e->to < e->len) {
		buf_u8(out, RIGHT_MARK);
		step(e, &e->at, 1);
	}
	if (to > from || e->to < e->len)
		settle(e, out);
}

/* Columns that a piece of the line takes. */
static uint32_t
columns_of(const struct editor *e, size_t from, size_t to)
{
	uint32_t n = 0;

	for (size_t i = from; i < to; i += editor_char(e, i))
		n += editor_width(e, i);
	return n;
}

/* How many columns of a line there is room for; a wide character may leave one free at the
 * end of each row. */
static uint32_t
room_of(const struct editor *e)
{
	struct editor_place p = prompt_place(e, true);
	uint32_t rows = e->rows > p.row + 2 ? e->rows - p.row - 1 : 1;
	uint32_t n = rows * (e->columns - 1);

	return n > p.col + 4 ? n - p.col - 2 : 2;
}

/* Choose what is drawn.  true: all of it, as before. */
static bool
choose_window(struct editor *e)
{
	bool windowed = e->windowed;
	uint32_t room = room_of(e), n = 0;

	e->windowed = columns_of(e, 0, e->len) > room;
	if (!e->windowed) {
		e->from = 0;
		e->to = e->len;
		return !windowed;
	}
	if (e->cur < e->from || columns_of(e, e->from, e->cur) >= room) {
		for (e->from = e->cur; e->from > 0 && n < room / 2;) {
			e->from = editor_before(e, e->from);
			n = columns_of(e, e->from, e->cur);
		}
	}
	n = 0;
	for (e->to = e->from; e->to < e->len; e->to += editor_char(e, e->to)) {
		if (n + editor_width(e, e->to) > room)
			break;
		n += editor_width(e, e->to);
	}
	return false;
}

void
editor_draw(struct editor *e, struct buf *out)
{
	struct editor_place home = { 0, 0 };

	e->stale = e->quiet;
	if (e->quiet)
		return;
	if (e->shown) {
		move(e, home, out);
		buf_text(out, "\033[J");
	}
	e->at = home;
	e->shown = true;
	choose_window(e);
	buf_text(out, e->prompt);
	if (e->from > 0)
		buf_u8(out, LEFT_MARK);
	e->at = prompt_place(e, e->from > 0);
	if (e->from == e->to)
		settle(e, out);
	put_text(e, e->from, e->to, out);
	move(e, place(e, e->cur), out);
}

void
editor_draw_from(struct editor *e, size_t from, bool erase, struct buf *out)
{
	if (e->quiet || e->stale || !choose_window(e)) {
		editor_draw(e, out);
		return;
	}
	move(e, place(e, from), out);
	if (erase)
		buf_text(out, "\033[J");
	put_text(e, from, e->len, out);
	move(e, place(e, e->cur), out);
}

void
editor_draw_resized(struct editor *e, struct buf *out)
{
	e->at.row = place(e, e->cur).row;
	editor_draw(e, out);
}

void
editor_draw_cursor(struct editor *e, struct buf *out)
{
	if (e->quiet || e->stale || e->windowed)
		editor_draw(e, out);
	else
		move(e, place(e, e->cur), out);
}

void
editor_draw_behind(struct editor *e, struct buf *out)
{
	struct editor_place end;
	bool quiet = e->quiet;

	e->quiet = false;
	if (e->stale)
		editor_draw(e, out);
	e->quiet = quiet;
	end = place(e, e->to);
	if (e->to < e->len)
		step(e, &end, 1);
	move(e, end, out);
	/* On a row of its own already where the text ended with the one before. */
	if (end.col > 0 || end.row == 0)
		buf_text(out, "\r\n");
	e->at = (struct editor_place){ 0, 0 };
	e->shown = false;
}

void
editor_draw_nothing(struct editor *e, struct buf *out)
{
	if (!e->shown)
		return;
	move(e, (struct editor_place){ 0, 0 }, out);
	buf_text(out, "\033[J");
	e->shown = false;
}

void
editor_quiet(struct editor *e, bool quiet, struct buf *out)
{
	e->quiet = quiet;
	if (!quiet && e->stale && e->open)
		editor_draw(e, out);
}
