/* A session's gate, confined as it is in use: real aws against the stand-in, and an
 * SDK's bytes through DATA. */
#include "tests/support/unit.h"
#include "tests/session/bed.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/secret.h"
#include "lib/base/sigv4.h"
#include "lib/model/sdkkey.h"
#include "policies/apicall.h"
#include "tests/support/server.h"

static struct bed bed;
static struct server server;
static char connect_to[64];
static const char seed[] = "{\"account\":\"111122223333\",\"keys\":[{\"access_key_id\":"
			   "\"AKIATESTTESTTESTTEST\","
			   "\"secret_access_key\":\"the/lease's+secret\","
			   "\"arn\":\"arn:aws:iam::111122223333:user/t\"}],"
			   "\"buckets\":{\"our-bucket\":{\"region\":\"eu-west-1\"}}}";

static int
setup(void **state)
{
	static const char *const argv[] = { "--dir", "@", "--seed", "@/seed.json",
		"--until-stdin-closes", NULL };

	(void)state;
	server_open(&server, "aws_standin.py", argv, seed);
	snprintf(connect_to, sizeof connect_to, "::127.0.0.1:%u", server.port);
	bed_open(&bed);
	bed_nursery(&bed, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed_close(&bed);
	server_close(&server);
	return 0;
}

static void
give_lease(struct peer *p, const char *id)
{
	struct msg_lease m = { .access_key_id = span_of(id),
		.secret = span_of(id[0] != '\0' ? "the/lease's+secret" : ""),
		.expires_ms = clock_wall_ms() + 3600000,
		.text = span_of(id[0] != '\0' ? "" : "STS says no") };

	peer_tell(p, MSG_LEASE, &m);
}

/* What READY said, as a command is given it. */
struct given {
	char proxy[160], id[64], secret[64], ca[64];
};

static void
take_ready(const struct msg_ready *m, struct given *g)
{
	int fd;

	assert_true(span_copy(m->access_key_id, g->id, sizeof g->id));
	assert_true(span_copy(m->secret, g->secret, sizeof g->secret));
	assert_int_equal(strlen(g->id), 20);
	assert_memory_equal(g->id, "AKBROKER", 8);
	snprintf(g->proxy, sizeof g->proxy, "%.*s", (int)m->proxy.len,
	    (const char *)m->proxy.p);
	strcpy(g->ca, "/tmp/calls.XXXXXX");
	fd = mkstemp(g->ca);
	assert_true(fd >= 0);
	write_all(fd, m->ca.p, m->ca.len);
	close(fd);
}

static int
listen_here(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static pid_t
run_aws(struct peer *p, const struct given *g, unsigned port, const char *const *words)
{
	char env[8][400];
	char *envp[9];
	const char *argv[16] = { "/usr/bin/aws" };
	pid_t pid;
	int n = 0;

	snprintf(env[n++], 400, "HTTPS_PROXY=http://%s@127.0.0.1:%u", g->proxy, port);
	snprintf(env[n++], 400, "AWS_CA_BUNDLE=%s", g->ca);
	snprintf(env[n++], 400, "AWS_ACCESS_KEY_ID=%s", g->id);
	snprintf(env[n++], 400, "AWS_SECRET_ACCESS_KEY=%s", g->secret);
	snprintf(env[n++], 400, "AWS_DEFAULT_REGION=eu-west-1");
	snprintf(env[n++], 400, "AWS_CONFIG_FILE=/dev/null");
	snprintf(env[n++], 400, "AWS_MAX_ATTEMPTS=1");
	snprintf(env[n++], 400, "PATH=/nonexistent");
	for (int i = 0; i < n; i++)
		envp[i] = env[i];
	envp[n] = NULL;
	for (int i = 0; words[i] != NULL; i++)
		argv[i + 1] = words[i];
	if ((pid = fork()) == 0) {
		dup2(p->in, 0);
		dup2(p->out, 1);
		dup2(p->err, 2);
		close_range(3, ~0u, 0);
		execve(argv[0], (char *const *)argv, envp);
		_exit(127);
	}
	return pid;
}

/* What an allowed call's answer says beside that. */
static const char *masks = "";
static bool reveal;

static void
say(struct peer *p, uint32_t call, enum msg_effect effect, const char *text)
{
	struct msg_call_says m = { .effect = effect,
		.rule = span_of("pack/rule"),
		.text = span_of(text),
		.policy = span_of("the digest of 32 bytes of a pack"),
		.masks = span_of(masks),
		.reveal = reveal };

	peer_answer(p, MSG_CALL_SAYS, call, &m);
}

/* Bob is asked, and does not like it. */
static void
hold_and_deny(struct peer *p, uint32_t call)
{
	struct msg_call_says m = { .effect = VERDICT_HOLD,
		.rule = span_of("pack/rule"),
		.text = span_of("held: 7F3K-Q2MX needs 1 of bob"),
		.hold = span_of("7F3K-Q2MX"),
		.policy = span_of("the digest of 32 bytes of a pack") };

	peer_answer(p, MSG_CALL_SAYS, call, &m);
	m.effect = VERDICT_DENY;
	m.text = span_of("not today");
	m.decisions =
	    span_of("[{\"decision\":\"denied\",\"name\":\"bob\",\"proof\":\"key\"}]");
	peer_answer(p, MSG_CALL_SAYS, call, &m);
}

/* One message, if there is one within some time; a call is allowed unless it is the one
 * to be denied. */
static void
serve_one(struct peer *p, const char *denied)
{
	struct pollfd pfd = { .fd = p->control, .events = POLLIN };
	struct apicall *call = NULL;
	struct err err = { "" };

	if (poll(&pfd, 1, 20) != 1)
		return;
	peer_hear(p, MSG_CALL_ASK);
	assert_int_equal(apicall_read(p->m.call_ask.facts, &call, &err), RC_OK);
	if (denied != NULL && strcmp(apicall_operation(call), denied) == 0)
		hold_and_deny(p, p->call);
	else
		say(p, p->call, VERDICT_ALLOW, "");
	apicall_free(call);
}

/* Run a command to its end; *status is its own. */
static void
live(struct peer *p, const char *const *words, const char *denied, int *status)
{
	const struct bed_want want = { .ca = server.ca, .connect_to = connect_to };
	struct given g;
	unsigned port;
	pid_t pid;
	int fd;

	peer_start(p, &bed, &want);
	peer_certify(p);
	take_ready(&peer_hear(p, MSG_READY)->ready, &g);
	give_lease(p, "AKIATESTTESTTESTTEST");
	fd = listen_here(&port);
	peer_listening(p, fd);
	close(fd);
	pid = run_aws(p, &g, port, words);
	while (waitpid(pid, status, WNOHANG) == 0)
		serve_one(p, denied);
	*status = WEXITSTATUS(*status);
	unlink(g.ca);
}

static char *
recorded(struct peer *p)
{
	struct proof proof;
	struct buf text;
	char *copy;

	buf_init(&text, 64u << 20);
	assert_int_equal(bed_read(&bed, p->file, &proof, &text), PROOF_WHOLE);
	copy = span_dup(buf_span(&text));
	assert_non_null(copy);
	buf_clear(&text);
	return copy;
}

static void
assert_has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no '%s' in %s", what, text);
}

static void
test_command(void **state)
{
	static const char *const words[] = { "s3", "ls", NULL };
	struct peer p;
	char *text;
	int status;

	(void)state;
	live(&p, words, NULL, &status);
	assert_int_equal(status, 0);
	assert_int_equal(peer_finish(&p, HOW_EXIT, 0)->code, 0);
	assert_has(buf_cstr(&p.shown[0]), "our-bucket");
	text = recorded(&p);
	assert_has(text, "\\\"t\\\":\\\"aws.call\\\"");
	assert_has(text, "\\\"operation\\\":\\\"ListBuckets\\\"");
	assert_has(text, "\\\"t\\\":\\\"aws.done\\\"");
	assert_has(text, "\\\"status\\\":200");
	assert_has(text, "\\\"aws_calls\\\":{\\\"s3\\\":1},\\\"aws_refused\\\":{}");
	assert_null(strstr(text, "lease's+secret"));
	free(text);
	peer_close(&p);
}

static void
test_denied(void **state)
{
	static const char *const words[] = { "s3", "ls", NULL };
	struct peer p;
	char *text;
	int status;

	(void)state;
	live(&p, words, "ListBuckets", &status);
	assert_int_not_equal(status, 0);
	peer_finish(&p, HOW_EXIT, (uint8_t)status);
	text = (char *)buf_cstr(&p.shown[1]);
	assert_has(text, "AccessDenied");
	assert_has(text,
	    "broker: denied: s3:ListAllMyBuckets on *: by rule pack/rule: not today\n");
	text = recorded(&p);
	assert_has(text, "\\\"t\\\":\\\"aws.refused\\\"");
	assert_null(strstr(text, "aws.call"));
	assert_has(text, "\\\"t\\\":\\\"approval.request\\\",\\\"hold\\\":"
			 "\\\"7F3K-Q2MX\\\",\\\"call\\\":");
	assert_has(text, "\\\"decision\\\":\\\"denied\\\",\\\"by\\\":\\\"bob\\\"");
	assert_has(text, "\\\"aws_calls\\\":{},\\\"aws_refused\\\":{\\\"s3\\\":1}");
	free(text);
	peer_close(&p);
}

/* What a command prints of an answer that people let through is shown; what else it says
 * is masked as ever.  What a call's rule adds is masked from then on. */
static void
test_masks_of_a_call(void **state)
{
	static const char *const words[] = { "s3", "ls", NULL };
	static const char secret[] = "\"SecretString\": \"hunter2hunter2\"\n";
	struct peer p;
	int status;

	(void)state;
	for (int i = 0; i < 2; i++) {
		reveal = i == 1;
		masks = i == 0 ? "pii" : "";
		live(&p, words, NULL, &status);
		if (status != 0) {
			peer_take(&p);
			fail_msg("%s", buf_cstr(&p.shown[1]));
		}
		write_all(p.out, secret, strlen(secret));
		write_all(p.err, secret, strlen(secret));
		write_all(p.out, "4111 1111 1111 1111\n", 20);
		write_all(p.out, "the/lease's+secret\n", 19);
		peer_finish(&p, HOW_EXIT, 0);
		assert_int_equal(
		    strstr(buf_cstr(&p.shown[0]), "hunter2") != NULL, reveal);
		assert_null(strstr(buf_cstr(&p.shown[1]), "hunter2"));
		assert_int_equal(
		    strstr(buf_cstr(&p.shown[0]), "4111 ") != NULL, reveal);
		assert_null(strstr(buf_cstr(&p.shown[0]), "lease's+secret"));
		peer_close(&p);
	}
	reveal = false;
	masks = "";
}

/* A name that nobody knows: the session ends for it, and nothing is shown. */
static void
test_masks_that_cannot_be(void **state)
{
	static const char *const words[] = { "s3", "ls", NULL };
	const struct bed_want want = { .ca = server.ca, .connect_to = connect_to };
	const struct msg_closed closed = { 1 };
	struct given g;
	struct peer p;
	unsigned port;
	int fd, status;
	enum msg type;
	pid_t pid;

	(void)state;
	masks = "nosuch";
	peer_start(&p, &bed, &want);
	peer_certify(&p);
	take_ready(&peer_hear(&p, MSG_READY)->ready, &g);
	give_lease(&p, "AKIATESTTESTTESTTEST");
	fd = listen_here(&port);
	peer_listening(&p, fd);
	close(fd);
	pid = run_aws(&p, &g, port, words);
	peer_hear(&p, MSG_CALL_ASK);
	say(&p, p.call, VERDICT_ALLOW, "");
	while ((type = peer_next(&p)) == MSG_CALL_GONE)
		;
	assert_int_equal(type, MSG_ENDED);
	assert_int_equal(p.m.ended.recorded, 1);
	assert_int_equal(p.m.ended.status, 70);
	peer_tell(&p, MSG_CLOSED, &closed);
	while (peer_take(&p) == MSG_DATA)
		;
	assert_int_equal(p.m.exit.code, 70);
	assert_true(span_starts(p.m.exit.text, "masking failed: no masking is named"));
	assert_int_equal(p.shown[0].len, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(g.ca);
	free(recorded(&p));
	peer_close(&p);
	masks = "";
}

/* Only one message may come over the gate socket. */
static void
test_gate_socket(void **state)
{
	const struct bed_want want = { .ca = server.ca, .connect_to = connect_to };
	struct peer p;
	unsigned port;
	int fd;

	(void)state;
	peer_open(&p, &bed, &want);
	fd = listen_here(&port);
	peer_listening(&p, fd);
	peer_listening(&p, fd);
	close(fd);
	assert_int_equal(peer_hear(&p, MSG_SIGNAL)->signal.signo, SIGKILL);
	peer_finish(&p, HOW_SIGNAL, SIGKILL);
	peer_close(&p);
}

static void
test_bad_gate(void **state)
{
	const struct bed_want want = { .ca = "/dev/zero" };
	struct peer p;

	(void)state;
	peer_start(&p, &bed, &want);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 0);
	assert_has((const char *)p.m.ended.text.p, "the gate could not be made");
	peer_close(&p);
}

/* A signed request in endpoint mode, as bytes. */
static void
put_request(struct buf *out, uint64_t now)
{
	static const char body[] = "Action=GetCallerIdentity&Version=2011-06-15";
	const struct sigv4_header headers[] = {
		{ span_of("Host"), span_of("localhost:8443") },
		{ span_of("Content-Type"),
		    span_of("application/x-www-form-urlencoded; charset=utf-8") },
	};
	char hash[SIGV4_HEX], signature[SIGV4_HEX], id[SDKKEY_ID + 1];
	struct sigv4_request r = { .method = "POST",
		.path = span_of("/"),
		.headers = headers,
		.n_headers = 2,
		.payload_hash = hash };
	struct sigv4_key key = { .access_key_id = id,
		.region = "eu-west-1",
		.service = "sts",
		.time_ms = now };
	struct secret *secret = NULL;
	struct err err = { "" };

	assert_int_equal(sdkkey_pair(span_of(BED_ROOT), clock_wall_ms() / 1000 + 600,
			     id, &secret, &err),
	    RC_OK);
	key.secret = secret;
	assert_int_equal(sigv4_hash(span_of(body), hash, &err), RC_OK);
	buf_text(out,
	    "POST / HTTP/1.1\r\nHost: localhost:8443\r\n"
	    "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
	    "User-Agent: mine/1 AKIAIOSFODNN7EXAMPLX\r\n");
	assert_int_equal(sigv4_header(&r, &key, false, out, signature, &err), RC_OK);
	buf_printf(out, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	secret_free(secret);
}

static void
open_bounded(struct peer *p, uint64_t most)
{
	const struct bed_want want = { .sdk = true,
		.events_max = most,
		.ca = server.ca,
		.connect_to = connect_to };

	peer_start(p, &bed, &want);
	peer_certify(p);
	assert_int_equal(peer_hear(p, MSG_READY)->ready.proxy.len, 0);
	give_lease(p, "AKIATESTTESTTESTTEST");
}

static void
open_sdk(struct peer *p)
{
	open_bounded(p, 0);
}

static void
closing(struct peer *p)
{
	struct msg_closed closed = { 1 };

	assert_int_equal(peer_hear(p, MSG_ENDED)->ended.recorded, 1);
	assert_int_equal(p->m.ended.status, 0);
	peer_tell(p, MSG_CLOSED, &closed);
}

static void
test_sdk(void **state)
{
	struct peer p;
	struct buf request;
	char *text;

	(void)state;
	open_sdk(&p);
	buf_init(&request, 65536);
	put_request(&request, clock_wall_ms());
	/* In two pieces, as a channel may cut it. */
	peer_type(&p, (const char *)request.p, 100);
	peer_type(&p, (const char *)request.p + 100, request.len - 100);
	peer_hear(&p, MSG_CALL_ASK);
	say(&p, p.call, VERDICT_ALLOW, "");
	while (strstr(buf_cstr(&p.shown[0]), "</GetCallerIdentityResponse>") == NULL)
		assert_int_equal(peer_take(&p), MSG_DATA);
	assert_memory_equal(p.shown[0].p, "HTTP/1.1 200 ", 13);
	peer_send(&p, MSG_EOF, NULL);
	closing(&p);
	assert_int_equal(peer_see(&p, MSG_EXIT)->exit.code, 0);
	text = recorded(&p);
	assert_has(text, "\\\"operation\\\":\\\"GetCallerIdentity\\\"");
	assert_has(text, "\\\"policy\\\":\\\"74686520646967657374");
	assert_has(text, "\\\"reason\\\":\\\"closed\\\"");
	/* The bytes themselves are no output. */
	assert_null(strstr(text, "HTTP/1.1 200"));
	/* No name tells what stands in a text. */
	assert_has(text, "mine/1 [MASKED:aws-access-key-id]");
	assert_null(strstr(text, "AKIAIOSFODNN7EXAMPLX"));
	free(text);
	buf_clear(&request);
	peer_close(&p);
}

/* The wrong key, and no lease: in AWS's words. */
static void
test_sdk_refused(void **state)
{
	struct peer p;
	struct buf request;

	(void)state;
	open_sdk(&p);
	buf_init(&request, 65536);
	put_request(&request, clock_wall_ms() - 3600000);
	peer_type(&p, (const char *)request.p, request.len);
	while (strstr(buf_cstr(&p.shown[0]), "</ErrorResponse>") == NULL)
		(void)peer_take(&p);
	assert_memory_equal(p.shown[0].p, "HTTP/1.1 403 ", 13);
	give_lease(&p, "");
	buf_clear(&request);
	peer_close(&p);
}

/* The front closes its end without a word: that is an end like any other. */
static void
test_sdk_client_gone(void **state)
{
	struct peer p;

	(void)state;
	open_sdk(&p);
	close(p.data);
	p.data = -1;
	closing(&p);
	peer_gone(&p, &p.control);
	peer_close(&p);
}

static void
test_sdk_stopped(void **state)
{
	struct msg_stop stop = { STOP_TIME, span_of("the time is over") };
	struct msg_closed closed = { 1 };
	struct peer p;

	(void)state;
	open_sdk(&p);
	peer_tell(&p, MSG_STOP, &stop);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 1);
	peer_tell(&p, MSG_CLOSED, &closed);
	peer_see(&p, MSG_EXIT);
	peer_close(&p);
}

/* A request that is refused; false when the session has something to say instead. */
static bool
ask_unsigned(struct peer *p)
{
	static const char ask[] = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct pollfd pfd[2] = { { .fd = p->control, .events = POLLIN },
		{ .fd = p->data, .events = POLLIN } };

	buf_reset(&p->shown[0]);
	peer_type(p, ask, sizeof ask - 1);
	/* Lines for its stderr come, too. */
	while (p->shown[0].len == 0) {
		assert_in_range(poll(pfd, 2, BED_WAIT_MS), 1, 2);
		if (pfd[0].revents != 0)
			return false;
		assert_int_equal(peer_take(p), MSG_DATA);
	}
	return true;
}

/* One that asks without end for what it is refused does not fill the disk. */
static void
test_sdk_fills(void **state)
{
	struct msg_closed closed = { 1 };
	struct peer p;
	char *text;
	size_t n = 0, refused = 0;

	(void)state;
	open_bounded(&p, 16384);
	while (n < 1000 && ask_unsigned(&p))
		n++;
	assert_in_range(n, 20, 200);
	assert_int_equal(peer_hear(&p, MSG_SIGNAL)->signal.signo, SIGTERM);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 1);
	assert_true(
	    memmem(p.m.ended.text.p, p.m.ended.text.len, "fill the recording", 18));
	peer_tell(&p, MSG_CLOSED, &closed);
	text = recorded(&p);
	assert_has(text, "\\\"t\\\":\\\"limit\\\"");
	for (const char *at = text; (at = strstr(at, "aws.refused")) != NULL; at++)
		refused++;
	assert_int_equal(refused, n);
	free(text);
	peer_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_masks_of_a_call),
		cmocka_unit_test(test_masks_that_cannot_be),
		cmocka_unit_test(test_gate_socket),
		cmocka_unit_test(test_bad_gate),
		cmocka_unit_test(test_sdk),
		cmocka_unit_test(test_sdk_refused),
		cmocka_unit_test(test_sdk_client_gone),
		cmocka_unit_test(test_sdk_stopped),
		cmocka_unit_test(test_sdk_fills),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
