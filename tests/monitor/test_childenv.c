/* The command's environment: all of it, for each configuration. */
#include "tests/monitor/desk.h"

#include "broker/monitor/childenv.h"

static const char *const always[] = { "PATH=/nonexistent", "LANG=C.UTF-8",
	"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "HOME=/nonexistent/home",
	"AWS_REGION=eu-west-2", "AWS_DEFAULT_REGION=eu-west-2",
	"AWS_ACCESS_KEY_ID=ASIATEST", "AWS_SECRET_ACCESS_KEY=the secret",
	"AWS_SESSION_TOKEN=the token" };

static bool
has(const struct childenv *e, const char *text)
{
	for (uint32_t i = 0; i < e->list.n; i++)
		if (span_is(e->list.v[i], text))
			return true;
	return false;
}

static struct lease *
make_lease(void)
{
	struct lease *l = lease_new();

	snprintf(l->access_key_id, sizeof l->access_key_id, "ASIATEST");
	assert_int_equal(secret_copy(span_of("the secret"), &l->secret, NULL), RC_OK);
	assert_int_equal(secret_copy(span_of("the token"), &l->token, NULL), RC_OK);
	return l;
}

static void
nothing_is_there_but_what_must(void **state)
{
	static const struct {
		const char *config;
		const char *more[2];
	} rows[] = {
		{ NULL, { NULL, NULL } },
		{ "aws: {ca_file: /etc/ca.pem}",
		    { "AWS_CA_BUNDLE=/etc/ca.pem", NULL } },
		{ "aws: {connect_to: {\"*\": \"127.0.0.1:8443\"}}",
		    { "HTTPS_PROXY=http://127.0.0.1:8443", NULL } },
		{ "aws: {connect_to: {\"*\": \"[::1]:8443\"}, ca_file: /etc/ca.pem}",
		    { "HTTPS_PROXY=http://[::1]:8443", "AWS_CA_BUNDLE=/etc/ca.pem" } },
		/* One host's detour is the broker's own affair. */
		{ "aws: {connect_to: {\"sts.eu-west-1.amazonaws.com:443\": "
		  "\"127.0.0.1:8443\"}}",
		    { NULL, NULL } },
	};
	struct lease *l = make_lease();

	(void)state;
	assert_int_equal(setenv("AWS_PROFILE", "of-the-broker", 1), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct desk *d = desk_new(rows[i].config);
		size_t want = ROWS(always);
		struct childenv e;

		assert_int_equal(childenv_make(&d->m, l, "eu-west-2", &e, NULL), RC_OK);
		for (size_t j = 0; j < ROWS(always); j++)
			if (!has(&e, always[j]))
				fail_msg("%s is not there", always[j]);
		for (size_t j = 0; j < 2 && rows[i].more[j] != NULL; j++, want++)
			if (!has(&e, rows[i].more[j]))
				fail_msg("%s is not there", rows[i].more[j]);
		assert_int_equal(e.list.n, want);
		childenv_clear(&e);
		assert_null(e.text.p);
		desk_free(d);
	}
	lease_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
	    nothing_is_there_but_what_must) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
