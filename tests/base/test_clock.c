#include "tests/support/unit.h"

#include "lib/base/clock.h"

static void
times_are_written_in_both_forms(void **state)
{
	char basic[17], iso[21];

	(void)state;
	clock_basic(1795167217000, basic);
	clock_iso(1795167217999, iso);
	assert_string_equal(basic, "20261120T093337Z");
	assert_string_equal(iso, "2026-11-20T09:33:37Z");
}

static void
the_monotonic_clock_does_not_go_back(void **state)
{
	uint64_t a = clock_mono_us(), b = clock_mono_us();

	(void)state;
	assert_true(b >= a);
	assert_true(clock_mono_ms() >= a / 1000);
	assert_true(clock_wall_ms() > 1700000000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_in_both_forms),
		cmocka_unit_test(the_monotonic_clock_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
