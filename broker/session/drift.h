/* Do the two clocks still go together?  Times in a recording come from the one that
 * never jumps; when the other one was set, the recording says so. */
#ifndef BROKER_SESSION_DRIFT_H
#define BROKER_SESSION_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

/* How far they may part. */
#define DRIFT_MS 2000
/* No more jumps than that are told of in one session. */
#define DRIFT_MOST 64

struct drift {
	int64_t apart_ms; /* wall - mono, when they were last agreed on */
	unsigned told;
};

void drift_begin(struct drift *d, uint64_t wall_ms, uint64_t mono_ms);
/* True when the wall clock has jumped since: by *step_ms, ahead or back.  What it says
 * now is agreed on then. */
bool drift_look(struct drift *d, uint64_t wall_ms, uint64_t mono_ms, int64_t *step_ms);

#endif
