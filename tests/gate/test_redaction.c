#include "tests/support/unit.h"

#include "broker/gate/redaction.h"

#define M "[MASKED:field]"
#define B "W01BU0tFRDpmaWVsZF0="
#define L "QVdTOltNQVNLRURd"

static struct apicall *
call_of(const char *service, const char *operation)
{
	struct apicall *c = NULL;
	struct err err = { "" };

	assert_int_equal(apicall_new(service, operation, "eu-west-1", &c, &err), RC_OK);
	return c;
}

static enum rc
blue(void *arg, struct span text, struct buf *out, struct err *err)
{
	const char *fail = arg;

	if (fail != NULL)
		return err_set(err, RC_FAIL, "%s", fail);
	if (span_is(text, "blue"))
		buf_text(out, "[MASKED:word]");
	else
		buf_span_put(out, text);
	return RC_OK;
}

struct row {
	const char *service, *operation, *in, *want; /* NULL: refused */
	bool error;
};

static void
check(enum fields_form form, const struct row *row)
{
	struct apicall *call = call_of(row->service, row->operation);
	const struct redaction_how how = {
		.form = form, .call = call, .error = row->error
	};
	struct span text = span_of(row->in);
	struct redaction *r = NULL;
	struct err err = { "" };
	enum rc rc = redaction_new(&how, text, &r, &err);
	struct buf out;

	if (row->want == NULL) {
		if (rc != RC_REFUSE)
			fail_msg("not refused: %s", row->in);
		apicall_free(call);
		return;
	}
	if (rc != RC_OK)
		fail_msg("%s: %s", row->in, err.text);
	buf_init(&out, redaction_size(r, text));
	redaction_put(r, text, &out);
	assert_true(buf_ok(&out));
	if (strcmp(buf_cstr(&out), row->want) != 0)
		fail_msg("%s\ngives %s\nnot   %s", row->in, buf_cstr(&out), row->want);
	if ((strcmp(row->in, row->want) == 0) != (redaction_count(r) == 0))
		fail_msg("%zu places in %s", redaction_count(r), row->in);
	buf_clear(&out);
	redaction_free(r);
	apicall_free(call);
}

static void
test_json(void **state)
{
	static const struct row rows[] = {
		/* By the table. */
		{ "secretsmanager", "GetSecretValue",
		    "{\"ARN\":\"arn:x\",\"SecretString\":\"a\\\"b\",\"SecretBinary\":"
		    "\"YQ==\",\"CreatedDate\":1.5,\"VersionStages\":[\"AWSCURRENT\"]}",
		    "{\"ARN\":\"arn:x\",\"SecretString\":\"" M "\",\"SecretBinary\":"
		    "\"" B "\",\"CreatedDate\":1.5,\"VersionStages\":[\"AWSCURRENT\"]}",
		    false },
		/* Closed: what nobody knows yet is masked, in whatever depth. */
		{ "secretsmanager", "GetSecretValue",
		    "{\"New\":{\"Deep\":[[\"x\"]]},\"Flag\":true,\"N\":5}",
		    "{\"New\":{\"Deep\":[[\"" M "\"]]},\"Flag\":true,\"N\":5}", false },
		{ "secretsmanager", "GetSecretValue",
		    "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"no\"}",
		    "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"no\"}",
		    true },
		{ "secretsmanager", "BatchGetSecretValue",
		    "{\"SecretValues\":[{\"Name\":\"a\",\"SecretString\":\"x\"},"
		    "{\"Name\":\"b\",\"SecretString\":\"\"}],\"NextToken\":\"t\"}",
		    "{\"SecretValues\":[{\"Name\":\"a\",\"SecretString\":\"" M "\"},"
		    "{\"Name\":\"b\",\"SecretString\":\"\"}],\"NextToken\":\"t\"}",
		    false },
		/* A secret may look like what is none elsewhere. */
		{ "secretsmanager", "GetSecretValue",
		    "{\"SecretString\":\"arn:aws:x\"}", "{\"SecretString\":\"" M "\"}",
		    false },
		{ "secretsmanager", "GetSecretValue", "{\"SecretString\":\"true\"}",
		    "{\"SecretString\":\"" M "\"}", false },
		{ "secretsmanager", "GetSecretValue", "{\"\\u0053ecretString\":12}",
		    "{\"\\u0053ecretString\":\"" M "\"}", false },
		{ "secretsmanager", "GetSecretValue", "{\"SecretString\":null}",
		    "{\"SecretString\":null}", false },
		{ "secretsmanager", "GetSecretValue", "{\"SecretString\":\"x\\\\\"}",
		    "{\"SecretString\":\"" M "\"}", false },
		{ "kms", "Decrypt", "{\"Plaintext\":\"YQ==\",\"KeyId\":\"k\"}",
		    "{\"Plaintext\":\"" B "\",\"KeyId\":\"k\"}", false },
		{ "ecr", "GetAuthorizationToken",
		    "{\"authorizationData\":[{\"authorizationToken\":\"QQ==\","
		    "\"proxyEndpoint\":\"https://x\"}]}",
		    "{\"authorizationData\":[{\"authorizationToken\":\"" L "\","
		    "\"proxyEndpoint\":\"https://x\"}]}",
		    false },
		{ "sso", "GetRoleCredentials",
		    "{\"roleCredentials\":{\"accessKeyId\":\"a\",\"expiration\":5}}",
		    "{\"roleCredentials\":{\"accessKeyId\":\"" M
		    "\",\"expiration\":5}}",
		    false },
		{ "wafv2", "UpdateIPSet", "{\"NextLockToken\":\"a\"}",
		    "{\"NextLockToken\":\"a\"}", false },
		{ "apigateway", "GetApiKeys",
		    "{\"item\":[{\"id\":\"i\",\"value\":\"v\"}],\"position\":\"p\"}",
		    "{\"item\":[{\"id\":\"i\",\"value\":\"" M
		    "\"}],\"position\":\"p\"}",
		    false },
		/* By name, before or behind its sibling. */
		{ "lambda", "GetFunctionConfiguration",
		    "{\"Environment\":{\"Variables\":{\"DB_PASSWORD\":\"x\",\"A\":"
		    "\"b\"}}}",
		    "{\"Environment\":{\"Variables\":{\"DB_PASSWORD\":\"" M
		    "\",\"A\":\"b\"}}}",
		    false },
		{ "ssm", "GetParameters",
		    "{\"Parameters\":[{\"Value\":\"x\",\"Type\":\"SecureString\"},"
		    "{\"Value\":\"y\",\"Type\":\"String\"},"
		    "{\"Type\":\"SecureString\",\"Value\":\"z\"}]}",
		    "{\"Parameters\":[{\"Value\":\"" M "\",\"Type\":\"SecureString\"},"
		    "{\"Value\":\"y\",\"Type\":\"String\"},"
		    "{\"Type\":\"SecureString\",\"Value\":\"" M "\"}]}",
		    false },
		{ "ecs", "DescribeTaskDefinition",
		    "[{\"value\":\"a\",\"in\":{\"value\":\"b\"},\"name\":\"DB_"
		    "PASSWORD\","
		    "\"value\":[\"c\",{\"value\":\"d\"}]},{\"value\":\"e\"}]",
		    "[{\"value\":\"" M "\",\"in\":{\"value\":\"b\"},\"name\":"
		    "\"DB_PASSWORD\",\"value\":[\"" M "\",{\"value\":\"" M
		    "\"}]},{\"value\":\"e\"}]",
		    false },
		{ "cloudformation", "DescribeStacks",
		    "{\"Password\":\"{{resolve:ssm:x}}\",\"Secret\":\"arn:aws:x\"}",
		    "{\"Password\":\"{{resolve:ssm:x}}\",\"Secret\":\"arn:aws:x\"}",
		    false },
		{ "x", "Y",
		    "{\"UserData\":{\"Value\":\"IyE=\"},\"a\":{\"Value\":\"1\"}}",
		    "{\"UserData\":{\"Value\":\"" M "\"},\"a\":{\"Value\":\"1\"}}",
		    false },
		{ "x", "Y", "{\"ApiKeys\":[\"a\",[\"b\"]],\"c\":\"d\"}",
		    "{\"ApiKeys\":[\"" M "\",[\"" M "\"]],\"c\":\"d\"}", false },
		{ "dynamodb", "GetItem",
		    "{\"Item\":{\"password\":{\"M\":{\"q\":{\"N\":\"1\"},\"b\":{\"B\":"
		    "\"YQ==\"},\"t\":{\"BOOL\":true}}},\"n\":{\"S\":\"x\"}}}",
		    "{\"Item\":{\"password\":{\"M\":{\"q\":{\"N\":\"" M
		    "\"},\"b\":{\"B\":\"" B
		    "\"},\"t\":{\"BOOL\":true}}},\"n\":{\"S\":\"x\"}}}",
		    false },
		/* Presigned: what makes it work. */
		{ "x", "Y",
		    "{\"u\":\"https://h/?X-Amz-Date=1&X-Amz-Security-Token=ab%2F&"
		    "x-amz-signature=0f&z\",\"Password\":\"a&X-Amz-Signature=b\"}",
		    "{\"u\":\"https://h/?X-Amz-Date=1&X-Amz-Security-Token=" M
		    "&x-amz-signature=" M "&z\",\"Password\":\"" M "\"}",
		    false },
		{ "lambda", "GetFunction",
		    "{\"Code\":{\"Location\":\"https://h/?X-Amz-Signature=0f\"}}",
		    "{\"Code\":{\"Location\":\"" M "\"}}", false },
		/* Nothing at all. */
		{ "x", "Y", " { } ", " { } ", false },
		{ "x", "Y", "\"Password\"", "\"Password\"", false },
		{ "x", "Y", "[1,-2.5e+7,true,false,null,\"\\u00e9\"]",
		    "[1,-2.5e+7,true,false,null,\"\\u00e9\"]", false },
		/* No JSON. */
		{ "x", "Y", "", NULL, false },
		{ "x", "Y", "{", NULL, false },
		{ "x", "Y", "{\"a\":1}x", NULL, false },
		{ "x", "Y", "{\"a\":1,}", NULL, false },
		{ "x", "Y", "{\"a\"}", NULL, false },
		{ "x", "Y", "{a:1}", NULL, false },
		{ "x", "Y", "{\"a\":\"", NULL, false },
		{ "x", "Y", "{\"a\":\"\\", NULL, false },
		{ "x", "Y", "[1 2]", NULL, false },
		{ "x", "Y", "[yes]", NULL, false },
		{ "x", "Y", "[\"a\"\"b\"]", NULL, false },
		{ "x", "Y", "{\"a\":1]", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(FIELDS_JSON, &rows[i]);
}

static void
test_xml(void **state)
{
	static const struct row rows[] = {
		{ "iam", "CreateAccessKey",
		    "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><CreateAccessKeyResult>"
		    "<AccessKey>\n <UserName>bob</UserName><SecretAccessKey>a&amp;b"
		    "</SecretAccessKey><New>n</New></AccessKey></CreateAccessKeyResult>"
		    "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></"
		    "R>\n",
		    "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><CreateAccessKeyResult>"
		    "<AccessKey>\n <UserName>bob</UserName><SecretAccessKey>" M
		    "</SecretAccessKey><New>" M
		    "</New></AccessKey></CreateAccessKeyResult>"
		    "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></"
		    "R>\n",
		    false },
		{ "sts", "AssumeRole",
		    "<R><Credentials><AccessKeyId>a</AccessKeyId><Expiration>t"
		    "</Expiration></Credentials></R>",
		    "<R><Credentials><AccessKeyId>" M "</AccessKeyId><Expiration>t"
		    "</Expiration></Credentials></R>",
		    false },
		{ "cloudformation", "DescribeStacks",
		    "<R><Parameters><member><ParameterKey>DbPassword</ParameterKey>"
		    "<ParameterValue>x</ParameterValue></"
		    "member><member><ParameterValue>"
		    "y</ParameterValue><ParameterKey>Colour</ParameterKey></member>"
		    "<member><ParameterValue>z</ParameterValue><ParameterKey>Secret"
		    "</ParameterKey></member></Parameters></R>",
		    "<R><Parameters><member><ParameterKey>DbPassword</ParameterKey>"
		    "<ParameterValue>" M
		    "</ParameterValue></member><member><ParameterValue>"
		    "y</ParameterValue><ParameterKey>Colour</ParameterKey></member>"
		    "<member><ParameterValue>" M "</ParameterValue><ParameterKey>Secret"
		    "</ParameterKey></member></Parameters></R>",
		    false },
		{ "x", "Y",
		    "<R><Map><entry><key>apiKey</key><value>x</value></entry></Map>"
		    "<ApiKeys><member>a</member><item>b</item></ApiKeys></R>",
		    "<R><Map><entry><key>apiKey</key><value>" M "</value></entry></Map>"
		    "<ApiKeys><member>" M "</member><item>" M "</item></ApiKeys></R>",
		    false },
		{ "ec2", "DescribeInstanceAttribute",
		    "<R><userData><value>IyE=</value></userData><u/></R>",
		    "<R><userData><value>" M "</value></userData><u/></R>", false },
		{ "x", "Y",
		    "<R><Password><![CDATA[a</Password>]]></Password><!-- <a> --></R>",
		    "<R><Password>" M "</Password><!-- <a> --></R>", false },
		{ "x", "Y", "<R a='>' b=\"/\"><Token></Token><T/></R>",
		    "<R a='>' b=\"/\"><Token></Token><T/></R>", false },
		{ "kms", "Decrypt",
		    "<R><Errors><Error><Code>C</Code><Message>m</Message></Error>"
		    "</Errors></R>",
		    "<R><Errors><Error><Code>C</Code><Message>m</Message></Error>"
		    "</Errors></R>",
		    true },
		{ "x", "Y", "", NULL, false },
		{ "x", "Y", "x", NULL, false },
		{ "x", "Y", "<a>", NULL, false },
		{ "x", "Y", "<a></b>", NULL, false },
		{ "x", "Y", "<a></a><b></b>", NULL, false },
		{ "x", "Y", "<a></a>x", NULL, false },
		{ "x", "Y", "</a>", NULL, false },
		{ "x", "Y", "<a><b></a></b>", NULL, false },
		{ "x", "Y", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", NULL, false },
		{ "x", "Y", "<a b=\"</a>", NULL, false },
		{ "x", "Y", "<a><![CDATA[</a>", NULL, false },
		{ "x", "Y", "<a", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(FIELDS_XML, &rows[i]);
}

static void
test_more(void **state)
{
	struct apicall *call = call_of("x", "Y");
	struct redaction_how how = { .form = FIELDS_JSON, .call = call, .more = blue };
	struct span text = span_of("{\"a\":[\"blue\",\"red\"],\"NextToken\":\"blue\","
				   "\"Password\":\"blue\"}");
	struct redaction *r = NULL;
	struct err err = { "" };
	char why[] = "no";
	struct buf out;

	(void)state;
	assert_int_equal(redaction_new(&how, text, &r, &err), RC_OK);
	assert_int_equal(redaction_count(r), 2);
	buf_init(&out, redaction_size(r, text));
	redaction_put(r, text, &out);
	assert_string_equal(buf_cstr(&out),
	    "{\"a\":[\"[MASKED:word]\",\"red\"],\"NextToken\":\"blue\","
	    "\"Password\":\"" M "\"}");
	buf_clear(&out);
	redaction_free(r);
	how.arg = why;
	assert_int_equal(redaction_new(&how, text, &r, &err), RC_FAIL);
	apicall_free(call);
}

/* Deep in each way that there is. */
static void
deep(enum fields_form form, const char *open, const char *close, size_t n, bool good)
{
	struct apicall *call = call_of("x", "Y");
	const struct redaction_how how = { .form = form, .call = call };
	struct redaction *r = NULL;
	struct err err = { "" };
	struct buf text;

	buf_init(&text, 1u << 20);
	for (size_t i = 0; i < n; i++)
		buf_text(&text, open);
	if (form == FIELDS_JSON)
		buf_text(&text, "1");
	for (size_t i = 0; i < n; i++)
		buf_text(&text, close);
	if ((redaction_new(&how, buf_span(&text), &r, &err) == RC_OK) != good)
		fail_msg("%zu of %s", n, open);
	redaction_free(r);
	buf_clear(&text);
	apicall_free(call);
}

static void
test_deep(void **state)
{
	(void)state;
	deep(FIELDS_JSON, "[", "]", 100, true);
	deep(FIELDS_JSON, "[", "]", 30000, false);
	deep(FIELDS_JSON, "{\"a\":", "}", 150, true);
	deep(FIELDS_JSON, "{\"a\":", "}", 30000, false);
	deep(FIELDS_JSON, "{\"a\":[", "]}", 150, true);
	deep(FIELDS_JSON, "{\"a\":[", "]}", 30000, false);
	deep(FIELDS_XML, "<a>", "</a>", 150, true);
	deep(FIELDS_XML, "<a>", "</a>", 30000, false);
}

/* Values that siblings may wake are many, and only the right ones wake. */
static void
test_many(void **state)
{
	struct apicall *call = call_of("x", "Y");
	const struct redaction_how how = { .form = FIELDS_JSON, .call = call };
	struct redaction *r = NULL;
	struct err err = { "" };
	struct buf text;

	(void)state;
	buf_init(&text, 8u << 20);
	buf_text(&text, "{\"Value\":\"x\",\"l\":[");
	for (int i = 0; i < 100000; i++)
		buf_printf(&text, "%s{\"Value\":\"x\",\"Name\":\"%s\"}",
		    i > 0 ? "," : "", i % 10 == 0 ? "password" : "colour");
	buf_text(&text, "],\"Type\":\"String\"}");
	assert_int_equal(redaction_new(&how, buf_span(&text), &r, &err), RC_OK);
	assert_int_equal(redaction_count(r), 10000);
	redaction_free(r);
	buf_clear(&text);
	apicall_free(call);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
