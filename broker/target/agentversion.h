/* The version of the agent on a node, and what follows from it. */
#ifndef BROKER_TARGET_AGENTVERSION_H
#define BROKER_TARGET_AGENTVERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* All zero: not known, older than every other. */
struct agentversion {
	uint32_t part[4];
};

enum agent_skill {
	AGENT_TERMINATES, /* flag 2 ends a session to a port */
	AGENT_MUX,	  /* ports are spoken to in smux */
	AGENT_QUIET,	  /* smux without keepalive */
};

/* Read "3.3.987.0": exactly four decimal numbers of at most nine digits.  False (*ret
 * untouched) for anything else. */
bool agentversion_read(struct span text, struct agentversion *ret);
/* Below, at or above zero, by number and component. */
int agentversion_compare(const struct agentversion *a, const struct agentversion *b);
/* True where agents of this version can. */
bool agentversion_can(const struct agentversion *v, enum agent_skill skill);

/* Of our own version, as agents are told it: true where they speak to it as the rest of
 * this room expects.  To an older one they would speak without smux, or end streams that
 * are quiet for 30 s; what decides that is on both sides, and nobody says it. */
bool agentversion_speaks(const struct agentversion *ours);

#endif
