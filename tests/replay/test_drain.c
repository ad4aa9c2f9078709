#include "tests/support/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "replay/drain.h"
#include "replay/stop.h"

#define SIZE 300000

static void *
read_slowly(void *arg)
{
	static char text[SIZE];
	int fd = *(int *)arg;
	size_t n = 0;
	ssize_t r;

	while (n < SIZE && (r = read(fd, text, 10000)) > 0) {
		n += (size_t)r;
		usleep(1000);
	}
	return n == SIZE ? arg : NULL;
}

static void
all_of_it_is_written(void **state)
{
	pthread_t thread;
	struct buf b;
	void *ok;
	int fds[2];

	(void)state;
	buf_init(&b, SIZE);
	assert_non_null(buf_room(&b, SIZE));
	memset(b.p, 'x', SIZE);
	b.len = SIZE;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &fds[0]), 0);
	assert_int_equal(drain_flush(fds[1], &b, false, NULL), RC_OK);
	assert_int_equal(b.len, 0);
	assert_int_equal(pthread_join(thread, &ok), 0);
	assert_non_null(ok);
	assert_int_equal(drain_flush(fds[1], &b, false, NULL), RC_OK);
	close(fds[0]);
	close(fds[1]);
	buf_clear(&b);
}

static void
a_reader_that_leaves_is_an_end(void **state)
{
	struct err err;
	struct buf b;
	int fds[2], full = open("/dev/full", O_WRONLY);

	(void)state;
	buf_init(&b, 64);
	buf_text(&b, "text");
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(drain_flush(fds[1], &b, false, &err), RC_END);
	assert_int_equal(drain_flush(full, &b, false, &err), RC_FAIL);
	close(full);
	close(fds[1]);
	b.bad = true;
	assert_int_equal(drain_flush(fds[1], &b, false, &err), RC_FAIL);
	buf_clear(&b);
}

/* The last bytes are tried although a signal asked to stop. */
static void
a_signal_ends_all_but_the_last(void **state)
{
	char got[8];
	struct buf b;
	int fds[2];

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(pipe(fds), 0);
	raise(SIGTERM);
	assert_int_equal(stop_signal(), SIGTERM);
	buf_text(&b, "text");
	assert_int_equal(drain_flush(fds[1], &b, false, NULL), RC_END);
	assert_int_equal(drain_flush(fds[1], &b, true, NULL), RC_OK);
	assert_int_equal(read(fds[0], got, sizeof got), 4);
	close(fds[0]);
	close(fds[1]);
	buf_clear(&b);
}

static int
watch(void **state)
{
	(void)state;
	return stop_watch(NULL) == RC_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_written),
		cmocka_unit_test(a_reader_that_leaves_is_an_end),
		cmocka_unit_test(a_signal_ends_all_but_the_last),
	};

	return cmocka_run_group_tests(tests, watch, NULL);
}
