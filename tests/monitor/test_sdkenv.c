/* What sdk-env prints, and that a shell understands it. */
#include "tests/monitor/desk.h"

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/model/sdkkey.h"

/* The desk's rules, and one for SDKs. */
static const char api_policy[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: look, effect: allow, on: [exec], aws: {operations: ['s3:ls']}}\n"
    "  - {id: sdk, effect: allow, on: [api], who: {group: [deployers, sre]}, aws: "
    "{operations: ['s3:GetObject']}}\n";

static int
setup(void **state)
{
	desk_setup(state);
	desk_reload(*state, NULL, api_policy);
	return 0;
}

static int
verb(struct front *f, const char *line, char *out, size_t size)
{
	int status = front_verb(f, 1, line, out, size);

	keeper_drain(f->d);
	return status;
}

/* The value of a variable after eval in a shell with this home, "" when it has none. */
static void
shell_says(
    const struct desk *d, const char *text, const char *name, char *out, size_t size)
{
	char script[256], line[512];
	FILE *f;
	size_t n;

	snprintf(script, sizeof script, "%s/lines", d->folder);
	f = fopen(script, "w");
	fputs(text, f);
	fclose(f);
	snprintf(line, sizeof line,
	    "env -i HOME=%s PATH=/usr/bin:/bin AWS_SESSION_TOKEN=old AWS_PROFILE=old "
	    "AWS_ENDPOINT_URL=old sh -c 'set -e; eval \"$(cat %s)\"; printf %%s "
	    "\"$%s\"'",
	    d->folder, script, name);
	f = popen(line, "r");
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	assert_int_equal(pclose(f), 0);
	unlink(script);
}

static void
clean(const struct desk *d)
{
	char line[128];

	snprintf(line, sizeof line, "rm -r %s/.cache", d->folder);
	assert_int_equal(system(line), 0);
}

static void
is(const struct desk *d, const char *text, const char *name, const char *value)
{
	char got[4096];

	shell_says(d, text, name, got, sizeof got);
	assert_string_equal(got, value);
}

static void
a_shell_understands_it(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char text[16384], got[4096], ca[8192], want[256];
	struct stat st;
	size_t n;
	FILE *file;

	assert_int_equal(verb(f, "sdk-env --port 8443", text, sizeof text), 0);
	shell_says(d, text, "AWS_ACCESS_KEY_ID", got, sizeof got);
	assert_int_equal(strlen(got), SDKKEY_ID);
	assert_memory_equal(got, SDKKEY_PREFIX, 8);
	shell_says(d, text, "AWS_SECRET_ACCESS_KEY", got, sizeof got);
	assert_int_equal(strlen(got), SDKKEY_SECRET);
	is(d, text, "AWS_REGION", "eu-west-1");
	is(d, text, "AWS_DEFAULT_REGION", "eu-west-1");
	is(d, text, "HTTPS_PROXY", "http://127.0.0.1:8443");
	is(d, text, "https_proxy", "http://127.0.0.1:8443");
	is(d, text, "AWS_ENDPOINT_URL", "");
	is(d, text, "AWS_SESSION_TOKEN", "");
	is(d, text, "AWS_PROFILE", "");
	shell_says(d, text, "AWS_CA_BUNDLE", got, sizeof got);
	snprintf(want, sizeof want, "%s/.cache/broker/sdk-ca-%s.pem", d->folder,
	    sdkca_mark(d->m.sdkca));
	assert_string_equal(got, want);
	is(d, text, "NODE_EXTRA_CA_CERTS", want);
	assert_int_equal(stat(got, &st), 0);
	file = fopen(got, "r");
	n = fread(ca, 1, sizeof ca - 1, file);
	fclose(file);
	ca[n] = '\0';
	assert_string_equal(ca, sdkca_pem(d->m.sdkca));
	assert_non_null(strstr(text, "ssh -N -L 8443:aws:443 BROKER"));
	clean(d);
	front_free(f);
}

static void
another_profile_and_an_endpoint(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char text[16384];

	assert_int_equal(
	    verb(f, "sdk-env --endpoint --profile prod --port 1", text, sizeof text),
	    0);
	assert_non_null(strstr(text, "ssh -N -L 1:prod@aws:443 BROKER"));
	is(d, text, "AWS_REGION", "us-east-1");
	is(d, text, "AWS_ENDPOINT_URL", "https://localhost:1");
	is(d, text, "HTTPS_PROXY", "");
	clean(d);
	front_free(f);
}

static const char *
member(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s == NULL)
		fail_msg("no %s", name);
	return s;
}

static void
as_json_it_is_a_credential_process(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char text[16384];
	json_t *o;

	assert_int_equal(
	    verb(f, "sdk-env --port 8443 --hours 1 --json", text, sizeof text), 0);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	assert_int_equal(json_integer_value(json_object_get(o, "Version")), 1);
	assert_int_equal(strlen(member(o, "AccessKeyId")), SDKKEY_ID);
	assert_int_equal(strlen(member(o, "SecretAccessKey")), SDKKEY_SECRET);
	assert_int_equal(strlen(member(o, "Expiration")), 20);
	assert_string_equal(member(o, "Profile"), "staging");
	assert_string_equal(member(o, "Region"), "eu-west-1");
	assert_string_equal(member(o, "Proxy"), "http://127.0.0.1:8443");
	assert_string_equal(member(o, "Ca"), sdkca_pem(d->m.sdkca));
	assert_null(json_object_get(o, "Endpoint"));
	json_decref(o);
	assert_int_equal(
	    verb(f, "sdk-env --json --endpoint --port 7", text, sizeof text), 0);
	o = json_loads(text, 0, NULL);
	assert_string_equal(member(o, "Endpoint"), "https://localhost:7");
	assert_null(json_object_get(o, "Proxy"));
	json_decref(o);
	front_free(f);
}

static void
the_certificate_alone(void **state)
{
	struct desk *d = *state;
	/* Anybody may have it, with a profile or without. */
	struct front *f = front_login(d, DAVE);
	char text[16384];

	assert_int_equal(verb(f, "sdk-env --ca", text, sizeof text), 0);
	assert_string_equal(text, sdkca_pem(d->m.sdkca));
	front_free(f);
}

static void
wrong_words_are_refused(void **state)
{
	static const char *const lines[] = { "sdk-env", "sdk-env --port",
		"sdk-env --port 0", "sdk-env --port 65536", "sdk-env --port 99999",
		"sdk-env --port 100000", "sdk-env --port 08443", "sdk-env --port -1",
		"sdk-env --port 84x", "sdk-env --port ''", "sdk-env --port=8443",
		"sdk-env 8443", "sdk-env --port 1 --port 2",
		"sdk-env --port 1 --hours 0", "sdk-env --port 1 --hours 13",
		"sdk-env --port 1 --hours", "sdk-env --port 1 --hours 2 --hours 2",
		"sdk-env --port 1 --profile",
		"sdk-env --port 1 --profile staging --profile staging",
		"sdk-env --port 1 --nonsense", "sdk-env --port 1 x",
		"sdk-env --ca --port 1", "sdk-env --ca --json",
		"sdk-env --ca --endpoint", "sdk-env --ca --hours 1",
		"sdk-env --ca --profile staging" };
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char text[16384];

	for (size_t i = 0; i < ROWS(lines); i++) {
		if (front_verb(f, 1, lines[i], text, sizeof text) != STATUS_USAGE)
			fail_msg("%s", lines[i]);
		assert_non_null(strstr(text, "usage: sdk-env"));
		assert_null(strstr(text, "ASBROKER"));
	}
	end_quiet(d, &d->keeper);
	front_free(f);
}

static void
nobody_gets_keys_for_anothers_profile(void **state)
{
	static const struct {
		enum person who;
		const char *line, *why;
	} rows[] = {
		{ BOT, "sdk-env --port 1 --profile prod", "no such profile" },
		{ CI, "sdk-env --port 1 --profile nonesuch", "no such profile" },
		{ CI, "sdk-env --port 1 --profile ''", "no such profile" },
		{ DAVE, "sdk-env --port 1", "no profile of your own" },
		{ DAVE, "sdk-env --port 1 --profile staging", "no such profile" },
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, rows[i].who);
		char text[16384];

		assert_int_equal(
		    front_verb(f, 1, rows[i].line, text, sizeof text), STATUS_DENIED);
		assert_non_null(strstr(text, rows[i].why));
		assert_null(strstr(text, "ASBROKER"));
		end_quiet(d, &d->keeper);
		front_free(f);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(a_shell_understands_it),
		T(another_profile_and_an_endpoint),
		T(as_json_it_is_a_credential_process),
		T(the_certificate_alone),
		T(wrong_words_are_refused),
		T(nobody_gets_keys_for_anothers_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
