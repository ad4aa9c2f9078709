#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/intake.h"
#include "tests/replay/plain.h"

#define SEALED "{\"version\":2,\"hoop\":{\"fmt\":\"hoop-rec/1\"}}\n"
#define PLAIN "{\"version\":2}\n"

static char folder[] = "/tmp/test_intake.XXXXXX";

static int
make(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	return setenv("TMPDIR", folder, 1);
}

static int
drop(void **state)
{
	(void)state;
	/* fails if anything was left in it */
	return rmdir(folder);
}

/* On the disk, or in memory: a memory file has no links, nor has an unlinked one, but
 * they are on different file systems. */
static bool
on_disk(int fd)
{
	struct stat st, dir;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(stat(folder, &dir), 0);
	return st.st_dev == dir.st_dev;
}

static void
all_of_it_is_copied(void **state)
{
	static const char *heads[] = { SEALED, PLAIN };
	static const size_t sizes[] = { 0, 1, 65535 - sizeof SEALED, 65536, 300000 };

	(void)state;
	for (size_t i = 0; i < ROWS(heads) * ROWS(sizes); i++) {
		const char *head = heads[i % 2];
		size_t n = strlen(head) + sizes[i / 2];
		char *text = malloc(n), *got = malloc(n + 1);
		struct intake *k;
		int in;

		memcpy(text, head, strlen(head));
		for (size_t b = strlen(head); b < n; b++)
			text[b] = (char)(b * 31 % 251);
		in = plain_file(text, n);
		lseek(in, 0, SEEK_SET);
		assert_int_equal(intake_open(in, &k, NULL), RC_OK);
		assert_int_equal(intake_file(k), -1);
		assert_int_equal(intake_take_all(k, NULL), RC_OK);
		assert_true(intake_ended(k));
		assert_int_equal(on_disk(intake_file(k)), i % 2 == 0);
		assert_int_equal(pread(intake_file(k), got, n + 1, 0), n);
		assert_memory_equal(got, text, n);
		intake_free(k);
		close(in);
		free(text);
		free(got);
	}
	intake_free(NULL);
}

static void
nothing_is_something(void **state)
{
	struct intake *k;
	struct stat st;
	int in = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(intake_open(in, &k, NULL), RC_OK);
	assert_int_equal(intake_take_head(k, NULL), RC_OK);
	assert_int_equal(fstat(intake_file(k), &st), 0);
	assert_int_equal(st.st_size, 0);
	intake_free(k);
	close(in);
}

static void
a_head_is_enough_to_begin(void **state)
{
	static const struct {
		const char *first, *more;
	} rows[] = {
		{ "{\"version\":2}", "\n" },
		{ "{\"version\":2,\"hoop\":{\"fmt\":\"hoop-rec/1\"}}\n2\n3", "\n" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct intake *k;
		struct err err;
		char got[128];
		int fds[2];

		assert_int_equal(pipe(fds), 0);
		assert_int_equal(intake_open(fds[0], &k, NULL), RC_OK);
		assert_int_equal(intake_take(k, 0, &err), RC_WAIT);
		assert_true(write(fds[1], rows[i].first, strlen(rows[i].first)) > 0);
		assert_int_equal(intake_take(k, 0, &err), RC_OK);
		assert_int_equal(intake_take(k, 0, &err), RC_WAIT);
		assert_true(write(fds[1], rows[i].more, 1) > 0);
		assert_int_equal(intake_take_head(k, &err), RC_OK);
		assert_int_equal(on_disk(intake_file(k)), i == 1);
		assert_false(intake_ended(k));
		/* and then the rest */
		assert_int_equal(write(fds[1], "rest", 4), 4);
		assert_int_equal(intake_take(k, 0, &err), RC_OK);
		close(fds[1]);
		assert_int_equal(intake_take(k, 0, &err), RC_END);
		assert_int_equal(intake_take(k, 0, &err), RC_END);
		assert_true(intake_ended(k));
		assert_int_equal(pread(intake_file(k), got, sizeof got, 0),
		    strlen(rows[i].first) + 5);
		intake_free(k);
		close(fds[0]);
	}
}

static void
a_place_that_cannot_be_written_is_told(void **state)
{
	struct intake *k;
	struct err err;

	(void)state;
	setenv("TMPDIR", "/nonexistent", 1);
	assert_int_equal(intake_open(0, &k, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "standard input"));
	setenv("TMPDIR", folder, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_copied),
		cmocka_unit_test(nothing_is_something),
		cmocka_unit_test(a_head_is_enough_to_begin),
		cmocka_unit_test(a_place_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
