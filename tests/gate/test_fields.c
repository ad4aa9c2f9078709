#include "tests/support/unit.h"

#include "broker/gate/fields.h"

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		bool secret;
	} rows[] = {
		{ "SecretAccessKey", true },
		{ "secretAccessKey", true },
		{ "secret_access_key", true },
		{ "SessionToken", true },
		{ "MasterUserPassword", true },
		{ "DB_PASSWORD", true },
		{ "spring.datasource.password", true },
		{ "Plaintext", true },
		{ "SecretString", true },
		{ "KeyMaterial", true },
		{ "AuthorizationToken", true },
		{ "PasswordData", true },
		{ "UserData", true },
		{ "PreSharedKey", true },
		{ "apiKeys", true },
		{ "Parameter.1.SecretString", true },
		{ "privateKeyBase64", true },
		{ "Base32StringSeed", true },
		{ "SSECustomerKey", true },
		{ "CopySourceSSECustomerKey", true },
		{ "ApiKeyValue", true },
		{ "customerGatewayConfiguration", true },
		{ "SecretToAuthenticateInitiator", true },
		/* As bodies may spell them. */
		{ "\\u0053ecretString", true },
		{ "Pass\\u0077ord", true },
		{ "Secret%53tring", true },
		{ "Parameter%2E1%2EPassword", true },
		{ "SSECustomerKeyMD5", false },
		{ "KeyId", false },
		{ "Secret%", false },
		{ "Secret\\u00", false },
		{ "%zz", false },
		{ "NextToken", false },
		{ "nextToken", false },
		{ "ContinuationToken", false },
		{ "ClientToken", false },
		{ "ClientRequestToken", false },
		{ "PasswordLastUsed", false },
		{ "SecretArn", false },
		{ "SecretId", false },
		{ "TokenType", false },
		{ "AccessKeyId", false },
		{ "Key", false },
		{ "Name", false },
		{ "", false },
		{ "password_policy", false },
		{ "HttpTokens", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (fields_secret(span_of(rows[i].name)) != rows[i].secret)
			fail_msg("%s", rows[i].name);
}

static void
mask(enum fields_form form, const char *in, const char *want)
{
	struct buf out;

	buf_init(&out, 1u << 16);
	fields_mask(form, NULL, span_of(in), &out);
	if (strcmp(buf_cstr(&out), want) != 0)
		fail_msg("%s\ngives %s\nnot   %s", in, buf_cstr(&out), want);
	buf_clear(&out);
}

#define M "[MASKED:field]"

static void
test_json(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"a\":1}", "{\"a\":1}" },
		{ "{\"Password\":\"x\"}", "{\"Password\":\"" M "\"}" },
		{ "{ \"Password\" : \"x\\\"y\" , \"b\":\"c\"}",
		    "{ \"Password\" : \"" M "\" , \"b\":\"c\"}" },
		{ "{\"password\":12345}", "{\"password\":\"" M "\"}" },
		{ "{\"password\":null,\"secret\":true}",
		    "{\"password\":null,\"secret\":true}" },
		{ "{\"Password\":\"\"}", "{\"Password\":\"\"}" },
		{ "{\"Secrets\":{\"Name\":\"x\"}}", "{\"Secrets\":{\"Name\":\"x\"}}" },
		{ "{\"ApiKeys\":[\"a\",\"b\"],\"c\":\"d\"}",
		    "{\"ApiKeys\":[\"" M "\",\"" M "\"],\"c\":\"d\"}" },
		{ "{\"Secret\":\"arn:aws:secretsmanager:x\"}",
		    "{\"Secret\":\"arn:aws:secretsmanager:x\"}" },
		{ "{\"NextToken\":\"abc\"}", "{\"NextToken\":\"abc\"}" },
		/* Directly below a name. */
		{ "{\"UserData\":{\"Value\":\"IyE=\",\"Other\":\"x\"}}",
		    "{\"UserData\":{\"Value\":\"" M "\",\"Other\":\"x\"}}" },
		{ "{\"Tokens\":1,\"Token\":[{\"Value\":\"a\"},{\"Value\":\"b\"}],"
		  "\"c\":{\"Value\":\"d\"}}",
		    "{\"Tokens\":1,\"Token\":[{\"Value\":\"" M "\"},{\"Value\":\"" M
		    "\"}],\"c\":{\"Value\":\"d\"}}" },
		{ "{\"Name\":\"DB\\u005FPASSWORD\",\"Value\":\"x\"}",
		    "{\"Name\":\"DB\\u005FPASSWORD\",\"Value\":\"" M "\"}" },
		/* Beside a name, before or behind it. */
		{ "{\"name\":\"DB_PASSWORD\",\"value\":\"x\"}",
		    "{\"name\":\"DB_PASSWORD\",\"value\":\"" M "\"}" },
		{ "{\"value\":\"x\",\"name\":\"DB_PASSWORD\"}",
		    "{\"value\":\"" M "\",\"name\":\"DB_PASSWORD\"}" },
		{ "{\"Name\":\"/p\",\"Value\":\"longer than the mask itself is\","
		  "\"Type\":\"SecureString\",\"z\":1}",
		    "{\"Name\":\"/p\",\"Value\":\"" M
		    "\",\"Type\":\"SecureString\",\"z\":1}" },
		{ "{\"Parameter\":{\"Type\":\"SecureString\",\"Value\":\"v\"}}",
		    "{\"Parameter\":{\"Type\":\"SecureString\",\"Value\":\"" M "\"}}" },
		{ "[{\"name\":\"DB_PASSWORD\"},{\"value\":\"x\"}]",
		    "[{\"name\":\"DB_PASSWORD\"},{\"value\":\"x\"}]" },
		{ "{\"name\":\"COLOUR\",\"value\":\"x\"}",
		    "{\"name\":\"COLOUR\",\"value\":\"x\"}" },
		{ "{\"Location\":\"https://x/?X-Amz-Signature=1\"}",
		    "{\"Location\":\"" M "\"}" },
		/* Cut, or no JSON at all. */
		{ "{\"Password\":\"half of it", "{\"Password\":\"" M },
		{ "{\"Password\":12", "{\"Password\":\"" M "\"" },
		{ "{\"Password\":", "{\"Password\":" },
		{ "{\"Passw", "{\"Passw" },
		{ "\\\"\\", "\\\"\\" },
		{ "}}]]{{[[,,::", "}}]]{{[[,,::" },
		{ "not json", "not json" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		mask(FIELDS_JSON, rows[i][0], rows[i][1]);
}

static void
test_xml(void **state)
{
	static const char *const rows[][2] = {
		{ "<a><b>c</b></a>", "<a><b>c</b></a>" },
		{ "<R><SecretAccessKey>x</SecretAccessKey><B>c</B></R>",
		    "<R><SecretAccessKey>" M "</SecretAccessKey><B>c</B></R>" },
		{ "<?xml version=\"1.0\"?>\n<R a=\"b\"><Token>x</Token></R>",
		    "<?xml version=\"1.0\"?>\n<R a=\"b\"><Token>" M "</Token></R>" },
		{ "<m><ParameterKey>DbPassword</ParameterKey>"
		  "<ParameterValue>x</ParameterValue></m>",
		    "<m><ParameterKey>DbPassword</ParameterKey><ParameterValue>" M
		    "</ParameterValue></m>" },
		{ "<m><Name>Colour</Name><Value>x</Value></m>",
		    "<m><Name>Colour</Name><Value>x</Value></m>" },
		{ "<r><userData><value>IyE=</value></userData><value>x</value></r>",
		    "<r><userData><value>" M
		    "</value></userData><value>x</value></r>" },
		{ "<Password/><Empty/>", "<Password/><Empty/>" },
		{ "<Password>half", "<Password>" M },
		{ "<Password", "<Password" },
		{ "</a></a></a><<>>", "</a></a></a><<>>" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		mask(FIELDS_XML, rows[i][0], rows[i][1]);
}

static void
test_query(void **state)
{
	static const char *const rows[][2] = {
		{ "Action=X&Version=1", "Action=X&Version=1" },
		{ "Action=X&MasterUserPassword=p%20q&B=1",
		    "Action=X&MasterUserPassword=" M "&B=1" },
		{ "Parameters.member.1.ParameterKey=DbPassword&"
		  "Parameters.member.1.ParameterValue=x",
		    "Parameters.member.1.ParameterKey=DbPassword&"
		    "Parameters.member.1.ParameterValue=" M },
		{ "P.1.Name=DbPassword&P.2.Value=x",
		    "P.1.Name=DbPassword&P.2.Value=x" },
		{ "UserData.Value=IyE%3D&Other.Value=x",
		    "UserData.Value=" M "&Other.Value=x" },
		{ "A.1.Name=DB%5FPASSWORD&A.1.Value=x",
		    "A.1.Name=DB%5FPASSWORD&A.1.Value=" M },
		{ "UserData=IyE=", "UserData=" M },
		{ "&&=&a", "&&=&a" },
		{ "Password", "Password" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		mask(FIELDS_QUERY, rows[i][0], rows[i][1]);
}

static void
test_other(void **state)
{
	(void)state;
	assert_true(fields_harmless(span_make(NULL, 0)));
	mask(FIELDS_OTHER, "Password=x", "Password=x");
}

static void
test_forms(void **state)
{
	static const struct {
		const char *type, *text;
		enum fields_form form;
	} rows[] = {
		{ "application/x-amz-json-1.1", "", FIELDS_JSON },
		{ "Application/JSON", "", FIELDS_JSON },
		{ "text/xml;charset=UTF-8", "", FIELDS_XML },
		{ "application/x-www-form-urlencoded; charset=utf-8", "",
		    FIELDS_QUERY },
		{ "", "{\"a\":1}", FIELDS_JSON },
		{ "", "[1]", FIELDS_JSON },
		{ "", " \n {}", FIELDS_JSON },
		{ "", "   ", FIELDS_OTHER },
		{ "", "<a>", FIELDS_XML },
		{ "application/octet-stream", "abc", FIELDS_OTHER },
		{ "", "", FIELDS_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(
		    fields_form(span_of(rows[i].type), span_of(rows[i].text)),
		    rows[i].form);
}

static struct apicall *
a_call(const char *service, const char *operation, const char *type)
{
	struct apicall *c = NULL;

	assert_int_equal(apicall_new(service, operation, "r", &c, NULL), RC_OK);
	if (type != NULL)
		assert_int_equal(apicall_value(c, "Type", span_of(type), NULL), RC_OK);
	return c;
}

/* What no name tells: an operation's own members. */
static void
test_operations(void **state)
{
	static const struct {
		const char *service, *operation, *type, *name;
		bool secret;
	} rows[] = {
		{ "ssm", "PutParameter", NULL, "Value", true },
		{ "ssm", "PutParameter", "SecureString", "Value", true },
		{ "ssm", "PutParameter", "securestring", "Value", true },
		{ "ssm", "PutParameter", "String", "Value", false },
		{ "ssm", "PutParameter", "StringList", "Value", false },
		{ "ssm", "PutParameter", NULL, "Name", false },
		{ "ssm", "PutParameter", NULL, "Tags.Value", false },
		{ "ssm", "AddTagsToResource", NULL, "Value", false },
		{ "apigateway", "CreateApiKey", NULL, "value", true },
		{ "s3", "PutParameter", NULL, "Value", false },
	};
	struct apicall *c;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ROWS(rows); i++) {
		c = a_call(rows[i].service, rows[i].operation, rows[i].type);
		if (fields_secret_of(c, span_of(rows[i].name)) != rows[i].secret)
			fail_msg("row %zu", i);
		apicall_free(c);
	}
	assert_false(fields_secret_of(NULL, span_of("Value")));
	c = a_call("ssm", "PutParameter", NULL);
	fields_mask(FIELDS_JSON, c,
	    span_of("{\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],\"Value\":\"x\"}"),
	    &out);
	assert_string_equal(buf_cstr(&out),
	    "{\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],\"Value\":\"" M "\"}");
	apicall_free(c);
	buf_clear(&out);
}

/* The growth that callers make room for. */
static void
test_growth(void **state)
{
	struct buf in, out;

	(void)state;
	buf_init(&in, 1u << 16);
	buf_text(&in, "{\"pwd\":[1");
	for (int i = 0; i < 10000; i++)
		buf_text(&in, ",1");
	buf_init(&out, FIELDS_GROWTH * in.len);
	fields_mask(FIELDS_JSON, NULL, buf_span(&in), &out);
	assert_true(buf_ok(&out));
	assert_true(out.len > 8 * in.len);
	buf_clear(&in);
	buf_clear(&out);
}

/* Deeper than is looked at: nothing breaks. */
static void
test_deep(void **state)
{
	struct buf in, out;

	(void)state;
	buf_init(&in, 1u << 16);
	buf_init(&out, 1u << 17);
	for (int i = 0; i < 1000; i++)
		buf_text(&in, "{\"a\":[");
	buf_text(&in, "{\"name\":\"PASSWORD\",\"value\":\"x\",\"token\":\"y\"}");
	fields_mask(FIELDS_JSON, NULL, buf_span(&in), &out);
	assert_non_null(strstr(buf_cstr(&out), "\"token\":\"" M "\""));
	buf_clear(&in);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
