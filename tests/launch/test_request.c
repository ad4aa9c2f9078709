#include "tests/support/unit.h"

#include "broker/launch/request.h"

static const char *const programs[] = { "/usr/bin/aws", "/usr/bin/true" };
static const struct request_rules rules = { programs, ROWS(programs), "/empty" };

#define CA "-----BEGIN CERTIFICATE-----\nAb+/=\n-----END CERTIFICATE-----\n"

static enum rc
check(const char *const *argv, const char *const *env, struct err *err)
{
	struct msg_launch m = { .proxy = span_of("user:password"), .ca = span_of(CA) };

	for (; argv[m.argv.n] != NULL; m.argv.n++)
		m.argv.v[m.argv.n] = span_of(argv[m.argv.n]);
	for (; env[m.env.n] != NULL; m.env.n++)
		m.env.v[m.env.n] = span_of(env[m.env.n]);
	err_clear(err);
	return request_check(&rules, &m, err);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NOTHING ((const char *const[]){ NULL })

static void
only_the_named_programs_pass(void **state)
{
	static const char *const bad[] = { "", "aws", "/usr/bin/aw", "/usr/bin/awss",
		"/bin/sh", "/usr/bin/../bin/aws", "//usr/bin/aws", "usr/bin/aws",
		"/usr/bin/aws ", "./aws" };
	struct err err;

	(void)state;
	assert_int_equal(check(LIST("/usr/bin/aws", "s3", "ls"), NOTHING, &err), RC_OK);
	assert_int_equal(check(LIST("/usr/bin/true"), NOTHING, &err), RC_OK);
	assert_int_equal(check(NOTHING, NOTHING, &err), RC_REFUSE);
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(check(LIST(bad[i], "s3"), NOTHING, &err), RC_REFUSE);
}

static void
a_usual_environment_passes(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(check(LIST("/usr/bin/aws"),
			     LIST("PATH=/nonexistent", "HOME=/empty", "LANG=C.UTF-8",
				 "AWS_CONFIG_FILE=/dev/null",
				 "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
				 "AWS_EC2_METADATA_DISABLED=true",
				 "AWS_PAGER=", "AWS_ACCESS_KEY_ID=AKBROKERABCDEFGHIJZ7",
				 "AWS_SECRET_ACCESS_KEY=s=s", "AWS_REGION=r",
				 "AWS_DEFAULT_REGION=r"),
			     &err),
	    RC_OK);
}

static void
steering_variables_are_refused(void **state)
{
	static const char *const bad[] = { "LD_PRELOAD=/x.so", "LD_LIBRARY_PATH=/x",
		"PYTHONPATH=/x", "PYTHONSTARTUP=/x", "PYTHONHOME=/x", "BASH_ENV=/x",
		"SSLKEYLOGFILE=/x", "AWS_PROFILE=x", "AWS_DATA_PATH=/x",
		"AWS_ENDPOINT_URL=http://x", "AWS_ENDPOINT_URL_S3=http://x", "PAGER=sh",
		"HTTP_PROXY=http://x", "NO_PROXY=*", "https_proxy=http://x", "IFS=x",
		"AWS_WEB_IDENTITY_TOKEN_FILE=/x", "GCONV_PATH=/x", "MALLOC_CHECK_=1",
		"HTTPS_PROXY=http://127.0.0.1:1", "AWS_CA_BUNDLE=/ca.pem", "TMPDIR=/x",
		"AWS_SESSION_TOKEN=", "AWS_SECURITY_TOKEN=x", "REQUESTS_CA_BUNDLE=/x",
		"AWS_CONFIG_FILE=/tmp/x",
		"AWS_SHARED_CREDENTIALS_FILE=", "AWS_PAGER=less", "PATH=/usr/bin",
		"PATH=", "HOME=/root", "HOME=", "HOME=/empty/",
		"AWS_EC2_METADATA_DISABLED=false", "AWS_CLI_AUTO_PROMPT=on", "", "=",
		"=x", "LANG", "AWS_REGIO", "aws_region=x", " PATH=/nonexistent" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		if (check(LIST("/usr/bin/aws"), LIST("LANG=C", bad[i]), &err) !=
		    RC_REFUSE)
			fail_msg("taken: %s", bad[i]);
}

/* Whatever it is, it is not one that a gate has made up. */
static void
real_keys_are_refused(void **state)
{
	static const char *const bad[] = { "", "AKIAIOSFODNN7EXAMPLE",
		"ASIAIOSFODNN7EXAMPLE", "AKBROKER", "AKBROKERABCDEFGHIJZ",
		"AKBROKERABCDEFGHIJZ77", "AKBROKERABCDEFGHIJZ8", "AKBROKERABCDEFGHIJZ1",
		"AKBROKERabcdefghijz7", "AKBROKERABCDEFGHIJ-7", "ASBROKERABCDEFGHIJZ7",
		" AKBROKERABCDEFGHIJZ7" };
	char entry[64];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		snprintf(entry, sizeof entry, "AWS_ACCESS_KEY_ID=%s", bad[i]);
		if (check(LIST("/usr/bin/aws"), LIST(entry), &err) != RC_REFUSE)
			fail_msg("taken: %s", entry);
	}
}

static enum rc
check_gate(struct span proxy, struct span ca, uint8_t stage)
{
	const struct msg_launch m = { .argv = { 1, { span_of("/usr/bin/aws") } },
		.proxy = proxy,
		.ca = ca,
		.stage = stage };
	struct err err = { "" };

	return request_check(&rules, &m, &err);
}

static void
there_is_no_launch_without_a_gate(void **state)
{
	static const char *const proxies[] = { "", ":", "user", "user:", ":password",
		"user:pass:word", "user:pass@evil", "us/er:password", "user:pass word",
		"user:p%61ss", "user:pass\nword", "user:p\xc3\xa4ss" };
	static const char *const cas[] = { "", "x", "/ca.pem",
		"-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", CA "x",
		"x" CA,
		"-----BEGIN CERTIFICATE-----\n\x01\n"
		"-----END CERTIFICATE-----\n" };
	const struct span proxy = span_of("a-Z.0_~:b"), ca = span_of(CA);

	(void)state;
	assert_int_equal(check_gate(proxy, ca, 0), RC_OK);
	for (size_t i = 0; i < ROWS(proxies); i++)
		if (check_gate(span_of(proxies[i]), ca, 0) != RC_REFUSE)
			fail_msg("taken: %s", proxies[i]);
	assert_int_equal(check_gate(span_make("a\0:b", 4), ca, 0), RC_REFUSE);
	for (size_t i = 0; i < ROWS(cas); i++)
		if (check_gate(proxy, span_of(cas[i]), 0) != RC_REFUSE)
			fail_msg("taken: %s", cas[i]);
	for (unsigned stage = 0; stage < 256; stage++)
		assert_int_equal(check_gate(proxy, ca, (uint8_t)stage),
		    stage <= (STAGE_IN | STAGE_OUT) ? RC_OK : RC_REFUSE);
}

static void
a_name_stands_once(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(
	    check(LIST("/usr/bin/aws"), LIST("AWS_REGION=a", "AWS_REGION=b"), &err),
	    RC_REFUSE);
	assert_string_equal(err.text, "variable AWS_REGION stands twice");
}

/* The text goes to logs and to the monitor: it must not carry a value, nor raw bytes.
 */
static void
texts_show_no_value(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(
	    check(LIST("/usr/bin/aws"), LIST("AWS_CONFIG_FILE=hunter2"), &err),
	    RC_REFUSE);
	assert_null(strstr(err.text, "hunter2"));
	assert_int_equal(
	    check(LIST("/usr/bin/aws"), LIST("A\x1b[2J\n=x"), &err), RC_REFUSE);
	assert_null(strchr(err.text, '\x1b'));
	assert_null(strchr(err.text, '\n'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_named_programs_pass),
		cmocka_unit_test(a_usual_environment_passes),
		cmocka_unit_test(steering_variables_are_refused),
		cmocka_unit_test(real_keys_are_refused),
		cmocka_unit_test(there_is_no_launch_without_a_gate),
		cmocka_unit_test(a_name_stands_once),
		cmocka_unit_test(texts_show_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
