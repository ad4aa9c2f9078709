/* The program itself, driven by a test that plays monitor, keeper, front and command.
 */
#include "tests/support/unit.h"
#include "tests/session/bed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "recorder/seal.h"
#include "broker/session/conduit.h"

static struct bed bed;

static int
setup(void **state)
{
	(void)state;
	bed_open(&bed);
	bed_nursery(&bed, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed_close(&bed);
	return 0;
}

static const struct bed_want plain;

/* The recording must be whole, with this footer status; its text is returned, yours. */
static char *
closed_text(struct peer *p, enum seal_status status)
{
	struct proof proof;
	struct buf text;
	char *copy;

	buf_init(&text, 256u << 20);
	assert_int_equal(bed_read(&bed, p->file, &proof, &text), PROOF_WHOLE);
	assert_true(proof.signer_known);
	assert_int_equal(proof.status, status);
	copy = span_dup(buf_span(&text));
	assert_non_null(copy);
	buf_clear(&text);
	return copy;
}

/* The same, and all that was shown, no more and no less, is its output. */
static char *
closed_output(struct peer *p, enum seal_status status)
{
	char *text = closed_text(p, status);
	struct buf out;

	buf_init(&out, 256u << 20);
	bed_output(span_of(text), &out);
	assert_int_equal(out.len, p->shown[0].len + p->shown[1].len);
	if (p->shown[1].len == 0)
		assert_true(span_eq(buf_span(&out), buf_span(&p->shown[0])));
	buf_clear(&out);
	return text;
}

static void
assert_has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in %.2000s", what, text);
}

/* Both texts stand in it, in this order. */
static void
assert_order(const char *text, const char *first, const char *second)
{
	const char *at = strstr(text, first);

	assert_has(text, first);
	assert_non_null(at);
	assert_has(at, second);
}

static void
assert_exit(
    const struct msg_exit *m, uint8_t how, uint8_t code, uint8_t ran, const char *text)
{
	assert_int_equal(m->how, how);
	assert_int_equal(m->code, code);
	assert_int_equal(m->ran, ran);
	if (!span_starts(m->text, text) || (*text == '\0' && m->text.len > 0))
		fail_msg("the client is told \"%.*s\"", (int)m->text.len,
		    (const char *)m->text.p);
}

static void
test_whole_life(void **state)
{
	struct peer p;
	char *text;

	(void)state;
	peer_open(&p, &bed, &plain);
	write_all(p.out, "one\n", 4);
	peer_shown(&p, 4);
	write_all(p.err, "two\n", 4);
	assert_int_equal(peer_take(&p), MSG_DATA);
	write_all(p.out, "three\n", 6);
	assert_exit(peer_finish(&p, HOW_EXIT, 3), HOW_EXIT, 3, 1, "");
	assert_true(span_is(buf_span(&p.shown[0]), "one\nthree\n"));
	assert_true(span_is(buf_span(&p.shown[1]), "two\n"));
	text = closed_output(&p, SEAL_CLOSED);
	assert_order(text, "session.open", "command");
	assert_order(text, "command", "cmd: aws s3 ls");
	assert_order(text, "cmd: aws s3 ls", "one\\n");
	assert_order(text, "three\\n", "\"x\", \"3\"");
	assert_order(text, "\"x\", \"3\"", "session.close");
	assert_has(text, "\\\"rule\\\":\\\"p/r\\\"");
	free(text);
	peer_gone(&p, &p.data);
	peer_gone(&p, &p.control);
	peer_close(&p);
}

static char first_line[65536];

static void
test_says_how_it_is_made(void **state)
{
	const struct bed_want want = { .columns = 132,
		.rows = 50,
		.hide_size = true,
		.quota = 1 << 20,
		.meta = "{\"recorder\":0,\"who\":\"ci\"}" };
	struct peer p;
	char *text;

	(void)state;
	peer_open(&p, &bed, &want);
	peer_finish(&p, HOW_EXIT, 0);
	text = closed_output(&p, SEAL_CLOSED);
	assert_has(text, "\"width\":132");
	assert_has(text, "\"who\":\"ci\",");
	assert_has(text, "\"recorder\":{\"compression\":\"");
	assert_has(text, "\"chunk\":65536,\"durability\":\"batch\",\"class\":\"std\","
			 "\"hide_size\":true,\"shreddable\":false,\"quota\":1048576}");
	assert_has(text, "\"clock\":{\"source\":\"CLOCK_MONOTONIC\",\"wall_ms\":1");
	assert_has(text, "\\\"commands\\\":{\\\"allowed\\\":1,\\\"asked\\\":0,");
	assert_has(text, "\\\"approvers\\\":[],\\\"aws_calls\\\":{},");
	free(text);
	/* What anybody can read does not tell. */
	memset(first_line, 0, sizeof first_line);
	assert_true(pread(p.file, first_line, sizeof first_line - 1, 0) > 80);
	assert_has(first_line, "\"width\":80,\"height\":24,");
	peer_gone(&p, &p.data);
	peer_gone(&p, &p.control);
	peer_close(&p);
}

static void
test_tells_who_agreed(void **state)
{
	const struct bed_want want = { .meta =
					   "{\"hold\":\"7F3K-Q2MX\",\"approvers\":["
					   "\"bob\"],\"approvals\":[{\"name\":\"bob\","
					   "\"proof\":\"key\"}]}" };
	struct peer p;
	char *text;

	(void)state;
	peer_open(&p, &bed, &want);
	peer_finish(&p, HOW_EXIT, 0);
	text = closed_output(&p, SEAL_CLOSED);
	assert_order(text, "session.open", "approval.request");
	assert_order(text, "approval.request", "approval.decision");
	assert_order(text, "\\\"by\\\":\\\"bob\\\"", "\"m\", \"approved by bob\"");
	assert_order(text, "approved by bob", "\\\"command\\\"");
	assert_has(text, "\\\"asked\\\":1,");
	free(text);
	peer_gone(&p, &p.data);
	peer_gone(&p, &p.control);
	peer_close(&p);
}

/* When READY comes, who asked for what is durable: sealed, not only written. */
static void
test_ready_is_durable(void **state)
{
	struct proof proof;
	struct buf text;
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &plain);
	buf_init(&text, 1u << 20);
	assert_int_equal(bed_read(&bed, p.file, &proof, &text), PROOF_UNTERMINATED);
	assert_int_equal(proof.proven_chunks, 2);
	assert_int_equal(proof.proven_len, proof.file_len);
	assert_has(buf_cstr(&text), "cmd: aws s3 ls");
	buf_clear(&text);
	peer_finish(&p, HOW_EXIT, 0);
	peer_close(&p);
}

static void
test_signalled(void **state)
{
	struct peer p;
	char *text;

	(void)state;
	peer_open(&p, &bed, &plain);
	assert_exit(peer_finish(&p, HOW_SIGNAL, SIGKILL), HOW_SIGNAL, SIGKILL, 1,
	    "the command was ended by signal 9");
	text = closed_text(&p, SEAL_CLOSED);
	assert_has(text, "\"x\", \"137\"");
	assert_has(text, "\\\"signal\\\":9");
	free(text);
	peer_close(&p);
}

static void
test_never_started(void **state)
{
	/* The monitor's word for the status; never a good one. */
	static const uint8_t rows[][2] = { { 69, 69 }, { 0, 70 } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct peer p;
		char *text;

		peer_open(&p, &bed, &plain);
		assert_exit(peer_finish(&p, HOW_NEVER, rows[i][0]), HOW_NEVER,
		    rows[i][1], 0, "the command could");
		text = closed_text(&p, SEAL_CLOSED);
		assert_null(strstr(text, "\"x\""));
		free(text);
		peer_close(&p);
	}
}

/* The command has ended, but something still writes: all of it comes, EXIT last. */
static void
test_exit_after_drain(void **state)
{
	struct msg_exited exited = { HOW_EXIT, 0 };
	struct msg_closed closed = { 1 };
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &plain);
	write_all(p.out, "early ", 6);
	peer_tell(&p, MSG_EXITED, &exited);
	peer_shown(&p, 6);
	write_all(p.out, "late", 4);
	peer_shown(&p, 10);
	close(p.out);
	close(p.err);
	p.out = p.err = -1;
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.out_bytes, 10);
	peer_tell(&p, MSG_CLOSED, &closed);
	peer_see(&p, MSG_EXIT);
	free(closed_output(&p, SEAL_CLOSED));
	peer_close(&p);
}

/* Outputs that never close do not keep a session for ever. */
static void
drain_bound(void)
{
	struct msg_exited exited = { HOW_EXIT, 5 };
	uint64_t start = clock_mono_ms();
	struct msg_closed closed = { 1 };
	struct peer p;
	char *text;

	peer_open(&p, &bed, &plain);
	write_all(p.out, "x", 1);
	peer_tell(&p, MSG_EXITED, &exited);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.status, 5);
	assert_in_range(clock_mono_ms() - start, 4000, 9000);
	peer_tell(&p, MSG_CLOSED, &closed);
	peer_shown(&p, 1);
	assert_exit(&peer_see(&p, MSG_EXIT)->exit, HOW_EXIT, 5, 1, "");
	text = closed_output(&p, SEAL_CLOSED);
	assert_has(text, "still open");
	free(text);
	peer_close(&p);
}

static void
fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = i % 61 == 0 ? '\n' : (uint8_t)('a' + (i * 7 + i / 61) % 26);
}

/* A client that does not read: the command blocks, nothing is lost, memory stays. */
static void
test_slow_reader(void **state)
{
	enum { N = 24 << 20 };
	uint8_t *sent = malloc(N);
	size_t at = 0, stuck;
	struct peer p;
	int idle = 0;

	(void)state;
	fill(sent, N);
	peer_open(&p, &bed, &plain);
	fcntl(p.out, F_SETFL, O_NONBLOCK);
	while (idle < 20) {
		ssize_t n = write(p.out, sent + at, N - at < 65536 ? N - at : 65536);

		if (n > 0) {
			at += (size_t)n;
			idle = 0;
			assert_true(at < N);
			continue;
		}
		usleep(10000);
		idle++;
	}
	stuck = at;
	/* Pipe, one batch, the socket: far below a client's worth of memory. */
	assert_in_range(stuck, 1, 4 << 20);
	while (at < N) {
		ssize_t n = write(p.out, sent + at, N - at < 65536 ? N - at : 65536);

		if (n > 0)
			at += (size_t)n;
		else
			assert_int_equal(peer_take(&p), MSG_DATA);
	}
	assert_exit(peer_finish(&p, HOW_EXIT, 0), HOW_EXIT, 0, 1, "");
	assert_int_equal(p.shown[0].len, N);
	assert_memory_equal(p.shown[0].p, sent, N);
	free(closed_output(&p, SEAL_CLOSED));
	peer_close(&p);
	free(sent);
}

/* A client slower than the drain's bound still gets all, then the exit status. */
static void
slow_reader_at_end(void)
{
	enum { N = 1 << 20 };
	struct msg_exited exited = { HOW_EXIT, 0 };
	struct msg_closed closed = { 1 };
	uint8_t *sent = malloc(N);
	size_t at = 0;
	struct peer p;

	fill(sent, N);
	peer_open(&p, &bed, &plain);
	fcntl(p.out, F_SETFL, O_NONBLOCK);
	for (int idle = 0; idle < 20 && at < N;) {
		ssize_t n = write(p.out, sent + at, N - at < 65536 ? N - at : 65536);

		idle = n > 0 ? 0 : idle + 1;
		at += n > 0 ? (size_t)n : 0;
		if (n <= 0)
			usleep(10000);
	}
	close(p.out);
	close(p.err);
	p.out = p.err = -1;
	peer_tell(&p, MSG_EXITED, &exited);
	sleep(6);
	peer_shown(&p, at);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.out_bytes, at);
	peer_tell(&p, MSG_CLOSED, &closed);
	peer_see(&p, MSG_EXIT);
	assert_memory_equal(p.shown[0].p, sent, at);
	peer_close(&p);
	free(sent);
}

/* What is bounded in seconds, side by side.  A stop is not waited for without end: the
 * command may not be there to tell. */
static void
test_bounds(void **state)
{
	struct msg_stop stop = { STOP_TIME, span_of("time limit of 1s reached") };
	uint64_t start = clock_mono_ms();
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &plain);
	peer_tell(&p, MSG_STOP, &stop);
	drain_bound();
	slow_reader_at_end();
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 1);
	assert_in_range(clock_mono_ms() - start, 8000, 25000);
	free(closed_text(&p, SEAL_POLICY));
	peer_close(&p);
}

static void
test_pty(void **state)
{
	struct bed_want want = { .pty = true, .columns = 132, .rows = 50 };
	struct msg_resize size = { 90, 30 };
	struct peer p;
	char got[16], *text;

	(void)state;
	peer_open(&p, &bed, &want);
	write_all(p.out, "a\nb", 3);
	peer_shown(&p, 4);
	assert_true(span_is(buf_span(&p.shown[0]), "a\r\nb"));
	peer_type(&p, "x\003y", 3);
	assert_int_equal(peer_hear(&p, MSG_SIGNAL)->signal.signo, SIGINT);
	peer_type(&p, "\034", 1);
	assert_int_equal(peer_hear(&p, MSG_SIGNAL)->signal.signo, SIGQUIT);
	assert_int_equal(read(p.in, got, sizeof got), 2);
	assert_memory_equal(got, "xy", 2);
	peer_send(&p, MSG_RESIZE, &size);
	peer_type(&p, "\004", 1);
	assert_int_equal(read(p.in, got, sizeof got), 0);
	/* The interrupt still works after the end of input. */
	peer_type(&p, "z\003", 2);
	assert_int_equal(peer_hear(&p, MSG_SIGNAL)->signal.signo, SIGINT);
	peer_finish(&p, HOW_SIGNAL, SIGINT);
	text = closed_output(&p, SEAL_CLOSED);
	assert_has(text, "\"width\":132");
	assert_has(text, "\"r\", \"90x30\"");
	free(text);
	peer_close(&p);
}

/* Input with backpressure: more than pipe and queue hold, then all of it arrives. */
static void
test_input(void **state)
{
	enum { N = 3 << 20 };
	uint8_t *sent = malloc(N), *got = malloc(N);
	struct msg_data m = { 0, { NULL, 0 } };
	size_t in = 0;
	struct peer p;
	char *text;
	pid_t pid;

	(void)state;
	fill(sent, N);
	peer_open(&p, &bed, &plain);
	if ((pid = fork()) == 0) {
		for (size_t at = 0; at < N; at += MSG_DATA_MAX) {
			m.bytes = span_make(sent + at, MSG_DATA_MAX);
			peer_send(&p, MSG_DATA, &m);
		}
		peer_send(&p, MSG_EOF, NULL);
		_exit(0);
	}
	usleep(200000);
	while (in < N) {
		ssize_t n = read(p.in, got + in, N - in);

		assert_true(n > 0);
		in += (size_t)n;
	}
	assert_int_equal(read(p.in, got, 1), 0);
	assert_memory_equal(got + 1, sent + 1, N - 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	peer_finish(&p, HOW_EXIT, 0);
	text = closed_text(&p, SEAL_CLOSED);
	assert_has(text, "\\\"stdin\\\":3145728");
	/* What was typed is not recorded in this version. */
	assert_null(strstr(text, "\"i\""));
	free(text);
	peer_close(&p);
	free(sent);
	free(got);
}

static void
test_signals(void **state)
{
	static const uint8_t signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL,
		SIGUSR1, SIGUSR2 };
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &plain);
	for (size_t i = 0; i < sizeof signals; i++) {
		struct msg_signal m = { signals[i] };

		peer_send(&p, MSG_SIGNAL, &m);
		assert_int_equal(peer_hear(&p, MSG_SIGNAL)->signal.signo, signals[i]);
	}
	peer_finish(&p, HOW_EXIT, 0);
	peer_close(&p);
}

/* A flood of signals costs the monitor a bounded number of messages. */
static void
test_signal_flood(void **state)
{
	struct msg_signal m = { SIGINT };
	struct msg_exited exited = { HOW_EXIT, 0 };
	enum msg type = MSG_SIGNAL;
	struct peer p;
	int n = 0;

	(void)state;
	peer_open(&p, &bed, &plain);
	for (int i = 0; i < 2000; i++)
		peer_send(&p, MSG_SIGNAL, &m);
	/* Output behind them: they have been read when it comes. */
	peer_type(&p, "x", 1);
	assert_int_equal(read(p.in, &type, 1), 1);
	close(p.out);
	close(p.err);
	p.out = p.err = -1;
	peer_tell(&p, MSG_EXITED, &exited);
	while (peer_next(&p) == MSG_SIGNAL)
		n++;
	assert_in_range(n, 1, 64);
	peer_close(&p);
}

static void
stop_and_end(struct peer *p, uint8_t why, const char *text)
{
	struct msg_stop stop = { why, span_of(text) };
	struct msg_exited exited = { HOW_SIGNAL, SIGKILL };
	struct msg_closed closed = { 1 };
	enum msg type;

	peer_tell(p, MSG_STOP, &stop);
	peer_tell(p, MSG_EXITED, &exited);
	assert_int_equal(peer_hear(p, MSG_ENDED)->ended.recorded, 1);
	peer_tell(p, MSG_CLOSED, &closed);
	while ((type = peer_take(p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
}

static void
test_stops(void **state)
{
	static const struct {
		uint8_t why;
		enum seal_status status;
		uint8_t code;
		const char *event;
	} rows[] = {
		{ STOP_GONE, SEAL_PEER_LOST, 70, "{\\\"t\\\":\\\"notice\\\"" },
		{ STOP_TIME, SEAL_POLICY, 70, "{\\\"t\\\":\\\"limit\\\"" },
		{ STOP_LOST, SEAL_PEER_LOST, 69, "{\\\"t\\\":\\\"notice\\\"" },
		{ STOP_SHUTDOWN, SEAL_SHUTDOWN, 70, "{\\\"t\\\":\\\"notice\\\"" },
		{ STOP_POLICY, SEAL_POLICY, 70, "{\\\"t\\\":\\\"notice\\\"" },
		{ STOP_QUOTA, SEAL_POLICY, 70, "{\\\"t\\\":\\\"limit\\\"" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct peer p;
		char *text, byte;

		peer_open(&p, &bed, &plain);
		write_all(p.out, "before\n", 7);
		peer_shown(&p, 7);
		stop_and_end(&p, rows[i].why, "because");
		assert_exit(&p.m.exit, HOW_NEVER, rows[i].code, 1, "stopped: because");
		/* Both pipes are closed. */
		assert_int_equal(write(p.out, "y", 1), -1);
		assert_int_equal(read(p.in, &byte, 1), 0);
		text = closed_output(&p, rows[i].status);
		assert_order(text, "before", rows[i].event);
		assert_order(text, rows[i].event, "\"x\", \"137\"");
		free(text);
		peer_close(&p);
	}
}

/* A stop overtakes the certificate: the recording has its reason, and its end. */
static void
test_stop_before_start(void **state)
{
	struct msg_stop stop = { STOP_SHUTDOWN, span_of("stopped: bye") };
	struct msg_exited exited = { HOW_NEVER, 0 };
	struct msg_closed closed = { 1 };
	struct peer p;
	char *text;

	(void)state;
	peer_start(&p, &bed, &plain);
	peer_tell(&p, MSG_STOP, &stop);
	peer_tell(&p, MSG_EXITED, &exited);
	peer_certify(&p);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 1);
	peer_tell(&p, MSG_CLOSED, &closed);
	assert_exit(&peer_see(&p, MSG_EXIT)->exit, HOW_NEVER, 70, 0, "stopped: bye");
	text = closed_text(&p, SEAL_SHUTDOWN);
	assert_has(text, "{\\\"t\\\":\\\"notice\\\",\\\"why\\\":\\\"shutdown\\\"");
	free(text);
	peer_close(&p);
}

/* The same, where no certificate is to be had. */
static void
test_stop_without_certificate(void **state)
{
	struct msg_stop stop = { STOP_SHUTDOWN, span_of("stopped: bye") };
	struct msg_sealed none = { { 0 }, { 0 } };
	struct msg_closed closed = { 0 };
	struct peer p;

	(void)state;
	peer_start(&p, &bed, &plain);
	peer_tell(&p, MSG_STOP, &stop);
	peer_hear(&p, MSG_SEAL);
	peer_tell(&p, MSG_SEALED, &none);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 0);
	peer_tell(&p, MSG_CLOSED, &closed);
	assert_int_equal(peer_see(&p, MSG_EXIT)->exit.ran, 0);
	peer_close(&p);
}

/* What nobody started cannot have ended. */
static void
test_exited_before_start(void **state)
{
	struct msg_exited exited = { HOW_EXIT, 0 };
	struct peer p;

	(void)state;
	peer_start(&p, &bed, &plain);
	peer_tell(&p, MSG_EXITED, &exited);
	peer_hear(&p, MSG_SEAL);
	peer_gone(&p, &p.control);
	peer_close(&p);
}

static void
test_output_limit(void **state)
{
	struct bed_want want = { .output_max = 100000 };
	struct msg_exited exited = { HOW_SIGNAL, SIGTERM };
	struct msg_closed closed = { 1 };
	static char block[65536];
	struct peer p;
	enum msg type;
	char *text;

	(void)state;
	memset(block, 'o', sizeof block);
	peer_open(&p, &bed, &want);
	write_all(p.out, block, sizeof block);
	peer_shown(&p, sizeof block);
	write_all(p.out, block, sizeof block);
	assert_int_equal(peer_hear(&p, MSG_SIGNAL)->signal.signo, SIGTERM);
	peer_tell(&p, MSG_EXITED, &exited);
	peer_hear(&p, MSG_ENDED);
	peer_tell(&p, MSG_CLOSED, &closed);
	while ((type = peer_take(&p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	assert_exit(
	    &p.m.exit, HOW_NEVER, 70, 1, "stopped: output limit of 100000 bytes");
	assert_int_equal(p.shown[0].len, 100000);
	text = closed_output(&p, SEAL_POLICY);
	assert_has(text, "{\\\"t\\\":\\\"limit\\\",\\\"why\\\":\\\"output\\\"");
	free(text);
	peer_close(&p);
}

/* The file is as long as it may be, with its end; what is shown is in it. */
static void
test_quota(void **state)
{
	struct msg_exited exited = { HOW_SIGNAL, SIGTERM };
	struct msg_closed closed = { 1 };
	static uint8_t block[65536];

	(void)state;
	for (int strict = 0; strict < 2; strict++) {
		struct bed_want want = { .quota = 1u << 20, .strict = strict };
		struct peer p;
		struct stat st;
		enum msg type;
		char *text;

		fill(block, sizeof block);
		peer_open(&p, &bed, &want);
		fcntl(p.out, F_SETFL, O_NONBLOCK);
		/* A slow disk may take its time with each piece. */
		for (uint64_t began = clock_mono_ms();
		     clock_mono_ms() - began < BED_WAIT_MS &&
		     (write(p.out, block, sizeof block) > 0 || errno == EAGAIN);)
			while (poll(&(struct pollfd){ p.data, POLLIN, 0 }, 1, 1) == 1)
				assert_int_equal(peer_take(&p), MSG_DATA);
		assert_int_equal(errno, EPIPE);
		assert_int_equal(peer_hear(&p, MSG_SIGNAL)->signal.signo, SIGTERM);
		peer_tell(&p, MSG_EXITED, &exited);
		assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 1);
		peer_tell(&p, MSG_CLOSED, &closed);
		while ((type = peer_take(&p)) == MSG_DATA)
			;
		assert_int_equal(type, MSG_EXIT);
		assert_exit(&p.m.exit, HOW_NEVER, 70, 1,
		    "stopped: the recording's quota of 1048576 bytes is used up");
		assert_int_equal(fstat(p.file, &st), 0);
		assert_in_range(st.st_size, 700000, 1u << 20);
		text = closed_output(&p, SEAL_POLICY);
		assert_has(text, "{\\\"t\\\":\\\"limit\\\",\\\"why\\\":\\\"quota\\\"");
		free(text);
		peer_close(&p);
	}
}

/* What was written may not be on the disk: nothing more is shown or recorded, and the
 * footer says that the recorder failed. */
static void
test_disk_failed(void **state)
{
	struct msg_stop stop = { STOP_DISK, span_of("sync a recording: EIO") };
	struct msg_exited exited = { HOW_SIGNAL, SIGKILL };
	struct msg_closed closed = { 1 };
	struct proof proof;
	struct peer p;
	enum msg type;

	(void)state;
	peer_open(&p, &bed, &plain);
	write_all(p.out, "before\n", 7);
	peer_shown(&p, 7);
	peer_tell(&p, MSG_STOP, &stop);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 0);
	peer_tell(&p, MSG_EXITED, &exited);
	peer_tell(&p, MSG_CLOSED, &closed);
	while ((type = peer_take(&p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	assert_exit(
	    &p.m.exit, HOW_NEVER, 70, 1, "recording failed: sync a recording: EIO");
	assert_int_equal(p.shown[0].len, 7);
	bed_read(&bed, p.file, &proof, NULL);
	assert_int_equal(proof.code, PROOF_WHOLE);
	assert_int_equal(proof.status, SEAL_BROKEN);
	peer_close(&p);
}

static void
test_front_gone(void **state)
{
	struct msg_exited exited = { HOW_SIGNAL, SIGKILL };
	struct msg_closed closed = { 1 };
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &plain);
	write_all(p.out, "seen", 4);
	peer_shown(&p, 4);
	close(p.data);
	p.data = -1;
	/* Nobody reads the command's output any more. */
	for (int i = 0; i < 1000 && write(p.out, "y", 1) == 1; i++)
		usleep(5000);
	assert_int_equal(errno, EPIPE);
	peer_tell(&p, MSG_EXITED, &exited);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 1);
	peer_tell(&p, MSG_CLOSED, &closed);
	peer_gone(&p, &p.control);
	free(closed_text(&p, SEAL_PEER_LOST));
	peer_close(&p);
}

static void
test_monitor_gone(void **state)
{
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &plain);
	write_all(p.out, "seen", 4);
	peer_shown(&p, 4);
	close(p.control);
	p.control = -1;
	peer_gone(&p, &p.data);
	free(closed_output(&p, SEAL_SHUTDOWN));
	peer_close(&p);
}

/* A keeper that refuses, and one that is not our keeper: nothing runs. */
static void
test_not_certified(void **state)
{
	static const uint8_t junk[64];
	const struct msg_sealed rows[] = { { { NULL, 0 }, { NULL, 0 } },
		{ { junk, 8 }, { junk, 64 } }, { { junk, 8 }, { junk, 63 } } };
	struct msg_closed closed = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct peer p;

		peer_start(&p, &bed, &plain);
		peer_hear(&p, MSG_SEAL);
		peer_tell(&p, MSG_SEALED, &rows[i]);
		assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 0);
		peer_tell(&p, MSG_CLOSED, &closed);
		assert_exit(&peer_see(&p, MSG_EXIT)->exit, HOW_NEVER, 70, 0,
		    "recording failed: ");
		peer_gone(&p, &p.data);
		peer_close(&p);
	}
}

static void
test_bad_start(void **state)
{
	const struct bed_want rows[] = { { .bad_recipients = true }, { .late = true },
		{ .meta = "[]" }, { .meta = "{\"a\":1,\"a\":2}" }, { .meta = "" } };
	struct msg_closed closed = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct peer p;

		peer_start(&p, &bed, &rows[i]);
		assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 0);
		assert_true(p.m.ended.text.len > 20);
		peer_tell(&p, MSG_CLOSED, &closed);
		assert_exit(&peer_see(&p, MSG_EXIT)->exit, HOW_NEVER, 70, 0,
		    "recording failed: ");
		peer_close(&p);
	}
}

/* ---- masking ---- */

/* Made up. */
#define KEY_BEGINS "AKIAQ3EG"
#define KEY_GOES_ON "HUBRTZ4WXN5P"

static void
assert_lacks(const char *text, const char *what)
{
	if (strstr(text, what) != NULL)
		fail_msg("\"%s\" in %.2000s", what, text);
}

/* Until this stands in what is shown on stdout. */
static void
wait_shown(struct peer *p, const char *what)
{
	while (strstr(buf_cstr(&p->shown[0]), what) == NULL)
		assert_int_equal(peer_take(p), MSG_DATA);
}

/* However the bytes come: neither on the screen nor in the recording. */
static void
test_secrets_are_masked(void **state)
{
	const struct bed_want want = { .masking = "hold_ms: {api: 5000}" };
	struct peer p;
	char *text;

	(void)state;
	peer_open(&p, &bed, &want);
	write_all(p.out, "one " KEY_BEGINS, 4 + 8);
	wait_shown(&p, "one ");
	assert_lacks(buf_cstr(&p.shown[0]), "AKIA");
	write_all(p.out, KEY_GOES_ON "\ntwo\n", 12 + 5);
	wait_shown(&p, "two\n");
	write_all(p.err, "password=hunter2hunter2\n", 24);
	assert_exit(peer_finish(&p, HOW_EXIT, 3), HOW_EXIT, 3, 1, "");
	assert_true(
	    span_is(buf_span(&p.shown[0]), "one [MASKED:aws-access-key-id]\ntwo\n"));
	assert_true(span_is(buf_span(&p.shown[1]), "password=[MASKED:field]\n"));
	assert_string_equal(p.masked, "aws-access-key-id=1 field=1");
	text = closed_output(&p, SEAL_CLOSED);
	assert_lacks(text, KEY_GOES_ON);
	assert_lacks(text, "hunter2");
	assert_order(text,
	    "{\\\"t\\\":\\\"mask\\\",\\\"rule\\\":\\\"field\\\","
	    "\\\"count\\\":1}",
	    "\\\"masked\\\":{\\\"aws-access-key-id\\\":1,\\\"field\\\":1}");
	free(text);
	peer_close(&p);
}

/* Nobody waits for what a prompt might become, and for the rest only so long. */
static void
test_masking_holds_nothing_up(void **state)
{
	const struct bed_want pty = { .pty = true, .columns = 80, .rows = 24 };
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &pty);
	write_all(p.out, "Password: ", 10);
	peer_shown(&p, 10);
	write_all(p.out, "\n" KEY_BEGINS, 9);
	peer_shown(&p, 10 + 2 + 8);
	write_all(p.out, KEY_GOES_ON "\n", 13);
	assert_exit(peer_finish(&p, HOW_EXIT, 0), HOW_EXIT, 0, 1, "");
	assert_lacks(buf_cstr(&p.shown[0]), KEY_GOES_ON);
	free(closed_output(&p, SEAL_CLOSED));
	peer_close(&p);
}

/* What it was given itself, whatever that looks like: the lease, an older one, and what
 * its gate has made up. */
static void
test_own_credentials_are_masked(void **state)
{
	static const char *const tokens[] = { "an/odd+token.of~no-shape",
		"another/odd+token.of~no-shape" };
	char secret[64], proxy[160];
	struct msg_lease lease = { .secret = span_of("an/odd+secret.of~no-shape"),
		.expires_ms = clock_wall_ms() + 3600000 };
	struct peer p;
	char *text;

	(void)state;
	peer_start(&p, &bed, &plain);
	peer_certify(&p);
	peer_hear(&p, MSG_READY);
	assert_true(span_copy(p.m.ready.secret, secret, sizeof secret));
	assert_true(span_copy(p.m.ready.proxy, proxy, sizeof proxy));
	for (int i = 0; i < 2; i++) {
		lease.access_key_id = span_of(tokens[i] + 3);
		lease.token = span_of(tokens[i]);
		peer_tell(&p, MSG_LEASE, &lease);
		/* A turn later it has that. */
		peer_type(&p, "x", 1);
		assert_int_equal(read(p.in, (char[4]){ 0 }, 4), 1);
	}
	dprintf(p.out, "%s %s an/odd+secret.of~no-shape;\n", tokens[0], tokens[1]);
	dprintf(p.err, "%s and %s;\n", secret, proxy);
	peer_finish(&p, HOW_EXIT, 0);
	text = closed_text(&p, SEAL_CLOSED);
	assert_true(span_is(
	    buf_span(&p.shown[0]), "[MASKED:seed] [MASKED:seed] [MASKED:seed];\n"));
	assert_lacks(buf_cstr(&p.shown[1]), secret);
	assert_lacks(buf_cstr(&p.shown[1]), strchr(proxy, ':') + 1);
	assert_lacks(text, "odd+");
	assert_lacks(text, secret);
	free(text);
	peer_close(&p);
}

static void
test_counted_only(void **state)
{
	const struct bed_want want = { .masking = "mode: count-only" };
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &want);
	write_all(p.out, KEY_BEGINS KEY_GOES_ON "\n", 21);
	peer_finish(&p, HOW_EXIT, 0);
	assert_true(span_is(buf_span(&p.shown[0]), KEY_BEGINS KEY_GOES_ON "\n"));
	assert_string_equal(p.masked, "aws-access-key-id=1");
	free(closed_output(&p, SEAL_CLOSED));
	peer_close(&p);
}

/* What cannot be masked does not begin. */
static void
test_masking_cannot_be_made(void **state)
{
	const struct bed_want rows[] = { { .masking = "mode: [" },
		{ .masks = "nosuch" }, { .seeds = span_of("no rows") } };
	struct msg_closed closed = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct peer p;

		peer_start(&p, &bed, &rows[i]);
		assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 0);
		peer_tell(&p, MSG_CLOSED, &closed);
		assert_exit(&peer_see(&p, MSG_EXIT)->exit, HOW_NEVER, 70, 0,
		    "masking failed: ");
		peer_close(&p);
	}
}

/* The keeper could not close it: the client must hear of that, whatever the command
 * said. */
static void
test_not_closed(void **state)
{
	struct msg_exited exited = { HOW_EXIT, 0 };
	struct msg_closed closed = { 0 };
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &plain);
	close(p.out);
	close(p.err);
	p.out = p.err = -1;
	peer_tell(&p, MSG_EXITED, &exited);
	peer_hear(&p, MSG_ENDED);
	peer_tell(&p, MSG_CLOSED, &closed);
	assert_exit(
	    &peer_see(&p, MSG_EXIT)->exit, HOW_NEVER, 70, 1, "recording failed: ");
	peer_close(&p);
}

static void
send_raw(int sock, uint16_t type, uint16_t reserved, const char *body, size_t n)
{
	struct buf b;

	buf_init(&b, FRAME_MAX);
	buf_u16(&b, type);
	buf_u16(&b, reserved);
	buf_u32(&b, 1);
	buf_put(&b, body, n);
	assert_int_equal(send(sock, b.p, b.len, MSG_NOSIGNAL), (ssize_t)b.len);
	buf_clear(&b);
}

/* A front that breaks the rules loses its session, and only that. */
static void
test_hostile_front(void **state)
{
#define BODY(s) s, sizeof s - 1
	static const struct {
		uint16_t type, reserved;
		const char *body;
		size_t n;
	} rows[] = {
		{ MSG_DATA, 0, BODY("") },
		/* stdout; too short; a length that lies; a byte too many */
		{ MSG_DATA, 0, BODY("\1\0\0\0\1x") },
		{ MSG_DATA, 0, BODY("\0\0\0") },
		{ MSG_DATA, 0, BODY("\0\0\0\0\2x") },
		{ MSG_DATA, 0, BODY("\0\0\0\0\1xy") },
		{ MSG_DATA, 1, BODY("\0\0\0\0\1x") },
		{ MSG_EOF, 0, BODY("x") },
		{ MSG_RESIZE, 0, BODY("\0\0\0\120") },
		{ MSG_SIGNAL, 0, BODY("\0") },
		{ MSG_SIGNAL, 0, BODY("\023") },
		/* not a front's to say, or nobody's */
		{ MSG_EXIT, 0, BODY("\0\0\0\0\0\0\0") },
		{ MSG_SEALED, 0, BODY("\0\0\0\0\0\0\0\0") },
		{ MSG_CLOSED, 0, BODY("\1") },
		{ MSG_COUNT, 0, BODY("") },
		{ 0, 0, BODY("") },
	};
#undef BODY
	struct msg_exited exited = { HOW_SIGNAL, SIGKILL };
	struct peer quiet;

	(void)state;
	peer_open(&quiet, &bed, &plain);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct peer p;

		peer_open(&p, &bed, &plain);
		send_raw(
		    p.data, rows[i].type, rows[i].reserved, rows[i].body, rows[i].n);
		for (int k = 0; k < 1000 && write(p.out, "y", 1) == 1; k++)
			usleep(1000);
		assert_int_equal(errno, EPIPE);
		peer_tell(&p, MSG_EXITED, &exited);
		peer_hear(&p, MSG_ENDED);
		free(closed_text(&p, SEAL_PEER_LOST));
		peer_close(&p);
	}
	write_all(quiet.out, "well", 4);
	peer_shown(&quiet, 4);
	peer_finish(&quiet, HOW_EXIT, 0);
	peer_close(&quiet);
}

/* Words of the monitor out of turn: we do not guess, the recording is ended. */
static void
test_out_of_turn(void **state)
{
	static const enum msg rows[] = { MSG_CLOSED, MSG_SEALED };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		static const uint8_t junk[64];
		struct msg_sealed sealed = { { junk, 8 }, { junk, 64 } };
		struct msg_closed closed = { 1 };
		struct peer p;

		peer_open(&p, &bed, &plain);
		peer_tell(&p, rows[i],
		    rows[i] == MSG_SEALED ? (void *)&sealed : (void *)&closed);
		peer_gone(&p, &p.data);
		free(closed_text(&p, SEAL_SHUTDOWN));
		peer_close(&p);
	}
}

/* kill -9 in mid-output: what was shown is a prefix of what the file proves to hold. */
static void
test_killed(void **state)
{
	enum { ROUNDS = 8 };
	static uint8_t block[16384];

	(void)state;
	fill(block, sizeof block);
	for (int i = 0; i < ROUNDS; i++) {
		struct proof proof;
		struct buf text, out;
		enum msg type;
		struct peer p;
		pid_t pid, writer;

		peer_open(&p, &bed, &plain);
		pid = bed_newest(&bed);
		if ((writer = fork()) == 0) {
			while (write(p.out, block, sizeof block) > 0)
				;
			_exit(0);
		}
		peer_shown(&p, (size_t)(i + 1) * 100000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		while ((type = peer_take(&p)) == MSG_DATA)
			;
		assert_int_equal(type, 0);
		kill(writer, SIGKILL);
		waitpid(writer, NULL, 0);
		buf_init(&text, 256u << 20);
		buf_init(&out, 256u << 20);
		assert_int_equal(
		    bed_read(&bed, p.file, &proof, &text), PROOF_UNTERMINATED);
		assert_true(proof.certified);
		bed_output(buf_span(&text), &out);
		assert_true(out.len >= p.shown[0].len);
		assert_memory_equal(out.p, p.shown[0].p, p.shown[0].len);
		/* Not much more than that: one batch was on its way. */
		assert_true(out.len - p.shown[0].len <= 2 * CONDUIT_BATCH);
		buf_clear(&text);
		buf_clear(&out);
		peer_close(&p);
	}
}

/* Text that does not become much shorter by compression. */
static void
noise(char *p, size_t n)
{
	static uint64_t x = 88172645463325252;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = (char)('!' + (x >> 32) % 90);
	}
}

/* The file cannot grow any more: the client sees what is recorded, and why it ends.
 * room: there is some when the session has asked for it. */
static void
end_on_full_disk(struct peer *p, size_t block_size, bool room)
{
	struct msg_room made = { room };
	struct msg_exited exited = { HOW_SIGNAL, SIGKILL };
	struct msg_closed closed = { 1 };
	char *block = malloc(block_size);
	struct proof proof;
	struct buf text, out;
	enum msg type;

	fcntl(p->out, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 2000; i++) {
		noise(block, block_size);
		if (write(p->out, block, block_size) < 0 && errno != EAGAIN)
			break;
		usleep(1000);
	}
	assert_int_equal(errno, EPIPE);
	free(block);
	peer_hear(p, MSG_FULL);
	if (room)
		assert_int_equal(
		    mount("tmpfs", bed.dir, "tmpfs", MS_REMOUNT, "size=1m"), 0);
	peer_tell(p, MSG_ROOM, &made);
	assert_int_equal(peer_hear(p, MSG_ENDED)->ended.recorded, 0);
	peer_tell(p, MSG_EXITED, &exited);
	peer_tell(p, MSG_CLOSED, &closed);
	while ((type = peer_take(p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	assert_exit(&p->m.exit, HOW_NEVER, 70, 1, "recording failed: ");
	buf_init(&text, 64u << 20);
	buf_init(&out, 64u << 20);
	bed_read(&bed, p->file, &proof, &text);
	assert_int_equal(proof.code, room ? PROOF_WHOLE : PROOF_UNTERMINATED);
	if (room)
		assert_int_equal(proof.status, SEAL_BROKEN);
	bed_output(buf_span(&text), &out);
	assert_true(p->shown[0].len > 0);
	assert_true(out.len >= p->shown[0].len);
	assert_memory_equal(out.p, p->shown[0].p, p->shown[0].len);
	buf_clear(&text);
	buf_clear(&out);
}

static void
test_file_limit(void **state)
{
	struct peer p;

	(void)state;
	bed_open(&bed);
	bed_nursery(&bed, 300000);
	peer_open(&p, &bed, &plain);
	end_on_full_disk(&p, 20000, false);
	peer_close(&p);
	bed_close(&bed);
}

static void
test_full_disk(void **state)
{
	struct peer p;

	(void)state;
	bed_open(&bed);
	if (mount("tmpfs", bed.dir, "tmpfs", 0, "size=512k") != 0) {
		bed_close(&bed);
		skip();
	}
	bed_nursery(&bed, 0);
	peer_open(&p, &bed, &plain);
	end_on_full_disk(&p, 20000, true);
	peer_close(&p);
	assert_int_equal(bed_nursery_end(&bed), 0);
	assert_int_equal(umount(bed.dir), 0);
	bed_close(&bed);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(whole_life),
		T(says_how_it_is_made),
		T(tells_who_agreed),
		T(ready_is_durable),
		T(signalled),
		T(never_started),
		T(exit_after_drain),
		T(slow_reader),
		T(bounds),
		T(pty),
		T(input),
		T(signals),
		T(signal_flood),
		T(stops),
		T(stop_before_start),
		T(stop_without_certificate),
		T(exited_before_start),
		T(output_limit),
		T(quota),
		T(disk_failed),
		T(front_gone),
		T(monitor_gone),
		T(not_certified),
		T(bad_start),
		T(secrets_are_masked),
		T(masking_holds_nothing_up),
		T(own_credentials_are_masked),
		T(counted_only),
		T(masking_cannot_be_made),
		T(not_closed),
		T(hostile_front),
		T(out_of_turn),
		T(killed),
		cmocka_unit_test(test_file_limit),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
