/* Where in the log the leaves of recordings stand, by session id. */
#ifndef BROKER_KEEPER_PLACES_H
#define BROKER_KEEPER_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "recorder/leaf.h"

#define PLACES_NONE UINT64_MAX

struct place {
	uint8_t sid[16];
	uint64_t open;	     /* index of OPEN */
	uint64_t end;	     /* of CLOSE or RECOVER; PLACES_NONE: there is none */
	enum leaf_type type; /* which of the two */
	uint64_t len;	     /* what it says of the length */
};

struct places;

/* On RC_OK *ret is yours: places_free(). */
enum rc places_new(struct places **ret, struct err *err);
/* NULL is fine. */
void places_free(struct places *p);
/* Borrowed until the next change; NULL when there is none. */
struct place *places_find(const struct places *p, const uint8_t sid[16]);
/* A recording's OPEN stands at index.  RC_REFUSE: it has one already. */
enum rc places_open(
    struct places *p, const uint8_t sid[16], uint64_t index, struct err *err);
/* Forget it. */
void places_drop(struct places *p, const uint8_t sid[16]);

/* Take in a leaf of the log: OPEN makes a place, CLOSE and RECOVER end it, the others
 * are passed over.  RC_REFUSE: two OPEN, an end without OPEN, two ends. */
enum rc places_take(
    struct places *p, uint64_t index, const struct leaf *leaf, struct err *err);

#endif
