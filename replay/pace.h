/* When each event of a recording is due while it plays: the recorded timing, made
 * faster or slower, with long silences cut.  Times are microseconds. */
#ifndef REPLAY_PACE_H
#define REPLAY_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

#define PACE_NO_LIMIT UINT64_MAX

struct pace {
	double speed;	   /* 2 plays twice as fast */
	uint64_t limit_us; /* no silence is longer, before speed is applied */
	uint64_t at_us;	   /* a place in the recording ... */
	double clock_us;   /* ... and the watcher's time when it was reached */
	uint64_t last_us;  /* the event before */
	bool paused;	   /* the place stands still */
};

/* At the beginning, now.  speed > 0; limit_us may be PACE_NO_LIMIT. */
void pace_init(struct pace *p, double speed, uint64_t limit_us, uint64_t now_us);

/* Where in the recording the watcher is. */
uint64_t pace_position(const struct pace *p, uint64_t now_us);
/* How long until an event recorded at us, the next one, is due: 0 when it is, UINT64_MAX
 * while paused. */
uint64_t pace_left(const struct pace *p, uint64_t now_us, uint64_t us);
/* It was shown.  However late that was, what follows is due as if it had been on time. */
void pace_reach(struct pace *p, uint64_t us);
/* It is shown now, and from here on it goes on. */
void pace_jump(struct pace *p, uint64_t now_us, uint64_t us);

void pace_pause(struct pace *p, uint64_t now_us, bool paused);
void pace_set_speed(struct pace *p, uint64_t now_us, double speed);
void pace_set_limit(struct pace *p, uint64_t now_us, uint64_t limit_us);

/* Read what a person typed: a speed of 0.01 to 1000, "2" or "0.5"; seconds of 0 to
 * 86400, "1.5".  RC_REFUSE for anything else. */
enum rc pace_parse_speed(const char *text, double *ret, struct err *err);
enum rc pace_parse_limit(const char *text, uint64_t *ret_us, struct err *err);
/* A time since the beginning: "95", "95.5", "1:35.5" or "0:01:35", up to 9999 hours. */
enum rc pace_parse_time(const char *text, uint64_t *ret_us, struct err *err);

#endif
