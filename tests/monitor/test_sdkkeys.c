#include "tests/support/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "broker/monitor/sdkkeys.h"
#include "lib/model/sdkkey.h"

struct place {
	char folder[64], file[96], fresh[104];
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	snprintf(p->folder, sizeof p->folder, "/tmp/sdkkeys.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->file, sizeof p->file, "%s/sdk.key", p->folder);
	snprintf(p->fresh, sizeof p->fresh, "%s.new", p->file);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	unlink(p->file);
	unlink(p->fresh);
	rmdir(p->folder);
	free(p);
	return 0;
}

static struct sdkkeys *
open_keys(const struct place *p)
{
	struct sdkkeys *k = NULL;
	struct err err = { "" };

	if (sdkkeys_open(p->file, &k, &err) != RC_OK)
		fail_msg("%s", err.text);
	return k;
}

static void
root_of(const struct sdkkeys *k, const char *identity, uint8_t out[SDKKEY_ROOT])
{
	struct secret *s = NULL;

	assert_int_equal(sdkkeys_root(k, identity, "staging", &s, NULL), RC_OK);
	memcpy(out, secret_bytes(s), SDKKEY_ROOT);
	secret_free(s);
}

static void
a_key_is_made_once_and_read_again(void **state)
{
	struct place *p = *state;
	uint8_t a[SDKKEY_ROOT], b[SDKKEY_ROOT], c[SDKKEY_ROOT];
	struct sdkkeys *k = open_keys(p);
	struct stat st;

	root_of(k, "ci", a);
	root_of(k, "alice", c);
	sdkkeys_free(k);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(access(p->fresh, F_OK), -1);
	k = open_keys(p);
	root_of(k, "ci", b);
	sdkkeys_free(k);
	assert_memory_equal(a, b, sizeof a);
	assert_memory_not_equal(a, c, sizeof a);
	/* A new key is another one: nothing that was handed out holds. */
	unlink(p->file);
	k = open_keys(p);
	root_of(k, "ci", b);
	sdkkeys_free(k);
	assert_memory_not_equal(a, b, sizeof a);
}

static void
put(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
refused(const struct place *p)
{
	struct sdkkeys *k = NULL;
	struct err err = { "" };

	assert_int_equal(sdkkeys_open(p->file, &k, &err), RC_REFUSE);
	assert_null(k);
	assert_non_null(strstr(err.text, "sdk.key"));
}

#define GOOD "broker-sdk-key/1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void
what_is_no_key_is_refused_and_kept(void **state)
{
	static const char *const texts[] = {
		"\n",
		"broker-sdk-key/1\n",
		"broker-sdk-key/1 \n",
		"broker-sdk-key/2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
		"broker-sdk-key/1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n",
		"broker-sdk-key/1  AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
		GOOD,
		GOOD " \n",
		GOOD "\n" GOOD "\n",
		GOOD "\n\n",
	};
	struct place *p = *state;
	char text[300];

	for (size_t i = 0; i < ROWS(texts); i++) {
		FILE *f;
		size_t n;

		put(p->file, texts[i], 0600);
		refused(p);
		f = fopen(p->file, "r");
		n = fread(text, 1, sizeof text, f);
		fclose(f);
		assert_int_equal(n, strlen(texts[i]));
		unlink(p->file);
	}
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	put(p->file, text, 0600);
	refused(p);
}

static void
a_key_that_others_reach_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0660, 0666 };
	struct place *p = *state;

	put(p->file, GOOD "\n", 0600);
	sdkkeys_free(open_keys(p));
	for (size_t i = 0; i < ROWS(modes); i++) {
		assert_int_equal(chmod(p->file, modes[i]), 0);
		refused(p);
	}
	assert_int_equal(rename(p->file, p->fresh), 0);
	assert_int_equal(chmod(p->fresh, 0600), 0);
	assert_int_equal(symlink(p->fresh, p->file), 0);
	refused(p);
}

/* What a start that was cut short has left behind is no key yet. */
static void
a_half_made_key_is_made_again(void **state)
{
	struct place *p = *state;

	put(p->fresh, "broker-sdk-key/1 AAEC", 0600);
	sdkkeys_free(open_keys(p));
	assert_int_equal(access(p->fresh, F_OK), -1);
}

static void
without_a_folder_there_is_no_key(void **state)
{
	struct sdkkeys *k = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(sdkkeys_open("/nonexistent/sdk.key", &k, &err), RC_FAIL);
	assert_null(k);
	assert_non_null(strstr(err.text, "make /nonexistent/sdk.key"));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_key_is_made_once_and_read_again),
		T(what_is_no_key_is_refused_and_kept),
		T(a_key_that_others_reach_is_refused),
		T(a_half_made_key_is_made_again),
		T(without_a_folder_there_is_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
