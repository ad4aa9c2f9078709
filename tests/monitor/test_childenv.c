/* The command's environment: all of it, for each configuration. */
#include "tests/monitor/desk.h"

#include "broker/monitor/childenv.h"

static const char *const always[] = { "PATH=/nonexistent", "LANG=C.UTF-8",
	"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "HOME=/nonexistent/home",
	"AWS_REGION=eu-west-2", "AWS_DEFAULT_REGION=eu-west-2",
	"AWS_ACCESS_KEY_ID=AKBROKERTEST", "AWS_SECRET_ACCESS_KEY=the secret" };

static bool
has(const struct childenv *e, const char *text)
{
	for (uint32_t i = 0; i < e->list.n; i++)
		if (span_is(e->list.v[i], text))
			return true;
	return false;
}

static void
nothing_is_there_but_what_must(void **state)
{
	/* Where connections go and whom to trust is the gate's affair. */
	static const char *const rows[] = {
		NULL,
		"aws: {connect_to: {\"*\": \"127.0.0.1:8443\"}, ca_file: /etc/ca.pem}"
	};

	(void)state;
	assert_int_equal(setenv("AWS_PROFILE", "of-the-broker", 1), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct desk *d = desk_new(rows[i]);
		struct childenv e;

		assert_int_equal(childenv_make(&d->m, span_of("AKBROKERTEST"),
				     span_of("the secret"), "eu-west-2", &e, NULL),
		    RC_OK);
		for (size_t j = 0; j < ROWS(always); j++)
			if (!has(&e, always[j]))
				fail_msg("%s is not there", always[j]);
		assert_int_equal(e.list.n, ROWS(always));
		childenv_clear(&e);
		assert_null(e.text.p);
		desk_free(d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
	    nothing_is_there_but_what_must) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
