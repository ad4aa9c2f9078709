#include "tests/support/unit.h"

#include "replay/pace.h"

static void
events_are_due(void **state)
{
	static const struct {
		double speed;
		uint64_t limit_us;
		uint64_t at[4], due[4];
	} rows[] = {
		{ 1, PACE_NO_LIMIT, { 100, 200, 5000000, 5000000 },
		    { 100, 200, 5000000, 5000000 } },
		{ 2, PACE_NO_LIMIT, { 100, 200, 5000000, 5000000 },
		    { 50, 100, 2500000, 2500000 } },
		{ 0.5, PACE_NO_LIMIT, { 100, 200, 300, 400 }, { 200, 400, 600, 800 } },
		{ 1, 1000, { 500, 9000, 9500, 99999999 }, { 500, 1500, 2000, 3000 } },
		{ 2, 1000, { 500, 9000, 9500, 99999999 }, { 250, 750, 1000, 1500 } },
		{ 1, 0, { 500, 9000, 9500, 99999999 }, { 0, 0, 0, 0 } },
		/* a clock that goes back stands still */
		{ 1, PACE_NO_LIMIT, { 500, 300, 400, 600 }, { 500, 500, 600, 800 } },
		{ 0.01, PACE_NO_LIMIT, { UINT64_MAX, 0, UINT64_MAX, 0 },
		    { 4000000000000000, 4000000000000000, 4000000000000000,
			4000000000000000 } },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pace p;

		pace_init(&p, rows[i].speed, rows[i].limit_us);
		for (size_t k = 0; k < 4; k++) {
			uint64_t due = pace_due(&p, rows[i].at[k]);

			if (due != rows[i].due[k])
				fail_msg("row %zu event %zu: %llu", i, k,
				    (unsigned long long)due);
		}
	}
}

static void
only_numbers_are_read(void **state)
{
	static const char *bad[] = { "", "x", "1x", "-1", "+1", " 1", "1 ", "nan",
		"inf", "0x10", "1e3", "1..2", ".", "12345678901234567" };
	double speed = 7;
	uint64_t us = 7;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		if (pace_parse_speed(bad[i], &speed, &err) != RC_REFUSE ||
		    pace_parse_limit(bad[i], &us, &err) != RC_REFUSE)
			fail_msg("row %zu", i);
		assert_non_null(strstr(err.text, "idle limit"));
	}
	assert_int_equal(pace_parse_speed("0", &speed, NULL), RC_REFUSE);
	assert_int_equal(pace_parse_speed("0.001", &speed, NULL), RC_REFUSE);
	assert_int_equal(pace_parse_speed("1001", &speed, NULL), RC_REFUSE);
	assert_int_equal(pace_parse_limit("86401", &us, NULL), RC_REFUSE);
	assert_true(speed == 7);
	assert_true(us == 7);
	assert_int_equal(pace_parse_speed("2.5", &speed, NULL), RC_OK);
	assert_true(speed == 2.5);
	assert_int_equal(pace_parse_limit("0.25", &us, NULL), RC_OK);
	assert_int_equal(us, 250000);
	assert_int_equal(pace_parse_limit("0", &us, NULL), RC_OK);
	assert_int_equal(us, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_due),
		cmocka_unit_test(only_numbers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
