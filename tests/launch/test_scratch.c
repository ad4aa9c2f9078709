#include "tests/support/unit.h"

#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/launch/scratch.h"

#define CA "-----BEGIN CERTIFICATE-----\n"

static bool
there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void
it_is_made_once_and_for_oneself(void **state)
{
	char path[SCRATCH_PATH], other[SCRATCH_PATH], file[80], text[64] = "";
	struct err err = { "" };
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(scratch_name(path, &err), RC_OK);
	assert_int_equal(scratch_name(other, &err), RC_OK);
	assert_string_not_equal(path, other);
	assert_int_equal(scratch_make(path, span_of(CA), &err), RC_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	snprintf(file, sizeof file, "%s/" SCRATCH_CA, path);
	fd = open(file, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof text), strlen(CA));
	assert_string_equal(text, CA);
	close(fd);
	/* Somebody was there before. */
	assert_int_equal(scratch_make(path, span_of(CA), &err), RC_FAIL);
	assert_int_equal(scratch_remove(path, &err), RC_OK);
	assert_false(there(path));
	assert_int_equal(scratch_remove(path, &err), RC_OK);
}

/* A tree that is deeper than any path may be long. */
static void
dig(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;

	for (int i = 0; i < 200; i++) {
		assert_int_equal(
		    mkdirat(fd, "a-folder-with-rather-a-long-name", 0700), 0);
		next = openat(fd, "a-folder-with-rather-a-long-name",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	close(openat(fd, "file", O_WRONLY | O_CREAT, 0600));
	close(fd);
}

static void
all_of_it_is_removed_and_nothing_else(void **state)
{
	char path[SCRATCH_PATH], outside[] = "/tmp/test_scratch.XXXXXX", name[100];
	struct err err = { "" };

	(void)state;
	assert_int_equal(scratch_name(path, &err), RC_OK);
	assert_int_equal(scratch_make(path, span_of(CA), &err), RC_OK);
	assert_non_null(mkdtemp(outside));
	snprintf(name, sizeof name, "%s/kept", outside);
	close(open(name, O_WRONLY | O_CREAT, 0600));
	dig(path);
	snprintf(name, sizeof name, "%s/link", path);
	assert_int_equal(symlink(outside, name), 0);
	snprintf(name, sizeof name, "%s/pipe", path);
	assert_int_equal(mkfifo(name, 0), 0);
	assert_int_equal(scratch_remove(path, &err), RC_OK);
	assert_false(there(path));
	snprintf(name, sizeof name, "%s/kept", outside);
	assert_true(there(name));
	unlink(name);
	rmdir(outside);
}

static void
what_is_no_folder_of_ours_stays(void **state)
{
	char path[] = "/tmp/test_scratch.XXXXXX", link[64];
	struct err err = { "" };

	(void)state;
	assert_non_null(mkdtemp(path));
	snprintf(link, sizeof link, "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(scratch_remove(link, &err), RC_FAIL);
	assert_true(there(path) && there(link));
	unlink(link);
	rmdir(path);
}

/* What a launcher that was killed left behind, and only that. */
static void
of_the_dead_nothing_stays(void **state)
{
	char mine[SCRATCH_PATH], dead[SCRATCH_PATH], other[SCRATCH_PATH + 8];
	struct err err = { "" };
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(scratch_name(mine, &err), RC_OK);
	snprintf(dead, sizeof dead, "/tmp/broker-%d%s", (int)pid,
	    strchr(mine + strlen("/tmp/broker-"), '-'));
	snprintf(other, sizeof other, "%sx", dead);
	assert_int_equal(scratch_make(mine, span_of(CA), &err), RC_OK);
	assert_int_equal(scratch_make(dead, span_of(CA), &err), RC_OK);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(scratch_tidy(&err), RC_OK);
	assert_true(there(mine) && there(other));
	assert_false(there(dead));
	rmdir(other);
	assert_int_equal(scratch_remove(mine, &err), RC_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_made_once_and_for_oneself),
		cmocka_unit_test(all_of_it_is_removed_and_nothing_else),
		cmocka_unit_test(what_is_no_folder_of_ours_stays),
		cmocka_unit_test(of_the_dead_nothing_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
