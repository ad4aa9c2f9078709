#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/keeper/fitness.h"

#define OK(call) assert_int_equal((call), RC_OK)

struct fixture {
	char dir[64], path[100];
	struct depot *d;
	struct reserve *r;
	struct fitness *f;
	unsigned told;
	char code[32], why[ERR_TEXT];
	struct err err;
};

static void
changed(void *arg, const char *code, const char *why)
{
	struct fixture *f = arg;

	f->told++;
	snprintf(f->code, sizeof f->code, "%s", code == NULL ? "" : code);
	snprintf(f->why, sizeof f->why, "%s", why == NULL ? "" : why);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	const struct fitness_owner owner = { f, changed };

	*state = f;
	strcpy(f->dir, "/tmp/test_fitness.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	OK(depot_open(f->dir, 0, &f->d, &f->err));
	OK(reserve_new(depot_dir(f->d), 1u << 20, &f->r, &f->err));
	return fitness_new(f->d, f->r, &owner, &f->f, &f->err) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[100];

	fitness_free(f->f);
	reserve_free(f->r);
	depot_close(f->d);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	free(f);
	return system(command);
}

/* Not now, for this reason; and it is told once. */
static void
assert_not(struct fixture *f, const char *code, const char *text)
{
	unsigned before = f->told;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(fitness_look(f->f, &f->err), RC_RETRY);
		assert_non_null(strstr(f->err.text, text));
		/* A client reads it. */
		assert_null(strchr(f->err.text, '/'));
	}
	assert_int_equal(f->told, before + 1);
	assert_string_equal(f->code, code);
	assert_string_equal(f->why, f->err.text);
}

static void
assert_well(struct fixture *f)
{
	unsigned before = f->told;

	OK(fitness_look(f->f, &f->err));
	OK(fitness_look(f->f, &f->err));
	assert_int_equal(f->told, before + 1);
	assert_string_equal(f->code, "");
}

static void
well_from_the_start_is_no_news(void **state)
{
	struct fixture *f = *state;

	OK(fitness_look(f->f, &f->err));
	assert_int_equal(f->told, 0);
	assert_true(reserve_full(f->r));
}

static void
room_comes_and_goes(void **state)
{
	struct fixture *f = *state;

	OK(fitness_look(f->f, &f->err));
	depot_min_free(f->d, UINT64_MAX);
	assert_not(f, "room", "too little room");
	depot_min_free(f->d, 0);
	assert_well(f);
}

static void
a_reserve_that_was_given_is_taken_where_there_is_room(void **state)
{
	struct fixture *f = *state;

	OK(fitness_look(f->f, &f->err));
	OK(reserve_give(f->r, &f->err));
	OK(fitness_look(f->f, &f->err));
	assert_true(reserve_full(f->r));
	while (reserve_left(f->r) > 0)
		OK(reserve_give(f->r, &f->err));
	/* Something else lies there. */
	snprintf(f->path, sizeof f->path, "%s/reserve", f->dir);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_not(f, "reserve", "no reserve");
	rmdir(f->path);
	assert_well(f);
}

static void
folders_are_looked_at_each_time(void **state)
{
	static const char *const names[] = { "", "spool", "done" };
	struct fixture *f = *state;
	char other[110];

	OK(fitness_look(f->f, &f->err));
	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(f->path, sizeof f->path, "%s/%s", f->dir, names[i]);
		assert_int_equal(chmod(f->path, 0750), 0);
		assert_not(f, "folder", "not safe");
		assert_int_equal(chmod(f->path, 0700), 0);
		assert_well(f);
	}
	/* Another one in its place. */
	snprintf(other, sizeof other, "%s.old", f->path);
	assert_int_equal(rename(f->path, other), 0);
	assert_not(f, "folder", "not safe");
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(fitness_look(f->f, &f->err), RC_RETRY);
	assert_int_equal(rmdir(f->path), 0);
	assert_int_equal(rename(other, f->path), 0);
	assert_well(f);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(f->path, 61001, 61001), 0);
	assert_not(f, "folder", "not safe");
	assert_int_equal(chown(f->path, 0, 0), 0);
	assert_well(f);
}

static void
other_parts_have_a_say(void **state)
{
	struct fixture *f = *state;

	fitness_set(f->f, FITNESS_ARCHIVE, "too much waits for the archive");
	assert_not(f, "archive", "waits for the archive");
	/* Another reason is news, a change of words is none. */
	fitness_set(f->f, FITNESS_LOG, "the log takes no more");
	assert_not(f, "log", "the log takes no more");
	fitness_set(f->f, FITNESS_LOG, NULL);
	assert_not(f, "archive", "waits for the archive");
	fitness_set(f->f, FITNESS_ARCHIVE, NULL);
	assert_well(f);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(well_from_the_start_is_no_news),
		T(room_comes_and_goes),
		T(a_reserve_that_was_given_is_taken_where_there_is_room),
		T(folders_are_looked_at_each_time),
		T(other_parts_have_a_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
