/* The terminal of a recorded session, without a terminal: what was on its screen at a
 * time, and every line that left it.
 *
 * It draws with libvterm what the filter of screen.h lets pass, and answers nothing.
 * There are two panes, the main one and the alternate one that editors and pagers use.
 */
#ifndef REPLAY_TERMINAL_H
#define REPLAY_TERMINAL_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/pane.h"

/* A line that is longer comes in parts of about this many bytes. */
#define TERMINAL_LINE_MOST 65536

struct terminal;

/* Each may be NULL.  They may look at the terminal, not write to it. */
struct terminal_on {
	void *arg;
	/* A line of the main pane that nobody will see again: it scrolled off, the
	 * screen was cleared, or made too narrow for it.  Without LF; printable UTF-8,
	 * no blanks at its end.  fresh: it changed since terminal_seen(). */
	void (*line)(void *arg, struct span text, bool fresh);
	/* Rows from to to - 1 of the pane in use changed, and may be erased next. */
	void (*settled)(void *arg, int from, int to);
	/* Before the alternate pane comes (true) or goes (false). */
	void (*turn)(void *arg, bool alternate);
};

/* A terminal of this size, as far as pane_size() allows.  on is copied.  On RC_OK *ret
 * is yours: terminal_free().  RC_FAIL: memory. */
enum rc terminal_new(int columns, int rows, const struct terminal_on *on,
    struct terminal **ret, struct err *err);
/* NULL is fine. */
void terminal_free(struct terminal *t);

/* Output of the session, any bytes.  RC_FAIL: memory. */
enum rc terminal_put(struct terminal *t, struct span bytes, struct err *err);
/* The session's window has another size, any; it counts from the next output on. */
void terminal_resize(struct terminal *t, uint32_t columns, uint32_t rows);
/* Call turn and line once more for what is still there: the end. */
enum rc terminal_end(struct terminal *t, struct err *err);

/* The pane in use: for its rows, its cursor and its marks. */
struct pane *terminal_pane(const struct terminal *t);
bool terminal_alternate(const struct terminal *t);
/* Goes up each time the pane in use is another or has another size. */
unsigned terminal_turns(const struct terminal *t);

/* How many sequences and characters the filter took away. */
uint64_t terminal_removed(const struct terminal *t);

/* Append the screen, a line a row, without empty ones at its end. */
void terminal_text(const struct terminal *t, struct buf *out);

#endif
