#include "tests/support/unit.h"

#include "lib/model/profile.h"
#include "policies/oneof.h"
#include "policies/sets.h"

static struct yaml_doc *sets_doc;
static const struct yaml_node *sets;

static enum rc
read_text(const char *text, const struct oneof_kind *kind, struct yaml_doc **doc,
    struct oneof *ret, struct err *err)
{
	assert_int_equal(yaml_parse("o.yaml", span_of(text), doc, err), RC_OK);
	return oneof_read(yaml_root(*doc), sets, kind, ret, err);
}

static void
values_fit_or_do_not(void **state)
{
	static const struct {
		const char *text, *value;
		unsigned fit;
	} rows[] = {
		{ "a", "a", FIT_BOTH },
		{ "a", "A", FIT_NO },
		{ "a", "ab", FIT_NO },
		{ "a", "", FIT_NO },
		{ "a", NULL, FIT_MAYBE },
		{ "a*", "ab", FIT_NO },
		{ "[a, b]", "b", FIT_BOTH },
		{ "[a, b]", "c", FIT_NO },
		{ "[a, b]", NULL, FIT_MAYBE },
		{ "{glob: 'a*'}", "ab", FIT_BOTH },
		{ "{glob: 'a*'}", "ba", FIT_NO },
		{ "{glob: ['x?', 'a*']}", "xy", FIT_BOTH },
		{ "{glob: '*'}", NULL, FIT_MAYBE },
		{ "{in: [a, b]}", "b", FIT_BOTH },
		{ "{in: letters}", "y", FIT_BOTH },
		{ "{in: letters}", "letters", FIT_NO },
		/* In a list a text is a text, even where a set has that name. */
		{ "[letters]", "y", FIT_NO },
		{ "[letters]", "letters", FIT_BOTH },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct oneof o = { 0 };

		assert_int_equal(read_text(rows[i].text, NULL, &doc, &o, NULL), RC_OK);
		if (oneof_fit(&o, rows[i].value) != rows[i].fit)
			fail_msg("%s: %s", rows[i].text, rows[i].value);
		yaml_doc_free(doc);
	}
	assert_int_equal(oneof_fit(&(struct oneof){ 0 }, NULL), FIT_BOTH);
}

static void
names_of_hosts_have_no_case(void **state)
{
	static const struct {
		const char *text, *value;
		unsigned fit;
	} rows[] = {
		{ "Db.Internal", "dB.iNTERNAL", FIT_BOTH },
		{ "{glob: '*.Internal'}", "DB.internal", FIT_BOTH },
		{ "{glob: '*.internal'}", "db.internal.x", FIT_NO },
	};
	char huge[ONEOF_BYTES + 2];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct oneof o = { .fold = true };

		assert_int_equal(read_text(rows[i].text, NULL, &doc, &o, NULL), RC_OK);
		if (oneof_fit(&o, rows[i].value) != rows[i].fit)
			fail_msg("%s: %s", rows[i].text, rows[i].value);
		memset(huge, 'a', sizeof huge - 1);
		huge[sizeof huge - 1] = '\0';
		assert_int_equal(oneof_fit(&o, huge), FIT_NO);
		yaml_doc_free(doc);
	}
}

/* A target may be asked for by its name or its id: a rule about one is about both. */
static void
targets_have_two_names(void **state)
{
	static const struct {
		const char *text, *name, *id;
		unsigned fit;
	} rows[] = {
		{ "web-1", "web-1", "i-0abc", FIT_BOTH },
		{ "i-0abc", "web-1", "i-0abc", FIT_BOTH },
		{ "web-2", "web-1", "i-0abc", FIT_NO },
		{ "web-1", "i-0abc", "i-0abc", FIT_NO },
		{ "web-1", "web-1", NULL, FIT_BOTH },
		{ "web-2", "web-1", NULL, FIT_NO },
		{ "i-0abc", "web-1", NULL, FIT_MAYBE },
		{ "mi-0abc", "web-1", NULL, FIT_MAYBE },
		{ "{glob: 'i-*'}", "web-1", NULL, FIT_MAYBE },
		{ "{glob: 'web-*'}", "web-1", NULL, FIT_BOTH },
		{ "{glob: 'db-*'}", "web-1", NULL, FIT_NO },
		{ "i-0abc", NULL, "i-0abc", FIT_BOTH },
		{ "web-1", NULL, "i-0abc", FIT_MAYBE },
		{ "web-1", NULL, NULL, FIT_MAYBE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct oneof o = { 0 };

		assert_int_equal(read_text(rows[i].text, NULL, &doc, &o, NULL), RC_OK);
		if (oneof_fit_target(&o, rows[i].name, rows[i].id) != rows[i].fit)
			fail_msg("row %zu: %s", i, rows[i].text);
		yaml_doc_free(doc);
	}
	assert_int_equal(oneof_fit_target(&(struct oneof){ 0 }, NULL, NULL), FIT_BOTH);
}

static void
malformed_conditions_are_refused(void **state)
{
	static const struct oneof_kind regions = { profile_region,
		"the name of a region" };
	static const struct {
		const char *text, *err;
		const struct oneof_kind *kind;
	} rows[] = {
		{ "''", "o.yaml:1:1: expected text of 1 to 256 bytes", NULL },
		{ "[]", "at least 1 entry", NULL },
		{ "[a, '']", "o.yaml:1:5: expected text", NULL },
		{ "[[a]]", "expected text, found a list", NULL },
		{ "{}", "at least 1 entry", NULL },
		{ "{glob: a, in: [b]}", "at most 1 entries", NULL },
		{ "{like: a}", "o.yaml:1:2: expected a key out of glob, in", NULL },
		{ "{glob: {a: b}}", "expected a list", NULL },
		{ "{in: unknown}", "o.yaml:1:6: expected the name of a set", NULL },
		{ "{in: []}", "at least 1 entry", NULL },
		{ "\"a\\nb\"", "one line of printable characters", NULL },
		{ "Eu", "o.yaml:1:1: expected the name of a region", &regions },
		{ "[eu-west-1, EU]", "o.yaml:1:13: expected the name of a", &regions },
		{ "{in: [EU]}", "expected the name of a region", &regions },
		{ "letters", "o.yaml:1:1: expected [letters] for the text", NULL },
		{ "{in: {letters: x}}", "expected a list", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct oneof o = { 0 };
		struct err err = { "" };

		if (read_text(rows[i].text, rows[i].kind, &doc, &o, &err) !=
			RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(o.n);
		yaml_doc_free(doc);
	}
}

static int
set_up(void **state)
{
	(void)state;
	if (yaml_parse("s.yaml", span_of("{letters: {values: [x, y]}}"), &sets_doc,
		NULL) != RC_OK)
		return 1;
	sets = yaml_root(sets_doc);
	return sets_check(sets, NULL) != RC_OK;
}

static int
tear_down(void **state)
{
	(void)state;
	yaml_doc_free(sets_doc);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_fit_or_do_not),
		cmocka_unit_test(names_of_hosts_have_no_case),
		cmocka_unit_test(targets_have_two_names),
		cmocka_unit_test(malformed_conditions_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
