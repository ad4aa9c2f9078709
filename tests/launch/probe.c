/* A program for the launcher to start: does what its first word says and tells, on
 * stdout, what it found. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
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
	int pair[2];

	TRY("setsid", setsid());
	TRY("setpgid", setpgid(0, 0));
	TRY("kill", kill(getppid(), 0));
	TRY("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	TRY("unshare", unshare(CLONE_NEWUSER));
	TRY("unix", socket(AF_UNIX, SOCK_STREAM, 0));
	TRY("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
	TRY("setuid", setuid(0));
	TRY("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	TRY("bpf", syscall(SYS_bpf, 0, NULL, 0));
	TRY("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
	TRY("vm_readv", syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
	TRY("pdeathsig", prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
	TRY("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
	TRY("fsopen", fsopen("tmpfs", 0));
	TRY("umount", umount2("/usr", MNT_DETACH));
	TRY("pivot", syscall(SYS_pivot_root, "/tmp", "/tmp"));
	TRY("chroot", chroot("/tmp"));
	TRY("setns", setns(0, 0));
	TRY("clone", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
	TRY("clone3", syscall(SYS_clone3, NULL, 0));
	TRY("hostname", sethostname("x", 1));
	TRY("mknod", mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1)));
	TRY("shmget", shmget(1, 4096, IPC_CREAT | 0600));
	TRY("msgget", msgget(1, IPC_CREAT | 0600));
	TRY("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	TRY("tkill", syscall(SYS_tkill, 1, 0));
	TRY("pidfd", syscall(SYS_pidfd_open, 1, 0));
	TRY("capset", syscall(SYS_capset, NULL, NULL));
	TRY("userfaultfd", syscall(SYS_userfaultfd, 0));
	TRY("perf", syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
	TRY("handle", syscall(SYS_open_by_handle_at, 0, NULL, 0));
	TRY("memfd", syscall(SYS_memfd_create, "x", 0));
	return 0;
}

/* Where it finds itself. */
static int
show_world(void)
{
	static const char *const mounts[] = { "/", "/usr", "/tmp", "/home", "/dev" };
	struct utsname u;
	struct statvfs v;
	DIR *d;

	printf("pid %d ppid %d\n", getpid(), getppid());
	uname(&u);
	printf("name %s\n", u.nodename);
	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++)
		if (statvfs(mounts[i], &v) == 0)
			printf("%s%s%s%s\n", mounts[i],
			    v.f_flag & ST_RDONLY ? " ro" : "",
			    v.f_flag & ST_NOSUID ? " nosuid" : "",
			    v.f_flag & ST_NODEV ? " nodev" : "");
	d = opendir(getenv("HOME"));
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			printf("home has %s\n", e->d_name);
	if (d != NULL)
		closedir(d);
	return 0;
}

/* argv[2] a port of the host, HTTPS_PROXY the gate's. */
static int
reach(char **argv)
{
	const char *colon = strrchr(getenv("HTTPS_PROXY"), ':');
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "\0probe" };

	to.sin_port = htons((uint16_t)atoi(argv[2]));
	TRY("host", connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to));
	TRY("fast", sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN,
			(void *)&to, sizeof to));
	to.sin_addr.s_addr = htonl(0x08080808);
	TRY("world", connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)atoi(colon + 1));
	TRY("gate", connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to));
	TRY("udp", socket(AF_INET, SOCK_DGRAM, 0));
	TRY("inet6", socket(AF_INET6, SOCK_STREAM, 0));
	TRY("mptcp", socket(AF_INET, SOCK_STREAM, 262));
	TRY("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
	TRY("unix", socket(AF_UNIX, SOCK_DGRAM, 0));
	TRY("abstract", connect(0, (void *)&un, 8));
	to.sin_port = 0;
	TRY("bind", bind(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to));
	TRY("listen", listen(socket(AF_INET, SOCK_STREAM, 0), 1));
	return 0;
}

/* Fill the folder argv[2] with one file, then with many. */
static int
fill(char **argv)
{
	static char block[65536];
	char path[300];
	unsigned long bytes = 0, files = 0;
	ssize_t n = 0;
	int fd;

	signal(SIGXFSZ, SIG_IGN);
	snprintf(path, sizeof path, "%s/big", argv[2]);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (bytes < 1UL << 24 && (n = write(fd, block, sizeof block)) > 0)
		bytes += (unsigned long)n;
	printf("%lu %s\n", bytes, n < 0 ? strerrorname_np(errno) : "");
	if (ftruncate(fd, 0) != 0)
		puts("ftruncate");
	while (files < 100000) {
		snprintf(path, sizeof path, "%s/%lu", argv[2], files);
		if ((fd = open(path, O_WRONLY | O_CREAT, 0600)) < 0)
			break;
		close(fd);
		files++;
	}
	printf("%s\n", files < 100000 ? strerrorname_np(errno) : "all");
	return 0;
}

/* Staged files: argv[2] names the input by a URL, argv[3] the output. */
static int
staged(char **argv)
{
	char text[4096];
	FILE *in = fopen(strstr(argv[2], "://") + 3, "r"), *out;
	size_t n = in == NULL ? 0 : fread(text, 1, sizeof text, in);

	printf("stdin %zd\n", read(0, text + n, sizeof text - n));
	if (argv[3] == NULL) {
		fwrite(text, 1, n, stdout);
	} else if (strcmp(argv[3], "folder") == 0) {
		mkdir("/tmp/out", 0700);
	} else if (strcmp(argv[3], "none") != 0 &&
		   (out = fopen(argv[3], "w")) != NULL) {
		fprintf(out, "out of %.*s", (int)n, text);
		fclose(out);
	}
	return argv[3] != NULL && argv[4] != NULL ? atoi(argv[4]) : 0;
}

/* More output than pipes hold, into the file argv[2]. */
static int
large(char **argv)
{
	static char block[65536];
	FILE *out = fopen(argv[2], "w");

	for (int i = 0; i < 8; i++)
		fwrite(block, 1, sizeof block, out);
	fclose(out);
	puts("written");
	return 0;
}

/* Files: argv[2] is a folder of the host's that all may read and write. */
static int
try_files(char **argv)
{
	const char *ca = getenv("AWS_CA_BUNDLE");
	char path[512];

	TRY("passwd", open("/etc/passwd", O_RDONLY));
	TRY("hosts", open("/etc/hosts", O_RDONLY));
	TRY("above", open("../../../../../../etc/passwd", O_RDONLY));
	TRY("proc", open("/proc/self/environ", O_RDONLY));
	TRY("parent", open("/proc/1/environ", O_RDONLY));
	TRY("sys", open("/sys/kernel", O_RDONLY));
	snprintf(path, sizeof path, "%s/there", argv[2]);
	TRY("host", open(path, O_RDONLY));
	snprintf(path, sizeof path, "%s/made", argv[2]);
	TRY("make", open(path, O_WRONLY | O_CREAT, 0600));
	TRY("usr", open("/usr/made", O_WRONLY | O_CREAT, 0600));
	snprintf(path, sizeof path, "%s/made", getenv("HOME"));
	TRY("home", open(path, O_WRONLY | O_CREAT, 0600));
	TRY("root", open("/made", O_WRONLY | O_CREAT, 0600));
	TRY("dev", open("/dev/made", O_WRONLY | O_CREAT, 0600));
	TRY("null", open("/dev/null", O_RDWR));
	TRY("full", open("/dev/full", O_RDONLY));
	TRY("tty", open("/dev/tty", O_RDWR));
	TRY("ca", open(ca, O_RDONLY));
	TRY("python", open("/usr/bin/python3", O_RDONLY));
	TRY("fd", open("/dev/fd/0", O_RDONLY));
	TRY("stdin", open("/dev/stdin", O_RDONLY));
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

static volatile sig_atomic_t heard[2];

static void
hear(int signo)
{
	heard[heard[0] != 0] = signo;
}

/* Outlive two signals. */
static int
deaf(void)
{
	signal(SIGTERM, hear);
	signal(SIGINT, hear);
	puts("ready");
	fflush(stdout);
	while (heard[0] == 0 || heard[1] == 0)
		usleep(1000);
	printf("%d %d\n", heard[0], heard[1]);
	return 5;
}

static int
segv(void)
{
	signal(SIGSEGV, SIG_DFL);
	volatile uintptr_t nowhere = 16;

	*(volatile int *)nowhere = 1;
	return 0;
}

/* Write when the other side has closed both ends. */
static int
into_closed_pipe(void)
{
	char c;

	return read(0, &c, 1) != 0 || write(1, "x", 1) < 0;
}

static int
close_all(void)
{
	close(0);
	close(1);
	close(2);
	sleep(1000);
	return 0;
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
		{ "world", show_world },
		{ "deaf", deaf },
		{ "segv", segv },
		{ "pipe", into_closed_pipe },
		{ "closes", close_all },
	};

	if (argc > 2 && strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	if (argc > 2 && strcmp(argv[1], "files") == 0)
		return try_files(argv);
	if (argc > 2 && strcmp(argv[1], "reach") == 0)
		return reach(argv);
	if (argc > 2 && strcmp(argv[1], "fill") == 0)
		return fill(argv);
	if (argc > 2 && strcmp(argv[1], "large") == 0)
		return large(argv);
	if (argc > 2 && strcmp(argv[1], "staged") == 0)
		return staged(argv);
	for (size_t i = 0; argc > 1 && i < sizeof acts / sizeof acts[0]; i++)
		if (strcmp(argv[1], acts[i].name) == 0)
			return acts[i].fn();
	for (int i = 0; i < argc; i++)
		printf("[%s]\n", argv[i]);
	return 9;
}
