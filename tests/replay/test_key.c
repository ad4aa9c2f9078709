#include "tests/support/unit.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/key.h"

static char folder[] = "/tmp/test_key.XXXXXX";
static struct keyfile *key;
static char path[sizeof folder + 64];

/* HOME/.config/hoop-replay/key with a fresh key in it. */
static int
make(void **state)
{
	static const char *const folders[] = { "/.config", "/.config/hoop-replay" };
	struct buf text;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < ROWS(folders); i++) {
		snprintf(path, sizeof path, "%s%s", folder, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	snprintf(path, sizeof path, "%s/.config/hoop-replay/key", folder);
	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of("test"), &key, NULL), RC_OK);
	buf_init(&text, KEYFILE_TEXT_MAX);
	assert_int_equal(keyfile_put(key, &text, NULL), RC_OK);
	umask(077);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fwrite(text.p, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
	buf_clear(&text);
	assert_int_equal(setenv("HOME", folder, 1), 0);
	return 0;
}

static int
drop(void **state)
{
	static const char *const names[] = { "/.config/hoop-replay/key",
		"/.config/hoop-replay", "/.config", "" };

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof path, "%s%s", folder, names[i]);
		remove(path);
	}
	keyfile_free(key);
	return 0;
}

static void
assert_is_ours(const char *spec)
{
	struct key *k = NULL;
	struct keyfile *got = NULL;
	struct err err;

	err_clear(&err);
	if (key_read(spec, &k, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_int_equal(key_open(k, &got, &err), RC_OK);
	assert_memory_equal(keyfile_public(got), keyfile_public(key), 32);
	keyfile_free(got);
	key_free(k);
}

static void
the_usual_place_is_read(void **state)
{
	(void)state;
	assert_is_ours(NULL);
	assert_is_ours(path);
}

static void
a_descriptor_is_read(void **state)
{
	int fd = memfd_create("key", 0);
	struct buf text;
	char spec[32];

	(void)state;
	buf_init(&text, KEYFILE_TEXT_MAX);
	assert_int_equal(keyfile_put(key, &text, NULL), RC_OK);
	assert_int_equal(write(fd, text.p, text.len), text.len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	snprintf(spec, sizeof spec, "fd:%d", fd);
	assert_is_ours(spec);
	close(fd);
	buf_clear(&text);
}

static void
doubtful_files_are_refused(void **state)
{
	static const mode_t bad[] = { 0640, 0604, 0620, 0602, 0644, 0666 };
	struct key *k = NULL;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_int_equal(chmod(path, bad[i]), 0);
		if (key_read(NULL, &k, &err) != RC_REFUSE)
			fail_msg("mode %o", (unsigned)bad[i]);
		assert_non_null(strstr(err.text, path));
	}
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(key_read("/nonexistent/key", &k, &err), RC_END);
	assert_null(k);
}

static void
bad_words_are_refused(void **state)
{
	static const char *const bad[] = { "fd:", "fd:x", "fd:-1", "fd:3x", "fd: 3",
		"fd:99999999999999999999", "fd:65000" };
	struct key *k = NULL;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		if (key_read(bad[i], &k, &err) != RC_REFUSE)
			fail_msg("%s", bad[i]);
}

static void
nonsense_is_no_key(void **state)
{
	int fd = memfd_create("key", 0);
	struct key *k = NULL;
	struct keyfile *got = NULL;
	struct err err;
	char spec[32];

	(void)state;
	assert_int_equal(write(fd, "hoop-key 1 x\n", 13), 13);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	snprintf(spec, sizeof spec, "fd:%d", fd);
	assert_int_equal(key_read(spec, &k, &err), RC_OK);
	assert_int_equal(key_open(k, &got, &err), RC_REFUSE);
	key_free(k);
	/* without an end */
	assert_int_equal(ftruncate(fd, KEYFILE_TEXT_MAX + 1), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(key_read(spec, &k, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "too long"));
	close(fd);
}

static void
places_are_below_home(void **state)
{
	char place[KEY_PLACE_MOST], *home = strdup(getenv("HOME"));

	(void)state;
	assert_int_equal(key_place("trusted", place, NULL), RC_OK);
	assert_int_equal(strncmp(place, folder, strlen(folder)), 0);
	assert_string_equal(place + strlen(folder), "/.config/hoop-replay/trusted");
	setenv("HOME", "relative", 1);
	assert_int_equal(key_place("key", place, NULL), RC_REFUSE);
	unsetenv("HOME");
	assert_int_equal(key_place("key", place, NULL), RC_REFUSE);
	setenv("HOME", home, 1);
	free(home);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_place_is_read),
		cmocka_unit_test(a_descriptor_is_read),
		cmocka_unit_test(doubtful_files_are_refused),
		cmocka_unit_test(bad_words_are_refused),
		cmocka_unit_test(nonsense_is_no_key),
		cmocka_unit_test(places_are_below_home),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
