#include "tests/support/unit.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/confine.h"

/* Enough for the probes below to run and say how they ended. */
static const int calls[] = { SYS_write, SYS_exit_group, SYS_exit, SYS_openat, SYS_close,
	SYS_mmap, SYS_munmap, SYS_brk, SYS_clone, SYS_getrlimit, SYS_prlimit64,
	SYS_prctl };
static const struct confine_limit limits[] = { { RLIMIT_CORE, 0 },
	{ RLIMIT_NOFILE, 64 } };
static const struct confine profile = {
	.name = "test",
	.calls = calls,
	.ncalls = ROWS(calls),
	.no_exec_memory = true,
	.threads_only = true,
	.limits = limits,
	.nlimits = ROWS(limits),
	.no_files = true,
};

/* Run probe() confined, in a child: its exit status, or 1000 + the signal. */
static int
confined(const struct confine *c, const char *const *paths, int (*probe)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (confine_apply(c, paths, NULL) != RC_OK)
			_exit(99);
		_exit(probe());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

#ifndef BROKER_SANITIZED
static bool is_root; /* the filter does not let the probe ask */
#endif

static int
do_nothing(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static int
open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static int
open_file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 ? 1 : 0;
}

static int
open_folder(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 && open("/usr/bin/env", O_RDONLY) < 0
		   ? 1
		   : 0;
}

static int
map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0) != MAP_FAILED;
}

static int
fork_child(void)
{
	return fork() >= 0;
}

/* Reads, but does not write, what is readable; a device it may write. */
static int
read_only(void)
{
	static const char *const made = "/etc/test_confine.none";

	return open("/etc/passwd", O_RDONLY) >= 0 &&
	       open("/etc/passwd", O_WRONLY) < 0 &&
	       open("/usr/bin/env", O_RDONLY) >= 0 && open("/etc", O_RDONLY) < 0 &&
	       open("/usr", O_RDONLY | O_DIRECTORY) >= 0 &&
	       open(made, O_WRONLY | O_CREAT, 0600) < 0 &&
	       open("/dev/null", O_RDWR) >= 0 && open("/dev/zero", O_RDONLY) < 0;
}

#ifndef BROKER_SANITIZED
static void
what_is_not_listed_kills(void **state)
{
	(void)state;
	assert_int_equal(confined(&profile, NULL, do_nothing), 1);
	assert_int_equal(confined(&profile, NULL, open_socket), 1000 + SIGSYS);
	assert_int_equal(confined(&profile, NULL, map_code), 1000 + SIGSYS);
	assert_int_equal(confined(&profile, NULL, fork_child), 1000 + SIGSYS);
}

static void
where_children_are_foreign_it_is_only_denied(void **state)
{
	struct confine c = profile;

	(void)state;
	c.deny_only = true;
	assert_int_equal(confined(&c, NULL, open_socket), 0);
}
/* Exact arguments pass, others do not; namespaces neither. */
static const struct confine_exact exact[] = { { SYS_socket, 2,
						  { AF_INET, SOCK_DGRAM } },
	{ SYS_setresuid, 3, { 61000, 61000, 61000 } } };
static const struct confine narrow = {
	.name = "narrow",
	.calls = calls,
	.ncalls = ROWS(calls),
	.deny_only = true,
	.no_namespaces = true,
	.exact = exact,
	.nexact = ROWS(exact),
};

static bool
denied(long result)
{
	return result < 0 && errno == EPERM;
}

static int
try_arguments(void)
{
	bool good = socket(AF_INET, SOCK_DGRAM, 0) >= 0;

	good = good && denied(socket(AF_INET, SOCK_STREAM, 0));
	good = good && denied(socket(AF_UNIX, SOCK_DGRAM, 0));
	good = good && denied(syscall(SYS_setresuid, 61001, 61001, 61001));
	good = good && denied(syscall(SYS_setresuid, 61000, 61000, 0));
	/* 61000 as root, or when it is not root that asks, refused by the kernel. */
	return good &&
	       syscall(SYS_setresuid, 61000, 61000, 61000) == (is_root ? 0 : -1);
}

static int
try_clone(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);

	if (pid == 0)
		_exit(0);
	return pid > 0 &&
	       denied(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0));
}

static void
arguments_are_exact(void **state)
{
	(void)state;
	is_root = geteuid() == 0;
	assert_int_equal(confined(&narrow, NULL, try_arguments), 1);
	assert_int_equal(confined(&narrow, NULL, try_clone), 1);
}
#endif

/* Two listening sockets of ours, and their ports. */
static struct sockaddr_in ports[2];

static void
listen_on(int at)
{
	socklen_t size = sizeof ports[at];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ports[at] = (struct sockaddr_in){ .sin_family = AF_INET };
	ports[at].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&ports[at], size), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ports[at], &size), 0);
}

static int
reaches(int at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&ports[at], sizeof ports[at]) == 0;
}

static int
reach_the_first_alone(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };

	return reaches(0) && !reaches(1) && errno == EACCES &&
	       bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&any,
		   sizeof any) < 0 &&
	       open("/etc/passwd", O_RDONLY) >= 0;
}

static void
one_port_is_left(void **state)
{
	struct confine c = { .name = "port", .port_required = true };

	(void)state;
	if (!confine_has_tcp_ports())
		skip();
	listen_on(0);
	listen_on(1);
	/* Required, and no port is named: no start. */
	assert_int_equal(confined(&c, NULL, reach_the_first_alone), 99);
	c.tcp_port = ntohs(ports[0].sin_port);
	assert_int_equal(confined(&c, NULL, reach_the_first_alone), 1);
}

#ifndef BROKER_SANITIZED
static const int sending[] = { SYS_exit_group, SYS_socket, SYS_close, SYS_sendto,
	SYS_sendmsg, SYS_sendmmsg };

/* The connection that such a call opens is one that Landlock does not see. */
static int
open_fast(void)
{
	struct iovec v = { (char *)(uintptr_t) "x", 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &ports[0],
				 .msg_namelen = sizeof ports[0],
				 .msg_iov = &v,
				 .msg_iovlen = 1 } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool good = denied(sendto(
	    fd, "x", 1, MSG_FASTOPEN, m.msg_hdr.msg_name, m.msg_hdr.msg_namelen));

	good = good && denied(sendmsg(fd, &m.msg_hdr, MSG_FASTOPEN | MSG_NOSIGNAL));
	good = good && denied(sendmmsg(fd, &m, 1, MSG_FASTOPEN));
	/* Without the flag it is the kernel that refuses: not connected. */
	return good && send(fd, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE;
}

static void
nothing_is_opened_by_sending(void **state)
{
	const struct confine c = { .name = "sending",
		.calls = sending,
		.ncalls = ROWS(sending),
		.deny_only = true,
		.no_fast_open = true };

	(void)state;
	listen_on(0);
	assert_int_equal(confined(&c, NULL, open_fast), 1);
}
#endif

static const struct confine_limit high[] = { { RLIMIT_NOFILE, 1 << 20 } };
static const struct confine raised = { .name = "raised", .limits = high, .nlimits = 1 };

static void
a_lower_limit_is_kept(void **state)
{
	struct rlimit r, low = { 100, 100 };
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0)
		_exit(setrlimit(RLIMIT_NOFILE, &low) == 0 &&
		      confine_apply(&raised, NULL, NULL) == RC_OK &&
		      getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == 100 &&
		      r.rlim_max == 100);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void
files_are_out_of_reach(void **state)
{
	static const char *const etc[] = { "/etc", NULL };
	static const char *const readable[] = { "/etc/passwd", "/usr", "/no/such/thing",
		"/dev/null", NULL };
	struct confine c = profile;

	(void)state;
	if (!confine_has_landlock())
		skip();
	c.calls = NULL;
	assert_int_equal(confined(&c, NULL, open_file), 0);
	assert_int_equal(confined(&c, etc, open_folder), 1);
	c.readable = readable;
	assert_int_equal(confined(&c, NULL, read_only), 1);
	c.no_files = false;
	assert_int_equal(confined(&c, NULL, open_file), 1);
}

static void
nobody_becomes_root(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(confine_become(0, 1, &err), RC_FAIL);
	assert_string_equal(err.text, "refuse to become root");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef BROKER_SANITIZED
		cmocka_unit_test(what_is_not_listed_kills),
		cmocka_unit_test(where_children_are_foreign_it_is_only_denied),
		cmocka_unit_test(arguments_are_exact),
		cmocka_unit_test(nothing_is_opened_by_sending),
#endif
		cmocka_unit_test(a_lower_limit_is_kept),
		cmocka_unit_test(files_are_out_of_reach),
		cmocka_unit_test(one_port_is_left),
		cmocka_unit_test(nobody_becomes_root),
	};

	(void)open_socket;
	(void)map_code;
	(void)fork_child;
	(void)do_nothing;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
