#include "tests/support/unit.h"

#include <sodium.h>

#include "recorder/aead.h"

static const uint8_t key[AEAD_KEY] = { 1, 2, 3 }, nonce[AEAD_NONCE] = { 4, 5 };

static struct aead *
make(void)
{
	struct aead *a = NULL;

	assert_int_equal(aead_new(&a, NULL), RC_OK);
	return a;
}

/* Another library's bytes, at all sizes where an end is special. */
static void
the_bytes_are_those_of_libsodium(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 63, 64, 65, 255, 4096,
		65536 };
	static uint8_t text[65536], ours[65536 + AEAD_TAG], theirs[65536 + AEAD_TAG];
	struct span aad = span_make("additional", 10);
	struct aead *a = make();

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		size_t n = sizes[i];

		crypto_aead_chacha20poly1305_ietf_encrypt(
		    theirs, NULL, text, n, aad.p, aad.len, NULL, nonce, key);
		memcpy(ours, text, n);
		assert_int_equal(
		    aead_seal(a, key, nonce, aad, span_make(ours, n), ours, NULL),
		    RC_OK);
		assert_memory_equal(ours, theirs, n + AEAD_TAG);
		assert_int_equal(aead_open(a, key, nonce, aad,
				     span_make(ours, n + AEAD_TAG), ours, NULL),
		    RC_OK);
		assert_memory_equal(ours, text, n);
	}
	aead_free(a);
}

static void
what_is_not_authentic_is_wiped(void **state)
{
	struct span aad = span_make("additional", 10);
	struct aead *a = make();
	uint8_t box[20 + AEAD_TAG], out[20];

	(void)state;
	for (size_t i = 0; i < sizeof box; i++) {
		memset(box, 'p', 20);
		assert_int_equal(
		    aead_seal(a, key, nonce, aad, span_make(box, 20), box, NULL),
		    RC_OK);
		box[i] ^= 1;
		memset(out, 'x', sizeof out);
		assert_int_equal(aead_open(a, key, nonce, aad,
				     span_make(box, sizeof box), out, NULL),
		    RC_REFUSE);
		assert_true(sodium_is_zero(out, sizeof out));
	}
	box[sizeof box - 1] ^= 1;
	assert_int_equal(
	    aead_open(a, key, nonce, aad, span_make(box, sizeof box), out, NULL),
	    RC_OK);
	assert_int_equal(aead_open(a, key, nonce, span_make("additionaL", 10),
			     span_make(box, sizeof box), out, NULL),
	    RC_REFUSE);
	for (size_t n = 0; n < AEAD_TAG; n++)
		assert_int_equal(
		    aead_open(a, key, nonce, aad, span_make(box, n), out, NULL),
		    RC_REFUSE);
	aead_free(a);
	aead_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_libsodium),
		cmocka_unit_test(what_is_not_authentic_is_wiped),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
