/* Objects into a bucket, against a stand-in that verifies everything. */
#include "tests/support/unit.h"

#include <unistd.h>

#include "broker/monitor/bucket.h"
#include "lib/base/clock.h"
#include "lib/base/loop.h"
#include "tests/support/server.h"

static const char seed[] =
    "{\"keys\":[{\"access_key_id\":\"AKIASTANDINGATEWAY00\","
    "\"secret_access_key\":\"s\"},"
    "{\"access_key_id\":\"ASIASTANDINGATEWAY00\",\"secret_access_key\":\"of/it\","
    "\"session_token\":\"tok\",\"policy\":{\"Statement\":[{\"Effect\":\"Allow\","
    "\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::vault-a/rec/*\"}]}}]}";

struct stage {
	struct server server;
	struct loop *loop;
	struct vault *vault;
	struct bucket *bucket;
	char connect_to[64], trouble[128];
	const char *list[1];
	struct bucket_place at;
	unsigned ends;
	enum rc rc;
	struct err err;
};

static int
setup(void **state)
{
	static const char *const argv[] = { "--archive", "vault-a", "--objects",
		"@/objects", "--trouble", "@/trouble", "--dir", "@", "--seed",
		"@/seed.json", "--until-stdin-closes", NULL };
	struct stage *t = calloc(1, sizeof *t);
	struct vault_init init = { .source = VAULT_ENVIRONMENT };

	*state = t;
	server_open(&t->server, "s3_standin.py", argv, seed);
	snprintf(t->connect_to, sizeof t->connect_to, "::127.0.0.1:%u", t->server.port);
	snprintf(t->trouble, sizeof t->trouble, "%s/trouble", t->server.folder);
	t->list[0] = t->connect_to;
	setenv("AWS_ACCESS_KEY_ID", "AKIASTANDINGATEWAY00", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	t->at = (struct bucket_place){ .bucket = "vault-a",
		.region = "eu-west-1",
		.connect_to = t->list,
		.n_connect_to = 1,
		.ca_file = t->server.ca };
	assert_int_equal(loop_new(&t->loop, &t->err), RC_OK);
	assert_int_equal(vault_new(t->loop, &init, &t->vault, &t->err), RC_OK);
	assert_int_equal(bucket_new(t->loop, t->vault, &t->bucket, &t->err), RC_OK);
	return 0;
}

static int
teardown(void **state)
{
	struct stage *t = *state;
	char line[256];

	bucket_free(t->bucket);
	vault_free(t->vault);
	loop_free(t->loop);
	snprintf(line, sizeof line, "rm -rf '%s/objects' '%s/objects.log'",
	    t->server.folder, t->server.folder);
	assert_int_equal(system(line), 0);
	server_close(&t->server);
	free(t);
	return 0;
}

static void
note(void *arg, enum rc rc, const struct err *err)
{
	struct stage *t = arg;

	t->ends++;
	t->rc = rc;
	t->err = *err;
}

static enum rc
put_with(struct stage *t, const struct lease *l, const struct bucket_object *o)
{
	uint64_t end = clock_mono_ms() + 15000;
	unsigned before = t->ends;
	enum rc rc;

	rc = bucket_put(t->bucket, &t->at, l, o, note, t, NULL, &t->err);
	if (rc != RC_OK)
		return rc;
	assert_int_equal(t->ends, before);
	while (t->ends == before && clock_mono_ms() < end)
		assert_int_equal(loop_step(t->loop, 50, &t->err), RC_OK);
	assert_int_equal(t->ends, before + 1);
	return t->rc;
}

static enum rc
put(struct stage *t, const char *key, const char *body)
{
	const struct bucket_object o = {
		.key = span_of(key), .body = span_of(body), .type = "text/plain"
	};

	return put_with(t, NULL, &o);
}

/* A file of the stand-in's folder, cut to fit. */
static const char *
file(const struct stage *t, const char *name)
{
	static char text[8192];
	char path[256];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", t->server.folder, name);
	if ((f = fopen(path, "r")) != NULL) {
		n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static void
say_trouble(const struct stage *t, const char *word)
{
	FILE *f = fopen(t->trouble, "w");

	assert_non_null(f);
	fputs(word, f);
	fclose(f);
}

static void
an_object_arrives(void **state)
{
	struct stage *t = *state;

	assert_int_equal(put(t, "rec/x y+\xc3\xa9.cast", "hello\n"), RC_OK);
	assert_string_equal(file(t, "objects/rec/x y+\xc3\xa9.cast"), "hello\n");
	assert_non_null(
	    strstr(file(t, "objects.log"), "\"content-type\": \"text/plain\""));
	assert_null(strstr(file(t, "objects.log"), "object-lock"));
	/* Nothing of another kind is asked for on the way. */
	assert_int_equal(put(t, "rec/empty", ""), RC_OK);
	assert_string_equal(file(t, "objects/rec/empty"), "");
}

static void
a_lock_is_asked_for(void **state)
{
	struct stage *t = *state;
	struct bucket_object o = { .key = span_of("rec/l"),
		.body = span_of("x"),
		.type = "text/plain",
		.lock = BUCKET_COMPLIANCE,
		.until_ms = 4102444800001 };

	assert_int_equal(put_with(t, NULL, &o), RC_OK);
	assert_non_null(strstr(
	    file(t, "objects.log"), "\"x-amz-object-lock-mode\": \"COMPLIANCE\""));
	/* A millisecond longer rather than shorter. */
	assert_non_null(strstr(file(t, "objects.log"),
	    "\"x-amz-object-lock-retain-until-date\": \"2100-01-01T00:00:01Z\""));
	o.lock = BUCKET_GOVERNANCE;
	assert_int_equal(put_with(t, NULL, &o), RC_OK);
	assert_non_null(strstr(file(t, "objects.log"), "\"GOVERNANCE\""));
	o.until_ms = clock_wall_ms() - 1;
	assert_int_equal(put_with(t, NULL, &o), RC_REFUSE);
}

static struct lease *
some_lease(struct stage *t)
{
	struct lease *l = lease_new();

	assert_non_null(l);
	strcpy(l->access_key_id, "ASIASTANDINGATEWAY00");
	assert_int_equal(secret_copy(span_of("of/it"), &l->secret, &t->err), RC_OK);
	assert_int_equal(secret_copy(span_of("tok"), &l->token, &t->err), RC_OK);
	return l;
}

static void
a_lease_signs_and_is_held_to_its_policy(void **state)
{
	struct stage *t = *state;
	struct lease *l = some_lease(t);
	struct bucket_object o = {
		.key = span_of("rec/a"), .body = span_of("x"), .type = "text/plain"
	};

	assert_int_equal(put_with(t, l, &o), RC_OK);
	o.key = span_of("elsewhere/a");
	assert_int_equal(put_with(t, l, &o), RC_REFUSE);
	assert_string_equal(t->err.text, "HTTP 403 AccessDenied");
	o.key = span_of("rec/b");
	o.lock = BUCKET_COMPLIANCE;
	o.until_ms = 4102444800000;
	assert_int_equal(put_with(t, l, &o), RC_REFUSE);
	lease_free(l);
}

static void
what_goes_wrong_is_told_apart(void **state)
{
	static const struct {
		const char *word, *says;
		enum rc rc;
	} rows[] = {
		{ "503 1", "HTTP 503 SlowDown", RC_RETRY },
		{ "403 1", "HTTP 403 AccessDenied", RC_REFUSE },
		/* libcurl tries once more where a connection had been used. */
		{ "down 2", "", RC_RETRY },
		{ "cut 2", "", RC_RETRY },
		{ "checksum 1", "the checksum of what was stored is another one",
		    RC_REFUSE },
		{ "silent 1", "the answer has no checksum of what was stored",
		    RC_REFUSE },
	};
	struct stage *t = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		say_trouble(t, rows[i].word);
		assert_int_equal(put(t, "rec/t", "t"), rows[i].rc);
		if (rows[i].says[0] != '\0')
			assert_string_equal(t->err.text, rows[i].says);
		assert_int_equal(put(t, "rec/t", "t"), RC_OK);
	}
	t->at.region = "us-east-1";
	assert_int_equal(put(t, "rec/t", "t"), RC_REFUSE);
	assert_non_null(strstr(t->err.text, "HTTP 301"));
	t->at.region = "eu-west-1";
	t->at.bucket = "vault-b"; /* not there at all */
	assert_int_equal(put(t, "rec/t", "t"), RC_REFUSE);
	assert_non_null(strstr(t->err.text, "HTTP 404"));
	t->at.bucket = "vault-a";
	t->at.ca_file = NULL; /* somebody else's certificate */
	assert_int_equal(put(t, "rec/t", "t"), RC_REFUSE);
}

static void
a_call_can_be_dropped(void **state)
{
	struct stage *t = *state;
	const struct bucket_object o = {
		.key = span_of("rec/d"), .body = span_of("d"), .type = "text/plain"
	};
	struct bucket_call *a, *b;

	say_trouble(t, "hang");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    bucket_put(t->bucket, &t->at, NULL, &o, note, t, &a, &t->err),
		    RC_OK);
		assert_int_equal(
		    bucket_put(t->bucket, &t->at, NULL, &o, note, t, &b, &t->err),
		    RC_OK);
		for (int j = 0; j < 10; j++)
			assert_int_equal(loop_step(t->loop, 10, &t->err), RC_OK);
		bucket_cancel(i == 0 ? a : b);
		bucket_cancel(i == 0 ? b : a);
	}
	say_trouble(t, "");
	assert_int_equal(t->ends, 0);
	assert_int_equal(put(t, "rec/d", "d"), RC_OK);
}

static void
odd_names_are_refused(void **state)
{
	static const char *const keys[] = { "", "/a", "a//b", "a/../b", "./a", "a/.",
		"a\nb", "a\x7f", "\xff" };
	struct stage *t = *state;

	for (size_t i = 0; i < ROWS(keys); i++)
		if (put(t, keys[i], "x") != RC_REFUSE)
			fail_msg("taken: %s", keys[i]);
	t->at.bucket = "Not/a bucket";
	assert_int_equal(put(t, "a", "x"), RC_REFUSE);
	assert_int_equal(t->ends, 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_arrives),
		TEST(a_lock_is_asked_for),
		TEST(a_lease_signs_and_is_held_to_its_policy),
		TEST(what_goes_wrong_is_told_apart),
		TEST(a_call_can_be_dropped),
		TEST(odd_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
