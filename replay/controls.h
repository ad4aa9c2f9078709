/* The keys of the player: what a watcher types, as what the watcher wants. */
#ifndef REPLAY_CONTROLS_H
#define REPLAY_CONTROLS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "replay/keyboard.h"

#define CONTROLS_ASKED 24 /* characters of a place that is asked for */

enum controls_want {
	CONTROLS_NOTHING, /* but what is shown has changed: the keys, a question */
	CONTROLS_PAUSE,	  /* or go on */
	CONTROLS_STEP,
	CONTROLS_QUIT,
	CONTROLS_MOVE,	/* by n seconds, also back */
	CONTROLS_TENTH, /* n of it: 0 to 10 */
	CONTROLS_GO,	/* to the time us */
	CONTROLS_MARK,	/* to the n-th, from 1 */
	CONTROLS_MARK_NEXT,
	CONTROLS_MARK_BEFORE,
	CONTROLS_SPEED, /* n: 1 faster, -1 slower, 0 as recorded */
	CONTROLS_IDLE,	/* cut silences, or not */
	CONTROLS_BAR,
	CONTROLS_UNKNOWN, /* a place was asked for that is none */
	CONTROLS_WANTS,
};

struct controls_command {
	enum controls_want want;
	int n;
	uint64_t us;
};

/* All zero: nothing was typed. */
struct controls {
	struct keyboard keyboard;
	bool help;   /* the list of keys is wanted */
	bool asking; /* a place is being typed: asked, NUL-terminated */
	char asked[CONTROLS_ASKED + 1];
	size_t asked_len;
};

/* What the next key asks for; false when there is none.  whole as in keyboard_take. */
bool controls_take(struct controls *c, bool whole, struct controls_command *ret);

#endif
