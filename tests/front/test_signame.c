#include "tests/support/unit.h"

#include <signal.h>

#include "broker/front/signame.h"

static void
names_and_numbers_agree(void **state)
{
	static const char *const sendable[] = { "HUP", "INT", "QUIT", "TERM", "KILL",
		"USR1", "USR2" };
	static const char *const others[] = { "", "SEGV", "SIGINT", "int", "STOP",
		"WINCH", "INT ", "9" };

	(void)state;
	for (size_t i = 0; i < ROWS(sendable); i++)
		assert_string_equal(
		    signame_text(signame_number(sendable[i])), sendable[i]);
	for (size_t i = 0; i < ROWS(others); i++)
		assert_int_equal(signame_number(others[i]), 0);
	assert_string_equal(signame_text(SIGSEGV), "SEGV");
	assert_null(signame_text(SIGSYS));
	assert_null(signame_text(0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
