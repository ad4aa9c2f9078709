#include "tests/support/unit.h"

#include "broker/vault/lease.h"

static void
a_lease_is_empty_and_goes(void **state)
{
	struct lease *l = lease_new();

	(void)state;
	assert_non_null(l);
	assert_string_equal(l->access_key_id, "");
	assert_null(l->secret);
	assert_null(l->token);
	assert_int_equal(l->expires_ms, 0);
	assert_int_equal(secret_copy(span_of("s"), &l->secret, NULL), RC_OK);
	assert_int_equal(secret_copy(span_of("t"), &l->token, NULL), RC_OK);
	lease_free(l); /* the sanitizer's leak check sees both go */
	lease_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_is_empty_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
