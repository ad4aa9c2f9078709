#include "tests/support/unit.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/keyfile.h"

#define ZERO32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void
what_is_put_is_parsed(void **state)
{
	static const enum keyfile_kind kinds[] = { KEYFILE_AUDITOR, KEYFILE_DEVICE,
		KEYFILE_ADMIN };

	(void)state;
	for (size_t i = 0; i < ROWS(kinds); i++) {
		struct keyfile *k = NULL, *back = NULL;
		struct buf b;

		assert_int_equal(
		    keyfile_new(kinds[i], span_of("name-1"), &k, NULL), RC_OK);
		buf_init(&b, KEYFILE_TEXT_MAX);
		assert_int_equal(keyfile_put(k, &b, NULL), RC_OK);
		assert_false(keyfile_locked(buf_span(&b)));
		assert_int_equal(
		    keyfile_parse(kinds[i], buf_span(&b), NULL, &back, NULL), RC_OK);
		assert_memory_equal(keyfile_public(k), keyfile_public(back), 32);
		assert_true(span_eq(keyfile_secret(k), keyfile_secret(back)));
		assert_string_equal(keyfile_label(back), "name-1");
		assert_int_equal(keyfile_kind(back), kinds[i]);
		/* A key of one kind is never one of another. */
		for (size_t m = 0; m < ROWS(kinds); m++) {
			struct keyfile *other = NULL;

			if (m == i)
				continue;
			assert_int_equal(
			    keyfile_parse(kinds[m], buf_span(&b), NULL, &other, NULL),
			    RC_REFUSE);
			assert_null(other);
		}
		keyfile_free(k);
		keyfile_free(back);
		buf_clear(&b);
	}
}

static void
a_passphrase_locks(void **state)
{
	struct secret *pass = NULL, *wrong = NULL;
	struct keyfile *k = NULL, *back = NULL;
	struct err err;
	struct buf b;

	(void)state;
	assert_int_equal(secret_copy(span_of("correct horse"), &pass, NULL), RC_OK);
	assert_int_equal(secret_copy(span_of("correct horsE"), &wrong, NULL), RC_OK);
	assert_int_equal(keyfile_new(KEYFILE_AUDITOR, span_of("a"), &k, NULL), RC_OK);
	buf_init(&b, KEYFILE_TEXT_MAX);
	assert_int_equal(keyfile_put_locked(k, pass, 1, 8192, &b, NULL), RC_OK);
	assert_true(keyfile_locked(buf_span(&b)));
	assert_int_equal(
	    keyfile_parse(KEYFILE_AUDITOR, buf_span(&b), NULL, &back, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "passphrase"));
	assert_int_equal(
	    keyfile_parse(KEYFILE_AUDITOR, buf_span(&b), wrong, &back, &err),
	    RC_REFUSE);
	assert_string_equal(err.text, "wrong passphrase");
	assert_int_equal(
	    keyfile_parse(KEYFILE_AUDITOR, buf_span(&b), pass, &back, NULL), RC_OK);
	assert_memory_equal(keyfile_public(k), keyfile_public(back), 32);
	buf_reset(&b);
	assert_int_equal(keyfile_put_locked(k, pass, 0, 8192, &b, NULL), RC_REFUSE);
	assert_int_equal(keyfile_put_locked(k, pass, 1, 8191, &b, NULL), RC_REFUSE);
	assert_int_equal(keyfile_put_locked(k, pass, 65, 8192, &b, NULL), RC_REFUSE);
	assert_int_equal(
	    keyfile_put_locked(k, pass, 1, (1u << 30) + 1, &b, NULL), RC_REFUSE);
	keyfile_free(k);
	keyfile_free(back);
	secret_free(pass);
	secret_free(wrong);
	buf_clear(&b);
}

static void
malformed_texts_are_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"\n",
		"hoop-key 1 a x25519 " ZERO32, /* no LF */
		"hoop-key 1 a x25519 " ZERO32 "\n\n",
		"hoop-key 1 a x25519 " ZERO32 "\nmore\n",
		"hoop-key 1 a x25519 " ZERO32 "\r\n",
		"hoop-key 1 a x25519  " ZERO32 "\n",
		" hoop-key 1 a x25519 " ZERO32 "\n",
		"hoop-key 1 a x25519 " ZERO32 " \n",
		"hoop-key\t1 a x25519 " ZERO32 "\n",
		"hoop-key 2 a x25519 " ZERO32 "\n",
		"hoop-key 1 a ed25519 " ZERO32 "\n",
		"hoop-keys 1 a x25519 " ZERO32 "\n",
		"hoop-key 1 a/b x25519 " ZERO32 "\n",
		"hoop-key 1 \xc3\xa9 x25519 " ZERO32 "\n",
		"hoop-key 1 a x25519 AAAA\n",
		"hoop-key 1 a x25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
		"hoop-key 1 a x25519 " ZERO32 " extra\n",
		"hoop-key 1 a x25519 argon2id 1 8192 AAAA AAAA\n",
		"hoop-key 1 a x25519 argon2i 1 8192 AAAAAAAAAAAAAAAAAAAAAA== AAAA\n",
	};
	struct secret *pass = NULL;

	(void)state;
	assert_int_equal(secret_copy(span_of("x"), &pass, NULL), RC_OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct keyfile *k = NULL;

		if (keyfile_parse(KEYFILE_AUDITOR, span_of(rows[i]), pass, &k, NULL) !=
		    RC_REFUSE)
			fail_msg("row %zu is read", i);
		assert_null(k);
	}
	secret_free(pass);
}

/* A hostile key file must not make us spend the machine. */
static void
the_cost_of_a_locked_key_is_bounded(void **state)
{
	static const char *const costs[] = { "0 8192", "65 8192", "1 8191",
		"1 1073741825", "01 8192", "1 08192", "-1 8192", "1 99999999999",
		"1e1 8192", "1 8k" };
	struct secret *pass = NULL;

	(void)state;
	assert_int_equal(secret_copy(span_of("x"), &pass, NULL), RC_OK);
	for (size_t i = 0; i < ROWS(costs); i++) {
		struct keyfile *k = NULL;
		char text[400], box[97];
		struct err err;

		memset(box, 'A', 96);
		box[96] = '\0';
		snprintf(text, sizeof text,
		    "hoop-key 1 a x25519 argon2id %s AAAAAAAAAAAAAAAAAAAAAA== %s\n",
		    costs[i], box);
		assert_true(keyfile_locked(span_of(text)));
		assert_int_equal(
		    keyfile_parse(KEYFILE_AUDITOR, span_of(text), pass, &k, &err),
		    RC_REFUSE);
		assert_string_equal(err.text, "the locked key is malformed");
	}
	secret_free(pass);
}

static void
names_are_checked(void **state)
{
	struct keyfile *k = NULL;
	char big[70];

	(void)state;
	memset(big, 'a', 65);
	big[65] = '\0';
	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of(big), &k, NULL), RC_REFUSE);
	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of(""), &k, NULL), RC_REFUSE);
	assert_int_equal(
	    keyfile_new(KEYFILE_ADMIN, span_of("a b"), &k, NULL), RC_REFUSE);
	assert_int_equal(
	    keyfile_new(KEYFILE_ADMIN, span_of("a/b"), &k, NULL), RC_REFUSE);
	assert_int_equal(
	    keyfile_new(KEYFILE_DEVICE, span_of("a\nb"), &k, NULL), RC_REFUSE);
	assert_int_equal(keyfile_new(KEYFILE_DEVICE, span_of("a/b"), &k, NULL), RC_OK);
	keyfile_free(k);
}

static void
the_file_must_be_private(void **state)
{
	static const unsigned modes[] = { 0604, 0640, 0660, 0602, 0777, 0610 };
	char dir[] = "/tmp/test_keyfile.XXXXXX", path[64], link[64], none[64];
	struct keyfile *k = NULL;
	struct buf b;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/key", dir);
	snprintf(link, sizeof link, "%s/link", dir);
	snprintf(none, sizeof none, "%s/none", dir);
	buf_init(&b, KEYFILE_TEXT_MAX + 2);
	assert_int_equal(keyfile_new(KEYFILE_AUDITOR, span_of("a"), &k, NULL), RC_OK);
	assert_int_equal(keyfile_put(k, &b, NULL), RC_OK);
	keyfile_free(k);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, b.p, b.len), b.len);
	for (size_t i = 0; i < ROWS(modes); i++) {
		assert_int_equal(fchmod(fd, modes[i]), 0);
		assert_int_equal(
		    keyfile_load(KEYFILE_AUDITOR, path, NULL, &k, NULL), RC_REFUSE);
	}
	assert_int_equal(fchmod(fd, 0400), 0);
	assert_int_equal(keyfile_load(KEYFILE_AUDITOR, path, NULL, &k, NULL), RC_OK);
	keyfile_free(k);
	assert_int_equal(symlink("key", link), 0);
	assert_int_equal(
	    keyfile_load(KEYFILE_AUDITOR, link, NULL, &k, NULL), RC_REFUSE);
	assert_int_equal(keyfile_load(KEYFILE_AUDITOR, none, NULL, &k, NULL), RC_END);
	assert_int_equal(keyfile_load(KEYFILE_AUDITOR, dir, NULL, &k, NULL), RC_REFUSE);
	assert_int_equal(ftruncate(fd, KEYFILE_TEXT_MAX + 1), 0);
	assert_int_equal(
	    keyfile_load(KEYFILE_AUDITOR, path, NULL, &k, NULL), RC_REFUSE);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(
	    keyfile_load(KEYFILE_AUDITOR, path, NULL, &k, NULL), RC_REFUSE);
	close(fd);
	unlink(path);
	unlink(link);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(
	    keyfile_load(KEYFILE_AUDITOR, path, NULL, &k, NULL), RC_REFUSE);
	unlink(path);
	rmdir(dir);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_parsed),
		cmocka_unit_test(a_passphrase_locks),
		cmocka_unit_test(malformed_texts_are_refused),
		cmocka_unit_test(the_cost_of_a_locked_key_is_bounded),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(the_file_must_be_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
