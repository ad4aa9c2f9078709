/* The labels of a recording in time, and how long it is: looked through once, before it
 * plays. */
#ifndef REPLAY_CHAPTERS_H
#define REPLAY_CHAPTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/reel.h"

#define CHAPTERS_MOST 65536 /* further labels are left out */
#define CHAPTERS_TEXT 160   /* bytes of a label's text; more are cut */

struct chapters;

struct chapters_label {
	uint64_t us;
	const char *text; /* printable; borrowed from the chapters */
};

/* Read reel to its end, or to a line that is malformed (who plays will meet it), and
 * rewind it.  On RC_OK *ret is yours: chapters_free().  RC_WAIT does not come: what
 * grows is read as far as it goes.  RC_END: a stop signal; RC_REFUSE: the source holds
 * something false; RC_FAIL: I/O, memory. */
enum rc chapters_read(struct reel *reel, struct chapters **ret, struct err *err);
/* NULL is fine. */
void chapters_free(struct chapters *c);

/* A label that came since: an m event at or behind the last.  RC_FAIL: memory. */
enum rc chapters_add(struct chapters *c, const struct event *e, struct err *err);

/* The time of the last event. */
uint64_t chapters_total_us(const struct chapters *c);
size_t chapters_count(const struct chapters *c);
/* The i-th label, from 0, below the count. */
struct chapters_label chapters_at(const struct chapters *c, size_t i);
/* How many labels stand at or before us: the number of the one it belongs to. */
size_t chapters_before(const struct chapters *c, uint64_t us);

#endif
