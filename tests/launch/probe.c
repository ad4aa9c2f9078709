/* A program for the launcher to start: does what its first word says and tells, on
 * stdout, what it found. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int
show_environment(void)
{
	for (char **e = environ; *e != NULL; e++)
		puts(*e);
	return 0;
}

/* Descriptors, ids, signals, limits: one line each. */
static int
show_self(void)
{
	static const int resources[] = { RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_NOFILE,
		RLIMIT_FSIZE, RLIMIT_CPU };
	char cwd[256];
	sigset_t set;
	int blocked = 0, ignored = 0;

	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("fd %d\n", fd);
	printf("ids %d %d %d %d groups %d\n", getuid(), geteuid(), getgid(), getegid(),
	    getgroups(0, NULL));
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int i = 1; i < NSIG; i++) {
		struct sigaction sa;

		blocked += sigismember(&set, i) == 1;
		ignored += sigaction(i, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
	}
	printf("signals %d blocked %d ignored\n", blocked, ignored);
	printf("group %d session %d\n", getpgrp() == getpid(), getsid(0) == getpid());
	for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
		struct rlimit r = { 0, 0 };

		getrlimit(resources[i], &r);
		printf("limit %llu %llu\n", (unsigned long long)r.rlim_cur,
		    (unsigned long long)r.rlim_max);
	}
	printf("umask %03o\n", (unsigned)umask(0));
	printf("cwd %s\n", getcwd(cwd, sizeof cwd));
	return 0;
}

#define TRY(what, call)                                                                \
	printf("%s %s\n", what, (call) < 0 ? strerrorname_np(errno) : "ok")

static int
try_forbidden(void)
{
	TRY("setsid", setsid());
	TRY("setpgid", setpgid(0, 0));
	TRY("kill", kill(getppid(), 0));
	TRY("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	TRY("unshare", unshare(CLONE_NEWUSER));
	TRY("unix", socket(AF_UNIX, SOCK_STREAM, 0));
	TRY("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
	TRY("inet", socket(AF_INET, SOCK_STREAM, 0));
	TRY("setuid", setuid(0));
	TRY("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	TRY("bpf", syscall(SYS_bpf, 0, NULL, 0));
	TRY("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
	TRY("vm_readv", syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
	TRY("pdeathsig", prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
	return 0;
}

/* Files: argv[2] is a folder of ours, argv[3] the CA file. */
static int
try_files(char **argv)
{
	char made[512], environ_path[64];

	snprintf(made, sizeof made, "%s/made", argv[2]);
	snprintf(environ_path, sizeof environ_path, "/proc/%d/environ", getpid());
	TRY("passwd", open("/etc/passwd", O_RDONLY));
	TRY("hosts", open("/etc/hosts", O_RDONLY));
	TRY("write", open("/etc/hosts", O_WRONLY));
	TRY("environ", open(environ_path, O_RDONLY));
	TRY("make", open(made, O_WRONLY | O_CREAT, 0600));
	TRY("tmp", open("/tmp/test_launcher.made", O_WRONLY | O_CREAT, 0600));
	TRY("null", open("/dev/null", O_RDWR));
	TRY("ca", open(argv[3], O_RDONLY));
	TRY("ca write", open(argv[3], O_WRONLY));
	TRY("beside", open(argv[4], O_RDONLY));
	return 0;
}

/* A tree of two below us that ignores what can be ignored and holds stdout open. */
static int
leave_grandchildren(void)
{
	for (int i = 0; i < 2; i++)
		if (fork() == 0) {
			signal(SIGHUP, SIG_IGN);
			signal(SIGTERM, SIG_IGN);
			if (i == 0 && fork() == 0)
				sleep(1000);
			sleep(1000);
			_exit(0);
		}
	puts("left");
	return 3;
}

static int
bomb(void)
{
	int n = 0;

	while (n < 5000) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			sleep(1000);
			_exit(0);
		}
		n++;
	}
	printf("%d %s\n", n, strerrorname_np(errno));
	fflush(stdout);
	/* Nothing that a sanitizer does at the end could be done now. */
	_exit(0);
}

static int
on_signal(void)
{
	puts("ready");
	fflush(stdout);
	sleep(1000);
	return 1;
}

static int
copy(void)
{
	char b[4096];
	ssize_t n;

	while ((n = read(0, b, sizeof b)) > 0)
		if (write(1, b, (size_t)n) != n || write(2, "err\n", 4) != 4)
			return 1;
	return 42;
}

static int
burn(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*fn)(void);
	} acts[] = {
		{ "environment", show_environment },
		{ "self", show_self },
		{ "forbidden", try_forbidden },
		{ "grandchildren", leave_grandchildren },
		{ "bomb", bomb },
		{ "signal", on_signal },
		{ "copy", copy },
		{ "burn", burn },
	};

	if (argc > 4 && strcmp(argv[1], "files") == 0)
		return try_files(argv);
	for (size_t i = 0; argc > 1 && i < sizeof acts / sizeof acts[0]; i++)
		if (strcmp(argv[1], acts[i].name) == 0)
			return acts[i].fn();
	for (int i = 0; i < argc; i++)
		printf("[%s]\n", argv[i]);
	return 9;
}
