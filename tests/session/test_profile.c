/* What a session may not do kills it, and what the nursery must do still works. */
#include "tests/support/unit.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/session/profile.h"
#include "lib/base/resolver.h"

static int file; /* open for writing, append only */

/* Each gives 0, or the errno of its failure. */
static int
outcome(long r)
{
	return r >= 0 ? 0 : errno;
}

static int
try_open(void)
{
	return outcome(open("/etc/passwd", O_RDONLY));
}

static int
try_hosts(void)
{
	return outcome(open("/etc/hosts", O_RDONLY));
}

static int
try_hosts_writing(void)
{
	return outcome(open("/etc/hosts", O_WRONLY));
}

static int
try_create(void)
{
	return outcome(open("/tmp/profile.new", O_WRONLY | O_CREAT, 0600));
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return outcome(pid);
}

static int
try_vfork(void)
{
	return outcome(syscall(SYS_fork));
}

static int
try_exec(void)
{
	return outcome(execl("/bin/true", "true", (char *)NULL));
}

static int
try_inet(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM, 0)) |
	       outcome(socket(AF_INET6, SOCK_DGRAM, 0));
}

static int
try_unix(void)
{
	return outcome(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
try_netlink(void)
{
	return outcome(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
try_packet(void)
{
	return outcome(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
try_bind(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	return outcome(bind(file, (struct sockaddr *)&a, sizeof a));
}

static int
try_listen(void)
{
	return outcome(listen(file, 1));
}

static int
try_truncate(void)
{
	return outcome(ftruncate(file, 0));
}

static int
try_allocate(void)
{
	return outcome(syscall(SYS_fallocate, file, 0, 0, 1));
}

static int
try_pwrite(void)
{
	return outcome(pwrite(file, "x", 1, 0));
}

/* Taking O_APPEND off would let it write over what stands there. */
static int
try_flags(void)
{
	return outcome(fcntl(file, F_SETFL, 0));
}

/* With it, lseek leads nowhere. */
static int
try_overwrite(void)
{
	struct stat before, after;

	(void)fcntl(file, F_SETFL, 0);
	if (fstat(file, &before) != 0 || lseek(file, 0, SEEK_SET) != 0 ||
	    write(file, "x", 1) != 1 || fstat(file, &after) != 0)
		return errno;
	return after.st_size == before.st_size + 1 ? 0 : 1;
}

static int
try_rename(void)
{
	return outcome(rename("/tmp/a", "/tmp/b"));
}

static int
try_exec_memory(void)
{
	(void)!mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return 0;
}

static int
try_ptrace(void)
{
	return outcome(syscall(SYS_ptrace, 0, 0, 0, 0));
}

static int
try_kill(void)
{
	return outcome(kill(getppid(), 0));
}

static int
try_dumpable(void)
{
	return outcome(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static void *
run_thread(void *arg)
{
	return arg;
}

/* The resolver's way: a name is looked up in a thread. */
static int
do_thread(void)
{
	pthread_t t;
	int r = pthread_create(&t, NULL, run_thread, NULL);

	return r != 0 ? r : pthread_join(t, NULL);
}

static int
do_lookup(void)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	return getaddrinfo("localhost", "443", &hints, &found) == 0 && found != NULL
		   ? 0
		   : 1;
}

static int
do_nothing(void)
{
	return 0;
}

static int
do_write(void)
{
	return write(file, "x", 1) != 1 || fdatasync(file) != 0;
}

/* How a process ends that does this under these profiles, one upon the other. */
static int
end_of(const struct confine *first, const struct confine *second, int (*what)(void))
{
	struct err err = { "" };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (resolver_prepare(&err) != RC_OK ||
		    confine_apply(first, NULL, &err) != RC_OK ||
		    (second != NULL && confine_apply(second, NULL, &err) != RC_OK))
			_exit(99);
		_exit(what());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#define KILLED (-1)

static const struct row {
	const char *name;
	int (*what)(void);
	int session, nursery; /* errno, or KILLED */
} rows[] = {
	{ "nothing", do_nothing, 0, 0 },
	{ "write", do_write, 0, 0 },
	{ "a thread", do_thread, 0, 0 },
	{ "a lookup", do_lookup, 0, 0 },
	{ "open", try_open, EACCES, EACCES },
	{ "open hosts", try_hosts, 0, 0 },
	{ "open hosts for writing", try_hosts_writing, EACCES, EACCES },
	{ "create", try_create, EACCES, EACCES },
	{ "fork", try_fork, KILLED, 0 },
	{ "raw fork", try_vfork, KILLED, KILLED },
	{ "exec", try_exec, KILLED, KILLED },
	{ "inet sockets", try_inet, 0, 0 },
	{ "a unix socket", try_unix, EACCES, EACCES },
	{ "a netlink socket", try_netlink, EACCES, EACCES },
	{ "a packet socket", try_packet, KILLED, KILLED },
	{ "bind", try_bind, KILLED, KILLED },
	{ "listen", try_listen, KILLED, KILLED },
	{ "ftruncate", try_truncate, KILLED, KILLED },
	{ "fallocate", try_allocate, KILLED, KILLED },
	{ "pwrite", try_pwrite, KILLED, KILLED },
	{ "fcntl", try_flags, EACCES, 0 },
	{ "overwrite", try_overwrite, 0, 1 },
	{ "rename", try_rename, KILLED, KILLED },
	{ "executable memory", try_exec_memory, KILLED, KILLED },
	{ "ptrace", try_ptrace, KILLED, KILLED },
	{ "kill", try_kill, KILLED, KILLED },
	{ "prctl", try_dumpable, KILLED, 0 },
};

static bool
as_wanted(int status, int want)
{
	if (want == KILLED)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	return WIFEXITED(status) && WEXITSTATUS(status) == want;
}

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
try_rows(const struct confine *second)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		int want = second != NULL ? rows[i].session : rows[i].nursery;
		int status = end_of(&profile_nursery, second, rows[i].what);

		if (!as_wanted(status, want))
			fail_msg("%s gives %#x", rows[i].name, (unsigned)status);
	}
}

/* As a session comes to be: the nursery's profile lets it take its own. */
static void
test_session(void **state)
{
	(void)state;
#ifdef BROKER_SANITIZED
	skip();
#endif
	try_rows(&profile_session);
}

static void
test_nursery(void **state)
{
	(void)state;
#ifdef BROKER_SANITIZED
	skip();
#endif
	try_rows(NULL);
}

/* In a build with sanitizers too. */
static void
test_work(void **state)
{
	static int (*const work[])(
	    void) = { do_nothing, do_write, do_thread, do_lookup };

	(void)state;
	for (size_t i = 0; i < ROWS(work); i++)
		assert_int_equal(
		    end_of(&profile_nursery, &profile_session, work[i]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_nursery),
		cmocka_unit_test(test_work),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
