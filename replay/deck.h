/* A recording as it is played: which place it is at, what comes next and when, and the
 * way to another place.  Nobody waits here, and nothing is written: that is player.c's.
 *
 * To go back is to begin anew, without waiting, up to the place: a terminal has no other
 * way to know what stood on it.
 */
#ifndef REPLAY_DECK_H
#define REPLAY_DECK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/chapters.h"
#include "replay/pace.h"
#include "replay/reel.h"
#include "replay/stage.h"

struct deck_init {
	enum stage_kind kind;
	double speed;
	uint64_t limit_us;	 /* PACE_NO_LIMIT, or the longest silence */
	uint64_t from_us, to_us; /* begin there; stop there, or UINT64_MAX */
	bool live;		 /* what comes is shown as it comes, until it is over */
};

/* Plain, to be read by who plays it; written here alone. */
struct deck {
	struct reel *reel;
	struct stage *stage;
	struct chapters *chapters; /* of a picture; NULL: a stream */
	struct pace pace;
	struct event next;
	bool loaded;  /* next is an event that was not shown */
	bool over;    /* nothing comes after what was shown */
	bool live;    /* more may come */
	bool seeking; /* without waiting, up to and with target_us */
	uint64_t target_us;
	uint64_t shown_us; /* time of the event that was shown last */
	uint64_t total_us; /* at which nothing more comes; streams: UINT64_MAX */
	uint64_t to_us;
	unsigned steps;	 /* events to show although paused */
	uint64_t events; /* shown */
};

/* All zero but for the reel, which is made; source is borrowed, and nothing was read of
 * it.  deck_clear() it in any case. */
enum rc deck_open(struct deck *d, struct source *source, struct err *err);
void deck_clear(struct deck *d);
/* Read the header, look through what there is of a picture's recording, and be at the
 * beginning.  RC_WAIT: the header is not there yet; RC_END: a stop signal; RC_REFUSE:
 * false, or no asciicast; RC_FAIL: I/O, memory. */
enum rc deck_begin(struct deck *d, const struct deck_init *init, struct err *err);

/* The place, and a word for what happens there. */
uint64_t deck_position(const struct deck *d, uint64_t now_us);
const char *deck_state(const struct deck *d);
/* From where moves count: the place, or where it is on the way to. */
uint64_t deck_here(const struct deck *d, uint64_t now_us);

/* Go there; what is due later is shown later.  UINT64_MAX: the end.  Streams append to
 * out.  RC_REFUSE: neither a stream nor what is live can be sought. */
enum rc deck_seek(struct deck *d, uint64_t us, struct buf *out, struct err *err);
void deck_pause(struct deck *d, bool paused);
/* Pause, and show one event more that is seen. */
void deck_step(struct deck *d);

/* Have the next event in hand, unless it is over.  RC_WAIT: none yet; RC_REFUSE with the
 * line; RC_FAIL. */
enum rc deck_load(struct deck *d, struct err *err);
/* How long until it is due: 0 when it is, UINT64_MAX while paused. */
uint64_t deck_left(struct deck *d);
/* Show it.  *code is what it was; streams append to out. */
enum rc deck_show(struct deck *d, struct buf *out, char *code, struct err *err);
/* It is over: be at the end. */
void deck_end(struct deck *d);

#endif
