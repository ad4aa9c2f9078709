#include "tests/support/unit.h"

#include "policies/tzrule.h"

static void
rules_are_read(void **state)
{
	static const struct {
		const char *text;
		int32_t standard, summer; /* the same: there is none */
	} rows[] = {
		{ "UTC0", 0, 0 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 3600, 7200 },
		{ "EST5EDT,M3.2.0,M11.1.0", -18000, -14400 },
		{ "<-03>3", -10800, -10800 },
		{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 37800, 39600 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 3600, 0 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, -3600 },
		{ "IST-2IDT,M3.4.4/26,M10.5.0", 7200, 10800 },
		{ "AAA+24:59:59", -(24 * 3600 + 59 * 60 + 59),
		    -(24 * 3600 + 59 * 60 + 59) },
		{ "XXX3EDT4,0/0,J365/23", -10800, -14400 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct tzrule r;

		if (!tzrule_read(span_of(rows[i].text), &r))
			fail_msg("%s", rows[i].text);
		assert_int_equal(r.standard, rows[i].standard);
		assert_int_equal(r.has_summer ? r.summer : r.standard, rows[i].summer);
	}
}

static void
malformed_rules_are_refused(void **state)
{
	static const char *const rows[] = { "", "UTC", "U0", "UT0", "0", "CET-",
		"CET-25", "CET-1:", "CET-1:60", "CET-1:00:60", "CET-1 ", "<CET-1",
		"<>1", "<A_B>1", "CET-1CEST", "CET-1CEST,", "CET-1CEST,M3.5.0",
		"CET-1CEST,M3.5.0,", "CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,J0,J365", "CET-1CEST,J366,J365", "CET-1CEST,366,0",
		"CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0/-168,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,M3.5.0,M10.5.0,J1",
		"CET-0001", "ABCDEFGHIJKLMNOPQ1" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct tzrule r;

		if (tzrule_read(span_of(rows[i]), &r))
			fail_msg("%s", rows[i]);
	}
}

static void
each_form_of_a_day_is_where_it_belongs(void **state)
{
	static const struct {
		const char *text;
		int64_t begins; /* in 2028, a leap year */
	} rows[] = {
		{ "AAA0BBB,J60/0,J300", 1835481600 },	 /* March 1 */
		{ "AAA0BBB,J59/0,J300", 1835308800 },	 /* February 28 */
		{ "AAA0BBB,59/0,J300", 1835395200 },	 /* February 29 */
		{ "AAA0BBB,0/0,J300", 1830297600 },	 /* January 1 */
		{ "AAA0BBB,M2.5.2/0,J300", 1835395200 }, /* the last Tuesday */
		{ "AAA0BBB,M5.1.1/0,J300", 1840752000 }, /* Monday, May 1 */
		{ "AAA0BBB,M5.2.0/0,J300", 1841875200 }, /* Sunday, May 14 */
		{ "AAA0BBB,M5.1.1/-167,J300", 1840150800 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct tzrule r;

		assert_true(tzrule_read(span_of(rows[i].text), &r));
		if (tzrule_offset(&r, rows[i].begins - 1) != 0 ||
		    tzrule_offset(&r, rows[i].begins) != 3600)
			fail_msg("%s", rows[i].text);
	}
}

static void
summer_may_go_over_the_year_or_never_end(void **state)
{
	struct tzrule r;

	(void)state;
	assert_true(tzrule_read(span_of("AAA0BBB,M10.1.0,M4.1.0"), &r));
	assert_int_equal(tzrule_offset(&r, 1767225599), 3600);
	assert_int_equal(tzrule_offset(&r, 1767225600), 3600);
	assert_int_equal(tzrule_offset(&r, 1782864000), 0);
	assert_true(tzrule_read(span_of("XXX3EDT4,0/0,J365/23"), &r));
	for (int64_t t = 1767225600 - 86400; t < 1767225600 + 86400; t += 1800)
		assert_int_equal(tzrule_offset(&r, t), -14400);
	/* Far away there is no summer, and no end of time either. */
	assert_int_equal(tzrule_offset(&r, INT64_MIN), -10800);
	assert_int_equal(tzrule_offset(&r, INT64_MAX), -10800);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_read),
		cmocka_unit_test(malformed_rules_are_refused),
		cmocka_unit_test(each_form_of_a_day_is_where_it_belongs),
		cmocka_unit_test(summer_may_go_over_the_year_or_never_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
