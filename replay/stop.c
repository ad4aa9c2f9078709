/* Stop signals; see stop.h. */
#include "config.h" /* first: it asks for ppoll */

#include "replay/stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t came;
static volatile sig_atomic_t resized;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define NSIGNALS (sizeof signals / sizeof signals[0])

static void
note(int sig)
{
	came = sig;
}

enum rc
stop_watch(struct err *err)
{
	struct sigaction sa = { .sa_handler = note }; /* no SA_RESTART */
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < NSIGNALS; i++)
		if (sigaction(signals[i], &sa, NULL) != 0)
			return err_errno(err, RC_FAIL, "watch signals");
	if (sigaction(SIGPIPE, &ignore, NULL) != 0)
		return err_errno(err, RC_FAIL, "watch signals");
	return RC_OK;
}

static void
note_size(int sig)
{
	(void)sig;
	resized = 1;
}

enum rc
stop_watch_size(struct err *err)
{
	struct sigaction sa = { .sa_handler = note_size };

	if (sigaction(SIGWINCH, &sa, NULL) != 0)
		return err_errno(err, RC_FAIL, "watch the terminal's size");
	return RC_OK;
}

bool
stop_resized(void)
{
	bool was = resized;

	resized = 0;
	return was;
}

int
stop_signal(void)
{
	return came;
}

int
stop_poll(struct pollfd *fds, nfds_t n, uint64_t timeout_us)
{
	struct timespec ts = {
		.tv_sec = (time_t)(timeout_us / 1000000),
		.tv_nsec = (long)(timeout_us % 1000000) * 1000,
	};
	sigset_t mask, before;
	int r = -1, kept = EINTR;

	sigemptyset(&mask);
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaddset(&mask, signals[i]);
	sigprocmask(SIG_BLOCK, &mask, &before);
	if (!came) {
		r = ppoll(fds, n, timeout_us == UINT64_MAX ? NULL : &ts, &before);
		kept = errno;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = kept;
	return r;
}
