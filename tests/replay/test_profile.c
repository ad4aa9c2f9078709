#include "config.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/profile.h"

/* What each of them tries, confined: 0 if it was refused. */
static int
open_file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static int
make_file(void)
{
	return open("/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0;
}

static int
remove_file(void)
{
	return unlink("/tmp/test_profile.none") == 0 || errno == ENOENT;
}

static int
reach_network(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static int
reach_local(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0;
}

static int
make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

/* What must still go. */
static int
hash(void)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len;

	return EVP_Digest("x", 1, md, &len, EVP_sha256(), NULL) != 1;
}

static int
take_memory(void)
{
	void *p = malloc(64 << 20);

	free(p);
	return p == NULL;
}

static int
confined(int (*attempt)(void))
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(profile_enter(NULL) == RC_OK ? attempt() : 99);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static void
little_is_left(void **state)
{
	static const struct {
		const char *name;
		int (*attempt)(void);
		bool filtered; /* by seccomp, which sanitizers do without */
	} rows[] = {
		{ "open a file", open_file, false },
		{ "make a file", make_file, false },
		{ "remove a file", remove_file, true },
		{ "reach the network", reach_network, true },
		{ "reach local sockets", reach_local, true },
		{ "make a process", make_process, true },
		{ "hash", hash, false },
		{ "take memory", take_memory, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
#ifdef BROKER_SANITIZED
		if (rows[i].filtered)
			continue;
#endif
		if (confined(rows[i].attempt) != 0)
			fail_msg("%s", rows[i].name);
	}
}

/* exec would replace the child: what it became says so. */
static void
no_program_runs(void **state)
{
	pid_t pid = fork();
	int status = 0;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		if (profile_enter(NULL) != RC_OK)
			_exit(99);
		execl("/bin/true", "true", (char *)NULL);
		_exit(42);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(little_is_left),
		cmocka_unit_test(no_program_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
