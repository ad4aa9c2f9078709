#include "tests/support/unit.h"

#include "lib/base/id.h"
#include "recorder/sha.h"

static void
hash_is(const struct span *parts, size_t n, const char *want)
{
	uint8_t h[32];
	char hex[65];

	assert_int_equal(sha_parts(parts, n, h, NULL), RC_OK);
	id_hex(h, 32, hex);
	assert_string_equal(hex, want);
}

static void
parts_hash_as_one(void **state)
{
	struct span parts[] = { span_of("a"), span_make(NULL, 0), span_of("bc") };
	struct span whole = span_of("abc");
	/* FIPS 180-2, appendix B.1 */
	static const char abc[] =
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

	(void)state;
	hash_is(parts, 3, abc);
	hash_is(&whole, 1, abc);
	hash_is(NULL, 0,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_hash_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
