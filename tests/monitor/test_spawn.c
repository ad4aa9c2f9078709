/* What a service process starts with: descriptors, signals, environment, uid, death. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/monitor/spawn.h"

/* Tells over descriptor 3 what it finds. */
static const char look[] =
    "import os, sys, ctypes, socket\n"
    "s = socket.socket(fileno=3)\n"
    "fds = sorted(int(f) for f in os.listdir('/proc/self/fd'))\n"
    "fds = [f for f in fds if os.path.exists('/proc/self/fd/%d' % f)]\n"
    "d = ctypes.c_int()\n"
    "ctypes.CDLL(None).prctl(2, ctypes.byref(d), 0, 0, 0)\n"
    "st = dict(l.rstrip('\\n').split(':\\t', 1) for l in open('/proc/self/status') "
    "if ':\\t' in l)\n"
    "env = open('/proc/self/environ').read().replace('\\0', ' ')\n"
    "names = [os.readlink('/proc/self/fd/%d' % f) for f in (0, 1, 2)]\n"
    "s.send(('fds=%s env=%s pdeath=%d blk=%s uid=%d in=%s err=%s argv=%s CapEff=%s' % "
    "(fds, env, d.value, st['SigBlk'], os.getuid(), names[0], names[1] == names[2], "
    "sys.argv[1:], st['CapEff'])).encode())\n"
    "s.recv(1)\n";

static char python[] = "/usr/bin/python3", c_option[] = "-Sc", word[] = "two words";

static pid_t
start(const char *code, struct spawn *sp, int *sock)
{
	static char text[4096];
	char *argv[] = { python, c_option, text, word, NULL };
	struct err err = { "" };
	int pair[2];
	pid_t pid = 0;

	snprintf(text, sizeof text, "%s", code);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	sp->program = python;
	sp->argv = argv;
	sp->control = pair[1];
	if (spawn_service(sp, &pid, &err) != RC_OK)
		fail_msg("%s", err.text);
	close(pair[1]);
	*sock = pair[0];
	return pid;
}

static void
hear(int sock, char *out, size_t size)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	ssize_t n;

	assert_int_equal(poll(&p, 1, 20000), 1);
	n = recv(sock, out, size - 1, 0);
	out[n < 0 ? 0 : n] = '\0';
}

static void
wants(const char *out, const char *part)
{
	if (strstr(out, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, out);
}

static void
a_service_has_what_it_needs_and_no_more(void **state)
{
	int sock, null = open("/dev/null", O_RDONLY), leak = fcntl(null, F_DUPFD, 40),
		  fds[2];
	struct spawn sp = { .fds = fds, .nfds = 2 };
	char out[4096];
	sigset_t all, old;
	pid_t pid;

	(void)state;
	/* They sit in each other's places, and one more is open without CLOEXEC. */
	fds[0] = null;
	fds[1] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_true(leak >= 0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	setenv("LD_PRELOAD_LIKE", "evil", 1);
	pid = start(look, &sp, &sock);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	hear(sock, out, sizeof out);
	wants(out, "fds=[0, 1, 2, 3, 4, 5] ");
	wants(out, "env=PATH=/usr/bin:/bin LANG=C.UTF-8  pdeath=9 ");
	wants(out, "blk=0000000000000000 ");
	wants(out, "in=/dev/null err=True argv=['two words']");
	close(sock);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(null);
	close(leak);
	close(fds[1]);
}

static void
ignored_signals_are_not_inherited(void **state)
{
	static const char code[] = "import socket\ns = socket.socket(fileno=3)\n"
				   "t = open('/proc/self/status').read()\n"
				   "i = t.index('SigIgn:') + 8\n"
				   "s.send(t[i:i+16].encode())\n";
	struct spawn sp = { 0 };
	char out[100];
	int sock;
	pid_t pid;

	(void)state;
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	pid = start(code, &sp, &sock);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	hear(sock, out, sizeof out);
	/* Python itself ignores some others. */
	assert_int_equal(
	    strtoull(out, NULL, 16) & (1ull << (SIGUSR1 - 1) | 1ull << (SIGTERM - 1)),
	    0);
	close(sock);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
descriptors_are_put_in_order(void **state)
{
	static const char code[] = "import os, socket\ns = socket.socket(fileno=3)\n"
				   "s.send(('%s %s' % (os.readlink('/proc/self/fd/4'), "
				   "os.readlink('/proc/self/fd/5'))).encode())\n";
	int sock, fds[2];
	struct spawn sp = { .fds = fds, .nfds = 2 };
	char out[200];
	pid_t pid;

	(void)state;
	/* Sources in the places of targets, crossed. */
	fds[0] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	fds[1] = open("/dev/full", O_RDONLY | O_CLOEXEC);
	if (fds[0] < fds[1]) {
		int t = fds[0];

		fds[0] = fds[1];
		fds[1] = t;
	}
	pid = start(code, &sp, &sock);
	hear(sock, out, sizeof out);
	assert_string_equal(out, "/dev/full /dev/zero");
	close(sock);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
a_service_dies_with_the_monitor(void **state)
{
	static const char code[] =
	    "import socket, os, time\ns = socket.socket(fileno=3)\n"
	    "s.send(str(os.getpid()).encode())\n"
	    "time.sleep(60)\n";
	int pair[2];
	char out[100];
	pid_t monitor;
	struct pollfd p = { .events = POLLIN };

	(void)state;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	fflush(NULL);
	if ((monitor = fork()) == 0) {
		char text[300];
		char *argv[] = { python, c_option, text, NULL };
		struct spawn sp = {
			.program = python, .argv = argv, .control = pair[1]
		};
		pid_t pid;

		snprintf(text, sizeof text, "%s", code);
		if (spawn_service(&sp, &pid, NULL) != RC_OK)
			_exit(1);
		close(pair[1]);
		for (;;)
			pause();
	}
	close(pair[1]);
	hear(pair[0], out, sizeof out);
	assert_true(atoi(out) > 0);
	kill(monitor, SIGKILL);
	assert_int_equal(waitpid(monitor, NULL, 0), monitor);
	/* Its end of the socket closes when it is dead. */
	p.fd = pair[0];
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(recv(pair[0], out, sizeof out, 0), 0);
	close(pair[0]);
}

static void
a_service_has_its_own_uid(void **state)
{
	struct spawn sp = { .user = { 64021, 64022 } };
	char out[4096];
	int sock;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (int switcher = 0; switcher < 2; switcher++) {
		sp.switcher = switcher;
		pid = start(look, &sp, &sock);
		hear(sock, out, sizeof out);
		wants(out, "uid=64021 ");
		wants(out, "pdeath=9 ");
		/* KILL, SETGID, SETUID are bits 5, 6, 7. */
		wants(out,
		    switcher ? "CapEff=00000000000000e0" : "CapEff=0000000000000000");
		close(sock);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
}

static void
what_cannot_be_started_is_said(void **state)
{
	char name[] = "x", *argv[] = { name, NULL };
	struct spawn sp = {
		.program = "/nonexistent/program", .argv = argv, .control = 2
	};
	struct err err = { "" };
	pid_t pid = 0;

	(void)state;
	assert_int_equal(spawn_service(&sp, &pid, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "/nonexistent/program"));
	assert_int_equal(pid, 0);
}

static void
a_program_that_does_not_run_ends_its_socket(void **state)
{
	char path[] = "/tmp/spawn.XXXXXX", *argv[] = { path, NULL }, c;
	int pair[2], status, fd = mkstemp(path);
	struct spawn sp = { .program = path, .argv = argv };
	pid_t pid = 0;

	(void)state;
	assert_int_equal(write(fd,
			     "\x7f"
			     "ELF broken",
			     11),
	    11);
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	sp.control = pair[1];
	assert_int_equal(spawn_service(&sp, &pid, NULL), RC_OK);
	close(pair[1]);
	assert_int_equal(recv(pair[0], &c, 1, 0), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 70);
	close(pair[0]);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_has_what_it_needs_and_no_more),
		cmocka_unit_test(ignored_signals_are_not_inherited),
		cmocka_unit_test(descriptors_are_put_in_order),
		cmocka_unit_test(a_service_dies_with_the_monitor),
		cmocka_unit_test(a_service_has_its_own_uid),
		cmocka_unit_test(what_cannot_be_started_is_said),
		cmocka_unit_test(a_program_that_does_not_run_ends_its_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
