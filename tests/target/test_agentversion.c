/* Versions by number, and what agents can. */
#include "tests/support/unit.h"

#include "broker/target/agentversion.h"

static struct agentversion
version(const char *text)
{
	struct agentversion v = { { 0 } };

	assert_true(agentversion_read(span_of(text), &v));
	return v;
}

static void
only_four_numbers_are_a_version(void **state)
{
	static const char *const bad[] = { "", "3", "3.3.987", "3.3.987.0.1",
		"3.3.987.", ".3.3.987", "3..3.987", "3.3.987.x", "3.3.-1.0",
		"+3.3.987.0", " 3.3.987.0", "3.3.987.0 ", "3.3.9876543210.0",
		"3,3,987,0", "v3.3.987.0", "3.3.987.0\n" };
	struct agentversion v = { { 7, 7, 7, 7 } };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(agentversion_read(span_of(bad[i]), &v));
	assert_false(agentversion_read(span_make("3.3.987.0\0", 10), &v));
	assert_int_equal(v.part[0], 7);
	assert_int_equal(version("999999999.0.0.0").part[0], 999999999);
	assert_int_equal(version("03.003.1.0").part[1], 3);
}

static void
versions_compare_by_number(void **state)
{
	static const char *const up[] = { "0.0.0.0", "0.0.0.1", "1.1.70.0", "1.2.0.0",
		"2.3.722.0", "2.3.722.1", "3.9.0.0", "3.10.0.0", "10.0.0.0" };

	(void)state;
	for (size_t i = 0; i < ROWS(up); i++)
		for (size_t j = 0; j < ROWS(up); j++) {
			struct agentversion a = version(up[i]), b = version(up[j]);
			int c = agentversion_compare(&a, &b);

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
}

/* Strictly after the version that is named. */
static void
skills_come_with_versions(void **state)
{
	static const struct {
		const char *text;
		bool terminates, mux, quiet;
	} rows[] = {
		{ "0.0.0.0", false, false, false },
		{ "2.3.722.0", false, false, false },
		{ "2.3.722.1", true, false, false },
		{ "3.0.196.0", true, false, false },
		{ "3.0.197.0", true, true, false },
		{ "3.1.1511.0", true, true, false },
		{ "3.1.1511.1", true, true, true },
		{ "3.3.0.0", true, true, true },
		{ "3.10.0.0", true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct agentversion v = version(rows[i].text);

		assert_int_equal(
		    agentversion_can(&v, AGENT_TERMINATES), rows[i].terminates);
		assert_int_equal(agentversion_can(&v, AGENT_MUX), rows[i].mux);
		assert_int_equal(agentversion_can(&v, AGENT_QUIET), rows[i].quiet);
	}
}

static void
old_versions_of_ours_are_told_apart(void **state)
{
	static const char *const old[] = { "0.0.0.0", "1.1.69.0", "1.1.70.0",
		"1.2.295.0", "1.2.331.0" };
	static const char *const good[] = { "1.2.331.1", "1.2.677.0", "1.10.0.0",
		"2.0.0.0" };

	(void)state;
	for (size_t i = 0; i < ROWS(old); i++) {
		struct agentversion v = version(old[i]);

		assert_false(agentversion_speaks(&v));
	}
	for (size_t i = 0; i < ROWS(good); i++) {
		struct agentversion v = version(good[i]);

		assert_true(agentversion_speaks(&v));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_four_numbers_are_a_version),
		cmocka_unit_test(versions_compare_by_number),
		cmocka_unit_test(skills_come_with_versions),
		cmocka_unit_test(old_versions_of_ours_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
