#include "tests/support/unit.h"

#include "policies/terms.h"

static struct terms
read_terms(const char *text)
{
	struct yaml_doc *doc = NULL;
	struct terms t = { .seconds = 77 };
	struct err err = { "" };

	assert_int_equal(yaml_parse("t.yaml", span_of(text), &doc, &err), RC_OK);
	if (terms_read(yaml_root(doc), &t, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	yaml_doc_free(doc);
	return t;
}

static void
what_is_not_said_is_nothing(void **state)
{
	struct terms t = read_terms("{id: r}");

	(void)state;
	assert_false(t.scope || t.in || t.out);
	assert_int_equal(t.seconds, 0);
	assert_int_equal(t.bodies, VERDICT_BODIES_USUAL);
}

static void
all_of_it_is_read(void **state)
{
	struct terms t =
	    read_terms("{credential: {session_policy: scope, duration: 15m}, "
		       "files: {in: stdin, out: stdout}, "
		       "record: {bodies: none}}");

	(void)state;
	assert_true(t.scope && t.in && t.out);
	assert_int_equal(t.seconds, 900);
	assert_int_equal(t.bodies, VERDICT_BODIES_NONE);
	t = read_terms("{files: {out: stdout}, record: {bodies: digest}}");
	assert_true(!t.in && t.out);
	assert_int_equal(t.bodies, VERDICT_BODIES_DIGEST);
	t = read_terms("{record: {bodies: masked}}");
	assert_int_equal(t.bodies, VERDICT_BODIES_MASKED);
}

static void
the_least_counts(void **state)
{
	const struct terms hour = { .seconds = 3600, .bodies = VERDICT_BODIES_DIGEST };
	const struct terms half = { .seconds = 1800, .scope = true };
	const struct terms none = { 0 };
	struct verdict v = { 0 };

	(void)state;
	terms_add(&none, &v);
	assert_int_equal(v.lease_seconds, 0);
	terms_add(&hour, &v);
	terms_add(&half, &v);
	terms_add(&none, &v);
	terms_add(&hour, &v);
	assert_int_equal(v.lease_seconds, 1800);
	assert_int_equal(v.bodies, VERDICT_BODIES_DIGEST);
	assert_true(v.scope);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_is_nothing),
		cmocka_unit_test(all_of_it_is_read),
		cmocka_unit_test(the_least_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
