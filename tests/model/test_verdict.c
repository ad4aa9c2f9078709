#include "tests/support/unit.h"

#include "lib/model/verdict.h"

static void
zeroes_are_a_deny(void **state)
{
	struct verdict v;

	(void)state;
	memset(&v, 0, sizeof v);
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(effect_name(v.effect), "deny");
	assert_string_equal(effect_name(EFFECT_HOLD), "hold");
	assert_string_equal(effect_name(EFFECT_ALLOW), "allow");
	assert_string_equal(effect_name((enum effect)9), "deny");
	assert_true(EFFECT_DENY < EFFECT_HOLD && EFFECT_HOLD < EFFECT_ALLOW);
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
	assert_true(approver_need_counts(&n, &alice, PROOF_SK));
	assert_true(approver_need_counts(&n, &alice, PROOF_UID));
	assert_false(approver_need_counts(&n, &alice, PROOF_KEY));
	assert_false(approver_need_counts(&n, &alice, PROOF_NONE));
	/* The name of a group is no identity, and the other way round. */
	assert_false(approver_need_counts(&n, &sre, PROOF_SK));
	n.from[1] = (struct approver){ false, "alice" };
	n.from[0] = (struct approver){ true, "alice" };
	assert_true(approver_need_counts(&n, &alice, PROOF_SK));
	n.n_from = 1;
	assert_false(approver_need_counts(&n, &alice, PROOF_SK));
	assert_false(approver_need_counts(&none, &alice, PROOF_KEY));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroes_are_a_deny),
		cmocka_unit_test(an_approval_counts_by_name_and_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
