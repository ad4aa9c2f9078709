#include "tests/support/unit.h"

#include <signal.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/loop.h"

struct seen {
	struct loop *loop;
	struct watch *self, *other;
	struct timer *timer;
	int count, signo, p[2];
};

static void
count_and_close_both(void *arg, short revents)
{
	struct seen *s = arg;

	assert_true(revents & POLLIN);
	s->count++;
	loop_fd_close(s->self);
	loop_fd_close(s->other);
}

static void
a_callback_may_remove_any_watch(void **state)
{
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(loop_new(&s.loop, NULL), RC_OK);
	assert_int_equal(pipe(s.p), 0);
	assert_int_equal(write(s.p[1], "x", 1), 1);
	s.self = loop_fd(s.loop, s.p[0], POLLIN, count_and_close_both, &s);
	s.other = loop_fd(s.loop, s.p[0], POLLIN, count_and_close_both, &s);
	/* both are ready, the first that runs removes both */
	assert_int_equal(loop_step(s.loop, 0, NULL), RC_OK);
	assert_int_equal(loop_step(s.loop, 0, NULL), RC_OK);
	assert_int_equal(s.count, 1);
	loop_free(s.loop);
	close(s.p[0]);
	close(s.p[1]);
}

static void
silence(void *arg, short revents)
{
	(void)revents;
	((struct seen *)arg)->count++;
}

static void
a_watch_without_events_is_left_out(void **state)
{
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(loop_new(&s.loop, NULL), RC_OK);
	assert_int_equal(pipe(s.p), 0);
	s.self = loop_fd(s.loop, s.p[0], POLLIN, silence, &s);
	loop_fd_events(s.self, 0);
	close(s.p[1]); /* hang-up would be reported for any other events */
	assert_int_equal(loop_step(s.loop, 0, NULL), RC_OK);
	assert_int_equal(s.count, 0);
	loop_fd_events(s.self, POLLIN);
	assert_int_equal(loop_step(s.loop, 0, NULL), RC_OK);
	assert_int_equal(s.count, 1);
	loop_free(s.loop);
	close(s.p[0]);
}

static void
tick(void *arg)
{
	struct seen *s = arg;

	if (++s->count == 3) {
		loop_stop(s->loop);
		timer_free(s->timer);
		return;
	}
	timer_set(s->timer, 5);
}

static void
timers_fire_once_and_may_be_set_again(void **state)
{
	struct seen s = { 0 };
	uint64_t start = clock_mono_ms();

	(void)state;
	assert_int_equal(loop_new(&s.loop, NULL), RC_OK);
	s.timer = loop_timer(s.loop, tick, &s);
	timer_set(s.timer, 5);
	assert_int_equal(loop_run(s.loop, NULL), RC_OK);
	assert_int_equal(s.count, 3);
	assert_true(clock_mono_ms() - start >= 15);
	loop_free(s.loop);
}

static void
note_signal(void *arg, int signo)
{
	struct seen *s = arg;

	s->signo = signo;
	loop_stop(s->loop);
}

static void
signals_come_through_the_loop(void **state)
{
	const int set[] = { SIGUSR1 };
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(loop_new(&s.loop, NULL), RC_OK);
	assert_int_equal(loop_signals(s.loop, set, 1, note_signal, &s, NULL), RC_OK);
	kill(getpid(), SIGUSR1);
	assert_int_equal(loop_run(s.loop, NULL), RC_OK);
	assert_int_equal(s.signo, SIGUSR1);
	loop_free(s.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_callback_may_remove_any_watch),
		cmocka_unit_test(a_watch_without_events_is_left_out),
		cmocka_unit_test(timers_fire_once_and_may_be_set_again),
		cmocka_unit_test(signals_come_through_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
