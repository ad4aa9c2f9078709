/* Leases when the gateway's own credentials are fetched: what waits, for how long, and
 * what is said; session policies.  STS is the strict stand-in, which knows the one key
 * that the other stand-in hands out. */
#include "tests/support/unit.h"

#include <unistd.h>

#include "broker/vault/sealed.h"
#include "broker/vault/vault.h"
#include "lib/base/clock.h"
#include "tests/vault/scene.h"

#define ROLE "arn:aws:iam::111122223333:role/broker"
#define KEY                                                                            \
	"{\"key\": {\"Code\": \"Success\", \"AccessKeyId\": "                          \
	"\"ASIASTANDINGATEWAY00\", "                                                   \
	"\"SecretAccessKey\": \"fetched/secret\", \"Token\": \"fetched-token==\", "    \
	"\"Expiration\": \"%s\"}}"

static const char seed[] =
    "{\"keys\": [{\"access_key_id\": \"ASIASTANDINGATEWAY00\", \"secret_access_key\": "
    "\"fetched/secret\", \"session_token\": \"fetched-token==\", \"role\": \"arn:x\"},"
    "{\"access_key_id\": \"AKIASTANDINGATEWAY00\", \"secret_access_key\": \"s\"}],"
    "\"roles\": [{\"arn\": \"" ROLE "\", \"max_duration\": 43200}],"
    "\"faults\": [%s]}";

struct stage {
	struct scene scene; /* where the gateway's credentials are */
	struct server sts;
	char connect_to[64];
	const char *connect_list[1];
	struct vault_init init;
	struct vault *vault;
	unsigned count;
	enum rc rc;
	struct lease *lease;
	struct err err;
};

static const struct lease_ask good = { .identity = "alice",
	.session = "s-1",
	.role = ROLE,
	.region = "eu-west-1",
	.seconds = 7200 };

static void
note(void *arg, enum rc rc, struct lease *l, const struct err *err)
{
	struct stage *t = arg;

	t->count++;
	t->rc = rc;
	lease_free(t->lease);
	t->lease = l;
	t->err = *err;
}

static void
stage_open(struct stage *t, enum vault_source source, const char *faults)
{
	static const char *const argv[] = { "--dir", "@", "--seed", "@/seed.json",
		"--log", "@/log", "--until-stdin-closes", NULL };
	char text[4096], until[21];

	memset(t, 0, sizeof *t);
	scene_open(&t->scene, FETCH_INSTANCE);
	clock_iso(clock_wall_ms() + 3600000, until);
	snprintf(text, sizeof text, KEY, until);
	scene_write(&t->scene, "world", text);
	snprintf(text, sizeof text, seed, faults);
	server_open(&t->sts, "aws_standin.py", argv, text);
	snprintf(t->connect_to, sizeof t->connect_to, "::127.0.0.1:%u", t->sts.port);
	t->connect_list[0] = t->connect_to;
	t->init = (struct vault_init){ .source = source,
		.connect_to = t->connect_list,
		.n_connect_to = 1,
		.ca_file = t->sts.ca,
		.metadata = t->scene.endpoint };
	if (source == VAULT_ENVIRONMENT) {
		setenv("AWS_ACCESS_KEY_ID", "AKIASTANDINGATEWAY00", 1);
		setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	}
	assert_int_equal(vault_new(t->scene.loop, &t->init, &t->vault, &t->err), RC_OK);
}

static void
stage_close(struct stage *t)
{
	vault_free(t->vault);
	lease_free(t->lease);
	server_close(&t->sts);
	scene_close(&t->scene);
}

static void
ask(struct stage *t, const struct lease_ask *a, unsigned times)
{
	unsigned before = t->count;

	for (unsigned i = 0; i < times; i++)
		assert_int_equal(
		    vault_lease(t->vault, a, note, t, NULL, &t->err), RC_OK);
	assert_int_equal(t->count, before);
	scene_turn(&t->scene, &t->count, before + times, 20000);
	assert_int_equal(t->count, before + times);
}

/* The last request that STS has seen. */
static void
assert_sts(struct stage *t, const char *key, const char *want)
{
	char line[65536], path[128];
	json_t *j = NULL;
	FILE *f;

	snprintf(path, sizeof path, "%s/log", t->sts.folder);
	assert_non_null(f = fopen(path, "r"));
	while (fgets(line, sizeof line, f) != NULL) {
		json_decref(j);
		assert_non_null(j = json_loads(line, 0, NULL));
	}
	fclose(f);
	if (want == NULL)
		assert_true(json_is_null(json_object_get(j, key)));
	else
		assert_string_equal(json_string_value(json_object_get(j, key)), want);
	json_decref(j);
}

static void
asks_wait_for_the_first_fetch(void **state)
{
	struct stage t;

	(void)state;
	stage_open(&t, VAULT_INSTANCE, "");
	ask(&t, &good, 20);
	assert_int_equal(t.rc, RC_OK);
	assert_int_equal(scene_asked(&t.scene), 3); /* one fetch */
	/* A role that takes a role: AWS, and the stand-in, refuse more than an hour. */
	assert_sts(&t, "duration", "3600");
	stage_close(&t);
}

static void
lasting_credentials_are_not_bounded(void **state)
{
	struct stage t;

	(void)state;
	stage_open(&t, VAULT_ENVIRONMENT, "");
	ask(&t, &good, 1);
	assert_int_equal(t.rc, RC_OK);
	assert_sts(&t, "duration", "7200");
	assert_sts(&t, "policy", NULL);
	stage_close(&t);
}

static void
a_container_serves_as_well(void **state)
{
	struct stage t;

	(void)state;
	setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x", 1);
	stage_open(&t, VAULT_CONTAINER, "");
	assert_null(getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"));
	ask(&t, &good, 1);
	assert_int_equal(t.rc, RC_OK);
	assert_string_equal(scene_said(&t.scene, 0, "path"), "/v2/x");
	stage_close(&t);
}

static void
waiting_ends_with_the_fetch(void **state)
{
	struct vault_call *call = NULL;
	struct stage t;

	(void)state;
	stage_open(&t, VAULT_INSTANCE, "");
	scene_write(&t.scene, "plan",
	    "{\"path\": \"/latest/api/token\", \"status\": 403, \"times\": 9}");
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		    vault_lease(t.vault, &good, note, &t, NULL, &t.err), RC_OK);
	scene_turn(&t.scene, &t.count, 3, 8000);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.rc, RC_FAIL);
	assert_string_equal(
	    t.err.text, "the gateway's own credentials cannot be had now");
	/* Now it is known at once. */
	assert_int_equal(vault_lease(t.vault, &good, note, &t, &call, &t.err), RC_FAIL);
	assert_int_equal(scene_asked(&t.scene), 1);
	stage_close(&t);
}

static void
who_waits_may_leave(void **state)
{
	struct vault_call *call = NULL;
	struct stage t;

	(void)state;
	stage_open(&t, VAULT_INSTANCE, "");
	assert_int_equal(vault_lease(t.vault, &good, note, &t, &call, &t.err), RC_OK);
	vault_cancel(call);
	ask(&t, &good, 1);
	assert_int_equal(t.count, 1);
	assert_int_equal(t.rc, RC_OK);
	assert_int_equal(vault_lease(t.vault, &good, note, &t, NULL, &t.err), RC_OK);
	stage_close(&t); /* with one under way */
}

static void
a_reload_keeps_what_is_the_same(void **state)
{
	struct vault_init other;
	struct stage t;

	(void)state;
	stage_open(&t, VAULT_INSTANCE, "");
	ask(&t, &good, 1);
	assert_int_equal(vault_reload(t.vault, &t.init, &t.err), RC_OK);
	ask(&t, &good, 1);
	assert_int_equal(t.rc, RC_OK);
	assert_int_equal(scene_asked(&t.scene), 3);
	/* To where nobody is, and back: who waits then is served. */
	other = t.init;
	other.metadata = "http://127.0.0.1:1";
	assert_int_equal(vault_reload(t.vault, &other, &t.err), RC_OK);
	assert_int_equal(vault_lease(t.vault, &good, note, &t, NULL, &t.err), RC_OK);
	assert_int_equal(vault_reload(t.vault, &t.init, &t.err), RC_OK);
	scene_turn(&t.scene, &t.count, 3, 8000);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.rc, RC_OK);
	assert_int_equal(scene_asked(&t.scene), 6);
	/* All or nothing. */
	other.source = VAULT_CONTAINER; /* the environment named none */
	assert_int_equal(vault_reload(t.vault, &other, &t.err), RC_REFUSE);
	assert_string_equal(t.err.text, "aws.credentials: container: neither "
					"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
					"AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
	ask(&t, &good, 1);
	assert_int_equal(t.rc, RC_OK);
	stage_close(&t);
}

static void
what_a_source_lacks_is_refused_at_once(void **state)
{
	static const struct {
		enum vault_source source;
		const char *why;
	} rows[] = {
		{ VAULT_CONTAINER, "aws.credentials: container: neither" },
		{ VAULT_WEB_IDENTITY,
		    "aws.credentials: web-identity: AWS_WEB_IDENTITY_TOKEN_FILE" },
	};
	struct vault *v = NULL;
	struct loop *l = NULL;
	struct err err;

	(void)state;
	assert_int_equal(loop_new(&l, &err), RC_OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct vault_init init = { .source = rows[i].source };

		/* Of another source: not taken, and gone all the same. */
		setenv("AWS_ACCESS_KEY_ID", "AKIASTANDINGATEWAY00", 1);
		setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
		assert_int_equal(vault_new(l, &init, &v, &err), RC_REFUSE);
		assert_non_null(strstr(err.text, rows[i].why));
		assert_null(getenv("AWS_SECRET_ACCESS_KEY"));
	}
	loop_free(l);
}

static void
sealed_credentials_serve(void **state)
{
	static const struct sealed_owner mine;
	struct sealed_place at = { .name = "gw" };
	struct sources_key *k = NULL;
	char key[128];
	struct stage t;

	(void)state;
	stage_open(&t, VAULT_INSTANCE, "");
	snprintf(key, sizeof key, "%s/key", t.scene.server.folder);
	at.folder = t.scene.server.folder;
	at.key = key;
	assert_int_equal(sources_make(span_of("AKIASTANDINGATEWAY00"), span_of("s"),
			     span_of(""), &k, &t.err),
	    RC_OK);
	assert_int_equal(sealed_make_key(key, &mine, &t.err), RC_OK);
	assert_int_equal(sealed_add(&at, k, false, &mine, &t.err), RC_OK);
	sources_free(k);
	t.init.source = VAULT_SEALED;
	t.init.sealed = "gw";
	t.init.sealed_key = key;
	t.init.sealed_folder = at.folder;
	assert_int_equal(vault_reload(t.vault, &t.init, &t.err), RC_OK);
	ask(&t, &good, 1);
	assert_int_equal(t.rc, RC_OK);
	assert_sts(&t, "duration", "7200");
	t.init.sealed = "other";
	assert_int_equal(vault_reload(t.vault, &t.init, &t.err), RC_REFUSE);
	stage_close(&t);
}

static void
a_policy_goes_along_or_is_too_large(void **state)
{
	static const char small[] = "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
				    "\"*\",\"Resource\":\"*\"}]}";
	static char large[2050];
	struct lease_ask a = good;
	struct stage t;

	(void)state;
	stage_open(&t, VAULT_ENVIRONMENT,
	    "{\"operation\": \"AssumeRole\", \"status\": 400, \"code\": "
	    "\"PackedPolicyTooLarge\"}");
	a.policy = small;
	ask(&t, &a, 1);
	assert_int_equal(t.rc, RC_END);
	assert_string_equal(
	    t.err.text, "STS in eu-west-1: the session policy is too large");
	assert_null(t.lease);
	ask(&t, &a, 1);
	assert_int_equal(t.rc, RC_OK);
	assert_sts(&t, "policy", small);
	memset(large, ' ', sizeof large - 1);
	a.policy = large;
	assert_int_equal(vault_lease(t.vault, &a, note, &t, NULL, &t.err), RC_END);
	stage_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_wait_for_the_first_fetch),
		cmocka_unit_test(lasting_credentials_are_not_bounded),
		cmocka_unit_test(a_container_serves_as_well),
		cmocka_unit_test(waiting_ends_with_the_fetch),
		cmocka_unit_test(who_waits_may_leave),
		cmocka_unit_test(a_reload_keeps_what_is_the_same),
		cmocka_unit_test(what_a_source_lacks_is_refused_at_once),
		cmocka_unit_test(sealed_credentials_serve),
		cmocka_unit_test(a_policy_goes_along_or_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
