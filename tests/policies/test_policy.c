#include "tests/support/unit.h"

#include "policies/policy.h"

#define HEAD "version: 1\nname: p\nrules:\n"
#define RULE HEAD "  - {id: r, effect: allow, on: [exec], aws: {operations: ['s3:ls']}"
#define DENY HEAD "  - {id: r, effect: deny, on: [exec], aws: {operations: ['s3:ls']}"
#define AWS(effect, more)                                                              \
	HEAD "  - {id: r, effect: " effect                                             \
	     ", on: [exec], aws: {operations: ['s3:ls'], " more "}}\n"
#define HOLD HEAD "  - {id: r, effect: hold, on: [exec], aws: {operations: ['s3:ls']}"

static void
malformed_files_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "", "p.yaml:1:1: " },
		{ "[]", "p.yaml:1:1: expected a mapping" },
		{ "x", "p.yaml:1:1: expected a mapping" },
		{ "name: p\nrules: []\n", "p.yaml:1:1: the key version is missing" },
		{ "version: 1\nrules: []\n", "the key name is missing" },
		{ "version: 1\nname: p\n", "the key rules is missing" },
		{ "version: 2\nname: p\nrules: []\n", "p.yaml:1:10: expected 1" },
		{ "version: 01\nname: p\nrules: []\n", "p.yaml:1:10: expected 1" },
		{ "version: 1\nname: 'a b'\nrules: []\n",
		    "p.yaml:2:7: expected a name" },
		{ "version: 1\nname: a/b\nrules: []\n", "p.yaml:2:7: expected a name" },
		{ "version: 1\nname: ''\nrules: []\n", "p.yaml:2:7: expected a name" },
		{ "version: 1\nname: [p]\nrules: []\n", "p.yaml:2:7: expected a name" },
		{ "version: 1\nname: p\nrules: {}\n", "p.yaml:3:8: expected a list" },
		{ "version: 1\nname: p\nname: q\nrules: []\n", "p.yaml:3:1: " },
		{ "version: 1\nname: p\nrules: []\nshapes: {}\n",
		    "`shapes` is not in this version" },
		{ "version: 1\nname: p\nrules: []\nrunbooks: []\n",
		    "`runbooks` is not in this version" },
		{ "version: 1\nname: p\nrules: []\nrule: []\n",
		    "p.yaml:4:1: expected a key out of version, name, defaults, rules, "
		    "sets, tests" },
		{ "version: 1\nname: p\nrules: []\ntests: {}\n",
		    "p.yaml:4:8: expected a list" },
		{ "version: 1\nname: p\nrules: []\ndefaults: {unmatched: allow}\n",
		    "p.yaml:4:23: expected deny" },
		{ "version: 1\nname: p\nrules: []\ndefaults: {undecidable: hold}\n",
		    "p.yaml:4:25: `hold` is not in this version" },
		{ "version: 1\nname: p\nrules: []\ndefaults: {undecidable: allow}\n",
		    "p.yaml:4:25: expected one of deny, hold" },
		{ "version: 1\nname: p\nrules: []\ndefaults: {other: deny}\n",
		    "p.yaml:4:12: expected a key" },
		{ "version: 1\nname: &a p\nrules: []\n", "p.yaml:2:7: " },
		{ "version: 1\nname: !!str p\nrules: []\n", "p.yaml:2:7: " },
		{ "version: 1\nname: p\nrules: []\n---\nversion: 1\n", "p.yaml:4:1: " },
		{ "version: 1\nname: p\n\trules: []\n", "p.yaml:3:" },
		{ HEAD "  - x\n", "p.yaml:4:5: expected a mapping" },
		{ HEAD "  - {}\n", "p.yaml:4:5: the key id is missing" },
		{ HEAD "  - {id: r}\n", "the key effect is missing" },
		{ HEAD "  - {id: r, effect: allow}\n", "the key on is missing" },
		{ HEAD "  - {id: r, effect: allow, on: [exec]}\n",
		    "the key aws is missing" },
		{ HEAD "  - {id: 'r r', effect: allow, on: [exec], aws: {operations: "
		       "['s3:ls']}}\n",
		    "p.yaml:4:10: expected a name" },
		{ HEAD "  - {id: r, effect: permit, on: [exec], aws: {operations: "
		       "['s3:ls']}}\n",
		    "p.yaml:4:21: expected one of deny, hold, allow" },
		{ HEAD "  - {id: r, effect: allow, on: exec, aws: {operations: "
		       "['s3:ls']}}\n",
		    "p.yaml:4:32: expected a list" },
		{ HEAD "  - {id: r, effect: allow, on: [], aws: {operations: "
		       "['s3:ls']}}\n",
		    "at least 1 entry" },
		{ HEAD "  - {id: r, effect: allow, on: [shell], aws: {operations: "
		       "['s3:ls']}}\n",
		    "p.yaml:4:33: `shell` is not in this version" },
		{ HEAD "  - {id: r, effect: allow, on: [api, api], aws: {operations: "
		       "['s3:ls']}}\n",
		    "p.yaml:4:38: api stands here twice" },
		{ HEAD "  - {id: r, effect: allow, on: [forward], aws: {operations: "
		       "['s3:ls']}}\n",
		    "`forward` is not in this version" },
		{ HEAD "  - {id: r, effect: allow, on: [ssh], aws: {operations: "
		       "['s3:ls']}}\n",
		    "expected one of exec, api, shell, forward" },
		{ HEAD "  - {id: r, effect: allow, on: [exec], aws: {}}\n",
		    "p.yaml:4:45: the key operations is missing" },
		{ HEAD
		    "  - {id: r, effect: allow, on: [exec], aws: {operations: []}}\n",
		    "at least 1 entry" },
		{ HEAD "  - {id: r, effect: allow, on: [exec], aws: {operations: "
		       "'s3:ls'}}\n",
		    "p.yaml:4:58: expected a list" },
		{ HEAD "  - {id: r, effect: allow, on: [exec], aws: {operations: "
		       "['s4:ls']}}\n",
		    "p.yaml:4:59: expected a service of the AWS CLI" },
		{ HEAD "  - {id: r, effect: allow, on: [exec], aws: {operations: "
		       "[{a: b}]}}\n",
		    "expected SERVICE:OPERATION" },
		{ HEAD "  - {id: r, effect: allow, on: [exec], aws: {operations: "
		       "['s3:ls'], resources: []}}\n",
		    "at least 1 entry" },
		{ AWS("allow", "resources: ['s3://logs']"),
		    "expected arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE" },
		{ AWS("allow", "resources: ['arn:aws:s3:::']"), "expected arn:" },
		{ AWS("allow", "resources: ['arn:aws:s3:logs']"), "expected arn:" },
		{ AWS("allow", "resources: [[x]]"), "expected arn:" },
		{ AWS("allow", "resources: '*'"), "expected a list" },
		{ AWS("allow", "options: []"), "expected a mapping" },
		{ AWS("deny", "options: {}"), "at least 1 entry" },
		{ AWS("deny", "parameters: {}"), "at least 1 entry" },
		{ AWS("allow", "options: {--output: any}"),
		    "expected the name of an option, without dashes" },
		{ AWS("allow", "options: {Output: any}"),
		    "expected the name of an option" },
		{ AWS("allow", "options: {output: eu}"),
		    "expected any, flag, the name of a set, a list or a mapping" },
		{ AWS("allow", "options: {output: []}"), "at least 1 entry" },
		{ AWS("allow", "options: {output: {in: json}}"), "expected a list" },
		{ AWS("allow", "options: {output: {}}"), "at least 1 entry" },
		{ AWS("allow", "options: {output: {in: [a], glob: b}}"),
		    "at most 1 entries" },
		{ AWS("allow", "options: {output: {re: 'a)'}}"),
		    "without an opening one at byte 2 of the expression" },
		{ AWS("allow", "options: {output: {cidr: a}}"),
		    "expected an address or a block of addresses" },
		{ AWS("allow", "options: {output: {glob: ''}}"),
		    "text of 1 to 1024 bytes" },
		{ AWS("allow", "options: {output: {int: [1]}}"), "at least 2 entries" },
		{ AWS("allow", "options: {output: {int: [1, x]}}"),
		    "expected a whole number not below the first" },
		{ AWS("allow", "options: {output: {int: [2, 1]}}"),
		    "expected a whole number not below the first" },
		{ AWS("allow", "options: {output: {int: [01, 2]}}"),
		    "expected a whole number" },
		{ AWS("allow", "options: {output: {each: {each: any}}}"),
		    "each within each" },
		{ AWS("allow", "parameters: {Bucket: flag}"),
		    "expected any, the name of a set, a list or a mapping" },
		{ AWS("allow", "parameters: {Bucket: {arn: x}}"), "expected arn:" },
		{ AWS("allow", "parameters: {'a b': any}"),
		    "expected the name of a parameter" },
		{ AWS("allow", "parameters: {InstanceIds: any, instance-ids: any}"),
		    "instance-ids stands here twice" },
		{ HEAD "  - {id: r, effect: allow, on: [api], aws: {operations: "
		       "['s3:ls'], options: {output: any}}}\n",
		    "p.yaml:4:68: options stand in rules on exec only" },
		{ "version: 1\nname: p\nsets: {eu: {paths: [x]}}\nrules: []\n",
		    "expected an absolute path" },
		{ "version: 1\nname: p\nsets: {eu: {regions: [Eu]}}\nrules: []\n",
		    "expected the name of a region" },
		{ "version: 1\nname: p\nsets: {eu: {regions: []}}\nrules: []\n",
		    "at least 1 entry" },
		{ "version: 1\nname: p\nsets: {eu: {}}\nrules: []\n",
		    "at least 1 entry" },
		{ "version: 1\nname: p\nsets: {'a b': {values: [x]}}\nrules: []\n",
		    "expected a name" },
		{ "version: 1\nname: p\nsets: []\nrules: []\n", "expected a mapping" },
		{ RULE ", where: {}}\n", "`where` is not in this version" },
		{ RULE ", command: {}}\n", "`command` is not in this version" },
		{ RULE ", script: x}\n", "`script` is not in this version" },
		{ RULE ", redirect: []}\n", "`redirect` is not in this version" },
		{ RULE ", unless: {}}\n", "`unless` is not in this version" },
		{ RULE ", when: {}}\n", "`when` is not in this version" },
		{ RULE ", rate: {}}\n", "`rate` is not in this version" },
		{ RULE ", ttl: {}}\n", "`ttl` is not in this version" },
		{ RULE ", run_as: []}\n", "`run_as` is not in this version" },
		{ RULE ", interactive: {}}\n", "`interactive` is not in this version" },
		{ RULE ", credential: {}}\n", "at least 1 entry" },
		{ RULE ", credential: {role: x}}\n", "`role` is not in this version" },
		{ RULE ", credential: {session_policy: all}}\n",
		    "expected scope, found" },
		{ RULE ", credential: {duration: 1m}}\n", "p.yaml:4:" },
		{ RULE ", credential: {duration: 13h}}\n", "p.yaml:4:" },
		{ RULE ", mask: []}\n", "`mask` is not in this version" },
		{ RULE ", limits: {}}\n", "`limits` is not in this version" },
		{ RULE ", forward: {}}\n", "`forward` is not in this version" },
		{ RULE ", ssm: {}}\n", "`ssm` is not in this version" },
		{ RULE ", files: {}}\n", "at least 1 entry" },
		{ RULE ", files: {in: /etc/passwd}}\n", "expected stdin, found" },
		{ RULE ", files: {out: stdin}}\n", "expected stdout, found" },
		{ RULE ", record: {}}\n", "the key bodies is missing" },
		{ RULE ", record: {bodies: all}}\n",
		    "expected one of masked, digest, none" },
		{ DENY ", record: {bodies: none}}\n",
		    "record stands in allow and hold rules only" },
		{ DENY ", files: {in: stdin}}\n",
		    "files stands in allow and hold rules only" },
		{ HEAD "  - {id: r, effect: allow, on: [api], aws: {operations: "
		       "['s3:PutObject']}, credential: {duration: 1h}}\n",
		    "credential stands in rules on exec only" },
		{ RULE ", stdin: none}\n", "`stdin` is not in this version" },
		{ RULE ", on_disconnect: keep}\n",
		    "`on_disconnect` is not in this version" },
		{ RULE ", Reason: x}\n", "expected a key out of id, effect" },
		{ RULE ", reason: ''}\n", "text of 1 to 256 bytes" },
		{ RULE ", reason: [x]}\n", "expected text" },
		{ RULE ", reason: \"a\\nb\"}\n", "one line of printable characters" },
		{ RULE ", reason: \"\\e[31m\"}\n", "one line of printable characters" },
		{ RULE ", who: {}}\n", "at least 1 entry" },
		{ RULE ", examples: []}\n", "expected a mapping" },
		{ RULE ", examples: {matches: []}}\n",
		    "expected a key out of match, no_match" },
		{ RULE ", approvers: {need: 1, from: [group:x]}}\n",
		    "approvers stand in hold rules only" },
		{ HOLD "}\n", "p.yaml:4:5: a hold rule needs the key approvers" },
		{ HOLD ", approvers: {from: [group:x]}}\n", "the key need is missing" },
		{ HOLD ", approvers: {need: 1}}\n", "the key from is missing" },
		{ HOLD ", approvers: {need: 0, from: [group:x]}}\n",
		    "expected a number from 1 to 16" },
		{ HOLD ", approvers: {need: 17, from: [group:x]}}\n",
		    "expected a number from 1 to 16" },
		{ HOLD ", approvers: {need: -1, from: [group:x]}}\n",
		    "expected a number from 1 to 16" },
		{ HOLD ", approvers: {need: one, from: [group:x]}}\n",
		    "expected a number from 1 to 16" },
		{ HOLD ", approvers: {need: 1, from: []}}\n", "at least 1 entry" },
		{ HOLD ", approvers: {need: 1, from: group:x}}\n", "expected a list" },
		{ HOLD ", approvers: {need: 1, from: [sre]}}\n",
		    "expected group:NAME or identity:NAME" },
		{ HOLD ", approvers: {need: 1, from: ['group:']}}\n",
		    "expected a name behind the colon" },
		{ HOLD ", approvers: {need: 1, from: ['identity:a']}}\n",
		    "expected a name behind the colon" },
		{ HOLD ", approvers: {need: 1, from: ['group:a b']}}\n",
		    "expected a name behind the colon" },
		{ HOLD ", approvers: {need: 1, from: [group:x], auth: []}}\n",
		    "at least 1 entry" },
		{ HOLD ", approvers: {need: 1, from: [group:x], auth: [password]}}\n",
		    "expected one of key, sk, device, uid" },
		{ HOLD ", approvers: {need: 1, from: [group:x], not: []}}\n",
		    "`not` is not in this version" },
		{ HOLD ", approvers: {need: 1, from: [group:x], reason: required}}\n",
		    "`reason` is not in this version" },
		{ HOLD
		    ", approvers: {need: 1, from: [group:x], distinct_groups: true}}\n",
		    "`distinct_groups` is not in this version" },
		{ RULE "}\n  - {id: r, effect: deny, on: [exec], aws: {operations: "
		       "['s3:ls']}}\n",
		    "p.yaml:5:10: the rule p/r stands already in line 4" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct policy *p = NULL;
		struct err err = { "" };

		if (policy_read("p.yaml", span_of(rows[i].text), &p, &err) !=
			RC_REFUSE ||
		    strncmp(err.text, "p.yaml:", 7) != 0 ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void
a_whole_file_is_read(void **state)
{
	static const char text[] =
	    "version: 1\nname: prod-s3.v2_x\n"
	    "defaults: {unmatched: deny, undecidable: deny}\n"
	    "rules:\n"
	    "  - {id: a, effect: allow, on: [exec], who: {kind: agent}, aws: "
	    "{operations: ['s3:ls', 'ec2:Describe*']}, reason: why not}\n"
	    "  - {id: b, effect: deny, on: [exec], aws: {operations: ['s3:*']}}\n"
	    "tests: []\n";
	struct policy *p = NULL;

	(void)state;
	assert_int_equal(policy_read("p.yaml", span_of(text), &p, NULL), RC_OK);
	assert_string_equal(p->name, "prod-s3.v2_x");
	assert_int_equal(p->n_rules, 2);
	assert_string_equal(p->rules[0].name, "prod-s3.v2_x/a");
	assert_string_equal(p->rules[0].reason, "why not");
	assert_int_equal(p->rules[0].aws->n_matches, 2);
	assert_int_equal(p->rules[1].effect, EFFECT_DENY);
	assert_null(p->rules[1].who);
	policy_free(p);
}

static void
too_many_rules_are_refused(void **state)
{
	size_t size = 100 + (POLICY_RULES + 1) * 80;
	char *text = malloc(size);
	size_t n = (size_t)snprintf(text, size, HEAD);
	struct policy *p = NULL;
	struct err err = { "" };

	(void)state;
	for (unsigned i = 0; i <= POLICY_RULES; i++)
		n += (size_t)snprintf(text + n, size - n,
		    "  - {id: r%u, effect: allow, on: [exec], aws: {operations: "
		    "['s3:ls']}}\n",
		    i);
	assert_int_equal(
	    policy_read("p.yaml", span_make(text, n), &p, &err), RC_REFUSE);
	assert_string_equal(err.text, "p.yaml:4:3: expected at most 1000 entries");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_files_are_refused_with_their_place),
		cmocka_unit_test(a_whole_file_is_read),
		cmocka_unit_test(too_many_rules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
