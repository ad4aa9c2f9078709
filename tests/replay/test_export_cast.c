#include "tests/support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/export_cast.h"
#include "tests/replay/plain.h"

#define CAST "{\"version\": 2, \"width\": 80, \"height\": 24}\n[0, \"o\", \"a\"]\n"

static char folder[] = "/tmp/test_export.XXXXXX";
static char path[sizeof folder + 16], other[sizeof folder + 16];

static int
make(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/out", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int
drop(void **state)
{
	(void)state;
	return rmdir(folder);
}

static int
clean(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return 0;
}

static void
put_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
an_export_is_the_source(void **state)
{
	struct stat st;
	char got[sizeof CAST];
	int in, fd = -1;
	struct source *s = plain_source(CAST, sizeof CAST - 1, &in);

	(void)state;
	assert_int_equal(export_cast_open(path, false, &fd, NULL), RC_OK);
	assert_int_equal(export_cast(s, fd, NULL), RC_OK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, sizeof CAST - 1);
	close(fd);
	assert_true((fd = open(path, O_RDONLY)) >= 0);
	assert_int_equal(read(fd, got, sizeof got), sizeof CAST - 1);
	assert_memory_equal(got, CAST, sizeof CAST - 1);
	close(fd);
	source_close(s);
	close(in);
}

static void
what_exists_is_kept(void **state)
{
	struct stat st;
	struct err err;
	int fd = -1;

	(void)state;
	put_file(path, "precious", 0644);
	assert_int_equal(export_cast_open(path, false, &fd, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "--force"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 8);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(export_cast_open(path, true, &fd, &err), RC_OK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
	/* what a failed export left behind */
	assert_int_equal(export_cast_open(path, false, &fd, &err), RC_OK);
	close(fd);
}

static void
other_names_are_refused(void **state)
{
	struct err err;
	int fd = -1;

	(void)state;
	put_file(other, "", 0600);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(export_cast_open(path, true, &fd, &err), RC_FAIL);
	unlink(path);
	assert_int_equal(link(other, path), 0);
	assert_int_equal(export_cast_open(path, true, &fd, &err), RC_REFUSE);
	assert_int_equal(export_cast_open(folder, true, &fd, &err), RC_FAIL);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_not_equal(export_cast_open(path, true, &fd, &err), RC_OK);
	assert_int_equal(fd, -1);
}

static void
a_failed_write_is_told(void **state)
{
	struct err err;
	int in, fds[2], full = open("/dev/full", O_WRONLY);
	struct source *s = plain_source(CAST, sizeof CAST - 1, &in);

	(void)state;
	assert_int_equal(export_cast(s, full, &err), RC_FAIL);
	close(full);
	source_close(s);
	close(in);
	s = plain_source(CAST, sizeof CAST - 1, &in);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(export_cast(s, fds[1], &err), RC_END);
	close(fds[1]);
	source_close(s);
	close(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_export_is_the_source, clean),
		cmocka_unit_test_teardown(what_exists_is_kept, clean),
		cmocka_unit_test_teardown(other_names_are_refused, clean),
		cmocka_unit_test_teardown(a_failed_write_is_told, clean),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
