#include "tests/support/unit.h"

#include "policies/approvers.h"

static enum rc
read_text(const char *text, struct approver_need *need, struct err *err)
{
	struct yaml_doc *doc = NULL;
	enum rc rc;

	*need = (struct approver_need){ 0 };
	assert_int_equal(yaml_parse("a.yaml", span_of(text), &doc, err), RC_OK);
	rc = approvers_read(yaml_root(doc), need, err);
	yaml_doc_free(doc);
	return rc;
}

static void
all_of_it_is_read(void **state)
{
	struct approver_need n;

	(void)state;
	assert_int_equal(
	    read_text("{need: 2, from: [group:lead, group:security, identity:carol], "
		      "auth: sk, not: [self, identity:bob, group:temps], "
		      "distinct_groups: true, reason: required}",
		&n, NULL),
	    RC_OK);
	assert_int_equal(n.need, 2);
	assert_int_equal(n.proofs, PROOF_BIT(PROOF_SK));
	assert_int_equal(n.n_from, 3);
	assert_string_equal(n.from[1].name, "security");
	assert_true(n.from[1].group && !n.from[2].group);
	assert_int_equal(n.n_not, 2);
	assert_string_equal(n.not_from[0].name, "bob");
	assert_string_equal(n.not_from[1].name, "temps");
	assert_true(!n.not_from[0].group && n.not_from[1].group);
	assert_true(n.distinct_groups && n.reason);
	assert_int_equal(read_text("{need: 1, from: [group:x], not: [self], "
				   "distinct_groups: false}",
			     &n, NULL),
	    RC_OK);
	assert_int_equal(n.n_not, 0);
	assert_false(n.distinct_groups || n.reason);
	assert_int_equal(n.proofs, PROOF_BIT(PROOF_SK) | PROOF_BIT(PROOF_DEVICE));
	assert_false(n.verified);
	/* In any order: by what auth says, or would say. */
	assert_int_equal(
	    read_text("{verified: required, need: 1, from: [group:x]}", &n, NULL),
	    RC_OK);
	assert_true(n.verified && !n.reason);
	assert_int_equal(read_text("{need: 1, verified: required, from: [group:x], "
				   "auth: [device, sk, uid]}",
			     &n, NULL),
	    RC_OK);
	assert_true(n.verified);
}

static void
malformed_ones_are_refused(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "[]", "a.yaml:1:1: expected a mapping" },
		{ "{need: 1, from: [group:x], not: []}", "at least 1 entry" },
		{ "{need: 1, from: [group:x], not: self}", "expected a list" },
		{ "{need: 1, from: [group:x], not: [bob]}",
		    "a.yaml:1:34: expected group:NAME or identity:NAME" },
		{ "{need: 1, from: [group:x], not: [group:a, group:b, group:c, "
		  "group:d, "
		  "group:e, group:f, group:g, group:h, group:i]}",
		    "at most 8 entries" },
		{ "{need: 1, from: [group:x], reason: wanted}",
		    "expected required, found" },
		{ "{need: 1, from: [group:x], distinct_groups: yes}",
		    "expected true or false" },
		{ "{need: 2, from: [group:x], distinct_groups: true}",
		    "expected at least 2 names in `from`" },
		{ "{need: 1, from: [group:x], verified: true}",
		    "expected required, found" },
		{ "{need: 1, from: [group:x], auth: [key, uid], verified: required}",
		    "a.yaml:1:56: expected sk in `auth`" },
		{ "{need: 1, from: [group:x], who: x}",
		    "expected a key out of need, from, auth, distinct_groups, not, "
		    "reason, verified" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct approver_need n;
		struct err err = { "" };

		if (read_text(rows[i].text, &n, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_read),
		cmocka_unit_test(malformed_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
