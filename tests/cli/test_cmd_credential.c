/* broker credential: its words, its files, its exit statuses. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/cli/cli.h"
#include "broker/cli/cmd_credential.h"
#include "broker/vault/sealed.h"
#include "lib/model/status.h"

static const char ini[] =
    "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s1\n"
    "[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = s2\n";
static const char json[] = "\n{\"AccessKey\": {\"UserName\": \"u\", \"AccessKeyId\": "
			   "\"AKIAJSON\", \"SecretAccessKey\": \"s3\"}}\n";

struct room {
	char root[64], keys[128], key[128], input[128];
};

static int
setup(void **state)
{
	static const char *const folders[] = { "etc", "etc/broker", "var", "var/lib",
		"var/lib/broker", "var/lib/broker/keys" };
	struct room *r = calloc(1, sizeof *r);
	char path[128];

	snprintf(r->root, sizeof r->root, "/tmp/broker-test-XXXXXX");
	assert_non_null(mkdtemp(r->root));
	for (size_t i = 0; i < ROWS(folders); i++) {
		snprintf(path, sizeof path, "%s/%s", r->root, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	snprintf(r->keys, sizeof r->keys, "%s/var/lib/broker/keys", r->root);
	snprintf(r->key, sizeof r->key, "%s/etc/broker/sealing.key", r->root);
	snprintf(r->input, sizeof r->input, "%s/input", r->root);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const files[] = { "input", "mine", "etc/broker/sealing.key",
		"var/lib/broker/keys/gw.sealed", "var/lib/broker/keys/two.sealed" };
	static const char *const folders[] = { "var/lib/broker/keys", "var/lib/broker",
		"var/lib", "var", "etc/broker", "etc", "" };
	struct room *r = *state;
	char path[128];

	for (size_t i = 0; i < ROWS(files); i++) {
		snprintf(path, sizeof path, "%s/%s", r->root, files[i]);
		unlink(path);
	}
	for (size_t i = 0; i < ROWS(folders); i++) {
		snprintf(path, sizeof path, "%s/%s", r->root, folders[i]);
		assert_int_equal(rmdir(path), 0);
	}
	free(r);
	return 0;
}

/* These words, in a root of our own; "INPUT" and "MINE" stand for files. */
static int
run(const struct room *r, const char *const *words)
{
	const struct cli cli = { .root = r->root };
	char text[10][128], *argv[12];
	int argc = 0;

	snprintf(text[0], sizeof text[0], "credential");
	argv[argc++] = text[0];
	for (size_t i = 0; words[i] != NULL; i++, argc++) {
		if (strcmp(words[i], "MINE") == 0)
			snprintf(text[argc], sizeof text[argc], "%s/mine", r->root);
		else
			snprintf(text[argc], sizeof text[argc], "%s",
			    strcmp(words[i], "INPUT") == 0 ? r->input : words[i]);
		argv[argc] = text[argc];
	}
	argv[argc] = NULL;
	return cmd_credential(&cli, argc, argv);
}

#define RUN(r, ...) run(r, (const char *const[]){ __VA_ARGS__, NULL })

static void
write_input(const struct room *r, const char *text)
{
	FILE *f = fopen(r->input, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
assert_sealed(const struct room *r, const char *key, const char *name, const char *id)
{
	const struct sealed_place at = { r->keys, name, key };
	struct sources_key *k = NULL;
	struct err err;

	assert_int_equal(sealed_load(&at, &k, &err), RC_OK);
	assert_string_equal(k->access_key_id, id);
	sources_free(k);
}

static void
credentials_are_added(void **state)
{
	struct room *r = *state;
	struct stat st;
	char mine[128];

	assert_int_equal(RUN(r, "key"), STATUS_OK);
	assert_int_equal(stat(r->key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(RUN(r, "key"), STATUS_USAGE); /* never over one */
	write_input(r, ini);
	assert_int_equal(RUN(r, "add", "gw", "INPUT"), STATUS_OK);
	assert_sealed(r, r->key, "gw", "AKIADEFAULT");
	assert_int_equal(
	    RUN(r, "add", "--profile", "other", "gw", "INPUT"), STATUS_USAGE);
	assert_int_equal(
	    RUN(r, "add", "gw", "--profile=other", "--replace", "INPUT"), STATUS_OK);
	assert_sealed(r, r->key, "gw", "AKIAOTHER");
	/* JSON, and a key elsewhere. */
	assert_int_equal(RUN(r, "key", "MINE"), STATUS_OK);
	snprintf(mine, sizeof mine, "%s/mine", r->root);
	write_input(r, json);
	assert_int_equal(RUN(r, "add", "--key", "MINE", "two", "INPUT"), STATUS_OK);
	assert_sealed(r, mine, "two", "AKIAJSON");
	assert_int_equal(RUN(r, "list"), STATUS_OK);
	assert_int_equal(RUN(r, "remove", "two"), STATUS_OK);
	assert_int_equal(RUN(r, "remove", "two"), STATUS_USAGE);
}

static void
stdin_serves_too(void **state)
{
	struct room *r = *state;
	int before = dup(STDIN_FILENO), fd;

	assert_int_equal(RUN(r, "key"), STATUS_OK);
	write_input(r, json);
	assert_true((fd = open(r->input, O_RDONLY | O_CLOEXEC)) >= 0);
	assert_true(dup2(fd, STDIN_FILENO) >= 0);
	assert_int_equal(RUN(r, "add", "gw"), STATUS_OK);
	assert_true(dup2(before, STDIN_FILENO) >= 0);
	close(before);
	close(fd);
	assert_sealed(r, r->key, "gw", "AKIAJSON");
}

static void
bad_input_is_not_kept(void **state)
{
	static const char *const bad[] = { "", " \n", "{", "{}", "[default]\n",
		"[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = s\n",
		"{\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s\","
		"\"Token\":\"t\",\"Expiration\":\"2026-01-02T03:04:05Z\"}" };
	struct room *r = *state;
	struct stat st;
	char path[160];

	assert_int_equal(RUN(r, "key"), STATUS_OK);
	for (size_t i = 0; i < ROWS(bad); i++) {
		write_input(r, bad[i]);
		assert_int_equal(RUN(r, "add", "gw", "INPUT"), STATUS_USAGE);
	}
	write_input(r, ini);
	assert_int_equal(RUN(r, "add", "../gw", "INPUT"), STATUS_USAGE);
	assert_int_equal(RUN(r, "add", "gw", "/nonexistent"), STATUS_USAGE);
	unlink(r->key);
	assert_int_equal(RUN(r, "add", "gw", "INPUT"), STATUS_USAGE);
	snprintf(path, sizeof path, "%s/gw.sealed", r->keys);
	assert_int_equal(stat(path, &st), -1);
}

static void
other_words_are_refused(void **state)
{
	struct room *r = *state;

	assert_int_equal(run(r, (const char *const[]){ NULL }), STATUS_USAGE);
	assert_int_equal(RUN(r, "--help"), STATUS_OK);
	assert_int_equal(RUN(r, "show"), STATUS_USAGE);
	assert_int_equal(RUN(r, "add"), STATUS_USAGE);
	assert_int_equal(RUN(r, "add", "a", "b", "c"), STATUS_USAGE);
	assert_int_equal(RUN(r, "add", "--key", "MINE", "gw"), STATUS_USAGE);
	assert_int_equal(RUN(r, "key", "a", "b"), STATUS_USAGE);
	assert_int_equal(RUN(r, "list", "x"), STATUS_USAGE);
	assert_int_equal(RUN(r, "remove"), STATUS_USAGE);
	assert_int_equal(RUN(r, "remove", "a/b"), STATUS_USAGE);
	assert_int_equal(RUN(r, "list", "--secret"), STATUS_USAGE);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(credentials_are_added),
		TEST(stdin_serves_too),
		TEST(bad_input_is_not_kept),
		TEST(other_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
