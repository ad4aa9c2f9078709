#include "tests/support/unit.h"

#include "broker/session/drift.h"

#define WALL 1795167217000ull

static void
clocks_that_go_together_say_nothing(void **state)
{
	struct drift d;
	int64_t step = 7;

	(void)state;
	drift_begin(&d, WALL, 5000);
	for (uint64_t t = 0; t < 100000000; t += 999983)
		assert_false(drift_look(&d, WALL + t, 5000 + t, &step));
	/* As far apart as may be, either way; they may part slowly, too. */
	assert_false(drift_look(&d, WALL + DRIFT_MS, 5000, &step));
	assert_false(drift_look(&d, WALL - DRIFT_MS, 5000, &step));
	assert_int_equal(step, 7);
	assert_true(drift_look(&d, WALL + DRIFT_MS + 1, 5000, &step));
	assert_int_equal(step, DRIFT_MS + 1);
}

static void
a_jump_is_told_once(void **state)
{
	struct drift d;
	int64_t step = 0;

	(void)state;
	drift_begin(&d, WALL, 5000);
	assert_true(drift_look(&d, WALL + 3600000, 5000, &step));
	assert_int_equal(step, 3600000);
	assert_false(drift_look(&d, WALL + 3600100, 5100, &step));
	/* And back; far behind the monotonic clock, too. */
	assert_true(drift_look(&d, WALL, 5000, &step));
	assert_int_equal(step, -3600000);
	assert_true(drift_look(&d, 0, 5000, &step));
	assert_int_equal(step, -(int64_t)WALL);
}

static void
a_clock_that_shakes_does_not_fill_the_recording(void **state)
{
	struct drift d;
	unsigned told = 0;
	int64_t step;

	(void)state;
	drift_begin(&d, WALL, 0);
	for (unsigned i = 0; i < 10000; i++)
		told += drift_look(&d, i % 2 == 0 ? WALL + 10000 : WALL, 0, &step);
	assert_int_equal(told, DRIFT_MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_that_go_together_say_nothing),
		cmocka_unit_test(a_jump_is_told_once),
		cmocka_unit_test(a_clock_that_shakes_does_not_fill_the_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
