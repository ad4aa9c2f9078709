#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/launch/program.h"

static void
debians_is_below_usr(void **state)
{
	struct program p;

	(void)state;
	assert_int_equal(program_find("/usr/bin/env", &p, NULL), RC_OK);
	assert_string_equal(p.path, "/usr/bin/env");
	assert_string_equal(p.folder, "/usr");
	assert_true(program_in_usr(&p));
	/* Not there: whoever starts it will see. */
	assert_int_equal(program_find("/no/such", &p, NULL), RC_OK);
	assert_string_equal(p.path, "/no/such");
	assert_true(program_in_usr(&p));
}

static void
another_ones_is_where_its_links_lead(void **state)
{
	char dir[] = "/tmp/test_program.XXXXXX", path[80], link[80], want[80];
	struct program p;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/v2", dir);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/v2/aws", dir);
	fclose(fopen(path, "w"));
	snprintf(link, sizeof link, "%s/aws", dir);
	assert_int_equal(symlink("v2/aws", link), 0);
	assert_int_equal(program_find(link, &p, NULL), RC_OK);
	assert_string_equal(p.path, path);
	snprintf(want, sizeof want, "%s/v2", dir);
	assert_string_equal(p.folder, want);
	assert_false(program_in_usr(&p));
	unlink(link);
	unlink(path);
	rmdir(want);
	rmdir(dir);
}

static void
folders_that_a_sandbox_has_are_refused(void **state)
{
	char path[] = "/tmp/test_program.XXXXXX";
	struct program p;
	struct err err = { "" };
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(program_find(path, &p, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "a folder of its own"));
	assert_int_equal(program_find("/etc/passwd", &p, &err), RC_REFUSE);
	unlink(path);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debians_is_below_usr),
		cmocka_unit_test(another_ones_is_where_its_links_lead),
		cmocka_unit_test(folders_that_a_sandbox_has_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
