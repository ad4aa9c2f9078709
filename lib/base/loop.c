/* The poll loop; see loop.h.  Removed watches and timers stay in their lists, marked,
 * until the turn is over, so that a callback may remove any of them. */
#include "lib/base/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/clock.h"

struct watch {
	struct watch *next;
	int fd;
	short events;
	bool dead;
	loop_fd_fn *fn;
	void *arg;
	size_t slot; /* place in this turn's poll array */
};

struct timer {
	struct timer *next;
	uint64_t at; /* clock_mono_ms; 0 when not armed */
	bool dead;
	loop_timer_fn *fn;
	void *arg;
};

struct loop {
	struct watch *watches;
	struct timer *timers;
	size_t nwatches; /* upper bound, for the poll array */
	struct pollfd *polls;
	size_t cap;
	bool stop;
	int signal_fd;
	struct watch *signal_watch;
	loop_signal_fn *signal_fn;
	void *signal_arg;
};

enum rc
loop_new(struct loop **ret, struct err *err)
{
	struct loop *l = calloc(1, sizeof *l);

	if (l == NULL)
		return err_memory(err);
	l->signal_fd = -1;
	*ret = l;
	return RC_OK;
}

static void
sweep(struct loop *l, bool all)
{
	for (struct watch **w = &l->watches; *w != NULL;) {
		struct watch *dead = *w;

		if (!all && !dead->dead) {
			w = &dead->next;
			continue;
		}
		*w = dead->next;
		l->nwatches--;
		free(dead);
	}
	for (struct timer **t = &l->timers; *t != NULL;) {
		struct timer *dead = *t;

		if (!all && !dead->dead) {
			t = &dead->next;
			continue;
		}
		*t = dead->next;
		free(dead);
	}
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	sweep(l, true);
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	free(l->polls);
	free(l);
}

struct watch *
loop_fd(struct loop *l, int fd, short events, loop_fd_fn *fn, void *arg)
{
	struct watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	*w = (struct watch){ .next = l->watches,
		.fd = fd,
		.events = events,
		.fn = fn,
		.arg = arg,
		.slot = SIZE_MAX };
	l->watches = w;
	l->nwatches++;
	return w;
}

void
loop_fd_events(struct watch *w, short events)
{
	w->events = events;
}

void
loop_fd_close(struct watch *w)
{
	if (w != NULL)
		w->dead = true;
}

struct timer *
loop_timer(struct loop *l, loop_timer_fn *fn, void *arg)
{
	struct timer *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	*t = (struct timer){ .next = l->timers, .fn = fn, .arg = arg };
	l->timers = t;
	return t;
}

void
timer_set(struct timer *t, uint64_t ms)
{
	t->at = clock_mono_ms() + ms;
	if (t->at == 0)
		t->at = 1;
}

void
timer_stop(struct timer *t)
{
	t->at = 0;
}

void
timer_free(struct timer *t)
{
	if (t != NULL)
		t->dead = true;
}

static void
take_signals(void *arg, short revents)
{
	struct loop *l = arg;
	struct signalfd_siginfo si;

	(void)revents;
	while (read(l->signal_fd, &si, sizeof si) == (ssize_t)sizeof si)
		l->signal_fn(l->signal_arg, (int)si.ssi_signo);
}

enum rc
loop_signals(struct loop *l, const int *signals, size_t n, loop_signal_fn *fn,
    void *arg, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < n; i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_errno(err, RC_FAIL, "block signals");
	if ((l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return err_errno(err, RC_FAIL, "signalfd");
	l->signal_fn = fn;
	l->signal_arg = arg;
	if ((l->signal_watch = loop_fd(l, l->signal_fd, POLLIN, take_signals, l)) ==
	    NULL)
		return err_memory(err);
	return RC_OK;
}

static enum rc
fill_polls(struct loop *l, size_t *n, struct err *err)
{
	*n = 0;
	if (l->nwatches > l->cap) {
		size_t cap = l->nwatches * 2;
		struct pollfd *p = realloc(l->polls, cap * sizeof *p);

		if (p == NULL)
			return err_memory(err);
		l->polls = p;
		l->cap = cap;
	}
	for (struct watch *w = l->watches; w != NULL; w = w->next) {
		w->slot = SIZE_MAX;
		if (w->dead || w->events == 0)
			continue;
		w->slot = (*n)++;
		l->polls[w->slot] = (struct pollfd){ .fd = w->fd, .events = w->events };
	}
	return RC_OK;
}

/* Milliseconds until the first timer, bounded by max_ms (-1: unbounded). */
static int
wait_ms(const struct loop *l, int max_ms)
{
	uint64_t now = clock_mono_ms(), first = UINT64_MAX, ms;

	for (const struct timer *t = l->timers; t != NULL; t = t->next)
		if (!t->dead && t->at != 0 && t->at < first)
			first = t->at;
	if (first == UINT64_MAX)
		return max_ms;
	ms = first > now ? first - now : 0;
	if (ms > 3600 * 1000)
		ms = 3600 * 1000;
	return max_ms >= 0 && (uint64_t)max_ms < ms ? max_ms : (int)ms;
}

static void
run_timers(struct loop *l)
{
	uint64_t now = clock_mono_ms();

	for (struct timer *t = l->timers; t != NULL; t = t->next) {
		if (t->dead || t->at == 0 || t->at > now)
			continue;
		t->at = 0;
		t->fn(t->arg);
	}
}

static void
run_watches(struct loop *l)
{
	for (struct watch *w = l->watches; w != NULL; w = w->next) {
		short revents;

		/* A watch added in this turn has no slot yet. */
		if (w->dead || w->slot == SIZE_MAX)
			continue;
		revents = l->polls[w->slot].revents;
		if (revents != 0)
			w->fn(w->arg, revents);
	}
}

enum rc
loop_step(struct loop *l, int max_ms, struct err *err)
{
	size_t n;
	enum rc rc;
	int got;

	sweep(l, false);
	if ((rc = fill_polls(l, &n, err)) != RC_OK)
		return rc;
	got = poll(l->polls, n, wait_ms(l, max_ms));
	if (got < 0 && errno != EINTR)
		return err_errno(err, RC_FAIL, "poll");
	if (got > 0)
		run_watches(l);
	run_timers(l);
	return RC_OK;
}

enum rc
loop_run(struct loop *l, struct err *err)
{
	enum rc rc = RC_OK;

	while (!l->stop && rc == RC_OK)
		rc = loop_step(l, -1, err);
	return rc;
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
}
