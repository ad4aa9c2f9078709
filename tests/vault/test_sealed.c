#include "tests/support/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "broker/vault/sealed.h"

static char folder[64], key_path[96], other_key[96];
static const struct sealed_owner nobody_else;

static struct sealed_place
place(const char *name)
{
	return (struct sealed_place){ folder, name, key_path };
}

static void
file_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s.sealed", folder, name);
}

static int
open_folder(void **state)
{
	struct err err;

	(void)state;
	snprintf(folder, sizeof folder, "/tmp/broker-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(key_path, sizeof key_path, "%s/key", folder);
	snprintf(other_key, sizeof other_key, "%s/other", folder);
	assert_int_equal(sealed_make_key(key_path, &nobody_else, &err), RC_OK);
	assert_int_equal(sealed_make_key(other_key, &nobody_else, &err), RC_OK);
	return 0;
}

static int
close_folder(void **state)
{
	static const char *const names[] = { "gw", "gw-2", "a.b" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		file_of(names[i], path);
		unlink(path);
	}
	unlink(key_path);
	unlink(other_key);
	return rmdir(folder);
}

static struct sources_key *
make(const char *id, const char *token)
{
	struct sources_key *k = NULL;
	struct err err;

	assert_int_equal(
	    sources_make(span_of(id), span_of("top/secret"), span_of(token), &k, &err),
	    RC_OK);
	return k;
}

static void
add(const char *name, const char *token)
{
	const struct sealed_place at = place(name);
	struct sources_key *k = make("AKIAEXAMPLE", token);
	struct err err;

	assert_int_equal(sealed_add(&at, k, false, &nobody_else, &err), RC_OK);
	sources_free(k);
}

static void
what_goes_in_comes_out(void **state)
{
	static const char *const tokens[] = { "", "session-token==" };
	static const char *const names[] = { "gw", "gw-2" };

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		const struct sealed_place at = place(names[i]);
		struct sources_key *k = NULL;
		struct stat st;
		char path[128];
		struct err err;

		add(names[i], tokens[i]);
		file_of(names[i], path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(sealed_load(&at, &k, &err), RC_OK);
		assert_string_equal(k->access_key_id, "AKIAEXAMPLE");
		assert_true(span_is(secret_span(k->secret), "top/secret"));
		assert_int_equal(k->token != NULL, i == 1);
		sources_free(k);
	}
}

static size_t
slurp(const char *path, uint8_t *to, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(to, 1, size, f);
	fclose(f);
	return n;
}

static void
spill(const char *path, const uint8_t *from, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(from, 1, n, f), n);
	fclose(f);
}

static void
assert_shut(const struct sealed_place *at, const char *why)
{
	struct sources_key *k = NULL;
	struct err err = { "" };

	assert_int_equal(sealed_load(at, &k, &err), RC_REFUSE);
	assert_null(k);
	assert_non_null(strstr(err.text, why));
	assert_null(strstr(err.text, "top"));
}

static void
nothing_of_it_can_be_read_in_the_file(void **state)
{
	uint8_t file[4096];
	char path[128];
	size_t n;

	(void)state;
	add("gw", "");
	file_of("gw", path);
	n = slurp(path, file, sizeof file);
	assert_null(memmem(file, n, "AKIA", 4));
	assert_null(memmem(file, n, "secret", 6));
}

static void
every_byte_counts(void **state)
{
	const struct sealed_place at = place("gw");
	uint8_t file[4096];
	char path[128];
	size_t n;

	(void)state;
	add("gw", "");
	file_of("gw", path);
	n = slurp(path, file, sizeof file);
	for (size_t i = 0; i < n; i++) {
		file[i] ^= 1;
		spill(path, file, n);
		assert_shut(&at, i < 16 ? "it is no sealed" : "has changed");
		file[i] ^= 1;
	}
	for (size_t i = 0; i < n; i++) {
		spill(path, file, i);
		assert_shut(&at, "the sealed credential gw: it ");
	}
	spill(path, file, n);
	assert_int_equal(chmod(path, 0644), 0);
	assert_shut(&at, "lets others in");
}

static void
another_key_or_name_does_not_open_it(void **state)
{
	struct sealed_place at = place("gw");
	char from[128], to[128];

	(void)state;
	add("gw", "");
	at.key = other_key;
	assert_shut(&at, "not sealed with this key");
	file_of("gw", from);
	file_of("gw-2", to);
	assert_int_equal(rename(from, to), 0);
	at = place("gw-2");
	assert_shut(&at, "under this name");
	at = place("gw");
	assert_shut(&at, "gw.sealed");
}

static void
keys_must_be_ours_and_whole(void **state)
{
	static const char *const bad[] = { "", "broker-sealing-key-1 \n",
		"broker-sealing-key-1 QUJD\n",
		"broker-sealing-key-2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		"broker-sealing-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"broker-sealing-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
		"broker-sealing-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" };
	const struct sealed_place at = place("gw");
	struct err err;

	(void)state;
	add("gw", "");
	/* Never over one that is there. */
	assert_int_equal(sealed_make_key(key_path, &nobody_else, &err), RC_REFUSE);
	assert_int_equal(chmod(key_path, 0644), 0);
	assert_shut(&at, "the sealing key: mode 644 lets others in");
	assert_int_equal(chmod(key_path, 0600), 0);
	for (size_t i = 0; i < ROWS(bad); i++) {
		spill(key_path, (const uint8_t *)bad[i], strlen(bad[i]));
		assert_shut(&at, "the sealing key: expected one line");
	}
}

static void
names_are_checked_and_kept(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".gw", "a/b", "../x", "a b",
		"0123456789012345678901234567890123456789012345678901234567890123x" };
	struct sources_key *k = make("AKIAOTHER", "");
	struct sealed_place at;
	struct buf list;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		at = place(bad[i]);
		assert_int_equal(
		    sealed_add(&at, k, false, &nobody_else, &err), RC_REFUSE);
		assert_int_equal(sealed_remove(folder, bad[i], &err), RC_REFUSE);
	}
	add("gw-2", "");
	add("a.b", "");
	at = place("gw-2");
	assert_int_equal(sealed_add(&at, k, false, &nobody_else, &err), RC_REFUSE);
	assert_int_equal(sealed_add(&at, k, true, &nobody_else, &err), RC_OK);
	sources_free(k);
	k = NULL;
	assert_int_equal(sealed_load(&at, &k, &err), RC_OK);
	assert_string_equal(k->access_key_id, "AKIAOTHER");
	sources_free(k);
	buf_init(&list, 256);
	assert_int_equal(sealed_list(folder, &list, &err), RC_OK);
	assert_string_equal(buf_cstr(&list), "a.b\ngw-2\n");
	assert_int_equal(sealed_remove(folder, "a.b", &err), RC_OK);
	assert_int_equal(sealed_remove(folder, "a.b", &err), RC_REFUSE);
	buf_reset(&list);
	assert_int_equal(sealed_list(folder, &list, &err), RC_OK);
	assert_string_equal(buf_cstr(&list), "gw-2\n");
	buf_clear(&list);
	assert_int_equal(sealed_list("/nonexistent", &list, &err), RC_REFUSE);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, open_folder, close_folder)
	const struct CMUnitTest tests[] = {
		TEST(what_goes_in_comes_out),
		TEST(nothing_of_it_can_be_read_in_the_file),
		TEST(every_byte_counts),
		TEST(another_key_or_name_does_not_open_it),
		TEST(keys_must_be_ours_and_whole),
		TEST(names_are_checked_and_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
