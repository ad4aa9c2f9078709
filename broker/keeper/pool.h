/* Threads for what a slow disk may keep waiting, so that the loop never does: jobs go in,
 * are done in a thread, and come back in the loop. */
#ifndef BROKER_KEEPER_POOL_H
#define BROKER_KEEPER_POOL_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"

#define POOL_THREADS_MAX 8

struct pool;

/* The beginning of each job, which is allocated by who adds it. */
struct pool_job {
	struct pool_job *next; /* the pool's */
	bool urgent;	       /* before those that are not; else in their order */
};

struct pool_work {
	void *arg; /* of told */
	/* In a thread: it touches nothing but the job, and what never changes. */
	void (*run)(struct pool_job *j);
	/* In the loop, once for each that was added; the job is freed behind it. */
	void (*told)(void *arg, const struct pool_job *j);
	void (*free)(struct pool_job *j);
};

/* Start so many threads.  RC_FAIL: memory, descriptors, threads. */
enum rc pool_new(struct loop *l, unsigned threads, const struct pool_work *work,
    struct pool **ret, struct err *err);
/* Wait for the threads; what waits for one is dropped, and what they have done not
 * told.  NULL is fine. */
void pool_free(struct pool *p);

/* The job is the pool's from here. */
void pool_add_take(struct pool *p, struct pool_job *j);

#endif
