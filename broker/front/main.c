/* broker-front: the SSH front.  Started by brokerd, never by hand: descriptor 3 is the
 * frame socket to it, 4 and up are the listening sockets, as many as the argument says.
 */
#include <fcntl.h>
#include <jansson.h>
#include <libssh/libssh.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/front/evp.h"
#include "broker/front/listener.h"
#include "lib/base/log.h"

#define CONTROL 3
#define FIRST_SOCKET 4

/* What brokerd ignores or blocks is inherited; the watchdog and waitpid need theirs. */
static void
reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGALRM, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* No process of ours writes a file, but for a log that stderr may be. */
static void
limit_files(void)
{
	struct rlimit none = { 0, 0 };
	struct stat st;

	if (fstat(STDERR_FILENO, &st) == 0 && !S_ISREG(st.st_mode))
		(void)setrlimit(RLIMIT_FSIZE, &none);
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static enum rc
start(int argc, char **argv, struct err *err)
{
	unsigned n = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	enum rc rc;

	if (n == 0 || n > 64 || !is_socket(CONTROL))
		return err_set(err, RC_REFUSE, "is started by brokerd");
	for (unsigned i = 0; i < n; i++)
		if (!is_socket(FIRST_SOCKET + (int)i))
			return err_set(err, RC_REFUSE, "descriptor %u is no socket",
			    FIRST_SOCKET + i);
	/* Older ones lack fixes that a server on the network needs. */
	if (ssh_version(SSH_VERSION_INT(0, 10, 6)) == NULL)
		return err_set(err, RC_REFUSE,
		    "libssh %s is too old: 0.10.6 or later is needed", ssh_version(0));
	if ((rc = evp_open(err)) != RC_OK)
		return rc;
	/* It reads a file for this, which is not possible later. */
	json_object_seed(0);
	return listener_run(CONTROL, FIRST_SOCKET, n, err);
}

int
main(int argc, char **argv)
{
	struct err err = { "" };
	enum rc rc;

	log_open(
	    "broker-front", getenv("BROKER_DEBUG") != NULL ? LOG_DEBUG : LOG_NOTICE);
	reset_signals();
	limit_files();
	rc = start(argc, argv, &err);
	if (rc == RC_END) {
		log_line(LOG_DEBUG, "%s", err.text);
		_exit(0);
	}
	log_line(LOG_ERROR, "%s", err.text);
	_exit(rc == RC_REFUSE ? 64 : 70);
}
