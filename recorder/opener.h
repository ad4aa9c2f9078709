/* Lines of chunks, opened in the order in which they come: by helpers (threads) side by
 * side once there are many, by the caller while there are few, or where there can be no
 * threads.  What comes out is the same.  Memory is bounded: a few lines are on their way.
 */
#ifndef RECORDER_OPENER_H
#define RECORDER_OPENER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/chunk.h"

struct opener;

struct opened {
	struct chunk chunk; /* head and box are gone */
	uint64_t offset;    /* as given */
	size_t line_len;    /* of the text given */
	struct span plain;  /* valid until the next call */
};

/* h0: SHA-256 of line 0.  helpers: how many at most; 0: as many as there are processors,
 * up to four.  On RC_OK *ret is yours: opener_free(), which ends them and wipes. */
enum rc opener_new(
    const uint8_t h0[32], unsigned helpers, struct opener **ret, struct err *err);
/* NULL is fine. */
void opener_free(struct opener *o);

/* May another line be given?  Always when nothing is on its way. */
bool opener_room(const struct opener *o);
/* A line (copied), its place, and the key it opens with.  RC_FAIL: memory. */
enum rc opener_put(struct opener *o, struct span line, uint64_t offset,
    const uint8_t key[RATCHET_KEY], struct err *err);
/* The oldest line, opened.  RC_END when nothing is on its way.  RC_REFUSE: no line of a
 * chunk, or one that does not open (chunk.h), ret->offset is then set; RC_FAIL: memory. */
enum rc opener_take(struct opener *o, struct opened *ret, struct err *err);
/* Forget all that is on its way. */
void opener_drop(struct opener *o);

#endif
