/* Two kinds of memory: whole levels above a block, and two blocks with all that is in
 * them: the one that grows, and the last one that was asked for. */
#include "recorder/tiles.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/merkle.h"

#define LEVELS (64 - TILES_LEVEL)
#define NO_BLOCK UINT64_MAX

/* The roots in one block by level, up to but not with the block's own. */
struct block {
	uint64_t nr;
	unsigned n[TILES_LEVEL + 1];
	uint8_t h[TILES_LEVEL + 1][TILES_BLOCK][32];
};

struct level {
	uint8_t (*h)[32];
	size_t n, cap;
};

struct tiles {
	tiles_fn *fn;
	void *arg;
	uint64_t count;
	struct level levels[LEVELS]; /* [0]: of TILES_LEVEL */
	struct block grows, asked;
};

enum rc
tiles_new(tiles_fn *fn, void *arg, struct tiles **ret, struct err *err)
{
	struct tiles *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_memory(err);
	t->fn = fn;
	t->arg = arg;
	t->asked.nr = NO_BLOCK;
	*ret = t;
	return RC_OK;
}

void
tiles_free(struct tiles *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < LEVELS; i++)
		free(t->levels[i].h);
	free(t);
}

uint64_t
tiles_count(const struct tiles *t)
{
	return t->count;
}

/* Put a root on its level of the block, and what it completes on those above. */
static enum rc
block_add(struct block *b, const uint8_t leaf[32], struct err *err)
{
	unsigned level = 0;
	enum rc rc;

	memcpy(b->h[0][b->n[0]++], leaf, 32);
	while (level < TILES_LEVEL && b->n[level] % 2 == 0) {
		uint8_t(*pair)[32] = &b->h[level][b->n[level] - 2];
		unsigned above = level + 1;

		rc = merkle_node(pair[0], pair[1], b->h[above][b->n[above]++], err);
		if (rc != RC_OK)
			return rc;
		level = above;
	}
	return RC_OK;
}

static enum rc
level_push(struct level *l, const uint8_t hash[32], struct err *err)
{
	if (l->n == l->cap) {
		size_t cap = l->cap * 2 + 8;
		void *grown = realloc(l->h, cap * sizeof *l->h);

		if (grown == NULL)
			return err_memory(err);
		l->h = grown;
		l->cap = cap;
	}
	memcpy(l->h[l->n++], hash, 32);
	return RC_OK;
}

/* The root of a full block, and the roots that it completes. */
static enum rc
push_block(struct tiles *t, const uint8_t root[32], struct err *err)
{
	struct level *l = t->levels;
	uint8_t hash[32];
	enum rc rc;

	memcpy(hash, root, 32);
	while ((rc = level_push(l, hash, err)) == RC_OK && l->n % 2 == 0) {
		if ((rc = merkle_node(l->h[l->n - 2], l->h[l->n - 1], hash, err)) !=
		    RC_OK)
			return rc;
		l++;
	}
	return rc;
}

enum rc
tiles_add(struct tiles *t, const uint8_t leaf[32], struct err *err)
{
	struct block *b = &t->grows;
	enum rc rc;

	if ((rc = block_add(b, leaf, err)) != RC_OK)
		return rc;
	t->count++;
	if (b->n[0] < TILES_BLOCK)
		return RC_OK;
	rc = push_block(t, b->h[TILES_LEVEL][0], err);
	b->nr++;
	memset(b->n, 0, sizeof b->n);
	return rc;
}

/* Have a full block at hand. */
static enum rc
fetch(struct tiles *t, uint64_t nr, struct err *err)
{
	struct block *b = &t->asked;
	uint8_t(*leaf)[32];
	enum rc rc;

	if (b->nr == nr)
		return RC_OK;
	if ((leaf = malloc(TILES_BLOCK * sizeof *leaf)) == NULL)
		return err_memory(err);
	b->nr = NO_BLOCK;
	memset(b->n, 0, sizeof b->n);
	rc = t->fn(t->arg, nr, leaf, err);
	for (unsigned i = 0; rc == RC_OK && i < TILES_BLOCK; i++)
		rc = block_add(b, leaf[i], err);
	free(leaf);
	if (rc == RC_OK)
		b->nr = nr;
	return rc;
}

enum rc
tiles_sub(void *arg, unsigned level, uint64_t i, uint8_t hash[32], struct err *err)
{
	struct tiles *t = arg;
	const struct block *b = &t->grows;
	uint64_t nr;
	enum rc rc;

	if (level >= 64 || i >= t->count >> level)
		return err_set(err, RC_REFUSE, "the log has no such leaves");
	if (level >= TILES_LEVEL) {
		memcpy(hash, t->levels[level - TILES_LEVEL].h[i], 32);
		return RC_OK;
	}
	nr = i >> (TILES_LEVEL - level);
	if (nr != b->nr) {
		if ((rc = fetch(t, nr, err)) != RC_OK)
			return rc;
		b = &t->asked;
	}
	memcpy(hash, b->h[level][i - (nr << (TILES_LEVEL - level))], 32);
	return RC_OK;
}
