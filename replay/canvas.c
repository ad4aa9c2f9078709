/* Pictures and their differences; see canvas.h. */
#include "config.h" /* first: it asks for wcwidth */

#include "replay/canvas.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lib/base/text.h"

struct canvas {
	unsigned columns, rows;
	struct pane_cell *next, *shown;
	bool known; /* what the terminal shows is `shown` */
	bool cursor, cursor_shown;
	unsigned cursor_row, cursor_column;
	/* Where the terminal's own cursor stands, and its style. */
	bool pen_known;
	unsigned pen_row, pen_column;
	struct pane_style style;
};

enum rc
canvas_new(struct canvas **ret, struct err *err)
{
	struct canvas *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_memory(err);
	*ret = c;
	return RC_OK;
}

void
canvas_free(struct canvas *c)
{
	if (c == NULL)
		return;
	free(c->next);
	free(c->shown);
	free(c);
}

static unsigned
clamp(unsigned n)
{
	return n < 1 ? 1 : n > CANVAS_MOST ? CANVAS_MOST : n;
}

enum rc
canvas_fit(struct canvas *c, unsigned columns, unsigned rows, struct err *err)
{
	size_t n = (size_t)clamp(columns) * clamp(rows);
	struct pane_cell *next = calloc(n, sizeof *next);
	struct pane_cell *shown = calloc(n, sizeof *shown);

	if (next == NULL || shown == NULL) {
		free(next);
		free(shown);
		return err_memory(err);
	}
	free(c->next);
	free(c->shown);
	c->next = next;
	c->shown = shown;
	c->columns = clamp(columns);
	c->rows = clamp(rows);
	c->known = c->cursor = false;
	return RC_OK;
}

unsigned
canvas_columns(const struct canvas *c)
{
	return c->columns;
}

unsigned
canvas_rows(const struct canvas *c)
{
	return c->rows;
}

/* ---- composing ---- */

void
canvas_clear(struct canvas *c)
{
	memset(c->next, 0, (size_t)c->columns * c->rows * sizeof *c->next);
	c->cursor = false;
}

void
canvas_cell(
    struct canvas *c, unsigned row, unsigned column, const struct pane_cell *cell)
{
	struct pane_cell *at;
	size_t i = 0;

	if (row >= c->rows || column >= c->columns)
		return;
	at = &c->next[(size_t)row * c->columns + column];
	memset(at, 0, sizeof *at);
	at->style = cell->style;
	/* A blank is a blank, however it came about. */
	if (cell->chars[0] == ' ' && cell->chars[1] == 0)
		return;
	if (cell->width > 1 && column + 1 >= c->columns)
		return;
	/* The right half belongs to what stands left of it. */
	at->width = cell->width == 1 || cell->chars[0] == 0 ? 0 : cell->width;
	for (; i < PANE_CHARS && cell->chars[i] != 0; i++)
		at->chars[i] = cell->chars[i];
}

void
canvas_text(struct canvas *c, unsigned row, unsigned column, struct span text,
    unsigned attributes)
{
	struct span left = text;

	while (left.len > 0) {
		struct pane_cell cell = { .style.attributes = attributes };
		uint32_t cp = '?';
		unsigned n = text_char(left, &cp);
		int width = n > 0 && text_plain(cp) ? wcwidth((wchar_t)cp) : -1;

		left = span_make(left.p + (n ? n : 1), left.len - (n ? n : 1));
		cell.chars[0] = width > 0 ? cp : '?';
		cell.width = width > 0 ? (unsigned)width : 1;
		if (column + cell.width > c->columns)
			return;
		canvas_cell(c, row, column, &cell);
		if (cell.width == 2) {
			struct pane_cell half = { .style.attributes = attributes };

			canvas_cell(c, row, column + 1, &half);
		}
		column += cell.width;
	}
}

void
canvas_cursor(struct canvas *c, unsigned row, unsigned column)
{
	c->cursor = row < c->rows && column < c->columns;
	c->cursor_row = row;
	c->cursor_column = column;
}

/* ---- painting ---- */

static void
move(struct canvas *c, unsigned row, unsigned column, struct buf *out)
{
	if (c->pen_known && c->pen_row == row && c->pen_column == column)
		return;
	buf_printf(out, "\033[%u;%uH", row + 1, column + 1);
	c->pen_known = true;
	c->pen_row = row;
	c->pen_column = column;
}

/* base: 30 for what is written, 40 for what is behind it. */
static void
put_colour(uint32_t colour, unsigned base, struct buf *out)
{
	uint32_t n = colour - PANE_PALETTE, rgb = colour - PANE_RGB;

	if (colour == 0)
		return;
	if (colour >= PANE_RGB)
		buf_printf(out, ";%u;2;%u;%u;%u", base + 8, rgb >> 16 & 255,
		    rgb >> 8 & 255, rgb & 255);
	else if (n < 8)
		buf_printf(out, ";%u", base + n);
	else if (n < 16)
		buf_printf(out, ";%u", base + 60 + n - 8);
	else
		buf_printf(out, ";%u;5;%u", base + 8, n);
}

static void
put_style(struct canvas *c, const struct pane_style *style, struct buf *out)
{
	static const struct {
		unsigned attribute;
		const char *code;
	} rows[] = {
		{ PANE_BOLD, ";1" },
		{ PANE_ITALIC, ";3" },
		{ PANE_UNDERLINE, ";4" },
		{ PANE_BLINK, ";5" },
		{ PANE_REVERSE, ";7" },
		{ PANE_STRIKE, ";9" },
	};

	if (memcmp(style, &c->style, sizeof *style) == 0)
		return;
	buf_text(out, "\033[0");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (style->attributes & rows[i].attribute)
			buf_text(out, rows[i].code);
	put_colour(style->fg, 30, out);
	put_colour(style->bg, 40, out);
	buf_u8(out, 'm');
	c->style = *style;
}

static void
put_char(uint32_t cp, struct buf *out)
{
	if (cp < 0x80) {
		buf_u8(out, (uint8_t)cp);
	} else if (cp < 0x800) {
		buf_u8(out, (uint8_t)(0xC0 | cp >> 6));
		buf_u8(out, (uint8_t)(0x80 | (cp & 0x3F)));
	} else if (cp < 0x10000) {
		buf_u8(out, (uint8_t)(0xE0 | cp >> 12));
		buf_u8(out, (uint8_t)(0x80 | (cp >> 6 & 0x3F)));
		buf_u8(out, (uint8_t)(0x80 | (cp & 0x3F)));
	} else {
		buf_u8(out, (uint8_t)(0xF0 | (cp >> 18 & 7)));
		buf_u8(out, (uint8_t)(0x80 | (cp >> 12 & 0x3F)));
		buf_u8(out, (uint8_t)(0x80 | (cp >> 6 & 0x3F)));
		buf_u8(out, (uint8_t)(0x80 | (cp & 0x3F)));
	}
}

/* Terminals do not agree about the width of some characters: behind each that is not
 * ASCII the place is named again. */
static void
put_cell(struct canvas *c, unsigned row, unsigned column, const struct pane_cell *cell,
    struct buf *out)
{
	bool simple = cell->chars[0] < 0x7F && cell->chars[1] == 0;

	move(c, row, column, out);
	put_style(c, &cell->style, out);
	if (cell->chars[0] < 0x20 || cell->chars[0] == 0x7F)
		buf_u8(out, ' ');
	else
		for (size_t i = 0; i < PANE_CHARS && cell->chars[i] != 0; i++)
			put_char(cell->chars[i], out);
	c->pen_column++;
	/* At the margin the cursor waits, or wraps. */
	c->pen_known = simple && c->pen_column < c->columns;
}

static bool
same(const struct pane_cell *a, const struct pane_cell *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static void
paint_row(struct canvas *c, unsigned row, struct buf *out)
{
	const struct pane_cell *next = &c->next[(size_t)row * c->columns];
	const struct pane_cell *shown = &c->shown[(size_t)row * c->columns];

	for (unsigned i = 0; i < c->columns; i++) {
		bool wide = next[i].width == 2;

		if (!same(&next[i], &shown[i]) ||
		    (wide && !same(&next[i + 1], &shown[i + 1])))
			put_cell(c, row, i, &next[i], out);
		i += wide;
	}
}

static void
paint_cursor(struct canvas *c, struct buf *out)
{
	if (c->cursor)
		move(c, c->cursor_row, c->cursor_column, out);
	if (c->cursor != c->cursor_shown)
		buf_text(out, c->cursor ? "\033[?25h" : "\033[?25l");
	c->cursor_shown = c->cursor;
}

void
canvas_paint(struct canvas *c, struct buf *out)
{
	size_t size = (size_t)c->columns * c->rows * sizeof *c->next;

	if (!c->known) {
		buf_text(out, "\033[?25l\033[0m\033[2J");
		memset(c->shown, 0, size);
		memset(&c->style, 0, sizeof c->style);
		c->cursor_shown = c->pen_known = false;
		c->known = true;
	}
	for (unsigned i = 0; i < c->rows; i++)
		paint_row(c, i, out);
	paint_cursor(c, out);
	memcpy(c->shown, c->next, size);
}
