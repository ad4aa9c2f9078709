#include "tests/support/unit.h"

#include "policies/policy.h"

#define HEAD "version: 1\nname: p\nrules:\n"
#define RULE HEAD "  - {id: r, effect: allow, on: [exec], aws: {operations: ['s3:ls']}"
#define DENY HEAD "  - {id: r, effect: deny, on: [exec], aws: {operations: ['s3:ls']}"
#define AWS(effect, more)                                                              \
	HEAD "  - {id: r, effect: " effect                                             \
	     ", on: [exec], aws: {operations: ['s3:ls'], " more "}}\n"
#define HELD HOLD ", approvers: {need: 1, from: [group:x]}"
#define LINE(shape) HEAD "  - {id: r, effect: allow, on: [shell], command: " shape "}\n"
#define SHELL HEAD "  - {id: r, effect: allow, on: [shell], command: {name: ls}"
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
		{ "version: 1\nname: p\nrules: []\nshapes: []\n",
		    "p.yaml:4:9: expected a mapping" },
		{ "version: 1\nname: p\nrules: []\nrule: []\n",
		    "p.yaml:4:1: expected a key out of version, name, defaults, rules, "
		    "sets, tests, shapes, runbooks" },
		{ "version: 1\nname: p\nrules: []\ntests: {}\n",
		    "p.yaml:4:8: expected a list" },
		{ "version: 1\nname: p\nrules: []\ndefaults: {unmatched: allow}\n",
		    "p.yaml:4:23: expected deny" },
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
		    "p.yaml:4:5: expected one of the keys aws, command, forward, ssm, "
		    "script" },
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
		    "p.yaml:4:41: aws stands in rules on exec or api only" },
		{ HEAD "  - {id: r, effect: allow, on: [api, api], aws: {operations: "
		       "['s3:ls']}}\n",
		    "p.yaml:4:38: api stands here twice" },
		{ HEAD "  - {id: r, effect: allow, on: [forward], aws: {operations: "
		       "['s3:ls']}}\n",
		    "aws stands in rules on exec or api only" },
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
		{ AWS("deny", "parameters: {Bucket: any}, required: Bucket"),
		    "where something is let through" },
		{ AWS("allow", "parameters: {Bucket: any}, required: Key"),
		    "a name that stands under parameters or options" },
		{ AWS("allow", "required: [Key]"),
		    "a name that stands under parameters or options" },
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
		{ RULE ", where: {}}\n", "at least 1 entry" },
		{ RULE ", where: {host: x}}\n", "expected a key out of target" },
		{ RULE ", when: {}}\n", "at least 1 entry" },
		{ RULE ", when: {change_ticket: required}}\n",
		    "`change_ticket` is not in this version" },
		{ RULE ", when: {tz: Nowhere}}\n", "expected a time zone" },
		{ RULE ", script: x}\n",
		    "p.yaml:4:70: script stands in rules on shell only" },
		{ RULE ", forward: {}}\n", "forward stands in rules on forward only" },
		{ RULE ", ssm: {}}\n", "ssm stands in rules on shell only" },
		{ RULE ", redirect: [null]}\n",
		    "p.yaml:4:70: redirect stands in rules on shell only" },
		{ RULE ", run_as: [app]}\n", "run_as stands in rules on shell only" },
		{ RULE ", interactive: {}}\n",
		    "interactive stands in rules on shell only" },
		{ RULE ", unless: {}}\n", "at least 1 entry" },
		{ RULE ", unless: []}\n", "expected a mapping" },
		{ RULE ", unless: {id: x}}\n",
		    "expected a key out of who, where, when, command, aws" },
		{ RULE ", unless: {who: {}}}\n", "at least 1 entry" },
		{ RULE ", unless: {where: {}}}\n", "at least 1 entry" },
		{ RULE ", unless: {when: {days: x}}}\n", "expected a day" },
		{ RULE ", unless: {aws: {}}}\n", "the key operations is missing" },
		{ RULE ", unless: {aws: {operations: ['s3:ls'], options: {}}}}\n",
		    "at least 1 entry" },
		{ RULE ", unless: {command: {name: ls}}}\n",
		    "p.yaml:4:79: the rule is not about a command" },
		{ RULE ", rate: {}}\n", "the key n is missing" },
		{ RULE ", rate: {n: 1}}\n", "the key per is missing" },
		{ RULE ", rate: {n: 0, per: 1m}}\n",
		    "expected a number from 1 to 1000000" },
		{ RULE ", rate: {n: 1, per: 0s}}\n", "expected a duration from 1s" },
		{ RULE ", rate: {n: 1, per: 32d}}\n", "expected a duration from 1s" },
		{ RULE ", rate: {n: 1, per: 1m, by: []}}\n", "at least 1 entry" },
		{ RULE ", rate: {n: 1, per: 1m, by: [user]}}\n",
		    "expected one of identity, target, rule" },
		{ RULE ", ttl: {use: 1m}}\n",
		    "p.yaml:4:70: ttl stands in hold rules only" },
		{ RULE ", stdin: none}\n", "stdin stands in hold rules only" },
		{ RULE ", on_disconnect: keep}\n",
		    "on_disconnect stands in hold rules only" },
		{ RULE ", mask: secrets}\n", "expected a list of masks, or a mapping" },
		{ RULE ", mask: []}\n", "at least 1 entry" },
		{ RULE ", mask: ['a b']}\n", "expected the name of a mask" },
		{ RULE ", mask: {}}\n", "at least 1 entry" },
		{ RULE ", mask: {remove: [x]}}\n",
		    "expected a key out of add, reveal" },
		{ RULE ", mask: {reveal: []}}\n", "at least 1 entry" },
		{ RULE ", mask: {reveal: [x]}}\n", "expected SERVICE:OPERATION" },
		{ RULE ", mask: {reveal: ['s3:*']}}\n",
		    "expected an operation without * and ?" },
		{ RULE ", mask: {reveal: ['s3:ls']}}\n",
		    "p.yaml:4:77: reveal stands in hold rules only" },
		{ RULE ", limits: {}}\n", "at least 1 entry" },
		{ RULE ", limits: {time: 0s}}\n", "expected a duration" },
		{ RULE ", limits: {time: 8d}}\n", "expected a duration" },
		{ RULE ", limits: {output: 0}}\n", "expected a size" },
		{ RULE ", limits: {output: lots}}\n", "expected a size" },
		{ RULE ", limits: {memory: 1}}\n",
		    "expected a key out of time, output" },
		{ DENY ", rate: {n: 1, per: 1m}}\n",
		    "rate stands in allow and hold rules only" },
		{ DENY ", mask: [x]}\n", "mask stands in allow and hold rules only" },
		{ DENY ", limits: {time: 1s}}\n",
		    "limits stands in allow and hold rules only" },
		{ DENY ", approvers: {need: 1, from: [group:x]}}\n",
		    "approvers stands in hold rules only" },
		{ HELD ", ttl: {}}\n", "at least 1 entry" },
		{ HELD ", ttl: {decide: 8d}}\n", "expected a duration from 1s to 7d" },
		{ HELD ", ttl: {once: 1m}}\n", "expected a key out of decide, use" },
		{ HELD ", stdin: any}\n", "expected one of none, unreviewed, hashed" },
		{ HELD ", on_disconnect: wait}\n", "expected one of keep, cancel" },
		/* Lines of a shell. */
		{ LINE("ls"), "p.yaml:4:50: expected a mapping" },
		{ LINE("[{name: ls}]"), "expected a mapping" },
		{ LINE("{}"), "p.yaml:4:50: the key name is missing" },
		{ LINE("{any: {name: ls}}"), "expected a list" },
		{ LINE("{any: []}"), "at least 1 entry" },
		{ LINE("{any: [{name: ls}], name: ls}"), "expected a key out of any" },
		{ LINE("{any: [x]}"), "p.yaml:4:57: expected a mapping" },
		{ LINE("{undecidable: true}"),
		    "p.yaml:4:51: undecidable stands in hold and deny rules only" },
		{ LINE("{undecidable: yes}"), "p.yaml:4:64: expected true" },
		{ LINE("{undecidable: true, name: ls}"), "undecidable stands alone" },
		{ HEAD "  - {id: r, effect: deny, on: [exec], command: {undecidable: "
		       "true}}\n",
		    "undecidable stands in rules on shell only" },
		{ HEAD "  - {id: r, effect: hold, on: [shell], command: {undecidable: "
		       "true}, approvers: {need: 1, from: [group:x]}}\n",
		    "p.yaml:4:50: undecidable lines are held only where the file "
		    "says" },
		{ HEAD "  - {id: r, effect: allow, on: [shell, api], command: {name: "
		       "ls}}\n",
		    "p.yaml:4:40: nothing in this rule is about api" },
		{ HEAD "  - {id: r, effect: allow, on: [exec, forward], aws: "
		       "{operations: ['s3:ls']}}\n",
		    "p.yaml:4:39: nothing in this rule is about forward" },
		{ HEAD "  - {id: r, effect: allow, on: [forward], command: {name: "
		       "ls}}\n",
		    "command stands in rules on exec or shell only" },
		{ SHELL ", redirect: null}\n", "p.yaml:4:72: expected a list" },
		{ SHELL ", redirect: []}\n", "at least 1 entry" },
		{ SHELL ", redirect: [nul]}\n",
		    "p.yaml:4:73: expected one of null, merge" },
		{ SHELL ", redirect: [null, null]}\n", "null stands here twice" },
		{ SHELL ", redirect: [merge, merge]}\n", "merge stands here twice" },
		{ SHELL ", redirect: [[null]]}\n", "expected null, merge or {from" },
		{ SHELL ", redirect: [{to: x}]}\n", "expected a key out of from" },
		{ SHELL ", redirect: [{from: nothing}]}\n", "p.yaml:4:80: expected" },
		{ SHELL ", redirect: [{from: [/a]}, {from: [/b]}]}\n",
		    "from stands here twice" },
		{ SHELL ", redirect: [a, b, c, d]}\n", "at most 3 entries" },
		{ SHELL ", run_as: root}\n", "expected a list" },
		{ SHELL ", run_as: []}\n", "at least 1 entry" },
		{ SHELL ", run_as: ['#0']}\n", "expected the name of an OS user" },
		{ SHELL ", run_as: [0]}\n", "expected the name of an OS user" },
		{ SHELL ", interactive: {}}\n", "the key opaque is missing" },
		{ SHELL ", interactive: {opaque: accepted}}\n",
		    "the key reason is missing" },
		{ SHELL ", interactive: {opaque: true, reason: x}}\n",
		    "expected accepted, found" },
		{ SHELL ", interactive: {opaque: accepted, reason: ''}}\n",
		    "text of 1 to 256 bytes" },
		{ SHELL ", interactive: {opaque: accepted, reason: x, idle: 0s}}\n",
		    "expected a duration from 1s to 1d" },
		{ SHELL ", interactive: {opaque: accepted, reason: x, max: 2d}}\n",
		    "expected a duration from 1s to 1d" },
		{ SHELL ", credential: {duration: 1h}}\n",
		    "credential stands in rules on exec only" },
		{ SHELL ", unless: {aws: {operations: ['s3:ls']}}}\n",
		    "the rule is not about aws" },
		{ SHELL ", unless: {command: {}}}\n", "the key name is missing" },
		{ HEAD "  - {id: r, effect: allow, on: [shell], ssm: {mode: [single]}, "
		       "interactive: {opaque: accepted, reason: x}}\n",
		    "interactive stands in rules with a command only" },
		{ HEAD "  - {id: r, effect: allow, on: [forward], forward: {}}\n",
		    "p.yaml:4:52: the key port is missing" },
		{ HEAD "  - {id: r, effect: allow, on: [shell], ssm: {}}\n",
		    "at least 1 entry" },
		{ HEAD "  - {id: r, effect: allow, on: [shell], script: {}}\n",
		    "the key name is missing" },
		{ HEAD "  - {id: r, effect: hold, on: [forward], forward: {port: 22}, "
		       "stdin: none, approvers: {need: 1, from: [group:x]}}\n",
		    "stdin stands in rules on exec or shell only" },
		{ RULE ", credential: {}}\n", "at least 1 entry" },
		{ RULE ", credential: {role: x}}\n", "expected the ARN of a role" },
		{ RULE ", credential: {session_policy: all}}\n",
		    "expected scope, found" },
		{ RULE ", credential: {duration: 1m}}\n", "p.yaml:4:" },
		{ RULE ", credential: {duration: 13h}}\n", "p.yaml:4:" },
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
		    "approvers stands in hold rules only" },
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
		    "at least 1 entry" },
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

/* Every key of the language in one file, and what became of it. */
static void
all_that_a_rule_can_say_is_read(void **state)
{
	static const char text[] =
	    "version: 1\nname: p\ndefaults: {unmatched: deny, undecidable: hold}\n"
	    "sets: {logs: {paths: ['/var/log/**']}}\n"
	    "shapes: {filter: {operands: none}}\n"
	    "rules:\n"
	    "  - {id: a, effect: hold, on: [shell], who: {group: x}, where: {env: "
	    "prod},"
	    " when: {days: mon-fri}, command: {any: [{name: ls}, {name: cat}]},"
	    " redirect: [null, merge, {from: logs}], run_as: [root, app],"
	    " approvers: {need: 1, from: [group:x]}, rate: {n: 2, per: 1m},"
	    " ttl: {decide: 1m}, limits: {time: 5s}, mask: [m],"
	    " interactive: {opaque: accepted, reason: why}, stdin: hashed,"
	    " on_disconnect: cancel,"
	    " unless: {who: {kind: agent}, where: {env: x}, when: {days: mon},"
	    " command: {name: cat}}}\n"
	    "  - {id: b, effect: hold, on: [shell], command: {undecidable: true},"
	    " approvers: {need: 1, from: [group:x]}}\n"
	    "  - {id: c, effect: deny, on: [shell], command: {undecidable: true}}\n"
	    "  - {id: d, effect: allow, on: [forward], forward: {port: 22}}\n"
	    "  - {id: e, effect: allow, on: [shell], ssm: {shell: true},"
	    " script: {name: s}, redirect: [{from: [/tmp/x]}]}\n"
	    "  - {id: f, effect: allow, on: [exec], aws: {operations: ['s3:ls']},"
	    " unless: {aws: {operations: ['s3:rb']}},"
	    " credential: {role: 'arn:aws:iam::111122223333:role/x'}}\n"
	    "  - {id: g, effect: deny, on: [exec, api, shell], command: {name: ls},"
	    " aws: {operations: ['s3:*']}}\n";
	struct policy *p = NULL;
	struct err err = { "" };
	const struct rule *r;

	(void)state;
	if (policy_read("p.yaml", span_of(text), &p, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_true(p->hold_undecidable);
	assert_non_null(p->sets);
	assert_non_null(p->shapes);
	r = &p->rules[0];
	assert_true(r->who != NULL && r->where != NULL && r->when != NULL);
	assert_int_equal(r->n_shapes, 2);
	assert_true(r->redirect_null && r->redirect_merge);
	assert_int_equal(yaml_count(r->redirect_from), 1);
	assert_int_equal(yaml_count(r->run_as), 2);
	assert_string_equal(r->terms.rate.rule, "p/a");
	assert_string_equal(r->need->rule, "p/a");
	assert_int_equal(r->terms.asks, VERDICT_ASK_MASK | VERDICT_ASK_INTERACTIVE |
					    VERDICT_ASK_HASHED | VERDICT_ASK_CANCEL);
	assert_true(r->unless->who != NULL && r->unless->where != NULL &&
		    r->unless->when != NULL && r->unless->aws == NULL);
	assert_int_equal(r->unless->n_shapes, 1);
	assert_true(p->rules[1].undecidable && p->rules[2].undecidable);
	assert_int_equal(p->rules[1].n_shapes, 0);
	assert_non_null(p->rules[3].forward);
	assert_true(p->rules[4].ssm != NULL && p->rules[4].script != NULL);
	assert_int_equal(yaml_count(p->rules[4].redirect_from), 1);
	assert_non_null(p->rules[5].unless->aws);
	assert_non_null(p->rules[5].where);
	assert_int_equal(p->rules[6].paths,
	    RULE_PATH(PATH_EXEC) | RULE_PATH(PATH_API) | RULE_PATH(PATH_SHELL));
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
		cmocka_unit_test(all_that_a_rule_can_say_is_read),
		cmocka_unit_test(too_many_rules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
