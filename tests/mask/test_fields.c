/* Names and values in each form in which they are written, and what only looks like one. */
#include "tests/mask/naive.h"

#define M "[MASKED:field]"
#define V "aB3xK9pQ7zL2"
#define BR "\x1e"

struct row {
	const char *in, *out; /* out NULL: nothing is masked */
};

static void
check(const struct row *rows, size_t n)
{
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		const char *want = rows[i].out == NULL ? rows[i].in : rows[i].out;
		char *out = naive_family(fields_build, NULL, rows[i].in);

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
	{ "{\"password\": \"" V "\"}", "{\"password\": \"" M "\"}" },
	{ "{\"password\":\"" V "\",\"n\":1}", "{\"password\":\"" M "\",\"n\":1}" },
	{ "{\"password\" : \"a b,c;d\", \"n\": 1}",
	    "{\"password\" : \"" M "\", \"n\": 1}" },
	{ "{\"Password\": \"x\\\"y\\\\\", \"n\": \"z\"}",
	    "{\"Password\": \"" M "\", \"n\": \"z\"}" },
	{ "{\"password\":\n  \"" V "\"\n}", "{\"password\":\n  \"" M "\"\n}" },
	{ "{\"token\": \"abc\"}", "{\"token\": \"" M "\"}" },
	{ "{\"DbPassword\": \"EpWds8G1JpDSvlx9TnAs\", \"DbUser\": \"svc\"}",
	    "{\"DbPassword\": \"" M "\", \"DbUser\": \"svc\"}" },
	/* Numbers stay JSON. */
	{ "{\"password\": 12345}", "{\"password\": \"" M "\"}" },
	{ "{\"password\": 12345, \"n\": 2}", "{\"password\": \"" M "\", \"n\": 2}" },
	{ "{\"pin_secret\": -1.5e7\n}", "{\"pin_secret\": \"" M "\"\n}" },
	{ "{\"password\": [12345]}", NULL },
	/* Levels of nesting. */
	{ "\"{\\\"password\\\": \\\"" V "\\\", \\\"n\\\": 1}\"",
	    "\"{\\\"password\\\": \\\"" M "\\\", \\\"n\\\": 1}\"" },
	{ "\"{\\\\\\\"secret_key\\\\\\\": \\\\\\\"" V
	  "\\\\\\\", \\\\\\\"n\\\\\\\": 1}\"",
	    "\"{\\\\\\\"secret_key\\\\\\\": \\\\\\\"" M
	    "\\\\\\\", \\\\\\\"n\\\\\\\": 1}\"" },
	{ "\"{\\\"password\\\": \\\"a\\\\\\\"b\\\", \\\"n\\\": 1}\"",
	    "\"{\\\"password\\\": \\\"" M "\\\", \\\"n\\\": 1}\"" },
	{ "\"{\\\"password\\\": 123456}\"", "\"{\\\"password\\\": " M "}\"" },
	{ "\"{\\\"password\\\": \\\"unclosed\"", "\"{\\\"password\\\": \\\"" M "\"" },
	/* An object of a secret's name: its members are judged alone. */
	{ "{\"secret\": {\"name\": \"a\", \"password\": \"" V "\"}}",
	    "{\"secret\": {\"name\": \"a\", \"password\": \"" M "\"}}" },
	{ "{\"password\": {\"S\": \"" V "\"}, \"id\": {\"S\": \"1\"}}",
	    "{\"password\": {\"S\": \"" M "\"}, \"id\": {\"S\": \"1\"}}" },
	{ "{\"password\": [\"a\", \"b\"]}", NULL },
	/* Without its closing quote a value ends with its line. */
	{ "{\"password\": \"" V "\nnext line\n",
	    "{\"password\": \"" M "\nnext line\n" },
	{ "{\"SecretString\": \"{\\\"a\\\": 1," BR "}\", \"n\": 1}",
	    "{\"SecretString\": \"" M "\", \"n\": 1}" },
};
CASES(json)

static const struct row harmless_rows[] = {
	{ "{\"password\": \"\", \"secret\": null, \"token\": true}", NULL },
	{ "{\"password\": false}", NULL },
	{ "{'password': None, 'token': ''}", NULL },
	{ "Password:<nil>", NULL },
	{ "{\"SecretArn\": \"arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf\"}",
	    NULL },
	{ "{\"secret\": \"arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf\"}",
	    NULL },
	{ "secret: arn:aws:secretsmanager:eu-west-1:111122223333:secret:name-AbCdEf",
	    NULL },
	{ "{\"password\": "
	  "\"{{resolve:secretsmanager:MySecret:SecretString:password}}\"}",
	    NULL },
	{ "password: {{resolve:ssm-secure:name:1}}", NULL },
	{ "password=${DB_PASSWORD}", NULL },
	{ "password=\"${DB_PASSWORD}\"", NULL },
	{ "password=$(cat /run/file)", NULL },
	{ "password=\"$(cat /run/file)\"", NULL },
	{ "password=$DB_PASSWORD1", NULL },
	{ "password: $DB_PASSWORD1\n", NULL },
	{ "mysql --password=$PW1 x", NULL },
	{ "password=****", NULL },
	{ "password: \"****\"", NULL },
	{ "password=****************ABCD", NULL },
	{ "password=***\n", NULL },
	{ "{\"password\": \"[MASKED:field]\"}", NULL },
	{ "password=[MASKED:field]", NULL },
	{ "password: [MASKED:field]\n", NULL },
	{ "password = (sensitive value)\n", NULL },
	{ "password = <sensitive>\n", NULL },
	{ "\"password\": \"<password>\"", NULL },
	{ "password=%DB_PASSWORD%", NULL },
	{ "password:  12 bytes\n", NULL },
	{ "password: user.password\n", NULL },
	{ "password=password, token=token)", NULL },
	{ "password = getpass.getpass()", NULL },
	{ "String password = props.get(", NULL },
	{ "password: 'null'", NULL },
	/* … and what is not. */
	{ "password=${DB_PASSWORD:-" V "}", "password=" M "}" },
	{ "password=$6$salt$" V " x", "password=" M " x" },
	{ "password=$y$j9T$" V " x", "password=" M " x" },
	{ "password=true1", "password=" M },
	{ "password=nullable;", "password=" M ";" },
	{ "{\"password\": \"nothing\"}", "{\"password\": \"" M "\"}" },
	{ "{\"password\": \"arn:other\"}", "{\"password\": \"" M "\"}" },
	{ "password=**a", "password=" M },
};
CASES(harmless)

static const struct row assigned_rows[] = {
	{ "DB_PASSWORD=" V "\nPORT=8080\n", "DB_PASSWORD=" M "\nPORT=8080\n" },
	{ "DB_PASSWORD=" V "\r\nPORT=8080\r\n", "DB_PASSWORD=" M "\r\nPORT=8080\r\n" },
	{ "export DB_PASSWORD=" V "\n", "export DB_PASSWORD=" M "\n" },
	{ "DB_PASSWORD=" V " ./run.sh --fast", "DB_PASSWORD=" M " ./run.sh --fast" },
	{ "DB_PASSWORD='" V "' ./run.sh", "DB_PASSWORD='" M "' ./run.sh" },
	{ "DB_PASSWORD=\"a b\" ./run.sh", "DB_PASSWORD=\"" M "\" ./run.sh" },
	{ "DB_PASSWORD=$'" V "' x", "DB_PASSWORD=$'" M "' x" },
	{ "password = \"" V "\"\nport = 1\n", "password = \"" M "\"\nport = 1\n" },
	{ "password = " V "\nport = 1\n", "password = " M "\nport = 1\n" },
	{ "password = a pass phrase # why\n", "password = " M " # why\n" },
	{ "db.password=" V "\n", "db.password=" M "\n" },
	{ "spring.datasource.password: " V "\n",
	    "spring.datasource.password: " M "\n" },
	{ "masterUserPassword: " V "\n", "masterUserPassword: " M "\n" },
	{ ":password => \"" V "\", :x => 1", ":password => \"" M "\", :x => 1" },
	{ "'password' => '" V "', 'x' => 1", "'password' => '" M "', 'x' => 1" },
	{ "password := \"" V "\"", "password := \"" M "\"" },
	{ "PASSWORD ?= " V "\n", "PASSWORD ?= " M "\n" },
	{ "$env:DB_PASSWORD = \"" V "\"", "$env:DB_PASSWORD = \"" M "\"" },
	{ "ENV[\"DB_PASSWORD\"] = \"" V "\"", "ENV[\"DB_PASSWORD\"] = \"" M "\"" },
	{ "$config['password'] = '" V "';", "$config['password'] = '" M "';" },
	{ "define( 'DB_PASSWORD', '" V "' );", "define( 'DB_PASSWORD', '" M "' );" },
	{ "const password: string = \"" V "\";",
	    "const password: string = \"" M "\";" },
	{ "x { token: Some(\"" V "\") }", "x { token: Some(\"" M "\") }" },
	{ "password: string;", NULL },
	{ "password            " V "\nusername  u\n",
	    "password            " M "\nusername  u\n" },
	{ "db-password   Opaque   1   5d", NULL },
	{ "define('DB_PASSWORD', '" V "');", "define('DB_PASSWORD', '" M "');" },
	{ "setProperty(\"password\", \"" V "\")",
	    "setProperty(\"password\", \"" M "\")" },
	{ "Server=db;User Id=sa;Password=" V ";Encrypt=true;",
	    "Server=db;User Id=sa;Password=" M ";Encrypt=true;" },
	{ "Uid=sa;Pwd=" V ";", "Uid=sa;Pwd=" M ";" },
	{ "AccountName=x;AccountKey=abc+/1==;EndpointSuffix=y",
	    "AccountName=x;AccountKey=" M ";EndpointSuffix=y" },
	{ "host=h password=" V " dbname=d", "host=h password=" M " dbname=d" },
	{ "https://h/p?user=u&password=" V "&x=1",
	    "https://h/p?user=u&password=" M "&x=1" },
	{ "user%3Du%26password%3D" V "%26x%3D1",
	    "user%3Du%26password%3D" M "%26x%3D1" },
	{ "password%3Da%20b%22", "password%3D" M "%22" },
	{ "jdbc:postgresql://h/d?password=" V "\"",
	    "jdbc:postgresql://h/d?password=" M "\"" },
	{ "{\"url\": \"x?password=" V "\", \"n\": 1}",
	    "{\"url\": \"x?password=" M "\", \"n\": 1}" },
	{ "\"{\\\"url\\\": \\\"x?token=" V "\\\"}\"",
	    "\"{\\\"url\\\": \\\"x?token=" M "\\\"}\"" },
	{ "\"DB_PASSWORD=a b,c\", \"X=1\"", "\"DB_PASSWORD=" M "\", \"X=1\"" },
	{ "\\\"DB_PASSWORD=a b,c\\\", \\\"X=1\\\"",
	    "\\\"DB_PASSWORD=" M "\\\", \\\"X=1\\\"" },
	{ "--from-literal=password=" V " x", "--from-literal=password=" M " x" },
	{ "user: bob, password: " V ", port: 1",
	    "user: bob, password: " M ", port: 1" },
	{ "{Name:x Password:" V " Port:5}", "{Name:x Password:" M " Port:5}" },
	{ "&{Password:\"" V "\", Port:5}", "&{Password:\"" M "\", Port:5}" },
	{ "{'password': '" V "', 'n': 1}", "{'password': '" M "', 'n': 1}" },
	{ "{'password': b'" V "'}", "{'password': b'" M "'}" },
	{ "Secret Access Key: " V "abcd", "Secret Access Key: " M },
	{ "Password : " V "\n", "Password : " M "\n" },
	{ "userPassword: {SSHA}" V "=\n", "userPassword: {SSHA}" M "\n" },
	{ "userPassword:: " V "=\n", "userPassword:: " M "\n" },
	{ "level=info password=" V " user=x", "level=info password=" M " user=x" },
	{ "[password=" V "] done", "[password=" M "] done" },
	{ "(password=" V ")", "(password=" M ")" },
	{ "password='''" V "'x''' y", "password='''" M "''' y" },
	{ "password=\"\"\"a\nb\"\"\" y", "password=\"\"\"" M "\"\"\" y" },
	{ "PRIVATE_KEY=\"line\nline\nline\"\nX=1", "PRIVATE_KEY=\"" M "\"\nX=1" },
};
CASES(assigned)

static const struct row yaml_rows[] = {
	{ "  SecretAccessKey: Oiggh+uhj/1\n  Expiration: 2026\n",
	    "  SecretAccessKey: " M "\n  Expiration: 2026\n" },
	{ "password: correct horse battery\nuser: x\n", "password: " M "\nuser: x\n" },
	{ "password: a,b;c}d&e<f\nuser: x\n", "password: " M "\nuser: x\n" },
	{ "- password: '" V "'\n", "- password: '" M "'\n" },
	{ "password: 'it''s'\nx: 1\n", "password: '" M "'\nx: 1\n" },
	{ "SecretString: '{\"username\": \"a\",\n  \"b\": \"c\"}'\nx: 1\n",
	    "SecretString: '" M "'\nx: 1\n" },
	{ "password: " V "  # why\nx: 1\n", "password: " M "  # why\nx: 1\n" },
	{ "key:\n  password: |\n    line 1\n    line 2\n\n    line 3\n  user: x\n",
	    "key:\n  password: |\n    " M "\n  user: x\n" },
	{ "password: >-\n  a\n  b\nuser: x\n", "password: >-\n  " M "\nuser: x\n" },
	{ "password: |\r\n  a\r\n  b\r\nuser: x\r\n",
	    "password: |\r\n  " M "\r\nuser: x\r\n" },
	{ "private_key: |\n  a\n  b", "private_key: |\n  " M },
	{ "password: |\nuser: x\n", NULL },
	{ "password:\n  nested: x\n", NULL },
	{ "\"x\": \"a" BR "password: a b" BR "c\"",
	    "\"x\": \"a" BR "password: " M BR "c\"" },
	{ "\"x\": \"a" BR "password: a b\", \"y\": 1",
	    "\"x\": \"a" BR "password: " M "\", \"y\": 1" },
	{ "\"x\": \"a" BR "k:" BR "  password: |" BR "    q" BR "    r" BR "  b: c\"",
	    "\"x\": \"a" BR "k:" BR "  password: |" BR "    " M BR "  b: c\"" },
	{ "\"x\": \"password: |" BR "  q" BR "  r\", \"y\": 1",
	    "\"x\": \"password: |" BR "  " M "\", \"y\": 1" },
	{ "password: !!str " V "\n", "password: " M "\n" },
	{ "\"password\": |\n  a\nuser: x\n", "\"password\": |\n  " M "\nuser: x\n" },
};
CASES(yaml)

static const struct row other_rows[] = {
	/* Tables. */
	{ "|  SecretAccessKey|  Sr+UzcpXf0    |\n|  Token          |  abc1   |\n",
	    "|  SecretAccessKey|  " M "    |\n|  Token          |  " M "   |\n" },
	{ "||  Password  |  a b c  ||\n", "||  Password  |  " M "  ||\n" },
	{ "|  DB_PASSWORD |  PLAINTEXT |  " V "  |\n",
	    "|  DB_PASSWORD |  PLAINTEXT |  " M "  |\n" },
	{ "|  PORT |  PLAINTEXT |  8080  |\n", NULL },
	{ "\xe2\x94\x82 password \xe2\x94\x82 " V " \xe2\x94\x82\n",
	    "\xe2\x94\x82 password \xe2\x94\x82 " M " \xe2\x94\x82\n" },
	{ "-[ RECORD 1 ]-\npassword | " V "\n", "-[ RECORD 1 ]-\npassword | " M "\n" },
	{ "echo $DB_PASSWORD | docker login --password-stdin\n", NULL },
	{ "grep password | wc -l\n", NULL },
	{ "| password |\n", NULL },
	/* Columns. */
	{ "ENVIRONMENT\tDB_PASSWORD\t" V "\n", "ENVIRONMENT\tDB_PASSWORD\t" M "\n" },
	{ "arn:aws:x\t1.0\tprod/db-password\t" V "\tv1\n",
	    "arn:aws:x\t1.0\tprod/db-password\t" M "\tv1\n" },
	{ "PARAMETER\tx\t/prod/db/password\tString\ty\t1\n", NULL },
	{ "id\tpassword\thost\n", NULL },
	/* Tags. */
	{ "<Password>" V "</Password>", "<Password>" M "</Password>" },
	{ "<ns:SecretAccessKey>a/b+c</ns:SecretAccessKey>",
	    "<ns:SecretAccessKey>" M "</ns:SecretAccessKey>" },
	{ "<password encrypted=\"no\">" V "</password>",
	    "<password encrypted=\"no\">" M "</password>" },
	{ "<password><![CDATA[" V "]]></password>",
	    "<password><![CDATA[" M "</password>" },
	{ "<user name=\"x\" password=\"" V "\"/>",
	    "<user name=\"x\" password=\"" M "\"/>" },
	{ "<entry key=\"db.password\">" V "</entry>",
	    "<entry key=\"db.password\">" M "</entry>" },
	{ "<password></password><token/>", NULL },
	{ "mysql -u <user> -p <password> -h <host>", NULL },
	{ "postgres://<user>:<password>@<host>/db", NULL },
	/* Options. */
	{ "--password " V " --user x", "--password " M " --user x" },
	{ "--password=" V " --user x", "--password=" M " --user x" },
	{ "--password 'a b' --user x", "--password '" M "' --user x" },
	{ "--master-user-password " V, "--master-user-password " M },
	{ "[\"--password\", \"" V "\"]", "[\"--password\", \"" M "\"]" },
	{ "\"--password\",\n  \"" V "\",\n  \"x\"",
	    "\"--password\",\n  \"" M "\",\n  \"x\"" },
	{ "--secret-string '{\"a\":1}' --x", "--secret-string '" M "' --x" },
	{ "--password-stdin < file", NULL },
	{ "  -p, --password string   Password for it", NULL },
	{ "--password PASSWORD", NULL },
	{ "--password --user x", NULL },
	{ "[--token <value>]", NULL },
	{ "--secret-string file://x.json", NULL },
	{ "--next-token abc123456789", NULL },
	{ "--starting-token abc123456789 --client-token abc12345", NULL },
	/* Headers. */
	{ "> X-Api-Key: " V "\r\n> Host: x\r\n",
	    "> X-Api-Key: " M "\r\n> Host: x\r\n" },
	{ "-H 'X-Api-Key: " V "' x", "-H 'X-Api-Key: " M "' x" },
	/* .netrc and others where a blank parts them. */
	{ "machine h login u password " V "\n", "machine h login u password " M "\n" },
	{ "machine h\n  login u\n  password hunter\nmachine",
	    "machine h\n  login u\n  password " M "\nmachine" },
	{ "default login u password " V "\n", "default login u password " M "\n" },
	{ "the login and password are sent", NULL },
	{ "ENV DB_PASSWORD " V "\n", "ENV DB_PASSWORD " M "\n" },
	{ "set -x DB_PASSWORD " V "\n", "set -x DB_PASSWORD " M "\n" },
	{ "ALTER USER u WITH PASSWORD '" V "';",
	    "ALTER USER u WITH PASSWORD '" M "';" },
	{ "aws configure set aws_secret_access_key aB3xK9pQ7zL2aB3xK9pQ7zL2 x",
	    "aws configure set aws_secret_access_key " M " x" },
};
CASES(other)

static const struct row shown_rows[] = {
	{ "the password is wrong\n", NULL },
	{ "token: see below\n", NULL },
	{ "secret: name\n", NULL },
	{ "Password: ", NULL },
	{ "Password: \r\nLogin ok\r\n$ ", NULL },
	{ "Enter password:", NULL },
	{ "Enter password:\nERROR 1045 (28000)\n", NULL },
	{ "[sudo] password for bob: ", NULL },
	{ "password:\n", NULL },
	{ "Action: secretsmanager:GetSecretValue\n", NULL },
	{ "{\"SecretArn\": \"x\", \"PasswordLastUsed\": \"2026\", \"TokenExpiry\": 3}",
	    NULL },
	{ "{\"password_policy\": \"strict1\", \"secrets\": \"aaaa1\"}", NULL },
	{ "{\"NextToken\": \"solcB3YCrG5DzZb0bF\"}", NULL },
	{ "{\"nextForwardToken\": \"f/1\", \"nextBackwardToken\": \"b/1\"}", NULL },
	{ "NextContinuationToken: abc12345\n", NULL },
	{ "{\"ClientToken\": \"90b7499a-dbb6\", \"HttpTokens\": \"required1\"}", NULL },
	{ "{\"TokenType\": \"Bearer1\"}", NULL },
	{ "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf\n",
	    NULL },
	{ "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-AbCdEf:password::\n",
	    NULL },
	{ "\"valueFrom\": "
	  "\"arn:aws:secretsmanager:r:1:secret:my-password:SecretString1\"",
	    NULL },
	{ "std::secret::value1", NULL },
	{ "https://x-access-token:" V "@github.com/a/b.git", NULL },
	{ "if password == other1:", NULL },
	{ "PWD=/home/u/project1\nOLDPWD=/home/u/project2\n", NULL },
	{ "kubernetes.io/service-account-token   3   5d", NULL },
	{ "{\"total_tokens\": 12, \"tokens\": [1]}", NULL },
	{ "password", NULL },
	{ "\"password\"", NULL },
	{ "\"password\": ", NULL },
	{ "[\"password\", \"token\", \"secret1\"]", NULL },
	{ "\"kind\": \"token\", \"x\": \"y1\"", NULL },
	{ "the default password to set a new one\n", NULL },
	{ "the default encryption key that KMS has\n", NULL },
	{ "non-secret key:value pairs", NULL },
	{ "SECRET_KEY = 'AWS_SECRET_ACCESS_KEY'", NULL },
	{ "self.user, self.password = user, password", NULL },
	{ "TOKEN = 60\n", NULL },
	{ "put(\"\\\"TokenValue\\\":\");\nput(\"x\");", NULL },
	{ "\"--password\", \"--user\", \"x\"", NULL },
	{ "\"passphrase\": (\"a\", \"b\")", NULL },
	{ "password = input('Password: ')\n", NULL },
	{ "printf(\"Password: \"); x(\"y\");", NULL },
	{ "url = \"x?token=\" + t1 + \"&y\"", NULL },
	{ "it's a password: 'x1'", "it's a password: '" M "'" },
};
CASES(shown)

/* The configuration's own names. */
static void
policy_keys(void **state)
{
	static const char policy[] =
	    "masking:\n  keys: {add: [kundennummer, CustomerNumber], "
	    "weak: [code], never: [SyncToken, db_password]}\n";
	static const struct row rows[] = {
		{ "{\"kundennummer\": \"x\"}", "{\"kundennummer\": \"" M "\"}" },
		{ "CUSTOMER_NUMBER=x", "CUSTOMER_NUMBER=" M },
		{ "customer-number: x", "customer-number: " M },
		{ "code: abc", "code: abc" },
		{ "code: abc1", "code: " M },
		{ "sync_token=abc1", "sync_token=abc1" },
		{ "DB_PASSWORD=abc1 x_password=b", "DB_PASSWORD=abc1 x_password=" M },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *out = naive_family(fields_build, policy, rows[i].in);

		assert_string_equal(out, rows[i].out);
		free(out);
	}
}

/* Values without an end do not swallow what follows for good. */
static void
bounds(void **state)
{
	struct naive *n = calloc(1, sizeof *n);
	struct mask_policy *p = NULL;
	struct mask_build b;
	struct err err;
	struct buf in;
	char *out;

	(void)state;
	buf_init(&in, 1 << 20);
	buf_text(&in, "password='never closed");
	for (size_t i = 0; i < 100; i++)
		buf_printf(&in, "\nline %zu", i);
	buf_text(&in, "\nlast");
	assert_non_null(n);
	assert_int_equal(mask_policy_read(NULL, &p, &err), RC_OK);
	assert_int_equal(build_one(&b, p, NULL, fields_build, &err), RC_OK);
	naive_run(&b, buf_span(&in), n);
	out = naive_text(n, buf_span(&in));
	assert_non_null(strstr(out, "line 64\n"));
	assert_non_null(strstr(out, "\nlast"));
	assert_null(strstr(out, "closed"));
	assert_null(strstr(out, "line 63"));
	free(out);
	/* One long value is masked whole. */
	buf_reset(&in);
	n->n = 0;
	buf_text(&in, "{\"password\": \"");
	for (size_t i = 0; i < 100000; i++)
		buf_text(&in, "x");
	buf_text(&in, "\"}");
	naive_run(&b, buf_span(&in), n);
	out = naive_text(n, buf_span(&in));
	assert_string_equal(out, "{\"password\": \"" M "\"}");
	free(out);
	build_clear(&b);
	mask_policy_free(p);
	buf_clear(&in);
	free(n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json),
		cmocka_unit_test(harmless),
		cmocka_unit_test(assigned),
		cmocka_unit_test(yaml),
		cmocka_unit_test(other),
		cmocka_unit_test(shown),
		cmocka_unit_test(policy_keys),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
