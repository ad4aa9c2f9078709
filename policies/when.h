/* The `when` of a rule: days, hours, tz, from, until.
 *
 * Local times are those of tz, an IANA name (UTC without it), read from the system's
 * time zone files when the policy is loaded, never later.
 */
#ifndef POLICIES_WHEN_H
#define POLICIES_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "policies/zone.h"

#define WHEN_HOURS 16 /* spans in one list */

struct when;

/* Read the mapping.  The zones must live as long as what comes back.  On RC_OK *ret is
 * yours: when_free().  RC_REFUSE with the place; RC_FAIL when out of memory. */
enum rc when_read(
    const struct yaml_node *n, struct zones *zones, struct when **ret, struct err *err);
/* NULL is fine. */
void when_free(struct when *w);

/* Bits of enum fit; now: milliseconds since 1970, 0 when not known (then FIT_MAYBE).
 * NULL is always.
 *
 * days are those on which a span of hours begins: with {days: [fri], hours:
 * "22:00-06:00"} Saturday at 05:00 fits.  from is included, until is not; a date alone
 * is a whole day of tz, both ends included. */
unsigned when_fit(const struct when *w, uint64_t now);
/* False when no moment can hold it: none of its days and hours lies between from and
 * until.  (Looked at where they are at most eight days apart.) */
bool when_possible(const struct when *w);
/* True when no moment from that one on can: until is over. */
bool when_over(const struct when *w, uint64_t now);

/* Milliseconds since 1970 of "2026-12-20T08:00Z", "2026-12-20T08:00:30+01:00"
 * (RFC 3339; seconds may be left out, a fraction may not stand).  date (may be NULL):
 * a date alone is taken, too, and *date says that it was one; the time is then that of
 * its first moment in zone.  RC_REFUSE with the place. */
enum rc when_read_moment(const struct yaml_node *n, const struct zone *zone, bool *date,
    uint64_t *ret, struct err *err);

#endif
