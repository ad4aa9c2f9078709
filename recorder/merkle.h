/* The tree over the log's leaves: RFC 6962 section 2, SHA-256.
 *
 * A leaf's hash is SHA-256(0x00 || leaf), a node's SHA-256(0x01 || left || right).  The
 * tree over n leaves is split at the largest power of two below n; the root over none
 * is SHA-256 of nothing.
 */
#ifndef RECORDER_MERKLE_H
#define RECORDER_MERKLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define MERKLE_PATH_MAX 65 /* hashes of one proof: a node a level, and one more */

/* RC_FAIL: no SHA-256 (ours always has one).  hash may be where left or right is. */
enum rc merkle_leaf(struct span leaf, uint8_t hash[32], struct err *err);
enum rc merkle_node(
    const uint8_t left[32], const uint8_t right[32], uint8_t hash[32], struct err *err);

/* A tree that only grows, as its compact range: the roots of its complete subtrees, one
 * for each set bit of n, the largest first.  A plain value: copy it to go on from the
 * same place twice; {0} is the empty tree. */
struct merkle {
	uint64_t n; /* leaves */
	uint8_t h[64][32];
};

/* How many hashes it has: the number of bits set in n. */
unsigned merkle_width(uint64_t n);
/* Add the next leaf, by its hash.  RC_FAIL: no SHA-256; m is then of no more use. */
enum rc merkle_add(struct merkle *m, const uint8_t leaf[32], struct err *err);
/* The root over all leaves so far. */
enum rc merkle_root(const struct merkle *m, uint8_t root[32], struct err *err);

/* Proofs are made of the roots of complete subtrees.  Answer the one over leaves
 * [i << level, (i + 1) << level); it is only asked for where all these leaves exist. */
typedef enum rc merkle_fn(
    void *arg, unsigned level, uint64_t i, uint8_t hash[32], struct err *err);

struct merkle_path {
	unsigned n;
	uint8_t h[MERKLE_PATH_MAX][32]; /* from the leaves upwards */
};

/* The root over the first n leaves of such a source. */
enum rc merkle_root_of(
    merkle_fn *fn, void *arg, uint64_t n, uint8_t root[32], struct err *err);
/* That leaf i stands in the tree over n leaves (section 2.1.1).  RC_REFUSE: i >= n. */
enum rc merkle_inclusion(merkle_fn *fn, void *arg, uint64_t i, uint64_t n,
    struct merkle_path *ret, struct err *err);
/* That the tree over m leaves is the beginning of the one over n (section 2.1.2); empty
 * for m of 0 and for m == n.  RC_REFUSE: m > n. */
enum rc merkle_consistency(merkle_fn *fn, void *arg, uint64_t m, uint64_t n,
    struct merkle_path *ret, struct err *err);

/* RC_OK when the path shows it, else RC_REFUSE: too short, too long, or another root.
 * leaf is the leaf's hash. */
enum rc merkle_included(const uint8_t leaf[32], uint64_t i, uint64_t n,
    const struct merkle_path *path, const uint8_t root[32], struct err *err);
enum rc merkle_consistent(uint64_t m, const uint8_t root_m[32], uint64_t n,
    const uint8_t root_n[32], const struct merkle_path *path, struct err *err);

#endif
