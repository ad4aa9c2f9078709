#include "tests/support/unit.h"

#include <sodium.h>

#include "recorder/ladder.h"

static const uint8_t h0[32] = { 5 };

static struct secret *
dek_of(size_t n)
{
	struct secret *dek = NULL;

	assert_int_equal(secret_new(n, &dek, NULL), RC_OK);
	memset(secret_bytes(dek), 7, n);
	return dek;
}

/* More chunks than footholds: every second of these is given up on the way. */
#define CHUNKS 150000

static void
keys_are_the_ratchets_wherever_one_comes_from(void **state)
{
	static const uint64_t jumps[] = { 0, 1, 63, 64, 65, 1, 65535, 65536, 65537,
		131071, 131072, 149999, 0, 149998, 70000, 69999, 128, 127 };
	struct secret *dek = dek_of(32);
	struct ratchet *r = NULL;
	struct ladder *l = NULL;
	uint8_t *keys = malloc((size_t)CHUNKS * RATCHET_KEY);
	uint8_t key[RATCHET_KEY], last[RATCHET_KEY];

	(void)state;
	assert_int_equal(ratchet_new(dek, h0, &r, NULL), RC_OK);
	for (size_t i = 0; i < CHUNKS; i++)
		ratchet_next(r, keys + i * RATCHET_KEY);
	ratchet_final(r, last);
	assert_int_equal(ladder_new(dek, h0, &l, NULL), RC_OK);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < ROWS(jumps); i++) {
			ladder_seek(l, jumps[i]);
			for (uint64_t k = jumps[i]; k < jumps[i] + 3 && k < CHUNKS;
			     k++) {
				ladder_next(l, key);
				assert_memory_equal(
				    key, keys + k * RATCHET_KEY, RATCHET_KEY);
			}
		}
		ladder_seek(l, CHUNKS);
		ladder_final(l, key);
		assert_memory_equal(key, last, RATCHET_KEY);
	}
	ladder_free(l);
	ladder_free(NULL);
	ratchet_free(r);
	secret_free(dek);
	free(keys);
}

static void
a_data_key_has_its_length(void **state)
{
	struct secret *dek = dek_of(31);
	struct ladder *l = NULL;

	(void)state;
	assert_int_equal(ladder_new(dek, h0, &l, NULL), RC_REFUSE);
	assert_null(l);
	secret_free(dek);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_the_ratchets_wherever_one_comes_from),
		cmocka_unit_test(a_data_key_has_its_length),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
