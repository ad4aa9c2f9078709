#include "tests/support/unit.h"

#include "broker/vault/hints.h"

extern char **environ;

static const char *const names[] = { "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
	"AWS_ROLE_SESSION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN" };

static void
none_left(void)
{
	for (size_t i = 0; i < ROWS(names); i++)
		assert_null(getenv(names[i]));
}

static void
each_variable_is_taken_and_removed(void **state)
{
	struct hints h;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		setenv(names[i], names[i], 1);
	assert_int_equal(hints_take(&h, &err), RC_OK);
	assert_string_equal(h.token_file, names[0]);
	assert_string_equal(h.role, names[1]);
	assert_string_equal(h.session_name, names[2]);
	assert_string_equal(h.region, "AWS_REGION");
	assert_string_equal(h.relative, names[5]);
	assert_string_equal(h.full, names[6]);
	assert_string_equal(h.auth_file, names[7]);
	assert_true(span_is(secret_span(h.auth), names[8]));
	none_left();
	hints_clear(&h);
	assert_null(h.auth);
	assert_int_equal(hints_take(&h, &err), RC_OK);
	assert_null(h.role);
	assert_null(h.auth);
	hints_clear(&h);
}

static void
empty_is_not_set(void **state)
{
	struct hints h;
	struct err err;

	(void)state;
	setenv("AWS_ROLE_ARN", "", 1);
	setenv("AWS_REGION", "", 1);
	setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
	assert_int_equal(hints_take(&h, &err), RC_OK);
	assert_null(h.role);
	assert_string_equal(h.region, "eu-west-1");
	hints_clear(&h);
}

/* What /proc/PID/environ shows. */
static void
the_token_is_wiped_where_it_stands(void **state)
{
	static char token[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN=secret";
	static char *mine[] = { token, NULL };
	char **before = environ;
	struct hints h;
	struct err err;

	(void)state;
	environ = mine;
	assert_int_equal(hints_take(&h, &err), RC_OK);
	environ = before;
	assert_true(span_is(secret_span(h.auth), "secret"));
	for (size_t i = strlen("AWS_CONTAINER_AUTHORIZATION_TOKEN="); i < sizeof token;
	     i++)
		assert_int_equal(token[i], 0);
	hints_clear(&h);
}

static void
long_ones_are_refused_and_removed(void **state)
{
	static char text[20000];
	struct hints h;
	struct err err;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", text, 1);
	setenv("AWS_ROLE_ARN", "x", 1);
	assert_int_equal(hints_take(&h, &err), RC_REFUSE);
	none_left();
	text[4096] = '\0';
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", text, 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "x", 1);
	assert_int_equal(hints_take(&h, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
	none_left();
	assert_null(h.auth);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_variable_is_taken_and_removed),
		cmocka_unit_test(empty_is_not_set),
		cmocka_unit_test(the_token_is_wiped_where_it_stands),
		cmocka_unit_test(long_ones_are_refused_and_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
