/* Signals come to the whole process group, so the program gets them by itself: here they
 * stay blocked, and only count while no program runs.  (As process 1 this one is deaf to
 * what it does not handle anyway.) */
#include "broker/launch/steward.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/launch/stage.h"
#include "lib/model/status.h"

static const int passed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };
#define NPASSED (sizeof passed / sizeof passed[0])

static const struct msg_exited failed = { .how = HOW_EXIT, .code = STATUS_FAILED };

static void
say(int status, const char *text)
{
	char line[ERR_TEXT + 16];

	if (status < 0) {
		snprintf(line, sizeof line, "broker: %s\n", text);
		status = STDERR_FILENO;
		text = line;
	}
	/* When it does not get through, the exit status is what is left. */
	if (write(status, text, strlen(text)) < 0)
		return;
}

void
steward_pass_signals(void)
{
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < NPASSED; i++)
		if (sigismember(&pending, passed[i]) == 1)
			(void)kill(0, passed[i]);
}

static int
watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NPASSED; i++)
		sigaddset(&set, passed[i]);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* True when the program may start; else *ret says how this ends. */
static bool
take_input(const struct steward *s, int signals, struct msg_exited *ret)
{
	char text[ERR_TEXT];
	struct err err = { "" };
	int signo = 0;
	enum rc rc = stage_in(
	    STDIN_FILENO, s->limits->scratch, s->scratch, signals, &signo, &err);

	if (rc == RC_OK)
		return true;
	if (rc == RC_END) {
		*ret = (struct msg_exited){ .how = HOW_SIGNAL, .code = (uint8_t)signo };
		return false;
	}
	if (rc == RC_REFUSE)
		snprintf(text, sizeof text, "the input is over %llu bytes",
		    (unsigned long long)s->scratch);
	else
		snprintf(text, sizeof text, "the input: %.400s", err.text);
	say(-1, text);
	*ret = failed;
	ret->code = rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED;
	return false;
}

static void
print_output(const struct steward *s, int signals, struct msg_exited *ret)
{
	char text[ERR_TEXT];
	struct err err = { "" };
	int signo = 0;
	enum rc rc =
	    stage_out(s->limits->scratch, STDOUT_FILENO, signals, &signo, &err);

	if (rc == RC_OK)
		return;
	if (rc == RC_END) {
		*ret = (struct msg_exited){ .how = HOW_SIGNAL, .code = (uint8_t)signo };
		return;
	}
	snprintf(text, sizeof text, "the output file: %.400s", err.text);
	say(-1, text);
	*ret = failed;
}

static enum rc
place_files(const struct steward *s, struct err *err)
{
	int null = -1;

	if ((s->stage & STAGE_IN) != 0 &&
	    ((null = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0 ||
		dup2(null, STDIN_FILENO) != STDIN_FILENO))
		return err_errno(err, RC_FAIL, "/dev/null");
	if (null >= 0)
		close(null);
	/* Stdout is for the file alone. */
	if ((s->stage & STAGE_OUT) != 0 &&
	    dup2(STDERR_FILENO, STDOUT_FILENO) != STDOUT_FILENO)
		return err_errno(err, RC_FAIL, "stdout");
	return RC_OK;
}

static void
become(const struct steward *s, int status, pid_t parent)
{
	struct err err = { "" };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
		err_set(&err, RC_FAIL, "the parent is gone");
	else if (place_files(s, &err) == RC_OK &&
		 profile_child(s->limits, &err) == RC_OK) {
		if (s->trial)
			_exit(0);
		execve(s->path, s->image->argv, s->image->env);
		err_errno(&err, RC_FAIL, "start %s", s->image->argv[0]);
	}
	say(status, err.text);
	_exit(STATUS_FAILED);
}

/* What is not held open here ends when the program lets go of it. */
static enum rc
let_go(const struct steward *s, struct err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool good = null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO;

	if (good && (s->stage & STAGE_OUT) == 0)
		good = dup2(null, STDOUT_FILENO) == STDOUT_FILENO &&
		       dup2(null, STDERR_FILENO) == STDERR_FILENO;
	if (null > STDERR_FILENO)
		close(null);
	return good ? RC_OK : err_errno(err, RC_FAIL, "/dev/null");
}

/* As process 1 there are children of others, too. */
static struct msg_exited
wait_for(pid_t pid)
{
	struct msg_exited e = failed;
	int status;
	pid_t p;

	while ((p = waitpid(-1, &status, 0)) != pid)
		if (p < 0 && errno != EINTR)
			return e;
	e.how = WIFSIGNALED(status) ? HOW_SIGNAL : HOW_EXIT;
	e.code =
	    (uint8_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return e;
}

static struct msg_exited
run_program(const struct steward *s, int status, int signals)
{
	pid_t self = getpid(), pid = fork();
	struct msg_exited e = failed;
	struct err err = { "" };

	if (pid == 0)
		become(s, status, self);
	if (pid < 0) {
		err_errno(&err, RC_FAIL, "fork");
		say(status, err.text);
		return e;
	}
	if (status >= 0)
		close(status);
	steward_pass_signals();
	if (let_go(s, &err) != RC_OK || profile_steward(&err) != RC_OK) {
		(void)kill(pid, SIGKILL);
		(void)wait_for(pid);
		return e;
	}
	e = wait_for(pid);
	/* A signal that the program has outlived, or that came too late for it, still
	 * ends this: it is waiting in signals. */
	if ((s->stage & STAGE_OUT) != 0 && e.how == HOW_EXIT && e.code == 0)
		print_output(s, signals, &e);
	return e;
}

struct msg_exited
steward_run(const struct steward *s)
{
	struct msg_exited e = failed;
	int signals = watch_signals(), status = s->status;
	struct err err = { "" };

	if (signals < 0 || access(s->path, X_OK) != 0) {
		err_errno(&err, RC_FAIL, "start %s", s->image->argv[0]);
		say(status, err.text);
		return e;
	}
	if ((s->stage & STAGE_IN) != 0) {
		/* It runs, as far as the monitor is concerned: input may take long. */
		close(status);
		status = -1;
		if (!take_input(s, signals, &e))
			return e;
	}
	return run_program(s, status, signals);
}

void
steward_end(const struct msg_exited *e)
{
	sigset_t one;

	if (e->how == HOW_SIGNAL) {
		(void)signal(e->code, SIG_DFL);
		sigemptyset(&one);
		sigaddset(&one, e->code);
		(void)kill(getpid(), e->code);
		sigprocmask(SIG_UNBLOCK, &one, NULL);
		_exit(128 + e->code);
	}
	_exit(e->code);
}
