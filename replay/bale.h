/* Bytes made small, as text that can stand anywhere: deflated (RFC 1950), then base64.
 */
#ifndef REPLAY_BALE_H
#define REPLAY_BALE_H

#include <stdint.h>
#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct bale;

/* f is borrowed.  On RC_OK *ret is yours: bale_free().  RC_FAIL: memory. */
enum rc bale_new(FILE *f, struct bale **ret, struct err *err);
/* NULL is fine. */
void bale_free(struct bale *b);

/* RC_FAIL: memory, or f does not take it. */
enum rc bale_put(struct bale *b, struct span s, struct err *err);
/* The end of the text. */
enum rc bale_end(struct bale *b, struct err *err);

/* Bytes put in so far, and their size once deflated. */
uint64_t bale_raw(const struct bale *b);
uint64_t bale_packed(const struct bale *b);

#endif
