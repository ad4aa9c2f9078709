/* The warm parent of all sessions: libraries are initialised and confinement stands
 * before a session begins, so that one costs a fork. */
#ifndef BROKER_SESSION_NURSERY_H
#define BROKER_SESSION_NURSERY_H

#include "lib/base/err.h"

/* Serve START frames from the monitor's socket (taken) until it closes: RC_OK then.
 * Each session is a child that lives by its own control socket.  RC_REFUSE: the monitor
 * sent something else.  RC_FAIL: no loop, or the confinement does not hold. In a child
 * this does not return. */
enum rc nursery_run(int sock, struct err *err);

#endif
