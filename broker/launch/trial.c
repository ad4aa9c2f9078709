/* A whole start and not a list of features: each part of it may be forbidden by the
 * kernel, by what runs us, or by both together. */
#include "broker/launch/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/launch/scratch.h"
#include "lib/base/frame.h"

#define TRIAL_MS 10000

/* What the child says until it closes its end.  True when it did in time. */
static bool
listen_to(int status, char *text, size_t size)
{
	struct pollfd p = { .fd = status, .events = POLLIN };
	size_t have = 0;

	text[0] = '\0';
	for (;;) {
		ssize_t n;

		if (poll(&p, 1, TRIAL_MS) != 1)
			return false;
		if ((n = read(status, text + have, size - 1 - have)) <= 0)
			return n == 0;
		have += (size_t)n;
		text[have] = '\0';
		if (have + 1 == size)
			return true;
	}
}

/* The gate must have been handed its socket. */
static bool
got_socket(int gate)
{
	struct frame f = { .nfds = 0 };
	struct buf room;
	bool good;

	buf_init(&room, FRAME_MAX);
	good = frame_recv(gate, &room, &f, NULL) == RC_OK && f.type == MSG_LISTENING &&
	       f.nfds == 1;
	frame_close_fds(&f);
	buf_clear(&room);
	return good;
}

static enum rc
try_child(const struct child_setup *c, const struct msg_launch *m, const int *fds,
    const char *scratch, struct err *err)
{
	char text[ERR_TEXT];
	int status, how = 0;
	bool told;
	pid_t pid;
	enum rc rc = child_start(c, m, fds, scratch, true, &pid, &status, err);

	if (rc != RC_OK)
		return rc;
	told = listen_to(status, text, sizeof text);
	close(status);
	if (!told || text[0] != '\0')
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	if (!told)
		return err_set(err, RC_FAIL, "it takes too long");
	if (text[0] != '\0')
		return err_set(err, RC_REFUSE, "%s", text);
	if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
		return err_set(err, RC_FAIL, "it ended with %#x", (unsigned)how);
	return RC_OK;
}

static void
sweep(const struct child_setup *c, const char *scratch)
{
	pid_t pid;

	if (!c->sandbox && child_sweep(c, scratch, &pid, NULL) == RC_OK)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
}

enum rc
trial_run(const struct child_setup *c, const char *program, struct err *err)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\n";
	const struct msg_launch m = { .argv = { .n = 1, .v = { span_of(program) } },
		.proxy = span_of("trial:trial"),
		.ca = span_of(pem) };
	char scratch[SCRATCH_PATH];
	int pair[2], null;
	enum rc rc;

	if ((rc = scratch_name(scratch, err)) != RC_OK ||
	    (rc = frame_pair(pair, err)) != RC_OK)
		return rc;
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0) {
		rc = err_errno(err, RC_FAIL, "/dev/null");
	} else {
		const int fds[CHILD_FDS] = { null, null, null, pair[1] };

		rc = try_child(c, &m, fds, scratch, err);
		close(null);
		sweep(c, scratch);
		sweep(c, NULL);
	}
	if (rc == RC_OK && !got_socket(pair[0]))
		rc = err_set(err, RC_FAIL, "no socket for the gate");
	close(pair[0]);
	close(pair[1]);
	return rc;
}
