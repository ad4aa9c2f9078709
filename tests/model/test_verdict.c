#include "tests/support/unit.h"

#include "lib/model/verdict.h"

static void
zeroes_are_a_deny(void **state)
{
	struct verdict v;
	enum effect e;

	(void)state;
	memset(&v, 0, sizeof v);
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(effect_name(v.effect), "deny");
	assert_string_equal(effect_name(EFFECT_HOLD), "hold");
	assert_string_equal(effect_name(EFFECT_ALLOW), "allow");
	assert_string_equal(effect_name((enum effect)9), "deny");
	assert_true(EFFECT_DENY < EFFECT_HOLD && EFFECT_HOLD < EFFECT_ALLOW);
	assert_true(effect_find("allow", &e) && e == EFFECT_ALLOW);
	assert_true(effect_find("hold", &e) && e == EFFECT_HOLD);
	assert_true(effect_find("deny", &e) && e == EFFECT_DENY);
	assert_false(effect_find("Allow", &e) || effect_find("", &e));
}

static void
an_approval_counts_by_name_and_proof(void **state)
{
	static const char *groups[] = { "sre" };
	static const struct identity alice = { .name = "alice",
		.kind = IDENTITY_HUMAN,
		.groups = groups,
		.group_count = 1 };
	static const struct identity sre = { .name = "sre", .kind = IDENTITY_HUMAN };
	struct approver_need n = { .need = 1,
		.proofs = PROOF_BIT(PROOF_SK) | PROOF_BIT(PROOF_UID),
		.n_from = 2,
		.from = { { true, "sre" }, { false, "bob" } } };
	struct approver_need none = {
		.need = 1, .n_from = 1, .from = { { true, "sre" } }
	};

	(void)state;
	assert_true(approver_need_counts(&n, &alice, PROOF_SK, false));
	assert_true(approver_need_counts(&n, &alice, PROOF_UID, false));
	assert_false(approver_need_counts(&n, &alice, PROOF_KEY, false));
	assert_false(approver_need_counts(&n, &alice, PROOF_NONE, false));
	/* The name of a group is no identity, and the other way round. */
	assert_false(approver_need_counts(&n, &sre, PROOF_SK, false));
	n.from[1] = (struct approver){ false, "alice" };
	n.from[0] = (struct approver){ true, "alice" };
	assert_true(approver_need_counts(&n, &alice, PROOF_SK, false));
	n.n_from = 1;
	assert_false(approver_need_counts(&n, &alice, PROOF_SK, false));
	assert_false(approver_need_counts(&none, &alice, PROOF_KEY, false));
}

static const char *const dev_ops[] = { "dev", "ops" }, *const ops[] = { "ops" },
			 *const dev[] = { "dev" };
static const struct identity people[] = {
	{ .name = "both",
	    .kind = IDENTITY_HUMAN,
	    .groups = (const char **)(uintptr_t)dev_ops,
	    .group_count = 2 },
	{ .name = "olga",
	    .kind = IDENTITY_HUMAN,
	    .groups = (const char **)(uintptr_t)ops,
	    .group_count = 1 },
	{ .name = "dora",
	    .kind = IDENTITY_HUMAN,
	    .groups = (const char **)(uintptr_t)dev,
	    .group_count = 1 },
	{ .name = "bot",
	    .kind = IDENTITY_AGENT,
	    .owner = "olga",
	    .groups = (const char **)(uintptr_t)dev_ops,
	    .group_count = 2 },
};

static unsigned
reached(const struct approver_need *n, const char *who)
{
	unsigned names[8];
	size_t count = 0;

	for (; *who != '\0'; who++)
		names[count++] =
		    approver_need_names(n, &people[*who - '0'], PROOF_KEY, false);
	return approver_need_reached(n, names, count);
}

static void
some_do_not_count_whatever_else_they_are(void **state)
{
	struct approver_need n = { .need = 1,
		.proofs = PROOF_BIT(PROOF_KEY),
		.n_from = 2,
		.from = { { true, "dev" }, { true, "ops" } },
		.n_not = 1,
		.not_from = { { true, "ops" } } };

	(void)state;
	assert_int_equal(reached(&n, "2"), 1);
	assert_int_equal(reached(&n, "0"), 0);
	assert_int_equal(reached(&n, "13"), 0);
	n.not_from[0] = (struct approver){ false, "olga" };
	assert_int_equal(reached(&n, "0"), 1);
	assert_int_equal(reached(&n, "1"), 0);
	assert_int_equal(reached(&n, "3"), 0); /* hers */
	assert_int_equal(approver_need_names(&n, &people[0], PROOF_KEY, false), 3);
	assert_int_equal(approver_need_names(&n, &people[2], PROOF_KEY, false), 1);
	assert_int_equal(approver_need_names(&n, &people[2], PROOF_UID, false), 0);
}

static void
each_stands_for_a_group_of_their_own(void **state)
{
	static const struct {
		const char *who;
		unsigned plain, distinct;
	} rows[] = { { "", 0, 0 }, { "0", 1, 1 }, { "1", 1, 1 }, { "12", 2, 2 },
		/* The one of both gives way, whoever came first. */
		{ "01", 2, 2 }, { "10", 2, 2 }, { "02", 2, 2 }, { "20", 2, 2 },
		{ "11", 2, 1 }, { "22", 2, 1 }, { "012", 3, 2 }, { "00", 2, 2 } };
	struct approver_need n = { .need = 2,
		.proofs = PROOF_BIT(PROOF_KEY),
		.n_from = 2,
		.from = { { true, "dev" }, { true, "ops" } } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		n.distinct_groups = false;
		assert_int_equal(reached(&n, rows[i].who), rows[i].plain);
		n.distinct_groups = true;
		assert_int_equal(reached(&n, rows[i].who), rows[i].distinct);
	}
	/* Three names, and nobody for the third. */
	n.n_from = 3;
	n.from[2] = (struct approver){ false, "nobody" };
	assert_int_equal(reached(&n, "0012"), 2);
	n.from[2] = (struct approver){ false, "both" };
	assert_int_equal(reached(&n, "012"), 3);
	assert_int_equal(reached(&n, "210"), 3);
}

static void
names_stand_once_and_in_order(void **state)
{
	char list[16] = "", all[16];
	const char *at = list;
	struct span one;

	(void)state;
	assert_false(verdict_name_next(&at, &one));
	assert_false(verdict_name_in(list, span_of("")));
	assert_false(verdict_name_add(list, sizeof list, span_of("")));
	assert_true(verdict_name_add(list, sizeof list, span_of("pii")));
	assert_true(verdict_name_add(list, sizeof list, span_of("email")));
	assert_true(verdict_name_add(list, sizeof list, span_of("pii")));
	assert_true(verdict_name_add(list, sizeof list, span_of("em")));
	assert_string_equal(list, "em,email,pii");
	assert_true(verdict_name_in(list, span_of("em")));
	assert_true(verdict_name_in(list, span_of("pii")));
	assert_false(verdict_name_in(list, span_of("pi")));
	assert_false(verdict_name_in(list, span_of("email,pii")));
	/* What does not fit leaves it as it was. */
	memcpy(all, list, sizeof all);
	assert_false(verdict_name_add(list, sizeof list, span_of("abcd")));
	assert_memory_equal(all, list, sizeof all);
	assert_true(verdict_name_add(list, sizeof list, span_of("zz")));
	assert_string_equal(list, "em,email,pii,zz");
	assert_false(verdict_name_add(list, sizeof list, span_of("b")));
	assert_true(verdict_name_add(list, sizeof list, span_of("zz")));
	for (at = list; verdict_name_next(&at, &one);)
		assert_true(one.len >= 2 && one.len <= 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stand_once_and_in_order),
		cmocka_unit_test(zeroes_are_a_deny),
		cmocka_unit_test(an_approval_counts_by_name_and_proof),
		cmocka_unit_test(some_do_not_count_whatever_else_they_are),
		cmocka_unit_test(each_stands_for_a_group_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
