/* How often something was let through: what the bounds of rules (rate: 5 in 1h) are
 * held against.
 *
 * A table of counts, each for a rule and, where the bound says so, an identity and a
 * target.  No stretch of a bound's length ever sees more than its number: counts of up
 * to RATES_EXACT are exact; larger ones are kept in steps of a fourteenth of the
 * stretch, so that room comes back that much later at most.  Time is the caller's, and
 * monotonic.
 */
#ifndef BROKER_MONITOR_RATES_H
#define BROKER_MONITOR_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/model/verdict.h"

#define RATES_KEYS 65536 /* counts at once; with no room for another it is a no */
#define RATES_EXACT 16

struct rates;

/* What is to happen once more. */
struct rates_ask {
	const struct verdict *verdict; /* its rates; none of them: always a yes */
	const char *identity;
	const char *target; /* NULL: there is none */
	uint64_t now_ms;
};

/* Which bound stands in the way, and how long. */
struct rates_over {
	struct verdict_rate rate;
	uint64_t retry_ms; /* until it lets one more through, if none comes between */
	bool full;	   /* it is not the bound: nothing more can be counted now */
};

/* Empty.  On RC_OK *ret is yours: rates_free().  RC_FAIL: memory. */
enum rc rates_new(struct rates **ret, struct err *err);
/* NULL is fine. */
void rates_free(struct rates *r);

/* True when every bound leaves room for one more; nothing is counted.  Else *over is
 * set. */
bool rates_look(struct rates *r, const struct rates_ask *ask, struct rates_over *over);
/* The same, and it is counted in all of them; on false in none.  False as well when
 * there is no room for a count, or no memory: then it may be counted in some. */
bool rates_take(struct rates *r, const struct rates_ask *ask, struct rates_over *over);

#endif
