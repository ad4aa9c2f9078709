#include "tests/support/unit.h"

#include "policies/arnpattern.h"
#include "policies/who.h"

static enum rc
read_text(const char *text, struct yaml_doc **doc, struct who **w, struct err *err)
{
	*w = NULL;
	assert_int_equal(yaml_parse("w.yaml", span_of(text), doc, err), RC_OK);
	return who_read(yaml_root(*doc), w, err);
}

static void
conditions_hold_or_do_not(void **state)
{
	static const char *groups[] = { "ops", "sre" };
	static const struct identity alice = { .name = "alice",
		.kind = IDENTITY_HUMAN,
		.groups = groups,
		.group_count = 2 };
	static const struct facts facts = {
		.who = &alice, .proof = PROOF_KEY, .auth_age = 60000
	};
	static const struct {
		const char *text;
		bool holds;
	} rows[] = {
		{ "{identity: alice}", true },
		{ "{identity: alic}", false },
		{ "{identity: [bob, alice]}", true },
		{ "{group: sre}", true },
		{ "{group: [x, y]}", false },
		{ "{group: [x, ops]}", true },
		{ "{kind: human}", true },
		{ "{kind: agent}", false },
		{ "{kind: [agent, human]}", true },
		{ "{kind: human, group: x}", false },
		{ "{kind: human, group: sre, identity: alice}", true },
		{ "{auth: {method: key}}", true },
		{ "{auth: {method: [sk, device]}}", false },
		{ "{auth: {max_age: 60s}}", true },
		{ "{auth: {max_age: 59s}}", false },
		{ "{auth: {method: key, max_age: 1s}}", false },
		{ "{not: {kind: agent}}", true },
		{ "{not: {kind: human}}", false },
		{ "{not: {kind: human, group: x}}", true },
		{ "{not: {not: {kind: human}}}", true },
		{ "{any: [{kind: agent}, {group: sre}]}", true },
		{ "{any: [{kind: agent}, {group: x}]}", false },
		{ "{all: [{kind: human}, {group: sre}]}", true },
		{ "{all: [{kind: human}, {group: x}]}", false },
		{ "{any: [{kind: human}], identity: bob}", false },
		{ "{any: [{all: [{group: x}]}, {not: {any: [{group: y}]}}]}", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct who *w;

		assert_int_equal(read_text(rows[i].text, &doc, &w, NULL), RC_OK);
		if (who_holds(w, &facts) != rows[i].holds)
			fail_msg("%s", rows[i].text);
		who_free(w);
		yaml_doc_free(doc);
	}
	assert_true(who_holds(NULL, &facts));
}

static void
malformed_conditions_are_refused(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "alice", "w.yaml:1:1: expected a mapping" },
		{ "[]", "w.yaml:1:1: expected a mapping" },
		{ "{}", "w.yaml:1:1: expected at least 1 entry" },
		{ "{claim: mfa}", "w.yaml:1:9: expected a mapping" },
		{ "{claim: {}}", "at least 1 entry" },
		{ "{claim: {mfa: ''}}", "w.yaml:1:15: expected text of 1 to 256" },
		{ "{claim: {'': x}}", "w.yaml:1:10: expected text of 1 to 128" },
		{ "{claim: {mfa: []}}", "at least 1 entry" },
		{ "{claim: {mfa: {re: x}}}", "expected a key out of glob, in" },
		{ "{delegated_by: x}",
		    "w.yaml:1:16: expected the name of an identity" },
		{ "{delegated_by: []}", "at least 1 entry" },
		{ "{name: alice}", "w.yaml:1:2: expected a key out of any, all" },
		{ "{identity: a}", "w.yaml:1:12: expected the name of an identity" },
		{ "{identity: [alice, 'b c']}", "w.yaml:1:20: expected the name" },
		{ "{identity: []}", "at least 1 entry" },
		{ "{identity: {x: y}}", "expected a list" },
		{ "{group: 'a/b'}", "expected the name of a group" },
		{ "{group: [[a]]}", "expected text" },
		{ "{kind: robot}", "expected one of agent, human" },
		{ "{auth: key}", "expected a mapping" },
		{ "{auth: {}}", "at least 1 entry" },
		{ "{auth: {method: password}}",
		    "expected one of key, sk, device, uid" },
		{ "{auth: {max_age: 10}}", "w.yaml:1:18: expected" },
		{ "{auth: {max_age: 0s}}", "w.yaml:1:18: expected" },
		{ "{auth: {age: 10s}}", "expected a key out of method, max_age" },
		{ "{any: {kind: human}}", "expected a list" },
		{ "{any: []}", "at least 1 entry" },
		{ "{any: [x]}", "expected a mapping" },
		{ "{any: [{}]}", "at least 1 entry" },
		{ "{not: [{kind: human}]}", "expected a mapping" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct who *w;
		struct err err = { "" };

		if (read_text(rows[i].text, &doc, &w, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		yaml_doc_free(doc);
	}
}

/* What a claim says is not known of somebody whose proof had none: no allow may act on
 * it, nor on its contrary, and each deny does. */
static void
claims_may_be_unknown(void **state)
{
	static const struct facts_pair pairs[] = { { "mfa", "true" },
		{ "team", "blue" }, { "team", "green" } };
	static const struct identity alice = { .name = "alice",
		.kind = IDENTITY_HUMAN };
	static const struct facts facts = { .who = &alice,
		.proof = PROOF_DEVICE,
		.claims = pairs,
		.n_claims = 3,
		.delegated_by = "bob" };
	static const struct {
		const char *text;
		unsigned fit;
	} rows[] = {
		{ "{claim: {mfa: 'true'}}", FIT_BOTH },
		{ "{claim: {mfa: true}}", FIT_BOTH },
		{ "{claim: {mfa: 'TRUE'}}", FIT_NO },
		{ "{claim: {mfa: [x, 'true']}}", FIT_BOTH },
		{ "{claim: {mfa: {glob: 't*'}}}", FIT_BOTH },
		{ "{claim: {team: green}}", FIT_BOTH },
		{ "{claim: {team: red}}", FIT_NO },
		{ "{claim: {MFA: 'true'}}", FIT_MAYBE },
		{ "{claim: {mfa: 'true', other: x}}", FIT_MAYBE },
		{ "{claim: {mfa: 'false', other: x}}", FIT_NO },
		{ "{not: {claim: {mfa: 'true'}}}", FIT_NO },
		{ "{not: {claim: {mfa: 'false'}}}", FIT_BOTH },
		{ "{not: {claim: {other: x}}}", FIT_MAYBE },
		{ "{not: {not: {claim: {other: x}}}}", FIT_MAYBE },
		{ "{any: [{claim: {other: x}}, {kind: human}]}", FIT_BOTH },
		{ "{any: [{claim: {other: x}}, {kind: agent}]}", FIT_MAYBE },
		{ "{all: [{claim: {other: x}}, {kind: agent}]}", FIT_NO },
		{ "{not: {any: [{claim: {other: x}}, {kind: human}]}}", FIT_NO },
		{ "{delegated_by: bob}", FIT_BOTH },
		{ "{delegated_by: [carol, bob]}", FIT_BOTH },
		{ "{delegated_by: carol}", FIT_NO },
		{ "{not: {delegated_by: carol}}", FIT_BOTH },
	};
	static const struct facts alone = { .who = &alice, .proof = PROOF_KEY };
	struct yaml_doc *doc = NULL;
	struct who *w;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(read_text(rows[i].text, &doc, &w, NULL), RC_OK);
		if (who_fit(w, &facts) != rows[i].fit)
			fail_msg("%s: %u", rows[i].text, who_fit(w, &facts));
		assert_int_equal(who_holds(w, &facts), rows[i].fit == FIT_BOTH);
		who_free(w);
		yaml_doc_free(doc);
	}
	/* Nobody is behind somebody who asks alone: that is known. */
	assert_int_equal(read_text("{delegated_by: bob}", &doc, &w, NULL), RC_OK);
	assert_int_equal(who_fit(w, &alone), FIT_NO);
	who_free(w);
	yaml_doc_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_hold_or_do_not),
		cmocka_unit_test(claims_may_be_unknown),
		cmocka_unit_test(malformed_conditions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
