#include "tests/support/unit.h"

#include "broker/gate/fields.h"
#include "broker/gate/secretfields.h"

#define PARTS 8

static enum secretfields_as
judge(const char *service, const char *operation, const char *path)
{
	char folded[PARTS][FIELDS_NAME], copy[256];
	const char *parts[PARTS];
	struct secretfields s;
	size_t n = 0;

	snprintf(copy, sizeof copy, "%s", path);
	for (char *p = strtok(copy, "."); p != NULL; p = strtok(NULL, ".")) {
		fields_fold(span_of(p), folded[n]);
		parts[n] = folded[n];
		n++;
	}
	(void)secretfields_of(service, operation, &s);
	return secretfields_judge(&s, parts, n);
}

static void
test_judged(void **state)
{
	static const struct {
		const char *service, *operation, *path;
		enum secretfields_as as;
	} rows[] = {
		{ "sts", "AssumeRole",
		    "AssumeRoleResponse.AssumeRoleResult.Credentials."
		    "SecretAccessKey",
		    SECRETFIELDS_TEXT },
		{ "sts", "AssumeRole", "Credentials.AccessKeyId", SECRETFIELDS_TEXT },
		{ "sts", "AssumeRole", "Credentials.Expiration", SECRETFIELDS_KEEP },
		{ "sts", "AssumeRole", "Credentials.Deeper.New", SECRETFIELDS_TEXT },
		{ "sts", "AssumeRoleWithSAML", "credentials.session_token",
		    SECRETFIELDS_TEXT },
		{ "sts", "AssumeRole", "Credentials", SECRETFIELDS_UNSAID },
		{ "sts", "AssumeRole", "Arn", SECRETFIELDS_KEEP },
		{ "sts", "GetCallerIdentity", "Arn", SECRETFIELDS_UNSAID },
		{ "kms", "Decrypt", "Plaintext", SECRETFIELDS_BASE64 },
		{ "kms", "GenerateDataKey", "CiphertextBlob", SECRETFIELDS_KEEP },
		{ "kms", "Encrypt", "Plaintext", SECRETFIELDS_UNSAID },
		{ "ecr", "GetAuthorizationToken",
		    "authorizationData.authorizationToken", SECRETFIELDS_LOGIN },
		{ "lambda", "GetFunction", "Code.Location", SECRETFIELDS_TEXT },
		{ "lambda", "GetFunction", "Location", SECRETFIELDS_UNSAID },
		{ "lambda", "GetFunction", "NoCode.Location", SECRETFIELDS_UNSAID },
		{ "apigateway", "GetApiKeys", "item.value", SECRETFIELDS_TEXT },
		{ "apigateway", "GetRestApi", "value", SECRETFIELDS_UNSAID },
		{ "wafv2", "UpdateIPSet", "NextLockToken", SECRETFIELDS_KEEP },
		{ "nobody", "Nothing", "a.b", SECRETFIELDS_UNSAID },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (judge(rows[i].service, rows[i].operation, rows[i].path) !=
		    rows[i].as)
			fail_msg("%s:%s %s", rows[i].service, rows[i].operation,
			    rows[i].path);
}

static void
test_closed(void **state)
{
	struct secretfields s;

	(void)state;
	assert_true(secretfields_of("secretsmanager", "GetSecretValue", &s));
	assert_true(s.closed);
	assert_true(secretfields_of("lambda", "GetFunction", &s));
	assert_false(s.closed);
	assert_false(secretfields_of("secretsmanager", "ListSecrets", &s));
	assert_false(s.closed);
	assert_true(s.n == 0);
	/* Names are whole. */
	assert_false(secretfields_of("secretsmanager", "GetSecretValueX", &s));
	assert_false(secretfields_of("secretsmanager", "GetSecret", &s));
	assert_false(secretfields_of("secretsmanager", "", &s));
}

/* No operation has more rows than are looked at, and no row says nothing. */
static void
test_rows(void **state)
{
	const struct secretfields_row *r;

	(void)state;
	assert_int_equal(strlen(SECRETFIELDS_REVIEWED), strlen("2026-11-22"));
	for (size_t i = 0; (r = secretfields_row(i)) != NULL; i++) {
		struct secretfields s;
		char one[64];
		size_t of = 0;

		assert_true(r->secrets != NULL || r->keeps != NULL);
		assert_true(strlen(r->operations) > 0);
		snprintf(one, sizeof one, "%.*s", (int)strcspn(r->operations, " "),
		    r->operations);
		if (strcmp(one, "*") != 0)
			assert_true(secretfields_of(r->service, one, &s));
		for (size_t k = 0; secretfields_row(k) != NULL; k++)
			of += strcmp(secretfields_row(k)->service, r->service) == 0;
		/* All rows of a service could be about one operation. */
		assert_true(of <= SECRETFIELDS_ROWS);
	}
}

static void
test_slow(void **state)
{
	(void)state;
	assert_true(secretfields_slow("s3", "CopyObject"));
	assert_true(secretfields_slow("s3", "DeleteObjects"));
	assert_false(secretfields_slow("s3", "ListObjectsV2"));
	assert_false(secretfields_slow("sts", "CopyObject"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judged),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
