#include "tests/support/unit.h"

#include "policies/vocab.h"

static const struct vocab keys[] = {
	{ "must", VOCAB_MUST },
	{ "may", VOCAB_MAY },
	{ "later", VOCAB_LATER },
	{ NULL, VOCAB_MAY },
};

static void
keys_are_known_later_or_wrong(void **state)
{
	static const struct {
		const char *text, *err; /* NULL: accepted */
	} rows[] = {
		{ "{must: 1}", NULL },
		{ "{may: 1, must: 1}", NULL },
		{ "{may: 1}", "s.yaml:1:1: the key must is missing" },
		{ "{must: 1, later: 1}",
		    "s.yaml:1:11: `later` is not in this version" },
		{ "{must: 1, other: 1}",
		    "s.yaml:1:11: expected a key out of must, may, "
		    "found \"other\"" },
		{ "{must: 1, Must: 1}", "s.yaml:1:11: expected a key" },
		{ "[must]", "s.yaml:1:1: expected a mapping, found a list" },
		{ "must", "s.yaml:1:1: expected a mapping, found \"must\"" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct err err = { "" };
		enum rc rc;

		assert_int_equal(
		    yaml_parse("s.yaml", span_of(rows[i].text), &doc, NULL), RC_OK);
		rc = vocab_check(yaml_root(doc), keys, &err);
		if (rc != (rows[i].err == NULL ? RC_OK : RC_REFUSE) ||
		    (rows[i].err != NULL && strstr(err.text, rows[i].err) == NULL))
			fail_msg("%s: %s", rows[i].text, err.text);
		yaml_doc_free(doc);
	}
}

static enum rc
count_two(const struct yaml_node *text, void *arg, struct err *err)
{
	unsigned *n = arg;

	return ++*n > 2 ? yaml_fail(text, err, "enough") : RC_OK;
}

static void
one_text_or_a_list_of_them(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
		unsigned calls;
	} rows[] = {
		{ "a", RC_OK, 1 },
		{ "[a]", RC_OK, 1 },
		{ "[a, b]", RC_OK, 2 },
		{ "[a, b, c, d]", RC_REFUSE, 3 },
		{ "[]", RC_REFUSE, 0 },
		{ "[a, [b]]", RC_REFUSE, 1 },
		{ "{a: b}", RC_REFUSE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		unsigned n = 0;

		assert_int_equal(
		    yaml_parse("s.yaml", span_of(rows[i].text), &doc, NULL), RC_OK);
		assert_int_equal(
		    vocab_each(yaml_root(doc), count_two, &n, NULL), rows[i].rc);
		assert_int_equal(n, rows[i].calls);
		yaml_doc_free(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_known_later_or_wrong),
		cmocka_unit_test(one_text_or_a_list_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
