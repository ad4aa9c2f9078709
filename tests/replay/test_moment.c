#include "tests/support/unit.h"

#include "replay/moment.h"

#define S 1000000ull

static void
times_are_read(void **state)
{
	static const struct {
		const char *text;
		enum moment_from from;
		uint64_t us;
	} rows[] = {
		{ "0", MOMENT_START, 0 },
		{ "90", MOMENT_START, 90 * S },
		{ "1.5", MOMENT_START, 1500000 },
		{ "1:30", MOMENT_START, 90 * S },
		{ "1:01:30.5", MOMENT_START, 3690 * S + 500000 },
		{ "-10", MOMENT_END, 10 * S },
		{ "-0:10", MOMENT_END, 10 * S },
		{ "1970-01-01T00:00:01Z", MOMENT_WALL, S },
		{ "2026-11-20T09:33:37Z", MOMENT_WALL, 1795167217 * S },
		{ "2026-11-20t09:33:37.25z", MOMENT_WALL, 1795167217 * S + 250000 },
		{ "2026-11-20 11:33:37+02:00", MOMENT_WALL, 1795167217 * S },
		{ "2026-11-20T04:03:37-05:30", MOMENT_WALL, 1795167217 * S },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct moment m = { 0 };
		struct err err;

		err_clear(&err);
		if (moment_parse(rows[i].text, &m, &err) != RC_OK ||
		    m.from != rows[i].from || m.us != rows[i].us)
			fail_msg(
			    "row %zu: %llu %s", i, (unsigned long long)m.us, err.text);
	}
}

static void
others_are_refused(void **state)
{
	static const char *const rows[] = { "", "-", "x", "1:2:3:4", "--1", "1s", "+1",
		"1e3", "nan", "2026-11-20", "2026-11-20T09:33:37",
		"2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z",
		"2026-11-20T09:33:37+2", "2026-11-20T09:33:37Zx",
		"1960-01-01T00:00:00Z", "2026-11-20x09:33:37Z",
		"99999999999999999999" };
	struct moment m = { .us = 42 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err;

		err_clear(&err);
		if (moment_parse(rows[i], &m, &err) != RC_REFUSE || m.us != 42 ||
		    err.text[0] == '\0')
			fail_msg("row %zu: %s", i, rows[i]);
	}
}

static void
they_become_times_of_the_recording(void **state)
{
	static const struct {
		struct moment m;
		uint64_t start_ms, end_us, want;
	} rows[] = {
		{ { MOMENT_START, 5 * S }, 0, 0, 5 * S },
		{ { MOMENT_END, 5 * S }, 0, 60 * S, 55 * S },
		{ { MOMENT_END, 90 * S }, 0, 60 * S, 0 },
		{ { MOMENT_WALL, 110 * S }, 100000, 60 * S, 10 * S },
		{ { MOMENT_WALL, 90 * S }, 100000, 60 * S, 0 },
	};
	struct moment wall = { MOMENT_WALL, S };
	uint64_t us = 0;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (moment_us(&rows[i].m, rows[i].start_ms, rows[i].end_us, &us,
			NULL) != RC_OK ||
		    us != rows[i].want)
			fail_msg("row %zu: %llu", i, (unsigned long long)us);
	assert_int_equal(moment_us(&wall, 0, 0, &us, NULL), RC_FAIL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(they_become_times_of_the_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
