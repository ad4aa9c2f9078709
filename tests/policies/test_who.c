#include "tests/support/unit.h"

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
		{ "{claim: {mfa: x}}", "w.yaml:1:2: `claim` is not in this version" },
		{ "{delegated_by: x}", "`delegated_by` is not in this version" },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_hold_or_do_not),
		cmocka_unit_test(malformed_conditions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
