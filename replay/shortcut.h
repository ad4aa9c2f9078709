/* Output on the way to another place, without what scrolls away before anybody looks.
 *
 * Of a run of plain lines a screen keeps no more than its rows: the lines before need
 * not be drawn, only the colours that they leave behind be known.  This holds while
 * lines scroll over the whole screen; where margins were ever set, all is drawn.
 */
#ifndef REPLAY_SHORTCUT_H
#define REPLAY_SHORTCUT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct shortcut;

/* On RC_OK *ret is yours: shortcut_free().  RC_FAIL: memory. */
enum rc shortcut_new(struct shortcut **ret, struct err *err);
/* NULL is fine. */
void shortcut_free(struct shortcut *s);

/* Output of the session, all of it from the beginning, one event after the other.
 * Appends to out what has to be drawn now; the rest waits.  rows: of the screen. */
void shortcut_put(
    struct shortcut *s, struct span bytes, unsigned rows, struct buf *out);
/* Append what waits: out is then as good as all that was put.  Before each look at the
 * screen, and before its size changes. */
void shortcut_end(struct shortcut *s, unsigned rows, struct buf *out);

/* The length of the colour sequence at the front; 0: it is something else. */
size_t shortcut_colour(struct span s);
/* Could margins be set by this, or other characters come into use?  (Those depend in
 * libvterm on how output is cut into pieces.)  Also by what ends in another event, or is
 * hidden in a string: that is not looked at any closer. */
bool shortcut_ends(struct span s);

#endif
