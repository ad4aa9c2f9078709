#include "tests/support/unit.h"

#include "broker/gate/place.h"
#include "tests/gate/asking.h"

static struct authz
scope(const char *service, const char *region)
{
	struct authz a = { .presigned = false };

	snprintf(a.service, sizeof a.service, "%s", service);
	snprintf(a.region, sizeof a.region, "%s", region);
	return a;
}

static enum rc
proxied(const char *host, const char *service, const char *region, struct place *ret)
{
	struct authz a = scope(service, region);
	struct refused why = { 0 };
	char lines[512];
	struct head *h;
	enum rc rc;

	snprintf(lines, sizeof lines, "GET / HTTP/1.1\nHost: %s\n", host);
	h = asking_head(lines);
	rc = place_proxy(host, host, h, &a, ret, &why);
	assert_int_equal(rc == RC_OK ? 0 : 403, why.status);
	head_free(h);
	return rc;
}

static const char *
service_name(const struct place *p, size_t i)
{
	struct awsmodel_service s;

	assert_true(i < p->n_services);
	awsmodel_service_at(p->services[i], &s);
	return s.name;
}

static void
hosts_that_are_taken(void **state)
{
	static const struct {
		const char *host, *service, *region, *name, *bucket, *partition;
	} rows[] = {
		{ "sts.amazonaws.com", "sts", "us-east-1", "sts", "", "aws" },
		{ "sts.eu-west-1.amazonaws.com", "sts", "eu-west-1", "sts", "", "aws" },
		{ "sts.cn-north-1.amazonaws.com.cn", "sts", "cn-north-1", "sts", "",
		    "aws-cn" },
		{ "ec2.us-gov-west-1.amazonaws.com", "ec2", "us-gov-west-1", "ec2", "",
		    "aws-us-gov" },
		{ "iam.amazonaws.com", "iam", "us-east-1", "iam", "", "aws" },
		{ "iam.us-gov.amazonaws.com", "iam", "us-gov-west-1", "iam", "",
		    "aws-us-gov" },
		{ "ec2.eu-west-1.api.aws", "ec2", "eu-west-1", "ec2", "", "aws" },
		{ "sqs-fips.us-east-1.amazonaws.com", "sqs", "us-east-1", "sqs", "",
		    "aws" },
		{ "eu-west-1.queue.amazonaws.com", "sqs", "eu-west-1", "sqs", "",
		    "aws" },
		{ "queue.amazonaws.com", "sqs", "us-east-1", "sqs", "", "aws" },
		{ "monitoring.eu-west-1.amazonaws.com", "monitoring", "eu-west-1",
		    "cloudwatch", "", "aws" },
		{ "streams.dynamodb.eu-west-1.amazonaws.com", "dynamodb", "eu-west-1",
		    "dynamodbstreams", "", "aws" },
		{ "api.ecr.eu-west-1.amazonaws.com", "ecr", "eu-west-1", "ecr", "",
		    "aws" },
		{ "sync-states.eu-west-1.amazonaws.com", "states", "eu-west-1",
		    "stepfunctions", "", "aws" },
		{ "rds.eu-west-1.amazonaws.com", "rds", "eu-west-1", "rds", "", "aws" },
		{ "s3.amazonaws.com", "s3", "us-east-1", "s3", "", "aws" },
		{ "s3.eu-west-1.amazonaws.com", "s3", "eu-west-1", "s3", "", "aws" },
		{ "s3-eu-west-1.amazonaws.com", "s3", "eu-west-1", "s3", "", "aws" },
		{ "logs.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1", "s3", "logs",
		    "aws" },
		{ "a.b.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1", "s3", "a.b",
		    "aws" },
		{ "logs.s3.amazonaws.com", "s3", "us-east-1", "s3", "logs", "aws" },
		{ "logs.s3.dualstack.eu-west-1.amazonaws.com", "s3", "eu-west-1", "s3",
		    "logs", "aws" },
		{ "s3-fips.dualstack.us-east-1.amazonaws.com", "s3", "us-east-1", "s3",
		    "", "aws" },
		{ "logs.s3-accelerate.amazonaws.com", "s3", "eu-west-1", "s3", "logs",
		    "aws" },
		{ "logs.s3.cn-north-1.amazonaws.com.cn", "s3", "cn-north-1", "s3",
		    "logs", "aws-cn" },
		{ "111122223333.s3-control.eu-west-1.amazonaws.com", "s3", "eu-west-1",
		    "s3control", "", "aws" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct place p;

		if (proxied(rows[i].host, rows[i].service, rows[i].region, &p) != RC_OK)
			fail_msg("%s was refused", rows[i].host);
		assert_string_equal(service_name(&p, 0), rows[i].name);
		assert_string_equal(p.bucket, rows[i].bucket);
		assert_string_equal(p.partition, rows[i].partition);
		assert_string_equal(p.host, rows[i].host);
		assert_string_equal(p.region, rows[i].region);
		assert_int_equal(p.s3, strcmp(rows[i].name, "s3") == 0);
		assert_int_equal(p.strip, 0);
	}
}

static void
hosts_that_are_refused(void **state)
{
	static const struct {
		const char *host, *service, *region;
	} rows[] = {
		{ "example.com", "sts", "us-east-1" },
		{ "amazonaws.com", "sts", "us-east-1" },
		{ "sts.eu-west-1.amazonaws.com.example.com", "sts", "eu-west-1" },
		{ "sts.eu-west-1.xamazonaws.com", "sts", "eu-west-1" },
		{ "sts.eu-west-1.amazonaws.com.", "sts", "eu-west-1" },
		{ "sts..amazonaws.com", "sts", "eu-west-1" },
		{ "-sts.eu-west-1.amazonaws.com", "sts", "eu-west-1" },
		{ "sts.eu-west-1.amazonaws.com", "sts", "eu-west-2" },
		{ "sts.eu-west-1.amazonaws.com", "s3", "eu-west-1" },
		{ "sts.amazonaws.com", "sts", "eu-west-1" },
		{ "iam.amazonaws.com", "iam", "eu-west-1" },
		{ "s3.amazonaws.com", "s3", "eu-west-1" },
		{ "dynamodb.eu-west-1.amazonaws.com", "sqs", "eu-west-1" },
		{ "sts.cn-north-1.amazonaws.com", "sts", "cn-north-1" },
		{ "sts.eu-west-1.amazonaws.com.cn", "sts", "eu-west-1" },
		{ "sts.s3.amazonaws.com", "sts", "s3" },
		{ "sts.evil.amazonaws.com", "sts", "evil" },
		/* names of customers */
		{ "x.execute-api.eu-west-1.amazonaws.com", "execute-api", "eu-west-1" },
		{ "lb-1.eu-west-1.elb.amazonaws.com", "elasticloadbalancing",
		    "eu-west-1" },
		{ "ec2-1-2-3-4.eu-west-1.compute.amazonaws.com", "ec2", "eu-west-1" },
		{ "x.ec2.eu-west-1.amazonaws.com", "ec2", "eu-west-1" },
		{ "db.x.eu-west-1.rds.amazonaws.com", "rds", "eu-west-1" },
		/* S3 by other ways */
		{ "ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", "s3",
		    "eu-west-1" },
		{ "x.mrap.accesspoint.s3-global.amazonaws.com", "s3", "us-east-1" },
		{ "x-s3alias.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1" },
		{ "x--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
		    "s3express", "us-east-1" },
		{ "x--use1-az4--x-s3.s3.us-east-1.amazonaws.com", "s3", "us-east-1" },
		{ "s3-accelerate.amazonaws.com", "s3", "eu-west-1" },
		{ "xs3.eu-west-1.amazonaws.com", "s3", "eu-west-1" },
		{ "ab.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1" },
		{ "s3.eu-west-1.api.aws", "s3", "eu-west-1" },
		{ "12345.s3-control.eu-west-1.amazonaws.com", "s3", "eu-west-1" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct place p;

		if (proxied(rows[i].host, rows[i].service, rows[i].region, &p) !=
		    RC_REFUSE)
			fail_msg("%s was not refused", rows[i].host);
	}
}

/* CONNECT, SNI and Host are one name. */
static void
three_names_must_be_one(void **state)
{
#define A "sts.eu-west-1.amazonaws.com"
#define B "ec2.eu-west-1.amazonaws.com"
	static const struct {
		const char *connect, *sni, *host;
		enum rc rc;
	} rows[] = { { A, A, A, RC_OK }, { A, A, A ":443", RC_OK },
		{ A, A, A ":8443", RC_REFUSE }, { A, A, B, RC_REFUSE },
		{ A, B, A, RC_REFUSE }, { B, A, A, RC_REFUSE }, { B, B, A, RC_REFUSE },
		{ A, "", A, RC_REFUSE } };
	struct authz a = scope("sts", "eu-west-1");

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refused why = { 0 };
		struct place p;
		char lines[256];
		struct head *h;

		snprintf(
		    lines, sizeof lines, "GET / HTTP/1.1\nHost: %s\n", rows[i].host);
		h = asking_head(lines);
		assert_int_equal(
		    place_proxy(rows[i].connect, rows[i].sni, h, &a, &p, &why),
		    rows[i].rc);
		head_free(h);
	}
#undef A
#undef B
}

static void
a_name_is_allowed_or_not(void **state)
{
	struct refused why = { 0 };

	(void)state;
	assert_int_equal(place_allowed("x.y.amazonaws.com", &why), RC_OK);
	assert_int_equal(place_allowed("x.api.aws", &why), RC_OK);
	assert_int_equal(place_allowed("x.amazonaws.com.cn", &why), RC_OK);
	assert_int_equal(place_allowed(".amazonaws.com", &why), RC_REFUSE);
	assert_int_equal(place_allowed("", &why), RC_REFUSE);
	assert_int_equal(place_allowed("amazonaws.com", &why), RC_REFUSE);
	assert_int_equal(place_allowed("169.254.169.254", &why), RC_REFUSE);
	assert_int_equal(place_allowed("a_b.amazonaws.com", &why), RC_REFUSE);
	assert_int_equal(why.status, 403);
}

static void
endpoints_are_made_from_scopes(void **state)
{
	static const struct {
		const char *path, *target, *service, *region;
		const char *host, *name, *home;
		size_t strip;
	} rows[] = {
		{ "/", "", "sts", "eu-west-1", "sts.eu-west-1.amazonaws.com", "sts",
		    "eu-west-1", 0 },
		{ "/", "", "iam", "eu-west-1", "iam.amazonaws.com", "iam", "us-east-1",
		    0 },
		{ "/", "", "organizations", "eu-west-1",
		    "organizations.us-east-1.amazonaws.com", "organizations",
		    "us-east-1", 0 },
		{ "/", "", "iam", "cn-north-1", "iam.cn-north-1.amazonaws.com.cn",
		    "iam", "cn-north-1", 0 },
		{ "/b/k", "", "s3", "eu-west-1", "s3.eu-west-1.amazonaws.com", "s3",
		    "eu-west-1", 0 },
		{ "/s3/b/k", "", "s3", "eu-west-1", "s3.eu-west-1.amazonaws.com", "s3",
		    "eu-west-1", 3 },
		{ "/s3control/v20180820/jobs", "", "s3", "eu-west-1",
		    "s3-control.eu-west-1.amazonaws.com", "s3control", "eu-west-1",
		    10 },
		{ "/", "DynamoDB_20120810.Scan", "dynamodb", "eu-west-1",
		    "dynamodb.eu-west-1.amazonaws.com", "dynamodb", "eu-west-1", 0 },
		{ "/", "DynamoDBStreams_20120810.ListStreams", "dynamodb", "eu-west-1",
		    "streams.dynamodb.eu-west-1.amazonaws.com", "dynamodbstreams",
		    "eu-west-1", 0 },
		{ "/", "", "monitoring", "eu-west-1",
		    "monitoring.eu-west-1.amazonaws.com", "cloudwatch", "eu-west-1",
		    0 },
		{ "/", "", "rds", "eu-west-1", "rds.eu-west-1.amazonaws.com", "rds",
		    "eu-west-1", 0 },
		{ "/", "", "ses", "eu-west-1", "email.eu-west-1.amazonaws.com", "ses",
		    "eu-west-1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct authz a = scope(rows[i].service, rows[i].region);
		struct refused why = { 0 };
		char lines[256];
		struct place p;
		struct head *h;

		snprintf(lines, sizeof lines,
		    "POST %s HTTP/1.1\nHost: localhost:8443\n%s%s%s", rows[i].path,
		    rows[i].target[0] != '\0' ? "X-Amz-Target: " : "", rows[i].target,
		    rows[i].target[0] != '\0' ? "\n" : "");
		h = asking_head(lines);
		if (place_endpoint(h, &a, &p, &why) != RC_OK)
			fail_msg("row %zu: %s", i, why.text);
		assert_string_equal(p.host, rows[i].host);
		assert_string_equal(service_name(&p, 0), rows[i].name);
		assert_string_equal(p.region, rows[i].home);
		assert_int_equal(p.strip, rows[i].strip);
		head_free(h);
	}
}

static void
scopes_that_name_no_one_host_are_refused(void **state)
{
	static const struct {
		const char *path, *service, *region;
	} rows[] = { { "/", "nosuch", "eu-west-1" }, { "/", "sts", "evil" },
		{ "/", "sts", "a.example.com" }, { "/", "lex", "eu-west-1" },
		{ "/", "execute-api", "eu-west-1" } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct authz a = scope(rows[i].service, rows[i].region);
		struct refused why = { 0 };
		struct head *h = asking_head("POST / HTTP/1.1\nHost: localhost\n");
		struct place p;

		if (place_endpoint(h, &a, &p, &why) != RC_REFUSE)
			fail_msg("row %zu was not refused: %s", i, p.host);
		head_free(h);
	}
}

static void
refusals_have_the_form_of_the_place(void **state)
{
	static const struct {
		const char *host, *service;
		enum refused_form form;
	} rows[] = { { "s3.eu-west-1.amazonaws.com", "s3", REFUSED_S3 },
		{ "ec2.eu-west-1.amazonaws.com", "ec2", REFUSED_EC2 },
		{ "sts.eu-west-1.amazonaws.com", "sts", REFUSED_XML },
		{ "dynamodb.eu-west-1.amazonaws.com", "dynamodb", REFUSED_JSON },
		{ "lambda.eu-west-1.amazonaws.com", "lambda", REFUSED_REST_JSON } };
	struct head *h = asking_head("POST / HTTP/1.1\nHost: a\n");

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct authz a = scope(rows[i].service, "eu-west-1");
		struct place p;

		assert_int_equal(
		    proxied(rows[i].host, rows[i].service, "eu-west-1", &p), RC_OK);
		assert_int_equal(place_form(&p), rows[i].form);
		assert_int_equal(place_guess(h, &a), rows[i].form);
	}
	assert_int_equal(place_guess(h, NULL), REFUSED_S3);
	head_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_that_are_taken),
		cmocka_unit_test(hosts_that_are_refused),
		cmocka_unit_test(three_names_must_be_one),
		cmocka_unit_test(a_name_is_allowed_or_not),
		cmocka_unit_test(endpoints_are_made_from_scopes),
		cmocka_unit_test(scopes_that_name_no_one_host_are_refused),
		cmocka_unit_test(refusals_have_the_form_of_the_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
