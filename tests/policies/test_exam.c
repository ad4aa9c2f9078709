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
		    "expected one of the keys line, argv and call" },
		{ TESTS "  - {as: {}, line: x, argv: [x], expect: deny}\n",
		    "expected one of the keys line, argv and call" },
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
		    "`at` is not in this version" },
		{ TESTS "  - {as: {}, line: x}\n", "the key expect is missing" },
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
		    "expected one of the keys line, argv and call" },
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
