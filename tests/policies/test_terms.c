#include "tests/support/unit.h"

#include "policies/terms.h"

static struct yaml_doc *doc;

static struct terms
read_terms(const char *text)
{
	struct terms t = { .seconds = 77 };
	struct err err = { "" };

	yaml_doc_free(doc);
	doc = NULL;
	assert_int_equal(yaml_parse("t.yaml", span_of(text), &doc, &err), RC_OK);
	if (terms_read(yaml_root(doc), &t, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
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

static void
rates_and_times_are_read(void **state)
{
	struct terms t =
	    read_terms("{rate: {n: 5, per: 1h}, ttl: {decide: 15m, use: 2m}, "
		       "limits: {time: 30s, output: 1MiB}}");

	(void)state;
	assert_int_equal(t.rate.n, 5);
	assert_int_equal(t.rate.per_ms, 3600000);
	assert_true(t.rate.by_identity && !t.rate.by_target);
	assert_int_equal(t.decide_ms, 900000);
	assert_int_equal(t.use_ms, 120000);
	assert_int_equal(t.run_ms, 30000);
	assert_int_equal(t.output_bytes, 1048576);
	t = read_terms("{rate: {n: 1, per: 1s, by: [target, rule]}}");
	assert_true(!t.rate.by_identity && t.rate.by_target);
	t = read_terms("{rate: {n: 1, per: 1s, by: rule}}");
	assert_true(!t.rate.by_identity && !t.rate.by_target);
	t = read_terms("{rate: {n: 1, per: 1s, by: [identity, target]}}");
	assert_true(t.rate.by_identity && t.rate.by_target);
}

static void
what_it_asks_for_is_read(void **state)
{
	struct terms t = read_terms("{mask: [secrets, email]}");

	(void)state;
	assert_int_equal(t.asks, VERDICT_ASK_MASK);
	assert_int_equal(yaml_count(t.masks), 2);
	assert_null(t.reveals);
	t = read_terms("{mask: {add: [x], reveal: ['iam:ListUsers']}}");
	assert_int_equal(t.asks, VERDICT_ASK_MASK | VERDICT_ASK_REVEAL);
	assert_int_equal(yaml_count(t.reveals), 1);
	t = read_terms("{interactive: {opaque: accepted, reason: a replica, idle: 10m, "
		       "max: 60m}, limits: {time: 2h}}");
	assert_int_equal(t.asks, VERDICT_ASK_INTERACTIVE);
	assert_string_equal(t.interactive, "a replica");
	assert_int_equal(t.idle_ms, 600000);
	assert_int_equal(t.run_ms, 3600000);
	t = read_terms("{interactive: {opaque: accepted, reason: x, max: 3h}, "
		       "limits: {time: 2h}}");
	assert_int_equal(t.run_ms, 7200000);
	t = read_terms("{stdin: none, on_disconnect: cancel}");
	assert_int_equal(t.asks, VERDICT_ASK_NO_STDIN | VERDICT_ASK_CANCEL);
	t = read_terms("{stdin: unreviewed, on_disconnect: keep}");
	assert_int_equal(t.asks, VERDICT_ASK_UNREVIEWED);
	t = read_terms("{stdin: hashed}");
	assert_int_equal(t.asks, VERDICT_ASK_HASHED);
	t = read_terms("{credential: {role: 'arn:aws:iam::111122223333:role/a'}}");
	assert_string_equal(t.role, "arn:aws:iam::111122223333:role/a");
}

/* In any order it comes to the same. */
static void
the_shortest_time_and_the_strictest_input_count(void **state)
{
	const struct terms all[] = {
		{ .decide_ms = 9, .run_ms = 7, .asks = VERDICT_ASK_UNREVIEWED },
		{ .decide_ms = 5,
		    .use_ms = 6,
		    .idle_ms = 3,
		    .asks = VERDICT_ASK_HASHED | VERDICT_ASK_MASK },
		{ .use_ms = 8, .output_bytes = 10, .asks = VERDICT_ASK_CANCEL },
		{ .output_bytes = 4, .idle_ms = 2, .asks = VERDICT_ASK_NO_STDIN },
	};
	const struct terms none = { 0 };
	struct verdict v = { 0 }, w = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_true(terms_add(&all[i], &v));
	assert_int_equal(
	    v.asks, VERDICT_ASK_HASHED | VERDICT_ASK_MASK | VERDICT_ASK_CANCEL);
	assert_true(terms_add(&all[3], &v));
	assert_true(terms_add(&none, &v));
	for (size_t i = ROWS(all); i-- > 0;)
		assert_true(terms_add(&all[i], &w));
	assert_int_equal(v.decide_ms, 5);
	assert_int_equal(v.use_ms, 6);
	assert_int_equal(v.run_ms, 7);
	assert_int_equal(v.output_bytes, 4);
	assert_int_equal(v.idle_ms, 2);
	assert_int_equal(
	    v.asks, VERDICT_ASK_NO_STDIN | VERDICT_ASK_MASK | VERDICT_ASK_CANCEL);
	assert_memory_equal(&v, &w, sizeof v);
}

static void
rates_add_up_until_there_is_no_room(void **state)
{
	struct verdict v = { 0 };
	struct terms t = { .rate = { .n = 3, .per_ms = 1000 } };

	(void)state;
	for (unsigned i = 0; i < VERDICT_RATES; i++) {
		snprintf(t.rate.rule, sizeof t.rate.rule, "p/r%u", i);
		assert_true(terms_add(&t, &v));
		/* Two parts of a line may fit one rule. */
		assert_true(terms_add(&t, &v));
	}
	assert_int_equal(v.n_rates, VERDICT_RATES);
	assert_string_equal(v.rates[1].rule, "p/r1");
	snprintf(t.rate.rule, sizeof t.rate.rule, "p/more");
	assert_false(terms_add(&t, &v));
	assert_int_equal(v.n_rates, VERDICT_RATES);
}

static int
tear_down(void **state)
{
	(void)state;
	yaml_doc_free(doc);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_is_nothing),
		cmocka_unit_test(all_of_it_is_read),
		cmocka_unit_test(the_least_counts),
		cmocka_unit_test(rates_and_times_are_read),
		cmocka_unit_test(what_it_asks_for_is_read),
		cmocka_unit_test(the_shortest_time_and_the_strictest_input_count),
		cmocka_unit_test(rates_add_up_until_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
