#include "tests/support/unit.h"

#include "lib/model/needs.h"

static const struct approver_need plain = { .rule = "p/r",
	.need = 1,
	.proofs = PROOF_BIT(PROOF_KEY),
	.n_from = 1,
	.from = { { true, "sre" } } };
static const struct approver_need full = { .rule = "p/s",
	.need = 2,
	.proofs = PROOF_BIT(PROOF_KEY) | PROOF_BIT(PROOF_UID),
	.n_from = 2,
	.from = { { true, "sre" }, { false, "bob" } },
	.n_not = 1,
	.not_from = { { false, "carol" } },
	.distinct_groups = true,
	.reason = true };
static const struct approver_need pin = { .rule = "p/t",
	.need = 1,
	.proofs = PROOF_BIT(PROOF_SK),
	.n_from = 1,
	.from = { { true, "sre" } },
	.verified = true };

static void
people_read_names(void **state)
{
	static const struct {
		const struct approver_need *n;
		const char *text;
	} rows[] = {
		{ &plain, "group sre (rule p/r)" },
		{ &full, "group sre, bob, not carol, of different groups (rule p/s)" },
		{ &pin, "group sre, by a security key with its PIN (rule p/t)" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < ROWS(rows); i++) {
		buf_reset(&b);
		needs_put(rows[i].n, &b);
		assert_string_equal(buf_cstr(&b), rows[i].text);
	}
	buf_clear(&b);
}

static void
programs_read_members(void **state)
{
	struct verdict v = { .n_needs = 3 };
	json_t *list;
	char *s;

	(void)state;
	v.needs[0] = plain;
	v.needs[1] = full;
	v.needs[2] = pin;
	list = needs_json(&v);
	s = json_dumps(list, JSON_COMPACT);
	assert_string_equal(s,
	    "[{\"rule\":\"p/"
	    "r\",\"need\":1,\"from\":[\"group:sre\"],\"auth\":[\"key\"]},"
	    "{\"rule\":\"p/s\",\"need\":2,\"from\":[\"group:sre\",\"bob\"],"
	    "\"auth\":[\"key\",\"uid\"],\"not\":[\"carol\"],\"distinct_groups\":true,"
	    "\"reason\":\"required\"},"
	    "{\"rule\":\"p/t\",\"need\":1,\"from\":[\"group:sre\"],\"auth\":[\"sk\"],"
	    "\"verified\":\"required\"}]");
	free(s);
	json_decref(list);
	v.n_needs = 0;
	list = needs_json(&v);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_read_names),
		cmocka_unit_test(programs_read_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
