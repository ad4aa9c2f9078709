#include "tests/policies/asking.h"

#include "policies/fit.h"

/* A policy of one rule: effect, operations, and more keys. */
static struct pack *
rule_pack(const char *effect, const char *operations)
{
	char text[1024];

	snprintf(text, sizeof text,
	    "{version: 1, name: p, rules: [{id: r, effect: %s, on: [exec], "
	    "aws: {operations: [%s]}%s}]}",
	    effect, operations,
	    strcmp(effect, "hold") == 0 ? ", approvers: {need: 1, from: [group:sre]}"
					: "");
	return asking_pack(text);
}

static const struct identity agent = { .name = "agent-1" };
static const struct facts facts = ASKING_FACTS(&agent);

/* A command's own name stands for all its calls, but an allow with wildcards is about
 * API calls, and so is any pattern in the API's spelling. */
static void
names_of_commands_cover_their_calls(void **state)
{
	static const struct {
		const char *effect, *operations, *line;
		bool match;
	} rows[] = {
		{ "allow", "'s3:rm'", "aws s3 rm s3://logs/ --recursive", true },
		{ "allow", "'s3:DeleteObject'", "aws s3 rm s3://logs/a", true },
		{ "allow", "'s3:DeleteObject'", "aws s3 rm s3://logs/ --recursive",
		    false },
		{ "allow", "'s3:DeleteObject', 's3:ListObjectsV2'",
		    "aws s3 rm s3://logs/ --recursive", true },
		{ "hold", "'s3:DeleteObject'", "aws s3 rm s3://logs/ --recursive",
		    true },
		{ "deny", "'s3:ListObjectsV2'", "aws s3 rm s3://logs/ --recursive",
		    true },
		{ "allow", "'s3:R*'", "aws s3 rm s3://logs/a", false },
		{ "allow", "'s3:r*'", "aws s3 rm s3://logs/a", false },
		{ "deny", "'s3:R*'", "aws s3 rm s3://logs/a", false },
		{ "deny", "'s3:r*'", "aws s3 rm s3://logs/a", true },
		{ "hold", "'s3:r?'", "aws s3 rm s3://logs/a", true },
		{ "allow", "'s3:*'", "aws s3 rm s3://logs/a", true },
		{ "allow", "'s3:*'", "aws s3 sync s3://logs s3://copy --delete", true },
		{ "allow", "'s3:ls'", "aws s3api list-buckets", false },
		{ "allow", "'s3:ListBuckets'", "aws s3 ls", true },
		{ "allow", "'s3:ListBuckets'", "aws s3 ls s3://logs", false },
		{ "deny", "'s3:DeleteObject'", "aws s3 mv s3://logs/a s3://logs/b",
		    true },
		{ "deny", "'s3:PutObjectAcl'", "aws s3 cp - s3://logs/a --acl private",
		    true },
		{ "deny", "'rds:ModifyOptionGroup'",
		    "aws rds add-option-to-option-group --option-group-name x", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p = rule_pack(rows[i].effect, rows[i].operations);
		struct aws_request *req = asking_request(rows[i].line);
		struct err err = { "" };
		struct question q;

		if (question_argv(req, &facts, &q, &err) != RC_OK)
			fail_msg("%s", err.text);
		if (fit_rule(pack_rules(p)->rules[0], &q) != rows[i].match)
			fail_msg("%s %s: %s", rows[i].effect, rows[i].operations,
			    rows[i].line);
		question_clear(&q);
		aws_free(req);
		pack_free(p);
	}
}

static void
approvers_are_read(void **state)
{
	struct pack *p = asking_pack(
	    "{version: 1, name: p, rules: [{id: r, effect: hold, on: [exec], "
	    "aws: {operations: ['s3:rm']}, approvers: {need: 2, from: [group:sre, "
	    "identity:alice], auth: [key, sk]}}, {id: s, effect: hold, on: [exec], "
	    "aws: {operations: ['s3:rb']}, approvers: {need: 16, from: [group:x]}}]}");
	const struct approver_need *n = pack_rules(p)->rules[0]->need;

	(void)state;
	assert_string_equal(n->rule, "p/r");
	assert_int_equal(n->need, 2);
	assert_int_equal(n->proofs, PROOF_BIT(PROOF_KEY) | PROOF_BIT(PROOF_SK));
	assert_int_equal(n->n_from, 2);
	assert_true(n->from[0].group);
	assert_string_equal(n->from[0].name, "sre");
	assert_false(n->from[1].group);
	assert_string_equal(n->from[1].name, "alice");
	/* Without a word on proofs, only those with a person behind them. */
	assert_int_equal(pack_rules(p)->rules[1]->need->proofs,
	    PROOF_BIT(PROOF_SK) | PROOF_BIT(PROOF_DEVICE));
	pack_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_commands_cover_their_calls),
		cmocka_unit_test(approvers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
