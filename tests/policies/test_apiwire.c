/* Requests by the model: what test_previewtable.py does not compare with botocore, and
 * what is refused. */
#include "tests/policies/asking.h"

#include "policies/apiwire.h"

static enum rc
make(const char *operation, const char *region, const char *members, bool dry,
    struct apiwire *ret, struct err *err)
{
	struct apicall *c = asking_call(operation, region, members);
	enum rc rc = apiwire_make(c, dry, ret, err);

	apicall_free(c);
	return rc;
}

static void
requests_are_as_aws_wants_them(void **state)
{
	static const struct {
		const char *operation, *region, *members;
		bool dry;
		const char *method, *host, *path, *query, *body;
	} rows[] = {
		{ "s3:HeadObject", "eu-west-1", "Bucket=logs;Key=a b/c+&%.txt", false,
		    "HEAD", "logs.s3.eu-west-1.amazonaws.com", "/a%20b/c%2B%26%25.txt",
		    "", "" },
		{ "s3:HeadObject", "eu-west-1", "Bucket=dotted.name;Key=k/", false,
		    "HEAD", "s3.eu-west-1.amazonaws.com", "/dotted.name/k/", "", "" },
		{ "s3:ListObjectsV2", "cn-north-1", "Bucket=logs;Prefix=a/", false,
		    "GET", "logs.s3.cn-north-1.amazonaws.com.cn", "/",
		    "list-type=2&prefix=a%2F", "" },
		{ "s3:ListObjectsV2", "eu-west-1", "Bucket=dotted.name", false, "GET",
		    "s3.eu-west-1.amazonaws.com", "/dotted.name", "list-type=2", "" },
		{ "ec2:CreateVpc", "eu-west-1", "CidrBlock=10.0.0.0/16", true, "POST",
		    "ec2.eu-west-1.amazonaws.com", "/", "",
		    "Action=CreateVpc&Version=2016-11-15&DryRun=true&"
		    "CidrBlock=10.0.0.0%2F16" },
		{ "dynamodb:DescribeTable", "eu-west-1", "TableName=a\"\\\tb", false,
		    "POST", "dynamodb.eu-west-1.amazonaws.com", "/", "",
		    "{\"TableName\":\"a\\\"\\\\\\u0009b\"}" },
		{ "ecs:DescribeServices", "eu-west-1",
		    "services=a;services=b;cluster=c", false, "POST",
		    "ecs.eu-west-1.amazonaws.com", "/", "",
		    "{\"services\":[\"a\",\"b\"],\"cluster\":\"c\"}" },
		{ "logs:DescribeLogGroups", "eu-west-1", "limit=5", false, "POST",
		    "logs.eu-west-1.amazonaws.com", "/", "", "{\"limit\":5}" },
		{ "lambda:GetFunctionConfiguration", "eu-west-1",
		    "FunctionName=a:b/c;Qualifier=7", false, "GET",
		    "lambda.eu-west-1.amazonaws.com",
		    "/2015-03-31/functions/a%3Ab%2Fc/configuration", "Qualifier=7",
		    "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		struct apiwire w;

		if (make(rows[i].operation, rows[i].region, rows[i].members,
			rows[i].dry, &w, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].operation, err.text);
		assert_string_equal(w.method, rows[i].method);
		assert_string_equal(w.host, rows[i].host);
		assert_string_equal(buf_cstr(&w.path), rows[i].path);
		assert_string_equal(buf_cstr(&w.query), rows[i].query);
		assert_string_equal(buf_cstr(&w.body), rows[i].body);
		apiwire_clear(&w);
	}
}

static void
what_has_no_place_is_refused(void **state)
{
	static const struct {
		const char *operation, *region, *members;
		bool dry;
	} rows[] = {
		{ "s3:HeadObjects", "eu-west-1", "Bucket=logs", false },
		{ "nothing:At", "eu-west-1", "", false },
		/* a host that would be another's */
		{ "s3:HeadObject", "eu-west-1", "Bucket=a/b;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=evil.example#;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=..;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=a..b;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=abc.;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=-abc;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=Abc;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=x--x-s3;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=ab;Key=k", false },
		{ "s3:HeadObject", "eu-west-1", "?Bucket;Key=k", false },
		{ "dynamodb:DescribeTable", "-", "TableName=t", false },
		{ "dynamodb:DescribeTable", "eu-west-", "TableName=t", false },
		/* a path that would be another */
		{ "s3:HeadObject", "eu-west-1", "Bucket=logs;Key=a/../b", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=logs;Key=a//b", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=logs;Key=.", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=logs", false },
		{ "lambda:GetFunctionConfiguration", "eu-west-1", "FunctionName=..",
		    false },
		{ "lambda:GetFunctionConfiguration", "eu-west-1", "?FunctionName",
		    false },
		/* members without a value, without a place, of another kind */
		{ "dynamodb:DescribeTable", "eu-west-1", "?TableName", false },
		{ "dynamodb:DescribeTable", "eu-west-1", "Table=t", false },
		{ "dynamodb:DescribeTable", "eu-west-1", "TableName=\xff", false },
		{ "dynamodb:DescribeTable", "eu-west-1", "TableName=a;TableName=b",
		    false },
		{ "logs:DescribeLogGroups", "eu-west-1", "limit=5}", false },
		{ "logs:DescribeLogGroups", "eu-west-1", "limit=05", false },
		{ "s3:HeadObject", "eu-west-1", "Bucket=logs;Key=k;IfMatch=x", false },
		{ "ec2:DescribeInstances", "eu-west-1", "Filters.Name=x", false },
		{ "ec2:DescribeInstances", "eu-west-1", "Filters=x", false },
		/* a dry run that is wet, or of a service that knows none */
		{ "ec2:CreateVpc", "eu-west-1", "CidrBlock=x;DryRun=false", true },
		{ "ec2:CreateVpc", "eu-west-1", "?DryRun", true },
		{ "rds:DeleteDBInstance", "eu-west-1", "DBInstanceIdentifier=x", true },
		{ "dynamodb:DeleteTable", "eu-west-1", "TableName=x", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct apiwire w = { .method = "untouched" };
		struct err err = { "" };

		if (make(rows[i].operation, rows[i].region, rows[i].members,
			rows[i].dry, &w, &err) != RC_REFUSE)
			fail_msg("%s %s", rows[i].operation, rows[i].members);
		assert_string_equal(w.method, "untouched");
		assert_true(err.text[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_as_aws_wants_them),
		cmocka_unit_test(what_has_no_place_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
