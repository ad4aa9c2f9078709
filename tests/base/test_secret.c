#include "tests/support/unit.h"

#include "lib/base/secret.h"

static void
secrets_are_copied_and_ended_with_a_nul(void **state)
{
	struct secret *s = NULL;

	(void)state;
	assert_int_equal(secret_copy(span_of("key"), &s, NULL), RC_OK);
	assert_int_equal(secret_len(s), 3);
	assert_string_equal((char *)secret_bytes(s), "key");
	assert_true(span_is(secret_span(s), "key"));
	secret_free(s);
	secret_free(NULL);
	assert_int_equal(secret_new(0, &s, NULL), RC_OK);
	assert_int_equal(secret_span(s).len, 0);
	secret_free(s);
}

static void
a_secret_has_a_bound(void **state)
{
	struct secret *s = NULL;
	struct err err;

	(void)state;
	assert_int_equal(secret_new(65537, &s, &err), RC_REFUSE);
	assert_null(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_copied_and_ended_with_a_nul),
		cmocka_unit_test(a_secret_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
