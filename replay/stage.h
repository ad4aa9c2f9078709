/* Where a recording is shown.  A picture: the session's terminal is drawn here, and the
 * watcher's shows what of it fits, with a bar below; nothing that was recorded reaches
 * it.  Or a stream: what was recorded goes out as it is, through the filter.
 */
#ifndef REPLAY_STAGE_H
#define REPLAY_STAGE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/bar.h"

enum stage_kind {
	STAGE_STREAM, /* filtered */
	STAGE_RAW,    /* a stream without the filter */
	STAGE_PICTURE,
};

enum stage_bar {
	STAGE_BAR_FITTING, /* where it covers nothing */
	STAGE_BAR_ALWAYS,
	STAGE_BAR_NEVER,
};

struct stage;

/* The session's terminal has this size.  On RC_OK *ret is yours: stage_free().  RC_FAIL:
 * memory. */
enum rc stage_new(enum stage_kind kind, unsigned columns, unsigned rows,
    struct stage **ret, struct err *err);
/* NULL is fine. */
void stage_free(struct stage *s);

/* The watcher's terminal has this size. */
enum rc stage_fit(struct stage *s, unsigned columns, unsigned rows, struct err *err);

/* Output of the session; its window has another size; all begins anew, with a window of
 * this size.  Streams append to out. */
enum rc stage_output(
    struct stage *s, struct span bytes, struct buf *out, struct err *err);
void stage_resize(struct stage *s, unsigned columns, unsigned rows);
enum rc stage_restart(
    struct stage *s, unsigned columns, unsigned rows, struct buf *out, struct err *err);

/* A picture: append what makes the watcher's terminal show it; before that, once, what
 * prepares the terminal.  help: with the list of keys over it.  A stream: nothing. */
void stage_show(struct stage *s, const struct bar *bar, enum stage_bar when, bool help,
    struct buf *out);
/* What has to be said when the picture does not fit: "it is 120x40, this is 80x24"; empty
 * when it does. */
bool stage_fits(const struct stage *s);
/* The size of the session's terminal now. */
void stage_size(const struct stage *s, unsigned *columns, unsigned *rows);

/* Append what brings the watcher's terminal back to where a shell expects it. */
void stage_finish(struct stage *s, struct buf *out);

/* How many sequences and characters the filter took away, over all restarts the most. */
uint64_t stage_removed(const struct stage *s);

#endif
