#include "tests/support/unit.h"

#include "policies/pack.h"

#define RULE                                                                           \
	"version: 1\nname: p\nrules:\n"                                                \
	"  - {id: r, effect: allow, on: [exec], who: {group: agents}, "                \
	"aws: {operations: ['s3:ls']}"
#define TESTS RULE "}\ntests:\n"

#define PLACED                                                                         \
	"version: 1\nname: p\nrules:\n"                                                \
	"  - {id: r, effect: allow, on: [exec, api], aws: {operations: "               \
	"['dynamodb:GetItem'], resources: "                                            \
	"['arn:aws:dynamodb:eu-north-1:999988887777:table/t']}, examples: {place: "    \
	"{account: '999988887777', region: eu-north-1}, match: ['aws dynamodb "        \
	"get-item --table-name t --key k', {operation: 'dynamodb:GetItem', "           \
	"parameters: {TableName: t}}], no_match: ['aws --region us-east-1 dynamodb "   \
	"get-item --table-name t --key k', {operation: 'dynamodb:GetItem', "           \
	"parameters: {TableName: u}}]}}\ntests:\n"

/* A file with everything that has lines, sessions, ports and scripts. */
#define WIDE                                                                           \
	"version: 1\nname: p\ndefaults: {undecidable: hold}\n"                         \
	"sets: {logs: {paths: ['/var/log/**']}}\nrules:\n"                             \
	"  - {id: look, effect: allow, on: [shell], who: {group: ops, claim: {mfa: "   \
	"'true'}}, where: {env: prod, tag: {app: shop}}, command: {any: [{name: cat, " \
	"operands: {each: {path_in: logs}}}, {name: uptime, operands: none}]}, "       \
	"redirect: [null, merge], when: {hours: '08:00-18:00'}, examples: {match: "    \
	"['cat /var/log/a', 'uptime; cat /var/log/b 2>/dev/null'], no_match: ['cat "   \
	"/etc/passwd', 'uptime > /tmp/x', 'ls', 'uptime; ls', 'cat $x', 'aws s3 ls', " \
	"{ssm: {mode: single}}]}}\n"                                                   \
	"  - {id: fix, effect: hold, on: [shell], command: {name: systemctl, verb: "   \
	"[restart], operands: {max: 1, each: {in: [nginx]}}}, run_as: [root], "        \
	"approvers: {need: 1, from: [group:lead]}, examples: {match: ['systemctl "     \
	"restart nginx', 'sudo -u root systemctl restart nginx'], no_match: "          \
	"['systemctl stop nginx', 'sudo -u app systemctl restart nginx', "             \
	"'uptime']}}\n"                                                                \
	"  - {id: odd, effect: hold, on: [shell], command: {undecidable: true}, "      \
	"rate: {n: 3, per: 1h}, "                                                      \
	"approvers: {need: 1, from: [group:lead]}, examples: {match: ['echo $x'], "    \
	"no_match: [uptime, '']}}\n"                                                   \
	"  - {id: never, effect: deny, on: [exec, shell], command: {name: [rm, "       \
	"'mkfs*'], options: any, operands: any}, unless: {command: {name: rm, "        \
	"operands: {each: {path_in: [/tmp/**]}}}}, examples: {match: ['rm -rf /', "    \
	"'/sbin/mkfs.ext4 /dev/sda', 'sudo -u root rm x', 'uptime && rm x'], "         \
	"no_match: ['rm /tmp/a', 'ls']}}\n"                                            \
	"  - {id: port, effect: allow, on: [forward], forward: {port: [5432], "        \
	"target: "                                                                     \
	"db-1}, examples: {place: {target: db-1}, match: [{forward: {port: 5432}}], "  \
	"no_match: [{forward: "                                                        \
	"{port: 22}}, {forward: {host: x, port: 5432}}]}}\n"                           \
	"  - {id: open, effect: allow, on: [shell], ssm: {mode: [fed], shell: true}, " \
	"examples: {match: [{ssm: {mode: fed, document: D-1}}], no_match: [{ssm: "     \
	"{mode: raw}}]}}\n"                                                            \
	"  - {id: script, effect: allow, on: [shell], script: {name: tidy, operands: " \
	"{max: 1, each: {int: [1, 9]}}}, examples: {match: [{script: {name: tidy, "    \
	"arguments: ['3']}}], no_match: [{script: {name: tidy, arguments: ['30']}}, "  \
	"{script: {name: other}}]}}\n"                                                 \
	"  - {id: role, effect: allow, on: [exec], aws: {operations: ['s3:ls']}, "     \
	"where: {region: eu-west-1, profile: [default, other]}, "                      \
	"credential: {role: 'arn:aws:iam::111122223333:role/a'}}\n"
#define OPS "as: {group: ops, claims: {mfa: 'true'}}, path: shell, "
#define SHOP "place: {env: prod, tags: {app: shop}}, at: '2026-01-02T12:00Z', "

static enum rc
load(const char *text, struct err *err)
{
	struct pack_text t = { "p.yaml", span_of(text) };
	struct pack *p = NULL;
	enum rc rc = pack_read(&t, 1, &p, err);

	pack_free(p);
	return rc;
}

static void
true_answers_pass(void **state)
{
	static const char *const rows[] = {
		RULE
		", examples: {match: ['aws s3 ls', 'aws s3 ls s3://logs'], "
		"no_match: ['aws s3 rm s3://logs/a', 'rm -rf /', 'aws s3 ls; id']}}\n",
		TESTS "  - {as: {group: agents}, line: aws s3 ls, expect: allow}\n",
		TESTS
		"  - {as: {group: agents}, line: aws s3 ls, expect: allow, rule: r}\n",
		TESTS
		"  - {as: {group: [x, agents], kind: human, identity: alice, auth: "
		"{method: sk, age: 5m}}, argv: [aws, s3, ls], expect: allow}\n",
		TESTS "  - {as: {group: x}, line: aws s3 ls, expect: deny, rule: ''}\n",
		TESTS "  - {as: {group: agents}, line: aws s3 ls; id, expect: deny}\n",
		TESTS "  - {as: {group: agents}, argv: [sh], expect: deny}\n",
		TESTS "  []\n",
		WIDE
		"tests:\n"
		"  - {" OPS SHOP "line: uptime, expect: allow, rule: look}\n"
		"  - {" OPS SHOP "line: 'ls', expect: deny, reason: unmatched}\n"
		"  - {" OPS SHOP "line: 'rm x', expect: deny, rule: never, "
		"reason: rule}\n"
		"  - {" OPS SHOP "line: 'echo $x', expect: hold, rule: odd}\n"
		"  - {" OPS SHOP "line: '', expect: deny, reason: empty}\n"
		"  - {" OPS "place: {env: prod, tags: {app: shop}}, at: "
		"'2026-01-02T18:00Z', line: uptime, expect: deny}\n"
		/* What is not known is not there to be allowed on. */
		"  - {" OPS "place: {env: prod, tags: {app: shop}}, line: uptime, "
		"expect: deny}\n"
		"  - {" OPS "place: {env: prod}, at: '2026-01-02T12:00Z', line: "
		"uptime, expect: deny}\n"
		"  - {as: {group: ops, claims: {mfa: [x, 'true']}}, path: shell, " SHOP
		"line: uptime, expect: allow}\n"
		"  - {as: {group: ops}, path: shell, " SHOP
		"line: uptime, expect: deny}\n"
		"  - {as: {}, line: 'rm x', expect: deny, rule: never}\n"
		"  - {as: {}, argv: [rm, x], expect: deny, rule: never}\n"
		"  - {as: {}, line: 'ls x', expect: deny, rule: ''}\n"
		"  - {as: {}, line: 'aws s3 ls; x', expect: deny, reason: "
		"operator}\n"
		"  - {as: {}, line: aws s3 nosuch, expect: deny, reason: command}\n"
		"  - {as: {}, forward: {port: 5432}, place: {target: db-1, "
		"target_id: i-0abc}, expect: allow, rule: port}\n"
		"  - {as: {}, forward: {port: 5432}, place: {target: db-2, "
		"target_id: i-0abc}, expect: deny, reason: unmatched}\n"
		"  - {as: {}, ssm: {mode: fed}, expect: allow, rule: open}\n"
		"  - {as: {}, ssm: {mode: program}, expect: deny}\n"
		"  - {as: {}, script: {name: tidy}, expect: allow}\n"
		"  - {as: {}, script: {name: tidy, arguments: [a]}, expect: "
		"deny}\n"
		"  - {as: {}, line: aws s3 ls, place: {role: "
		"'arn:aws:iam::111122223333:role/a'}, expect: allow}\n"
		"  - {as: {}, line: aws s3 ls, place: {role: "
		"'arn:aws:iam::111122223333:role/b'}, expect: deny}\n"
		"  - {as: {}, line: aws s3 ls, expect: deny}\n"
		"  - {as: {}, line: aws --region eu-west-2 s3 ls, place: {role: "
		"'arn:aws:iam::111122223333:role/a'}, expect: deny}\n"
		"  - {as: {}, line: aws --profile other s3 ls, place: {role: "
		"'arn:aws:iam::111122223333:role/a'}, expect: allow}\n"
		"  - {as: {}, line: aws --profile third s3 ls, place: {role: "
		"'arn:aws:iam::111122223333:role/a'}, expect: deny}\n",
		PLACED
		"  - {as: {group: agents}, line: aws s3 rm s3://logs/a, expect: "
		"deny}\n"
		"  - {as: {group: agents}, line: aws dynamodb get-item --table-name "
		"t --key k, place: {account: '999988887777', region: eu-north-1}, "
		"expect: allow, rule: r}\n"
		"  - {as: {group: agents}, line: aws dynamodb get-item --table-name "
		"t --key k, expect: deny}\n",
		PLACED
		"  - {as: {}, call: {operation: 'dynamodb:GetItem', region: "
		"eu-north-1, parameters: {TableName: t, Key: ~unknown}}, place: "
		"{account: '999988887777'}, expect: allow, rule: r}\n"
		"  - {as: {}, call: {operation: 'dynamodb:get-item', parameters: "
		"{table-name: t}}, place: {account: '999988887777'}, expect: deny}\n"
		"  - {as: {}, call: {operation: 's3:DeleteObjects', parameters: "
		"{Bucket: b, Delete: ~unknown, Delete.Objects.Key: [a, b]}}, expect: "
		"deny, rule: ''}\n"
		/* What it needs cannot be told. */
		"  - {as: {}, call: {operation: 's3:DeleteObjects', parameters: "
		"{Bucket: b}}, expect: deny}\n",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };

		if (load(rows[i], &err) != RC_OK)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void
wrong_or_malformed_ones_refuse_the_file(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ RULE ", examples: {match: ['aws s3 rm s3://logs/a']}}\n",
		    "p.yaml:4:111: rule p/r does not match this example" },
		{ RULE ", examples: {match: ['aws s3 ls; id']}}\n",
		    "rule p/r does not match this example" },
		{ RULE ", examples: {no_match: ['aws s3 ls']}}\n",
		    "rule p/r matches this example" },
		{ RULE ", examples: {match: aws s3 ls}}\n", "expected a list" },
		{ RULE ", examples: {match: []}}\n", "at least 1 entry" },
		{ RULE ", examples: {match: [[aws]]}}\n", "expected text" },
		{ TESTS "  - {as: {group: agents}, line: aws s3 ls, expect: deny}\n",
		    "p.yaml:6:52: the answer is allow, by rule r" },
		{ TESTS "  - {as: {group: x}, line: aws s3 ls, expect: allow}\n",
		    "the answer is deny, no rule matched" },
		{ TESTS
		    "  - {as: {group: agents}, line: aws s3 ls, expect: allow, rule: "
		    "q}\n",
		    "it was decided by rule r" },
		{ TESTS
		    "  - {as: {group: x}, line: aws s3 ls, expect: deny, rule: r}\n",
		    "it was decided by no rule" },
		{ TESTS "  - {as: {group: agents}, line: aws s3 ls, expect: yes}\n",
		    "expected one of deny, hold, allow" },
		{ TESTS "  - {as: {group: agents}, expect: allow}\n",
		    "expected one of the keys line, argv, call, forward" },
		{ TESTS "  - {as: {}, line: x, argv: [x], expect: deny}\n",
		    "expected one of the keys line, argv, call, forward" },
		{ TESTS "  - {as: {}, line: [x], expect: deny}\n", "expected text" },
		{ TESTS "  - {as: {}, argv: x, expect: deny}\n", "expected a list" },
		{ TESTS "  - {as: {}, argv: [[x]], expect: deny}\n", "expected text" },
		{ TESTS "  - {as: {}, argv: [], expect: deny}\n", "at least 1 entry" },
		{ TESTS "  - {line: x, expect: deny}\n", "the key as is missing" },
		{ TESTS "  - {as: alice, line: x, expect: deny}\n",
		    "expected a mapping" },
		{ TESTS "  - {as: {name: alice}, line: x, expect: deny}\n",
		    "expected a key out of identity" },
		{ TESTS "  - {as: {kind: x}, line: x, expect: deny}\n",
		    "expected one of agent, human" },
		{ TESTS "  - {as: {group: 'a b'}, line: x, expect: deny}\n",
		    "expected the name of a group" },
		{ TESTS "  - {as: {identity: a}, line: x, expect: deny}\n",
		    "expected the name of an identity" },
		{ TESTS "  - {as: {auth: {method: x}}, line: x, expect: deny}\n",
		    "expected one of key, sk" },
		{ TESTS "  - {as: {auth: {age: 5}}, line: x, expect: deny}\n",
		    "p.yaml:6:23: expected" },
		{ TESTS "  - {as: {}, line: x, expect: deny, at: now}\n",
		    "expected a moment such as 2026-12-20T08:00Z, found" },
		{ TESTS "  - {as: {}, line: x}\n", "the key expect is missing" },
		{ TESTS "  - {as: {}, line: x, expect: deny, at: 2026-01-01}\n",
		    "expected a moment such as" },
		{ TESTS "  - {as: {}, line: x, path: ssh, expect: deny}\n",
		    "expected one of exec, shell" },
		{ TESTS "  - {as: {}, argv: [x], path: shell, expect: deny}\n",
		    "p.yaml:6:25: path stands beside line only" },
		{ TESTS "  - {as: {}, line: aws s3 ls, expect: deny, reason: rule}\n",
		    "p.yaml:6:53: the code of its reason is \"unmatched\"" },
		{ TESTS "  - {as: {}, line: 'a; b', expect: allow}\n",
		    "the answer is deny (operator)" },
		{ TESTS "  - {as: {}, ssm: {}, expect: deny}\n",
		    "the key mode is missing" },
		{ TESTS "  - {as: {}, ssm: {mode: x}, expect: deny}\n",
		    "expected one of single, fed, program, raw" },
		{ TESTS "  - {as: {}, ssm: {mode: fed, document: ''}, expect: deny}\n",
		    "expected text of 1 to 255" },
		{ TESTS "  - {as: {}, forward: {host: x}, expect: deny}\n",
		    "the key port is missing" },
		{ TESTS "  - {as: {}, forward: {port: 0}, expect: deny}\n",
		    "expected a number from 1 to 65535" },
		{ TESTS "  - {as: {}, forward: {port: 1, host: ''}, expect: deny}\n",
		    "expected text of 1 to 255" },
		{ TESTS "  - {as: {}, script: x, expect: deny}\n",
		    "expected a mapping" },
		{ TESTS "  - {as: {}, script: {}, expect: deny}\n",
		    "the key name is missing" },
		{ TESTS "  - {as: {}, script: {name: x, arguments: y}, expect: deny}\n",
		    "expected a list" },
		{ TESTS "  - {as: {claims: []}, line: x, expect: deny}\n",
		    "expected a mapping" },
		{ TESTS "  - {as: {claims: {}}, line: x, expect: deny}\n",
		    "at least 1 entry" },
		{ TESTS "  - {as: {claims: {a: {b: c}}}, line: x, expect: deny}\n",
		    "expected text" },
		{ TESTS "  - {as: {delegated_by: x}, line: x, expect: deny}\n",
		    "expected the name of an identity" },
		{ TESTS "  - {as: {}, place: {env: ''}, line: x, expect: deny}\n",
		    "expected text of 1 to 2048" },
		{ TESTS "  - {as: {}, place: {tags: x}, line: x, expect: deny}\n",
		    "expected a mapping" },
		{ TESTS "  - {as: {}, place: {role: x}, line: x, expect: deny}\n",
		    "expected the ARN of a role" },
		{ TESTS "  - {as: {}, place: {os_user: 0}, line: x, expect: deny}\n",
		    "expected the name of an OS user" },
		{ TESTS "  - {as: {}, place: {host: x}, line: x, expect: deny}\n",
		    "expected a key out of account, region, partition, profile, role" },
		{ RULE ", examples: {match: [{ssm: {mode: fed}}]}}\n",
		    "rule p/r does not match this example" },
		{ RULE ", examples: {match: [{ssm: {mode: fed}, line: x}]}}\n",
		    "expected a key out of operation" },
		{ TESTS "  - x\n", "expected a mapping" },
		{ TESTS "  - {as: {}, call: x, expect: deny}\n", "expected a mapping" },
		{ TESTS "  - {as: {}, call: {}, expect: deny}\n",
		    "the key operation is missing" },
		{ TESTS "  - {as: {}, call: {operation: 's3:NoSuch'}, expect: deny}\n",
		    "expected SERVICE:OPERATION, an operation of AWS" },
		{ TESTS "  - {as: {}, call: {operation: 's3:ListBuckets', parameters: "
			"{NoSuch: x}}, expect: deny}\n",
		    "expected a parameter of ListBuckets" },
		{ TESTS "  - {as: {}, call: {operation: 's3:GetObject', parameters: "
			"{Bucket: {a: b}}}, expect: deny}\n",
		    "p.yaml:6:" },
		{ TESTS "  - {as: {}, call: {operation: 's3:ListBuckets', region: X}, "
			"expect: deny}\n",
		    "expected the name of a region" },
		{ TESTS "  - {as: {}, line: x, call: {operation: 's3:ListBuckets'}, "
			"expect: deny}\n",
		    "expected one of the keys line, argv, call, forward" },
		{ TESTS "  - {as: {}, line: x, place: {account: '1'}, expect: deny}\n",
		    "expected an account of 12 digits" },
		{ TESTS "  - {as: {}, line: x, place: {where: x}, expect: deny}\n",
		    "expected a key out of account, region, partition" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };

		if (load(rows[i].text, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(true_answers_pass),
		cmocka_unit_test(wrong_or_malformed_ones_refuse_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
