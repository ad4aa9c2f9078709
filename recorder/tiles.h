/* The inner nodes of a growing tree, so that a proof needs no walk over all leaves.
 *
 * Roots of subtrees of 256 leaves and up are kept (a quarter byte a leaf); below, the
 * leaves' hashes of one block are asked for again and the block is kept for the next
 * question.
 */
#ifndef RECORDER_TILES_H
#define RECORDER_TILES_H

#include <stdint.h>

#include "lib/base/err.h"

#define TILES_LEVEL 8
#define TILES_BLOCK (1u << TILES_LEVEL) /* leaves */

struct tiles;

/* The hashes of the TILES_BLOCK leaves from `block * TILES_BLOCK` on.  Only asked for
 * blocks that are full. */
typedef enum rc tiles_fn(
    void *arg, uint64_t block, uint8_t leaf[TILES_BLOCK][32], struct err *err);

/* On RC_OK *ret is yours: tiles_free(). */
enum rc tiles_new(tiles_fn *fn, void *arg, struct tiles **ret, struct err *err);
/* NULL is fine. */
void tiles_free(struct tiles *t);

/* Add the next leaf by its hash.  RC_FAIL: memory, no SHA-256; no more use then. */
enum rc tiles_add(struct tiles *t, const uint8_t leaf[32], struct err *err);
/* How many leaves there are. */
uint64_t tiles_count(const struct tiles *t);
/* A merkle_fn; arg is the tiles.  RC_REFUSE: there are not so many leaves. */
enum rc tiles_sub(
    void *arg, unsigned level, uint64_t i, uint8_t hash[32], struct err *err);

#endif
