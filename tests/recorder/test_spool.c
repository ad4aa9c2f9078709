#include "tests/recorder/support.h"

#include <fcntl.h>
#include <unistd.h>

#include "recorder/spool.h"

static void
set_line(struct spool *s, const char *text)
{
	assert_int_equal(spool_begin(s, NULL), RC_OK);
	buf_text(&s->line, text);
}

static void
lines_are_written_and_chained(void **state)
{
	int fd = file_of(span_make("", 0));
	struct chain want = { .lines = 0 };
	struct spool s;
	struct buf b;

	(void)state;
	spool_init(&s, dup(fd), 100);
	set_line(&s, "one\n");
	assert_int_equal(spool_write(&s, 5, NULL), RC_OK);
	set_line(&s, "two\n");
	assert_int_equal(spool_write(&s, 9, NULL), RC_OK);
	assert_true(s.dirty && s.dirty_us == 5);
	chain_add(&want, span_of("one"), NULL);
	chain_add(&want, span_of("two"), NULL);
	assert_memory_equal(&s.chain, &want, sizeof want);
	assert_int_equal(spool_sync(&s, false, NULL), RC_OK);
	assert_false(s.dirty);
	assert_int_equal(spool_finish(&s, 10, NULL), RC_OK);
	assert_false(s.dirty);
	file_read(fd, &b);
	assert_true(span_is(buf_span(&b), "one\ntwo\n"));
	buf_clear(&b);
	spool_clear(&s);
	close(fd);
}

/* A pipe with little room left: the line tears, and is finished when there is room. */
static void
a_torn_line_is_finished_first(void **state)
{
	char filler[4096] = { 0 }, back[8192];
	struct spool s;
	struct chain before;
	struct err err;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(fcntl(fds[1], F_SETPIPE_SZ, 4096), 4096);
	assert_int_equal(write(fds[1], filler, 4096), 4096);
	spool_init(&s, fds[1], 20000);
	set_line(&s, "");
	memset(buf_room(&s.line, 6000), 'x', 6000);
	s.line.len = 6000;
	buf_text(&s.line, "\n");
	before = s.chain;
	/* No room at all, */
	assert_int_equal(spool_write(&s, 1, &err), RC_FAIL);
	assert_int_equal(s.torn, 6001);
	assert_false(s.dirty);
	/* then for a part, */
	assert_int_equal(read(fds[0], back, 4096), 4096);
	assert_int_equal(spool_finish(&s, 2, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "did not fit"));
	assert_int_equal(s.torn, 6001 - 4096);
	assert_memory_equal(&s.chain, &before, sizeof before);
	/* but never another line in between, */
	assert_int_equal(spool_begin(&s, NULL), RC_FAIL);
	assert_int_equal(spool_write(&s, 3, NULL), RC_FAIL);
	/* then for the rest. */
	assert_int_equal(read(fds[0], back, 4096), 4096);
	assert_int_equal(spool_finish(&s, 4, NULL), RC_OK);
	assert_int_equal(s.chain.len, 6001);
	assert_int_equal(read(fds[0], back, sizeof back), 6001 - 4096);
	assert_int_equal(spool_sync(&s, false, &err), RC_FAIL);
	spool_clear(&s);
	close(fds[0]);
}

static void
a_line_that_did_not_fit_in_memory_is_not_written(void **state)
{
	int fd = file_of(span_make("", 0));
	struct spool s;

	(void)state;
	spool_init(&s, dup(fd), 3);
	set_line(&s, "long\n");
	assert_int_equal(spool_write(&s, 1, NULL), RC_FAIL);
	set_line(&s, "");
	assert_int_equal(spool_write(&s, 1, NULL), RC_FAIL);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	spool_clear(&s);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_written_and_chained),
		cmocka_unit_test(a_torn_line_is_finished_first),
		cmocka_unit_test(a_line_that_did_not_fit_in_memory_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
