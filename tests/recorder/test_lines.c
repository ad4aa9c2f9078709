#include "tests/recorder/support.h"

#include <unistd.h>

#include "recorder/lines.h"

static void
lines_come_in_order_with_their_places(void **state)
{
	int fd = file_of(span_of("one\n\nthree\nto"));
	static const struct {
		const char *text;
		uint64_t offset;
		bool torn;
	} want[] = { { "one", 0, false }, { "", 4, false }, { "three", 5, false },
		{ "to", 11, true } };
	struct lines *l = NULL;
	struct line line;

	(void)state;
	assert_int_equal(lines_open(fd, 100, &l, NULL), RC_OK);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < ROWS(want); i++) {
			assert_int_equal(lines_next(l, &line, NULL), RC_OK);
			assert_true(span_is(line.text, want[i].text));
			assert_int_equal(line.offset, want[i].offset);
			assert_int_equal(line.torn, want[i].torn);
		}
		assert_int_equal(lines_next(l, &line, NULL), RC_END);
		assert_int_equal(lines_next(l, &line, NULL), RC_END);
		lines_seek(l, 0);
	}
	lines_seek(l, 5);
	assert_int_equal(lines_next(l, &line, NULL), RC_OK);
	assert_true(span_is(line.text, "three"));
	lines_close(l);
	close(fd);
}

static void
a_line_is_bounded(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
	} rows[] = {
		{ "12345\n", RC_OK },
		{ "12345", RC_OK },
		{ "123456\n", RC_REFUSE },
		{ "123456", RC_REFUSE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int fd = file_of(span_of(rows[i].text));
		struct lines *l = NULL;
		struct line line;

		assert_int_equal(lines_open(fd, 5, &l, NULL), RC_OK);
		assert_int_equal(lines_next(l, &line, NULL), rows[i].rc);
		assert_int_equal(line.offset, 0);
		lines_close(l);
		close(fd);
	}
}

/* Lines across the blocks in which the file is read. */
static void
long_files_are_read_whole(void **state)
{
	size_t lengths[] = { 1, 262143, 262144, 262145, 1048576, 0, 700000, 3 },
	       offset = 0;
	struct lines *l = NULL;
	struct line line;
	struct buf b;
	int fd;

	(void)state;
	buf_init(&b, 8u << 20);
	for (size_t i = 0; i < ROWS(lengths); i++) {
		memset(buf_room(&b, lengths[i]), (int)('a' + i), lengths[i]);
		b.len += lengths[i];
		buf_text(&b, "\n");
	}
	fd = file_of(buf_span(&b));
	assert_int_equal(lines_open(fd, 1048576, &l, NULL), RC_OK);
	for (size_t i = 0; i < ROWS(lengths); i++) {
		assert_int_equal(lines_next(l, &line, NULL), RC_OK);
		assert_int_equal(line.text.len, lengths[i]);
		assert_int_equal(line.offset, offset);
		assert_memory_equal(line.text.p, b.p + offset, lengths[i]);
		offset += lengths[i] + 1;
	}
	assert_int_equal(lines_next(l, &line, NULL), RC_END);
	lines_close(l);
	close(fd);
	buf_clear(&b);
}

static void
errors_have_a_place(void **state)
{
	struct lines *l = NULL;
	struct line line;
	struct err err;

	(void)state;
	assert_int_equal(lines_open(-1, 100, &l, NULL), RC_OK);
	lines_seek(l, 12);
	assert_int_equal(lines_next(l, &line, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "read at offset 12"));
	lines_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_in_order_with_their_places),
		cmocka_unit_test(a_line_is_bounded),
		cmocka_unit_test(long_files_are_read_whole),
		cmocka_unit_test(errors_have_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
