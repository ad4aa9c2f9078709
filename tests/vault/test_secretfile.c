#include "tests/support/unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/vault/secretfile.h"

static char folder[64], path[96];

static int
open_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/broker-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/secret", folder);
	return 0;
}

static int
close_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static unsigned
entries(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void
assert_read(enum rc rc, const char *want)
{
	struct buf b;
	struct err err = { "" };

	buf_init(&b, 8 + SECRETFILE_PAGE);
	assert_int_equal(secretfile_read(path, 8, &b, &err), rc);
	if (rc == RC_OK)
		assert_string_equal(buf_cstr(&b), want);
	else
		assert_true(err.text[0] != '\0');
	buf_clear(&b);
}

static void
a_file_is_written_once(void **state)
{
	struct secretfile_new how = { .mode = 0600 };
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(secretfile_write(path, &how, span_of("one"), &err), RC_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_read(RC_OK, "one");
	assert_int_equal(secretfile_write(path, &how, span_of("two"), &err), RC_REFUSE);
	assert_read(RC_OK, "one");
	how.replace = true;
	assert_int_equal(secretfile_write(path, &how, span_of("two"), &err), RC_OK);
	assert_read(RC_OK, "two");
	assert_int_equal(entries(), 1); /* nothing else is left behind */
}

static void
a_link_is_replaced_not_followed(void **state)
{
	const struct secretfile_new how = { .mode = 0600, .replace = true };
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(secretfile_write(path, &how, span_of("x"), &err), RC_OK);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(entries(), 1);
}

static void
a_failure_leaves_nothing(void **state)
{
	struct secretfile_new how = { .mode = 0600, .give = true, .owner = 0 };
	struct err err;

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(
		    secretfile_write(path, &how, span_of("x"), &err), RC_FAIL);
		assert_int_equal(entries(), 0);
	}
	how.give = false;
	snprintf(path, sizeof path, "%s/none/x", folder);
	assert_int_equal(secretfile_write(path, &how, span_of("x"), &err), RC_FAIL);
	snprintf(path, sizeof path, "%s/secret", folder);
}

static void
modes_and_lengths_are_bounded(void **state)
{
	static const struct {
		mode_t mode;
		enum rc rc;
	} rows[] = { { 0600, RC_OK }, { 0400, RC_OK }, { 0640, RC_OK },
		{ 0644, RC_REFUSE }, { 0660, RC_REFUSE }, { 0604, RC_REFUSE } };
	const struct secretfile_new how = { .mode = 0600, .replace = true };
	struct err err;

	(void)state;
	assert_int_equal(
	    secretfile_write(path, &how, span_of("12345678"), &err), RC_OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(chmod(path, rows[i].mode), 0);
		assert_read(rows[i].rc, "12345678");
	}
	assert_int_equal(
	    secretfile_write(path, &how, span_of("123456789"), &err), RC_OK);
	assert_read(RC_REFUSE, "");
	unlink(path);
	assert_read(RC_REFUSE, "");
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, open_folder, close_folder)
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_written_once),
		TEST(a_link_is_replaced_not_followed),
		TEST(a_failure_leaves_nothing),
		TEST(modes_and_lengths_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
