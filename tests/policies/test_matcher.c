#include "tests/support/unit.h"

#include "policies/matcher.h"
#include "policies/sets.h"
#include "tests/policies/wording.h"

static const char sets_text[] = "{own: {values: [a, b]}, eu: {regions: [eu-west-1]}, "
				"logs: {paths: ['/var/log/**']}}";

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
		{ "cidr", "10.0.0.0/8", FIT_BOTH },
		{ "cidr", "10.0.0.0/99", FIT_NO },
		{ "{cidr: 10.0.0.0/8}", "10.1.2.3", FIT_BOTH },
		{ "{cidr: [10.0.0.0/8, '::/0']}", "2001:db8::1", FIT_BOTH },
		{ "{cidr: [10.0.0.0/8]}", "11.0.0.1", FIT_NO },
		{ "{cidr: [10.0.0.0/8]}", "10.0.0.0/7", FIT_NO },
		{ "arn", "arn:aws:s3:::b", FIT_BOTH },
		{ "arn", "arn:aws:s3:b", FIT_NO },
		{ "instance", "i-0123abcd", FIT_BOTH },
		{ "instance", "i-0123456789abcdef0", FIT_BOTH },
		{ "instance", "i-0123ABCD", FIT_NO },
		{ "instance", "i-0123abcde", FIT_NO },
		{ "instance", "x-0123abcd", FIT_NO },
		{ "{each: instance}", "i-0123abcd i-00000000", FIT_BOTH },
		{ "{re: '[a-c]+'}", "abc", FIT_BOTH },
		{ "{re: '[a-c]+'}", "abcd", FIT_NO },
		{ "{re: '.*'}", "~", FIT_MAYBE },
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

static struct matcher *
word_matcher(const char *text, struct yaml_doc *docs[2])
{
	struct matcher *m = NULL;
	struct err err = { "" };

	assert_int_equal(
	    yaml_parse("s.yaml", span_of(sets_text), &docs[0], NULL), RC_OK);
	assert_int_equal(yaml_parse("m.yaml", span_of(text), &docs[1], NULL), RC_OK);
	if (matcher_read_word(yaml_root(docs[1]), yaml_root(docs[0]), &m, &err) !=
	    RC_OK)
		fail_msg("%s: %s", text, err.text);
	return m;
}

static void
words_fit(void **state)
{
	static const struct {
		const char *matcher, *word;
		unsigned fit;
	} rows[] = {
		{ "any", "x", FIT_BOTH },
		{ "any", "x*", FIT_BOTH },
		{ "literal", "x", FIT_BOTH },
		{ "literal", "'x*'", FIT_BOTH },
		{ "literal", "''", FIT_BOTH },
		{ "literal", "x*", FIT_MAYBE },
		{ "own", "a", FIT_BOTH },
		{ "own", "c", FIT_NO },
		{ "own", "[a]", FIT_MAYBE },
		{ "[x]", "x", FIT_BOTH },
		{ "[x]", "y", FIT_NO },
		{ "{in: [x]}", "x*", FIT_MAYBE },
		{ "{literal: 'a*'}", "'a*'", FIT_BOTH },
		{ "{literal: 'a*'}", "a*", FIT_MAYBE },
		{ "{glob: '*'}", "a", FIT_BOTH },
		{ "{glob: '*'}", "*", FIT_MAYBE },
		{ "{glob: '*'}", "../x", FIT_BOTH },
		{ "{glob: '/srv/*'}", "/srv/a..b", FIT_BOTH },
		{ "{glob: '/srv/*'}", "/srv/../etc/x", FIT_MAYBE },
		{ "{glob: '/srv/*'}", "/srv/a/..", FIT_MAYBE },
		{ "{glob: ['a', 'logs/*']}", "logs/../x", FIT_MAYBE },
		{ "{glob: '/srv/*'}", "/etc/../srv/x", FIT_NO },
		{ "{re: '/srv/[a-z./]+'}", "/srv/../etc", FIT_MAYBE },
		{ "{re: '[a-z./]+'}", "/srv/a", FIT_BOTH },
		{ "{int: [1, 5]}", "3", FIT_BOTH },
		{ "{int: [1, 5]}", "6", FIT_NO },
		{ "{int: [1, 5]}", "?", FIT_MAYBE },
		{ "{path_in: logs}", "/var/log/a", FIT_BOTH },
		{ "{path_in: logs}", "/var/log/*", FIT_BOTH },
		{ "{path_in: logs}", "/etc/passwd", FIT_NO },
		{ "{path_in: logs}", "/var/log/../x", FIT_MAYBE },
		{ "{path_in: ['/srv/**']}", "/srv/x", FIT_BOTH },
		{ "logs", "/var/log/a", FIT_BOTH },
		{ "logs", "/etc/passwd", FIT_NO },
		{ "cidr", "10.0.0.1", FIT_BOTH },
		{ "cidr", "10.0.0.*", FIT_MAYBE },
		{ "instance", "i-00000000", FIT_BOTH },
		{ "{re: 'a+'}", "aaa", FIT_BOTH },
		{ "{re: 'a+'}", "aab", FIT_NO },
		{ "{re: '.*'}", "*", FIT_MAYBE },
		{ "arn", "arn:aws:s3:::b", FIT_BOTH },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *docs[2] = { NULL, NULL };
		struct matcher *m = word_matcher(rows[i].matcher, docs);
		struct wording w;
		unsigned got;

		wording_split(rows[i].word, &w);
		got = matcher_fit_word(m, &w.words[0]);
		if (got != rows[i].fit)
			fail_msg("%s and %s: %u", rows[i].matcher, rows[i].word, got);
		matcher_free(m);
		yaml_doc_free(docs[0]);
		yaml_doc_free(docs[1]);
	}
}

static void
people_are_told(void **state)
{
	static const struct {
		const char *matcher, *text;
	} rows[] = {
		{ "any", "anything" },
		{ "{int: [1, 5]}", "a number from 1 to 5" },
		{ "[x, y]", "one of x y" },
		{ "own", "one of a b" },
		{ "[1, 2, 3, 4, 5, 6, 7, 8, 9]", "one of 1 2 3 4 5 6 7 8 …" },
		{ "{literal: x}", "exactly x" },
		{ "{glob: 'a*'}", "text like a*" },
		{ "{path_in: logs}", "a path in /var/log/**" },
		{ "cidr", "an address or a block of addresses" },
		{ "{cidr: 10.0.0.0/8}", "an address in the rule's blocks" },
		{ "{re: 'a+'}", "text like a+" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *docs[2] = { NULL, NULL };
		struct matcher *m = word_matcher(rows[i].matcher, docs);
		struct buf b;

		buf_init(&b, 256);
		matcher_say(m, &b);
		assert_string_equal(buf_cstr(&b), rows[i].text);
		buf_clear(&b);
		matcher_free(m);
		yaml_doc_free(docs[0]);
		yaml_doc_free(docs[1]);
	}
}

static void
conditions_have_their_place(void **state)
{
	static const struct {
		const char *text;
		bool word;
		const char *why;
	} rows[] = {
		{ "flag", true, "expected any, the name of a set" },
		{ "{each: any}", true, "each" },
		{ "{path_in: own}", true, "the name of a set of paths" },
		{ "{path_in: nosuch}", true, "the name of a set of paths" },
		{ "{path_in: x}", true, "the name of a set of paths" },
		{ "{path_in: [x]}", true, "an absolute path" },
		{ "{path_in: {a: b}}", true, "expected a list" },
		{ "{re: '('}", true,
		    "m.yaml:1:6: a group that does not end at byte 1" },
		{ "{re: ''}", true, "text of 1 to" },
		{ "{cidr: []}", true, "at least 1 entry" },
		{ "{cidr: [x]}", true, "an address or a block" },
		{ "{cidr: [10.0.0.1/8]}", true, "bits behind the length" },
		{ "{nosuch: x}", true, "nosuch" },
		{ "nosuch", true, "expected any, the name of a set" },
		{ "literal", false, "expected any, flag, the name of a set" },
		{ "logs", false, "logs is a set of paths, for words of commands" },
		{ "{path_in: logs}", false, "path_in" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL, *sets = NULL;
		struct matcher *m = NULL;
		struct err err = { "" };
		enum rc rc;

		assert_int_equal(
		    yaml_parse("s.yaml", span_of(sets_text), &sets, NULL), RC_OK);
		assert_int_equal(
		    yaml_parse("m.yaml", span_of(rows[i].text), &doc, NULL), RC_OK);
		rc =
		    rows[i].word
			? matcher_read_word(yaml_root(doc), yaml_root(sets), &m, &err)
			: matcher_read(yaml_root(doc), yaml_root(sets), true, &m, &err);
		if (rc != RC_REFUSE || strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(m);
		yaml_doc_free(doc);
		yaml_doc_free(sets);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_fit),
		cmocka_unit_test(an_unknown_value_is_never_sure),
		cmocka_unit_test(words_fit),
		cmocka_unit_test(people_are_told),
		cmocka_unit_test(conditions_have_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
