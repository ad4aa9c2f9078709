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

struct when;

enum rc when_read(const struct yaml_node *n, struct when **ret, struct err *err);
void when_free(struct when *w);

/* Bits of enum fit; now: milliseconds since 1970, 0 when not known (then FIT_MAYBE).
 * NULL is always. */
unsigned when_fit(const struct when *w, uint64_t now);
/* False when no moment can hold it: until not behind from, an empty list. */
bool when_possible(const struct when *w);

#endif
