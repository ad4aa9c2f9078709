/* A picture on the watcher's terminal, cell by cell.  It is composed anew each time, and
 * only what differs from the picture before is sent: by moves, colours and printable
 * characters alone.
 */
#ifndef REPLAY_CANVAS_H
#define REPLAY_CANVAS_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/pane.h"

#define CANVAS_MOST 1000 /* columns, rows: of a larger terminal the rest stays empty */

struct canvas;

/* Of no size yet.  On RC_OK *ret is yours: canvas_free().  RC_FAIL: memory. */
enum rc canvas_new(struct canvas **ret, struct err *err);
/* NULL is fine. */
void canvas_free(struct canvas *c);

/* The terminal has this size (clamped to 1 .. CANVAS_MOST), and nobody knows what stands
 * on it: the next picture is sent whole.  Begins a new picture.  RC_FAIL: memory. */
enum rc canvas_fit(struct canvas *c, unsigned columns, unsigned rows, struct err *err);
unsigned canvas_columns(const struct canvas *c);
unsigned canvas_rows(const struct canvas *c);

/* A new picture: all blank, no cursor. */
void canvas_clear(struct canvas *c);
/* What lies outside is left out; a wide character that does not fit is a blank. */
void canvas_cell(
    struct canvas *c, unsigned row, unsigned column, const struct pane_cell *cell);
/* A line of text, cut at the margin.  What is not printable shows as '?'. */
void canvas_text(struct canvas *c, unsigned row, unsigned column, struct span text,
    unsigned attributes);
void canvas_cursor(struct canvas *c, unsigned row, unsigned column);

/* Append what makes the terminal show the picture. */
void canvas_paint(struct canvas *c, struct buf *out);

#endif
