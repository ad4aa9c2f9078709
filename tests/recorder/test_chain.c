#include "tests/support/unit.h"

#include "lib/base/id.h"
#include "recorder/chain.h"

static void
hash_is(const uint8_t h[32], const char *want)
{
	char hex[65];

	id_hex(h, 32, hex);
	assert_string_equal(hex, want);
}

static void
each_line_counts(void **state)
{
	struct chain c = { .lines = 0 }, d;
	uint8_t first[32];

	(void)state;
	assert_int_equal(chain_add(&c, span_of("x"), NULL), RC_OK);
	/* printf 'hoop-rec/1\0x\n' | sha256sum */
	hash_is(
	    c.h, "25262dd7c9ef840852d0e71659db6bb18b45506a0331193ef108f2033736bc6b");
	memcpy(first, c.h, 32);
	d = c;
	assert_int_equal(chain_add(&c, span_of("y"), NULL), RC_OK);
	hash_is(
	    c.h, "345edc55fbb58ef5f9493796c15946765c39f8fbfe1ab74aef1f90b47873bed1");
	assert_int_equal(c.lines, 2);
	assert_int_equal(c.len, 4);
	/* From a copy the chain goes on in another way. */
	assert_memory_equal(d.h, first, 32);
	assert_int_equal(chain_add(&d, span_make("", 0), NULL), RC_OK);
	assert_memory_not_equal(c.h, d.h, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
