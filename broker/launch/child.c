/* From fork to execve.  The launcher is single-threaded, so that the child may use all
 * of the C library.  Every signal is blocked from before the fork until the program is
 * about to start: none is lost on the way. */
#include "config.h" /* first: it asks for setresuid */

#include "broker/launch/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/launch/image.h"
#include "broker/launch/namespaces.h"
#include "broker/launch/privilege.h"
#include "broker/launch/profile.h"
#include "broker/launch/program.h"
#include "broker/launch/proxy.h"
#include "broker/launch/root.h"
#include "broker/launch/scratch.h"
#include "broker/launch/steward.h"
#include "lib/base/log.h"

/* Where status pipe and gate stand in the child, above its own three. */
#define STATUS 3
#define GATE 4
/* What one command may be made of, where that can be told from the uid's others. */
#define NPROC_COMMAND 256

/* A child on its way. */
struct birth {
	const struct child_setup *c;
	const struct msg_launch *m;
	const int *fds;
	const char *scratch;
	bool trial;
	int status;
	pid_t launcher;
	struct program program;
	char ca[SCRATCH_PATH + sizeof SCRATCH_CA + 1];
	struct image_places places;
	struct image image;
};

static void
reset_signals(void)
{
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
}

/* All of them are above 4, since the launcher has its own three, the monitor's socket
 * and more open: but not surely, so they are lifted first. */
static enum rc
arrange_fds(struct birth *b, struct err *err)
{
	int high[CHILD_FDS + 1];

	if (fchdir(b->c->home_fd) != 0)
		return err_errno(err, RC_FAIL, "enter the empty folder");
	for (int i = 0; i <= CHILD_FDS; i++) {
		high[i] = fcntl(
		    i < CHILD_FDS ? b->fds[i] : b->status, F_DUPFD_CLOEXEC, GATE + 1);
		if (high[i] < 0)
			return err_errno(err, RC_FAIL, "descriptors");
	}
	for (int i = 0; i < 3; i++)
		if (dup2(high[i], i) != i)
			return err_errno(err, RC_FAIL, "descriptor %d", i);
	if (dup3(high[3], GATE, O_CLOEXEC) != GATE ||
	    dup3(high[CHILD_FDS], STATUS, O_CLOEXEC) != STATUS)
		return err_errno(err, RC_FAIL, "descriptors");
	b->status = STATUS;
	if (close_range(GATE + 1, ~0U, 0) != 0)
		return err_errno(err, RC_FAIL, "close_range");
	return RC_OK;
}

/* The death signal is lost with a change of ids, so it comes behind that; and it is of
 * no use when the launcher has died before. */
static enum rc
die_with(pid_t parent, struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return err_errno(err, RC_FAIL, "death signal");
	if (getppid() != parent)
		return err_set(err, RC_FAIL, "the launcher is gone");
	return RC_OK;
}

/* Capabilities outlive a change from one plain uid to another: they are dropped by
 * name, and only then is the way back tried. */
static enum rc
take_ids(const struct child_setup *c, struct err *err)
{
	enum rc rc;

	if (!c->become)
		return RC_OK;
	if (c->uid == 0 || c->gid == 0)
		return err_set(err, RC_FAIL, "refuse to run as root");
	if (setgroups(0, NULL) != 0 || setresgid(c->gid, c->gid, c->gid) != 0 ||
	    setresuid(c->uid, c->uid, c->uid) != 0)
		return err_errno(err, RC_FAIL, "become uid %u", c->uid);
	if ((rc = privilege_drop(err)) != RC_OK)
		return rc;
	if (getuid() != c->uid || geteuid() != c->uid || setuid(0) == 0)
		return err_set(err, RC_FAIL, "root could be taken back");
	return RC_OK;
}

/* A death by signal is told by dying, which is to leave no core here either; and a user
 * namespace keeps its maker's bound on the uid's processes. */
static enum rc
set_limits(const struct child_setup *c, struct err *err)
{
	const struct rlimit core = { 0, 0 };
	struct rlimit nproc;

	if (getrlimit(RLIMIT_NPROC, &nproc) != 0)
		return err_errno(err, RC_FAIL, "limits");
	if (nproc.rlim_max > c->nproc)
		nproc.rlim_max = c->nproc;
	nproc.rlim_cur = nproc.rlim_max;
	if (setrlimit(RLIMIT_CORE, &core) != 0 || setrlimit(RLIMIT_NPROC, &nproc) != 0)
		return err_errno(err, RC_FAIL, "limits");
	return RC_OK;
}

static enum rc
prepare(struct birth *b, struct err *err)
{
	char path[PATH_MAX];
	enum rc rc;

	if ((rc = arrange_fds(b, err)) != RC_OK ||
	    (rc = set_limits(b->c, err)) != RC_OK ||
	    (rc = take_ids(b->c, err)) != RC_OK ||
	    (rc = die_with(b->launcher, err)) != RC_OK)
		return rc;
	if (!span_copy(b->m->argv.v[0], path, sizeof path))
		return err_set(err, RC_FAIL, "the program's name is too long");
	return program_find(path, &b->program, err);
}

/* Afterwards the only way out is the gate's socket, and nothing is to be seen of the
 * host but what root.h names. */
static enum rc
enter_sandbox(struct birth *b, struct err *err)
{
	enum rc rc;

	b->places = (struct image_places){
		.home = ROOT_HOME, .scratch = ROOT_SCRATCH, .ca = ROOT_CA
	};
	/* The death signal again: new rights may cost it. */
	if ((rc = namespaces_enter(err)) != RC_OK ||
	    (rc = die_with(b->launcher, err)) != RC_OK ||
	    (rc = proxy_hand_out(GATE, &b->places.port, err)) != RC_OK ||
	    (rc = root_enter(&b->program, b->m->ca, b->c->scratch, err)) != RC_OK)
		return rc;
	return namespaces_drop(err);
}

/* No namespaces: the gate is a port of the host's, and files are where they are. */
static enum rc
enter_reduced(struct birth *b, struct err *err)
{
	enum rc rc;

	snprintf(b->ca, sizeof b->ca, "%s/" SCRATCH_CA, b->scratch);
	b->places = (struct image_places){
		.home = b->c->home, .scratch = b->scratch, .ca = b->ca
	};
	if ((rc = scratch_make(b->scratch, b->m->ca, err)) != RC_OK)
		return rc;
	return proxy_hand_out(GATE, &b->places.port, err);
}

static struct msg_exited
steward(const struct birth *b)
{
	const struct child_setup *c = b->c;
	const struct profile_limits limits = {
		.nproc =
		    c->sandbox && c->nproc > NPROC_COMMAND ? NPROC_COMMAND : c->nproc,
		.cpu_s = b->m->cpu_s != 0 ? b->m->cpu_s : c->cpu_s,
		.fsize = c->scratch,
		.folder = b->program.folder,
		.home = b->places.home,
		.ca = b->places.ca,
		.scratch = b->places.scratch,
		.port = b->places.port,
		.sandbox = c->sandbox,
	};
	const struct steward s = { .path = b->program.path,
		.image = &b->image,
		.limits = &limits,
		.scratch = c->scratch,
		.stage = b->m->stage,
		.status = b->status,
		.trial = b->trial };

	return steward_run(&s);
}

/* Process 1.  What its parent is called outside it cannot know: that it lives shows in
 * the pipe to it. */
static void
first_process(const struct birth *b, int report)
{
	struct pollfd parent = { .fd = report };
	struct msg_exited e;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || poll(&parent, 1, 0) != 0)
		_exit(1);
	e = steward(b);
	_exit(write(report, &e, sizeof e) == (ssize_t)sizeof e ? 0 : 1);
}

/* The steward's parent, outside: keep nothing that the command may wait to be closed,
 * and end as the command did. */
static void
watch(pid_t pid, int report)
{
	const struct msg_exited killed = { .how = HOW_SIGNAL, .code = SIGKILL };
	struct msg_exited e;
	struct err err = { "" };
	ssize_t n;

	steward_pass_signals();
	for (int fd = 0; fd <= STATUS; fd++)
		close(fd);
	if (profile_steward(&err) != RC_OK)
		_exit(1); /* which kills the steward, and that the command */
	while ((n = read(report, &e, sizeof e)) < 0 && errno == EINTR)
		;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	steward_end(n == (ssize_t)sizeof e ? &e : &killed);
}

static enum rc
run_inside(const struct birth *b, struct err *err)
{
	int report[2];
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) != 0)
		return err_errno(err, RC_FAIL, "pipe");
	if ((pid = fork()) < 0)
		return err_errno(err, RC_FAIL, "fork");
	if (pid == 0) {
		close(report[0]);
		first_process(b, report[1]);
	}
	close(report[1]);
	watch(pid, report[0]);
	return RC_OK;
}

static void
run(struct birth *b)
{
	struct err err = { "" };
	struct msg_exited e;
	enum rc rc;

	(void)setsid();
	reset_signals();
	umask(077);
	rc = prepare(b, &err);
	if (rc == RC_OK)
		rc = b->c->sandbox ? enter_sandbox(b, &err) : enter_reduced(b, &err);
	if (rc == RC_OK)
		rc = image_make(b->m, &b->places, &b->image, &err);
	if (rc == RC_OK) {
		close(GATE);
		if (!b->c->sandbox) {
			e = steward(b);
			steward_end(&e);
		}
		(void)run_inside(b, &err);
	}
	if (write(b->status, err.text, strlen(err.text)) < 0)
		_exit(126);
	_exit(127);
}

/* fork(2) with every signal blocked in the child; block everything here for so long. */
static pid_t
fork_blocked(void)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if ((pid = fork()) != 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

enum rc
child_start(const struct child_setup *c, const struct msg_launch *m,
    const int fds[CHILD_FDS], const char *scratch, bool trial, pid_t *pid, int *status,
    struct err *err)
{
	struct birth b = { .c = c,
		.m = m,
		.fds = fds,
		.scratch = scratch,
		.trial = trial,
		.launcher = getpid() };
	int ends[2];
	pid_t p;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_errno(err, RC_FAIL, "pipe");
	b.status = ends[1];
	if ((p = fork_blocked()) == 0)
		run(&b);
	close(ends[1]);
	if (p < 0) {
		close(ends[0]);
		return err_errno(err, RC_FAIL, "fork");
	}
	*pid = p;
	*status = ends[0];
	return RC_OK;
}

enum rc
child_sweep(
    const struct child_setup *c, const char *scratch, pid_t *pid, struct err *err)
{
	struct err why = { "" };
	pid_t p = fork_blocked();

	if (p < 0)
		return err_errno(err, RC_FAIL, "fork");
	if (p == 0) {
		reset_signals();
		if (take_ids(c, &why) == RC_OK &&
		    (scratch != NULL ? scratch_remove(scratch, &why)
				     : scratch_tidy(&why)) == RC_OK)
			_exit(0);
		log_line(LOG_ERROR, "%s", why.text);
		_exit(1);
	}
	*pid = p;
	return RC_OK;
}
