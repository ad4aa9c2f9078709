/* A session process that asks without end costs nobody else: so many asks a second, none
 * while the keeper is behind, and a rest behind each that was long.  What it sends then
 * waits in its own socket. */
#ifndef BROKER_MONITOR_FLOOD_H
#define BROKER_MONITOR_FLOOD_H

#include <stdint.h>

#include "lib/base/err.h"

struct session;
struct timer;

struct flood {
	struct session *s;
	struct timer *rest;
	unsigned most;	 /* asks in a second */
	uint64_t second; /* the one that asks are counted in */
	unsigned asked;
};

/* s is borrowed.  RC_FAIL: memory.  flood_clear(). */
enum rc flood_init(struct flood *f, struct session *s, unsigned most, struct err *err);
/* Also of one that is all zero. */
void flood_clear(struct flood *f);
/* One more was asked, and took so many milliseconds of the processor. */
void flood_count(struct flood *f, uint64_t took);

#endif
