/* Where a text appeared on the screen of a session. */
#ifndef REPLAY_FIND_H
#define REPLAY_FIND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/err.h"
#include "replay/needle.h"
#include "replay/source.h"

#define FIND_CONTEXT_MOST 20

struct find_init {
	const struct needle *pattern;
	int context; /* lines before and behind, at most FIND_CONTEXT_MOST */
	bool json;   /* an object a line, the last one counts */
};

/* Read source from its first byte to its end, look at every line that was ever on the
 * screen, also if it was overwritten or erased at once, and write to f each that
 * matches, when it does so first.  A line that was broken by the margin is one line.
 * *found counts them.  RC_REFUSE: what follows is false or malformed (the place is in
 * err); RC_FAIL: I/O, memory, or a signal asks to stop. */
enum rc find_run(struct source *source, const struct find_init *init, FILE *f,
    uint64_t *found, struct err *err);

#endif
