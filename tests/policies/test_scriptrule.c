#include "tests/support/unit.h"

#include "policies/arnpattern.h"
#include "policies/scriptrule.h"

static enum rc
read_text(
    const char *text, struct yaml_doc **doc, struct scriptrule **r, struct err *err)
{
	*r = NULL;
	assert_int_equal(yaml_parse("s.yaml", span_of(text), doc, err), RC_OK);
	return scriptrule_read(yaml_root(*doc), NULL, r, err);
}

static void
scripts_fit_or_do_not(void **state)
{
	static const struct shell_word words[] = { { .text = "one", .len = 3 },
		{ .text = "two", .len = 3 } };
	static const struct {
		const char *text, *name;
		size_t n;
		unsigned fit;
	} rows[] = {
		{ "cleanup", "cleanup", 0, FIT_BOTH },
		{ "cleanup", "cleanup", 1, FIT_MAYBE },
		{ "cleanup", "other", 0, FIT_NO },
		{ "{name: [a, cleanup]}", "cleanup", 0, FIT_BOTH },
		{ "{name: cleanup, operands: any}", "cleanup", 2, FIT_BOTH },
		{ "{name: cleanup, operands: any}", "other", 2, FIT_NO },
		{ "{name: cleanup, operands: {max: 1, each: {in: [one]}}}", "cleanup",
		    1, FIT_BOTH },
		{ "{name: cleanup, operands: {max: 1, each: {in: [one]}}}", "cleanup",
		    2, FIT_NO },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct scriptrule *r;
		struct err err = { "" };

		if (read_text(rows[i].text, &doc, &r, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (scriptrule_fit(r, rows[i].name, words, rows[i].n) != rows[i].fit)
			fail_msg("row %zu: %s", i, rows[i].text);
		scriptrule_free(r);
		yaml_doc_free(doc);
	}
}

static void
malformed_ones_are_refused(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "[a]", "s.yaml:1:1: expected a mapping" },
		{ "{}", "the key name is missing" },
		{ "a/b", "expected the name of a script" },
		{ "{name: ''}", "expected text of 1 to 256" },
		{ "{name: a, args: []}", "expected a key out of name, operands" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct scriptrule *r;
		struct err err = { "" };

		if (read_text(rows[i].text, &doc, &r, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(r);
		yaml_doc_free(doc);
	}
}

/* Who is asked about a script's text is asked whatever its arguments are. */
static void
a_name_fits_without_arguments(void **state)
{
	struct yaml_doc *doc = NULL;
	struct scriptrule *r = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(
	    read_text("{name: [a, b], operands: {min: 1}}", &doc, &r, &err), RC_OK);
	assert_int_equal(scriptrule_fit(r, "a", NULL, 0), FIT_NO);
	assert_int_not_equal(scriptrule_names(r, "a"), FIT_NO);
	assert_int_not_equal(scriptrule_names(r, "b"), FIT_NO);
	assert_int_equal(scriptrule_names(r, "c"), FIT_NO);
	scriptrule_free(r);
	yaml_doc_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts_fit_or_do_not),
		cmocka_unit_test(malformed_ones_are_refused),
		cmocka_unit_test(a_name_fits_without_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
