/* Base64 of secrets: at each place in a group, in lines, in strings; and base64 of other
 * things, which stays. */
#include "tests/mask/naive.h"

#include "recorder/mask/aligned.h"

#define M "[MASKED:base64-secret]"

/* 76 letters of `base64` of a file of credentials, and its last line. */
#define FILE1                                                                          \
	"W2RlZmF1bHRdCmF3c19hY2Nlc3Nfa2V5X2lkID0gQUtJQUlPU0ZPRE5ON0VYQU1QTEUKYXdzX3Nl"
#define SHORT1 "W2RlZmF1b"
#define FILE2                                                                          \
	"Y3JldF9hY2Nlc3Nfa2V5ID0gd0phbHJYVXRuRkVNSS9LN01ERU5HL2JQeFJmaUNZRVhBTVBMRUtF"
#define FILE3 "WQo="
/* Of "-----BEGIN RSA PRIVATE KEY-----\nMIIEow", … CERTIFICATE, … PUBLIC KEY. */
#define RSA "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFb3c="
#define CERT "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURYVEND"
#define PUBLIC "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUlJQklq"

static const struct {
	const char *in, *out;
} table[] = {
	{ "", "" },
	/* AKIAIOSFODNN7EXAMPLE with none, one and two bytes before it. */
	{ "QUtJQUlPU0ZPRE5ON0VYQU1QTEU=", M },
	{ "OkFLSUFJT1NGT0ROTjdFWEFNUExF", "Ok" M },
	{ "OjpBS0lBSU9TRk9ETk43RVhBTVBMRQ==", "Ojp" M },
	{ "QVNJQUlPU0ZPRE5ON0VYQU1QTEU=", M },
	{ "\"QUtJQUlPU0ZPRE5ON0VYQU1QTEU=\", 1", "\"" M "\", 1" },
	{ "x QUtJQUlPU0ZPRE5ON0VYQU1QTEU y", "x " M " y" },
	/* In the middle of a run: all but its first letters. */
	{ "abcdefghiQUtJQUlPU0ZPRE5", "abcdefghi" M },
	{ "abcdefghijkQUtJQUlPU0ZPRE5-_", "abcdefghi" M },
	{ "abcQUtJQUlPU0ZPRE5-_", "abc" M },
	{ "a=abcdefghijkl=QUtJQUlPU0ZPRE5", "a=abcdefghijkl=" M },
	/* {"SecretAccessKey":"x"}, AWS_SECRET_ACCESS_KEY=x, {"password":"x"} */
	{ "eyJTZWNyZXRBY2Nlc3NLZXkiOiJ4In0=", "eyJ" M },
	{ "QVdTX1NFQ1JFVF9BQ0NFU1NfS0VZPXg=.", M "." },
	{ "eyJwYXNzd29yZCI6IngifQ", "ey" M },
	{ RSA, M },
	{ "key: " RSA "\nnext: 1", "key: " M "\nnext: 1" },
	/* Lines. */
	{ FILE1 "\n" FILE2 "\n" FILE3 "\n$ ", SHORT1 M "\n$ " },
	{ FILE1 "\r\n" FILE2 "\r\n" FILE3 "\r\n$ ", SHORT1 M "\r\n$ " },
	{ "\"" FILE1 "\x1e" FILE2 "\x1e" FILE3 "\x1e\"", "\"" SHORT1 M "\x1e\"" },
	{ "\"" FILE1 "\x1e" FILE2 "\x1e" FILE3 "\"", "\"" SHORT1 M "\"" },
	{ "  " FILE1 "\n  " FILE2 "\n  " FILE3, "  " SHORT1 M },
	{ FILE1 "\n" FILE2, SHORT1 M },
	{ FILE1 "\n" FILE2 "\n", SHORT1 M "\n" },
	/* The next line is a sentence, not base64. */
	{ FILE1 "\nThe end.\n", SHORT1 M "\nThe end.\n" },
	{ FILE1 "\n" FILE2 "\nuser@host:~$ ", SHORT1 M "\nuser@host:~$ " },
	{ FILE1 "\n\n" FILE2, SHORT1 M "\n\n" FILE2 },
	/* A line that is no full one is the last. */
	{ "QUtJQUlPU0ZPRE5ON0VYQU1QTEU\nabcd\n", M "\nabcd\n" },
	/* No secret. */
	{ CERT, CERT },
	{ "ca: " CERT "\n", "ca: " CERT "\n" },
	{ PUBLIC, PUBLIC },
	{ "MIIDXTCCAkWgAwIBAgIJAJC1HiIAZAiIMA0GCSqGSIb3DQEBBQUAMEUx",
	    "MIIDXTCCAkWgAwIBAgIJAJC1HiIAZAiIMA0GCSqGSIb3DQEBBQUAMEUx" },
	{ "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
	    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk" },
	/* Four letters of chance. */
	{ "abFLSUabcdefghij", "abFLSUabcdefghij" },
	{ "QUtJQabcdefghij", "QUtJQabcdefghij" },
	{ "BS0lBzzzzzzzz", "BS0lBzzzzzzzz" },
	{ "QUtJQ", "QUtJQ" },
	{ "QUtJQUl", "QUtJQUl" },
	{ "qUtJQUlPU0ZPRE5ON0VYQU1QTEU=", "qUtJQUlPU0ZPRE5ON0VYQU1QTEU=" },
	{ "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e" },
};

static void
texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		char *out = naive_family(encoded_build, NULL, table[i].in);

		if (strcmp(out, table[i].out) != 0)
			fail_msg("%s\n%s\n%s", table[i].in, table[i].out, out);
		free(out);
	}
}

static void
alphabets(void **state)
{
	static const char *const told[] = { "AKIA", "ASIA", "-----BEGIN ",
		"SecretAccessKey", "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY",
		"\"password\"" };

	(void)state;
	for (size_t i = 0; i < ROWS(told); i++)
		for (unsigned skew = 0; skew < ALIGNED_SKEWS; skew++) {
			struct buf a, b;

			buf_init(&a, 64);
			buf_init(&b, 64);
			aligned_put(&a, span_of(told[i]), skew, false);
			aligned_put(&b, span_of(told[i]), skew, true);
			assert_true(buf_ok(&a) && a.len >= 4);
			assert_string_equal(buf_cstr(&a), buf_cstr(&b));
			buf_clear(&a);
			buf_clear(&b);
		}
}

/* What is masked was held by the tail at each shorter text in which what tells it is not
 * whole. */
static void
held_before(void **state)
{
	enum { BEFORE = 2000 };
	char text[BEFORE + 64];
	const char *tell = "QUtJQUlPU0ZPRE5";
	struct mask_policy *p = NULL;
	struct mask_build b;
	struct err err;

	(void)state;
	assert_int_equal(mask_policy_read(NULL, &p, &err), RC_OK);
	assert_int_equal(build_one(&b, p, NULL, encoded_build, &err), RC_OK);
	assert_int_equal(b.n_tails, 1);
	for (size_t before = 0; before < BEFORE; before += before < 1000 ? 1 : 97) {
		struct naive *n = calloc(1, sizeof *n);

		assert_non_null(n);
		text[0] = ' ';
		memset(text + 1, 'z', before);
		strcpy(text + 1 + before, tell);
		naive_run(&b, span_of(text), n);
		assert_int_equal(n->n, 1);
		for (size_t len = 1; len <= 1 + before; len++) {
			const struct mask_view v = { (uint8_t *)text, len, 0, false };

			if (b.tails[0](&v, 0) > n->hits[0].from)
				fail_msg("%zu of %zu", len, before);
		}
		free(n);
	}
	build_clear(&b);
	mask_policy_free(p);
}

static void
tails(void **state)
{
	static const struct {
		const char *text;
		size_t floor, want;
	} rows[] = {
		{ "", 0, 0 },
		{ "Password: ", 0, 10 },
		{ "abcdefghi", 0, 9 },
		{ "abcdefghij", 0, 9 },
		{ " abcdefghijkl", 0, 10 },
		{ " abcdefghijkl", 12, 12 },
		{ " abcdefghijkl\n", 0, 14 },
	};
	struct mask_policy *p = NULL;
	struct mask_build b;
	struct err err;

	(void)state;
	assert_int_equal(mask_policy_read(NULL, &p, &err), RC_OK);
	assert_int_equal(build_one(&b, p, NULL, encoded_build, &err), RC_OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct mask_view v = { (const uint8_t *)rows[i].text,
			strlen(rows[i].text), 0, false };

		assert_int_equal(b.tails[0](&v, rows[i].floor), rows[i].want);
	}
	build_clear(&b);
	mask_policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(alphabets),
		cmocka_unit_test(held_before),
		cmocka_unit_test(tails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
