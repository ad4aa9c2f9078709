/* The monitor's confinement: what it needs goes on, what an attacker needs does not. */
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <config.h>

#include "broker/monitor/guard.h"

/* Run in a confined child: its exit status, or 1000 + signal. */
static int
confined(int (*what)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		if (guard_enter(NULL) != RC_OK)
			_exit(99);
		_exit(what());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
daily_work(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int pair[2], pipes[2], s, one = 1;
	struct rlimit r;
	pthread_t t;
	char c;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 ||
	    pipe2(pipes, O_CLOEXEC) != 0 ||
	    fcntl(pipes[1], F_SETPIPE_SZ, 1 << 16) < 0 ||
	    fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(pair[0], F_DUPFD_CLOEXEC, 3) < 0)
		return 1;
	if (send(pair[0], "x", 1, MSG_NOSIGNAL) != 1 || recv(pair[1], &c, 1, 0) != 1)
		return 2;
	/* STS: a connection, name resolution in a thread. */
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons(1);
	if ((s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
	    connect(s, (struct sockaddr *)&a, sizeof a) == 0 || errno != ECONNREFUSED ||
	    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &one, sizeof one) != 0)
		return 3;
	if (pthread_create(&t, NULL, nothing, NULL) != 0 || pthread_join(t, NULL) != 0)
		return 4;
	/* Reload; the end of the control socket. */
	if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ||
	    (unlink("/nonexistent/x") == 0))
		return 5;
	if (getrlimit(RLIMIT_CORE, &r) != 0 || r.rlim_max != 0 ||
	    prctl(PR_GET_DUMPABLE) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 6;
	return 0;
}

static int
a_child(void)
{
	return fork() >= 0 ? 0 : 1;
}

static int
a_program(void)
{
	char name[] = "/bin/true", *argv[] = { name, NULL };

	execv(name, argv);
	return 1;
}

static int
a_debugger(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1;
}

static int
code_from_data(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int
another_uid(void)
{
	return setuid(1);
}

static int
a_mount(void)
{
	return (int)syscall(SYS_mount, "x", "/", "tmpfs", 0, NULL);
}

static int
memory_of_others(void)
{
	return (int)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static int
a_listener(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

static void
daily_work_goes_on(void **state)
{
	(void)state;
#ifdef BROKER_SANITIZED
	skip(); /* a sanitizer needs more than the monitor */
#endif
	assert_int_equal(confined(daily_work), 0);
}

static void
what_an_attacker_needs_kills(void **state)
{
	static int (*const rows[])(void) = { a_child, a_program, a_debugger,
		code_from_data, another_uid, a_mount, memory_of_others, a_listener };

	(void)state;
#ifdef BROKER_SANITIZED
	skip();
#endif
	for (size_t i = 0; i < ROWS(rows); i++) {
		int got = confined(rows[i]);

		if (got != 1000 + SIGSYS)
			fail_msg("row %zu: %d", i, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(daily_work_goes_on),
		cmocka_unit_test(what_an_attacker_needs_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
