/* The keys of a recording: from the data key a chain key, from each chain key one chunk
 * key and the next chain key.  Older keys are forgotten, so that whoever takes the
 * process in the middle of a session cannot open what came before. */
#ifndef RECORDER_RATCHET_H
#define RECORDER_RATCHET_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/secret.h"

#define RATCHET_KEY 32

struct ratchet;

/* The public commitment to a data key (32 bytes) for this session. */
void ratchet_commit(const struct secret *dek, const uint8_t sid[16], uint8_t out[32]);

/* Begin: h0 is the header's SHA-256, so that any change of line 0 changes all keys.
 * On RC_OK *ret is yours: ratchet_free(), which wipes. */
enum rc ratchet_new(const struct secret *dek, const uint8_t h0[32],
    struct ratchet **ret, struct err *err);
/* Wipe and free; NULL is fine. */
void ratchet_free(struct ratchet *r);

/* The next chunk's key, and forget how it came about.  The caller wipes key. */
void ratchet_next(struct ratchet *r, uint8_t key[RATCHET_KEY]);
/* The chain key, to come back to later, and the way back.  Only for readers, who have the
 * data key anyway: a writer forgets. */
void ratchet_save(const struct ratchet *r, uint8_t ck[RATCHET_KEY]);
void ratchet_load(struct ratchet *r, const uint8_t ck[RATCHET_KEY]);
/* The key of the footer's index after the last chunk. */
void ratchet_final(const struct ratchet *r, uint8_t key[RATCHET_KEY]);

#endif
