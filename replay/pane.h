/* One screen of a recorded terminal, as libvterm draws it, with what libvterm does not
 * keep: which rows go on in the next, which changed, which leave.
 *
 * Only bytes that the filter (screen.h) let pass may be written here: whole sequences,
 * and none that asks, titles, or fills a string.
 */
#ifndef REPLAY_PANE_H
#define REPLAY_PANE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* libvterm writes a wide character's second half without looking for the margin, and
 * forgets the lines of a screen of one row: hence two. */
#define PANE_LEAST 2
#define PANE_MOST 1000
/* Each line that scrolls moves all cells: more would take hours of whoever looks. */
#define PANE_CELLS 100000
#define PANE_CHARS 6

enum pane_attribute {
	PANE_BOLD = 1,
	PANE_ITALIC = 2,
	PANE_UNDERLINE = 4,
	PANE_STRIKE = 8,
	PANE_REVERSE = 16,
	PANE_BLINK = 32,
};

/* 0 is the default colour, 1 + n entry n of the palette, 257 + 0xRRGGBB that one. */
#define PANE_PALETTE 1u
#define PANE_RGB 257u

struct pane_style {
	uint32_t fg, bg;
	unsigned attributes;
};

struct pane_cell {
	uint32_t chars[PANE_CHARS]; /* printable; 0 ends them, none: a blank */
	unsigned width;		    /* 1 or 2; 0: the right half of the one before */
	struct pane_style style;
};

struct pane;

/* The size that a pane has when it is asked for another: the columns first. */
void pane_size(uint32_t columns, uint32_t rows, int *ret_columns, int *ret_rows);

/* Called before row, which is still there, leaves at the top.  May read, not write. */
typedef void pane_leaves(void *arg, struct pane *p, int row);

/* leaves may be NULL.  Sizes are those of pane_size().  On RC_OK *ret is
 * yours: pane_free().  RC_FAIL: memory. */
enum rc pane_new(int columns, int rows, pane_leaves *leaves, void *arg,
    struct pane **ret, struct err *err);
/* NULL is fine. */
void pane_free(struct pane *p);

/* Printable characters, whole ones, as many as wanted. */
void pane_text(struct pane *p, struct span text);
/* One control character or sequence. */
void pane_control(struct pane *p, struct span sequence);
/* RC_FAIL: memory. */
enum rc pane_resize(struct pane *p, int columns, int rows, struct err *err);

int pane_columns(const struct pane *p);
int pane_rows(const struct pane *p);
void pane_cursor(const struct pane *p, int *row, int *column);
bool pane_cursor_shown(const struct pane *p);

/* Row and column must be on the screen. */
void pane_cell(const struct pane *p, int row, int column, struct pane_cell *ret);
/* Append the characters of a cell; nothing for a blank. */
void pane_cell_text(const struct pane_cell *c, struct buf *out);
/* Append a row's text, printable UTF-8 without blanks at its end, unless the text goes
 * on in the next row. */
void pane_row_text(const struct pane *p, int row, struct buf *out);
/* Append the line that row belongs to; it stands in rows *first to *last. */
void pane_line_text(
    const struct pane *p, int row, struct buf *out, int *first, int *last);
/* True when the row's text goes on in the next because it reached the margin. */
bool pane_wraps(const struct pane *p, int row);

/* What moves with a row when it scrolls. */
struct pane_mark {
	bool wraps;
	bool fresh;   /* changed since pane_seen() */
	bool told;    /* for the caller; a change takes it away */
	bool matched; /* for the caller; a new row has it not */
};

struct pane_mark *pane_mark(struct pane *p, int row);

/* The rows that were written to since the last call, from *from to *to - 1; false if
 * there are none. */
bool pane_changed(struct pane *p, int *from, int *to);
/* True when another text than at the last pane_seen() may stand in this place. */
bool pane_touched(const struct pane *p, int row);
/* All rows were looked at. */
void pane_seen(struct pane *p);

#endif
