/* What a session may not do kills it, and what the nursery must do still works. */
#include "tests/support/unit.h"

#include "config.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/session/profile.h"

static int file; /* open for writing, append only */

static void
try_open(void)
{
	(void)!open("/etc/passwd", O_RDONLY);
}

static void
try_fork(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
try_vfork(void)
{
	syscall(SYS_fork);
}

static void
try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void
try_socket(void)
{
	(void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void
try_connect(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/run/x" };

	(void)!connect(file, (struct sockaddr *)&a, sizeof a);
}

static void
try_truncate(void)
{
	(void)!ftruncate(file, 0);
}

static void
try_allocate(void)
{
	(void)!syscall(SYS_fallocate, file, 0, 0, 1);
}

static void
try_pwrite(void)
{
	(void)!pwrite(file, "x", 1, 0);
}

static void
try_seek(void)
{
	(void)!lseek(file, 0, SEEK_SET);
}

/* Taking O_APPEND off would let it write over what stands there. */
static void
try_flags(void)
{
	(void)!fcntl(file, F_SETFL, 0);
}

static void
try_rename(void)
{
	(void)!rename("/tmp/a", "/tmp/b");
}

static void
try_exec_memory(void)
{
	(void)!mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
try_ptrace(void)
{
	syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void
try_kill(void)
{
	kill(getppid(), 0);
}

static void
try_dumpable(void)
{
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void
do_nothing(void)
{
}

static void
do_write(void)
{
	if (write(file, "x", 1) != 1 || fdatasync(file) != 0)
		_exit(1);
}

/* How a process ends that does this under that profile. */
static int
end_of(const struct confine *profile, void (*what)(void))
{
	struct err err = { "" };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (confine_apply(profile, NULL, &err) != RC_OK)
			_exit(99);
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static const struct row {
	const char *name;
	void (*what)(void);
	bool nursery; /* may do it */
} rows[] = {
	{ "open", try_open, false },
	{ "fork", try_fork, true },
	{ "raw fork", try_vfork, false },
	{ "exec", try_exec, false },
	{ "socket", try_socket, false },
	{ "connect", try_connect, false },
	{ "ftruncate", try_truncate, false },
	{ "fallocate", try_allocate, false },
	{ "pwrite", try_pwrite, false },
	{ "lseek", try_seek, false },
	{ "fcntl", try_flags, true },
	{ "rename", try_rename, false },
	{ "executable memory", try_exec_memory, false },
	{ "ptrace", try_ptrace, false },
	{ "kill", try_kill, false },
	{ "prctl", try_dumpable, true },
};

static int
setup(void **state)
{
	char path[] = "/tmp/profile.XXXXXX";

	(void)state;
	close(mkstemp(path));
	file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	unlink(path);
	return file >= 0 ? 0 : -1;
}

static void
test_session(void **state)
{
	(void)state;
	assert_int_equal(end_of(&profile_session, do_nothing), 0);
	assert_int_equal(end_of(&profile_session, do_write), 0);
#ifdef BROKER_SANITIZED
	skip();
#endif
	for (size_t i = 0; i < ROWS(rows); i++) {
		int status = end_of(&profile_session, rows[i].what);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s gives %#x", rows[i].name, (unsigned)status);
	}
}

static void
test_nursery(void **state)
{
	(void)state;
	assert_int_equal(end_of(&profile_nursery, do_nothing), 0);
#ifdef BROKER_SANITIZED
	skip();
#endif
	for (size_t i = 0; i < ROWS(rows); i++) {
		int status = end_of(&profile_nursery, rows[i].what);

		if (rows[i].nursery
			? status != 0
			: !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s gives %#x", rows[i].name, (unsigned)status);
	}
}

static void
narrow(void)
{
	struct err err = { "" };

	if (confine_apply(&profile_session, NULL, &err) != RC_OK)
		_exit(98);
	do_write();
}

/* As a session comes to be: the nursery's profile lets it take its own. */
static void
test_nested(void **state)
{
	(void)state;
	assert_int_equal(end_of(&profile_nursery, narrow), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_nursery),
		cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
