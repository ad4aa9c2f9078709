/* What comes from the client on one channel: its stdin, read and not passed on yet. */
#ifndef BROKER_FRONT_INLET_H
#define BROKER_FRONT_INLET_H

#include <libssh/libssh.h>
#include <stdbool.h>

#include "lib/base/buf.h"

/* libssh keeps what a client sends beyond its window of 1.28 MB; twice that is no
 * accident.  Each read opens the window to its full size again, however much is still
 * unread, so all of it is read at once or nothing. */
#define INLET_OVERRUN (2560 * 1024)

struct inlet {
	ssh_channel channel; /* borrowed */
	struct buf in;	     /* read, … */
	size_t at;	     /* … and passed on up to here */
	bool readable;	     /* libssh has more: set by its callback */
	bool hostile;	     /* the client broke the window */
};

/* Nothing read; the caller's memory. */
void inlet_init(struct inlet *i, ssh_channel channel);
/* Free what was read and not passed on. */
void inlet_clear(struct inlet *i);

/* libssh says that it holds so many bytes.  Only sets flags, as a callback must. */
void inlet_note(struct inlet *i, size_t held);

/* What was read and not passed on; borrowed until the next call. */
struct span inlet_ahead(const struct inlet *i);
/* n bytes of it are passed on. */
void inlet_use(struct inlet *i, size_t n);

/* Read all that libssh holds, in one call; what came is behind inlet_ahead(), and is
 * returned. */
struct span inlet_take(struct inlet *i);
/* Read it for nobody. */
void inlet_waste(struct inlet *i);

#endif
