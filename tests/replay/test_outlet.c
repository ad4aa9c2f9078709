#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/outlet.h"

static void
all_is_written_and_the_descriptor_stays(void **state)
{
	int fd = memfd_create("outlet", MFD_CLOEXEC);
	char back[20] = "";
	FILE *f;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(outlet_open(fd, &f, NULL), RC_OK);
	fputs("one ", f);
	fputs("two", f);
	assert_int_equal(outlet_close(f, fd, true, NULL), RC_OK);
	assert_int_equal(pread(fd, back, sizeof back, 0), 7);
	assert_string_equal(back, "one two");
	assert_int_equal(close(fd), 0);
}

static void
what_is_not_taken_is_an_error(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct err err;
	FILE *f;

	(void)state;
	assert_true(fd >= 0);
	err_clear(&err);
	assert_int_equal(outlet_open(fd, &f, NULL), RC_OK);
	fputs("lost", f);
	assert_int_equal(outlet_close(f, fd, false, &err), RC_FAIL);
	assert_true(err.text[0] != '\0');
	/* Also when it was long ago. */
	assert_int_equal(outlet_open(fd, &f, NULL), RC_OK);
	fputs("lost", f);
	assert_true(fflush(f) != 0);
	assert_int_equal(outlet_close(f, fd, false, &err), RC_FAIL);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_written_and_the_descriptor_stays),
		cmocka_unit_test(what_is_not_taken_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
