#include "tests/support/unit.h"

#include "replay/pace.h"

/* Play a list of times, each event on time: when is each due, from the beginning? */
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
		{ 0.01, PACE_NO_LIMIT, { 1000000000000000, 0, 0, 0 },
		    { 4000000000000000, 4000000000000000, 4000000000000000,
			4000000000000000 } },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const uint64_t begin = 7000000;
		struct pace p;

		pace_init(&p, rows[i].speed, rows[i].limit_us, begin);
		for (size_t k = 0; k < 4 && rows[i].at[k] > 0; k++) {
			uint64_t left = pace_left(&p, begin, rows[i].at[k]);

			/* never early, and at most a microsecond late */
			if (left < rows[i].due[k] || left > rows[i].due[k] + 1)
				fail_msg("row %zu event %zu: %llu", i, k,
				    (unsigned long long)left);
			pace_reach(&p, rows[i].at[k]);
		}
	}
}

static void
what_is_late_is_made_up_for(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 1, PACE_NO_LIMIT, 0);
	assert_int_equal(pace_left(&p, 5000, 1000), 0);
	pace_reach(&p, 1000);
	assert_int_equal(pace_left(&p, 5000, 2000), 0);
	pace_reach(&p, 2000);
	assert_int_equal(pace_left(&p, 5000, 6000), 1001);
	/* a clock that goes back stands still */
	pace_reach(&p, 1500);
	assert_int_equal(pace_left(&p, 5000, 6000), 1001);
}

static void
a_place_is_held_changed_and_left(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 2, PACE_NO_LIMIT, 1000);
	assert_int_equal(pace_position(&p, 1000), 0);
	assert_int_equal(pace_position(&p, 1500), 1000);
	assert_int_equal(pace_position(&p, 500), 0);
	pace_pause(&p, 1500, true);
	assert_int_equal(pace_position(&p, 9000), 1000);
	assert_true(pace_left(&p, 9000, 1000) == UINT64_MAX);
	pace_pause(&p, 9000, false);
	assert_int_equal(pace_position(&p, 9500), 2000);
	pace_set_speed(&p, 9500, 1);
	assert_int_equal(pace_position(&p, 9600), 2100);
	assert_int_equal(pace_left(&p, 9600, 3100), 1001);
	pace_jump(&p, 9600, 50);
	assert_int_equal(pace_position(&p, 9700), 150);
	/* what has passed of a silence counts */
	pace_set_limit(&p, 9700, 200);
	assert_int_equal(pace_left(&p, 9700, 5000), 101);
	pace_set_limit(&p, 9700, PACE_NO_LIMIT);
	assert_int_equal(pace_left(&p, 9700, 5000), 4851);
	/* a step goes on where it is */
	pace_pause(&p, 9700, true);
	pace_reach(&p, 5000);
	pace_pause(&p, 20000, false);
	assert_int_equal(pace_position(&p, 20000), 5000);
	assert_int_equal(pace_left(&p, 20000, 5100), 101);
}

static void
times_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t us;
	} rows[] = {
		{ "0", 0 },
		{ "95", 95000000 },
		{ "95.5", 95500000 },
		{ "1:35", 95000000 },
		{ "01:35.25", 95250000 },
		{ "90:00", 5400000000 },
		{ "1:02:03", 3723000000 },
		{ "0:00:00.000001", 1 },
		{ "9999:59:59", 35999999000000 },
	};
	static const char *bad[] = { "", ":", "1:", ":1", "1:60", "1:2:60", "1:60:00",
		"1:2:3:4", "-1", "1.5:00", "1:-2", "x", "1e3", "#3", "99999999999",
		"10000:00:00", " 1", "1:2.5:3" };
	uint64_t us;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (pace_parse_time(rows[i].text, &us, &err) != RC_OK ||
		    us != rows[i].us)
			fail_msg("%s", rows[i].text);
	us = 7;
	for (size_t i = 0; i < ROWS(bad); i++)
		if (pace_parse_time(bad[i], &us, &err) != RC_REFUSE || us != 7)
			fail_msg("%s is a time", bad[i]);
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
		cmocka_unit_test(what_is_late_is_made_up_for),
		cmocka_unit_test(a_place_is_held_changed_and_left),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(only_numbers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
