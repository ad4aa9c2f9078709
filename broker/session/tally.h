/* How many bytes went one way, and their SHA-256. */
#ifndef BROKER_SESSION_TALLY_H
#define BROKER_SESSION_TALLY_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct tally;

/* On RC_OK *ret is yours: tally_free().  RC_FAIL: memory. */
enum rc tally_new(struct tally **ret, struct err *err);
/* NULL is fine. */
void tally_free(struct tally *t);

/* These bytes, too. */
void tally_add(struct tally *t, struct span bytes);
uint64_t tally_bytes(const struct tally *t);
/* The digest so far.  RC_FAIL: it could not be made, now or before. */
enum rc tally_digest(const struct tally *t, uint8_t sha256[32], struct err *err);

#endif
