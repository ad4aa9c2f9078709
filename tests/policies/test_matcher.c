#include "tests/support/unit.h"

#include "policies/matcher.h"
#include "policies/sets.h"

static const char sets_text[] = "{own: {values: [a, b]}, eu: {regions: [eu-west-1]}}";

/* Read a condition and put values to it: parted by blanks, ~ one that is not known. */
static unsigned
fit(const char *text, const char *values)
{
	struct yaml_doc *doc = NULL, *sets = NULL;
	struct matcher_tally t = { 0 };
	struct matcher *m = NULL;
	struct err err = { "" };
	char copy[256], *at = copy, *v;
	unsigned ret;

	assert_int_equal(yaml_parse("s.yaml", span_of(sets_text), &sets, NULL), RC_OK);
	assert_int_equal(yaml_parse("m.yaml", span_of(text), &doc, NULL), RC_OK);
	if (matcher_read(yaml_root(doc), yaml_root(sets), true, &m, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	snprintf(copy, sizeof copy, "%s", values);
	while (values[0] != '\0' && (v = strsep(&at, " ")) != NULL)
		matcher_see(m, span_of(v), strcmp(v, "~") != 0, &t);
	ret = matcher_fit(m, &t);
	matcher_free(m);
	yaml_doc_free(doc);
	yaml_doc_free(sets);
	return ret;
}

static void
values_fit(void **state)
{
	static const struct {
		const char *matcher, *values;
		unsigned fit;
	} rows[] = {
		{ "any", "", FIT_BOTH },
		{ "any", "x y", FIT_BOTH },
		{ "any", "~", FIT_BOTH },
		{ "flag", "", FIT_BOTH },
		{ "flag", "x", FIT_NO },
		{ "own", "a", FIT_BOTH },
		{ "own", "c", FIT_NO },
		{ "own", "A", FIT_NO },
		{ "own", "a b", FIT_MAYBE },
		{ "own", "~", FIT_MAYBE },
		{ "own", "", FIT_MAYBE },
		{ "eu", "eu-west-1", FIT_BOTH },
		{ "[x, y]", "y", FIT_BOTH },
		{ "{in: [x, y]}", "z", FIT_NO },
		{ "{literal: x}", "x", FIT_BOTH },
		{ "{literal: 'x*'}", "xy", FIT_NO },
		{ "{glob: 'x*'}", "xy", FIT_BOTH },
		{ "{glob: ['x*', '?']}", "q", FIT_BOTH },
		{ "{glob: 'x*'}", "yx", FIT_NO },
		{ "{int: [1, 10]}", "10", FIT_BOTH },
		{ "{int: [1, 10]}", "0", FIT_NO },
		{ "{int: [1, 10]}", "007", FIT_NO },
		{ "{int: [1, 10]}", "+5", FIT_NO },
		{ "{int: [1, 10]}", "5x", FIT_NO },
		{ "{int: [-5, 0]}", "-5", FIT_BOTH },
		{ "{int: [-5, 0]}", "-0", FIT_NO },
		{ "{int: [0, 999999999999999999]}", "1000000000000000000", FIT_NO },
		{ "{arn: 'arn:aws:iam::*:role/a*'}", "arn:aws:iam::1:role/ab",
		    FIT_BOTH },
		{ "{arn: 'arn:aws:iam::*:role/a*'}", "ab", FIT_NO },
		{ "{arn: '*'}", "ab", FIT_NO },
		{ "{arn: '*'}", "arn:aws:s3:::b", FIT_BOTH },
		{ "{each: {glob: 'i-*'}}", "i-1 i-2", FIT_BOTH },
		{ "{each: {glob: 'i-*'}}", "i-1 j-2", FIT_MAYBE },
		{ "{each: {glob: 'i-*'}}", "i-1 ~", FIT_MAYBE },
		{ "{each: {glob: 'i-*'}}", "j-1 j-2", FIT_NO },
		{ "{each: {glob: 'i-*'}}", "", FIT_MAYBE },
		{ "{each: own}", "b a a", FIT_BOTH },
		{ "{each: [x]}", "x", FIT_BOTH },
		{ "{each: any}", "x ~", FIT_MAYBE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned got = fit(rows[i].matcher, rows[i].values);

		if (got != rows[i].fit)
			fail_msg("%s and %s: %u", rows[i].matcher, rows[i].values, got);
	}
}

static void
an_unknown_value_is_never_sure(void **state)
{
	static const char *const rows[] = { "own", "[x]", "{glob: '*'}",
		"{int: [0, 9]}", "{arn: '*'}", "{literal: '~'}", "{each: {glob: '*'}}",
		"{each: any}" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(fit(rows[i], "~"), FIT_MAYBE);
		assert_int_equal(fit(rows[i], "a ~") & FIT_SURE, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_fit),
		cmocka_unit_test(an_unknown_value_is_never_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
