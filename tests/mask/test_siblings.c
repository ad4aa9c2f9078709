/* Values that are secrets by what stands beside them. */
#include "tests/mask/naive.h"

#define M "[MASKED:field]"
#define V "aB3xK9pQ7zL2"

struct row {
	const char *in, *out; /* out NULL: nothing is masked */
};

/* The names are found by the one, the values by the other. */
static void
both(struct mask_build *b)
{
	fields_build(b);
	siblings_build(b);
}

static void
check(const struct row *rows, size_t n)
{
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		const char *want = rows[i].out == NULL ? rows[i].in : rows[i].out;
		char *out = naive_family(both, NULL, rows[i].in);

		if (strcmp(out, want) != 0) {
			print_message(
			    "in:   %s\nout:  %s\nwant: %s\n", rows[i].in, out, want);
			failed++;
		}
		free(out);
	}
	assert_int_equal(failed, 0);
}

#define CASES(name)                                                                    \
	static void name(void **state)                                                 \
	{                                                                              \
		(void)state;                                                           \
		check(name##_rows, ROWS(name##_rows));                                 \
	}

static const struct row json_rows[] = {
	{ "{\"name\":\"DB_PASSWORD\",\"value\":\"" V "\"}",
	    "{\"name\":\"DB_PASSWORD\",\"value\":\"" M "\"}" },
	{ "{\n  \"name\": \"DB_PASSWORD\",\n  \"value\": \"" V "\"\n}",
	    "{\n  \"name\": \"DB_PASSWORD\",\n  \"value\": \"" M "\"\n}" },
	{ "{\"name\": \"A_TOKEN\", \"value\": \"x\", \"type\": \"PLAINTEXT\"}",
	    "{\"name\": \"A_TOKEN\", \"value\": \"" M "\", \"type\": \"PLAINTEXT\"}" },
	{ "{\"name\": \"A_TOKEN\", \"type\": \"PLAINTEXT\", \"value\": \"x\"}",
	    "{\"name\": \"A_TOKEN\", \"type\": \"PLAINTEXT\", \"value\": \"" M "\"}" },
	{ "{\"ParameterKey\": \"DBPassword\", \"ParameterValue\": \"x\"}",
	    "{\"ParameterKey\": \"DBPassword\", \"ParameterValue\": \"" M "\"}" },
	{ "{\"OutputKey\": \"DbPassword\", \"OutputValue\": \"x\", \"Description\": "
	  "\"d\"}",
	    "{\"OutputKey\": \"DbPassword\", \"OutputValue\": \"" M
	    "\", \"Description\": \"d\"}" },
	{ "{\"Name\": \"/prod/db/password\", \"Type\": \"String\", \"Value\": \"x\"}",
	    "{\"Name\": \"/prod/db/password\", \"Type\": \"String\", \"Value\": \"" M
	    "\"}" },
	{ "{\"Name\": \"/a/b\", \"Type\": \"SecureString\", \"Value\": \"x\", "
	  "\"Version\": 1}",
	    "{\"Name\": \"/a/b\", \"Type\": \"SecureString\", \"Value\": \"" M
	    "\", \"Version\": 1}" },
	{ "{\"Type\":\"SecureString\",\"Value\":\"x\"}",
	    "{\"Type\":\"SecureString\",\"Value\":\"" M "\"}" },
	{ "\"{\\\"name\\\": \\\"DB_PASSWORD\\\", \\\"value\\\": \\\"x\\\"}\"",
	    "\"{\\\"name\\\": \\\"DB_PASSWORD\\\", \\\"value\\\": \\\"" M "\\\"}\"" },
	{ "\"{\\\\\\\"name\\\\\\\":\\\\\\\"DB_PASSWORD\\\\\\\",\\\\\\\"value\\\\\\\":"
	  "\\\\\\\"x\\\\\\\"}\"",
	    "\"{\\\\\\\"name\\\\\\\":\\\\\\\"DB_PASSWORD\\\\\\\",\\\\\\\"value\\\\\\\":"
	    "\\\\\\\"" M "\\\\\\\"}\"" },
	{ "{'Name': 'DB_PASSWORD', 'Value': 'x'}",
	    "{'Name': 'DB_PASSWORD', 'Value': '" M "'}" },
	{ "{\"db_password\": {\"sensitive\": true, \"type\": \"string\", \"value\": "
	  "\"x\"}}",
	    "{\"db_password\": {\"sensitive\": true, \"type\": \"string\", \"value\": "
	    "\"" M "\"}}" },
	{ "{\"name\":\"DB_PASSWORD\",\"value\":7}",
	    "{\"name\":\"DB_PASSWORD\",\"value\":\"" M "\"}" },
	/* Another object, another thing. */
	{ "[{\"name\":\"DB_PASSWORD\"},{\"value\":\"x\"}]", NULL },
	{ "{\"name\":\"DB_PASSWORD\",\"valueFrom\":\"arn:aws:ssm:x\"}", NULL },
	{ "{\"name\":\"DB_PASSWORD\",\"value\":\"\"}", NULL },
	{ "{\"name\":\"DB_USER\",\"value\":\"x\"}", NULL },
	{ "{\"description\":\"the password\",\"value\":\"x\"}", NULL },
	{ "{\"Type\":\"String\",\"Value\":\"x\"}", NULL },
	{ "{\"Kind\":\"SecureString\",\"Value\":\"x\"}", NULL },
	{ "{\"name\":\"DB_PASSWORD\",\"a\":{\"value\":\"x\"}}", NULL },
	{ "{\"name\":\"DB_PASSWORD\",\"a\":\"}\",\"value\":\"x\"}",
	    "{\"name\":\"DB_PASSWORD\",\"a\":\"}\",\"value\":\"" M "\"}" },
	{ "[{\"Key\":\"Name\",\"Value\":\"web-1\"},{\"Key\":\"team\",\"Value\":\"a\"}]",
	    NULL },
	{ "{\"name\":\"next_token\",\"value\":\"x\"}", NULL },
};
CASES(json)

static const struct row yaml_rows[] = {
	{ "- name: DB_PASSWORD\n  value: " V "\n- name: X\n  value: y\n",
	    "- name: DB_PASSWORD\n  value: " M "\n- name: X\n  value: y\n" },
	{ "env:\n  - name: \"DB_PASSWORD\"\n    value: 'a b'\n",
	    "env:\n  - name: \"DB_PASSWORD\"\n    value: '" M "'\n" },
	{ "Name: /p/x\nType: SecureString\nValue: a b\nVersion: 1\n",
	    "Name: /p/x\nType: SecureString\nValue: " M "\nVersion: 1\n" },
	{ "  Type: SecureString\r\n  Value: |\r\n    a\r\n    b\r\n  Version: 1\r\n",
	    "  Type: SecureString\r\n  Value: |\r\n    " M "\r\n  Version: 1\r\n" },
	{ "- ParameterKey: DBPassword\n  ParameterValue: x\n",
	    "- ParameterKey: DBPassword\n  ParameterValue: " M "\n" },
	{ "name  = \"DB_PASSWORD\"\nvalue = \"x\"\n",
	    "name  = \"DB_PASSWORD\"\nvalue = \"" M "\"\n" },
	{ "- name: DB_PASSWORD\n- name: B\n  value: y\n", NULL },
	{ "- name: DB_PASSWORD\n- value: y\n", NULL },
	{ "a:\n  name: DB_PASSWORD\nvalue: y\n", NULL },
	{ "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      key: password\n",
	    NULL },
};
CASES(yaml)

static const struct row other_rows[] = {
	{ "|  Name   |  /prod/x     |\n|  Type   |  SecureString|\n|  Value  |  " V
	  "|\n|  Version|  4 |\n",
	    "|  Name   |  /prod/x     |\n|  Type   |  SecureString|\n|  Value  |  " M
	    "|\n|  Version|  4 |\n" },
	{ "||  Type   |  SecureString  ||\n||  Value  |  a b  ||\n",
	    "||  Type   |  SecureString  ||\n||  Value  |  " M "  ||\n" },
	{ "|  /prod/x |  SecureString |  a b |  1  |\n",
	    "|  /prod/x |  SecureString |  " M " |  1  |\n" },
	{ "|  /prod/x |  SecureString |  1  |\n", NULL },
	{ "PARAMETER\tarn:aws:x\ttext\t1.5\t/prod/x\tSecureString\t" V "\t1\n",
	    "PARAMETER\tarn:aws:x\ttext\t1.5\t/prod/x\tSecureString\t" M "\t1\n" },
	{ "PARAMETER\t/prod/x\tSecureString\t12345\t1\n",
	    "PARAMETER\t/prod/x\tSecureString\t" M "\t1\n" },
	{ "PARAMETERS\t/prod/x\tSecureString\t12\n", NULL },
	{ "|  Type   |  String|\n|  Value  |  " V "|\n", NULL },
	{ "|  Name |  API_KEY |\n|  Value|  " V "|\n",
	    "|  Name |  API_KEY |\n|  Value|  " M "|\n" },
	{ "|  Name |  API_USER |\n|  Value|  " V "|\n", NULL },
	{ "<Name>DB_PASSWORD</Name><Value>x</Value>",
	    "<Name>DB_PASSWORD</Name><Value>" M "</Value>" },
	{ "<name>db.password</name>\n  <value>x y</value>",
	    "<name>db.password</name>\n  <value>" M "</value>" },
	{ "<Type>SecureString</Type><Value>x</Value>",
	    "<Type>SecureString</Type><Value>" M "</Value>" },
	{ "<add key=\"DbPassword\" value=\"x\" />",
	    "<add key=\"DbPassword\" value=\"" M "\" />" },
	{ "<property name=\"password\" value=\"x\"/>",
	    "<property name=\"password\" value=\"" M "\"/>" },
	{ "<key>APIKey</key><string>x</string>",
	    "<key>APIKey</key><string>" M "</string>" },
	{ "<key>Name</key><string>x</string>", NULL },
	{ "~ password = \"a\" -> \"b\"\n~ x = \"c\" -> \"d\"\n",
	    "~ password = \"" M "\" -> \"" M "\"\n~ x = \"c\" -> \"d\"\n" },
	{ "<add key=\"DbUser\" value=\"x\" />", NULL },
	{ "--type SecureString --value x", NULL },
};
CASES(other)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json),
		cmocka_unit_test(yaml),
		cmocka_unit_test(other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
