/* One line of an asciicast: [time, code, data]. */
#ifndef REPLAY_EVENT_H
#define REPLAY_EVENT_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Thirty years: longer than any recording, exact in a double. */
#define EVENT_MOST_US ((uint64_t)1000000000000000)

struct json_t;

struct event {
	uint64_t us; /* the time as written, in microseconds */
	char code;   /* 'o', 'r', 'm', …; '\0' for a code longer than one letter */
	struct span data; /* UTF-8, borrowed until event_clear; may hold NUL */
	struct json_t *root;
};

/* Read a line without its LF.  On RC_OK event_clear() frees what e holds.  RC_REFUSE
 * for anything but an array of a number >= 0, a string that is not empty, a string; the
 * text says what was wrong, the caller adds the place.  RC_FAIL when out of memory. */
enum rc event_parse(struct span line, struct event *e, struct err *err);
/* Free what it holds; it is empty again. */
void event_clear(struct event *e);

#endif
