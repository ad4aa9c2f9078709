#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/keeper/depot.h"
#include "lib/base/id.h"

struct fixture {
	char dir[64], path[200];
	struct depot *d;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/test_depot.XXXXXX");
	*state = f;
	return mkdtemp(f->dir) != NULL && depot_open(f->dir, 0, &f->d, &f->err) == RC_OK
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[100];

	depot_close(f->d);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	free(f);
	return system(command);
}

static const char *
path(struct fixture *f, const char *folder, const uint8_t sid[16])
{
	char text[ID_UUID_TEXT];

	id_uuid_text(sid, text);
	snprintf(f->path, sizeof f->path, "%s/%s/%s.cast", f->dir, folder, text);
	return f->path;
}

#define OK(call) assert_int_equal((call), RC_OK)
static const uint8_t one[16] = { 1 }, two[16] = { 2 };

static void
folders_are_made_closed(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char p[100];

	snprintf(p, sizeof p, "%s/spool", f->dir);
	assert_int_equal(stat(p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	snprintf(p, sizeof p, "%s/done", f->dir);
	assert_int_equal(stat(p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void
a_file_is_made_looked_at_and_moved(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char b[4];
	int fd, done;

	assert_int_equal(depot_fd(f->d, one), -1);
	OK(depot_create(f->d, one, &fd, &f->err));
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(pread(depot_fd(f->d, one), b, 4, 0), 3);
	assert_int_equal(write(depot_fd(f->d, one), "x", 1), -1);
	assert_int_equal(depot_create(f->d, one, &done, &f->err), RC_REFUSE);
	assert_int_equal(stat(path(f, "spool", one), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(depot_done(f->d, one, &done, &f->err), RC_END);
	OK(depot_sync(f->d, &f->err));
	OK(depot_finish(f->d, one, &f->err));
	OK(depot_sync(f->d, &f->err));
	assert_int_equal(depot_fd(f->d, one), -1);
	assert_int_equal(access(path(f, "spool", one), F_OK), -1);
	OK(depot_done(f->d, one, &done, &f->err));
	assert_int_equal(pread(done, b, 4, 0), 3);
	close(done);
	close(fd);
	assert_int_equal(depot_finish(f->d, two, &f->err), RC_FAIL);
}

static void
one_that_was_taken_away_is_not_finished(void **state)
{
	struct fixture *f = *state;
	char was[200];
	int fd;

	OK(depot_create(f->d, one, &fd, &f->err));
	close(fd);
	assert_int_equal(unlink(path(f, "spool", one)), 0);
	assert_int_equal(depot_finish(f->d, one, &f->err), RC_END);
	/* Another one in its place is not taken for it, not even an equal one. */
	close(open(path(f, "spool", one), O_WRONLY | O_CREAT, 0600));
	assert_int_equal(depot_finish(f->d, one, &f->err), RC_END);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(symlink("/etc/passwd", f->path), 0);
	assert_int_equal(depot_finish(f->d, one, &f->err), RC_END);
	snprintf(was, sizeof was, "%s", path(f, "done", one));
	assert_int_equal(access(was, F_OK), -1);
	assert_true(depot_fd(f->d, one) >= 0);
	depot_forget(f->d, one);
	assert_int_equal(depot_fd(f->d, one), -1);
}

static void
nothing_in_done_is_written_over(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int fd;

	OK(depot_create(f->d, one, &fd, &f->err));
	close(fd);
	fd = open(path(f, "done", one), O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "old", 3), 3);
	close(fd);
	OK(depot_finish(f->d, one, &f->err));
	/* It is put aside, and said. */
	assert_int_equal(stat(path(f, "done", one), &st), 0);
	assert_int_equal(st.st_size, 0);
	strcat(f->path, ".odd1");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_size, 3);
}

static void
links_and_pipes_are_not_opened(void **state)
{
	struct fixture *f = *state;
	int fd;

	assert_int_equal(symlink("/etc/passwd", path(f, "done", one)), 0);
	assert_int_equal(depot_done(f->d, one, &fd, &f->err), RC_REFUSE);
	assert_int_equal(mkfifo(path(f, "done", two), 0600), 0);
	assert_int_equal(depot_done(f->d, two, &fd, &f->err), RC_REFUSE);
	assert_int_equal(symlink("/tmp/nowhere", path(f, "spool", one)), 0);
	assert_int_equal(depot_create(f->d, one, &fd, &f->err), RC_REFUSE);
}

static enum rc
finish(void *arg, const uint8_t sid[16], int fd, struct err *err)
{
	struct fixture *f = arg;

	assert_true(fd >= 0);
	return sid[0] == 1 ? depot_finish(f->d, sid, err) : RC_OK;
}

static void
what_lies_there_is_found_again(void **state)
{
	struct fixture *f = *state;
	char odd[200];
	int fd;

	for (int i = 0; i < 2; i++) {
		OK(depot_create(f->d, i == 0 ? one : two, &fd, &f->err));
		close(fd);
	}
	snprintf(odd, sizeof odd, "%s/spool/notes.txt", f->dir);
	close(open(odd, O_WRONLY | O_CREAT, 0600));
	depot_close(f->d);
	f->d = NULL;
	OK(depot_open(f->dir, 0, &f->d, &f->err));
	OK(depot_each(f->d, finish, f, &f->err));
	assert_int_equal(depot_fd(f->d, one), -1);
	assert_true(depot_fd(f->d, two) >= 0);
	assert_int_equal(access(path(f, "done", one), F_OK), 0);
	assert_int_equal(access(odd, F_OK), 0);
}

static void
room_is_asked_for(void **state)
{
	struct fixture *f = *state;

	OK(depot_room(f->d, &f->err));
	depot_close(f->d);
	f->d = NULL;
	OK(depot_open(f->dir, UINT64_MAX, &f->d, &f->err));
	assert_int_equal(depot_room(f->d, &f->err), RC_RETRY);
}

static void
loose_folders_are_refused(void **state)
{
	struct fixture *f = *state;
	struct depot *d = NULL;
	char p[100];

	snprintf(p, sizeof p, "%s/done", f->dir);
	assert_int_equal(chmod(p, 0701), 0);
	assert_int_equal(depot_open(f->dir, 0, &d, &f->err), RC_REFUSE);
	assert_int_equal(chmod(p, 01700), 0);
	assert_int_equal(depot_open(f->dir, 0, &d, &f->err), RC_REFUSE);
	assert_int_equal(chmod(p, 0700), 0);
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(depot_open(f->dir, 0, &d, &f->err), RC_REFUSE);
	assert_int_equal(depot_open("/tmp/no/such/place", 0, &d, &f->err), RC_FAIL);
	assert_null(d);
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(folders_are_made_closed),
		CASE(a_file_is_made_looked_at_and_moved),
		CASE(one_that_was_taken_away_is_not_finished),
		CASE(nothing_in_done_is_written_over),
		CASE(links_and_pipes_are_not_opened),
		CASE(what_lies_there_is_found_again),
		CASE(room_is_asked_for),
		CASE(loose_folders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
