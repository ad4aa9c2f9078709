/* The table of children and the messages that change it.  Nothing here decides whether
 * a command may run; request.c only keeps this process to its one job. */
#include "broker/launch/launcher.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/launch/scratch.h"
#include "lib/base/log.h"
#include "lib/wire/port.h"

#define LAST_WAIT_MS 5000

struct child {
	struct child *next;
	struct launcher *l;
	uint32_t session;
	pid_t pid; /* also the process group */
	int status;
	struct watch *watch;
	bool failed; /* could not become the program: LAUNCHED said so */
	bool over;   /* the first process is reaped; others of the group may live */
	bool gone;   /* all of them are reaped, and the monitor knows */
	char scratch[SCRATCH_PATH]; /* its folder, where there is no sandbox … */
	pid_t sweeper;		    /* … and who removes that, or 0 */
	struct msg_exited exited;
};

struct launcher {
	struct loop *loop;
	struct port *port;
	struct timer *deadline;
	struct child_setup setup;
	struct request_rules rules;
	struct child *children;
	unsigned nchildren;
	bool ending;
	enum rc result;
};

/* One that could not be started is told of and no session's any more. */
static struct child *
by_session(struct launcher *l, uint32_t session)
{
	struct child *c = l->children;

	while (c != NULL && (c->failed || c->gone || c->session != session))
		c = c->next;
	return c;
}

static struct child *
by_pid(struct launcher *l, pid_t pid)
{
	struct child *c = l->children;

	while (c != NULL && (c->over || c->pid != pid))
		c = c->next;
	return c;
}

static void
say_launched(struct launcher *l, uint32_t session, pid_t pid, struct span text)
{
	struct msg_launched m = { .pid = (uint32_t)pid, .text = text };

	(void)port_send(l->port, MSG_LAUNCHED, session, &m, NULL, 0);
}

static void
close_status(struct child *c)
{
	loop_fd_close(c->watch);
	c->watch = NULL;
	if (c->status >= 0)
		close(c->status);
	c->status = -1;
}

/* End of file: it runs.  A text: it could not. */
static void
read_status(void *arg, short revents)
{
	struct child *c = arg;
	char text[ERR_TEXT];
	ssize_t n;

	(void)revents;
	do
		n = read(c->status, text, sizeof text);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return;
	close_status(c);
	c->failed = n != 0;
	if (c->failed)
		say_launched(c->l, c->session, 0,
		    n > 0 ? span_make(text, (size_t)n) : span_of("status pipe"));
	else
		say_launched(c->l, c->session, c->pid, span_of(""));
}

static void
free_child(struct child *c)
{
	close_status(c);
	free(c);
}

static enum rc
start(struct launcher *l, uint32_t session, const struct msg_launch *m, int *fds,
    struct err *err)
{
	struct child *c;
	enum rc rc;

	if (l->ending || by_session(l, session) != NULL)
		return err_set(err, RC_REFUSE, "the session has its command");
	if (l->nchildren >= LAUNCHER_CHILDREN)
		return err_set(err, RC_REFUSE, "too many commands run");
	if ((rc = request_check(&l->rules, m, err)) != RC_OK)
		return rc;
	if ((c = calloc(1, sizeof *c)) == NULL)
		return err_memory(err);
	*c = (struct child){ .l = l, .session = session, .status = -1 };
	if ((rc = scratch_name(c->scratch, err)) != RC_OK ||
	    (rc = child_start(&l->setup, m, fds, c->scratch, false, &c->pid, &c->status,
		 err)) != RC_OK) {
		free(c);
		return rc;
	}
	if ((c->watch = loop_fd(l->loop, c->status, POLLIN, read_status, c)) == NULL) {
		(void)kill(c->pid, SIGKILL);
		free_child(c);
		return err_memory(err);
	}
	c->next = l->children;
	l->children = c;
	l->nchildren++;
	return RC_OK;
}

static enum rc
answer_launch(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct launcher *l = arg;
	struct err why = { "" };

	(void)err;
	if (start(l, id, &m->launch, fds, &why) != RC_OK) {
		log_line(LOG_NOTICE, "session %u: not launched: %s", id, why.text);
		say_launched(l, id, 0, span_of(why.text));
	}
	return RC_OK;
}

/* What SSH clients may send, and KILL. */
static bool
signal_ok(uint8_t signo)
{
	static const uint8_t allowed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL,
		SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < sizeof allowed; i++)
		if (signo == allowed[i])
			return true;
	return false;
}

/* Before its setsid a child has no group of that number yet. */
static void
kill_group(pid_t pid, int signo)
{
	if (kill(-pid, signo) != 0 && errno == ESRCH)
		(void)kill(pid, signo);
}

static enum rc
answer_kill(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct launcher *l = arg;
	struct child *c = by_session(l, id);

	(void)fds;
	if (!signal_ok(m->kill.signo))
		return err_set(
		    err, RC_REFUSE, "signal %u is not passed on", m->kill.signo);
	if (c != NULL && !c->over)
		kill_group(c->pid, m->kill.signo);
	return RC_OK;
}

static void
sweep(struct launcher *l, struct child *c)
{
	struct err err = { "" };

	if (!l->setup.sandbox &&
	    child_sweep(&l->setup, c->scratch, &c->sweeper, &err) != RC_OK)
		log_line(LOG_ERROR, "%s stays behind: %s", c->scratch, err.text);
}

/* True when nothing is left of c: its whole group is dead, and its folder removed.  The
 * launcher is the subreaper and nobody can leave the group, so every member, once its
 * parent is dead, is our own child (or dies with its namespace); "no such child" means
 * that none is left. */
static bool
settle(struct launcher *l, struct child *c)
{
	pid_t p;

	if (c->gone)
		return c->sweeper == 0;
	while ((p = waitpid(-c->pid, NULL, WNOHANG)) > 0)
		;
	if (p == 0) {
		(void)kill(-c->pid, SIGKILL);
		return false;
	}
	if (!c->failed)
		(void)port_send(l->port, MSG_EXITED, c->session, &c->exited, NULL, 0);
	c->gone = true;
	sweep(l, c);
	return c->sweeper == 0;
}

static void
settle_all(struct launcher *l)
{
	for (struct child **at = &l->children; *at != NULL;) {
		struct child *c = *at, *next = c->next;

		if (c->over && settle(l, c)) {
			*at = next;
			l->nchildren--;
			free_child(c);
		} else
			at = &c->next;
	}
	if (l->ending && l->children == NULL)
		loop_stop(l->loop);
}

/* The first process of c is a zombie: as long as it is, no other process can have its
 * number, so this is the moment to kill what it left behind. */
static void
note_end(struct child *c, const siginfo_t *si)
{
	if (c->status >= 0)
		read_status(c, POLLIN);
	c->over = true;
	c->exited.how = si->si_code == CLD_EXITED ? HOW_EXIT : HOW_SIGNAL;
	c->exited.code = (uint8_t)si->si_status;
	(void)kill(-c->pid, SIGKILL);
}

static void
note_sweeper(struct launcher *l, pid_t pid)
{
	for (struct child *c = l->children; c != NULL; c = c->next)
		if (c->sweeper == pid)
			c->sweeper = 0;
}

static void
reap(void *arg, int signo)
{
	struct launcher *l = arg;

	(void)signo;
	for (;;) {
		siginfo_t si = { .si_pid = 0 };
		struct child *c;

		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		    si.si_pid == 0)
			break;
		if ((c = by_pid(l, si.si_pid)) != NULL)
			note_end(c, &si);
		else
			note_sweeper(l, si.si_pid);
		(void)waitpid(si.si_pid, NULL, 0);
	}
	settle_all(l);
}

static void
give_up(void *arg)
{
	struct launcher *l = arg;

	log_line(LOG_ERROR, "%u commands did not die", l->nchildren);
	loop_stop(l->loop);
}

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	struct launcher *l = arg;

	if (rc != RC_END)
		log_line(LOG_ERROR, "the monitor's socket: %s", err->text);
	l->ending = true;
	l->result = rc;
	for (struct child *c = l->children; c != NULL; c = c->next)
		if (!c->over)
			kill_group(c->pid, SIGKILL);
	timer_set(l->deadline, LAST_WAIT_MS);
	settle_all(l);
}

static const struct route routes[] = {
	{ MSG_LAUNCH, 0, FRAME_MAX, CHILD_FDS, answer_launch },
	{ MSG_KILL, 0, 16, 0, answer_kill },
};

static enum rc
set_up(struct launcher *l, int sock, struct err *err)
{
	static const int signals[] = { SIGCHLD };
	const struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = l,
		.gone = gone };
	enum rc rc;

	/* Takes sock, whatever comes. */
	if ((rc = port_open_take(l->loop, sock, &owner, &l->port, err)) != RC_OK)
		return rc;
	if ((l->deadline = loop_timer(l->loop, give_up, l)) == NULL)
		return err_memory(err);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		return err_errno(err, RC_FAIL, "become the subreaper");
	return loop_signals(l->loop, signals, 1, reap, l, err);
}

enum rc
launcher_new_take(struct loop *loop, int sock, const struct child_setup *setup,
    const struct request_rules *rules, struct launcher **ret, struct err *err)
{
	struct launcher *l = calloc(1, sizeof *l);
	enum rc rc;

	if (l == NULL) {
		close(sock);
		return err_memory(err);
	}
	*l = (struct launcher){ .loop = loop, .setup = *setup, .rules = *rules };
	if ((rc = set_up(l, sock, err)) != RC_OK) {
		launcher_free(l);
		return rc;
	}
	*ret = l;
	return RC_OK;
}

void
launcher_free(struct launcher *l)
{
	if (l == NULL)
		return;
	while (l->children != NULL) {
		struct child *c = l->children;

		l->children = c->next;
		free_child(c);
	}
	timer_free(l->deadline);
	port_close(l->port);
	free(l);
}

enum rc
launcher_result(const struct launcher *l)
{
	return l->result;
}
