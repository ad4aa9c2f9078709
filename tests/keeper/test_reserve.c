#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/keeper/reserve.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define MIB (1u << 20)

struct fixture {
	char dir[64], path[80];
	int fd;
	struct reserve *r;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	strcpy(f->dir, "/tmp/test_reserve.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof f->path, "%s/reserve", f->dir);
	f->fd = open(f->dir, O_RDONLY | O_DIRECTORY);
	return reserve_new(f->fd, MIB, &f->r, NULL) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[100];

	reserve_free(f->r);
	close(f->fd);
	(void)umount2(f->dir, MNT_DETACH);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	free(f);
	return system(command);
}

static void
assert_taken(const struct fixture *f)
{
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_size, MIB);
	assert_true((uint64_t)st.st_blocks * 512 >= MIB);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(reserve_full(f->r));
}

static void
it_is_taken_given_in_parts_and_taken_again(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_false(reserve_full(f->r));
	assert_int_equal(reserve_give(f->r, &f->err), RC_END);
	OK(reserve_take(f->r, &f->err));
	assert_taken(f);
	OK(reserve_take(f->r, &f->err));
	for (uint64_t left = MIB / 4; left >= 65536; left /= 4) {
		OK(reserve_give(f->r, &f->err));
		assert_false(reserve_full(f->r));
		assert_int_equal(reserve_left(f->r), left);
		assert_int_equal(stat(f->path, &st), 0);
		assert_int_equal(st.st_size, left);
		assert_true((uint64_t)st.st_blocks * 512 <= left + 4096);
	}
	OK(reserve_give(f->r, &f->err));
	assert_int_equal(reserve_left(f->r), 0);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(reserve_give(f->r, &f->err), RC_END);
	OK(reserve_take(f->r, &f->err));
	assert_taken(f);
}

/* Somebody took the file away: there is nothing to keep back. */
static void
what_is_gone_is_given_up(void **state)
{
	struct fixture *f = *state;

	OK(reserve_take(f->r, &f->err));
	assert_taken(f);
	assert_int_equal(unlink(f->path), 0);
	OK(reserve_give(f->r, &f->err));
	assert_int_equal(reserve_left(f->r), 0);
	assert_int_equal(reserve_give(f->r, &f->err), RC_END);
	OK(reserve_take(f->r, &f->err));
	assert_taken(f);
}

/* What an earlier life left there: a hole, too little, too much. */
static void
what_lies_there_becomes_room(void **state)
{
	static const off_t lengths[] = { 0, 100, MIB, 3 * MIB };
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS(lengths); i++) {
		int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		assert_int_equal(ftruncate(fd, lengths[i]), 0);
		close(fd);
		OK(reserve_take(f->r, &f->err));
		assert_taken(f);
		OK(reserve_give(f->r, &f->err));
	}
}

static void
what_is_no_file_is_refused(void **state)
{
	struct fixture *f = *state;
	char target[80];

	snprintf(target, sizeof target, "%s/target", f->dir);
	assert_int_equal(symlink("target", f->path), 0);
	assert_int_equal(reserve_take(f->r, &f->err), RC_FAIL);
	assert_int_equal(access(target, F_OK), -1);
	unlink(f->path);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(reserve_take(f->r, &f->err), RC_FAIL);
	unlink(f->path);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(reserve_take(f->r, &f->err), RC_FAIL);
	assert_false(reserve_full(f->r));
}

static void
without_room_nothing_is_left_of_it(void **state)
{
	struct fixture *f = *state;

	if (mount("tmpfs", f->dir, "tmpfs", 0, "size=512k") != 0)
		skip();
	close(f->fd);
	reserve_free(f->r);
	f->fd = open(f->dir, O_RDONLY | O_DIRECTORY);
	OK(reserve_new(f->fd, MIB, &f->r, NULL));
	assert_int_equal(reserve_take(f->r, &f->err), RC_RETRY);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_false(reserve_full(f->r));
	assert_int_equal(mount("tmpfs", f->dir, "tmpfs", MS_REMOUNT, "size=2m"), 0);
	OK(reserve_take(f->r, &f->err));
	assert_taken(f);
}

static void
none_may_be_wanted(void **state)
{
	struct fixture *f = *state;

	reserve_free(f->r);
	OK(reserve_new(f->fd, 0, &f->r, NULL));
	assert_true(reserve_full(f->r));
	OK(reserve_take(f->r, &f->err));
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(reserve_give(f->r, &f->err), RC_END);
	assert_true(reserve_full(f->r));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_is_taken_given_in_parts_and_taken_again),
		T(what_is_gone_is_given_up),
		T(what_lies_there_becomes_room),
		T(what_is_no_file_is_refused),
		T(without_room_nothing_is_left_of_it),
		T(none_may_be_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
