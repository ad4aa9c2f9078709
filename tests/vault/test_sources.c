#include "tests/support/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "broker/vault/sources.h"

extern char **environ;

static void
set_all(const char *id, const char *secret, const char *token)
{
	const char *const names[] = { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
		"AWS_SESSION_TOKEN" };
	const char *const values[] = { id, secret, token };

	for (size_t i = 0; i < 3; i++) {
		unsetenv(names[i]);
		if (values[i] != NULL)
			setenv(names[i], values[i], 1);
	}
}

static void
none_left(void)
{
	assert_null(getenv("AWS_ACCESS_KEY_ID"));
	assert_null(getenv("AWS_SECRET_ACCESS_KEY"));
	assert_null(getenv("AWS_SESSION_TOKEN"));
}

static void
the_environment_is_read_and_removed(void **state)
{
	struct sources_key *k = NULL;
	struct err err;

	(void)state;
	set_all("AKIAEXAMPLE", "secret", "token");
	assert_int_equal(sources_environment(&k, &err), RC_OK);
	assert_string_equal(k->access_key_id, "AKIAEXAMPLE");
	assert_true(span_is(secret_span(k->secret), "secret"));
	assert_true(span_is(secret_span(k->token), "token"));
	none_left();
	sources_free(k);
	set_all("AKIAEXAMPLE", "secret", NULL);
	assert_int_equal(sources_environment(&k, &err), RC_OK);
	assert_null(k->token);
	sources_free(k);
	assert_int_equal(sources_environment(&k, &err), RC_REFUSE);
}

/* The bytes themselves are gone, which is what /proc/PID/environ shows. */
static void
the_environment_is_wiped_where_it_stands(void **state)
{
	static char id[] = "AWS_ACCESS_KEY_ID=AKIAEXAMPLE";
	static char secret[] = "AWS_SECRET_ACCESS_KEY=secret";
	static char token[] = "AWS_SESSION_TOKEN=token";
	static char *mine[] = { id, secret, token, NULL };
	char **before = environ;
	struct sources_key *k = NULL;
	struct err err;

	(void)state;
	environ = mine;
	assert_int_equal(sources_environment(&k, &err), RC_OK);
	environ = before;
	for (size_t i = strlen("AWS_SECRET_ACCESS_KEY="); i < sizeof secret; i++)
		assert_int_equal(secret[i], 0);
	for (size_t i = strlen("AWS_SESSION_TOKEN="); i < sizeof token; i++)
		assert_int_equal(token[i], 0);
	assert_true(span_is(secret_span(k->secret), "secret"));
	sources_free(k);
}

static void
bad_environments_are_refused_and_removed(void **state)
{
	static const struct {
		const char *id, *secret, *token;
	} bad[] = { { NULL, "s", NULL }, { "AKIA", NULL, NULL }, { "", "s", NULL },
		{ "AKIA", "", NULL }, { "AK/A", "s", NULL }, { "AKIA", "s s", NULL },
		{ "AKIA", "s\n", NULL }, { "AKIA", "s", "t t" }, { "AKI", "s", NULL } };
	struct sources_key *k = NULL;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		set_all(bad[i].id, bad[i].secret, bad[i].token);
		assert_int_equal(sources_environment(&k, &err), RC_REFUSE);
		none_left();
	}
	assert_null(k);
}

static const char good[] =
    "# ours\n[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key=o\n\n"
    "[ default ]\r\nregion = eu-west-1\naws_access_key_id=AKIAEXAMPLE\r\n"
    "  aws_secret_access_key =  s=e/c+ret  \n; end\naws_session_token = t\n";

static void
files_have_sections(void **state)
{
	struct sources_key *k = NULL;
	struct err err;

	(void)state;
	assert_int_equal(sources_parse(span_of(good), "default", &k, &err), RC_OK);
	assert_string_equal(k->access_key_id, "AKIAEXAMPLE");
	assert_true(span_is(secret_span(k->secret), "s=e/c+ret"));
	assert_true(span_is(secret_span(k->token), "t"));
	sources_free(k);
	assert_int_equal(sources_parse(span_of(good), "other", &k, &err), RC_OK);
	assert_string_equal(k->access_key_id, "AKIAOTHER");
	assert_null(k->token);
	sources_free(k);
}

static void
bad_files_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text, *err;
	} bad[] = { { "", "there is no section [default]" },
		{ "[x]\n", "there is no section [default]" },
		{ "aws_access_key_id = AKIA\n", "there is no section [default]" },
		{ "[default]\naws_access_key_id = AKIA\n",
		    "the key id or the secret is missing" },
		{ "[default]\nnonsense\n",
		    "line 2: neither a section nor \"key = value\"" },
		{ "[default\n", "line 1: an ill-formed section" },
		{ "[]\n", "line 1: an ill-formed section" },
		{ "[default]\n[default]\n", "line 2: the section stands twice" },
		{ "[default]\naws_access_key_id=A\naws_access_key_id=B\n",
		    "line 3: aws_access_key_id stands twice" },
		{ "[default]\naws_access_key_id=akia\naws_secret_access_key=s\n",
		    "a key id, secret or token is ill-formed" },
		{ "[default]\naws_access_key_id=AKIA\naws_secret_access_key=s s\n",
		    "a key id, secret or token is ill-formed" } };
	struct sources_key *k = NULL;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_int_equal(
		    sources_parse(span_of(bad[i].text), "default", &k, &err),
		    RC_REFUSE);
		assert_string_equal(err.text, bad[i].err);
	}
	assert_null(k);
}

static void
write_file(const char *path, size_t extra)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(good, f);
	while (extra-- > 0)
		fputc('\n', f);
	fclose(f);
}

static void
files_must_be_ours_alone(void **state)
{
	static const struct {
		mode_t mode;
		enum rc rc;
	} rows[] = { { 0600, RC_OK }, { 0400, RC_OK }, { 0640, RC_OK },
		{ 0644, RC_REFUSE }, { 0660, RC_REFUSE }, { 0602, RC_REFUSE },
		{ 0601, RC_REFUSE } };
	char path[] = "/tmp/broker-test-XXXXXX";
	struct sources_key *k;
	struct err err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_file(path, 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		k = NULL;
		assert_int_equal(chmod(path, rows[i].mode), 0);
		assert_int_equal(sources_file(path, "default", &k, &err), rows[i].rc);
		sources_free(k);
	}
	chmod(path, 0600);
	write_file(path, SOURCES_FILE_MAX);
	assert_int_equal(sources_file(path, "default", &k, &err), RC_REFUSE);
	unlink(path);
	assert_int_equal(sources_file(path, "default", &k, &err), RC_REFUSE);
	assert_int_equal(sources_file("/tmp", "default", &k, &err), RC_REFUSE);
	assert_int_equal(sources_file("/dev/zero", "default", &k, &err), RC_REFUSE);
}

static void
files_of_others_are_refused(void **state)
{
	char path[] = "/tmp/broker-test-XXXXXX";
	struct sources_key *k = NULL;
	struct err err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_file(path, 0);
	if (geteuid() != 0 || chown(path, 65533, 0) < 0) {
		unlink(path);
		skip(); /* only root can give a file away */
	}
	assert_int_equal(sources_file(path, "default", &k, &err), RC_REFUSE);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_environment_is_read_and_removed),
		cmocka_unit_test(the_environment_is_wiped_where_it_stands),
		cmocka_unit_test(bad_environments_are_refused_and_removed),
		cmocka_unit_test(files_have_sections),
		cmocka_unit_test(bad_files_are_refused_with_their_line),
		cmocka_unit_test(files_must_be_ours_alone),
		cmocka_unit_test(files_of_others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
