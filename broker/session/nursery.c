/* Forks sessions; see nursery.h. */
#include "broker/session/nursery.h"

#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/loop.h"
#include "lib/wire/port.h"
#include "recorder/writer.h"
#include "broker/gate/gate.h"
#include "broker/session/profile.h"
#include "broker/session/session.h"
#include "broker/target/target.h"

struct nursery {
	struct loop *loop;
	struct port *port;
	enum rc rc; /* why the socket is of no more use */
	struct err why;
};

/* What reads a file or a device at its first use must have had it before the walls are
 * up: OpenSSL its configuration, jansson the seed of its tables, libsodium its source
 * of randomness, the C library the time zone, libcurl and the resolver what they
 * read, gate and target the system's CAs. */
static enum rc
warm_up(struct err *err)
{
	uint8_t random[8];
	char date[21];
	enum rc rc;

	if ((rc = writer_prepare(err)) != RC_OK || (rc = gate_prepare(err)) != RC_OK ||
	    (rc = target_prepare(err)) != RC_OK)
		return rc;
	/* Each arena of a resolver's thread would take a part of the address space. */
	(void)mallopt(M_ARENA_MAX, 1);
	randombytes_buf(random, sizeof random);
	clock_iso(clock_wall_ms(), date);
	return RC_OK;
}

/* The child: from here on nothing of the nursery is used. */
static void
live(struct nursery *n, uint32_t id, const struct msg_start *m, const int *fds)
{
	struct err err = { "" };
	struct session *s = NULL;
	struct loop *loop = NULL;
	enum rc rc;

	/* The port's memory goes on living: m borrows from it. */
	close(port_fd(n->port));
	loop_free(n->loop);
	log_open("broker-session", LOG_NOTICE);
	if ((rc = loop_new(&loop, &err)) == RC_OK)
		rc = session_new(loop, id, m, fds, &s, &err);
	if (rc == RC_OK)
		rc = confine_apply(&profile_session, NULL, &err);
	if (rc == RC_OK)
		rc = session_run(s, &err);
	if (rc != RC_OK)
		log_line(LOG_ERROR, "%s", err.text);
	session_free(s);
	loop_free(loop);
	_exit(rc == RC_OK ? 0 : 1);
}

static enum rc
answer_start(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct nursery *n = arg;
	pid_t pid = fork();

	(void)err;
	/* The monitor learns of a failure when the session's control socket closes. */
	if (pid < 0)
		log_line(LOG_ERROR, "a session cannot be forked");
	if (pid == 0)
		live(n, id, &m->start, fds);
	return RC_OK;
}

static const struct route routes[] = {
	{ MSG_START, 0, FRAME_MAX, SESSION_FDS, answer_start },
};

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	struct nursery *n = arg;

	n->rc = rc;
	n->why = *err;
	loop_stop(n->loop);
}

static void
reap(void *arg, int signo)
{
	pid_t pid;
	int status;

	(void)arg;
	(void)signo;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (WIFSIGNALED(status))
			log_line(LOG_ERROR, "session %d was killed by signal %d",
			    (int)pid, WTERMSIG(status));
}

/* What ends a group of processes from a terminal is for the monitor to act on: sessions
 * close their recordings and follow. */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGHUP, SIGINT, SIGTERM,
		SIGQUIT };

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_IGN);
}

enum rc
nursery_run(int sock, struct err *err)
{
	static const int children[] = { SIGCHLD };
	struct nursery n = { .rc = RC_FAIL };
	const struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = &n,
		.gone = gone };
	enum rc rc;

	ignore_signals();
	if ((rc = warm_up(err)) != RC_OK || (rc = loop_new(&n.loop, err)) != RC_OK) {
		close(sock);
		return rc;
	}
	if ((rc = port_open_take(n.loop, sock, &owner, &n.port, err)) != RC_OK ||
	    (rc = loop_signals(n.loop, children, 1, reap, &n, err)) != RC_OK ||
	    (rc = confine_apply(&profile_nursery, NULL, err)) != RC_OK)
		goto out;
	if ((rc = loop_run(n.loop, err)) != RC_OK)
		goto out;
	rc = n.rc == RC_END ? RC_OK : n.rc;
	if (rc != RC_OK)
		*err = n.why;
out:
	port_close(n.port);
	loop_free(n.loop);
	return rc;
}
