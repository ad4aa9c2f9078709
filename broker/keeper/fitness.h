/* May a new recording begin?  What speaks against it, and an event when that changes.
 *
 * Refused early, while there is still room, so that what is under way can end in order.
 */
#ifndef BROKER_KEEPER_FITNESS_H
#define BROKER_KEEPER_FITNESS_H

#include "broker/keeper/depot.h"
#include "broker/keeper/reserve.h"
#include "lib/base/err.h"

struct fitness;

/* What other parts know and nobody can see from here. */
enum fitness_part { FITNESS_LOG, FITNESS_ARCHIVE, FITNESS_PARTS };

struct fitness_owner {
	void *arg;
	/* It has changed: why is NULL when all is well again.  Never twice the same. */
	void (*changed)(void *arg, const char *code, const char *why);
};

/* depot and reserve are borrowed.  RC_FAIL: memory. */
enum rc fitness_new(struct depot *depot, struct reserve *reserve,
    const struct fitness_owner *owner, struct fitness **ret, struct err *err);
/* NULL is fine. */
void fitness_free(struct fitness *f);

/* Why this part does not let recordings begin; NULL: it does. */
void fitness_set(struct fitness *f, enum fitness_part part, const char *why);

/* Look at all of it, and take the reserve again when there is room.  RC_RETRY with a
 * sentence that a client may read: not now. */
enum rc fitness_look(struct fitness *f, struct err *err);

#endif
