/* When each event of a recording is due while it plays: the recorded timing, made
 * faster or slower, with long silences cut.  Times are microseconds. */
#ifndef REPLAY_PACE_H
#define REPLAY_PACE_H

#include <stdint.h>

#include "lib/base/err.h"

#define PACE_NO_LIMIT UINT64_MAX

struct pace {
	double speed;	   /* 2 plays twice as fast */
	uint64_t limit_us; /* no silence is longer, before speed is applied */
	uint64_t last_us;  /* recorded time of the event before */
	double due_us;	   /* play time of the event before */
};

/* speed > 0; limit_us may be PACE_NO_LIMIT. */
void pace_init(struct pace *p, double speed, uint64_t limit_us);

/* The play time, since the start, at which an event recorded at us is due.  Never less
 * than the event's before: a recorded clock that goes back counts as standing still. */
uint64_t pace_due(struct pace *p, uint64_t us);

/* Read what a person typed: a speed of 0.01 to 1000, "2" or "0.5"; seconds of 0 to
 * 86400, "1.5".  RC_REFUSE for anything else. */
enum rc pace_parse_speed(const char *text, double *ret, struct err *err);
enum rc pace_parse_limit(const char *text, uint64_t *ret_us, struct err *err);
/* A time since the beginning: "95", "95.5", "1:35.5" or "0:01:35", up to 9999 hours. */
enum rc pace_parse_time(const char *text, uint64_t *ret_us, struct err *err);

#endif
