#include "tests/support/unit.h"

#include "lib/model/facts.h"

static void
proofs_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(proof_name(PROOF_KEY), "key");
	assert_string_equal(proof_name(PROOF_SK), "sk");
	assert_string_equal(proof_name(PROOF_DEVICE), "device");
	assert_string_equal(proof_name(PROOF_UID), "uid");
	assert_string_equal(proof_name(PROOF_NONE), "none");
	assert_string_equal(proof_name((enum proof)99), "none");
	for (unsigned i = 0; proof_names[i] != NULL; i++)
		assert_string_equal(proof_names[i], proof_name(PROOF_KEY + i));
	assert_int_equal(PROOF_BIT(PROOF_KEY) & PROOF_BIT(PROOF_SK), 0);
}

static void
paths_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(path_name(PATH_EXEC), "exec");
	assert_string_equal(path_name(PATH_API), "api");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proofs_have_their_names),
		cmocka_unit_test(paths_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
