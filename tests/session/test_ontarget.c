/* Sessions on a target, whole: the program behind its walls, and an AWS with nodes that
 * run real commands. */
#include "tests/support/unit.h"
#include "tests/session/bed.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/seal.h"

#define MIB (1u << 20)
/* The gateway of the stand-in. */
#define KEY "AKIASTANDINGATEWAY00"
#define SECRET "gateway/secret+for=the/stand-in"
#define HOSTS 3

static struct bed bed;
static pid_t aws;
static FILE *to_aws, *from_aws;
static unsigned aws_port;
static char aws_ca[4096];

static void
read_line(char *line, int size)
{
	assert_non_null(fgets(line, size, from_aws));
}

static int
setup(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096], line[4200];
	int in[2], out[2];

	(void)state;
	bed_open(&bed);
	bed_nursery(&bed, 0);
	snprintf(path, sizeof path, "%s/tests/session/aws.py", top != NULL ? top : ".");
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	if ((aws = fork()) == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl("/usr/bin/python3", "python3", path, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to_aws = fdopen(in[1], "w");
	from_aws = fdopen(out[0], "r");
	read_line(line, sizeof line);
	assert_int_equal(sscanf(line, "%u %4095s", &aws_port, aws_ca), 2);
	return 0;
}

static int
teardown(void **state)
{
	int status;

	(void)state;
	fclose(to_aws);
	assert_int_equal(waitpid(aws, &status, 0), aws);
	fclose(from_aws);
	bed_close(&bed);
	return 0;
}

static void
faults(const char *json)
{
	char line[64];

	fprintf(to_aws, "faults %s\n", json);
	fflush(to_aws);
	read_line(line, sizeof line);
}

static int
calls(const char *operation)
{
	char line[64];

	fprintf(to_aws, "calls %s\n", operation);
	fflush(to_aws);
	read_line(line, sizeof line);
	return atoi(line);
}

/* ---- steps ---- */

#define TEXT(t)                                                                        \
	{                                                                              \
		(const uint8_t *)(t), sizeof(t) - 1                                    \
	}
#define REMOTE(k, doc)                                                                 \
	.kind = (k), .instance = TEXT("i-00000000000000001"), .name = TEXT("n1"),      \
	.document = TEXT(doc),                                                         \
	.command_document = TEXT("AWS-StartNonInteractiveCommand"),                    \
	.reason = TEXT("a test"), .client_version = TEXT("1.2.677.0"),                 \
	.resume_ms = 60000, .connect_ms = 60000
#define COMMAND(text) .form = LINE_CANON, .command = TEXT(text)

static void
lease(struct peer *p)
{
	const struct msg_lease m = { .access_key_id = span_of(KEY),
		.secret = span_of(SECRET),
		.expires_ms = 4102444800000 };

	peer_tell(p, MSG_LEASE, &m);
}

/* Until AWS has named it. */
static void
begin(struct peer *p, const struct msg_remote *remote, bool pty)
{
	static const char *const hosts[HOSTS] = { "ssm", "kms", "ssmmessages" };
	static char to[HOSTS][256];
	struct bed_want want = { .remote = remote,
		.pty = pty,
		.columns = pty ? 80 : 0,
		.rows = pty ? 24 : 0,
		.ca = aws_ca };

	for (int i = 0; i < HOSTS; i++) {
		snprintf(to[i], sizeof to[i],
		    "%s.eu-west-1.amazonaws.com:443:127.0.0.1:%u", hosts[i], aws_port);
		want.connect_all[i] = to[i];
	}
	peer_open(p, &bed, &want);
	lease(p);
	assert_int_equal(peer_hear(p, MSG_REMOTE_AT)->remote_at.state, REMOTE_OPENED);
}

static const struct msg_exit *
over(struct peer *p, unsigned state)
{
	const struct msg_closed m = { 1 };
	enum msg type;

	assert_int_equal(peer_hear(p, MSG_REMOTE_AT)->remote_at.state, state);
	assert_int_equal(peer_hear(p, MSG_ENDED)->ended.recorded, 1);
	peer_tell(p, MSG_CLOSED, &m);
	while ((type = peer_take(p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	return &p->m.exit;
}

static void
assert_exit(const struct msg_exit *m, unsigned how, unsigned code)
{
	if (m->how != how || m->code != code)
		fail_msg("how %u, code %u: %.*s", m->how, m->code, (int)m->text.len,
		    (const char *)m->text.p);
}

static void
is_whole(struct peer *p, enum seal_status status)
{
	struct proof proof;

	assert_int_equal(bed_read(&bed, p->file, &proof, NULL), PROOF_WHOLE);
	assert_int_equal(proof.status, status);
}

/* Until this stands in what is shown. */
static void
peer_shows(struct peer *p, const char *what)
{
	while (memmem(p->shown[0].p, p->shown[0].len, what, strlen(what)) == NULL)
		if (peer_take(p) != MSG_DATA)
			fail_msg("shown is \"%.*s\", told \"%.*s\"",
			    (int)p->shown[0].len, (const char *)p->shown[0].p,
			    (int)p->m.exit.text.len, (const char *)p->m.exit.text.p);
}

static void
bye(struct peer *p)
{
	peer_gone(p, &p->data);
	peer_gone(p, &p->control);
	peer_close(p);
}

/* ---- cases ---- */

static void
test_command(void **state)
{
	static const struct msg_remote seq = { REMOTE(REMOTE_COMMAND,
						   "AWS-StartNonInteractiveCommand"),
		COMMAND("'seq' 1 100000 && 'ls' /nonexistent") };
	struct peer p;

	(void)state;
	begin(&p, &seq, false);
	assert_exit(over(&p, REMOTE_CLOSED), HOW_EXIT, 2);
	assert_int_equal(p.shown[0].len, 588895);
	assert_memory_equal(p.shown[0].p + 588888, "100000\n", 7);
	assert_non_null(memmem(p.shown[1].p, p.shown[1].len, "nonexistent", 11));
	is_whole(&p, SEAL_CLOSED);
	bye(&p);
}

/* In two pieces, with a pause between them. */
static void
test_masked(void **state)
{
	static const struct msg_remote echo = { REMOTE(REMOTE_COMMAND,
						    "AWS-StartNonInteractiveCommand"),
		COMMAND("'printf' 'id AKIAQ3EG' && 'sleep' 0.1 && 'echo' "
			"HUBRTZ4WXN5P && 'echo' token=" SECRET) };
	struct proof proof;
	struct peer p;
	struct buf text;

	(void)state;
	begin(&p, &echo, false);
	assert_exit(over(&p, REMOTE_CLOSED), HOW_EXIT, 0);
	buf_init(&text, MIB);
	assert_int_equal(bed_read(&bed, p.file, &proof, &text), PROOF_WHOLE);
	assert_null(strstr(buf_cstr(&p.shown[0]), "HUBRTZ4WXN5P"));
	assert_null(strstr(buf_cstr(&p.shown[0]), "stand-in"));
	assert_null(strstr(buf_cstr(&text), "HUBRTZ4WXN5P"));
	assert_null(strstr(buf_cstr(&text), "stand-in"));
	assert_non_null(strstr(buf_cstr(&text), "\\\"t\\\":\\\"mask\\\""));
	buf_clear(&text);
	bye(&p);
}

/* The socket is closed again and again, frames are lost: all of it, once. */
static void
test_resumed(void **state)
{
	static const struct msg_remote seq = { REMOTE(REMOTE_COMMAND,
						   "AWS-StartNonInteractiveCommand"),
		COMMAND("'seq' 1 100000") };
	struct peer p;

	(void)state;
	faults("{\"bye_after\": 40, \"to_client\": {\"drop\": 3}}");
	begin(&p, &seq, false);
	assert_exit(over(&p, REMOTE_CLOSED), HOW_EXIT, 0);
	assert_int_equal(p.shown[0].len, 588895);
	assert_true(calls("ResumeSession") > 0);
	is_whole(&p, SEAL_CLOSED);
	bye(&p);
}

/* With the keys of KMS. */
static void
test_encrypted(void **state)
{
	struct msg_remote echo = { REMOTE(REMOTE_COMMAND,
				       "AWS-StartNonInteractiveCommand"),
		COMMAND("'echo' sealed") };
	struct peer p;

	(void)state;
	echo.instance = span_of("i-00000000000000002");
	begin(&p, &echo, false);
	assert_exit(over(&p, REMOTE_CLOSED), HOW_EXIT, 0);
	assert_true(span_is(buf_span(&p.shown[0]), "sealed\n"));
	bye(&p);
}

static void
test_program(void **state)
{
	static const struct msg_remote cat = { REMOTE(REMOTE_PROGRAM,
						   "AWS-StartInteractiveCommand"),
		COMMAND("'sh' -c 'echo ready; exec cat'") };
	const struct msg_resize size = { 100, 50 };
	struct peer p;

	(void)state;
	begin(&p, &cat, true);
	peer_shows(&p, "ready\r\n");
	peer_type(&p, "hello\r", 6);
	peer_shows(&p, "hello\r\nhello\r\n");
	peer_send(&p, MSG_RESIZE, &size);
	peer_type(&p, "\x04", 1);
	assert_exit(over(&p, REMOTE_CLOSED), HOW_EXIT, 0);
	is_whole(&p, SEAL_CLOSED);
	bye(&p);
}

static void
test_interrupted(void **state)
{
	static const struct msg_remote sleep = { REMOTE(REMOTE_COMMAND,
						     "AWS-StartNonInteractiveCommand"),
		COMMAND("'echo' begins && 'sleep' 600") };
	const struct msg_signal term = { SIGTERM };
	struct peer p;

	(void)state;
	begin(&p, &sleep, false);
	peer_shows(&p, "begins\n");
	peer_send(&p, MSG_SIGNAL, &term);
	assert_exit(over(&p, REMOTE_CLOSED), HOW_SIGNAL, SIGTERM);
	assert_int_equal(calls("TerminateSession"), 1);
	bye(&p);
}

/* Ended from each side: nothing stays there. */
static void
test_ends_are_told(void **state)
{
	static const struct msg_remote sleep = { REMOTE(REMOTE_COMMAND,
						     "AWS-StartNonInteractiveCommand"),
		COMMAND("'echo' begins && 'sleep' 600") };
	struct peer p;

	(void)state;
	begin(&p, &sleep, false);
	peer_shows(&p, "begins\n");
	close(p.data);
	p.data = -1;
	peer_hear(&p, MSG_REMOTE_AT);
	peer_hear(&p, MSG_ENDED);
	peer_gone(&p, &p.control);
	assert_int_equal(calls("TerminateSession"), 1);
	is_whole(&p, SEAL_PEER_LOST);
	peer_close(&p);
	begin(&p, &sleep, false);
	peer_shows(&p, "begins\n");
	close(p.control);
	p.control = -1;
	while (peer_take(&p) == MSG_DATA)
		;
	assert_int_equal(calls("TerminateSession"), 2);
	is_whole(&p, SEAL_SHUTDOWN);
	peer_close(&p);
}

static void
test_refused(void **state)
{
	struct msg_remote echo = { REMOTE(REMOTE_COMMAND,
				       "AWS-StartNonInteractiveCommand"),
		COMMAND("'echo' x") };
	const struct msg_closed m = { 1 };
	static const char *const hosts[HOSTS] = { "ssm", "kms", "ssmmessages" };
	static char to[HOSTS][256];
	struct bed_want want = { .remote = &echo, .ca = aws_ca };
	struct peer p;

	(void)state;
	echo.instance = span_of("i-0ffffffffffffffff");
	for (int i = 0; i < HOSTS; i++) {
		snprintf(to[i], sizeof to[i],
		    "%s.eu-west-1.amazonaws.com:443:127.0.0.1:%u", hosts[i], aws_port);
		want.connect_all[i] = to[i];
	}
	peer_open(&p, &bed, &want);
	lease(&p);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 1);
	peer_tell(&p, MSG_CLOSED, &m);
	while (peer_take(&p) == MSG_DATA)
		;
	assert_exit(&p.m.exit, HOW_NEVER, 69);
	assert_int_equal(p.m.exit.ran, 0);
	assert_true(span_starts(p.m.exit.text, "could not be opened: "));
	bye(&p);
}

/* One that sends back what it gets. */
static pid_t
echo_server(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;
	static char piece[65536];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), conn;
	ssize_t n;
	pid_t pid;

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	if ((pid = fork()) == 0) {
		alarm(100);
		conn = accept(fd, NULL, NULL);
		while ((n = read(conn, piece, sizeof piece)) > 0)
			write_all(conn, piece, (size_t)n);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void
test_port(void **state)
{
	struct msg_remote port = { REMOTE(
	    REMOTE_PORT, "AWS-StartPortForwardingSession") };
	static char up[MIB];
	struct peer p;
	unsigned number;
	pid_t pid = echo_server(&number);
	int status;

	(void)state;
	port.port = number;
	for (size_t i = 0; i < sizeof up; i++)
		up[i] = (char)(i * 31 + i / 4099);
	begin(&p, &port, false);
	for (size_t at = 0; at < sizeof up; at += 16384) {
		peer_type(&p, up + at, 16384);
		/* What comes back is taken meanwhile, or both would wait. */
		if (at >= 4 * 16384)
			peer_shown(&p, at - 4 * 16384);
	}
	peer_shown(&p, sizeof up);
	assert_memory_equal(p.shown[0].p, up, sizeof up);
	close(p.data);
	p.data = -1;
	peer_hear(&p, MSG_REMOTE_AT);
	peer_hear(&p, MSG_ENDED);
	is_whole(&p, SEAL_CLOSED);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	peer_close(&p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_command),
		T(test_masked),
		T(test_resumed),
		T(test_encrypted),
		T(test_program),
		T(test_interrupted),
		T(test_ends_are_told),
		T(test_refused),
		T(test_port),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
