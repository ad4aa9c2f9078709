/* From fork to execve.  The launcher is single-threaded, so that the child may use all
 * of the C library. */
#include "broker/launch/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/launch/privilege.h"
#include "broker/launch/profile.h"

/* Where the status pipe stands in the child, above its own three. */
#define STATUS 3

static void
free_list(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		/* The environment may hold credentials. */
		explicit_bzero(list[i], strlen(list[i]));
		free(list[i]);
	}
	free(list);
}

static char **
copy_list(const struct span_list *l)
{
	char **list = calloc(l->n + 1, sizeof *list);

	for (uint32_t i = 0; list != NULL && i < l->n; i++)
		if ((list[i] = span_dup(l->v[i])) == NULL) {
			free_list(list);
			return NULL;
		}
	return list;
}

/* What the launcher ignores or blocks is not the program's business. */
static void
reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All of fds and status are above 2, since the launcher has its own three open. */
static enum rc
arrange_fds(const struct child_setup *c, const int fds[3], int status, struct err *err)
{
	if (fchdir(c->home_fd) != 0)
		return err_errno(err, RC_FAIL, "enter the empty folder");
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) != i)
			return err_errno(err, RC_FAIL, "descriptor %d", i);
	if (status != STATUS && dup3(status, STATUS, O_CLOEXEC) != STATUS)
		return err_errno(err, RC_FAIL, "status pipe");
	if (close_range(STATUS + 1, ~0U, 0) != 0)
		return err_errno(err, RC_FAIL, "close_range");
	return RC_OK;
}

/* The death signal is lost with a change of ids, so it comes behind that; and it is of
 * no use when the launcher has died before. */
static enum rc
die_with(pid_t launcher, struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return err_errno(err, RC_FAIL, "death signal");
	if (getppid() != launcher)
		return err_set(err, RC_FAIL, "the launcher is gone");
	return RC_OK;
}

/* Capabilities outlive a change from one plain uid to another: they are dropped by
 * name, and only then is the way back tried. */
static enum rc
take_ids(const struct child_setup *c, struct err *err)
{
	enum rc rc;

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

/* The value of a variable, or NULL. */
static const char *
value_of(char **env, const char *name)
{
	size_t n = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

static void
run(const struct child_setup *c, char **argv, char **env, uint32_t cpu_s,
    const int fds[3], int status, pid_t launcher)
{
	const struct profile_limits limits = { .nproc = c->nproc,
		.cpu_s = cpu_s,
		.program = argv[0],
		.home = c->home,
		.ca_file = value_of(env, "AWS_CA_BUNDLE") };
	struct err err = { "" };
	ssize_t n;

	(void)setsid();
	reset_signals();
	umask(077);
	if (arrange_fds(c, fds, status, &err) == RC_OK) {
		status = STATUS;
		if ((!c->become || take_ids(c, &err) == RC_OK) &&
		    die_with(launcher, &err) == RC_OK &&
		    profile_child(&limits, &err) == RC_OK) {
			execve(argv[0], argv, env);
			err_errno(&err, RC_FAIL, "start %s", argv[0]);
		}
	}
	n = write(status, err.text, strlen(err.text));
	_exit(n > 0 ? 127 : 126);
}

enum rc
child_start(const struct child_setup *c, const struct msg_launch *m, const int fds[3],
    pid_t *pid, int *status, struct err *err)
{
	char **argv = copy_list(&m->argv), **env = copy_list(&m->env);
	pid_t launcher = getpid(), p;
	int ends[2] = { -1, -1 };
	enum rc rc = RC_OK;

	if (argv == NULL || env == NULL) {
		rc = err_memory(err);
	} else if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		rc = err_errno(err, RC_FAIL, "pipe");
	} else if ((p = fork()) < 0) {
		rc = err_errno(err, RC_FAIL, "fork");
		close(ends[0]);
	} else if (p == 0) {
		run(c, argv, env, m->cpu_s != 0 ? m->cpu_s : c->cpu_s, fds, ends[1],
		    launcher);
	} else {
		*pid = p;
		*status = ends[0];
	}
	if (ends[1] >= 0)
		close(ends[1]);
	free_list(argv);
	free_list(env);
	return rc;
}
