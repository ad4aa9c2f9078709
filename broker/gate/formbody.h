/* Names and values as a form or a query string holds them
 * (application/x-www-form-urlencoded; "a=1&b=2"), decoded. */
#ifndef BROKER_GATE_FORMBODY_H
#define BROKER_GATE_FORMBODY_H

#include <stddef.h>

#include "broker/gate/refused.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define FORMBODY_PAIRS 8192

struct formbody_pair {
	struct span name, value; /* UTF-8, no NUL */
};

struct formbody {
	struct formbody_pair *v;
	size_t n;
	struct buf text; /* what they point into */
};

#define FORMBODY_PLUS 1u    /* '+' is a space (a body); else it is refused (a query) */
#define FORMBODY_REPEATS 2u /* a name may stand more than once */

/* Read.  On RC_OK clear with formbody_clear().  RC_REFUSE: a broken escape, an empty
 * name, a NUL, no UTF-8, a name twice, over a bound. */
enum rc formbody_read(
    struct span s, unsigned how, struct formbody *ret, struct refused *why);
void formbody_clear(struct formbody *f);

/* The first value of that name, NULL when there is none. */
const struct span *formbody_find(const struct formbody *f, const char *name);

#endif
