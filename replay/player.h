/* Plays an asciicast on the watcher's terminal, with the recorded timing.
 *
 * With keys it is a player with a picture (stage.h): it can be paused, stepped, sought
 * and made faster, and stays at the end until q.  Without, or raw, what was recorded goes
 * out as a stream, and the end is the end.
 */
#ifndef REPLAY_PLAYER_H
#define REPLAY_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "replay/source.h"

struct player_init {
	int out;  /* where to play */
	int keys; /* a terminal to take keys from, or -1 */
	bool raw; /* no filter, no picture */
	double speed;
	uint64_t limit_us;	 /* PACE_NO_LIMIT, or the longest silence */
	uint64_t from_us, to_us; /* begin there; stop there, or UINT64_MAX */
	const char *mark; /* what speaks against the recording, in two words; or NULL */
	/* A session that is still recorded: source gives RC_WAIT, and this is called now
	 * and then.  RC_OK: there may be more; RC_END: there will not, source gives
	 * RC_END where it ends; others end the replay.  NULL: all is there. */
	enum rc (*more)(void *arg, struct err *err);
	void *arg;
};

struct player_result {
	uint64_t events;  /* shown, each time it was */
	uint64_t removed; /* sequences that the filter took away */
};

/* Play source from its first line, of which nothing was read yet.  The terminal is as
 * before afterwards, whatever happened.  *ret is set in any case.
 * RC_OK: to the end; RC_END: q, a signal, or nobody reads the output any more;
 * RC_REFUSE: the source holds something false or malformed, with the place; RC_FAIL:
 * I/O, memory. */
enum rc player_run(struct source *source, const struct player_init *init,
    struct player_result *ret, struct err *err);

#endif
