/* An SDK's bytes from the gate back to the client: passed on, not recorded (the gate
 * records what they mean). */
#ifndef BROKER_SESSION_BRIDGE_H
#define BROKER_SESSION_BRIDGE_H

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "broker/session/conduit.h"

struct bridge;

/* fd: a stream socket, taken, also on failure.  While the sink is full nothing is read.
 * over() tells once that the other end has closed; it may free the bridge. */
enum rc bridge_open_take(struct loop *l, int fd, const struct conduit_sink *sink,
    void (*over)(void *arg), void *arg, struct bridge **ret, struct err *err);
/* NULL is fine. */
void bridge_free(struct bridge *b);

/* Read from here on. */
void bridge_start(struct bridge *b);
/* The client sends no more: say so to the other end. */
void bridge_end(struct bridge *b);
/* To be called before each turn of the loop. */
void bridge_arrange(struct bridge *b);

#endif
