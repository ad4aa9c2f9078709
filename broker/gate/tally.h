/* A body as it passes by: counted, hashed, and its beginning kept. */
#ifndef BROKER_GATE_TALLY_H
#define BROKER_GATE_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/sigv4.h"

struct tally;

/* keep: bytes of the beginning.  RC_FAIL. */
enum rc tally_new(size_t keep, struct tally **ret, struct err *err);
/* Wipe and free; NULL is fine. */
void tally_free(struct tally *t);

/* RC_FAIL: OpenSSL, or memory. */
enum rc tally_add(struct tally *t, struct span bytes);
uint64_t tally_total(const struct tally *t);
/* The beginning, borrowed; whether there was more. */
struct span tally_kept(const struct tally *t, bool *cut);
/* Of all so far; more may be added after it. */
enum rc tally_hash(const struct tally *t, char ret[SIGV4_HEX]);

#endif
