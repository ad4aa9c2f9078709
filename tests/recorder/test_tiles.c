#include "tests/support/unit.h"

#include "recorder/merkle.h"
#include "recorder/tiles.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define MOST 1600

struct source {
	uint8_t leaf[MOST][32];
	unsigned asked; /* how often a block was */
};

static enum rc
block(void *arg, uint64_t nr, uint8_t leaf[TILES_BLOCK][32], struct err *err)
{
	struct source *s = arg;

	if (nr >= MOST / TILES_BLOCK)
		return err_set(err, RC_FAIL, "no such block");
	s->asked++;
	memcpy(leaf, s->leaf[nr * TILES_BLOCK], TILES_BLOCK * 32);
	return RC_OK;
}

static void
fill(struct source *s)
{
	for (unsigned i = 0; i < MOST; i++)
		OK(merkle_leaf(span_make(&i, sizeof i), s->leaf[i], NULL));
}

static void
roots_are_those_of_the_compact_range(void **state)
{
	struct source *s = calloc(1, sizeof *s);
	struct merkle m = { 0 };
	struct tiles *t = NULL;
	uint8_t want[32], got[32];

	(void)state;
	fill(s);
	OK(tiles_new(block, s, &t, NULL));
	for (unsigned n = 0; n <= MOST; n++) {
		OK(merkle_root(&m, want, NULL));
		OK(merkle_root_of(tiles_sub, t, n, got, NULL));
		assert_memory_equal(want, got, 32);
		assert_int_equal(tiles_count(t), n);
		if (n == MOST)
			break;
		OK(merkle_add(&m, s->leaf[n], NULL));
		OK(tiles_add(t, s->leaf[n], NULL));
	}
	tiles_free(t);
	free(s);
}

static void
proofs_hold_at_any_size(void **state)
{
	struct source *s = calloc(1, sizeof *s);
	struct tiles *t = NULL;

	(void)state;
	fill(s);
	OK(tiles_new(block, s, &t, NULL));
	for (unsigned n = 0; n < MOST; n++)
		OK(tiles_add(t, s->leaf[n], NULL));
	for (unsigned n = 1; n <= MOST; n += 37)
		for (unsigned i = 0; i < n; i += 53) {
			struct merkle_path p;
			uint8_t root[32], earlier[32];

			OK(merkle_root_of(tiles_sub, t, n, root, NULL));
			OK(merkle_inclusion(tiles_sub, t, i, n, &p, NULL));
			OK(merkle_included(s->leaf[i], i, n, &p, root, NULL));
			OK(merkle_root_of(tiles_sub, t, i, earlier, NULL));
			OK(merkle_consistency(tiles_sub, t, i, n, &p, NULL));
			OK(merkle_consistent(i, earlier, n, root, &p, NULL));
		}
	tiles_free(t);
	free(s);
}

static void
what_is_not_there_is_refused(void **state)
{
	struct source *s = calloc(1, sizeof *s);
	struct tiles *t = NULL;
	uint8_t h[32];

	(void)state;
	fill(s);
	OK(tiles_new(block, s, &t, NULL));
	assert_int_equal(tiles_sub(t, 0, 0, h, NULL), RC_REFUSE);
	for (unsigned n = 0; n < 300; n++)
		OK(tiles_add(t, s->leaf[n], NULL));
	assert_int_equal(tiles_sub(t, 0, 300, h, NULL), RC_REFUSE);
	assert_int_equal(tiles_sub(t, 8, 1, h, NULL), RC_REFUSE);
	assert_int_equal(tiles_sub(t, 64, 0, h, NULL), RC_REFUSE);
	/* The block that grows is known; a full one is asked for once. */
	OK(tiles_sub(t, 3, 36, h, NULL));
	OK(tiles_sub(t, 8, 0, h, NULL));
	assert_int_equal(s->asked, 0);
	OK(tiles_sub(t, 0, 7, h, NULL));
	assert_memory_equal(h, s->leaf[7], 32);
	OK(tiles_sub(t, 7, 1, h, NULL));
	assert_int_equal(s->asked, 1);
	tiles_free(t);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_those_of_the_compact_range),
		cmocka_unit_test(proofs_hold_at_any_size),
		cmocka_unit_test(what_is_not_there_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
