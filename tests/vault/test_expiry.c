#include "tests/support/unit.h"

#include "broker/vault/expiry.h"

static void
times_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-01-02T03:04:05Z", 1767323045000 },
		{ "2026-01-02T03:04:05.999Z", 1767323045000 },
		{ "2028-02-29T23:59:59.123456789Z", 1835481599000 },
	};
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_true(expiry_parse(span_of(rows[i].text), &ms));
		assert_int_equal(ms, rows[i].ms);
	}
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = { "", "Z", "2026-01-02", "2026-01-02T03:04:05",
		"2026-01-02T03:04:05+00:00", "2026-01-02 03:04:05Z",
		"2026-13-02T03:04:05Z", "2026-00-02T03:04:05Z", "2026-01-32T03:04:05Z",
		"2026-01-02T24:04:05Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z",
		"1969-12-31T23:59:59Z", "2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05.1234567890Z", "2026-01-02T03:04:05ZZ",
		"+026-01-02T03:04:05Z", " 2026-01-02T03:04:05Z" };
	static const char nul[] = "2026-01-02T03:04:05Z\0";
	uint64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(expiry_parse(span_of(bad[i]), &ms));
	assert_false(expiry_parse(span_make(nul, sizeof nul - 1), &ms));
	assert_int_equal(ms, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(what_is_no_time_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
