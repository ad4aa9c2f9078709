/* Starting the service processes; see spawn.h.  After fork the child calls only what is
 * safe there, and ends with status 70 when any step fails. */
#include "broker/monitor/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/model/status.h"

#define FIRST_FD 3

/* Put the descriptors where the program looks for them.  All are first lifted out of the
 * way, since a source may sit in another one's place. */
static bool
place_fds(const struct spawn *s)
{
	int high[64];
	unsigned n = 0;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (s->nfds + 1 > sizeof high / sizeof high[0] || null < 0)
		return false;
	high[n++] = fcntl(s->control, F_DUPFD_CLOEXEC, 128);
	for (unsigned i = 0; i < s->nfds; i++)
		high[n++] = fcntl(s->fds[i], F_DUPFD_CLOEXEC, 128);
	if (dup2(null, 0) < 0 || dup2(2, 1) < 0)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (high[i] < 0 || dup2(high[i], FIRST_FD + (int)i) < 0)
			return false;
	return syscall(SYS_close_range, FIRST_FD + n, ~0U, 0) == 0;
}

static void
reset_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	/* A disposition to ignore survives exec; waitpid would then fail. */
	for (int i = 1; i < 65; i++)
		(void)sigaction(i, &dfl, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The three capabilities a launcher needs to start and end children of another uid, as
 * ambient ones so that they live through exec. */
static bool
keep_switching(void)
{
	static const int caps[] = { CAP_SETUID, CAP_SETGID, CAP_KILL };
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { 0 } };

	for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++)
		d[0].permitted |= 1u << caps[i];
	d[0].effective = d[0].inheritable = d[0].permitted;
	if (syscall(SYS_capset, &h, d) != 0)
		return false;
	for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, caps[i], 0, 0) != 0)
			return false;
	return true;
}

static bool
change_user(const struct spawn *s)
{
	if (s->user.uid == 0)
		return true;
	if (s->switcher && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		return false;
	if (setgroups(0, NULL) != 0 ||
	    setresgid(s->user.gid, s->user.gid, s->user.gid) != 0 ||
	    setresuid(s->user.uid, s->user.uid, s->user.uid) != 0)
		return false;
	return !s->switcher || keep_switching();
}

static void
become(const struct spawn *s, pid_t parent)
{
	static char path[] = "PATH=/usr/bin:/bin", lang[] = "LANG=C.UTF-8";
	char *env[] = { path, lang, NULL };

	if (!place_fds(s) || !change_user(s))
		return;
	reset_signals();
	/* After the change of uid, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
		return;
	execve(s->program, s->argv, env);
}

enum rc
spawn_service(const struct spawn *s, pid_t *ret, struct err *err)
{
	pid_t parent = getpid(), pid;

	if (access(s->program, X_OK) != 0)
		return err_errno(err, RC_FAIL, "%s", s->program);
	if ((pid = fork()) < 0)
		return err_errno(err, RC_FAIL, "fork");
	if (pid == 0) {
		become(s, parent);
		log_line(LOG_ERROR, "cannot start %s: %s", s->program, strerror(errno));
		_exit(STATUS_FAILED);
	}
	*ret = pid;
	return RC_OK;
}
