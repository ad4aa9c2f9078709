/* The chunk keys of a recording by number: the ratchet of ratchet.h for whoever has the
 * data key, with footholds on the way, so that going back does not begin at the bottom.
 */
#ifndef RECORDER_LADDER_H
#define RECORDER_LADDER_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "recorder/ratchet.h"

struct ladder;

/* Stands before chunk 0.  On RC_OK *ret is yours: ladder_free(), which wipes.  RC_REFUSE:
 * no data key; RC_FAIL: memory. */
enum rc ladder_new(const struct secret *dek, const uint8_t h0[32], struct ladder **ret,
    struct err *err);
/* NULL is fine. */
void ladder_free(struct ladder *l);

/* Stand before this chunk: 0.6 us for each step from the nearest foothold below. */
void ladder_seek(struct ladder *l, uint64_t chunk);
/* The key of the chunk before which it stands, and one step up.  The caller wipes key. */
void ladder_next(struct ladder *l, uint8_t key[RATCHET_KEY]);
/* The key of the footer's index, if it stands behind the last chunk. */
void ladder_final(const struct ladder *l, uint8_t key[RATCHET_KEY]);

#endif
