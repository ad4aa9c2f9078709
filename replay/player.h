/* Plays an asciicast on the watcher's terminal, with the recorded timing. */
#ifndef REPLAY_PLAYER_H
#define REPLAY_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "replay/source.h"

struct player_init {
	int out;  /* where to play */
	int keys; /* a terminal to take keys from, or -1 */
	bool raw; /* no filter */
	double speed;
	uint64_t limit_us; /* PACE_NO_LIMIT, or the longest silence */
};

struct player_result {
	uint64_t events;  /* shown */
	uint64_t removed; /* sequences that the filter took away */
};

/* Play source from its first line to its end, or until q or a stop signal.  While it
 * plays, space pauses and goes on, . shows the next event and stays paused, q ends. The
 * terminal is as before afterwards, whatever happened.  *ret is set in any case.
 * RC_OK: to the end; RC_END: stopped, or nobody reads the output any more; RC_REFUSE:
 * the source holds something false or malformed, with the place; RC_FAIL: I/O, memory.
 */
enum rc player_run(struct source *source, const struct player_init *init,
    struct player_result *ret, struct err *err);

#endif
