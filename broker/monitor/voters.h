/* People who said yes, as they are counted again later: what a hold, a grant or an
 * article rests on after the hold itself is spent.
 *
 * Each is counted as who they are now: one that is gone, has lost the right, or stands
 * for the same person as the asker or another voter counts for nothing.
 */
#ifndef BROKER_MONITOR_VOTERS_H
#define BROKER_MONITOR_VOTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/monitor/config.h"
#include "lib/base/err.h"
#include "lib/model/verdict.h"

#define VOTERS_MAX 32

struct voter {
	char name[65], key[64], source[64], reason[257];
	char time[21]; /* ISO, or "" */
	enum proof proof;
	bool verified;
};

/* All zeroes: nobody. */
struct voters {
	size_t n;
	struct voter *v;
};

/* Whose yes would not count: the one that it is for, and the owner as it was then (""
 * or NULL: none). */
struct voters_for {
	const struct config *config;
	const char *identity, *owner;
};

/* Read a list of objects as hold_approvals_json() makes them or the store has its votes:
 * "name", "proof", and where they are there "verified", "key", "source", "reason",
 * "time" or "at_ms", and "state", of which "denied" is left out.  On RC_OK *ret is to be
 * cleared: voters_clear().  RC_REFUSE when it is anything else, or more than VOTERS_MAX;
 * RC_FAIL: memory. */
enum rc voters_read(const json_t *list, struct voters *ret, struct err *err);
void voters_clear(struct voters *vs);
/* The same form again; yours, or NULL when out of memory. */
json_t *voters_json(const struct voters *vs);
/* Append "alice and carol". */
void voters_put(const struct voters *vs, struct buf *out);

/* How far they come now towards a condition. */
unsigned voters_reached(const struct voters *vs, const struct voters_for *f,
    const struct approver_need *need);
/* True when they are enough for all conditions of a verdict, of which there must be
 * some.  Whether a reason is wanted is not looked at. */
bool voters_suffice(
    const struct voters *vs, const struct voters_for *f, const struct verdict *v);

#endif
