#include "tests/support/unit.h"

#include <stdbool.h>

#include "broker/gate/tally.h"

static void
test_counts(void **state)
{
	struct tally *t = NULL;
	struct err err = { "" };
	char whole[SIGV4_HEX], pieces[SIGV4_HEX];
	bool cut = true;

	(void)state;
	assert_int_equal(tally_new(4, &t, &err), RC_OK);
	assert_int_equal(tally_hash(t, pieces), RC_OK);
	assert_string_equal(pieces, SIGV4_EMPTY_HASH);
	assert_int_equal(tally_kept(t, &cut).len, 0);
	assert_false(cut);
	assert_int_equal(tally_add(t, span_of("abc")), RC_OK);
	assert_true(span_is(tally_kept(t, &cut), "abc"));
	assert_false(cut);
	assert_int_equal(tally_add(t, span_of("")), RC_OK);
	assert_int_equal(tally_add(t, span_of("defgh")), RC_OK);
	assert_true(span_is(tally_kept(t, &cut), "abcd"));
	assert_true(cut);
	assert_int_equal(tally_total(t), 8);
	assert_int_equal(tally_hash(t, pieces), RC_OK);
	assert_int_equal(sigv4_hash(span_of("abcdefgh"), whole, &err), RC_OK);
	assert_string_equal(pieces, whole);
	/* A hash asked for on the way changes nothing. */
	assert_int_equal(tally_add(t, span_of("i")), RC_OK);
	assert_int_equal(tally_hash(t, pieces), RC_OK);
	assert_int_equal(sigv4_hash(span_of("abcdefghi"), whole, &err), RC_OK);
	assert_string_equal(pieces, whole);
	tally_free(t);
}

static void
test_keeps_nothing(void **state)
{
	struct tally *t = NULL;
	struct err err = { "" };
	bool cut = false;

	(void)state;
	assert_int_equal(tally_new(0, &t, &err), RC_OK);
	assert_int_equal(tally_add(t, span_of("abc")), RC_OK);
	assert_int_equal(tally_kept(t, &cut).len, 0);
	assert_true(cut);
	tally_free(t);
	tally_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_keeps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
