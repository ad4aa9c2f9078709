/* What this room's processes may do, as tables. */
#ifndef BROKER_SESSION_PROFILE_H
#define BROKER_SESSION_PROFILE_H

#include "lib/base/confine.h"

/* The nursery: forks, and lets each child confine itself further. */
extern const struct confine profile_nursery;
/* A session: no child process, no program, no file but what the resolver reads, sockets
 * to the network alone; its recording can grow and do nothing else. */
extern const struct confine profile_session;

#endif
