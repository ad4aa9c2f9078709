/* A command in a sandbox has no path in common with its caller: bytes come and go on its
 * stdin and stdout.  Whoever copies has its signals blocked, and looks at them here. */
#include "broker/launch/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe that has room takes so much without blocking. */
#define CHUNK PIPE_BUF

struct pump {
	int from, to, signals;
	struct pollfd waits; /* the one of the two that may block */
	uint64_t left;	     /* bytes that may come */
	int *signo;
};

static enum rc
signalled(const struct pump *p, struct err *err)
{
	struct signalfd_siginfo si;

	if (read(p->signals, &si, sizeof si) != (ssize_t)sizeof si)
		return err_errno(err, RC_FAIL, "signals");
	*p->signo = (int)si.ssi_signo;
	return err_set(err, RC_END, "signal %d", *p->signo);
}

/* RC_OK: one of the two can move. */
static enum rc
await(struct pump *p, struct err *err)
{
	struct pollfd fds[2] = { p->waits, { .fd = p->signals, .events = POLLIN } };

	if (poll(fds, 2, -1) < 0 && errno != EINTR)
		return err_errno(err, RC_FAIL, "poll");
	return fds[1].revents != 0 ? signalled(p, err) : RC_OK;
}

static enum rc
put(struct pump *p, const char *bytes, size_t n, struct err *err)
{
	while (n > 0) {
		ssize_t w = write(p->to, bytes, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno == EPIPE) {
			*p->signo = SIGPIPE;
			return err_set(err, RC_END, "nobody reads");
		}
		if (w < 0 && errno == ENOSPC)
			return err_set(err, RC_REFUSE, "no room");
		if (w < 0)
			return err_errno(err, RC_FAIL, "write");
		bytes += w;
		n -= (size_t)w;
	}
	return RC_OK;
}

static enum rc
pump(struct pump *p, struct err *err)
{
	char bytes[CHUNK];

	for (;;) {
		enum rc rc = await(p, err);
		ssize_t n;

		if (rc != RC_OK)
			return rc;
		n = read(p->from, bytes, sizeof bytes);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return err_errno(err, RC_FAIL, "read");
		if (n == 0)
			return RC_OK;
		if ((uint64_t)n > p->left)
			return err_set(err, RC_REFUSE, "too much");
		p->left -= (uint64_t)n;
		if ((rc = put(p, bytes, (size_t)n, err)) != RC_OK)
			return rc;
	}
}

enum rc
stage_in(
    int from, const char *dir, uint64_t max, int signals, int *signo, struct err *err)
{
	struct pump p = { from, -1, signals, { .fd = from, .events = POLLIN }, max,
		signo };
	char path[PATH_MAX];
	enum rc rc;

	snprintf(path, sizeof path, "%s/in", dir);
	p.to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (p.to < 0)
		return err_errno(err, RC_FAIL, "file for the input");
	rc = pump(&p, err);
	close(p.to);
	return rc;
}

enum rc
stage_out(const char *dir, int to, int signals, int *signo, struct err *err)
{
	struct pump p = { -1, to, signals, { .fd = to, .events = POLLOUT }, UINT64_MAX,
		signo };
	char path[PATH_MAX];
	struct stat st;
	enum rc rc;

	snprintf(path, sizeof path, "%s/out", dir);
	/* Whatever the command has put there: no link is followed, no pipe waited
	 * for. */
	p.from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (p.from < 0)
		return err_errno(err, RC_REFUSE, "no output file");
	if (fstat(p.from, &st) != 0 || !S_ISREG(st.st_mode))
		rc = err_set(err, RC_REFUSE, "the output file is no plain file");
	else
		rc = pump(&p, err);
	close(p.from);
	return rc;
}
