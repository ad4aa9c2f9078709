#include "tests/support/unit.h"

#include "lib/base/quantity.h"

static void
numbers_have_one_spelling(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} rows[] = {
		{ "0", true, 0 },
		{ "42", true, 42 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "007", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1.5", false, 0 },
		{ "0x10", false, 0 },
		{ "1e3", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t v = 7;

		if (quantity_uint(span_of(rows[i].text), &v) != rows[i].good ||
		    v != (rows[i].good ? rows[i].value : 7))
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

static void
durations_carry_a_unit(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} rows[] = {
		{ "30s", true, 30000 },
		{ "15m", true, 900000 },
		{ "4h", true, 14400000 },
		{ "7d", true, 604800000 },
		{ "0s", true, 0 },
		{ "30", false, 0 },
		{ "s", false, 0 },
		{ "30ms", false, 0 },
		{ "30S", false, 0 },
		{ "1h30m", false, 0 },
		{ "1w", false, 0 },
		{ "05m", false, 0 },
		{ "213503982335d", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t v = 7;

		if (quantity_duration(span_of(rows[i].text), &v) != rows[i].good ||
		    v != (rows[i].good ? rows[i].value : 7))
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

static void
sizes_are_binary(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} rows[] = {
		{ "512", true, 512 },
		{ "64KiB", true, 65536 },
		{ "1MiB", true, 1048576 },
		{ "1GiB", true, 1073741824 },
		{ "2TiB", true, 2199023255552 },
		{ "1KB", false, 0 },
		{ "1kib", false, 0 },
		{ "1K", false, 0 },
		{ "KiB", false, 0 },
		{ "16777216TiB", false, 0 },
		{ "16777215TiB", true, 18446742974197923840u },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t v = 7;

		if (quantity_size(span_of(rows[i].text), &v) != rows[i].good ||
		    v != (rows[i].good ? rows[i].value : 7))
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

static void
the_inverse_is_short(void **state)
{
	char out[QUANTITY_TEXT];

	(void)state;
	quantity_duration_text(900000, out);
	assert_string_equal(out, "15m");
	quantity_duration_text(90000, out);
	assert_string_equal(out, "90s");
	quantity_duration_text(0, out);
	assert_string_equal(out, "0s");
	quantity_duration_text(1500, out);
	assert_string_equal(out, "1500ms");
	quantity_size_text(1 << 20, out);
	assert_string_equal(out, "1MiB");
	quantity_size_text(1025, out);
	assert_string_equal(out, "1025");
	quantity_size_text(0, out);
	assert_string_equal(out, "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_one_spelling),
		cmocka_unit_test(durations_carry_a_unit),
		cmocka_unit_test(sizes_are_binary),
		cmocka_unit_test(the_inverse_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
