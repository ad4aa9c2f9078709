#include "tests/support/unit.h"

#include <errno.h>

#include "lib/base/err.h"

static void
texts_gather_outwards(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(err_set(&e, RC_REFUSE, "line %d", 3), RC_REFUSE);
	err_add(&e, "read %s", "a.yaml");
	assert_string_equal(e.text, "read a.yaml: line 3");
	errno = ENOENT;
	assert_int_equal(err_errno(&e, RC_FAIL, "open x"), RC_FAIL);
	assert_string_equal(e.text, "open x: No such file or directory");
	err_clear(&e);
	err_add(&e, "alone");
	assert_string_equal(e.text, "alone");
}

static void
long_texts_are_cut(void **state)
{
	char big[2 * ERR_TEXT];
	struct err e;

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	err_set(&e, RC_FAIL, "%s", big);
	assert_int_equal(strlen(e.text), ERR_TEXT - 1);
	err_add(&e, "%s", big);
	assert_int_equal(strlen(e.text), ERR_TEXT - 1);
}

static void
nobody_needs_to_listen(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, RC_WAIT, "x"), RC_WAIT);
	err_add(NULL, "x");
	err_clear(NULL);
	assert_string_equal(rc_name(RC_REFUSE), "refuse");
	assert_string_equal(rc_name((enum rc)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_gather_outwards),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(nobody_needs_to_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
