/* Values that may be shown: what is said of each, and that it is never taken back. */
#include "tests/support/unit.h"

#include "recorder/mask/harmless.h"

typedef enum mask_says harmless_fn(const uint8_t *p, size_t n, bool ended);

/* Each beginning says MORE, or what the end says. */
static bool
is(harmless_fn *fn, const char *value)
{
	const uint8_t *p = (const uint8_t *)value;
	size_t n = strlen(value);
	enum mask_says says = fn(p, n, true);

	assert_int_not_equal(says, MASK_MORE);
	for (size_t i = 0; i <= n; i++) {
		enum mask_says early = fn(p, i, false);

		if (early != MASK_MORE && early != says)
			fail_msg("%s: after %zu bytes", value, i);
	}
	return says == MASK_YES;
}

static void
all(harmless_fn *fn, const char *const *values, size_t n, bool want)
{
	for (size_t i = 0; i < n; i++)
		if (is(fn, values[i]) != want)
			fail_msg("\"%s\"", values[i]);
}
#define ALL(fn, t, want) all(fn, t, ROWS(t), want)

static void
values(void **state)
{
	static const char *const yes[] = { "", "true", "False", "null", "None", "nil",
		"undefined", "arn:aws:iam::1:role/x", "arn:aws-cn:x",
		"{{resolve:ssm:x}}", "{{ .Values.x }}", "${VAR}", "${env.VAR}",
		"${VAR}/x", "$(cat x)", "$NAME", "$env:NAME", "$row[name]", "%NAME%",
		"<password>", "***", "****", "********ABCD", "[MASKED:field]",
		"[REDACTED]", "(sensitive", "file://x", "AWS_SECRET_ACCESS_KEY", "-",
		"~" };
	static const char *const no[] = { "truex", "tru", "nullable", "arn",
		"arn:", "arn:awk", "{resolve", "${VAR:-x}", "${VAR", "${VAR}x", "$",
		"$1", "$6$salt$x", "$y$j9T$x", "%a", "<x", "<a b>c", "**", "**x",
		"[MASK", "ABCDEF", "ABC_DEF", "x", "AWS_SECRET_ACCESS_KEY1", "hunter2",
		"--" };

	(void)state;
	ALL(harmless_value, yes, true);
	ALL(harmless_value, no, false);
}

static void
code(void **state)
{
	static const char *const yes[] = { "getpass.getpass(", "os.environ[", "f(x",
		"password", "user.password", "self->token", "new_password",
		"newPassword", "props.get(\"x", "(self.password.encode(", "value" };
	static const char *const no[] = { "abc", "hunter2", "a1.password",
		"mypassword1", "xpassword", "correct.horse", "(abc", "" };

	(void)state;
	ALL(harmless_code, yes, true);
	ALL(harmless_code, no, false);
}

static void
weak(void **state)
{
	static const char *const yes[] = { "", "see", "name", "fifteenletters.", "60",
		"4096" };
	static const char *const no[] = { "a1", "sixteen.letters.", "123456", "-1" };

	(void)state;
	ALL(harmless_weak, yes, true);
	ALL(harmless_weak, no, false);
}

static void
word(void **state)
{
	static const char *const yes[] = { "string", "and", "The", "PASSWORD",
		"VALUE_HERE", "--user", "<value>", "[x", "(x)", "String",
		"SecureString", "Opaque" };
	static const char *const no[] = { "hunter2", "hunter", "aBc", "a/b", "a b",
		"Abc1" };

	(void)state;
	ALL(harmless_word, yes, true);
	ALL(harmless_word, no, false);
}

static void
small(void **state)
{
	static const char *const yes[] = { "host", "last_changed", "a-b", "" };
	static const char *const no[] = { "Host", "a1", "abcdefghijklmnop" };

	(void)state;
	ALL(harmless_small, yes, true);
	ALL(harmless_small, no, false);
}

/* What goes on and on is not waited for. */
static void
bounds(void **state)
{
	static harmless_fn *const fns[] = { harmless_value, harmless_code,
		harmless_weak, harmless_word, harmless_small };
	static const char *const begins[] = { "${", "$a", "%a", "a", "A", "*", "(a",
		"<a" };
	uint8_t p[HARMLESS_MOST];

	(void)state;
	for (size_t f = 0; f < ROWS(fns); f++)
		for (size_t b = 0; b < ROWS(begins); b++) {
			size_t n = strlen(begins[b]);

			memset(p, begins[b][n - 1], sizeof p);
			memcpy(p, begins[b], n);
			assert_int_not_equal(fns[f](p, sizeof p, false), MASK_MORE);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(code),
		cmocka_unit_test(weak),
		cmocka_unit_test(word),
		cmocka_unit_test(small),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
