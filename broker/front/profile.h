/* What the front's processes may still ask of the kernel. */
#ifndef BROKER_FRONT_PROFILE_H
#define BROKER_FRONT_PROFILE_H

#include "lib/base/confine.h"

/* The listener: accepts and forks, reads nothing that a stranger wrote. */
extern const struct confine profile_listener;
/* One connection's process, from before its first byte. */
extern const struct confine profile_client;

#endif
