/* Session policies: their exact text, their limits, and that they are JSON which allows
 * what is needed and nothing more. */
#include "tests/support/unit.h"

#include <jansson.h>

#include "policies/scope.h"

static const struct iam_place place = {
	.partition = "aws", .account = "111122223333", .region = "eu-west-1"
};

static const struct iam_need object = { .service = "s3",
	.operation = "GetObject",
	.action = "s3:GetObject",
	.arn = "arn:aws:s3:::b/k",
	.resource = "arn:aws:s3:::b/k" };

static enum rc
policy_of(const struct iam_need *v, size_t n, struct buf *out, struct err *err)
{
	const struct iam_needs needs = { .n = n, .v = (struct iam_need *)v };

	buf_init(out, 4096);
	return scope_policy(&needs, &place, out, err);
}

#define HEAD "{\"Version\":\"2012-10-17\",\"Statement\":["
#define MINE                                                                           \
	",\"Condition\":{\"StringEquals\":{\"aws:ResourceAccount\":\"111122223333\"}}"
#define KEYS(s)                                                                        \
	",{\"Effect\":\"Allow\",\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"]," \
	"\"Resource\":\"arn:aws:kms:*:111122223333:key/*\",\"Condition\":"             \
	"{\"StringLike\":{\"kms:ViaService\":[" s "]}}}"

/* action, resource: pairs, ended by NULL */
static void
check(const char *const *pairs, const char *want)
{
	struct iam_need v[16] = { 0 };
	struct err err = { "" };
	struct buf b;
	size_t n = 0;

	for (; pairs[2 * n] != NULL; n++) {
		v[n].action = pairs[2 * n];
		v[n].resource = pairs[2 * n + 1];
		/* what rules see must not matter here */
		v[n].service = v[n].operation = v[n].arn = "x";
	}
	if (policy_of(v, n, &b, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_string_equal(buf_cstr(&b), want);
	buf_clear(&b);
}

#define PAIRS(...) ((const char *const[]){ __VA_ARGS__, NULL, NULL })

static void
texts(void **state)
{
	(void)state;
	check(PAIRS("s3:ListAllMyBuckets", "*"),
	    HEAD "{\"Effect\":\"Allow\",\"Action\":[\"s3:ListAllMyBuckets\"],"
		 "\"Resource\":[\"*\"]}]}");
	check(PAIRS("s3:ListBucket", "arn:aws:s3:::b"),
	    HEAD "{\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucket\"],"
		 "\"Resource\":[\"arn:aws:s3:::b\"]" MINE "}]}");
	/* the same resources share a statement, whatever the order */
	check(PAIRS("s3:PutObjectAcl", "arn:aws:s3:::b/k", "s3:PutObject",
		  "arn:aws:s3:::b/k", "s3:PutObject", "arn:aws:s3:::b/k"),
	    HEAD "{\"Effect\":\"Allow\",\"Action\":[\"s3:PutObject\","
		 "\"s3:PutObjectAcl\"],\"Resource\":[\"arn:aws:s3:::b/k\"]" MINE
		 "}" KEYS("\"s3.*.amazonaws.com\"") "]}");
	/* different ones do not */
	check(PAIRS("s3:ListBucket", "arn:aws:s3:::b", "s3:DeleteObject",
		  "arn:aws:s3:::b/x/*"),
	    HEAD "{\"Effect\":\"Allow\",\"Action\":[\"s3:DeleteObject\"],"
		 "\"Resource\":[\"arn:aws:s3:::b/x/*\"]" MINE
		 "},{\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucket\"],"
		 "\"Resource\":[\"arn:aws:s3:::b\"]" MINE "}]}");
	/* an ARN with an account needs no condition; a new bucket has no owner */
	check(
	    PAIRS("ec2:StopInstances",
		"arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "ec2:StopInstances",
		"arn:aws:ec2:eu-west-1:111122223333:instance/i-2", "s3:CreateBucket",
		"arn:aws:s3:::new"),
	    HEAD "{\"Effect\":\"Allow\",\"Action\":[\"ec2:StopInstances\"],"
		 "\"Resource\":[\"arn:aws:ec2:eu-west-1:111122223333:instance/i-1\","
		 "\"arn:aws:ec2:eu-west-1:111122223333:instance/i-2\"]},"
		 "{\"Effect\":\"Allow\",\"Action\":[\"s3:CreateBucket\"],"
		 "\"Resource\":[\"arn:aws:s3:::new\"]}]}");
	check(PAIRS("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q", "dynamodb:GetItem",
		  "arn:aws:dynamodb:eu-west-1:1:table/t"),
	    HEAD "{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:GetItem\"],"
		 "\"Resource\":[\"arn:aws:dynamodb:eu-west-1:1:table/t\"]},"
		 "{\"Effect\":\"Allow\",\"Action\":[\"sqs:SendMessage\"],"
		 "\"Resource\":[\"arn:aws:sqs:eu-west-1:1:q\"]}" KEYS(
		     "\"sqs.*.amazonaws.com\",\"dynamodb.*.amazonaws.com\"") "]}");
	/* an access point has an account of its own */
	check(PAIRS("s3:DeleteObject",
		  "arn:aws:s3:eu-west-1:1:accesspoint/p/object/:s3:::"),
	    HEAD "{\"Effect\":\"Allow\",\"Action\":[\"s3:DeleteObject\"],\"Resource\":"
		 "[\"arn:aws:s3:eu-west-1:1:accesspoint/p/object/:s3:::\"]}]}");
}

static void
hostile_names(void **state)
{
	(void)state;
	check(PAIRS("s3:DeleteObject",
		  "arn:aws:s3:::b/\"],\"x\\\n\xc3\xa4\xf0\x9f\x98\x80"),
	    HEAD "{\"Effect\":\"Allow\",\"Action\":[\"s3:DeleteObject\"],\"Resource\":"
		 "[\"arn:aws:s3:::b/\\\"],\\\"x\\\\\\u000a\\u00e4\\ud83d\\ude00\"]" MINE
		 "}]}");
}

static void
refusals(void **state)
{
	static const char *const bad[] = { "foo", "", "arn:aws:s3",
		"arn:", "arn:aws:s3:::b/\xff" };
	struct iam_need need = object;
	struct err err = { "" };
	struct buf b;

	(void)state;
	assert_int_equal(policy_of(&need, 0, &b, &err), RC_REFUSE);
	for (size_t i = 0; i < ROWS(bad); i++) {
		need.resource = bad[i];
		assert_int_equal(policy_of(&need, 1, &b, &err), RC_REFUSE);
		assert_int_equal(b.len, 0);
		buf_clear(&b);
	}
}

/* More and more keys: each policy fits, until one does not; then nothing is written. */
static void
length(void **state)
{
	static char names[100][64];
	struct iam_need v[100];
	struct err err = { "" };
	struct buf b;
	size_t n = 0, longest = 0;

	(void)state;
	for (; n < ROWS(v); n++) {
		snprintf(
		    names[n], sizeof names[n], "arn:aws:s3:::bucket/folder/%zu", n);
		v[n] = object;
		v[n].resource = names[n];
		if (policy_of(v, n + 1, &b, &err) != RC_OK)
			break;
		longest = b.len;
		assert_true(b.len <= SCOPE_MAX);
		buf_clear(&b);
	}
	assert_int_equal(b.len, 0);
	assert_non_null(strstr(err.text, "longer than 2048"));
	assert_in_range(n, 20, 60);
	assert_in_range(longest, SCOPE_MAX - 64, SCOPE_MAX);
	buf_clear(&b);
}

/* Each pair is in some statement, and no statement has a pair more. */
static void
pairs_in(json_t *policy, size_t *n, const struct iam_needs *needs)
{
	json_t *statement, *action, *resource;
	size_t i, k, m;

	json_array_foreach(json_object_get(policy, "Statement"), i, statement)
	{
		assert_string_equal(
		    json_string_value(json_object_get(statement, "Effect")), "Allow");
		json_array_foreach(json_object_get(statement, "Action"), k, action)
		{
			if (!json_is_array(json_object_get(statement, "Resource")))
				continue; /* keys */
			json_array_foreach(
			    json_object_get(statement, "Resource"), m, resource)
			{
				bool found = false;

				for (size_t x = 0; x < needs->n; x++)
					found =
					    found ||
					    (strcmp(needs->v[x].action,
						 json_string_value(action)) == 0 &&
						strcmp(needs->v[x].resource,
						    json_string_value(resource)) == 0);
				assert_true(found);
				++*n;
			}
		}
	}
}

static void
exactly_what_a_call_needs(void **state)
{
	struct apicall *c = NULL;
	struct iam_needs needs = { 0 };
	struct buf b;
	json_t *policy;
	size_t n = 0;

	(void)state;
	assert_int_equal(apicall_new("s3", "CopyObject", "eu-west-1", &c, NULL), RC_OK);
	apicall_value(c, "Bucket", span_of("to"), NULL);
	apicall_value(c, "Key", span_of("a*b"), NULL);
	apicall_value(c, "ACL", span_of("private"), NULL);
	apicall_value(c, "CopySource", span_of("from/x%22y"), NULL);
	assert_int_equal(iam_needs(c, &place, &needs, NULL), RC_OK);
	assert_int_equal(needs.n, 3);
	buf_init(&b, 4096);
	assert_int_equal(scope_policy(&needs, &place, &b, NULL), RC_OK);
	policy = json_loadb((const char *)b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(policy);
	pairs_in(policy, &n, &needs);
	assert_int_equal(n, 3);
	assert_non_null(strstr(buf_cstr(&b), "arn:aws:s3:::to/a${*}b"));
	json_decref(policy);
	buf_clear(&b);
	iam_clear(&needs);
	apicall_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(refusals),
		cmocka_unit_test(length),
		cmocka_unit_test(exactly_what_a_call_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
