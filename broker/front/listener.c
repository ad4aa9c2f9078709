/* The listener; see listener.h. */
#include "broker/front/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/front/dummy.h"
#include "broker/front/profile.h"
#include "broker/front/selftest.h"
#include "broker/front/server.h"
#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/base/log.h"
#include "lib/wire/port.h"

#define ST_NEW 1u     /* waits for MSG_SETUP */
#define ST_TESTING 2u /* self-test, then waits for MSG_SERVE */
#define ST_SERVING 4u
#define SOCKETS_MAX 64
#define ACCEPTS 64   /* in one go */
#define PAUSE_MS 100 /* when descriptors or processes have run out */
#define LAST_WORDS_MS 2500
#define SPARE_FDS 64 /* beside one for each connection */

/* A connection's process. */
struct child {
	struct child *next;
	struct listener *owner;
	pid_t pid;
	uint8_t source[16]; /* its address; of IPv6 the /64 */
	bool known;	    /* somebody has logged in */
	int status;	    /* says so */
	struct watch *watch;
};

struct listener {
	struct loop *loop;
	struct port *control;
	uint32_t state;
	struct msg_setup setup; /* host_key is not used */
	uint8_t host[32];
	struct dummy *key;
	struct timer *pause;
	int sockets[SOCKETS_MAX];
	struct watch *watches[SOCKETS_MAX];
	unsigned nsockets;
	struct child *children;
	uint32_t nchildren, nunknown, next_id;
	enum rc over;
	struct err why;
};

/* What one connection needs: ours and the monitor's ends. */
struct ends {
	int sock;
	int sign[2], talk[2]; /* [0] ours, [1] the monitor's */
	int status[2];	      /* [0] the listener's, [1] its process' */
};

static void
close_all(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* sock is taken, also on failure. */
static enum rc
make_ends_take(int sock, struct ends *e, struct err *err)
{
	*e = (struct ends){ sock, { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (frame_pair(e->sign, err) != RC_OK || frame_pair(e->talk, err) != RC_OK ||
	    pipe2(e->status, O_CLOEXEC) != 0) {
		close_all(&e->sock, 1);
		close_all(e->sign, 2);
		close_all(e->talk, 2);
		return err_errno(err, RC_RETRY, "make a connection's sockets");
	}
	return RC_OK;
}

/* Before the fork: a process must not run before the monitor knows of it. */
static enum rc
hand_off(struct listener *l, enum msg_new_kind kind, struct ends *e)
{
	int fds[3] = { e->sign[1], e->talk[1], e->sock };
	struct msg_new m = { (uint8_t)kind };
	enum rc rc = port_send(l->control, MSG_NEW, l->next_id++, &m, fds, 3);

	close_all(&e->sign[1], 1);
	close_all(&e->talk[1], 1);
	return rc;
}

static struct server_start
start_of(const struct listener *l, const struct ends *e)
{
	return (struct server_start){ e->sock, e->sign[0], e->talk[0], e->status[1],
		l->key, l->setup.channels, l->setup.login_ms };
}

/* The child's life. */

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close all but stdio and these. */
static bool
keep_only(int *fds, size_t n)
{
	unsigned from = 3;

	qsort(fds, n, sizeof *fds, compare_ints);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned)fds[i] > from &&
		    close_range(from, (unsigned)fds[i] - 1, 0) != 0)
			return false;
		from = (unsigned)fds[i] + 1;
	}
	return close_range(from, ~0u, 0) == 0;
}

static void
serve_child(const struct listener *l, const struct ends *e)
{
	struct server_start start = start_of(l, e);
	int keep[] = { e->sock, e->sign[0], e->talk[0], e->status[1] };
	struct err err = { "" };
	enum rc rc = RC_FAIL;

	if (!keep_only(keep, 4))
		err_errno(&err, RC_FAIL, "close descriptors");
	else if ((rc = confine_apply(&profile_client, NULL, &err)) == RC_OK)
		rc = server_run(&start, &err);
	if (rc == RC_FAIL)
		log_line(LOG_ERROR, "connection: %s", err.text);
	else if (rc != RC_OK)
		log_line(LOG_DEBUG, "connection over: %s", err.text);
	_exit(rc == RC_FAIL);
}

/* Keeping the count. */

static void
now_known(struct child *c)
{
	if (!c->known)
		c->owner->nunknown--;
	c->known = true;
}

static void
on_status(void *arg, short revents)
{
	struct child *c = arg;
	char byte;

	(void)revents;
	if (read(c->status, &byte, 1) == 1)
		now_known(c);
	loop_fd_close(c->watch);
	c->watch = NULL;
}

static void
forget(struct listener *l, struct child **at)
{
	struct child *c = *at;

	*at = c->next;
	now_known(c);
	l->nchildren--;
	loop_fd_close(c->watch);
	close(c->status);
	free(c);
}

static void
on_signal(void *arg, int signo)
{
	struct listener *l = arg;
	int status;
	pid_t pid;

	(void)signo;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child **at = &l->children;

		while (*at != NULL && (*at)->pid != pid)
			at = &(*at)->next;
		if (*at != NULL)
			forget(l, at);
		if (WIFSIGNALED(status))
			log_line(LOG_NOTICE, "connection process %d ended by signal %d",
			    (int)pid, WTERMSIG(status));
	}
}

static void
source_of(const struct sockaddr_storage *a, uint8_t out[16])
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	memset(out, 0, 16);
	if (a->ss_family == AF_INET6) {
		const struct in6_addr *in =
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;

		/* One customer's network is a /64; a mapped address is one host's. */
		memcpy(out, in->s6_addr, memcmp(in->s6_addr, mapped, 12) == 0 ? 16 : 8);
	} else if (a->ss_family == AF_INET) {
		memcpy(out, mapped, 12);
		memcpy(out + 12,
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	}
}

static const char *
over_limit(const struct listener *l, const uint8_t source[16])
{
	uint32_t same = 0;

	if (l->nchildren >= l->setup.connections)
		return "too many connections";
	if (l->nunknown >= l->setup.unauthenticated)
		return "too many connections that are not logged in";
	for (const struct child *c = l->children; c != NULL; c = c->next)
		same += memcmp(c->source, source, 16) == 0;
	if (same >= l->setup.per_source)
		return "too many connections from your address";
	return NULL;
}

/* A line before the version string is a server's right (RFC 4253 section 4.2). */
static void
turn_away(int sock, const char *why)
{
	char line[128];
	int n = snprintf(line, sizeof line, "broker: %s\r\n", why);

	if (send(sock, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		/* It is closed either way. */
	}
	close(sock);
}

static void
add_child(struct listener *l, struct child *c, pid_t pid, int status)
{
	c->next = l->children;
	c->owner = l;
	c->pid = pid;
	c->status = status;
	c->watch = loop_fd(l->loop, status, POLLIN, on_status, c);
	l->children = c;
	l->nchildren++;
	l->nunknown++;
}

/* sock is taken. */
static enum rc
start_child(struct listener *l, int sock, const uint8_t source[16], struct err *err)
{
	struct child *c = calloc(1, sizeof *c);
	struct ends e;
	enum rc rc;
	pid_t pid;

	if (c == NULL) {
		close(sock);
		return err_memory(err);
	}
	memcpy(c->source, source, sizeof c->source);
	if ((rc = make_ends_take(sock, &e, err)) != RC_OK) {
		free(c);
		return rc;
	}
	if (hand_off(l, NEW_CLIENT, &e) != RC_OK || (pid = fork()) < 0) {
		free(c);
		rc = err_errno(err, RC_RETRY, "start a connection's process");
		close_all(e.status, 1);
	} else if (pid == 0) {
		serve_child(l, &e);
	} else {
		add_child(l, c, pid, e.status[0]);
	}
	close_all(&e.sock, 1);
	close_all(e.sign, 1);
	close_all(e.talk, 1);
	close_all(&e.status[1], 1);
	return rc;
}

static void
watch_sockets(struct listener *l, bool on)
{
	for (unsigned i = 0; i < l->nsockets; i++)
		loop_fd_events(l->watches[i], on ? POLLIN : 0);
}

static void
on_pause_over(void *arg)
{
	watch_sockets(arg, true);
}

static void
rest(struct listener *l, const char *why)
{
	log_line(LOG_ERROR, "accept: %s", why);
	watch_sockets(l, false);
	timer_set(l->pause, PAUSE_MS);
}

static bool
accept_one(struct listener *l, int fd)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof a;
	struct err err = { "" };
	uint8_t source[16];
	const char *why;
	int sock = accept4(fd, (struct sockaddr *)&a, &len, SOCK_CLOEXEC);

	if (sock < 0) {
		/* A client that has gone already is no trouble of ours. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			rest(l, strerror(errno));
		return errno == ECONNABORTED || errno == EINTR;
	}
	source_of(&a, source);
	if ((why = over_limit(l, source)) != NULL) {
		turn_away(sock, why);
	} else if (start_child(l, sock, source, &err) != RC_OK) {
		rest(l, err.text);
		return false;
	}
	return true;
}

static void
on_listening(void *arg, short revents)
{
	struct listener *l = arg;

	(void)revents;
	for (unsigned s = 0; s < l->nsockets; s++)
		for (int i = 0; i < ACCEPTS && accept_one(l, l->sockets[s]); i++)
			;
}

/* The monitor. */

static enum rc
answer_setup(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct listener *l = arg;
	enum rc rc;

	(void)id;
	(void)fds;
	l->setup = m->setup;
	memcpy(l->host, m->setup.host_key.p, sizeof l->host);
	if ((rc = dummy_new(l->host, &l->key, err)) == RC_OK)
		l->state = ST_TESTING;
	return rc;
}

static enum rc
answer_serve(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct listener *l = arg;

	(void)id;
	(void)m;
	(void)fds;
	(void)err;
	l->state = ST_SERVING;
	return RC_OK;
}

static const struct route routes[] = {
	/* message   in state    at most  fds  answered by */
	{ MSG_SETUP, ST_NEW, 128, 0, answer_setup },
	{ MSG_SERVE, ST_TESTING, 0, 0, answer_serve },
};

static uint32_t
state_of(void *arg)
{
	return ((struct listener *)arg)->state;
}

static void
on_gone(void *arg, enum rc rc, const struct err *err)
{
	struct listener *l = arg;

	l->over = rc;
	l->why = *err;
	loop_stop(l->loop);
}

static enum rc
wait_for(struct listener *l, uint32_t state, struct err *err)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && l->over == RC_OK && l->state != state)
		rc = loop_step(l->loop, -1, err);
	if (rc == RC_OK && l->over != RC_OK)
		return err_set(err, l->over, "%s", l->why.text);
	return rc;
}

/* The server side runs in this very process: OpenSSL and libssh are warm
 * in all children then, which halves the cost of a login. */
static enum rc
test_ourselves(struct listener *l, struct err *err)
{
	struct server_start start;
	struct ends e;
	int pair[2], status = 1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(err, RC_FAIL, "socketpair");
	if (selftest_fork(pair[1], l->host, &pid, err) != RC_OK)
		return RC_FAIL;
	close(pair[1]);
	if (make_ends_take(pair[0], &e, err) != RC_OK)
		return RC_FAIL;
	if (hand_off(l, NEW_TEST, &e) != RC_OK)
		return err_set(err, RC_FAIL, "the monitor does not take the self-test");
	start = start_of(l, &e);
	(void)server_run(&start, err);
	close(e.status[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return err_set(
		    err, RC_FAIL, "self-test failed: libssh does not work as needed");
	return RC_OK;
}

static enum rc
raise_files(const struct listener *l, struct err *err)
{
	struct rlimit r;
	rlim_t want = (rlim_t)l->setup.connections + SPARE_FDS;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return err_errno(err, RC_FAIL, "getrlimit");
	if (r.rlim_cur < want && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	if (r.rlim_cur < want)
		return err_set(err, RC_FAIL,
		    "%u connections need %llu open files, %llu allowed",
		    l->setup.connections, (unsigned long long)want,
		    (unsigned long long)r.rlim_cur);
	return RC_OK;
}

static enum rc
open_sockets(struct listener *l, struct err *err)
{
	static const int signals[] = { SIGCHLD };

	if ((l->pause = loop_timer(l->loop, on_pause_over, l)) == NULL)
		return err_memory(err);
	for (unsigned i = 0; i < l->nsockets; i++) {
		int flags = fcntl(l->sockets[i], F_GETFL);

		if (flags < 0 || fcntl(l->sockets[i], F_SETFL, flags | O_NONBLOCK) != 0)
			return err_errno(err, RC_FAIL, "listening socket");
		l->watches[i] =
		    loop_fd(l->loop, l->sockets[i], POLLIN, on_listening, l);
		if (l->watches[i] == NULL)
			return err_memory(err);
	}
	return loop_signals(l->loop, signals, 1, on_signal, l, err);
}

static enum rc
serve(struct listener *l, int control, struct err *err)
{
	struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = l,
		.state = state_of,
		.gone = on_gone };
	enum rc rc;

	if ((rc = port_open_take(l->loop, control, &owner, &l->control, err)) !=
		RC_OK ||
	    (rc = wait_for(l, ST_TESTING, err)) != RC_OK ||
	    (rc = raise_files(l, err)) != RC_OK ||
	    (rc = test_ourselves(l, err)) != RC_OK)
		return rc;
	if (port_send(l->control, MSG_TESTED, 0, NULL, NULL, 0) != RC_OK)
		return err_set(err, RC_END, "the monitor has gone");
	if ((rc = wait_for(l, ST_SERVING, err)) != RC_OK ||
	    (rc = open_sockets(l, err)) != RC_OK ||
	    (rc = confine_apply(&profile_listener, NULL, err)) != RC_OK ||
	    (rc = loop_run(l->loop, err)) != RC_OK)
		return rc;
	return err_set(err, l->over, "%s", l->why.text);
}

/* Connections have last words for their clients; whoever waits for us waits for them.
 */
static void
await_children(struct listener *l)
{
	uint64_t until = clock_mono_ms() + LAST_WORDS_MS, now;
	struct err err;

	if (l->state != ST_SERVING)
		return;
	watch_sockets(l, false);
	while (l->children != NULL && (now = clock_mono_ms()) < until &&
	       loop_step(l->loop, (int)(until - now), &err) == RC_OK)
		;
}

enum rc
listener_run(int control, int first, unsigned n, struct err *err)
{
	struct listener l = { .state = ST_NEW, .nsockets = n };
	enum rc rc;

	if (n == 0 || n > SOCKETS_MAX)
		return err_set(
		    err, RC_REFUSE, "1 to %d listening sockets", SOCKETS_MAX);
	for (unsigned i = 0; i < n; i++)
		l.sockets[i] = first + (int)i;
	if ((rc = loop_new(&l.loop, err)) != RC_OK)
		return rc;
	rc = serve(&l, control, err);
	await_children(&l);
	while (l.children != NULL)
		forget(&l, &l.children);
	port_close(l.control);
	timer_free(l.pause);
	loop_free(l.loop);
	dummy_free(l.key);
	return rc;
}
