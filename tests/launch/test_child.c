/* The walls around a command, tried from within, in both modes. */
#include "tests/launch/bed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/base/confine.h"

static bool
reduced(const struct bed *b)
{
	return strcmp(b->mode, "reduced") == 0;
}

static unsigned
port_of(int listener)
{
	struct sockaddr_in at;
	socklen_t size = sizeof at;

	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	assert_int_equal(at.sin_family, AF_INET);
	assert_int_equal(at.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	return ntohs(at.sin_port);
}

/* The line of text that begins so. */
static const char *
line(const char *text, const char *begins, char *out, size_t size)
{
	const char *at = strstr(text, begins);

	assert_non_null(at);
	snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
	return out;
}

static void
the_environment_is_what_was_given_and_the_gate(void **state)
{
	struct bed *b = *state;
	char home[100], want[400], ca[100];
	int listener;

	snprintf(home, sizeof home, "HOME=%s", b->home);
	bed_launch(b, 1, LIST(b->probe, "environment"),
	    LIST("PATH=/nonexistent", home, "AWS_REGION=r",
		"AWS_ACCESS_KEY_ID=AKBROKERABCDEFGHIJ27",
		"AWS_SECRET_ACCESS_KEY=a=b c"),
	    0);
	bed_launched(b, 1);
	listener = bed_listener(b);
	bed_read(b, b->out);
	line(b->text, "AWS_CA_BUNDLE=", ca, sizeof ca);
	snprintf(want, sizeof want,
	    "PATH=/nonexistent\n%s\nAWS_REGION=r\n"
	    "AWS_ACCESS_KEY_ID=AKBROKERABCDEFGHIJ27\nAWS_SECRET_ACCESS_KEY=a=b c\n"
	    "HTTPS_PROXY=http://" BED_PROXY "@127.0.0.1:%u\n%s\n",
	    reduced(b) ? home : "HOME=/home", port_of(listener),
	    reduced(b) ? ca : "AWS_CA_BUNDLE=/ca.pem");
	assert_string_equal(b->text, want);
	bed_exited(b, 1, HOW_EXIT, 0);
	close(listener);
	/* HOME is never missing: the CLI would take the one of /etc/passwd. */
	snprintf(want, sizeof want, "HOME=%s\n", reduced(b) ? b->home : "/home");
	assert_non_null(
	    strstr(bed_run(b, LIST(b->probe, "environment"), HOW_EXIT, 0), want));
}

static void
the_child_has_nothing_but_its_three(void **state)
{
	struct bed *b = *state;
	char want[500], ids[100];

	bed_launch(b, 1, LIST(b->probe, "self"), NOTHING, 77);
	bed_launched(b, 1);
	if (bed_root())
		snprintf(ids, sizeof ids, "ids %1$s %1$s %1$s %1$s groups 0",
		    bed_child());
	else
		snprintf(ids, sizeof ids, "ids %d %d %d %d groups %d", getuid(),
		    getuid(), getgid(), getgid(), getgroups(0, NULL));
	/* The leader of its group is the process that the launcher waits for. */
	snprintf(want, sizeof want,
	    "fd 0\nfd 1\nfd 2\n%s\nsignals 0 blocked 0 ignored\ngroup 0 session 0\n"
	    "limit 0 0\nlimit %s\nlimit 256 256\nlimit 1048576 1048576\n"
	    "limit 77 77\numask 077\ncwd %s\n",
	    ids, reduced(b) ? "4096 4096" : "256 256", reduced(b) ? b->home : "/home");
	assert_string_equal(bed_read(b, b->out), want);
	bed_exited(b, 1, HOW_EXIT, 0);
}

static void
a_sandbox_is_a_world_of_its_own(void **state)
{
	struct bed *b = *state;

	bed_run(b, LIST(b->probe, "world"), HOW_EXIT, 0);
	assert_string_equal(b->text,
	    "pid 2 ppid 1\nname broker\n/ ro nosuid nodev\n/usr ro nosuid nodev\n"
	    "/tmp nosuid nodev\n/home ro nosuid nodev\n/dev ro nosuid nodev\n");
}

static void
rights_are_gone(void **state)
{
	struct bed *b = *state;
	char ready[6];
	pid_t pid;

	bed_launch(b, 1, LIST(b->probe, "signal"), NOTHING, 0);
	pid = bed_launched(b, 1);
	assert_int_equal(read(b->out, ready, sizeof ready), sizeof ready);
	/* Those of the outer process; what is inside has its own filter on top. */
	bed_status(b, pid);
	assert_non_null(strstr(b->text, "\nCapPrm:\t0000000000000000\n"));
	assert_non_null(strstr(b->text, "\nCapEff:\t0000000000000000\n"));
	assert_non_null(strstr(b->text, "\nCapAmb:\t0000000000000000\n"));
	if (!reduced(b))
		assert_non_null(strstr(b->text, "\nCapBnd:\t0000000000000000\n"));
	assert_non_null(strstr(b->text, "\nNoNewPrivs:\t1\n"));
#ifndef BROKER_SANITIZED
	assert_non_null(strstr(b->text, "\nSeccomp:\t2\n"));
#endif
	bed_kill(b, 1, SIGTERM);
	bed_exited(b, 1, HOW_SIGNAL, SIGTERM);
}

static void
forbidden_calls_are_denied(void **state)
{
	struct bed *b = *state;

#ifdef BROKER_SANITIZED
	skip();
#endif
	bed_run(b, LIST(b->probe, "forbidden"), HOW_EXIT, 0);
	assert_string_equal(b->text,
	    "setsid EPERM\nsetpgid EPERM\nkill EPERM\nptrace EPERM\nunshare EPERM\n"
	    "unix EPERM\nnetlink EPERM\nsetuid EPERM\nkeyctl EPERM\nbpf EPERM\n"
	    "io_uring EPERM\nvm_readv EPERM\npdeathsig EPERM\nmount EPERM\n"
	    "fsopen EPERM\numount EPERM\npivot EPERM\nchroot EPERM\nsetns EPERM\n"
	    "clone EPERM\nclone3 ENOSYS\nhostname EPERM\nmknod EPERM\n"
	    "shmget EPERM\nmsgget EPERM\nsocketpair EPERM\ntkill EPERM\n"
	    "pidfd EPERM\ncapset EPERM\nuserfaultfd EPERM\nperf EPERM\n"
	    "handle EPERM\nmemfd EPERM\n");
}

/* A listener of the host's, as any program of it may be. */
static int
host_listener(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void
the_gate_is_all_that_can_be_reached(void **state)
{
	struct bed *b = *state;
	int host = host_listener(), listener;
	char port[12];

#ifdef BROKER_SANITIZED
	close(host);
	skip();
#endif
	snprintf(port, sizeof port, "%u", port_of(host));
	bed_launch(b, 1, LIST(b->probe, "reach", port), NOTHING, 0);
	bed_launched(b, 1);
	listener = bed_listener(b);
	bed_read(b, b->out);
	assert_string_equal(b->text,
	    reduced(b) ? "host EACCES\nfast EPERM\nworld EACCES\ngate ok\nudp EPERM\n"
			 "inet6 EPERM\nmptcp EPERM\nvsock EPERM\nunix EPERM\n"
			 "abstract ENOTSOCK\nbind EPERM\nlisten EPERM\n"
		       : "host EACCES\nfast EPERM\nworld EACCES\ngate ok\nudp EPERM\n"
			 "inet6 EPERM\nmptcp EPERM\nvsock EPERM\nunix EPERM\n"
			 "abstract ENOTSOCK\nbind EPERM\nlisten EPERM\n");
	bed_exited(b, 1, HOW_EXIT, 0);
	close(host);
	close(listener);
}

/* In a sandbox nobody else of the host gets to the gate's port. */
static void
the_gate_is_no_port_of_the_hosts(void **state)
{
	struct bed *b = *state;
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	char ready[6];
	int listener, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	bed_launch(b, 1, LIST(b->probe, "signal"), NOTHING, 0);
	bed_launched(b, 1);
	listener = bed_listener(b);
	assert_int_equal(read(b->out, ready, sizeof ready), sizeof ready);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	if (reduced(b))
		assert_int_equal(connect(fd, (struct sockaddr *)&at, size), 0);
	else
		assert_int_equal(connect(fd, (struct sockaddr *)&at, size), -1);
	/* And whoever holds it holds it alone, ready for a loop. */
	assert_true(fcntl(listener, F_GETFL) & O_NONBLOCK);
	close(fd);
	close(listener);
	bed_kill(b, 1, SIGKILL);
	bed_exited(b, 1, HOW_SIGNAL, SIGKILL);
}

static void
files_are_out_of_reach(void **state)
{
	struct bed *b = *state;
	char open_to_all[100], there[120];

#ifdef BROKER_SANITIZED
	skip(); /* /proc is open there */
#endif
	snprintf(open_to_all, sizeof open_to_all, "%s.all", b->dir);
	snprintf(there, sizeof there, "%s/there", open_to_all);
	mkdir(open_to_all, 0777);
	chmod(open_to_all, 0777);
	close(open(there, O_WRONLY | O_CREAT, 0666));
	chmod(there, 0666);
	bed_run(b, LIST(b->probe, "files", open_to_all), HOW_EXIT, 0);
	unlink(there);
	rmdir(open_to_all);
	/* A way to what it has open anyway, with or without the rights to it. */
	if (reduced(b))
		*strstr(b->text, "fd ") = '\0';
	assert_string_equal(b->text,
	    reduced(b) ? "passwd EACCES\nhosts EACCES\nabove EACCES\nproc EACCES\n"
			 "parent EACCES\nsys EACCES\n"
			 "host EACCES\nmake EACCES\nusr EACCES\nhome EACCES\n"
			 "root EACCES\ndev EACCES\nnull ok\nfull EACCES\n"
			 "tty EACCES\nca ok\npython ok\n"
		       : "passwd ENOENT\nhosts ENOENT\nabove ENOENT\nproc ENOENT\n"
			 "parent ENOENT\nsys ENOENT\n"
			 "host ENOENT\nmake ENOENT\nusr EROFS\nhome EROFS\n"
			 "root EROFS\ndev EROFS\nnull ok\nfull ENOENT\n"
			 "tty ENOENT\nca ok\npython ok\n"
			 "fd ENOENT\nstdin ENOENT\n");
}

static void
the_scratch_folder_is_bounded(void **state)
{
	struct bed *b = *state;
	unsigned long bytes;

	bed_run(b, LIST(b->probe, "fill", "/tmp"), HOW_EXIT, 0);
	bytes = strtoul(b->text, NULL, 10);
	assert_true(bytes > 500000 && bytes <= 1048576);
	/* The limit of one file is that of all of them. */
	assert_true(strstr(b->text, " ENOSPC\n") || strstr(b->text, " EFBIG\n"));
	assert_non_null(strstr(b->text, "\nENOSPC\n"));
	/* The next one has a new one. */
	bed_run(b, LIST(b->probe, "fill", "/tmp"), HOW_EXIT, 0);
	assert_true(strtoul(b->text, NULL, 10) > 500000);
}

static void
a_fork_bomb_is_bounded(void **state)
{
	struct bed *b = *state;
	pid_t pid;

	/* The uid's other processes would count. */
	if (!bed_root())
		skip();
	assert_int_equal(peer_hang_up(&b->p), 0);
	bed_start(b, "40");
	bed_launch(b, 1, LIST(b->probe, "bomb"), NOTHING, 0);
	pid = bed_launched(b, 1);
	bed_exited(b, 1, HOW_EXIT, 0);
	/* Two of ours in a sandbox, one without, and itself. */
	assert_string_equal(
	    bed_read(b, b->out), reduced(b) ? "38 EAGAIN\n" : "37 EAGAIN\n");
	assert_int_equal(bed_members(pid), 0);
}

/* One command's processes are not another one's trouble. */
static void
a_bomb_hits_its_own_command_alone(void **state)
{
	struct bed *b = *state;

	bed_run(b, LIST(b->probe, "bomb"), HOW_EXIT, 0);
	assert_true(atoi(b->text) > 200 && atoi(b->text) < 256);
	assert_non_null(strstr(b->text, "EAGAIN"));
}

/* Answer one CONNECT, as a gate that refuses: what it was asked. */
static void
refuse_connect(struct bed *b, int listener)
{
	static const char no[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
	struct pollfd p = { .fd = listener, .events = POLLIN };
	size_t n = 0;
	ssize_t r;
	int fd;

	assert_int_equal(poll(&p, 1, PEER_MS), 1);
	assert_true((fd = accept(listener, NULL, NULL)) >= 0);
	b->text[0] = '\0';
	while (strstr(b->text, "\r\n\r\n") == NULL &&
	       (r = read(fd, b->text + n, sizeof b->text - n - 1)) > 0) {
		n += (size_t)r;
		b->text[n] = '\0';
	}
	assert_int_equal(write(fd, no, sizeof no - 1), sizeof no - 1);
	close(fd);
}

/* The program that all this is for: it must live within its walls. */
static void
the_aws_cli_finds_its_gate(void **state)
{
	struct bed *b = *state;
	char home[100];
	int listener;

	if (access("/usr/bin/aws", X_OK) != 0)
		skip();
	snprintf(home, sizeof home, "HOME=%s", b->home);
	bed_launch(b, 1, LIST("/usr/bin/aws", "s3", "ls"),
	    LIST("PATH=/nonexistent", home, "LANG=C.UTF-8", "AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=", "AWS_ACCESS_KEY_ID=AKBROKERABCDEFGHIJ27",
		"AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=eu-west-1",
		"AWS_DEFAULT_REGION=eu-west-1", "AWS_MAX_ATTEMPTS=1"),
	    0);
	bed_launched(b, 1);
	listener = bed_listener(b);
	refuse_connect(b, listener);
	assert_non_null(
	    strstr(b->text, "CONNECT s3.eu-west-1.amazonaws.com:443 HTTP/1."));
	assert_non_null(
	    strstr(b->text, "Proxy-Authorization: Basic YzBmZmVlOnMzY3JldA==\r\n"));
	assert_non_null(
	    strstr(bed_read(b, b->error), "Failed to connect to proxy URL"));
	bed_exited(b, 1, HOW_EXIT, 255);
	close(listener);
}

/* As containers and hardened systems do it. */
static void
deny_namespaces(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	if (f == NULL ||
	    seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0) != 0 ||
	    seccomp_load(f) != 0)
		_exit(125);
	seccomp_release(f);
}

static void
deny_mounts(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	if (f == NULL ||
	    seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(move_mount), 0) != 0 ||
	    seccomp_load(f) != 0)
		_exit(125);
	seccomp_release(f);
}

/* As on a kernel that is too old. */
static void
deny_landlock(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	if (f == NULL ||
	    seccomp_rule_add(
		f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) != 0 ||
	    seccomp_load(f) != 0)
		_exit(125);
	seccomp_release(f);
}

/* Start it anew behind prepare: its exit status, and what it said in b->text; or -1, and
 * it runs. */
static int
start_behind(struct bed *b, const char *mode, void (*prepare)(void))
{
	int said[2], save = dup(2), status = -1;
	struct pollfd p;
	const char *argv[31];

	if (b->p.sock >= 0)
		assert_int_equal(peer_hang_up(&b->p), 0);
	b->mode = mode;
	bed_options(b, "4096", argv);
	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	dup2(said[1], 2);
	peer_start_as(&b->p, "broker/launch/broker-launch", argv, prepare);
	dup2(save, 2);
	close(save);
	close(said[1]);
	bed_launch(b, 9, LIST(b->probe), NOTHING, 0);
	p = (struct pollfd){ .fd = b->p.sock, .events = POLLIN };
	assert_int_equal(poll(&p, 1, PEER_MS), 1);
	if (peer_next(&b->p, PEER_MS) == 0) {
		status = peer_wait(&b->p);
		bed_read(b, said[0]);
	}
	close(said[0]);
	return status;
}

static void
without_namespaces_it_does_not_start(void **state)
{
	struct bed *b = *state;

	assert_int_equal(start_behind(b, "required", deny_namespaces), 70);
	assert_non_null(
	    strstr(b->text, "commands cannot be confined here (sandbox: "
			    "required): this system permits no namespaces"));
	assert_int_equal(start_behind(b, "required", deny_mounts), 70);
	assert_non_null(strstr(b->text, "(sandbox: required): mount memory"));
}

static void
without_namespaces_reduced_does(void **state)
{
	struct bed *b = *state;

	if (!confine_has_tcp_ports())
		skip();
	assert_int_equal(start_behind(b, "reduced", deny_namespaces), -1);
	assert_int_equal(b->p.f.type, MSG_LAUNCHED);
	assert_true(b->p.m.launched.pid != 0);
	bed_exited(b, 9, HOW_EXIT, 9);
}

static void
without_landlock_reduced_does_not(void **state)
{
	struct bed *b = *state;

	assert_int_equal(start_behind(b, "reduced", deny_landlock), 70);
	assert_non_null(
	    strstr(b->text, "(sandbox: reduced): confine child: this kernel "
			    "has no Landlock"));
	/* In a sandbox Landlock is the second wall. */
	assert_int_equal(start_behind(b, "required", deny_landlock), -1);
	assert_true(b->p.m.launched.pid != 0);
	bed_exited(b, 9, HOW_EXIT, 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(the_environment_is_what_was_given_and_the_gate),
		BOTH(the_child_has_nothing_but_its_three),
		CASE(a_sandbox_is_a_world_of_its_own),
		BOTH(rights_are_gone),
		BOTH(forbidden_calls_are_denied),
		BOTH(the_gate_is_all_that_can_be_reached),
		BOTH(the_gate_is_no_port_of_the_hosts),
		BOTH(files_are_out_of_reach),
		CASE(the_scratch_folder_is_bounded),
		BOTH(a_fork_bomb_is_bounded),
		CASE(a_bomb_hits_its_own_command_alone),
		BOTH(the_aws_cli_finds_its_gate),
		CASE(without_namespaces_it_does_not_start),
		CASE(without_namespaces_reduced_does),
		CASE(without_landlock_reduced_does_not),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
