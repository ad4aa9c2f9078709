/* RECORDINGS/reserve: bytes of the disk that are taken while there are some, and given
 * up once it is full, so that recordings under way can have their ends.
 */
#ifndef BROKER_KEEPER_RESERVE_H
#define BROKER_KEEPER_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

struct reserve;

/* dir: descriptor of the folder, borrowed for the reserve's life.  bytes 0: none is
 * wanted, and none is ever missing.  Nothing is made yet.  RC_FAIL: memory. */
enum rc reserve_new(int dir, uint64_t bytes, struct reserve **ret, struct err *err);
/* The file stays.  NULL is fine. */
void reserve_free(struct reserve *r);

/* Take what is missing, durably.  RC_RETRY: the disk has no room for it; RC_FAIL: other
 * trouble.  Either way nothing of it stays. */
enum rc reserve_take(struct reserve *r, struct err *err);
/* Is all of it there? */
bool reserve_full(const struct reserve *r);
/* How much of it is there. */
uint64_t reserve_left(const struct reserve *r);
/* Give up three quarters of what is left of it, or all when that is little: what one
 * recording takes that nobody saw grow must not be the end of the next.  The room is free
 * when this returns.  RC_END: all was given up before. */
enum rc reserve_give(struct reserve *r, struct err *err);
uint64_t reserve_bytes(const struct reserve *r);

#endif
