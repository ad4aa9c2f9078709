#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/replay/plain.h"

#define HEADER "{\"version\": 2, \"width\": 80, \"height\": 24}\n"

static void
lines_are_given(void **state)
{
	static const char text[] = HEADER "[0, \"o\", \"a\"]\n\nlast without LF";
	static const char *want[] = { "{\"version\": 2, \"width\": 80, \"height\": 24}",
		"[0, \"o\", \"a\"]", "", "last without LF" };
	struct span line;
	int fd;
	struct source *s = plain_source(text, sizeof text - 1, &fd);

	(void)state;
	for (size_t i = 0; i < ROWS(want); i++) {
		assert_int_equal(source_line(s, &line, NULL), RC_OK);
		assert_true(span_is(line, want[i]));
		assert_int_equal(source_line_number(s), i + 1);
	}
	assert_int_equal(source_line(s, &line, NULL), RC_END);
	source_close(s);
	close(fd);
}

/* Lines of all lengths round the block that is read at once. */
static void
lines_across_blocks_are_whole(void **state)
{
	size_t len = sizeof HEADER - 1, n = 65536 - len;
	char *text = malloc(4 * 65536);
	struct span line;
	struct source *s;
	int fd;

	(void)state;
	assert_non_null(text);
	for (size_t cut = n - 3; cut <= n + 3; cut++) {
		memcpy(text, HEADER, len);
		memset(text + len, 'x', 2 * 65536);
		text[len + cut] = '\n';
		s = plain_source(text, len + cut + 1 + 70000, &fd);
		assert_int_equal(source_line(s, &line, NULL), RC_OK);
		assert_int_equal(source_line(s, &line, NULL), RC_OK);
		assert_int_equal(line.len, cut);
		assert_int_equal(source_line(s, &line, NULL), RC_OK);
		assert_int_equal(line.len, 70000);
		assert_int_equal(source_line(s, &line, NULL), RC_END);
		source_close(s);
		close(fd);
	}
	free(text);
}

static void
a_line_is_bounded(void **state)
{
	size_t len = sizeof HEADER - 1, n = SOURCE_LINE_MOST + 1;
	char *text = malloc(len + n);
	struct span line;
	struct source *s;
	struct err err;
	int fd;

	(void)state;
	assert_non_null(text);
	memcpy(text, HEADER, len);
	memset(text + len, 'x', n);
	s = plain_source(text, len + n, &fd);
	assert_int_equal(source_line(s, &line, &err), RC_OK);
	assert_int_equal(source_line(s, &line, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "line 2"));
	source_close(s);
	close(fd);
	free(text);
}

static void
pieces_are_the_file(void **state)
{
	char text[100000];
	size_t len = sizeof HEADER - 1, got = 0;
	struct span piece;
	struct source *s;
	int fd;

	(void)state;
	memcpy(text, HEADER, len);
	for (size_t i = len; i < sizeof text; i++)
		text[i] = (char)('a' + i % 26);
	s = plain_source(text, sizeof text, &fd);
	while (source_piece(s, &piece, NULL) == RC_OK) {
		assert_true(got + piece.len <= sizeof text);
		assert_memory_equal(text + got, piece.p, piece.len);
		got += piece.len;
	}
	assert_int_equal(got, sizeof text);
	source_close(s);
	close(fd);
}

static void
only_files_are_opened(void **state)
{
	struct source *s;
	struct err err;
	int fds[2], null = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(source_open(fds[0], &s, &err), RC_FAIL);
	assert_int_equal(source_open(null, &s, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "not a regular file"));
	close(fds[0]);
	close(fds[1]);
	close(null);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_given),
		cmocka_unit_test(lines_across_blocks_are_whole),
		cmocka_unit_test(a_line_is_bounded),
		cmocka_unit_test(pieces_are_the_file),
		cmocka_unit_test(only_files_are_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
