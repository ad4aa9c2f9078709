/* How many bytes of recordings each identity has had in the last 24 hours, and what is
 * left of its quota.
 *
 * Counted in quarters of an hour, so that an identity takes the same room however much
 * it records: what was written up to 15 minutes longer ago than a day may still count.
 */
#ifndef BROKER_KEEPER_QUOTA_H
#define BROKER_KEEPER_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define QUOTA_DAY_MS (24 * 3600 * 1000ull)
#define QUOTA_NONE UINT64_MAX /* no bound */

struct quota;

enum rc quota_new(struct quota **ret, struct err *err);
/* NULL is fine. */
void quota_free(struct quota *q);

/* Bytes that each identity may have in a day; 0: no bound. */
void quota_set(struct quota *q, uint64_t bytes);
/* Was it ever counted for this identity? */
bool quota_known(struct quota *q, struct span identity);
/* identity has recorded so many bytes at at_ms; what is older than a day is left out,
 * a time behind now_ms counts as now.  RC_FAIL: memory; nothing is counted then. */
enum rc quota_add(struct quota *q, struct span identity, uint64_t bytes, uint64_t at_ms,
    uint64_t now_ms, struct err *err);
/* What identity may still record; QUOTA_NONE without a bound. */
uint64_t quota_left(struct quota *q, struct span identity, uint64_t now_ms);

#endif
