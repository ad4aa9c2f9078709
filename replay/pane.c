/* One screen in libvterm; see pane.h.
 *
 * libvterm 0.1 does not tell whether a row was broken by its margin.  But printable
 * characters alone change the row in no other way: so they are written in pieces that
 * can reach the margin once, and the cursor is looked at around each. */
#include "replay/pane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "lib/base/text.h"

struct pane {
	VTerm *vt;
	VTermScreen *screen;
	VTermState *state;
	pane_leaves *leaves;
	void *arg;
	int columns, rows;
	bool shown; /* the cursor */
	struct pane_mark *marks;
	bool *touched;
	int from, to;  /* changed rows */
	int printing;  /* the cursor's row while a piece is printed, or -1 */
	bool resizing; /* damage says nothing about text then */
	bool narrow;   /* rows may be shorter than the screen is wide */
	int left;      /* rows that left, since the last move */
	const VTermScreenCell *leaving; /* the cells of row left */
};

/* ---- what libvterm tells ---- */

static void
touch(struct pane *p, int from, int to)
{
	for (int i = from < 0 ? 0 : from; i < to && i < p->rows; i++)
		p->touched[i] = true;
}

static int
on_damage(VTermRect rect, void *arg)
{
	struct pane *p = arg;

	touch(p, rect.start_row, rect.end_row);
	if (p->resizing)
		return 1;
	for (int i = rect.start_row; i < rect.end_row && i < p->rows; i++) {
		struct pane_mark *m = &p->marks[i];

		m->fresh = true;
		m->told = false;
		m->wraps &= rect.end_col < p->columns;
	}
	if (rect.start_row < p->from)
		p->from = rect.start_row;
	if (rect.end_row > p->to)
		p->to = rect.end_row;
	return 1;
}

/* A piece of text scrolls only because it passed the margin. */
static void
note_wrap(struct pane *p)
{
	if (p->printing >= 0)
		p->marks[p->printing].wraps = true;
	p->printing = -1;
}

static int
on_leave(int columns, const VTermScreenCell *cells, void *arg)
{
	struct pane *p = arg;

	(void)columns;
	note_wrap(p);
	p->leaving = cells;
	if (p->left < p->rows)
		p->leaves(p->arg, p, p->left);
	p->leaving = NULL;
	p->left++;
	return 1;
}

static int
on_move(VTermRect dest, VTermRect src, void *arg)
{
	struct pane *p = arg;
	int n = src.end_row - src.start_row, by = dest.start_row - src.start_row;

	note_wrap(p);
	p->left = 0;
	touch(p, dest.start_row, dest.end_row);
	touch(p, src.start_row, src.end_row);
	/* Sideways, or only a part of the columns: the rows stay what they are. */
	if (by == 0 || dest.start_col != 0 || dest.end_col != p->columns)
		return 0;
	memmove(&p->marks[dest.start_row], &p->marks[src.start_row],
	    (size_t)n * sizeof p->marks[0]);
	/* Changed rows that move up are changed rows there. */
	if (p->from < p->to && by < 0)
		p->from = p->from + by > 0 ? p->from + by : 0;
	if (p->from < p->to && by > 0)
		p->to = p->to + by < p->rows ? p->to + by : p->rows;
	/* What comes in is new. */
	for (int i = src.start_row; i < src.end_row; i++)
		if (i < dest.start_row || i >= dest.end_row)
			p->marks[i] = (struct pane_mark){ 0 };
	return 1;
}

static int
on_property(VTermProp prop, VTermValue *val, void *arg)
{
	struct pane *p = arg;

	if (prop == VTERM_PROP_CURSORVISIBLE)
		p->shown = val->boolean;
	return 1;
}

/* libvterm copies each row that leaves, if anybody wants it. */
static const VTermScreenCallbacks callbacks = { .damage = on_damage,
	.moverect = on_move,
	.settermprop = on_property },
				  callbacks_leave = { .damage = on_damage,
					  .moverect = on_move,
					  .settermprop = on_property,
					  .sb_pushline = on_leave };

/* Answers to questions go nowhere. */
static void
drop(const char *s, size_t n, void *arg)
{
	(void)s;
	(void)n;
	(void)arg;
}

/* ---- life ---- */

static int
clamp(int v, int most)
{
	return v < PANE_LEAST ? PANE_LEAST : v > most ? most : v;
}

void
pane_size(uint32_t columns, uint32_t rows, int *ret_columns, int *ret_rows)
{
	*ret_columns = clamp(columns < PANE_MOST ? (int)columns : PANE_MOST, PANE_MOST);
	*ret_rows =
	    clamp(rows < PANE_MOST ? (int)rows : PANE_MOST, PANE_CELLS / *ret_columns);
	*ret_rows = clamp(*ret_rows, PANE_MOST);
}

enum rc
pane_new(int columns, int rows, pane_leaves *leaves, void *arg, struct pane **ret,
    struct err *err)
{
	struct pane *p = calloc(1, sizeof *p);

	if (p == NULL)
		return err_memory(err);
	pane_size(columns < 0 ? 0 : (uint32_t)columns, rows < 0 ? 0 : (uint32_t)rows,
	    &p->columns, &p->rows);
	p->leaves = leaves;
	p->arg = arg;
	p->printing = -1;
	/* Room for the tallest: rows come and go with each resize. */
	p->marks = calloc(PANE_MOST, sizeof *p->marks);
	p->touched = calloc(PANE_MOST, sizeof *p->touched);
	if (p->marks != NULL && p->touched != NULL)
		p->vt = vterm_new(p->rows, p->columns);
	if (p->vt == NULL) {
		pane_free(p);
		return err_memory(err);
	}
	p->from = p->rows;
	vterm_set_utf8(p->vt, 1);
	vterm_output_set_callback(p->vt, drop, NULL);
	p->state = vterm_obtain_state(p->vt);
	p->screen = vterm_obtain_screen(p->vt);
	vterm_screen_set_callbacks(
	    p->screen, leaves != NULL ? &callbacks_leave : &callbacks, p);
	vterm_screen_reset(p->screen, 1);
	p->from = p->rows;
	p->to = 0;
	touch(p, 0, p->rows);
	*ret = p;
	return RC_OK;
}

void
pane_free(struct pane *p)
{
	if (p == NULL)
		return;
	if (p->vt != NULL)
		vterm_free(p->vt);
	free(p->marks);
	free(p->touched);
	free(p);
}

/* ---- writing ---- */

static void
feed(struct pane *p, struct span s)
{
	vterm_input_write(p->vt, (const char *)s.p, s.len);
	p->left = 0;
}

/* What takes no column: signs that only say how others are to be set, and accents of
 * scripts in wide use. */
static const struct range {
	uint32_t first, last;
} formats[] = { { 0xAD, 0xAD }, { 0x200B, 0x200F }, { 0x202A, 0x202E },
	{ 0x2060, 0x206F }, { 0xFEFF, 0xFEFF } },
  marks[] = { { 0x300, 0x36F }, { 0x483, 0x489 }, { 0x591, 0x5BD }, { 0x610, 0x61A },
	  { 0x64B, 0x65F }, { 0x93C, 0x94D }, { 0xE31, 0xE31 }, { 0xE34, 0xE3A },
	  { 0xE47, 0xE4E }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x20D0, 0x20FF },
	  { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F } };

#define AMONG(list, c) among(list, sizeof(list) / sizeof(list)[0], c)

static bool
among(const struct range *list, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= list[i].first && c <= list[i].last)
			return true;
	return false;
}

/* The character at the begin of s: its bytes, its columns at most, whether it is one
 * that is left out. */
struct unit {
	size_t len;
	unsigned columns;
	bool format;
};

static struct unit
unit_at(struct span s)
{
	struct unit ret = { 1, 1, false };
	uint32_t c = 0;

	if (s.p[0] < 0x80)
		return ret;
	if ((ret.len = text_char(s, &c)) == 0)
		ret.len = 1;
	ret.format = AMONG(formats, c);
	ret.columns = ret.format || AMONG(marks, c) ? 0 : 2;
	return ret;
}

/* As many characters as can pass the margin once: together they are no wider than a
 * row. */
static size_t
piece(const struct pane *p, struct span text)
{
	size_t room = p->narrow ? 1 : (size_t)p->columns, n = 0;
	struct unit u = unit_at(text);

	do {
		room = room > u.columns ? room - u.columns : 0;
		n += u.len;
		if (n >= text.len)
			break;
		u = unit_at(span_make(text.p + n, text.len - n));
	} while (!u.format && room >= u.columns);
	return n;
}

static void
print(struct pane *p, struct span text)
{
	int row, column, before;

	pane_cursor(p, &before, &column);
	p->printing = before;
	feed(p, text);
	pane_cursor(p, &row, &column);
	for (int i = before; p->printing >= 0 && i < row; i++)
		p->marks[i].wraps = true;
	p->printing = -1;
}

void
pane_text(struct pane *p, struct span text)
{
	while (text.len > 0) {
		struct unit u = unit_at(text);
		size_t n = u.len;

		/* An accent that comes later than its letter gets a column of its own
		 * from libvterm, sometimes. */
		if (u.columns > 0) {
			n = piece(p, text);
			print(p, span_make(text.p, n));
		}
		text = span_make(text.p + n, text.len - n);
	}
}

void
pane_control(struct pane *p, struct span sequence)
{
	/* Margins at the sides; lines of double width; characters that are inserted. */
	if (span_is(sequence, "\033[?69h") || span_is(sequence, "\033#3") ||
	    span_is(sequence, "\033#4") || span_is(sequence, "\033#6") ||
	    (sequence.len > 3 && sequence.p[2] == '4' &&
		sequence.p[sequence.len - 1] == 'h'))
		p->narrow = true;
	feed(p, sequence);
}

enum rc
pane_resize(struct pane *p, int columns, int rows, struct err *err)
{
	char place[40];
	VTermPos pos;

	(void)err;
	pane_size(columns < 0 ? 0 : (uint32_t)columns, rows < 0 ? 0 : (uint32_t)rows,
	    &columns, &rows);
	if (columns == p->columns && rows == p->rows)
		return RC_OK;
	vterm_state_get_cursorpos(p->state, &pos);
	/* Margins end with the size that they were for, as in xterm. */
	feed(p, span_of("\033[?6l\033[?69l\033[r"));
	snprintf(place, sizeof place, "\033[%d;%dH", pos.row + 1, pos.col + 1);
	feed(p, span_of(place));
	p->resizing = true;
	vterm_set_size(p->vt, rows, columns);
	p->resizing = false;
	/* libvterm 0.1 lets the cursor leave at the top with the rows, and writes there. */
	vterm_state_get_cursorpos(p->state, &pos);
	snprintf(place, sizeof place, "\033[%d;%dH", pos.row < 0 ? 1 : pos.row + 1,
	    pos.col < 0 ? 1 : pos.col + 1);
	feed(p, span_of(place));
	for (int i = p->rows; i < rows; i++)
		p->marks[i] = (struct pane_mark){ 0 };
	p->columns = columns;
	p->rows = rows;
	p->to = p->to < rows ? p->to : rows;
	touch(p, 0, rows);
	return RC_OK;
}

/* ---- looking ---- */

int
pane_columns(const struct pane *p)
{
	return p->columns;
}

int
pane_rows(const struct pane *p)
{
	return p->rows;
}

void
pane_cursor(const struct pane *p, int *row, int *column)
{
	VTermPos pos;

	vterm_state_get_cursorpos(p->state, &pos);
	*row = pos.row < 0 ? 0 : pos.row >= p->rows ? p->rows - 1 : pos.row;
	*column = pos.col < 0 ? 0 : pos.col >= p->columns ? p->columns - 1 : pos.col;
}

bool
pane_cursor_shown(const struct pane *p)
{
	return p->shown;
}

/* U+0020 aside, these are blanks too: shown as such they hide nothing. */
static bool
is_space(uint32_t c)
{
	return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
	       c == 0x202F || c == 0x205F || c == 0x3000;
}

/* A sign for a character that must not be shown.  Invisible ones that only join
 * others are left out, or they would hide a word from who looks for it. */
static uint32_t
printable(uint32_t c, bool first)
{
	if (text_plain(c))
		return c;
	if (!first)
		return 0;
	return is_space(c) ? ' ' : 0xFFFD;
}

static uint32_t
colour(const VTermColor *c, bool normal)
{
	if (normal)
		return 0;
	if (VTERM_COLOR_IS_INDEXED(c))
		return PANE_PALETTE + c->indexed.idx;
	return PANE_RGB +
	       ((uint32_t)c->rgb.red << 16 | (uint32_t)c->rgb.green << 8 | c->rgb.blue);
}

static void
style_of(const VTermScreenCell *c, struct pane_style *ret)
{
	ret->fg = colour(&c->fg, VTERM_COLOR_IS_DEFAULT_FG(&c->fg));
	ret->bg = colour(&c->bg, VTERM_COLOR_IS_DEFAULT_BG(&c->bg));
	ret->attributes =
	    (c->attrs.bold ? PANE_BOLD : 0u) | (c->attrs.italic ? PANE_ITALIC : 0u) |
	    (c->attrs.underline ? PANE_UNDERLINE : 0u) |
	    (c->attrs.strike ? PANE_STRIKE : 0u) |
	    (c->attrs.reverse ? PANE_REVERSE : 0u) | (c->attrs.blink ? PANE_BLINK : 0u);
}

void
pane_cell(const struct pane *p, int row, int column, struct pane_cell *ret)
{
	VTermScreenCell c;
	size_t n = 0;

	memset(ret, 0, sizeof *ret);
	if (p->leaving != NULL && row == p->left)
		c = p->leaving[column];
	else if (!vterm_screen_get_cell(p->screen, (VTermPos){ row, column }, &c)) {
		ret->width = 1;
		return;
	}
	style_of(&c, &ret->style);
	if (c.chars[0] == UINT32_MAX)
		return;
	ret->width = c.width == 2 ? 2 : 1;
	for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && c.chars[i] != 0; i++) {
		uint32_t u = printable(c.chars[i], i == 0);

		if (u != 0 && n < PANE_CHARS)
			ret->chars[n++] = u;
	}
}

static void
put_char(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_u8(out, (uint8_t)c);
	} else if (c < 0x800) {
		buf_u8(out, (uint8_t)(0xC0 | c >> 6));
		buf_u8(out, (uint8_t)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		buf_u8(out, (uint8_t)(0xE0 | c >> 12));
		buf_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
		buf_u8(out, (uint8_t)(0x80 | (c & 0x3F)));
	} else {
		buf_u8(out, (uint8_t)(0xF0 | c >> 18));
		buf_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3F)));
		buf_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
		buf_u8(out, (uint8_t)(0x80 | (c & 0x3F)));
	}
}

void
pane_cell_text(const struct pane_cell *c, struct buf *out)
{
	for (size_t i = 0; i < PANE_CHARS && c->chars[i] != 0; i++)
		put_char(out, c->chars[i]);
}

/* The characters of a row, one for each column, blanks for those that were erased before
 * another; SIZE_MAX where it is not as simple as that. */
static size_t
row_simple(const struct pane *p, int row, uint32_t to[PANE_MOST])
{
	const VTermRect all = { row, row + 1, 0, p->columns };
	size_t n = 0;

	if (p->leaving == NULL || row != p->left) {
		n = vterm_screen_get_chars(p->screen, to, PANE_MOST, all);
		return n <= (size_t)p->columns ? n : SIZE_MAX;
	}
	for (int i = 0; i < p->columns; i++) {
		const uint32_t *c = p->leaving[i].chars;

		if (c[0] != 0 && c[1] != 0)
			return SIZE_MAX;
		to[i] = c[0] != 0 ? c[0] : ' ';
		n = c[0] != 0 ? (size_t)i + 1 : n;
	}
	return n;
}

/* Most rows are ASCII: they are taken in one go.  False, and nothing done, if this one
 * is not. */
static bool
row_ascii(const struct pane *p, int row, struct buf *out)
{
	uint32_t chars[PANE_MOST], strange = 0;
	size_t n = row_simple(p, row, chars);
	uint8_t *to;

	if (n == SIZE_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		strange |= (uint32_t)(chars[i] - 0x20 >= 0x7F - 0x20);
	if (strange != 0)
		return false;
	/* A blank that was written counts where the line goes on. */
	while (n > 0 && chars[n - 1] == ' ' && !p->marks[row].wraps)
		n--;
	if ((to = buf_room(out, n)) == NULL)
		return true;
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)chars[i];
	out->len += n;
	return true;
}

void
pane_row_text(const struct pane *p, int row, struct buf *out)
{
	size_t blanks = 0;
	struct pane_cell c;
	bool wraps = p->marks[row].wraps;

	if (row_ascii(p, row, out))
		return;
	for (int i = 0; i < p->columns; i++) {
		pane_cell(p, row, i, &c);
		if (c.width == 0)
			continue;
		/* A blank that was written counts where the line goes on. */
		if (c.chars[0] == 0 || (c.chars[0] == ' ' && !wraps)) {
			blanks++;
			continue;
		}
		for (; blanks > 0; blanks--)
			buf_u8(out, ' ');
		pane_cell_text(&c, out);
	}
}

bool
pane_wraps(const struct pane *p, int row)
{
	return row + 1 < p->rows && p->marks[row].wraps;
}

void
pane_line_text(const struct pane *p, int row, struct buf *out, int *first, int *last)
{
	*first = *last = row;
	while (*first > 0 && pane_wraps(p, *first - 1))
		--*first;
	while (pane_wraps(p, *last))
		++*last;
	for (int i = *first; i <= *last; i++)
		pane_row_text(p, i, out);
}

/* ---- marks ---- */

struct pane_mark *
pane_mark(struct pane *p, int row)
{
	return &p->marks[row];
}

bool
pane_changed(struct pane *p, int *from, int *to)
{
	*from = p->from;
	*to = p->to;
	p->from = p->rows;
	p->to = 0;
	return *from < *to;
}

bool
pane_touched(const struct pane *p, int row)
{
	return p->touched[row];
}

void
pane_seen(struct pane *p)
{
	for (int i = 0; i < p->rows; i++) {
		p->touched[i] = false;
		p->marks[i].fresh = false;
	}
}
