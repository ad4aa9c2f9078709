/* The line under a recording that plays: where it is, how fast, in which command. */
#ifndef REPLAY_BAR_H
#define REPLAY_BAR_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

struct bar {
	const char *state; /* "playing", "paused", … */
	uint64_t at_us, total_us;
	double speed;
	uint64_t limit_us;    /* PACE_NO_LIMIT, or the longest silence */
	size_t label, labels; /* the label it is in, from 1; how many there are */
	const char *text;     /* of that label, printable; or NULL */
	const char *mark;     /* what speaks against the recording, or NULL */
	const char *notice;   /* stands in place of the label, or NULL */
};

/* Append exactly `columns` columns of printable text, if the label is ASCII: what does
 * not fit is left out, the least important first. */
void bar_put(const struct bar *b, unsigned columns, struct buf *out);

/* Append "1:02:03" or "2:03". */
void bar_time(uint64_t us, struct buf *out);

#endif
