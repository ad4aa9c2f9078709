/* Each source against the stand-in: the shapes, and what may go wrong. */
#include "tests/support/unit.h"

#include <sys/stat.h>

#include "lib/base/clock.h"
#include "tests/vault/scene.h"

#define ROLE "arn:aws:iam::111122223333:role/gateway"

/* How a fetch came out. */
struct end {
	unsigned count;
	enum rc rc;
	struct sources_key *key;
	struct err err;
	uint64_t ms;
};

static void
note(void *arg, enum rc rc, struct sources_key *key, const struct err *err)
{
	struct end *e = arg;

	e->count++;
	e->rc = rc;
	e->key = key;
	e->err = *err;
}

static void
fetch(struct scene *s, struct end *e)
{
	uint64_t begin = clock_mono_ms();
	struct fetch *f = NULL;

	sources_free(e->key);
	memset(e, 0, sizeof *e);
	assert_int_equal(
	    fetch_start(s->loop, s->http, &s->how, note, e, &f, &e->err), RC_OK);
	assert_int_equal(e->count, 0);
	scene_turn(s, &e->count, 1, 20000);
	assert_int_equal(e->count, 1);
	assert_int_equal(e->rc == RC_OK, e->key != NULL);
	e->ms = clock_mono_ms() - begin;
}

static void
assert_key(const struct end *e, unsigned number)
{
	char text[64];
	uint64_t now = clock_wall_ms();

	assert_int_equal(e->rc, RC_OK);
	snprintf(text, sizeof text, "ASIAGATEWAY%09u", number);
	assert_string_equal(e->key->access_key_id, text);
	snprintf(text, sizeof text, "secret/%u+=", number);
	assert_true(span_is(secret_span(e->key->secret), text));
	snprintf(text, sizeof text, "token-%u==", number);
	assert_true(span_is(secret_span(e->key->token), text));
	assert_true(e->key->expires_ms > now + 3590000);
	assert_true(e->key->expires_ms < now + 3601000);
}

/* A fetch that ends so, after so many requests; fault is the plan. */
static void
assert_fault(enum fetch_source source, struct hints *hints, const char *fault,
    enum rc rc, size_t asked, const char *why)
{
	struct end e = { 0 };
	struct scene s;

	scene_open(&s, source);
	if (hints != NULL)
		s.hints = *hints;
	scene_write(&s, "plan", fault);
	fetch(&s, &e);
	if (e.rc != rc || strstr(e.err.text, why) == NULL)
		print_message("%s: %s\n", fault, e.err.text);
	assert_int_equal(e.rc, rc);
	assert_non_null(strstr(e.err.text, why));
	assert_int_equal(scene_asked(&s), asked);
	scene_close(&s);
	sources_free(e.key);
}

/* ---- instance metadata ---- */

static void
an_instance_asks_with_a_token(void **state)
{
	struct end e = { 0 };
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_INSTANCE);
	scene_write(&s, "world", "{\"role\": \"gate.way+1\\nsecond\"}");
	fetch(&s, &e);
	assert_key(&e, 1);
	assert_int_equal(scene_asked(&s), 3);
	assert_string_equal(scene_said(&s, 0, "method"), "PUT");
	assert_string_equal(scene_said(&s, 0, "path"), "/latest/api/token");
	assert_string_equal(scene_said(&s, 1, "token"), "T1==");
	assert_string_equal(scene_said(&s, 2, "path"),
	    "/latest/meta-data/iam/security-credentials/gate.way+1");
	/* Anew, with a token of its own. */
	fetch(&s, &e);
	assert_key(&e, 2);
	assert_string_equal(scene_said(&s, -1, "token"), "T2==");
	scene_close(&s);
	sources_free(e.key);
}

static void
an_expired_token_begins_anew(void **state)
{
	struct end e = { 0 };
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_INSTANCE);
	scene_write(&s, "plan",
	    "{\"path\": \"/latest/meta-data/iam/security-credentials/gateway\", "
	    "\"status\": 401}");
	fetch(&s, &e);
	assert_key(&e, 1);
	assert_int_equal(scene_asked(&s), 6);
	assert_string_equal(scene_said(&s, 3, "method"), "PUT");
	assert_string_equal(scene_said(&s, 5, "token"), "T2==");
	assert_true(e.ms >= FETCH_PAUSE_MS);
	scene_close(&s);
	sources_free(e.key);
}

#define ROLES "/latest/meta-data/iam/security-credentials/"
#define TOKEN "/latest/api/token"

static void
instance_faults_are_told_apart(void **state)
{
	static const struct {
		const char *plan;
		enum rc rc;
		size_t asked;
		const char *why;
	} rows[] = {
		{ "{\"path\": \"" TOKEN "\", \"status\": 403}", RC_REFUSE, 1,
		    "instance metadata, its token: instance metadata is switched off" },
		/* Version 1 is never tried. */
		{ "{\"path\": \"" TOKEN "\", \"status\": 404}", RC_REFUSE, 1,
		    "it refuses (HTTP 404)" },
		{ "{\"path\": \"" TOKEN "\", \"body\": \"\"}", RC_REFUSE, 1,
		    "a token of 0 bytes" },
		{ "{\"path\": \"" TOKEN "\", \"body\": \"a\\r\\nX: b\"}", RC_REFUSE, 1,
		    "an ill-formed token" },
		{ "{\"path\": \"" TOKEN "\", \"status\": 500, \"times\": 9}", RC_RETRY,
		    3, "it has trouble (HTTP 500)" },
		{ "{\"path\": \"" TOKEN "\", \"close\": true, \"times\": 9}", RC_RETRY,
		    3, "instance metadata, its token" },
		{ "{\"path\": \"" ROLES "\", \"status\": 404}", RC_REFUSE, 2,
		    "this instance has no role" },
		{ "{\"path\": \"" ROLES "\", \"body\": \"../x\"}", RC_REFUSE, 2,
		    "an ill-formed name of a role" },
		{ "{\"path\": \"" ROLES "\", \"body\": \"\\nx\"}", RC_REFUSE, 2,
		    "an ill-formed name of a role" },
		{ "{\"path\": \"" ROLES "\", \"status\": 401, \"times\": 9}", RC_RETRY,
		    6, "the token has expired" },
		{ "{\"path\": \"" ROLES "gateway\", \"body\": "
		  "\"{\\\"Code\\\":\\\"AssumeRoleUnauthorizedAccess"
		  "\\\",\\\"Message\\\":\\\"no\\\\u001b trust\\\"}\"}",
		    RC_REFUSE, 3,
		    "it says AssumeRoleUnauthorizedAccess: no\\x1B trust" },
		{ "{\"path\": \"" ROLES "gateway\", \"body\": \"<html>\"}", RC_REFUSE,
		    3, "no JSON" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_fault(FETCH_INSTANCE, NULL, rows[i].plan, rows[i].rc,
		    rows[i].asked, rows[i].why);
}

static void
a_silent_instance_is_left_in_time(void **state)
{
	struct end e = { 0 };
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_INSTANCE);
	scene_write(
	    &s, "plan", "{\"path\": \"" TOKEN "\", \"sleep\": 3, \"times\": 9}");
	fetch(&s, &e);
	assert_int_equal(e.rc, RC_RETRY);
	assert_non_null(strstr(e.err.text, "no answer in time"));
	assert_true(e.ms >= 4900 && e.ms < 9000); /* three times 1 s, two pauses */
	scene_close(&s);
}

/* ---- container ---- */

static void
a_container_is_told_what_to_send(void **state)
{
	char full[128];
	struct end e = { 0 };
	struct err err;
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_CONTAINER);
	s.hints.relative = strdup("/v2/credentials/1-2?x=%20");
	fetch(&s, &e);
	assert_key(&e, 1);
	assert_string_equal(scene_said(&s, 0, "path"), "/v2/credentials/1-2?x=%20");
	assert_string_equal(scene_said(&s, 0, "authorization"), "");
	/* The full form, with a token; nothing maps a metadata address elsewhere. */
	free(s.hints.relative);
	s.hints.relative = NULL;
	s.how.metadata = NULL;
	snprintf(full, sizeof full, "%s/get", s.endpoint);
	s.hints.full = full;
	scene_write(&s, "world", "{\"authorization\": \"Basic abc=\"}");
	assert_int_equal(
	    secret_copy(span_of("Basic abc="), &s.hints.auth, &err), RC_OK);
	fetch(&s, &e);
	assert_key(&e, 2);
	/* A file wins, and is read each time. */
	s.hints.auth_file = s.token_file;
	scene_write(&s, "token", "first");
	scene_write(&s, "world", "{\"authorization\": \"first\"}");
	fetch(&s, &e);
	assert_key(&e, 3);
	scene_write(&s, "token", "second");
	scene_write(&s, "world", "{\"authorization\": \"second\"}");
	fetch(&s, &e);
	assert_key(&e, 4);
	scene_write(&s, "world", "{\"authorization\": \"third\"}");
	fetch(&s, &e);
	assert_int_equal(e.rc, RC_REFUSE);
	assert_non_null(strstr(e.err.text, "it refuses (HTTP 401)"));
	assert_null(strstr(e.err.text, "second"));
	secret_free(s.hints.auth);
	scene_close(&s);
}

static void
a_container_may_use_tls(void **state)
{
	static char full[] = "https://agent.test/creds";
	struct end e = { 0 };
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_CONTAINER);
	s.hints.full = full;
	fetch(&s, &e);
	assert_key(&e, 1);
	s.how.ca_file = NULL;
	fetch(&s, &e);
	assert_int_equal(e.rc, RC_REFUSE);
	assert_non_null(strstr(e.err.text, "its certificate is not trusted"));
	assert_int_equal(scene_asked(&s), 1);
	scene_close(&s);
	sources_free(e.key);
}

static void
bad_authorizations_never_leave(void **state)
{
	static const char *const bad[] = { "", "a\r\nX: y", "a\n", "a\rb", "\x7F" };
	static char relative[] = "/x";
	struct fetch *f = NULL;
	struct end e = { 0 };
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_CONTAINER);
	s.hints.relative = relative;
	s.hints.auth_file = s.token_file;
	for (size_t i = 0; i < ROWS(bad); i++) {
		scene_write(&s, "token", bad[i]);
		assert_int_equal(
		    fetch_start(s.loop, s.http, &s.how, note, &e, &f, &e.err),
		    RC_REFUSE);
		assert_non_null(strstr(e.err.text, "authorization token"));
	}
	scene_write(&s, "token", "good");
	assert_int_equal(chmod(s.token_file, 0666), 0);
	assert_int_equal(
	    fetch_start(s.loop, s.http, &s.how, note, &e, &f, &e.err), RC_REFUSE);
	remove(s.token_file);
	assert_int_equal(
	    fetch_start(s.loop, s.http, &s.how, note, &e, &f, &e.err), RC_REFUSE);
	assert_int_equal(scene_asked(&s), 0);
	scene_close(&s);
}

static void
container_faults_are_told_apart(void **state)
{
	static char relative[] = "/x";
	static struct hints hints = { .relative = relative };

	(void)state;
	assert_fault(FETCH_CONTAINER, &hints,
	    "{\"path\": \"/x\", \"status\": 503, \"times\": 9}", RC_RETRY, 3,
	    "container credentials: it has trouble (HTTP 503)");
	assert_fault(FETCH_CONTAINER, &hints,
	    "{\"path\": \"/x\", \"body\": "
	    "\"{\\\"AccessKeyId\\\":\\\"ASIAEXAMPLE\\\"}\"}",
	    RC_REFUSE, 1, "the Token is missing");
	assert_fault(FETCH_CONTAINER, &hints,
	    "{\"path\": \"/x\", \"body\": \"{\\\"code\\\":1,\\\"Code\\\":7}\"}",
	    RC_REFUSE, 1, "it says");
	/* A redirect is an answer like any other. */
	assert_fault(FETCH_CONTAINER, &hints, "{\"path\": \"/x\", \"status\": 301}",
	    RC_REFUSE, 1, "it refuses (HTTP 301)");
}

/* ---- web identity ---- */

static void
hint_web(struct scene *s)
{
	static char role[] = ROLE;

	s->hints.token_file = s->token_file;
	s->hints.role = role;
	s->hints.session_name = NULL;
}

static void
a_web_identity_is_read_each_time(void **state)
{
	static char name[] = "pod-7";
	struct end e = { 0 };
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_WEB_IDENTITY);
	hint_web(&s);
	scene_write(&s, "token", "aaa.bbb.ccc\n");
	scene_write(&s, "world", "{\"token\": \"aaa.bbb.ccc\"}");
	fetch(&s, &e);
	assert_key(&e, 1);
	assert_non_null(strstr(scene_said(&s, 0, "body"), "&RoleSessionName=broker&"));
	assert_string_equal(scene_said(&s, 0, "host"), "sts.eu-west-1.amazonaws.com");
	s.hints.session_name = name;
	s.how.region = "cn-north-1";
	scene_write(&s, "token", "ddd.eee.fff");
	scene_write(&s, "world", "{\"token\": \"ddd.eee.fff\"}");
	fetch(&s, &e);
	assert_key(&e, 2);
	assert_non_null(strstr(scene_said(&s, 1, "body"), "&RoleSessionName=pod-7&"));
	assert_string_equal(
	    scene_said(&s, 1, "host"), "sts.cn-north-1.amazonaws.com.cn");
	scene_close(&s);
	sources_free(e.key);
}

static void
bad_web_identities_are_refused(void **state)
{
	static const char *const never[] = { "", "\n", "abc", "two words", "a\x01zzz" };
	struct fetch *f = NULL;
	struct end e = { 0 };
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_WEB_IDENTITY);
	hint_web(&s);
	for (size_t i = 0; i < ROWS(never); i++) {
		scene_write(&s, "token", never[i]);
		assert_int_equal(
		    fetch_start(s.loop, s.http, &s.how, note, &e, &f, &e.err),
		    RC_REFUSE);
	}
	assert_int_equal(scene_asked(&s), 0);
	/* STS does not take this one; asking again would not help. */
	scene_write(&s, "token", "not.this.one");
	fetch(&s, &e);
	assert_int_equal(e.rc, RC_REFUSE);
	assert_string_equal(
	    e.err.text, "web identity: AWS does not take the web identity's token");
	assert_int_equal(scene_asked(&s), 1);
	/* Trouble on the way to the identity provider may pass. */
	scene_write(&s, "world", "{\"token\": \"not.this.one\"}");
	scene_write(&s, "plan",
	    "{\"path\": \"/\", \"status\": 400, \"body\": "
	    "\"<ErrorResponse><Error><Code>"
	    "IDPCommunicationError</Code><Message>m</Message></Error></ErrorResponse>"
	    "\"}");
	fetch(&s, &e);
	assert_key(&e, 1);
	assert_int_equal(scene_asked(&s), 3);
	scene_write(&s, "plan", "{\"path\": \"/\", \"body\": \"<html/>\"}");
	fetch(&s, &e);
	assert_int_equal(e.rc, RC_REFUSE);
	assert_non_null(strstr(e.err.text, "it has no AccessKeyId"));
	scene_close(&s);
}

/* ---- all ---- */

static void
what_is_missing_is_named(void **state)
{
	static char word[] = "x", path[] = "/x", evil[] = "http://evil.test/x",
		    at[] = "http://127.0.0.1@evil.test/",
		    user[] = "https://u@evil.test/", blank[] = "/x y",
		    bare[] = "https:///x";
	static const struct {
		enum fetch_source source;
		struct hints hints;
		const char *region, *metadata, *why;
	} rows[] = {
		{ FETCH_WEB_IDENTITY, { .role = word }, "r", NULL,
		    "AWS_WEB_IDENTITY_TOKEN_FILE is not set" },
		{ FETCH_WEB_IDENTITY, { .token_file = path }, "r", NULL,
		    "AWS_ROLE_ARN is not set" },
		{ FETCH_WEB_IDENTITY, { .token_file = word, .role = word }, "r", NULL,
		    "no absolute path" },
		{ FETCH_WEB_IDENTITY, { .token_file = path, .role = word }, NULL, NULL,
		    "neither aws.region nor AWS_REGION is set" },
		{ FETCH_WEB_IDENTITY, { .token_file = path, .role = word }, "a/b", NULL,
		    "an ill-formed region" },
		{ FETCH_CONTAINER, { 0 }, NULL, NULL,
		    "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor" },
		{ FETCH_CONTAINER, { .relative = word }, NULL, NULL, "is no path" },
		{ FETCH_CONTAINER, { .relative = blank }, NULL, NULL, "is no path" },
		/* The relative one wins, so its fault is not passed over. */
		{ FETCH_CONTAINER, { .relative = word, .full = bare }, NULL, NULL,
		    "is no path" },
		{ FETCH_CONTAINER, { .full = evil }, NULL, NULL, "neither https nor" },
		{ FETCH_CONTAINER, { .full = at }, NULL, NULL, "neither https nor" },
		{ FETCH_CONTAINER, { .full = user }, NULL, NULL, "neither https nor" },
		{ FETCH_CONTAINER, { .full = bare }, NULL, NULL, "neither https nor" },
		{ FETCH_CONTAINER, { .relative = path }, NULL, "http://10.0.0.1",
		    "no metadata service" },
		{ FETCH_INSTANCE, { 0 }, NULL, "https://127.0.0.1",
		    "no metadata service" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fetch_how how = { .source = rows[i].source,
			.hints = &rows[i].hints,
			.region = rows[i].region,
			.metadata = rows[i].metadata };

		assert_int_equal(fetch_check(&how, &err), RC_REFUSE);
		assert_non_null(strstr(err.text, rows[i].why));
	}
}

static void
a_fetch_can_be_given_up(void **state)
{
	struct fetch *f = NULL;
	struct end e = { 0 };
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_INSTANCE);
	fetch_cancel(NULL);
	assert_int_equal(
	    fetch_start(s.loop, s.http, &s.how, note, &e, &f, &e.err), RC_OK);
	fetch_cancel(f);
	scene_turn(&s, &e.count, 1, 200);
	assert_int_equal(e.count, 0);
	scene_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instance_asks_with_a_token),
		cmocka_unit_test(an_expired_token_begins_anew),
		cmocka_unit_test(instance_faults_are_told_apart),
		cmocka_unit_test(a_silent_instance_is_left_in_time),
		cmocka_unit_test(a_container_is_told_what_to_send),
		cmocka_unit_test(a_container_may_use_tls),
		cmocka_unit_test(bad_authorizations_never_leave),
		cmocka_unit_test(container_faults_are_told_apart),
		cmocka_unit_test(a_web_identity_is_read_each_time),
		cmocka_unit_test(bad_web_identities_are_refused),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_fetch_can_be_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
