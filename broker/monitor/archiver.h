/* Recordings go to the bucket: parcels come from the keeper, objects go out, and what
 * arrived is told to the keeper.
 *
 * Two objects at most are under way.  Trouble is met with pauses that grow, told of once
 * when it begins and once when it is over; whatever happens here, no session waits for
 * it.
 */
#ifndef BROKER_MONITOR_ARCHIVER_H
#define BROKER_MONITOR_ARCHIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

struct archiver;
struct monitor;

/* m is borrowed; its loop, keeper and vault are there.  Nothing happens while no bucket
 * is configured.  On RC_OK *ret is yours: archiver_free(). */
enum rc archiver_new(struct monitor *m, struct archiver **ret, struct err *err);
/* Drops what is under way: it goes again another time.  NULL is fine. */
void archiver_free(struct archiver *a);
/* The configuration is another one. */
void archiver_recheck(struct archiver *a);

/* Who waits for a run: told of each object that arrives, and when nothing is due any
 * more (rc RC_OK) or something went wrong. */
struct archiver_watch {
	struct archiver_watch *next; /* the archiver's */
	void *arg;
	void (*sent)(void *arg, const char *key, uint64_t bytes);
	void (*over)(void *arg, enum rc rc, const char *why);
};
/* Begin at once, whatever pause there is.  w is borrowed until over() has been called
 * or archiver_unwatch().  RC_REFUSE: no bucket is configured. */
enum rc archiver_run(struct archiver *a, struct archiver_watch *w, struct err *err);
void archiver_unwatch(struct archiver *a, struct archiver_watch *w);

struct archiver_state {
	uint64_t objects, bytes; /* that have arrived since the start */
	uint64_t last_ms;	 /* when the last one did, wall clock; 0: none */
	unsigned failures;	 /* in a row */
	const char *why;	 /* of the last; "" */
	unsigned flying;
};
void archiver_look(const struct archiver *a, struct archiver_state *ret);

#endif
