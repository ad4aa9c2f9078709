#include "tests/support/unit.h"

#include "policies/sets.h"

/* What sets_check says to malformed ones is in test_policy.c. */
static void
lists_are_found_by_name(void **state)
{
	static const char text[] = "{eu: {regions: [eu-west-1, eu-central-1]}, "
				   "keep: {values: ['', a b, \"\xC3\xBC\"]}}";
	const struct yaml_node *sets, *eu, *keep;
	struct yaml_doc *doc = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(yaml_parse("s.yaml", span_of(text), &doc, &err), RC_OK);
	sets = yaml_root(doc);
	assert_int_equal(sets_check(sets, &err), RC_OK);
	eu = sets_list(sets, "eu");
	keep = sets_list(sets, "keep");
	assert_true(sets_has(eu, span_of("eu-central-1")));
	assert_false(sets_has(eu, span_of("eu-central")));
	assert_false(sets_has(eu, span_of("EU-CENTRAL-1")));
	assert_true(sets_has(keep, span_of("")));
	assert_true(sets_has(keep, span_of("a b")));
	assert_false(sets_has(keep, span_make("a b\0", 4)));
	assert_null(sets_list(sets, "nosuch"));
	assert_null(sets_list(NULL, "eu"));
	yaml_doc_free(doc);
}

static void
kinds_are_known(void **state)
{
	static const char text[] =
	    "{eu: {regions: [eu-west-1]}, own: {values: [a]}, logs: {paths: [/a]}}";
	const struct yaml_node *sets, *v, *got = NULL;
	struct yaml_doc *doc = NULL, *other = NULL;

	(void)state;
	assert_int_equal(yaml_parse("s.yaml", span_of(text), &doc, NULL), RC_OK);
	sets = yaml_root(doc);
	assert_int_equal(sets_check(sets, NULL), RC_OK);
	assert_int_equal(sets_kind(sets, "eu"), SETS_REGIONS);
	assert_int_equal(sets_kind(sets, "own"), SETS_TEXTS);
	assert_int_equal(sets_kind(sets, "logs"), SETS_PATHS);
	assert_int_equal(sets_kind(sets, "nosuch"), SETS_NONE);
	assert_int_equal(sets_kind(NULL, "logs"), SETS_NONE);
	assert_int_equal(
	    yaml_parse("o.yaml", span_of("[logs, own, [/b], [b]]"), &other, NULL),
	    RC_OK);
	v = yaml_first(yaml_root(other));
	assert_int_equal(sets_paths(v, sets, &got, NULL), RC_OK);
	assert_ptr_equal(got, sets_list(sets, "logs"));
	v = yaml_next(v);
	assert_int_equal(sets_paths(v, sets, &got, NULL), RC_REFUSE);
	v = yaml_next(v);
	assert_int_equal(sets_paths(v, sets, &got, NULL), RC_OK);
	assert_ptr_equal(got, v);
	v = yaml_next(v);
	assert_int_equal(sets_paths(v, sets, &got, NULL), RC_REFUSE);
	yaml_doc_free(other);
	yaml_doc_free(doc);
}

static void
lists_are_bounded(void **state)
{
	struct yaml_doc *doc = NULL;
	struct err err = { "" };
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	buf_text(&b, "[x");
	for (unsigned i = 0; i < SETS_VALUES; i++)
		buf_text(&b, ", x");
	buf_text(&b, "]");
	assert_int_equal(yaml_parse("s.yaml", buf_span(&b), &doc, &err), RC_OK);
	assert_int_equal(sets_check_list(yaml_root(doc), &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "at most 1000 entries"));
	yaml_doc_free(doc);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_found_by_name),
		cmocka_unit_test(kinds_are_known),
		cmocka_unit_test(lists_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
