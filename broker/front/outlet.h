/* What goes to the client on one channel: stdout and stderr, as much as its window and
 * the socket take, the rest kept. */
#ifndef BROKER_FRONT_OUTLET_H
#define BROKER_FRONT_OUTLET_H

#include <libssh/libssh.h>
#include <stdbool.h>

#include "lib/base/buf.h"

/* Words and rows that wait for a client that does not read them; more makes the buffer
 * bad. */
#define OUTLET_MAX (8u << 20)

struct outlet {
	ssh_session session; /* borrowed, as is channel */
	ssh_channel channel;
	struct buf out, err; /* what the client has not taken yet: add to it freely */
	bool starved;	     /* the last flush ended at a window that was used up */
};

void outlet_init(struct outlet *o, ssh_session session, ssh_channel channel);
void outlet_clear(struct outlet *o);

/* Show what can be shown now; true when nothing is left. */
bool outlet_flush(struct outlet *o);
/* Show bytes behind what waits, keep what is not taken; true when nothing is left. */
bool outlet_pass(struct outlet *o, bool is_err, struct span bytes);

/* Since the last flush, which its window had ended, the client has opened it again: flush
 * once more before sleeping.  libssh reads such a message also while it is asked for
 * others, and tells nobody. */
bool outlet_may_go_on(const struct outlet *o);

/* False when more was said than is kept. */
bool outlet_ok(const struct outlet *o);
/* Forget what waits. */
void outlet_reset(struct outlet *o);

#endif
