#include "tests/support/unit.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "replay/stop.h"

static void
a_timeout_ends(void **state)
{
	uint64_t start = clock_mono_us();

	(void)state;
	assert_int_equal(stop_poll(NULL, 0, 20000), 0);
	assert_true(clock_mono_us() - start >= 20000);
}

static void
bytes_wake(void **state)
{
	struct pollfd p = { .events = POLLIN };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	p.fd = fds[0];
	assert_int_equal(stop_poll(&p, 1, UINT64_MAX), 1);
	close(fds[0]);
	close(fds[1]);
}

/* Last, since it cannot be undone: the signal came before the call, and a wait without
 * end returns all the same. */
static void
a_signal_is_not_missed(void **state)
{
	(void)state;
	assert_int_equal(stop_watch(NULL), RC_OK);
	assert_int_equal(stop_signal(), 0);
	assert_int_equal(raise(SIGPIPE), 0);
	assert_int_equal(stop_signal(), 0);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(stop_signal(), SIGTERM);
	assert_int_equal(stop_poll(NULL, 0, UINT64_MAX), -1);
	assert_int_equal(errno, EINTR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timeout_ends),
		cmocka_unit_test(bytes_wake),
		cmocka_unit_test(a_signal_is_not_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
