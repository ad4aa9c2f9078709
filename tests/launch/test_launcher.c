/* The real broker-launch over a frame pair.  As root it takes an id of its own and
 * gives its children another one, as in service; else all run under one. */
#include "tests/support/unit.h"

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/confine.h"
#include "tests/support/peer.h"

#define SELF "61001"
#define CHILD "61002"
#define SCRATCH "1048576"
#define PROXY "c0ffee:s3cret"
#define CA "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

struct fixture {
	char dir[64];
	char home[80], probe[80];
	struct peer p;
	int in, out, error; /* our ends of the command's three */
	int gate;	    /* the session's end of the gate's socket */
	const char *mode;   /* --sandbox */
	uint8_t stage;	    /* of the next LAUNCH */
};

static bool
root(void)
{
	return geteuid() == 0;
}

static void
copy_probe(const char *to)
{
	const char *top = getenv("top_builddir");
	char from[512], block[65536];
	size_t n;
	FILE *a, *b;

	snprintf(from, sizeof from, "%s/tests/launch/probe", top == NULL ? "." : top);
	a = fopen(from, "rb");
	b = fopen(to, "wb");
	assert_true(a != NULL && b != NULL);
	while ((n = fread(block, 1, sizeof block, a)) > 0)
		assert_int_equal(fwrite(block, 1, n, b), n);
	fclose(a);
	fclose(b);
	assert_int_equal(chmod(to, 0755), 0);
}

static void
start(struct fixture *f, const char *nproc)
{
	const char *argv[24] = { "--home", f->home, "--program", f->probe, "--program",
		"/usr/bin/aws", "--program", "/no/such", "--nproc", nproc, "--sandbox",
		f->mode, "--scratch", SCRATCH };
	static const char *const ids[] = { "--uid", CHILD, "--gid", CHILD, "--self-uid",
		SELF, "--self-gid", SELF };

	for (size_t i = 0; root() && i < ROWS(ids); i++)
		argv[14 + i] = ids[i];
	peer_start(&f->p, "broker/launch/broker-launch", argv);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	f->in = f->out = f->error = f->gate = -1;
	f->mode = "required";
	strcpy(f->dir, "/tmp/test_launcher.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	chmod(f->dir, 0755);
	snprintf(f->home, sizeof f->home, "%s/home", f->dir);
	snprintf(f->probe, sizeof f->probe, "%s/probe", f->dir);
	mkdir(f->home, 0700);
	chmod(f->home, 0555);
	copy_probe(f->probe);
	/* Orphans of a killed launcher come to us, so that nothing stays behind. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	start(f, "4096");
	return 0;
}

static void
close_ours(struct fixture *f)
{
	int *fds[] = { &f->in, &f->out, &f->error, &f->gate };

	for (size_t i = 0; i < ROWS(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	close_ours(f);
	if (f->p.sock >= 0)
		assert_int_equal(peer_hang_up(&f->p), 0);
	unlink(f->probe);
	rmdir(f->home);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* Send LAUNCH with fresh pipes. */
static void
launch(struct fixture *f, uint32_t session, const char *const *argv,
    const char *const *env, uint32_t cpu_s)
{
	struct msg_launch *m = calloc(1, sizeof *m);
	int in[2], out[2], error[2], gate[2], theirs[4];

	assert_true(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
		    pipe2(error, O_CLOEXEC) == 0);
	assert_int_equal(frame_pair(gate, NULL), RC_OK);
	close_ours(f);
	theirs[0] = in[0];
	theirs[1] = out[1];
	theirs[2] = error[1];
	theirs[3] = gate[1];
	f->gate = gate[0];
	f->in = in[1];
	f->out = out[0];
	f->error = error[0];
	for (; argv[m->argv.n] != NULL; m->argv.n++)
		m->argv.v[m->argv.n] = span_of(argv[m->argv.n]);
	for (; env[m->env.n] != NULL; m->env.n++)
		m->env.v[m->env.n] = span_of(env[m->env.n]);
	m->cpu_s = cpu_s;
	m->proxy = span_of(PROXY);
	m->ca = span_of(CA);
	m->stage = f->stage;
	peer_send(&f->p, MSG_LAUNCH, session, m, theirs, 4);
	for (int i = 0; i < 4; i++)
		close(theirs[i]);
	free(m);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NOTHING ((const char *const[]){ NULL })

static pid_t
launched(struct fixture *f, uint32_t session)
{
	peer_want(&f->p, MSG_LAUNCHED, session);
	if (f->p.m.launched.pid == 0)
		fail_msg("not launched: %.*s", (int)f->p.m.launched.text.len,
		    (const char *)f->p.m.launched.text.p);
	return (pid_t)f->p.m.launched.pid;
}

static void
exited(struct fixture *f, uint32_t session, uint8_t how, uint8_t code)
{
	peer_want(&f->p, MSG_EXITED, session);
	assert_int_equal(f->p.m.exited.how, how);
	assert_int_equal(f->p.m.exited.code, code);
}

/* All that comes until end of file, as text. */
static const char *
read_all(int fd, char *text, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;
	ssize_t r;

	while (n + 1 < size && poll(&p, 1, PEER_MS) == 1 &&
	       (r = read(fd, text + n, size - n - 1)) > 0)
		n += (size_t)r;
	text[n] = '\0';
	return text;
}

static void
a_command_runs_and_its_end_is_told(void **state)
{
	struct fixture *f = *state;
	char text[4096];

	launch(f, 7, LIST(f->probe, "copy", "a b", ""), NOTHING, 0);
	assert_true(launched(f, 7) > 0);
	assert_int_equal(write(f->in, "hello", 5), 5);
	close(f->in);
	f->in = -1;
	assert_string_equal(read_all(f->out, text, sizeof text), "hello");
	assert_string_equal(read_all(f->error, text, sizeof text), "err\n");
	exited(f, 7, HOW_EXIT, 42);
	launch(f, 7, LIST(f->probe, "x y", "", "*"), NOTHING, 0);
	launched(f, 7);
	assert_non_null(
	    strstr(read_all(f->out, text, sizeof text), "[x y]\n[]\n[*]\n"));
	exited(f, 7, HOW_EXIT, 9);
}

static void
the_environment_is_exactly_as_given(void **state)
{
	struct fixture *f = *state;
	char text[4096], home[100], want[300];

	snprintf(home, sizeof home, "HOME=%s", f->home);
	launch(f, 1, LIST(f->probe, "environment"),
	    LIST("PATH=/nonexistent", home, "AWS_REGION=r", "AWS_SESSION_TOKEN=a=b c"),
	    0);
	launched(f, 1);
	snprintf(want, sizeof want,
	    "PATH=/nonexistent\n%s\nAWS_REGION=r\nAWS_SESSION_TOKEN=a=b c\n", home);
	assert_string_equal(read_all(f->out, text, sizeof text), want);
	exited(f, 1, HOW_EXIT, 0);
	launch(f, 2, LIST(f->probe, "environment"), NOTHING, 0);
	launched(f, 2);
	assert_string_equal(read_all(f->out, text, sizeof text), "");
	exited(f, 2, HOW_EXIT, 0);
}

static void
the_child_has_nothing_but_its_three(void **state)
{
	struct fixture *f = *state;
	char text[4096], want[400], ids[100];

	launch(f, 1, LIST(f->probe, "self"), NOTHING, 77);
	launched(f, 1);
	if (root())
		strcpy(ids, "ids " CHILD " " CHILD " " CHILD " " CHILD " groups 0");
	else
		snprintf(ids, sizeof ids, "ids %d %d %d %d groups %d", getuid(),
		    getuid(), getgid(), getgid(), getgroups(0, NULL));
	snprintf(want, sizeof want,
	    "fd 0\nfd 1\nfd 2\n%s\nsignals 0 blocked 0 ignored\ngroup 1 session 1\n"
	    "limit 0 0\nlimit 4096 4096\nlimit 256 256\nlimit 67108864 67108864\n"
	    "limit 77 77\numask 077\ncwd %s\n",
	    ids, f->home);
	assert_string_equal(read_all(f->out, text, sizeof text), want);
	exited(f, 1, HOW_EXIT, 0);
}

static void
forbidden_calls_are_denied(void **state)
{
	struct fixture *f = *state;
	char text[4096];

#ifdef BROKER_SANITIZED
	skip();
#endif
	launch(f, 1, LIST(f->probe, "forbidden"), NOTHING, 0);
	launched(f, 1);
	assert_string_equal(read_all(f->out, text, sizeof text),
	    "setsid EPERM\nsetpgid EPERM\nkill EPERM\nptrace EPERM\nunshare EPERM\n"
	    "unix EPERM\nnetlink EPERM\ninet ok\nsetuid EPERM\nkeyctl EPERM\nbpf "
	    "EPERM\n"
	    "io_uring EPERM\nvm_readv EPERM\npdeathsig EPERM\n");
	exited(f, 1, HOW_EXIT, 0);
}

static void
files_are_out_of_reach(void **state)
{
	struct fixture *f = *state;
	char text[4096], ca_dir[100], ca[120], beside[120], variable[150];

#ifdef BROKER_SANITIZED
	skip(); /* /proc is open there */
#endif
	if (!confine_has_landlock())
		skip();
	snprintf(ca_dir, sizeof ca_dir, "%s.ca", f->dir);
	snprintf(ca, sizeof ca, "%s/ca.pem", ca_dir);
	snprintf(beside, sizeof beside, "%s/key.pem", ca_dir);
	snprintf(variable, sizeof variable, "AWS_CA_BUNDLE=%s", ca);
	mkdir(ca_dir, 0755);
	close(open(ca, O_WRONLY | O_CREAT, 0666));
	close(open(beside, O_WRONLY | O_CREAT, 0666));
	chmod(ca_dir, 0777);
	chmod(ca, 0666);
	chmod(beside, 0666);
	launch(f, 1, LIST(f->probe, "files", ca_dir, ca, beside), LIST(variable), 0);
	launched(f, 1);
	assert_string_equal(read_all(f->out, text, sizeof text),
	    "passwd EACCES\nhosts ok\nwrite EACCES\nenviron EACCES\nmake EACCES\n"
	    "tmp EACCES\nnull ok\nca ok\nca write EACCES\nbeside EACCES\n");
	exited(f, 1, HOW_EXIT, 0);
	unlink(ca);
	unlink(beside);
	rmdir(ca_dir);
}

static void
refused(struct fixture *f, uint32_t session, const char *const *argv,
    const char *const *env, const char *says)
{
	char text[1100];

	launch(f, session, argv, env, 0);
	peer_want(&f->p, MSG_LAUNCHED, session);
	assert_int_equal(f->p.m.launched.pid, 0);
	assert_true(span_copy(f->p.m.launched.text, text, sizeof text));
	if (strstr(text, says) == NULL)
		fail_msg("it says: %s", text);
	assert_string_equal(read_all(f->out, text, sizeof text), "");
}

static void
other_programs_are_refused(void **state)
{
	struct fixture *f = *state;

	refused(f, 1, LIST("/bin/sh", "-c", "true"), NOTHING, "not a program");
	refused(f, 2, LIST("probe"), NOTHING, "not a program");
	refused(f, 3, NOTHING, NOTHING, "not a program");
	refused(f, 4, LIST(f->probe), LIST("LD_PRELOAD=/x"), "LD_PRELOAD");
	refused(f, 5, LIST("/no/such"), NOTHING, "No such file");
	/* None of them ran or ended: the next message is of the next command. */
	launch(f, 5, LIST(f->probe), NOTHING, 0);
	launched(f, 5);
	exited(f, 5, HOW_EXIT, 9);
	assert_int_equal(peer_next(&f->p, 50), -1);
}

static bool
alive(pid_t pid)
{
	char path[64], line[256] = "";
	FILE *s;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if ((s = fopen(path, "r")) == NULL)
		return false;
	if (fgets(line, sizeof line, s) == NULL)
		line[0] = '\0';
	fclose(s);
	return strstr(line, ") Z ") == NULL;
}

/* How many living processes are in this group. */
static unsigned
members(pid_t group)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		pid_t pid = (pid_t)atoi(e->d_name);

		n += pid > 0 && getpgid(pid) == group && alive(pid);
	}
	closedir(d);
	return n;
}

/* The program that all this is for: it must live within its limits. */
static void
the_aws_cli_runs(void **state)
{
	struct fixture *f = *state;
	char text[4096], home[100];

	if (access("/usr/bin/aws", X_OK) != 0)
		skip();
	snprintf(home, sizeof home, "HOME=%s", f->home);
	launch(f, 1, LIST("/usr/bin/aws", "s3", "ls"),
	    LIST("PATH=/nonexistent", home, "LANG=C.UTF-8", "AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_ACCESS_KEY_ID=A",
		"AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=eu-west-1",
		"AWS_DEFAULT_REGION=eu-west-1", "AWS_MAX_ATTEMPTS=1",
		"HTTPS_PROXY=http://127.0.0.1:1"),
	    0);
	launched(f, 1);
	/* Nobody listens on port 1: it came that far, and says so in its own way. */
	assert_non_null(strstr(
	    read_all(f->error, text, sizeof text), "Failed to connect to proxy"));
	exited(f, 1, HOW_EXIT, 255);
}

static void
a_session_has_one_command(void **state)
{
	struct fixture *f = *state;
	int out, error;

	launch(f, 1, LIST(f->probe, "signal"), NOTHING, 0);
	launched(f, 1);
	out = f->out;
	error = f->error;
	f->out = f->error = -1;
	refused(f, 1, LIST(f->probe, "self"), NOTHING, "has its command");
	peer_send(&f->p, MSG_KILL, 1, &(struct msg_kill){ SIGKILL }, NULL, 0);
	exited(f, 1, HOW_SIGNAL, SIGKILL);
	close(out);
	close(error);
}

static void
leftover_grandchildren_die(void **state)
{
	struct fixture *f = *state;
	char text[100];
	pid_t pid;

	launch(f, 1, LIST(f->probe, "grandchildren"), NOTHING, 0);
	pid = launched(f, 1);
	exited(f, 1, HOW_EXIT, 3);
	assert_int_equal(members(pid), 0);
	/* They held our pipe: now it ends. */
	assert_string_equal(read_all(f->out, text, sizeof text), "left\n");
}

static void
signals_are_passed_to_the_group(void **state)
{
	static const uint8_t signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL,
		SIGUSR1, SIGUSR2 };
	struct fixture *f = *state;
	char text[100];

	for (size_t i = 0; i < ROWS(signals); i++) {
		launch(f, (uint32_t)i, LIST(f->probe, "signal"), NOTHING, 0);
		launched(f, (uint32_t)i);
		assert_int_equal(read(f->out, text, 6), 6);
		peer_send(&f->p, MSG_KILL, (uint32_t)i,
		    &(struct msg_kill){ signals[i] }, NULL, 0);
		exited(f, (uint32_t)i, HOW_SIGNAL, signals[i]);
	}
	/* Over, or never there: nothing happens. */
	peer_send(&f->p, MSG_KILL, 0, &(struct msg_kill){ SIGTERM }, NULL, 0);
	peer_send(&f->p, MSG_KILL, 99, &(struct msg_kill){ SIGTERM }, NULL, 0);
	launch(f, 99, LIST(f->probe), NOTHING, 0);
	launched(f, 99);
	exited(f, 99, HOW_EXIT, 9);
}

static void
an_odd_signal_ends_the_launcher(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	launch(f, 1, LIST(f->probe, "signal"), NOTHING, 0);
	pid = launched(f, 1);
	peer_send(&f->p, MSG_KILL, 1, &(struct msg_kill){ SIGSTOP }, NULL, 0);
	assert_int_equal(peer_wait(&f->p), 70);
	assert_int_equal(members(pid), 0);
}

static void
the_monitors_end_is_everybodys_end(void **state)
{
	struct fixture *f = *state;
	char text[10];
	pid_t a, b;

	launch(f, 1, LIST(f->probe, "signal"), NOTHING, 0);
	a = launched(f, 1);
	assert_int_equal(read(f->out, text, 6), 6);
	launch(f, 2, LIST(f->probe, "grandchildren"), NOTHING, 0);
	b = launched(f, 2);
	exited(f, 2, HOW_EXIT, 3);
	launch(f, 3, LIST(f->probe, "signal"), NOTHING, 0);
	b = launched(f, 3);
	assert_int_equal(read(f->out, text, 6), 6);
	assert_int_equal(peer_hang_up(&f->p), 0);
	assert_int_equal(members(a), 0);
	assert_int_equal(members(b), 0);
}

static void
a_killed_launcher_takes_its_children_along(void **state)
{
	struct fixture *f = *state;
	uint64_t until = clock_mono_ms() + PEER_MS;
	char text[10];
	pid_t pid;

	launch(f, 1, LIST(f->probe, "signal"), NOTHING, 0);
	pid = launched(f, 1);
	assert_int_equal(read(f->out, text, 6), 6);
	peer_kill(&f->p);
	while (alive(pid) && clock_mono_ms() < until)
		usleep(2000);
	assert_false(alive(pid));
	waitpid(pid, NULL, WNOHANG);
}

static void
a_fork_bomb_is_bounded(void **state)
{
	struct fixture *f = *state;
	char text[100];
	pid_t pid;

	if (!root())
		skip();
	assert_int_equal(peer_hang_up(&f->p), 0);
	start(f, "40");
	launch(f, 1, LIST(f->probe, "bomb"), NOTHING, 0);
	pid = launched(f, 1);
	exited(f, 1, HOW_EXIT, 0);
	assert_string_equal(read_all(f->out, text, sizeof text), "39 EAGAIN\n");
	assert_int_equal(members(pid), 0);
}

static void
cpu_time_is_bounded(void **state)
{
	struct fixture *f = *state;

	launch(f, 1, LIST(f->probe, "burn"), NOTHING, 1);
	launched(f, 1);
	exited(f, 1, HOW_SIGNAL, SIGKILL);
}

/* What the launcher is, as the kernel sees it. */
static void
the_launcher_keeps_three_rights(void **state)
{
	struct fixture *f = *state;
	char path[64], text[4096];
	ssize_t n;
	int fd;

	if (!root())
		skip();
	/* It has set its ids by the time it answers. */
	launch(f, 1, LIST(f->probe), NOTHING, 0);
	launched(f, 1);
	snprintf(path, sizeof path, "/proc/%d/status", (int)f->p.pid);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof text - 1);
	assert_true(n > 0);
	text[n] = '\0';
	close(fd);
	assert_non_null(
	    strstr(text, "\nUid:\t" SELF "\t" SELF "\t" SELF "\t" SELF "\n"));
	assert_non_null(
	    strstr(text, "\nGid:\t" SELF "\t" SELF "\t" SELF "\t" SELF "\n"));
	assert_non_null(strstr(text, "\nCapPrm:\t00000000000000e0\n"));
	assert_non_null(strstr(text, "\nCapEff:\t00000000000000e0\n"));
	assert_non_null(strstr(text, "\nCapBnd:\t00000000000000e0\n"));
	assert_non_null(strstr(text, "\nNoNewPrivs:\t1\n"));
#ifndef BROKER_SANITIZED
	assert_non_null(strstr(text, "\nSeccomp:\t2\n"));
#endif
}

/* As brokerd starts it: under its id already, with the three rights as ambient ones. */
static void
become_switcher(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { 0xe0, 0xe0, 0xe0 }, { 0, 0, 0 } };

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
	    setresgid(61001, 61001, 61001) != 0 ||
	    setresuid(61001, 61001, 61001) != 0 || syscall(SYS_capset, &h, d) != 0)
		_exit(125);
	for (int cap = 5; cap <= 7; cap++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0)
			_exit(125);
}

static void
ambient_rights_are_taken_and_not_passed_on(void **state)
{
	struct fixture *f = *state;
	const char *argv[] = { "--home", f->home, "--program", f->probe, "--uid", CHILD,
		"--gid", CHILD, NULL };
	char path[64], text[4096];
	ssize_t n;
	int fd;

	if (!root())
		skip();
	assert_int_equal(peer_hang_up(&f->p), 0);
	peer_start_as(&f->p, "broker/launch/broker-launch", argv, become_switcher);
	launch(f, 1, LIST(f->probe, "signal"), NOTHING, 0);
	snprintf(path, sizeof path, "/proc/%d/status", (int)launched(f, 1));
	assert_int_equal(read(f->out, text, 6), 6);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof text - 1);
	close(fd);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(
	    strstr(text, "\nUid:\t" CHILD "\t" CHILD "\t" CHILD "\t" CHILD "\n"));
	assert_non_null(strstr(text, "\nCapInh:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapPrm:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapEff:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapAmb:\t0000000000000000\n"));
	peer_send(&f->p, MSG_KILL, 1, &(struct msg_kill){ SIGTERM }, NULL, 0);
	exited(f, 1, HOW_SIGNAL, SIGTERM);
}

static void
bad_frames_end_the_launcher(void **state)
{
	struct fixture *f = *state;
	struct err err;

	frame_send(f->p.sock, MSG_LAUNCH, 1, span_of("junk"), NULL, 0, &err);
	assert_int_equal(peer_wait(&f->p), 70);
	start(f, "100");
	peer_send(&f->p, MSG_EXITED, 1, &(struct msg_exited){ 0 }, NULL, 0);
	assert_int_equal(peer_wait(&f->p), 70);
}

static int
run(const char *const *argv)
{
	struct peer p;

	peer_start(&p, "broker/launch/broker-launch", argv);
	return peer_wait(&p);
}

static void
odd_starts_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(NOTHING), 64);
	assert_int_equal(run(LIST("--home", f->home)), 64);
	assert_int_equal(run(LIST("--program", f->probe)), 64);
	assert_int_equal(run(LIST("--home", f->home, "--program", "probe")), 64);
	assert_int_equal(run(LIST("--home", f->home, "--program", f->probe, "x")), 64);
	assert_int_equal(
	    run(LIST("--home", f->home, "--program", f->probe, "--uid", "5")), 64);
	assert_int_equal(run(LIST("--home", f->home, "--program", f->probe, "--uid",
			     "-1", "--gid", "5")),
	    64);
	/* Not empty; not there; writable. */
	assert_int_equal(run(LIST("--home", f->dir, "--program", f->probe)), 70);
	assert_int_equal(run(LIST("--home", "/no/such", "--program", f->probe)), 70);
	chmod(f->home, 0755);
	assert_int_equal(run(LIST("--home", f->home, "--program", f->probe)), 70);
	chmod(f->home, 0555);
	if (root())
		assert_int_equal(
		    run(LIST("--home", f->home, "--program", f->probe)), 70);
	else
		assert_int_equal(run(LIST("--home", f->home, "--program", f->probe,
				     "--uid", CHILD, "--gid", CHILD)),
		    70);
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_command_runs_and_its_end_is_told),
		CASE(the_environment_is_exactly_as_given),
		CASE(the_child_has_nothing_but_its_three),
		CASE(forbidden_calls_are_denied),
		CASE(files_are_out_of_reach),
		CASE(other_programs_are_refused),
		CASE(the_aws_cli_runs),
		CASE(a_session_has_one_command),
		CASE(leftover_grandchildren_die),
		CASE(signals_are_passed_to_the_group),
		CASE(an_odd_signal_ends_the_launcher),
		CASE(the_monitors_end_is_everybodys_end),
		CASE(a_killed_launcher_takes_its_children_along),
		CASE(a_fork_bomb_is_bounded),
		CASE(cpu_time_is_bounded),
		CASE(the_launcher_keeps_three_rights),
		CASE(ambient_rights_are_taken_and_not_passed_on),
		CASE(bad_frames_end_the_launcher),
		CASE(odd_starts_are_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
