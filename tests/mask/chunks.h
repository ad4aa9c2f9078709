/* One input through a stream in many ways: what comes out, and what was masked. */
#ifndef TESTS_MASK_CHUNKS_H
#define TESTS_MASK_CHUNKS_H

#include "recorder/mask/rules.h"

#define CHUNKS_HITS 4096
struct chunks_hit {
	const char *rule;
	uint64_t from, to;
};
struct chunks {
	struct buf out;
	struct chunks_hit hits[CHUNKS_HITS];
	size_t n, most; /* most: bytes held */
};

/* All at once.  chunks_free(). */
struct chunks *chunks_whole(const struct mask_rules *r, struct span in);
/* In pieces of the given lengths, one after the other and again from the first. */
struct chunks *chunks_cut(
    const struct mask_rules *r, struct span in, const size_t *lengths, size_t n);
void chunks_free(struct chunks *c);
/* Asserts that every cut in two (of at most 2 KiB), single bytes, and so many random ones
 * give the same, hits and all. */
void chunks_same(const struct mask_rules *r, struct span in, unsigned random);
/* Asserts that a whole text comes out as the slow reference says of its shadow. */
void chunks_oracle(const struct mask_rules *r, struct span in);

#endif
