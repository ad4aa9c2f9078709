/* What becomes of a request's header, by its name: the closed list of those that are no
 * members of an operation.  A header that is on no list goes nowhere. */
#ifndef BROKER_GATE_CARRY_H
#define BROKER_GATE_CARRY_H

#include "lib/base/buf.h"

enum carry {
	CARRY_NONE,  /* not on the list: a member of the operation, or refused */
	CARRY_HOP,   /* of this hop or of the client's signature: dropped */
	CARRY_PLAIN, /* sent on as it is, unsigned */
	CARRY_SIGN,  /* sent on and signed */
};

/* name: any case. */
enum carry carry_kind(struct span name);

#endif
