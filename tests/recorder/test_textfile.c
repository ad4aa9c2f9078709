#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/textfile.h"

static void
lines_end_in_lf(void **state)
{
	struct span text = span_of("a\n\nbc\nd"), line;

	(void)state;
	assert_true(textfile_line(&text, &line) && span_is(line, "a"));
	assert_true(textfile_line(&text, &line) && span_is(line, ""));
	assert_true(textfile_line(&text, &line) && span_is(line, "bc"));
	assert_false(textfile_line(&text, &line));
	assert_true(span_is(text, "d"));
	text = span_make(NULL, 0);
	assert_false(textfile_line(&text, &line));
}

static void
fields_are_parted_by_one_space(void **state)
{
	static const struct {
		const char *line;
		size_t n;
	} rows[] = { { "a", 1 }, { "a b", 2 }, { "a b c", 3 }, { "a b c d", 0 },
		{ "", 0 }, { " a", 0 }, { "a ", 0 }, { "a  b", 0 }, { "a\tb", 0 },
		{ "a\xc3\xa9", 0 }, { "a\r", 0 }, { "a\x7f", 0 } };
	struct span f[3];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (textfile_fields(span_of(rows[i].line), f, 3) != rows[i].n)
			fail_msg("%s", rows[i].line);
	assert_int_equal(textfile_fields(span_make("a\0b", 3), f, 3), 0);
	assert_int_equal(textfile_fields(span_of("one two"), f, 3), 2);
	assert_true(span_is(f[0], "one") && span_is(f[1], "two"));
}

static void
what_is_written_is_read(void **state)
{
	char dir[] = "/tmp/test_textfile.XXXXXX", path[64];
	struct secret *s = NULL;
	struct stat st;
	mode_t was;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof path, "%s/f", dir);
	was = umask(0777);
	assert_int_equal(textfile_write(fd, "f", 0644, span_of("text\n"), NULL), RC_OK);
	umask(was);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(
	    textfile_write(fd, "f", 0644, span_of("other\n"), NULL), RC_REFUSE);
	assert_int_equal(textfile_read(path, TEXTFILE_PUBLIC, 5, &s, NULL), RC_OK);
	assert_true(span_is(secret_span(s), "text\n"));
	secret_free(s);
	s = NULL;
	assert_int_equal(textfile_read(path, TEXTFILE_PUBLIC, 4, &s, NULL), RC_REFUSE);
	assert_int_equal(textfile_read(path, TEXTFILE_PRIVATE, 5, &s, NULL), RC_REFUSE);
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(textfile_read(path, TEXTFILE_PUBLIC, 5, &s, NULL), RC_REFUSE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(textfile_read(path, TEXTFILE_PUBLIC, 5, &s, NULL), RC_END);
	assert_null(s);
	/* A link is never followed when writing. */
	assert_int_equal(symlink("/nonexistent", path), 0);
	assert_int_equal(textfile_write(fd, "f", 0600, span_of("x"), NULL), RC_REFUSE);
	assert_int_equal(unlink(path), 0);
	close(fd);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_lf),
		cmocka_unit_test(fields_are_parted_by_one_space),
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
