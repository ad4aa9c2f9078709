/* The vault against the stand-in, which checks what it is sent as AWS would. */
#include "tests/support/unit.h"

#include <jansson.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/vault/vault.h"
#include "lib/base/clock.h"
#include "lib/base/loop.h"
#include "tests/support/server.h"

#define ID "AKIASTANDINGATEWAY00"
#define SECRET "gateway/secret+for=the/stand-in"
#define ROLE "arn:aws:iam::111122223333:role/broker"

static const char seed[] =
    "{\"account\": \"111122223333\","
    "\"keys\": [{\"access_key_id\": \"" ID "\", \"secret_access_key\": \"" SECRET
    "\"}],"
    "\"roles\": [{\"arn\": \"" ROLE "\"},"
    "{\"arn\": \"" ROLE "-ext\", \"external_id\": \"ours:1\"}%s],"
    "\"faults\": [%s]}";

struct scene {
	struct server server;
	struct loop *loop;
	struct vault *vault;
	char connect_to[64], file[128];
	const char *connect_list[1];
	struct vault_init init;
	unsigned count;
	enum rc rc;
	struct lease *lease;
	struct err err;
};

static const struct lease_ask good = { .identity = "alice",
	.session = "0199f0c2-0000-7000-8000-000000000001",
	.role = ROLE,
	.region = "eu-west-1",
	.rule = "demo/read only#1",
	.approval = "7F3K-Q2MX",
	.run_as = "app_user",
	.seconds = 900 };

static void
note(void *arg, enum rc rc, struct lease *l, const struct err *err)
{
	struct scene *s = arg;

	s->count++;
	s->rc = rc;
	lease_free(s->lease);
	s->lease = l;
	s->err = *err;
}

static void
set_environment(const char *secret)
{
	setenv("AWS_ACCESS_KEY_ID", ID, 1);
	setenv("AWS_SECRET_ACCESS_KEY", secret, 1);
	unsetenv("AWS_SESSION_TOKEN");
}

static void
scene_open(struct scene *s, const char *more_roles, const char *faults)
{
	static const char *const argv[] = { "--dir", "@", "--seed", "@/seed.json",
		"--log", "@/log", "--until-stdin-closes", NULL };
	char text[4096];

	memset(s, 0, sizeof *s);
	snprintf(text, sizeof text, seed, more_roles, faults);
	server_open(&s->server, "aws_standin.py", argv, text);
	assert_int_equal(loop_new(&s->loop, &s->err), RC_OK);
	snprintf(s->connect_to, sizeof s->connect_to,
	    "sts.eu-west-1.amazonaws.com:443:127.0.0.1:%u", s->server.port);
	s->connect_list[0] = s->connect_to;
	s->init = (struct vault_init){ .source = VAULT_ENVIRONMENT,
		.connect_to = s->connect_list,
		.n_connect_to = 1,
		.ca_file = s->server.ca };
	set_environment(SECRET);
	assert_int_equal(vault_new(s->loop, &s->init, &s->vault, &s->err), RC_OK);
}

static void
scene_close(struct scene *s)
{
	vault_free(s->vault);
	loop_free(s->loop);
	lease_free(s->lease);
	server_close(&s->server);
}

static void
turn_until(struct scene *s, unsigned count, unsigned ms)
{
	uint64_t end = clock_mono_ms() + ms;

	while (s->count < count && clock_mono_ms() < end)
		assert_int_equal(loop_step(s->loop, 50, &s->err), RC_OK);
}

static void
ask(struct scene *s, const struct lease_ask *a)
{
	unsigned before = s->count;

	assert_int_equal(vault_lease(s->vault, a, note, s, NULL, &s->err), RC_OK);
	assert_int_equal(s->count, before);
	turn_until(s, before + 1, 15000);
	assert_int_equal(s->count, before + 1);
}

/* The last request in the stand-in's log; *n counts them all. */
static json_t *
last_request(struct scene *s, unsigned *n)
{
	static char line[65536];
	json_t *j = NULL;
	char path[128];
	FILE *f;

	*n = 0;
	snprintf(path, sizeof path, "%s/log", s->server.folder);
	assert_non_null(f = fopen(path, "r"));
	while (fgets(line, sizeof line, f) != NULL) {
		json_decref(j);
		assert_non_null(j = json_loads(line, 0, NULL));
		++*n;
	}
	fclose(f);
	return j;
}

static const char *
said(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text == NULL ? "" : text;
}

static void
a_lease_names_who_it_is_for(void **state)
{
	struct scene s;
	json_t *j, *tags;
	unsigned n;

	(void)state;
	scene_open(&s, "", "");
	assert_null(getenv("AWS_SECRET_ACCESS_KEY"));
	ask(&s, &good);
	assert_int_equal(s.rc, RC_OK);
	assert_string_equal(s.lease->role, ROLE);
	assert_true(s.lease->expires_ms > clock_wall_ms() + 800000);
	assert_true(s.lease->expires_ms < clock_wall_ms() + 1000000);
	j = last_request(&s, &n);
	assert_int_equal(n, 1);
	assert_string_equal(said(j, "operation"), "AssumeRole");
	assert_string_equal(said(j, "issued"), s.lease->access_key_id);
	assert_string_equal(said(j, "source_identity"), "alice");
	assert_string_equal(
	    said(j, "session_name"), "alice-0199f0c2-0000-7000-8000-000000000001");
	tags = json_object_get(j, "tags");
	assert_string_equal(said(tags, "session"), good.session);
	assert_string_equal(said(tags, "rule"), "demo/read only-1");
	assert_string_equal(said(tags, "approval"), "7F3K-Q2MX");
	assert_string_equal(said(tags, "SSMSessionRunAs"), "app_user");
	json_decref(j);
	scene_close(&s);
}

static void
an_external_id_goes_along(void **state)
{
	struct lease_ask a = good;
	struct scene s;

	(void)state;
	scene_open(&s, "", "");
	a.role = ROLE "-ext";
	a.external_id = "ours:1";
	ask(&s, &a);
	assert_int_equal(s.rc, RC_OK);
	a.external_id = NULL;
	ask(&s, &a);
	assert_int_equal(s.rc, RC_REFUSE);
	assert_null(s.lease);
	scene_close(&s);
}

static void
a_denied_role_is_refused_once(void **state)
{
	struct lease_ask a = good;
	struct scene s;
	unsigned n;

	(void)state;
	scene_open(&s, "", "");
	a.role = ROLE "-unknown";
	ask(&s, &a);
	assert_int_equal(s.rc, RC_REFUSE);
	assert_null(s.lease);
	assert_string_equal(s.err.text,
	    "STS in eu-west-1: AWS does not let the gateway take this role");
	json_decref(last_request(&s, &n));
	assert_int_equal(n, 1);
	scene_close(&s);
}

static void
throttling_is_waited_out(void **state)
{
	uint64_t begin;
	struct scene s;
	unsigned n;

	(void)state;
	scene_open(&s, "",
	    "{\"operation\": \"AssumeRole\", \"status\": 400, \"code\": "
	    "\"Throttling\"},"
	    "{\"operation\": \"AssumeRole\", \"status\": 503, \"code\": \"Busy\"}");
	begin = clock_mono_ms();
	ask(&s, &good);
	assert_int_equal(s.rc, RC_OK);
	assert_true(clock_mono_ms() - begin >= 600);
	json_decref(last_request(&s, &n));
	assert_int_equal(n, 3);
	scene_close(&s);
}

static void
but_three_times_at_most(void **state)
{
	struct scene s;
	unsigned n;

	(void)state;
	scene_open(
	    &s, "", "{\"operation\": \"AssumeRole\", \"status\": 500, \"times\": 9}");
	ask(&s, &good);
	assert_int_equal(s.rc, RC_RETRY);
	assert_string_equal(s.err.text, "STS in eu-west-1: AWS has trouble (HTTP 500)");
	json_decref(last_request(&s, &n));
	assert_int_equal(n, 3);
	scene_close(&s);
}

static void
a_dropped_connection_is_tried_again(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "", "{\"operation\": \"AssumeRole\", \"close\": true}");
	ask(&s, &good);
	assert_int_equal(s.rc, RC_OK);
	scene_close(&s);
}

static void
answers_that_are_not_sts_are_not_believed(void **state)
{
	struct scene s;
	unsigned n;

	(void)state;
	scene_open(&s, "",
	    "{\"operation\": \"AssumeRole\", \"body\": \"<html/>\"},"
	    "{\"operation\": \"AssumeRole\", \"body\": \"<AssumeRoleResponse>"
	    "<AssumeRoleResult><Credentials>"
	    "<AccessKeyId>ASIAEXAMPLEEXAMPLE00</AccessKeyId>"
	    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
	    "<Expiration>2020-01-01T00:00:00Z</Expiration></Credentials>"
	    "</AssumeRoleResult></AssumeRoleResponse>\"}");
	ask(&s, &good);
	assert_int_equal(s.rc, RC_RETRY);
	assert_null(s.lease);
	json_decref(last_request(&s, &n));
	assert_int_equal(n, 1);
	ask(&s, &good);
	assert_int_equal(s.rc, RC_FAIL);
	assert_non_null(strstr(s.err.text, "clock"));
	assert_null(s.lease);
	scene_close(&s);
}

static void
a_wrong_secret_is_our_trouble(void **state)
{
	struct vault *other = NULL;
	struct scene s;

	(void)state;
	scene_open(&s, "", "");
	set_environment("wrong");
	assert_int_equal(vault_new(s.loop, &s.init, &other, &s.err), RC_OK);
	vault_free(s.vault);
	s.vault = other;
	ask(&s, &good);
	assert_int_equal(s.rc, RC_FAIL);
	assert_non_null(strstr(s.err.text, "signature"));
	assert_null(strstr(s.err.text, ID));
	scene_close(&s);
}

static void
an_unreachable_sts_says_so(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct scene s;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	scene_open(&s, "", "");
	snprintf(s.connect_to, sizeof s.connect_to,
	    "sts.eu-west-1.amazonaws.com:443:127.0.0.1:%u", ntohs(a.sin_port));
	assert_int_equal(vault_reload(s.vault, &s.init, &s.err), RC_OK);
	ask(&s, &good);
	assert_int_equal(s.rc, RC_RETRY);
	assert_string_equal(
	    s.err.text, "STS in eu-west-1: could not be reached: no connection");
	close(fd);
	scene_close(&s);
}

static void
a_stranger_gets_no_second_call(void **state)
{
	struct scene s;
	unsigned n = 0;

	(void)state;
	scene_open(&s, "", "");
	s.init.ca_file = NULL;
	assert_int_equal(vault_reload(s.vault, &s.init, &s.err), RC_OK);
	ask(&s, &good);
	assert_int_equal(s.rc, RC_RETRY);
	assert_non_null(strstr(s.err.text, "its certificate is not trusted"));
	json_decref(last_request(&s, &n));
	assert_int_equal(n, 0);
	scene_close(&s);
}

static void
bad_asks_never_leave(void **state)
{
	struct lease_ask bad[8];
	struct scene s;
	unsigned n = 0;

	(void)state;
	scene_open(&s, "", "");
	for (size_t i = 0; i < ROWS(bad); i++)
		bad[i] = good;
	bad[0].identity = "a";
	bad[1].identity = "al ice";
	bad[2].role = "broker";
	bad[3].region = "eu-west-1.evil.test/";
	bad[4].region = "";
	bad[5].seconds = 899;
	bad[6].external_id = "a&b";
	bad[7].session = "";
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(
		    vault_lease(s.vault, &bad[i], note, &s, NULL, &s.err), RC_REFUSE);
	turn_until(&s, 1, 200);
	assert_int_equal(s.count, 0);
	json_decref(last_request(&s, &n));
	assert_int_equal(n, 0);
	scene_close(&s);
}

static void
asks_are_bounded_and_cancelled(void **state)
{
	struct vault_call *first = NULL;
	struct scene s;

	(void)state;
	scene_open(&s, "", "");
	for (unsigned i = 0; i < VAULT_CALLS_MAX; i++)
		assert_int_equal(vault_lease(s.vault, &good, note, &s,
				     first == NULL ? &first : NULL, &s.err),
		    RC_OK);
	assert_int_equal(vault_lease(s.vault, &good, note, &s, NULL, &s.err), RC_RETRY);
	vault_cancel(first);
	vault_cancel(NULL);
	turn_until(&s, 8, 15000);
	assert_true(s.count >= 8);
	assert_int_equal(s.rc, RC_OK);
	scene_close(&s); /* the rest is dropped */
}

static void
write_file(struct scene *s, const char *secret, mode_t mode)
{
	FILE *f;

	snprintf(s->file, sizeof s->file, "%s/credentials", s->server.folder);
	assert_non_null(f = fopen(s->file, "w"));
	fprintf(f, "[gateway]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
	    ID, secret);
	fclose(f);
	assert_int_equal(chmod(s->file, mode), 0);
}

static void
a_file_is_read_again(void **state)
{
	struct vault_init file;
	struct scene s;

	(void)state;
	scene_open(&s, "", "");
	file = s.init;
	file.source = VAULT_FILE;
	file.file = s.file;
	file.profile = "gateway";
	write_file(&s, SECRET, 0600);
	assert_int_equal(vault_reload(s.vault, &file, &s.err), RC_OK);
	ask(&s, &good);
	assert_int_equal(s.rc, RC_OK);
	/* All or nothing: a bad file changes nothing. */
	write_file(&s, "wrong", 0644);
	assert_int_equal(vault_reload(s.vault, &file, &s.err), RC_REFUSE);
	ask(&s, &good);
	assert_int_equal(s.rc, RC_OK);
	/* The environment was emptied at the start. */
	assert_int_equal(vault_reload(s.vault, &s.init, &s.err), RC_REFUSE);
	ask(&s, &good);
	assert_int_equal(s.rc, RC_OK);
	write_file(&s, "wrong", 0600);
	assert_int_equal(vault_reload(s.vault, &file, &s.err), RC_OK);
	ask(&s, &good);
	assert_int_equal(s.rc, RC_FAIL);
	scene_close(&s);
}

static void
an_environment_outlives_a_reload(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "", "");
	assert_int_equal(vault_reload(s.vault, &s.init, &s.err), RC_OK);
	ask(&s, &good);
	assert_int_equal(s.rc, RC_OK);
	scene_close(&s);
}

static void
no_credentials_no_vault(void **state)
{
	struct vault_init init = { .source = VAULT_ENVIRONMENT };
	struct vault *v = NULL;
	struct loop *l = NULL;
	struct err err;

	(void)state;
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	assert_int_equal(loop_new(&l, &err), RC_OK);
	assert_int_equal(vault_new(l, &init, &v, &err), RC_REFUSE);
	assert_null(v);
	loop_free(l);
}

/* Who masks knows them when it sees them, and cannot tell them. */
static void
its_credentials_are_told_as_digests(void **state)
{
	static const uint8_t salt[16] = { 1, 2, 3 };
	const char *values[] = { ID, SECRET };
	unsigned known[2] = { 0, 0 };
	struct scene s;
	struct buf rows;

	(void)state;
	scene_open(&s, "", "");
	assert_string_equal(vault_key_id(s.vault), ID);
	buf_init(&rows, VAULT_SEEDS);
	assert_int_equal(vault_seeds(s.vault, salt, &rows, &s.err), RC_OK);
	assert_true(buf_ok(&rows) && rows.len > 0 && rows.len % SEED_ROW == 0);
	for (size_t i = 0; i < ROWS(values); i++)
		assert_null(memmem(rows.p, rows.len, values[i], strlen(values[i])));
	for (size_t at = 0; at < rows.len; at += SEED_ROW)
		for (size_t i = 0; i < ROWS(values); i++) {
			struct seed one;

			assert_true(seed_read(span_make(rows.p + at, SEED_ROW), &one));
			if (one.len == strlen(values[i]))
				known[i] += seed_is(&one, (const uint8_t *)values[i]);
		}
	assert_int_equal(known[0], 1);
	assert_int_equal(known[1], 1);
	buf_clear(&rows);
	scene_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_credentials_are_told_as_digests),
		cmocka_unit_test(a_lease_names_who_it_is_for),
		cmocka_unit_test(an_external_id_goes_along),
		cmocka_unit_test(a_denied_role_is_refused_once),
		cmocka_unit_test(throttling_is_waited_out),
		cmocka_unit_test(but_three_times_at_most),
		cmocka_unit_test(a_dropped_connection_is_tried_again),
		cmocka_unit_test(answers_that_are_not_sts_are_not_believed),
		cmocka_unit_test(a_wrong_secret_is_our_trouble),
		cmocka_unit_test(an_unreachable_sts_says_so),
		cmocka_unit_test(a_stranger_gets_no_second_call),
		cmocka_unit_test(bad_asks_never_leave),
		cmocka_unit_test(asks_are_bounded_and_cancelled),
		cmocka_unit_test(a_file_is_read_again),
		cmocka_unit_test(an_environment_outlives_a_reload),
		cmocka_unit_test(no_credentials_no_vault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
