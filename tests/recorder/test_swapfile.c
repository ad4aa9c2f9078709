#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/swapfile.h"

#define OK(call) assert_int_equal((call), RC_OK)

static char dir[] = "/tmp/test_swapfile.XXXXXX";
static int at = -1;

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	at = open(dir, O_RDONLY | O_DIRECTORY);
	return at < 0 ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (const char *const *n =
		 (const char *const[]){ "a", "fifo", "folder/x", "to", NULL };
	     *n != NULL; n++)
		(void)unlinkat(at, *n, 0);
	(void)unlinkat(at, "folder", AT_REMOVEDIR);
	close(at);
	return rmdir(dir);
}

static void
assert_is(const char *name, const char *text, unsigned mode)
{
	struct stat st;
	struct buf b;

	buf_init(&b, 100);
	OK(swapfile_get(at, name, &b, NULL));
	assert_true(span_is(buf_span(&b), text));
	assert_int_equal(fstatat(at, name, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	buf_clear(&b);
}

static void
a_file_is_replaced(void **state)
{
	(void)state;
	OK(swapfile_put(at, "a", 0600, span_of("one"), NULL));
	assert_is("a", "one", 0600);
	OK(swapfile_put(at, "a", 0644, span_of("second"), NULL));
	assert_is("a", "second", 0644);
	/* What a crash left behind is in nobody's way. */
	assert_int_equal(close(openat(at, "a.new", O_WRONLY | O_CREAT, 0600)), 0);
	OK(swapfile_put(at, "a", 0600, span_of(""), NULL));
	assert_is("a", "", 0600);
	assert_int_equal(faccessat(at, "a.new", F_OK, 0), -1);
}

static void
odd_files_are_not_followed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(swapfile_get(at, "none", &b, NULL), RC_END);
	assert_int_equal(mkfifoat(at, "fifo", 0600), 0);
	assert_int_equal(swapfile_get(at, "fifo", &b, NULL), RC_REFUSE);
	assert_int_equal(mkdirat(at, "folder", 0700), 0);
	assert_int_equal(swapfile_get(at, "folder", &b, NULL), RC_REFUSE);
	assert_int_equal(swapfile_put(at, "folder", 0600, span_of("x"), NULL), RC_FAIL);
	/* A link at the place of the new file leads nowhere. */
	assert_int_equal(symlinkat("elsewhere", at, "to.new"), 0);
	assert_int_equal(swapfile_put(at, "to", 0600, span_of("x"), NULL), RC_FAIL);
	assert_int_equal(faccessat(at, "elsewhere", F_OK, 0), -1);
	(void)unlinkat(at, "to.new", 0);
	OK(swapfile_put(at, "a", 0600, span_of("12345"), NULL));
	assert_int_equal(swapfile_get(at, "a", &b, NULL), RC_REFUSE);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced),
		cmocka_unit_test(odd_files_are_not_followed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
