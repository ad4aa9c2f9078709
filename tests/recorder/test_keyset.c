#include "tests/recorder/support.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/b64.h"
#include "recorder/keyset.h"
#include "recorder/textfile.h"

#define NOW 1795000000000ULL /* November 2026 */

struct dir {
	char path[64];
	int fd;
};

static int
setup(void **state)
{
	struct dir *d = calloc(1, sizeof *d);

	strcpy(d->path, "/tmp/test_keyset.XXXXXX");
	assert_non_null(mkdtemp(d->path));
	d->fd = open(d->path, O_RDONLY | O_DIRECTORY);
	*state = d;
	return 0;
}

static const char *const names[] = { KEYSET_DEVICE, KEYSET_AUDITOR, KEYSET_BREAK_GLASS,
	KEYSET_ADMIN, KEYSET_ADMIN_PUBLIC, KEYSET_RECIPIENTS, KEYSET_TRUST };

static int
teardown(void **state)
{
	struct dir *d = *state;

	for (size_t i = 0; i < ROWS(names); i++)
		unlinkat(d->fd, names[i], 0);
	close(d->fd);
	rmdir(d->path);
	free(d);
	return 0;
}

static struct secret *
text_of(const struct dir *d, const char *name)
{
	struct secret *s = NULL;
	char path[128];

	snprintf(path, sizeof path, "%s/%s", d->path, name);
	assert_int_equal(textfile_read(path, TEXTFILE_PUBLIC, 65536, &s, NULL), RC_OK);
	return s;
}

static void
the_files_fit_together(void **state)
{
	struct dir *d = *state;
	struct keyset_init init = { .broker = "test/b1", .now_ms = NOW };
	struct keyfile *device = NULL, *auditor = NULL;
	struct recipients *r = NULL;
	struct trust *t = NULL;
	struct secret *pub, *list;
	uint8_t admin[32], dkid[8];
	char path[128];

	assert_int_equal(keyset_make(d->fd, &init, NULL), RC_OK);
	pub = text_of(d, KEYSET_ADMIN_PUBLIC);
	list = text_of(d, KEYSET_RECIPIENTS);
	assert_int_equal(secret_len(pub), 45);
	assert_true(
	    b64_fixed(span_make(secret_bytes(pub), secret_len(pub) - 1), admin, 32));
	assert_int_equal(
	    recipients_parse(secret_span(list), admin, NOW, &r, NULL), RC_OK);
	assert_int_equal(recipients_count(r), 2);
	assert_string_equal(recipients_at(r, 0)->epoch, "2026-11");
	snprintf(path, sizeof path, "%s/%s", d->path, KEYSET_DEVICE);
	assert_int_equal(
	    keyfile_load(KEYFILE_DEVICE, path, NULL, &device, NULL), RC_OK);
	assert_string_equal(keyfile_label(device), "test/b1");
	snprintf(path, sizeof path, "%s/%s", d->path, KEYSET_AUDITOR);
	assert_int_equal(
	    keyfile_load(KEYFILE_AUDITOR, path, NULL, &auditor, NULL), RC_OK);
	assert_memory_equal(keyfile_public(auditor), recipients_at(r, 0)->pk, 32);
	snprintf(path, sizeof path, "%s/%s", d->path, KEYSET_TRUST);
	assert_int_equal(trust_load(path, &t, NULL), RC_OK);
	assert_int_equal(trust_dkid(keyfile_public(device), dkid, NULL), RC_OK);
	assert_memory_equal(
	    trust_device(t, "test/b1", dkid), keyfile_public(device), 32);
	assert_null(trust_device(t, "test/b2", dkid));
	keyfile_free(device);
	keyfile_free(auditor);
	recipients_free(r);
	trust_free(t);
	secret_free(pub);
	secret_free(list);
}

static void
secrets_are_private(void **state)
{
	struct dir *d = *state;
	struct keyset_init init = { .broker = "test/b1", .now_ms = NOW };
	struct stat st;

	assert_int_equal(keyset_make(d->fd, &init, NULL), RC_OK);
	for (size_t i = 0; i < ROWS(names); i++) {
		assert_int_equal(fstatat(d->fd, names[i], &st, 0), 0);
		assert_int_equal(st.st_mode & 0777, i < 4 ? 0600 : 0644);
	}
}

static void
nothing_is_written_over(void **state)
{
	struct dir *d = *state;
	struct keyset_init init = { .broker = "test/b1", .now_ms = NOW };
	struct stat st;
	struct err err;

	for (size_t i = 0; i < ROWS(names); i++) {
		assert_int_equal(symlinkat("/nonexistent", d->fd, names[i]), 0);
		assert_int_equal(keyset_make(d->fd, &init, &err), RC_REFUSE);
		assert_non_null(strstr(err.text, names[i]));
		for (size_t k = 0; k < ROWS(names); k++)
			assert_int_equal(
			    fstatat(d->fd, names[k], &st, AT_SYMLINK_NOFOLLOW) == 0,
			    k == i);
		assert_int_equal(unlinkat(d->fd, names[i], 0), 0);
	}
}

static void
bad_values_leave_nothing(void **state)
{
	static const struct keyset_init bad[] = {
		{ .broker = "", .now_ms = NOW },
		{ .broker = "two words", .now_ms = NOW },
		{ .broker = "line\nfeed", .now_ms = NOW },
		{ .broker = "b", .epoch = "2026 11", .now_ms = NOW },
		{ .broker = "b", .epoch = "", .now_ms = NOW },
		{ .broker = "b", .epoch = "a-very-long-epoch-name", .now_ms = NOW },
		{ .broker = "b", .not_after = "2026-02-30", .now_ms = NOW },
		{ .broker = "b", .not_after = "tomorrow", .now_ms = NOW },
	};
	struct dir *d = *state;
	struct stat st;

	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_int_equal(keyset_make(d->fd, &bad[i], NULL), RC_REFUSE);
		for (size_t k = 0; k < ROWS(names); k++)
			assert_int_not_equal(fstatat(d->fd, names[k], &st, 0), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_files_fit_together, setup, teardown),
		cmocka_unit_test_setup_teardown(secrets_are_private, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    nothing_is_written_over, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    bad_values_leave_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
