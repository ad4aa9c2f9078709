/* What a captured process of the front tries: each row must kill it. */
#include "config.h"

#include "tests/support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/front/profile.h"

static void
try_open(void)
{
	(void)open("/etc/hostname", O_RDONLY);
}

static void
try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void
try_kill(void)
{
	(void)kill(getppid(), 0);
}

static void
try_connect(void)
{
	(void)connect(0, NULL, 0);
}

static void
try_socket(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
try_ptrace(void)
{
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void
try_setown(void)
{
	(void)fcntl(0, F_SETOWN, getpid());
}

static void
try_exec_memory(void)
{
	(void)mmap(
	    NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
try_fork(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
try_accept(void)
{
	(void)accept4(0, NULL, NULL, 0);
}

static void
try_limits(void)
{
	struct rlimit r = { 1, 1 };

	(void)setrlimit(RLIMIT_NOFILE, &r);
}

static void
try_nothing(void)
{
	(void)getpid();
	(void)fcntl(0, F_GETFL);
	free(malloc(1 << 20));
}

/* The wait status of a process that applies the profiles and tries f. */
static int
confined(const struct confine *second, void (*f)(void))
{
	struct err err;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (confine_apply(&profile_listener, NULL, &err) != RC_OK ||
		    (second != NULL && confine_apply(second, NULL, &err) != RC_OK))
			_exit(3);
		f();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#ifdef BROKER_SANITIZED
#define NEEDS_FILTER() skip()
#else
#define NEEDS_FILTER() (void)0
#endif

static void
a_connection_reaches_nothing(void **state)
{
	static void (*const rows[])(void) = { try_open, try_exec, try_kill, try_connect,
		try_socket, try_ptrace, try_setown, try_exec_memory, try_fork,
		try_accept, try_limits };

	(void)state;
	NEEDS_FILTER();
	for (size_t i = 0; i < ROWS(rows); i++) {
		int status = confined(&profile_client, rows[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("row %zu ended with %x", i, (unsigned)status);
	}
}

static void
the_listener_opens_and_kills_nothing(void **state)
{
	static void (*const rows[])(void) = { try_open, try_exec, try_kill, try_connect,
		try_socket, try_ptrace, try_setown, try_exec_memory };

	(void)state;
	NEEDS_FILTER();
	for (size_t i = 0; i < ROWS(rows); i++) {
		int status = confined(NULL, rows[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("row %zu ended with %x", i, (unsigned)status);
	}
}

static void
both_can_do_their_work(void **state)
{
	(void)state;
	assert_int_equal(confined(NULL, try_nothing), 0);
	assert_int_equal(confined(NULL, try_fork), 0);
	assert_int_equal(confined(&profile_client, try_nothing), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_reaches_nothing),
		cmocka_unit_test(the_listener_opens_and_kills_nothing),
		cmocka_unit_test(both_can_do_their_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
