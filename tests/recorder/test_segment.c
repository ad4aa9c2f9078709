/* Pieces of files: each is lines, together they are the file. */
#include "tests/support/unit.h"

#include <unistd.h>

#include "recorder/cast.h"
#include "recorder/segment.h"

static int
file_of(const void *p, size_t n)
{
	char path[] = "/tmp/test_segment.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	for (size_t at = 0; at < n;) {
		ssize_t done = write(fd, (const char *)p + at, n - at);

		assert_true(done > 0);
		at += (size_t)done;
	}
	return fd;
}

static void
cuts_are_between_lines(void **state)
{
	static const struct {
		const char *text;
		uint64_t from, most;
		bool ended;
		uint64_t len; /* 0: nothing to cut yet */
	} rows[] = {
		{ "", 0, 10, false, 0 },
		{ "", 0, 10, true, 0 },
		{ "aa\nbb\n", 0, 10, false, 6 },
		{ "aa\nbb\n", 0, 6, false, 6 },
		{ "aa\nbb\n", 0, 5, false, 3 },
		{ "aa\nbb\n", 0, 5, true, 3 },
		{ "aa\nbb\n", 3, 5, true, 3 },
		{ "aa\nbb\n", 6, 5, true, 0 },
		{ "aa\nbb\n", 9, 5, true, 0 },
		/* a torn line waits for its end, or goes with the last piece */
		{ "aa\nb", 0, 10, false, 3 },
		{ "aa\nb", 3, 10, false, 0 },
		{ "aa\nb", 3, 10, true, 1 },
		{ "aa\nb", 0, 10, true, 4 },
		{ "aa\nbbbb", 3, 2, true, 4 },
		/* a line that is longer than a piece may be goes as one */
		{ "aaaa\nbb\n", 0, 2, false, 5 },
		{ "aaaa\nbb\n", 0, 1, true, 5 },
		{ "aaaa", 0, 2, false, 0 },
		{ "\n\n\n", 0, 2, false, 2 },
	};
	struct err err = { "" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t n = strlen(rows[i].text);
		int fd = file_of(rows[i].text, n);
		uint64_t len = 0;
		enum rc rc = segment_cut(
		    fd, rows[i].from, n, rows[i].most, rows[i].ended, &len, &err);

		if (rc != (rows[i].len == 0 ? RC_END : RC_OK) || len != rows[i].len)
			fail_msg("row %zu: %s %llu", i, rc_name(rc),
			    (unsigned long long)len);
		close(fd);
	}
}

/* Random lines, some long; every piece size: nothing is lost or doubled. */
static void
pieces_make_the_file(void **state)
{
	static char text[400000];
	static const uint64_t sizes[] = { 1, 100, 65535, 65536, 65537, 131072,
		1 << 20 };
	struct err err = { "" };
	unsigned dice = 7;
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof text; i++) {
		dice = dice * 1103515245u + 12345u;
		text[i] = (dice >> 16) % 30000 == 0 ? '\n' : 'x';
	}
	fd = file_of(text, sizeof text);
	for (size_t s = 0; s < ROWS(sizes); s++) {
		uint64_t at = 0, len;
		unsigned pieces = 0;

		while (segment_cut(fd, at, sizeof text, sizes[s], true, &len, &err) ==
		       RC_OK) {
			bool last = at + len == sizeof text;

			assert_true(len > 0 && at + len <= sizeof text);
			assert_true(last || text[at + len - 1] == '\n');
			/* Longer than asked for only when it is a single line. */
			if (len > sizes[s])
				assert_true(memchr(text + at, '\n', len - 1) == NULL);
			at += len;
			pieces++;
		}
		assert_int_equal(at, sizeof text);
		assert_true(pieces >= 1);
	}
	close(fd);
}

/* Whatever lies there is cut in bounded pieces. */
static void
what_is_no_line_is_cut_too(void **state)
{
	size_t n = CAST_LINE_MAX + 100000;
	char *text = calloc(1, n);
	struct err err = { "" };
	uint64_t len = 0;
	int fd = file_of(text, n);

	(void)state;
	assert_int_equal(segment_cut(fd, 0, n, 65536, false, &len, &err), RC_OK);
	assert_int_equal(len, 65536);
	assert_int_equal(segment_cut(fd, 0, n, 65536, true, &len, &err), RC_OK);
	assert_int_equal(len, 65536);
	/* Not yet longer than a line may be. */
	assert_int_equal(
	    segment_cut(fd, 0, CAST_LINE_MAX, 65536, false, &len, &err), RC_END);
	/* A file that became shorter is an error and no end. */
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_int_equal(segment_cut(fd, 0, n, 65536, false, &len, &err), RC_FAIL);
	close(fd);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_are_between_lines),
		cmocka_unit_test(pieces_make_the_file),
		cmocka_unit_test(what_is_no_line_is_cut_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
