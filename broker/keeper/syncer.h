/* Makes recordings durable in threads of its own: once a second for those that are
 * written, and at their end.  A disk that is slow keeps a thread waiting and nobody
 * else.
 *
 * A sync that failed is never tried again as if nothing had happened: the system may
 * have dropped what it could not write, and says so once.
 */
#ifndef BROKER_KEEPER_SYNCER_H
#define BROKER_KEEPER_SYNCER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"

#define SYNCER_THREADS 4

struct syncer;

struct synced {
	uint8_t sid[16];
	uint32_t id; /* as given */
	bool whole;  /* as given */
	enum rc rc;  /* RC_OK, or RC_FAIL with err */
	struct err err;
};

/* Called from the loop, once for each that was added. */
typedef void syncer_fn(void *arg, const struct synced *s);

/* Start the threads.  RC_FAIL: memory, descriptors, threads. */
enum rc syncer_new(
    struct loop *l, syncer_fn *fn, void *arg, struct syncer **ret, struct err *err);
/* Wait for the threads; what waits for one is dropped, and what they have done not
 * told.  NULL is fine. */
void syncer_free(struct syncer *s);

/* fdatasync of fd, which is duplicated; whole: fsync, and before those that are not.
 * RC_FAIL: memory, descriptors. */
enum rc syncer_add(struct syncer *s, const uint8_t sid[16], uint32_t id, int fd,
    bool whole, struct err *err);

#endif
