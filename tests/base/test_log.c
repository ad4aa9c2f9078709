#include "tests/support/unit.h"

#include <unistd.h>

#include "lib/base/log.h"

static void
a_line_is_one_line_and_levels_are_kept(void **state)
{
	char got[512] = { 0 }, want[512];
	int p[2], old = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(p), 0);
	dup2(p[1], STDERR_FILENO);
	log_open("test", LOG_NOTICE);
	log_line(LOG_DEBUG, "not shown");
	log_line(LOG_ERROR, "user %s", "a\nb\x1b[2J");
	dup2(old, STDERR_FILENO);
	close(p[1]);
	assert_true(read(p[0], got, sizeof got - 1) > 0);
	snprintf(want, sizeof want, "test[%d]: error: user a\\x0Ab\\x1B[2J\n",
	    (int)getpid());
	assert_string_equal(got, want);
	close(p[0]);
	close(old);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_one_line_and_levels_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
