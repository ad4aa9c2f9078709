#include "tests/support/unit.h"

#include <jansson.h>

#include "broker/gate/callrecord.h"

static json_t *
parse(enum rc rc, char *text)
{
	json_t *o;

	assert_int_equal(rc, RC_OK);
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(o));
	free(text);
	return o;
}

static const char *
at(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "(none)";
}

static struct apicall *
a_call(void)
{
	struct apicall *c = NULL;
	struct err err = { "" };

	assert_int_equal(
	    apicall_new("ssm", "PutParameter", "eu-west-1", &c, &err), RC_OK);
	assert_int_equal(apicall_value(c, "Name", span_of("/a"), &err), RC_OK);
	assert_int_equal(apicall_value(c, "Tags.Key", span_of("k1"), &err), RC_OK);
	assert_int_equal(apicall_value(c, "Tags.Key", span_of("k2"), &err), RC_OK);
	assert_int_equal(apicall_value(c, "Password", span_of("hunter2"), &err), RC_OK);
	assert_int_equal(
	    apicall_value(c, "Odd", span_make("\xff\x01", 2), &err), RC_OK);
	assert_int_equal(apicall_value(c, "Value", span_of("hunter2"), &err), RC_OK);
	assert_int_equal(
	    apicall_value(c, "Type", span_of("SecureString"), &err), RC_OK);
	assert_int_equal(apicall_value(c, "Tags.Value", span_of("v1"), &err), RC_OK);
	assert_int_equal(apicall_member(c, "Blob", &err), RC_OK);
	return c;
}

static void
test_begin(void **state)
{
	struct apicall *c = a_call();
	struct iam_need needs[] = {
		{ .action = "ssm:PutParameter", .arn = "arn:aws:ssm:x:/a" },
		{ .action = "ssm:AddTagsToResource", .arn = "arn:aws:ssm:x:/a" },
	};
	const struct iam_needs all = { 2, needs, NULL };
	struct callrecord r = { .number = 7,
		.call = c,
		.needs = &all,
		.method = "POST",
		.host = "ssm.eu-west-1.amazonaws.com",
		.path = span_of("/"),
		.agent = span_of("aws-cli/2"),
		.has_bytes = true,
		.bytes = 12,
		.sha256 = "ab",
		.rule = "p/r",
		.policy = "5d0c",
		.hold = "" };
	json_t *o, *params;
	char *text = NULL;
	struct err err;
	enum rc rc = callrecord_begin(&r, &text, &err);

	(void)state;
	assert_null(strstr(text, "hunter2"));
	o = parse(rc, text);
	assert_string_equal(at(o, "t"), "aws.call");
	assert_int_equal(json_integer_value(json_object_get(o, "call")), 7);
	assert_string_equal(at(o, "service"), "ssm");
	assert_string_equal(at(o, "operation"), "PutParameter");
	assert_string_equal(at(o, "verdict"), "allow");
	assert_string_equal(at(o, "rule"), "p/r");
	assert_string_equal(at(o, "policy"), "5d0c");
	assert_string_equal(at(o, "hold"), "(none)");
	assert_int_equal(json_integer_value(json_object_get(o, "bytes")), 12);
	assert_int_equal(json_array_size(json_object_get(o, "resources")), 1);
	assert_int_equal(json_array_size(json_object_get(o, "actions")), 2);
	params = json_object_get(o, "params");
	assert_int_equal(json_array_size(json_object_get(params, "Tags.Key")), 2);
	assert_true(json_is_null(json_object_get(params, "Blob")));
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(params, "Tags.Value"), 0)),
	    "v1");
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(params, "Odd"), 0)),
	    "\\xFF\\x01");
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(params, "Password"), 0)),
	    FIELDS_MASK);
	json_decref(o);
	r.has_bytes = false;
	r.sha256 = NULL;
	rc = callrecord_begin(&r, &text, &err);
	o = parse(rc, text);
	assert_true(json_is_null(json_object_get(o, "bytes")));
	assert_true(json_is_null(json_object_get(o, "sha256")));
	json_decref(o);
	apicall_free(c);
}

/* Values whose secrecy another member tells, and what is none. */
static void
test_params(void **state)
{
	static const struct {
		const char *service, *operation;
		const char *members[8]; /* name, value, … */
		const char *name;
		bool shown;
	} rows[] = {
		{ "ssm", "PutParameter",
		    { "Name", "/a", "Value", "hunter2", "Type", "SecureString" },
		    "Value", false },
		{ "ssm", "PutParameter",
		    { "Type", "SecureString", "Name", "/a", "Value", "hunter2" },
		    "Value", false },
		/* It may write over a SecureString. */
		{ "ssm", "PutParameter",
		    { "Name", "/a", "Value", "hunter2", "Overwrite", "true" }, "Value",
		    false },
		{ "ssm", "PutParameter",
		    { "Name", "/a", "Value", "hunter2", "Type", "String" }, "Value",
		    true },
		{ "ssm", "PutParameter",
		    { "Name", "/db/password", "Value", "hunter2", "Type", "String" },
		    "Value", false },
		{ "secretsmanager", "CreateSecret",
		    { "Name", "/a", "SecretString", "hunter2" }, "SecretString",
		    false },
		{ "secretsmanager", "PutSecretValue",
		    { "SecretId", "hunter2", "SecretString", "x" }, "SecretId", true },
		{ "iam", "CreateLoginProfile",
		    { "UserName", "u", "Password", "hunter2" }, "Password", false },
		{ "ec2", "RunInstances", { "ImageId", "i", "UserData", "hunter2" },
		    "UserData", false },
		{ "ec2", "ModifyInstanceAttribute",
		    { "InstanceId", "i", "UserData.Value", "hunter2" },
		    "UserData.Value", false },
		{ "lambda", "UpdateFunctionConfiguration",
		    { "Environment", "{\"Variables\":{\"DB_PASSWORD\":\"hunter2\"}}" },
		    "Environment", false },
		{ "lambda", "UpdateFunctionConfiguration",
		    { "Environment", " {\"Variables\":{\"TOKEN\":\"hunter2\"}}" },
		    "Environment", false },
		{ "rds", "ModifyDBInstance",
		    { "DBInstanceIdentifier", "d", "MasterUserPassword", "hunter2" },
		    "MasterUserPassword", false },
		{ "s3", "PutObject", { "Bucket", "b", "SSECustomerKey", "hunter2" },
		    "SSECustomerKey", false },
		{ "s3", "CopyObject",
		    { "Bucket", "b", "CopySourceSSECustomerKey", "hunter2" },
		    "CopySourceSSECustomerKey", false },
		{ "apigateway", "CreateApiKey", { "name", "k", "value", "hunter2" },
		    "value", false },
		{ "cloudformation", "CreateStack",
		    { "Parameters.ParameterKey", "DbPassword",
			"Parameters.ParameterValue", "hunter2" },
		    "Parameters.ParameterValue", false },
		{ "cloudformation", "CreateStack",
		    { "Parameters.ParameterKey", "Colour", "Parameters.ParameterValue",
			"hunter2", "Other.ParameterKey", "DbPassword" },
		    "Parameters.ParameterValue", true },
		{ "x", "Y", { "Url", "https://h/?X-Amz-Signature=hunter2" }, "Url",
		    false },
		{ "x", "Y", { "SecretName", "hunter2" }, "SecretName", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct apicall *c = NULL;
		struct callrecord r = { .number = 1 };
		char *text = NULL;
		json_t *o;

		assert_int_equal(
		    apicall_new(rows[i].service, rows[i].operation, "r", &c, NULL),
		    RC_OK);
		for (size_t k = 0; rows[i].members[k] != NULL; k += 2)
			assert_int_equal(apicall_value(c, rows[i].members[k],
					     span_of(rows[i].members[k + 1]), NULL),
			    RC_OK);
		r.call = c;
		assert_int_equal(callrecord_begin(&r, &text, NULL), RC_OK);
		if ((strstr(text, "hunter2") != NULL) != rows[i].shown)
			fail_msg("row %zu: %s", i, text);
		o = parse(RC_OK, text);
		assert_int_equal(json_array_size(json_object_get(
				     json_object_get(o, "params"), rows[i].name)),
		    1);
		json_decref(o);
		/* What is refused says no more. */
		assert_int_equal(
		    callrecord_refused(&r, "AccessDenied", "no", &text, NULL), RC_OK);
		assert_true((strstr(text, "hunter2") != NULL) == rows[i].shown);
		free(text);
		apicall_free(c);
	}
}

/* Too much of everything stays within an event. */
static void
test_bounds(void **state)
{
	struct apicall *c = NULL;
	struct iam_need *needs = calloc(IAM_NEEDS, sizeof *needs);
	const struct iam_needs all = { IAM_NEEDS, needs, NULL };
	struct callrecord r = { .number = 1, .call = NULL, .needs = &all };
	char arn[IAM_NEEDS][64], value[2000], *text = NULL;
	struct err err = { "" };
	json_t *o;

	(void)state;
	memset(value, 'v', sizeof value);
	for (size_t i = 0; i < IAM_NEEDS; i++) {
		snprintf(arn[i], sizeof arn[i], "arn:aws:s3:::b/%zu", i);
		needs[i] =
		    (struct iam_need){ .action = "s3:DeleteObject", .arn = arn[i] };
	}
	assert_int_equal(apicall_new("s3", "DeleteObjects", "r", &c, &err), RC_OK);
	for (int i = 0; i < 60; i++)
		assert_int_equal(apicall_value(c, "Delete.Objects.Key",
				     span_make(value, sizeof value), &err),
		    RC_OK);
	r.call = c;
	assert_int_equal(callrecord_begin(&r, &text, &err), RC_OK);
	assert_true(strlen(text) < 64 * 1024);
	o = parse(RC_OK, text);
	assert_true(json_is_true(json_object_get(o, "params_cut")));
	assert_int_equal(
	    json_array_size(json_object_get(o, "resources")), CALLRECORD_RESOURCES);
	assert_int_equal(json_integer_value(json_object_get(o, "needs")), IAM_NEEDS);
	json_decref(o);
	apicall_free(c);
	free(needs);
}

static void
test_refused(void **state)
{
	const struct callrecord r = { .host = "evil\x01.example" };
	char *text = NULL;
	struct err err;
	enum rc rc = callrecord_refused(&r, "AccessDenied", "no", &text, &err);
	json_t *o = parse(rc, text);

	(void)state;
	assert_string_equal(at(o, "t"), "aws.refused");
	assert_string_equal(at(o, "code"), "AccessDenied");
	assert_string_equal(at(o, "reason"), "no");
	assert_null(json_object_get(o, "call"));
	assert_null(json_object_get(o, "service"));
	json_decref(o);
}

static void
test_done(void **state)
{
	const struct callrecord_end e = { .number = 3,
		.status = 403,
		.request_id = span_of("R-1"),
		.sent = 1,
		.received = 2,
		.sent_sha256 = "aa",
		.error = "AccessDenied",
		.cut = NULL };
	char *text = NULL;
	struct err err;
	enum rc rc = callrecord_done(&e, &text, &err);
	json_t *o = parse(rc, text);

	(void)state;
	assert_string_equal(at(o, "t"), "aws.done");
	assert_int_equal(json_integer_value(json_object_get(o, "status")), 403);
	assert_string_equal(at(o, "request_id"), "R-1");
	assert_string_equal(at(o, "error"), "AccessDenied");
	assert_null(json_object_get(o, "cut"));
	assert_null(json_object_get(o, "received_sha256"));
	json_decref(o);
}

static void
test_body(void **state)
{
	char *text = NULL;
	struct err err;
	enum rc rc = callrecord_body(
	    3, "request", 1, true, span_of("caf\xc3\xa9"), false, &text, &err);
	json_t *o = parse(rc, text);

	(void)state;
	assert_string_equal(at(o, "text"), "caf\xc3\xa9");
	assert_string_equal(at(o, "of"), "request");
	assert_true(json_is_true(json_object_get(o, "last")));
	json_decref(o);
	rc = callrecord_body(
	    3, "response", 0, false, span_make("\xff\x00", 2), true, &text, &err);
	o = parse(rc, text);
	assert_string_equal(at(o, "b64"), "/wA=");
	assert_true(json_is_true(json_object_get(o, "truncated")));
	json_decref(o);
}

static void
test_codes(void **state)
{
	static const char *const rows[][2] = {
		{ "<Error><Code>NoSuchKey</Code></Error>", "NoSuchKey" },
		{ "{\"__type\":\"com.amazon#ThrottlingException\",\"m\":1}",
		    "ThrottlingException" },
		{ "{\"code\" : \"Bad.One\"}", "Bad.One" },
		{ "<Code></Code>", "" },
		{ "<Code>half", "" },
		{ "<Code>a b</Code>", "" },
		{ "{\"__type\":\"\"}", "" },
		{ "nothing", "" },
		{ "", "" },
	};
	char code[16 + 8];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool found = callrecord_code(span_of(rows[i][0]), code, sizeof code);

		if (strcmp(code, rows[i][1]) != 0 || found != (rows[i][1][0] != '\0'))
			fail_msg("%s gives '%s'", rows[i][0], code);
	}
	assert_false(
	    callrecord_code(span_of("<Code>TooLongForItsRoom</Code>"), code, 8));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
