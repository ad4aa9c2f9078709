/* Rules as session policies: nothing that no rule names, nothing that AWS reads in
 * another way, and none at all where it would not fit. */
#include "tests/support/unit.h"

#include <jansson.h>

#include "policies/pack.h"
#include "policies/rulescope.h"

static const struct identity ci = { .name = "ci", .kind = IDENTITY_AGENT };

#define HEAD "version: 1\nname: p\nrules:\n"
#define BEGIN "{\"Version\":\"2012-10-17\",\"Statement\":["
#define END                                                                            \
	",{\"Effect\":\"Allow\",\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"]," \
	"\"Resource\":\"arn:aws:kms:*:111122223333:key/"                               \
	"*\",\"Condition\":{\"StringLike\":{"                                          \
	"\"kms:ViaService\":\"*\"}}}"                                                  \
	"]}"
#define ALLOW(actions, resources)                                                      \
	"{\"Effect\":\"Allow\",\"Action\":[" actions "],\"Resource\":[" resources      \
	"],\"Condition\":{\"StringEqualsIfExists\":{\"aws:ResourceAccount\":"          \
	"\"111122223333\"}}}"

static enum rc
scope(const char *policy, enum path path, struct buf *out)
{
	const struct facts f = { .who = &ci,
		.proof = PROOF_KEY,
		.path = path,
		.profile = "p",
		.partition = "aws",
		.account = "111122223333",
		.region = "eu-west-1" };
	const struct pack_text text = { "p.yaml", span_of(policy) };
	struct err err = { "" };
	struct pack *p = NULL;
	enum rc rc;

	if (pack_read(&text, 1, &p, &err) != RC_OK)
		fail_msg("%s", err.text);
	buf_init(out, 65536);
	rc = rulescope_policy(pack_rules(p), &f, out, &err);
	pack_free(p);
	return rc;
}

static void
a_statement_a_rule(void **state)
{
	static const struct {
		const char *rules, *want;
	} rows[] = {
		{ "  - {id: a, effect: allow, on: [api], aws: {operations: "
		  "['s3:GetObject', 's3:HeadObject', 's3:list-objects-v2'], resources: "
		  "['arn:aws:s3:::logs/*', 'arn:aws:s3:::logs']}}\n",
		    ALLOW("\"s3:GetObject\",\"s3:ListBucket\"",
			"\"arn:aws:s3:::logs/*\",\"arn:aws:s3:::logs\"") },
		/* A hold may let something through, a deny does not. */
		{ "  - {id: a, effect: hold, on: [api], aws: {operations: "
		  "['ec2:TerminateInstances']}, approvers: {need: 1, from: "
		  "[group:g]}}\n"
		  "  - {id: b, effect: deny, on: [api], aws: {operations: ['iam:*']}}\n"
		  "  - {id: c, effect: allow, on: [exec], aws: {operations: "
		  "['sqs:*']}}\n"
		  "  - {id: d, effect: allow, on: [api], who: {kind: human}, aws: "
		  "{operations: ['sns:*']}}\n",
		    ALLOW("\"ec2:TerminateInstances\"", "\"*\"") },
		/* A rule for another account lets nothing through here, one for a region
		 * may; what is about no call of AWS is none of AWS's. */
		{ "  - {id: a, effect: allow, on: [api], where: {account: "
		  "'444455556666'}, aws: {operations: ['sns:*']}}\n"
		  "  - {id: b, effect: allow, on: [api], where: {region: us-east-1}, "
		  "aws: {operations: ['sqs:*']}}\n"
		  "  - {id: c, effect: allow, on: [shell], command: {name: uptime}}\n",
		    ALLOW("\"sqs:*\"", "\"*\"") },
		/* Patterns stay patterns, where actions are called as operations are. */
		{ "  - {id: a, effect: allow, on: [api], aws: {operations: "
		  "['ec2:Describe*', 'cloudwatch:*']}}\n",
		    ALLOW("\"ec2:Describe*\",\"cloudwatch:*\"", "\"*\"") },
		{ "  - {id: a, effect: allow, on: [api], aws: {operations: "
		  "['s3:HeadBuck*']}}\n",
		    ALLOW("\"s3:ListBucket\",\"s3:HeadBuck*\"", "\"*\"") },
		/* An action that is no operation. */
		{ "  - {id: a, effect: allow, on: [api], aws: {operations: "
		  "['s3:BypassGovernanceRetention']}}\n",
		    ALLOW("\"s3:BypassGovernanceRetention\"", "\"*\"") },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char policy[2048], want[2048];
		struct buf out;

		snprintf(policy, sizeof policy, HEAD "%s", rows[i].rules);
		snprintf(want, sizeof want, BEGIN "%s" END, rows[i].want);
		assert_int_equal(scope(policy, PATH_API, &out), RC_OK);
		assert_string_equal(buf_cstr(&out), want);
		buf_clear(&out);
	}
}

/* What its words alone tell. */
static void
a_command_stands_for_its_service(void **state)
{
	struct buf out;

	(void)state;
	assert_int_equal(scope(HEAD "  - {id: a, effect: allow, on: [exec], aws: "
				    "{operations: ['s3:rm'], resources: "
				    "['arn:aws:s3:::tmp/*']}}\n",
			     PATH_EXEC, &out),
	    RC_OK);
	assert_string_equal(
	    buf_cstr(&out), BEGIN ALLOW("\"s3:*\"", "\"arn:aws:s3:::tmp/*\"") END);
	buf_clear(&out);
}

static void
none_is_made_that_would_be_wrong(void **state)
{
	static const char *const rows[] = {
		HEAD "  - {id: a, effect: deny, on: [api], aws: {operations: "
		     "['s3:*']}}\n",
		HEAD "  - {id: a, effect: allow, on: [exec], aws: {operations: "
		     "['s3:*']}}\n",
		/* IAM has variables. */
		HEAD
		"  - {id: a, effect: allow, on: [api], aws: {operations: ['s3:*'], "
		"resources: ['arn:aws:s3:::${aws:username}/*']}}\n",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf out;

		assert_int_equal(scope(rows[i], PATH_API, &out), RC_REFUSE);
		assert_int_equal(out.len, 0);
		buf_clear(&out);
	}
}

static void
none_is_made_that_would_not_fit(void **state)
{
	struct buf policy, out;

	(void)state;
	buf_init(&policy, 65536);
	buf_text(&policy, HEAD);
	for (int i = 0; i < 10; i++)
		buf_printf(&policy,
		    "  - {id: r%d, effect: allow, on: [api], aws: {operations: "
		    "['s3:GetObject'], resources: "
		    "['arn:aws:s3:::a-bucket-of-%d-with-a-long-name-that-takes-room/"
		    "*', "
		    "'arn:aws:s3:::another-one-of-%d-with-a-long-name/*']}}\n",
		    i, i, i);
	assert_int_equal(scope(buf_cstr(&policy), PATH_API, &out), RC_REFUSE);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
	buf_clear(&policy);
}

static void
it_is_json(void **state)
{
	struct buf out;
	json_t *o;

	(void)state;
	assert_int_equal(
	    scope(HEAD "  - {id: a, effect: allow, on: [api], aws: "
		       "{operations: ['ec2:*', 's3:Get*', 'lambda:Invoke', "
		       "'apigateway:GetRestApis']}}\n"
		       "  - {id: b, effect: allow, on: [api], aws: "
		       "{operations: ['sts:GetCallerIdentity']}}\n",
		PATH_API, &out),
	    RC_OK);
	o = json_loads(buf_cstr(&out), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_int_equal(json_array_size(json_object_get(o, "Statement")), 3);
	json_decref(o);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_statement_a_rule),
		cmocka_unit_test(a_command_stands_for_its_service),
		cmocka_unit_test(none_is_made_that_would_be_wrong),
		cmocka_unit_test(none_is_made_that_would_not_fit),
		cmocka_unit_test(it_is_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
