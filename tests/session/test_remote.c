/* Sessions on a target: the program's own process, with targets and shells that do what
 * the test says, and the recordings that come of it. */
#include "tests/support/unit.h"
#include "tests/session/puppet.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/target/target.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/wire/codec.h"
#include "recorder/b64.h"
#include "recorder/seal.h"

#define MIB (1u << 20)

static struct bed bed;
static int strings;

static int
setup(void **state)
{
	(void)state;
	bed_open(&bed);
	strings = puppet_nursery(&bed);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	close(strings);
	bed_close(&bed);
	return 0;
}

/* ---- what is wanted ---- */

#define REMOTE(k)                                                                      \
	.kind = (k), .instance = { (const uint8_t *)"i-0abc", 6 },                     \
	.name = { (const uint8_t *)"web", 3 },                                         \
	.document = { (const uint8_t *)"Doc-One", 7 },                                 \
	.reason = { (const uint8_t *)"ci", 2 },                                        \
	.client_version = { (const uint8_t *)"1.2.677.0", 9 }
#define COMMAND(text)                                                                  \
	.form = LINE_CANON, .command = { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct msg_remote a_command = { REMOTE(REMOTE_COMMAND),
	COMMAND("'uptime'") };
static const struct msg_remote a_program = { REMOTE(REMOTE_PROGRAM),
	COMMAND("'less' /var/log/syslog") };
static const struct msg_remote a_raw = { REMOTE(REMOTE_RAW) };
static const struct msg_remote a_run = { REMOTE(REMOTE_RUN), COMMAND("'uptime'") };
static const struct msg_remote a_shell = { REMOTE(REMOTE_SHELL) };
static const struct msg_remote a_port = { REMOTE(REMOTE_PORT),
	.host = { (const uint8_t *)"db.internal", 11 }, .port = 5432 };

/* ---- steps ---- */

static void
lease(struct peer *p, const char *id)
{
	const struct msg_lease m = { .access_key_id = span_of(id),
		.secret = span_of("secret"),
		.token = span_of("token"),
		.expires_ms = 12345,
		.text = span_of(*id != '\0' ? "" : "STS says no") };

	peer_tell(p, MSG_LEASE, &m);
}

/* As far as target_open(). */
static void
open_remote(struct peer *p, const struct bed_want *want)
{
	peer_start(p, &bed, want);
	puppet_hear(strings, "net eu-west-1 1.2.677.0 0");
	peer_certify(p);
	assert_int_equal(peer_hear(p, MSG_READY)->ready.proxy.len, 0);
	lease(p, "ASIAONE");
	puppet_hear(strings, "lease ASIAONE secret token 12345");
}

static void
hear_at(struct peer *p, unsigned state)
{
	const struct msg_remote_at *m = &peer_hear(p, MSG_REMOTE_AT)->remote_at;

	assert_int_equal(m->state, state);
	assert_true(span_is(m->id, "alice-0123"));
}

/* As far as running(). */
static void
run_remote(struct peer *p, const struct msg_remote *remote, const struct bed_want *more)
{
	struct bed_want want = { .remote = remote };

	if (more != NULL)
		want = *more;
	want.remote = remote;
	open_remote(p, &want);
	puppet_hear(strings, "open");
	puppet_says(strings, "opened", "alice-0123");
	hear_at(p, REMOTE_OPENED);
	puppet_says(strings, "running", "");
}

static const struct msg_exit *
closed(struct peer *p, unsigned recorded)
{
	const struct msg_closed m = { 1 };
	enum msg type;

	assert_int_equal(peer_hear(p, MSG_ENDED)->ended.recorded, recorded);
	peer_tell(p, MSG_CLOSED, &m);
	while ((type = peer_take(p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	return &p->m.exit;
}

/* over() says how. */
static void
is_over(enum target_how how, int status, const char *text)
{
	char m[512];

	snprintf(m, sizeof m, "%d %d %d 0 %s", how, status, how == TARGET_EXITED, text);
	puppet_says(strings, "over", m);
}

static const struct msg_exit *
ends(struct peer *p, enum target_how how, int status, const char *text)
{
	is_over(how, status, text);
	hear_at(p, how == TARGET_EXITED ? REMOTE_CLOSED : REMOTE_LOST);
	return closed(p, 1);
}

static void
assert_exit(const struct msg_exit *m, unsigned how, unsigned code, unsigned ran,
    const char *text)
{
	if (!span_starts(m->text, text) || (*text == '\0' && m->text.len > 0))
		fail_msg("the client is told \"%.*s\", not \"%s\"", (int)m->text.len,
		    (const char *)m->text.p, text);
	assert_int_equal(m->how, how);
	assert_int_equal(m->code, code);
	assert_int_equal(m->ran, ran);
}

/* The recording is whole and has this status; its text is yours. */
static char *
recorded(struct peer *p, enum seal_status status)
{
	struct proof proof;
	struct buf text, out;
	char *copy;

	buf_init(&text, 512u * MIB);
	buf_init(&out, 256u * MIB);
	assert_int_equal(bed_read(&bed, p->file, &proof, &text), PROOF_WHOLE);
	assert_int_equal(proof.status, status);
	bed_output(buf_span(&text), &out);
	/* A port's bytes are not shown to anybody by a recording. */
	if (out.len > 0 || strstr(buf_cstr(&text), "port.open") == NULL)
		assert_int_equal(out.len, p->shown[0].len + p->shown[1].len);
	copy = span_dup(buf_span(&text));
	assert_non_null(copy);
	buf_clear(&text);
	buf_clear(&out);
	return copy;
}

static void
assert_has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in %.3000s", what, text);
}

static void
assert_not(const char *text, const char *what)
{
	if (strstr(text, what) != NULL)
		fail_msg("\"%s\" in %.3000s", what, text);
}

/* All of these, in this order. */
static void
assert_order(const char *text, const char *const *what)
{
	const char *at = text;

	for (; *what != NULL; what++) {
		const char *next = strstr(at, *what);

		if (next == NULL)
			fail_msg(
			    "no \"%s\" where it must stand in %.3000s", *what, text);
		at = next + strlen(*what);
	}
}

static void
bye(struct peer *p)
{
	peer_gone(p, &p->data);
	peer_gone(p, &p->control);
	peer_close(p);
}

/* ---- commands ---- */

static void
test_command(void **state)
{
	static const char *const order[] = { "session.open", "\\\"command\\\"",
		"target.open", "alice-0123", "i-0abc", "Doc-One", "up 3 days\\n",
		"target.close", "exited", "\\\"status\\\":3", "\"x\", \"3\"",
		"session.close", NULL };
	struct bed_want want = { .remote = &a_command };
	struct peer p;
	char *text;

	(void)state;
	open_remote(&p, &want);
	puppet_hear(strings, "open command i-0abc Doc-One ['uptime'] -:0 (ci) 0x0");
	puppet_says(strings, "opened", "alice-0123");
	hear_at(&p, REMOTE_OPENED);
	puppet_says(strings, "running", "");
	puppet_says(strings, "out", "up 3 days\n");
	peer_shown(&p, 10);
	puppet_says(strings, "err", "but why\n");
	assert_int_equal(peer_take(&p), MSG_DATA);
	/* The end of its input is nothing. */
	peer_send(&p, MSG_EOF, NULL);
	puppet_says(strings, "out", "bye\n");
	assert_exit(ends(&p, TARGET_EXITED, 3, ""), HOW_EXIT, 3, 1, "");
	assert_true(span_is(buf_span(&p.shown[0]), "up 3 days\nbye\n"));
	assert_true(span_is(buf_span(&p.shown[1]), "but why\n"));
	text = recorded(&p, SEAL_CLOSED);
	assert_order(text, order);
	assert_not(text, "secret");
	assert_not(text, "token");
	free(text);
	bye(&p);
}

/* LF becomes CRLF, ^C interrupts, other keys are for nobody. */
static void
test_command_on_a_terminal(void **state)
{
	const struct bed_want want = { .pty = true, .columns = 80, .rows = 24 };
	const struct msg_signal quit = { SIGQUIT };
	struct peer p;

	(void)state;
	run_remote(&p, &a_command, &want);
	peer_type(&p, "ab\r\x03", 4);
	puppet_hear(strings, "signal 2");
	peer_send(&p, MSG_SIGNAL, &quit);
	puppet_hear(strings, "signal 3");
	puppet_says(strings, "out", "one\ntwo\n");
	peer_shown(&p, 10);
	assert_true(span_is(buf_span(&p.shown[0]), "one\r\ntwo\r\n"));
	assert_exit(ends(&p, TARGET_EXITED, 130, ""), HOW_EXIT, 130, 1, "");
	bye(&p);
}

static void
test_takes_no_input(void **state)
{
	struct bed_want want = { .remote = &a_command };
	struct peer p;
	char *text;

	(void)state;
	run_remote(&p, &a_command, NULL);
	peer_type(&p, "y\n", 2);
	puppet_hear(strings, "end");
	assert_exit(
	    ends(&p, TARGET_ENDED, -1, ""), HOW_NEVER, 64, 1, "ssm takes no input");
	text = recorded(&p, SEAL_POLICY);
	assert_has(text, "ssm takes no input");
	free(text);
	bye(&p);
	/* Before anything was opened, nothing is. */
	peer_start(&p, &bed, &want);
	puppet_hear(strings, "net");
	peer_certify(&p);
	peer_hear(&p, MSG_READY);
	peer_type(&p, "y\n", 2);
	assert_exit(closed(&p, 1), HOW_NEVER, 64, 0, "ssm takes no input");
	bye(&p);
}

static void
test_does_not_begin(void **state)
{
	static const struct {
		enum target_how how;
		const char *says, *told;
		enum seal_status seal;
		unsigned ran;
	} rows[] = {
		{ TARGET_REFUSED, "AccessDeniedException: no",
		    "could not be opened: AccessDeniedException: no", SEAL_CLOSED, 0 },
		{ TARGET_UNREACHED, "it is not connected",
		    "could not be opened: it is not connected", SEAL_PEER_LOST, 0 },
		{ TARGET_LOST, "no answer", "the target was lost: no answer",
		    SEAL_PEER_LOST, 1 },
		{ TARGET_BROKEN, "a frame", "the target broke its protocol: a frame",
		    SEAL_PEER_LOST, 1 },
	};
	struct bed_want want = { .remote = &a_command };
	struct peer p;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		open_remote(&p, &want);
		puppet_hear(strings, "open");
		puppet_says(strings, "opened", "alice-0123");
		hear_at(&p, REMOTE_OPENED);
		assert_exit(ends(&p, rows[i].how, -1, rows[i].says), HOW_NEVER, 69,
		    rows[i].ran, rows[i].told);
		free(recorded(&p, rows[i].seal));
		bye(&p);
	}
}

static void
test_no_credentials(void **state)
{
	struct bed_want want = { .remote = &a_command };
	struct peer p;

	(void)state;
	peer_start(&p, &bed, &want);
	puppet_hear(strings, "net");
	peer_certify(&p);
	peer_hear(&p, MSG_READY);
	lease(&p, "");
	assert_exit(
	    closed(&p, 1), HOW_NEVER, 69, 0, "could not be opened: STS says no");
	free(recorded(&p, SEAL_CLOSED));
	bye(&p);
}

static void
test_fresh_credentials(void **state)
{
	struct peer p;

	(void)state;
	run_remote(&p, &a_command, NULL);
	puppet_says(strings, "lease", "");
	peer_hear(&p, MSG_LEASE_ASK);
	/* One refusal is not the end of what runs. */
	lease(&p, "");
	puppet_says(strings, "lease", "");
	peer_hear(&p, MSG_LEASE_ASK);
	lease(&p, "ASIATWO");
	puppet_hear(strings, "lease ASIATWO");
	assert_exit(ends(&p, TARGET_EXITED, 0, ""), HOW_EXIT, 0, 1, "");
	bye(&p);
}

/* What cannot be opened at all. */
static void
test_bad_starts(void **state)
{
	static const uint8_t braces[] = "'echo' '{{x}}'";
	struct msg_remote bad[4] = { a_command, a_command, a_command, a_command };
	struct bed_want want = { .remote = NULL };
	struct peer p;

	(void)state;
	bad[0].kind = 77;
	bad[1].form = 0;
	bad[2].command = span_make(braces, sizeof braces - 1);
	for (size_t i = 0; i < ROWS(bad); i++) {
		want.remote = &bad[i];
		want.region = i == 3 ? "nowhere" : NULL;
		peer_start(&p, &bed, &want);
		assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 0);
		peer_close(&p);
	}
	bad[0] = a_command;
	bad[0].instance = span_of("i-refused");
	want = (struct bed_want){ .remote = &bad[0] };
	open_remote(&p, &want);
	assert_exit(
	    closed(&p, 1), HOW_NEVER, 69, 0, "could not be opened: no such instance");
	bye(&p);
}

static void
test_run_command(void **state)
{
	struct bed_want want = { .remote = &a_run };
	struct peer p;
	char *text;

	(void)state;
	open_remote(&p, &want);
	puppet_hear(strings, "open run i-0abc Doc-One [");
	puppet_says(strings, "opened", "alice-0123");
	hear_at(&p, REMOTE_OPENED);
	puppet_says(strings, "running", "");
	puppet_says(strings, "out", "first\n");
	puppet_says(strings, "over", "0 0 1 1 ");
	hear_at(&p, REMOTE_CLOSED);
	assert_exit(closed(&p, 1), HOW_EXIT, 0, 1, "the target keeps no more");
	text = recorded(&p, SEAL_CLOSED);
	assert_has(text, "\\\"cut\\\":true");
	free(text);
	bye(&p);
}

/* Nobody says how it ended. */
static void
test_no_status(void **state)
{
	struct peer p;

	(void)state;
	run_remote(&p, &a_command, NULL);
	assert_exit(ends(&p, TARGET_EXITED, -1, ""), HOW_NEVER, 70, 1,
	    "the target told no exit status");
	bye(&p);
}

static void
test_signals_that_end(void **state)
{
	static const uint8_t signals[] = { SIGTERM, SIGHUP, SIGKILL };
	struct peer p;

	(void)state;
	for (size_t i = 0; i < ROWS(signals); i++) {
		const struct msg_signal m = { signals[i] };

		run_remote(&p, &a_command, NULL);
		peer_send(&p, MSG_SIGNAL, &m);
		puppet_hear(strings, "end");
		assert_exit(ends(&p, TARGET_ENDED, -1, ""), HOW_SIGNAL, signals[i], 1,
		    "the command was ended by signal");
		bye(&p);
	}
}

/* The interrupt key while it is still being opened: it does not begin any more. */
static void
test_interrupted_early(void **state)
{
	struct bed_want want = {
		.remote = &a_command, .pty = true, .columns = 80, .rows = 24
	};
	struct peer p;

	(void)state;
	open_remote(&p, &want);
	puppet_hear(strings, "open");
	puppet_says(strings, "opened", "alice-0123");
	hear_at(&p, REMOTE_OPENED);
	peer_type(&p, "\x03", 1);
	puppet_hear(strings, "end");
	assert_exit(ends(&p, TARGET_ENDED, -1, ""), HOW_SIGNAL, SIGINT, 1,
	    "the command was ended by signal 2");
	bye(&p);
}

/* What the agent says goes where people see it, and not into the output. */
static void
test_agent_speaks(void **state)
{
	struct bed_want want = { .remote = &a_command };
	struct peer p;

	(void)state;
	open_remote(&p, &want);
	puppet_hear(strings, "open");
	puppet_says(strings, "opened", "alice-0123");
	hear_at(&p, REMOTE_OPENED);
	puppet_says(strings, "running", "This session is encrypted.\nbroker: x");
	assert_int_equal(peer_take(&p), MSG_DATA);
	assert_true(span_is(buf_span(&p.shown[1]),
	    "broker: This session is encrypted.\\x0Abroker: x\n"));
	assert_exit(ends(&p, TARGET_EXITED, 0, ""), HOW_EXIT, 0, 1, "");
	free(recorded(&p, SEAL_CLOSED));
	bye(&p);
}

/* ---- floods ---- */

static unsigned long
status_kb(pid_t pid, const char *name)
{
	char path[64], line[256];
	unsigned long kb = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			sscanf(line + strlen(name), ": %lu", &kb);
	fclose(f);
	return kb;
}

static void
test_slow_client(void **state)
{
	const size_t all = 100 * MIB;
	struct peer p;
	pid_t pid;
	unsigned long before;
	char *text;

	(void)state;
	run_remote(&p, &a_command, NULL);
	pid = bed_newest(&bed);
	before = status_kb(pid, "VmHWM");
	puppet_says(strings, "flood", "104857600");
	/* Nothing is read for a while: nothing may pile up. */
	usleep(300000);
	peer_shown(&p, all);
	assert_int_equal(p.shown[0].len, all);
	for (size_t i = 0; i < all; i++)
		if (p.shown[0].p[i] != (uint8_t)puppet_byte(i))
			fail_msg("byte %zu is another", i);
	assert_true(status_kb(pid, "VmHWM") < before + 32 * 1024);
	assert_exit(ends(&p, TARGET_EXITED, 0, ""), HOW_EXIT, 0, 1, "");
	text = recorded(&p, SEAL_CLOSED);
	free(text);
	bye(&p);
}

static void
test_output_limit(void **state)
{
	const struct bed_want want = { .output_max = 100000 };
	struct peer p;
	char *text;

	(void)state;
	run_remote(&p, &a_command, &want);
	puppet_says(strings, "flood", "1000000");
	puppet_hear(strings, "end");
	assert_exit(ends(&p, TARGET_ENDED, -1, ""), HOW_NEVER, 70, 1,
	    "stopped: output limit of 100000 bytes reached");
	assert_int_equal(p.shown[0].len, 100000);
	text = recorded(&p, SEAL_POLICY);
	assert_has(text, "output limit");
	free(text);
	bye(&p);
}

/* ---- programs ---- */

static void
test_program(void **state)
{
	static const char *const order[] = { "target.open", "\"m\", \"opaque: 'less'",
		"program", "begin", "\"o\"", "\"r\", \"100x50\"", "program", "end",
		"target.close", "session.close", NULL };
	const struct bed_want want = { .pty = true, .columns = 90, .rows = 40 };
	const struct msg_resize size = { 100, 50 };
	const struct msg_signal interrupt = { SIGINT };
	struct bed_want with = want;
	struct peer p;
	char *text;

	(void)state;
	with.remote = &a_program;
	open_remote(&p, &with);
	puppet_hear(strings, "open terminal i-0abc Doc-One [");
	puppet_says(strings, "opened", "alice-0123");
	hear_at(&p, REMOTE_OPENED);
	/* Typed before it runs: it waits. */
	peer_type(&p, "q", 1);
	puppet_says(strings, "running", "");
	puppet_hear(strings, "write q");
	peer_type(&p, "\x03\x04\r\n", 4);
	puppet_hear(strings, "write \x03\x04\r\n");
	peer_send(&p, MSG_SIGNAL, &interrupt);
	puppet_hear(strings, "write \x03");
	puppet_says(strings, "out", "a\nb\n");
	peer_shown(&p, 4);
	assert_true(span_is(buf_span(&p.shown[0]), "a\nb\n"));
	peer_send(&p, MSG_RESIZE, &size);
	puppet_hear(strings, "resize 100x50");
	puppet_says(strings, "out", "c");
	peer_shown(&p, 5);
	assert_exit(ends(&p, TARGET_EXITED, -1, ""), HOW_EXIT, 0, 1, "");
	text = recorded(&p, SEAL_CLOSED);
	assert_order(text, order);
	assert_has(text, "\\\"stdin\\\":6,");
	free(text);
	bye(&p);
}

/* A program that does not read stops its user, not the session. */
static void
test_program_that_does_not_read(void **state)
{
	static char typed[32768];
	struct pollfd pfd = { .events = POLLOUT };
	struct peer p;
	size_t sent = 0, got = 0;

	(void)state;
	run_remote(&p, &a_raw, NULL);
	puppet_says(strings, "takes", "10");
	puppet_hear(strings, "takes");
	peer_type(&p, "0123456789", 10);
	puppet_hear(strings, "write 0123456789");
	memset(typed, 'x', sizeof typed);
	pfd.fd = p.data;
	/* The pair fills up: what is read of it is bounded. */
	while (poll(&pfd, 1, 1000) == 1 && sent < 64 * sizeof typed) {
		peer_type(&p, typed, sizeof typed);
		sent += sizeof typed;
	}
	assert_true(sent < 64 * sizeof typed);
	puppet_says(strings, "out", "alive");
	peer_shown(&p, 5);
	puppet_says(strings, "takes", "100000000");
	puppet_hear(strings, "takes");
	while (got < sent) {
		puppet_hear(strings, "write x");
		got += puppet_len() - 6;
	}
	assert_int_equal(got, sent);
	assert_exit(ends(&p, TARGET_LOST, -1, "gone"), HOW_NEVER, 69, 1,
	    "the target was lost: gone");
	free(recorded(&p, SEAL_PEER_LOST));
	bye(&p);
}

static void
test_idle(void **state)
{
	struct msg_remote remote = a_raw;
	struct peer p;
	char *text;

	(void)state;
	remote.idle_ms = 1000;
	run_remote(&p, &remote, NULL);
	puppet_hear(strings, "end");
	assert_exit(ends(&p, TARGET_ENDED, -1, ""), HOW_NEVER, 70, 1,
	    "stopped: no key for 1 seconds");
	text = recorded(&p, SEAL_POLICY);
	assert_has(text, "\\\"why\\\":\\\"idle\\\"");
	free(text);
	bye(&p);
}

/* Nobody types at a command: it may take as long as it takes. */
static void
test_a_command_is_not_idle(void **state)
{
	struct msg_remote remote = a_command;
	struct peer p;

	(void)state;
	remote.idle_ms = 1;
	run_remote(&p, &remote, NULL);
	puppet_says(strings, "out", "up 3 days\n");
	peer_shown(&p, 10);
	assert_exit(ends(&p, TARGET_EXITED, 0, ""), HOW_EXIT, 0, 1, "");
	free(recorded(&p, SEAL_CLOSED));
	bye(&p);
}

/* The echo of a key does not wait for the gap of what was shown before it. */
static void
test_keys_are_echoed_at_once(void **state)
{
	const struct bed_want want = { .pty = true, .columns = 80, .rows = 24 };
	uint64_t best = (uint64_t)-1;
	struct peer p;

	(void)state;
	run_remote(&p, &a_raw, &want);
	for (size_t i = 1; i <= 40; i++) {
		uint64_t from, took;

		if (i % 4 == 1)
			usleep(60000);
		from = clock_mono_us();
		/* No letter: one that may begin a secret waits for the next. */
		puppet_says(strings, "out", ",");
		peer_shown(&p, i);
		took = clock_mono_us() - from;
		/* The third of a burst is one that used to wait for 10 ms. */
		if (i % 4 == 3 && took < best)
			best = took;
	}
	assert_true(best < 8000);
	assert_exit(ends(&p, TARGET_EXITED, -1, ""), HOW_EXIT, 0, 1, "");
	bye(&p);
}

/* ---- the connection to AWS ---- */

static void
test_lost_and_resumed(void **state)
{
	static const char *const order[] = { "one,", "target.lost", "reset by peer",
		"target.resumed", "two,", NULL };
	struct peer p;
	char *text;

	(void)state;
	run_remote(&p, &a_raw, NULL);
	puppet_says(strings, "out", "one,");
	peer_shown(&p, 4);
	puppet_says(strings, "lost", "reset by peer");
	puppet_says(strings, "resumed", "");
	puppet_says(strings, "out", "two,");
	peer_shown(&p, 8);
	assert_exit(ends(&p, TARGET_EXITED, -1, ""), HOW_EXIT, 0, 1, "");
	text = recorded(&p, SEAL_CLOSED);
	assert_order(text, order);
	free(text);
	bye(&p);
}

/* ---- the shell ---- */

static void
run_shell(struct peer *p)
{
	const struct bed_want want = {
		.remote = &a_shell, .pty = true, .columns = 80, .rows = 24
	};

	peer_start(p, &bed, &want);
	puppet_hear(strings, "net");
	puppet_hear(strings, "shell i-0abc 80x24");
	peer_certify(p);
	peer_hear(p, MSG_READY);
	lease(p, "ASIAONE");
	puppet_hear(strings, "lease ASIAONE");
	puppet_hear(strings, "start");
}

static void
test_shell(void **state)
{
	static const char *const order[] = { "web$ ", "\"m\", \"cmd: ls /tmp\"",
		"ls /tmp", "allow", "file\\n", "line.end", "\"m\", \"opaque: top\"",
		"\"m\", \"denied: rm y\"", "session.close",
		"{\\\"allowed\\\":1,\\\"asked\\\":0,\\\"denied\\\":1}", NULL };
	static const char line[] = "{\"t\":\"line\",\"line\":\"ls /tmp\","
				   "\"verdict\":\"allow\"}";
	const struct msg_line_says says = { .effect = VERDICT_ALLOW,
		.how = LINE_USUAL,
		.text = span_of("'ls' /tmp"),
		.policy = span_of("the digest of 32 bytes of a pack") };
	const struct msg_resize size = { 100, 50 };
	const struct msg_line_ask *ask;
	struct peer p;
	char *text;

	(void)state;
	run_shell(&p);
	puppet_says(strings, "at", "1 alice-0123");
	hear_at(&p, REMOTE_OPENED);
	puppet_says(strings, "show", "web$ ");
	peer_shown(&p, 5);
	peer_type(&p, "l\x03\x04", 3);
	puppet_hear(strings, "input l\x03\x04");
	peer_send(&p, MSG_RESIZE, &size);
	puppet_hear(strings, "resize 100x50");
	puppet_says(strings, "ask", "ls /tmp");
	ask = &peer_hear(&p, MSG_LINE_ASK)->line_ask;
	assert_int_equal(p.call, 1);
	assert_true(span_is(ask->line, "ls /tmp"));
	assert_true(span_is(ask->directory, "/tmp"));
	peer_answer(&p, MSG_LINE_SAYS, 1, &says);
	puppet_hear(strings, "says 2 'ls' /tmp");
	puppet_says(strings, "record", line);
	puppet_hear(strings, "recorded 0");
	/* In the recording the line stands before its output, the end behind it. */
	puppet_says(strings, "show", "file\n");
	puppet_says(strings, "record", "{\"t\":\"line.end\",\"status\":0}");
	puppet_hear(strings, "recorded 0");
	puppet_says(strings, "record",
	    "{\"t\":\"program\",\"what\":\"begin\",\"command\":\"top\"}");
	puppet_hear(strings, "recorded 0");
	peer_shown(&p, 10);
	puppet_says(strings, "ask", "rm x");
	peer_hear(&p, MSG_LINE_ASK);
	puppet_says(strings, "record",
	    "{\"t\":\"line\",\"line\":\"rm y\",\"verdict\":\"deny\"}");
	puppet_hear(strings, "recorded 0");
	puppet_says(strings, "gone", "");
	peer_hear(&p, MSG_LINE_GONE);
	puppet_says(strings, "at", "2 alice-0123");
	hear_at(&p, REMOTE_CLOSED);
	puppet_says(strings, "over", "O7");
	assert_exit(closed(&p, 1), HOW_EXIT, 7, 1, "");
	text = recorded(&p, SEAL_CLOSED);
	assert_order(text, order);
	free(text);
	bye(&p);
}

/* What its user types is shown as it is, and told with masks. */
static void
test_lines_are_recorded_masked(void **state)
{
	static const char line[] =
	    "{\"t\":\"line\",\"line\":\"echo password=hunter2hunter2\","
	    "\"verdict\":\"allow\"}";
	struct peer p;
	char *text;

	(void)state;
	run_shell(&p);
	puppet_says(strings, "record", line);
	puppet_hear(strings, "recorded 0");
	puppet_says(strings, "over", "O0");
	assert_exit(closed(&p, 1), HOW_EXIT, 0, 0, "");
	text = recorded(&p, SEAL_CLOSED);
	assert_null(strstr(text, "hunter2"));
	assert_non_null(strstr(text, "cmd: echo password=[MASKED:field]"));
	free(text);
	bye(&p);
}

/* Masks that an answer asks for and nobody knows: nothing runs. */
static void
test_line_cannot_be_masked(void **state)
{
	const struct msg_line_says says = { .effect = VERDICT_ALLOW,
		.how = LINE_USUAL,
		.text = span_of("'ls' /tmp"),
		.policy = span_of("the digest of 32 bytes of a pack"),
		.masks = span_of("pii,nosuch") };
	struct peer p;

	(void)state;
	run_shell(&p);
	puppet_says(strings, "ask", "ls /tmp");
	peer_hear(&p, MSG_LINE_ASK);
	peer_answer(&p, MSG_LINE_SAYS, 1, &says);
	puppet_hear(strings, "stop");
	puppet_says(strings, "over", "O0");
	assert_exit(closed(&p, 1), HOW_NEVER, 70, 0,
	    "masking failed: no masking is named \"nosuch\"");
	free(recorded(&p, SEAL_POLICY));
	bye(&p);
}

static void
test_shell_is_lost(void **state)
{
	struct peer p;

	(void)state;
	run_shell(&p);
	puppet_says(strings, "over", "L69");
	assert_exit(closed(&p, 1), HOW_NEVER, 69, 0, "it is gone");
	free(recorded(&p, SEAL_PEER_LOST));
	bye(&p);
}

static void
test_shell_is_stopped(void **state)
{
	const struct msg_stop stop = { STOP_POLICY, span_of("not any more") };
	struct peer p;

	(void)state;
	run_shell(&p);
	peer_tell(&p, MSG_STOP, &stop);
	puppet_hear(strings, "stop");
	puppet_says(strings, "over", "O0");
	assert_exit(closed(&p, 1), HOW_NEVER, 70, 0, "stopped: not any more");
	free(recorded(&p, SEAL_POLICY));
	bye(&p);
}

/* An answer that nobody asked for ends the session. */
static void
test_answer_out_of_place(void **state)
{
	const struct msg_line_says says = { .effect = VERDICT_ALLOW,
		.policy = span_of("the digest of 32 bytes of a pack") };
	const struct msg_exited exited = { HOW_EXIT, 0 };
	enum msg type;
	struct peer p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		run_remote(&p, &a_command, NULL);
		if (i == 0)
			peer_answer(&p, MSG_LINE_SAYS, 1, &says);
		else
			peer_tell(&p, MSG_EXITED, &exited);
		puppet_hear(strings, "end");
		is_over(TARGET_ENDED, -1, "");
		while ((type = peer_take(&p)) == MSG_DATA)
			;
		assert_int_equal(type, MSG_EXIT);
		assert_exit(&p.m.exit, HOW_NEVER, 70, 1, "stopped: the broker is gone");
		peer_close(&p);
	}
}

/* ---- ports ---- */

static void
hex_of(struct span bytes, char hex[65])
{
	uint8_t digest[32];

	assert_int_equal(
	    EVP_Digest(bytes.p, bytes.len, digest, NULL, EVP_sha256(), NULL), 1);
	id_hex(digest, 32, hex);
}

static void
has_hash(const char *text, const char *direction, struct span bytes)
{
	char want[256], hex[65];

	hex_of(bytes, hex);
	snprintf(want, sizeof want,
	    "\\\"%s\\\":{\\\"bytes\\\":%zu,\\\"sha256\\\":\\\"%s\\\"}", direction,
	    bytes.len, hex);
	assert_has(text, want);
}

static void
test_port(void **state)
{
	static char up[200000];
	struct bed_want want = { .remote = &a_port };
	const size_t down = 3 * MIB;
	size_t got = 0;
	struct peer p;
	char *text;

	(void)state;
	open_remote(&p, &want);
	puppet_hear(strings, "open port i-0abc Doc-One [-] db.internal:5432 (ci)");
	puppet_says(strings, "opened", "alice-0123");
	hear_at(&p, REMOTE_OPENED);
	puppet_says(strings, "running", "");
	for (size_t i = 0; i < sizeof up; i++)
		up[i] = (char)(i * 13);
	for (size_t at = 0; at < sizeof up; at += 20000)
		peer_type(&p, up + at, 20000);
	while (got < sizeof up) {
		puppet_hear(strings, "write ");
		got += puppet_len() - 6;
	}
	/* The client's end is nothing that could be passed on. */
	peer_send(&p, MSG_EOF, NULL);
	puppet_hear(strings, "eof");
	puppet_says(strings, "flood", "3145728");
	peer_shown(&p, down);
	assert_int_equal(p.shown[0].len, down);
	puppet_says(strings, "eof", "");
	puppet_hear(strings, "end");
	assert_exit(ends(&p, TARGET_EXITED, -1, ""), HOW_EXIT, 0, 1, "");
	text = recorded(&p, SEAL_CLOSED);
	assert_has(text, "port.open");
	assert_has(text, "\\\"host\\\":\\\"db.internal\\\",\\\"port\\\":5432");
	has_hash(text, "up", span_make(up, sizeof up));
	has_hash(text, "down", buf_span(&p.shown[0]));
	assert_not(text, "port.data");
	assert_not(text, "\"o\"");
	free(text);
	bye(&p);
}

/* A client that has closed its connection says no more than that it sends no more. */
static void
test_port_half_closed(void **state)
{
	struct msg_remote remote = a_port;
	struct peer p;
	char *text;

	(void)state;
	remote.idle_ms = 1000;
	run_remote(&p, &remote, NULL);
	peer_type(&p, "QUIT", 4);
	puppet_hear(strings, "write QUIT");
	peer_send(&p, MSG_EOF, NULL);
	puppet_hear(strings, "eof");
	puppet_says(strings, "out", "bye");
	peer_shown(&p, 3);
	puppet_hear(strings, "end");
	assert_exit(ends(&p, TARGET_ENDED, -1, ""), HOW_EXIT, 0, 1, "");
	text = recorded(&p, SEAL_CLOSED);
	assert_has(text, "port.close");
	assert_has(text, "\\\"reason\\\":\\\"closed\\\"");
	free(text);
	bye(&p);
}

static void
test_port_content(void **state)
{
	static const char *const order[] = { "port.open", "port.data", "\\\"up\\\"",
		"U0VMRUNU", "port.data", "down", "port.close", NULL };
	struct msg_remote remote = a_port;
	struct peer p;
	char *text;

	(void)state;
	remote.content = 1;
	run_remote(&p, &remote, NULL);
	peer_type(&p, "SELECT", 6);
	puppet_hear(strings, "write SELECT");
	puppet_says(strings, "out", "rows");
	peer_shown(&p, 4);
	puppet_says(strings, "flood", "3145728");
	usleep(200000);
	peer_shown(&p, 4 + 3145728);
	puppet_says(strings, "eof", "");
	puppet_hear(strings, "end");
	assert_exit(ends(&p, TARGET_EXITED, -1, ""), HOW_EXIT, 0, 1, "");
	text = recorded(&p, SEAL_CLOSED);
	assert_order(text, order);
	has_hash(text, "down", buf_span(&p.shown[0]));
	free(text);
	bye(&p);
}

/* Of all that was recorded, each byte stands there once. */
static size_t
content_of(const char *text, const char *direction, struct buf *out)
{
	char lead[64];
	const char *at = text;
	size_t n = 0;

	snprintf(lead, sizeof lead, "\\\"direction\\\":\\\"%s\\\",\\\"data\\\":\\\"",
	    direction);
	while ((at = strstr(at, lead)) != NULL) {
		const char *end;

		at += strlen(lead);
		end = strchr(at, '\\');
		assert_true(b64_read(out, span_make(at, (size_t)(end - at))));
		n++;
	}
	return n;
}

static void
test_port_content_is_all(void **state)
{
	struct msg_remote remote = a_port;
	struct peer p;
	struct buf all;
	char *text;

	(void)state;
	remote.content = 1;
	run_remote(&p, &remote, NULL);
	puppet_says(strings, "flood", "5000000");
	usleep(200000);
	peer_shown(&p, 5000000);
	puppet_says(strings, "eof", "");
	puppet_hear(strings, "end");
	ends(&p, TARGET_EXITED, -1, "");
	text = recorded(&p, SEAL_CLOSED);
	buf_init(&all, 16 * MIB);
	assert_true(content_of(text, "down", &all) > 10);
	assert_true(span_eq(buf_span(&all), buf_span(&p.shown[0])));
	buf_clear(&all);
	free(text);
	bye(&p);
}

/* The client's closing is a port's good end; what does not open says so. */
static void
test_port_ends(void **state)
{
	struct bed_want want = { .remote = &a_port };
	struct peer p;
	char *text;

	(void)state;
	run_remote(&p, &a_port, NULL);
	close(p.data);
	p.data = -1;
	puppet_hear(strings, "end");
	is_over(TARGET_ENDED, -1, "");
	hear_at(&p, REMOTE_LOST);
	assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.status, 0);
	peer_gone(&p, &p.control);
	text = recorded(&p, SEAL_CLOSED);
	assert_has(text, "port.close");
	free(text);
	peer_close(&p);
	open_remote(&p, &want);
	puppet_hear(strings, "open port");
	puppet_says(strings, "opened", "alice-0123");
	hear_at(&p, REMOTE_OPENED);
	assert_exit(ends(&p, TARGET_REFUSED, -1, "connection refused"), HOW_NEVER, 69,
	    0, "could not be opened: connection refused");
	free(recorded(&p, SEAL_CLOSED));
	bye(&p);
}

/* ---- ends from outside ---- */

static void
test_client_goes(void **state)
{
	struct peer p;
	char *text;

	(void)state;
	run_remote(&p, &a_command, NULL);
	puppet_says(strings, "out", "shown\n");
	peer_shown(&p, 6);
	close(p.data);
	p.data = -1;
	puppet_hear(strings, "end");
	is_over(TARGET_ENDED, -1, "");
	hear_at(&p, REMOTE_LOST);
	peer_hear(&p, MSG_ENDED);
	text = recorded(&p, SEAL_PEER_LOST);
	assert_has(text, "client gone");
	assert_has(text, "target.close");
	free(text);
	peer_gone(&p, &p.control);
	peer_close(&p);
}

static void
test_monitor_goes(void **state)
{
	enum msg type;
	struct peer p;
	char *text;

	(void)state;
	run_remote(&p, &a_command, NULL);
	close(p.control);
	p.control = -1;
	puppet_hear(strings, "end");
	is_over(TARGET_ENDED, -1, "");
	while ((type = peer_take(&p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	assert_exit(&p.m.exit, HOW_NEVER, 70, 1, "stopped: the broker is gone");
	text = recorded(&p, SEAL_SHUTDOWN);
	assert_has(text, "target.close");
	free(text);
	peer_gone(&p, &p.data);
	peer_close(&p);
}

/* A target that does not end is left behind after its time. */
static void
test_end_does_not_come(void **state)
{
	const struct msg_stop stop = { STOP_TIME, span_of("time is up") };
	struct peer p;

	(void)state;
	run_remote(&p, &a_command, NULL);
	peer_tell(&p, MSG_STOP, &stop);
	puppet_hear(strings, "end");
	hear_at(&p, REMOTE_LOST);
	assert_exit(closed(&p, 1), HOW_NEVER, 70, 1, "stopped: time is up");
	free(recorded(&p, SEAL_POLICY));
	bye(&p);
}

/* In each state before it runs: no more is opened than was. */
static void
test_stopped_early(void **state)
{
	const struct msg_stop stop = { STOP_POLICY, span_of("no") };
	struct bed_want want = { .remote = &a_command };
	struct peer p;

	(void)state;
	/* before READY */
	peer_start(&p, &bed, &want);
	puppet_hear(strings, "net");
	peer_tell(&p, MSG_STOP, &stop);
	peer_certify(&p);
	assert_exit(closed(&p, 1), HOW_NEVER, 70, 0, "stopped: no");
	bye(&p);
	/* before the lease */
	peer_start(&p, &bed, &want);
	puppet_hear(strings, "net");
	peer_certify(&p);
	peer_hear(&p, MSG_READY);
	peer_tell(&p, MSG_STOP, &stop);
	peer_hear(&p, MSG_ENDED);
	lease(&p, "ASIALATE");
	peer_tell(&p, MSG_CLOSED, &(struct msg_closed){ 1 });
	while (peer_take(&p) == MSG_DATA)
		;
	assert_exit(&p.m.exit, HOW_NEVER, 70, 0, "stopped: no");
	bye(&p);
	/* while it opens */
	open_remote(&p, &want);
	puppet_hear(strings, "open");
	peer_tell(&p, MSG_STOP, &stop);
	puppet_hear(strings, "end");
	puppet_says(strings, "over", "5 -1 0 0 ");
	assert_exit(closed(&p, 1), HOW_NEVER, 70, 0, "stopped: no");
	bye(&p);
}

/* It was over already when the stop came. */
static void
test_stopped_late(void **state)
{
	const struct msg_stop stop = { STOP_POLICY, span_of("no") };
	struct peer p;

	(void)state;
	run_remote(&p, &a_command, NULL);
	is_over(TARGET_EXITED, 0, "");
	hear_at(&p, REMOTE_CLOSED);
	peer_hear(&p, MSG_ENDED);
	peer_tell(&p, MSG_STOP, &stop);
	peer_tell(&p, MSG_CLOSED, &(struct msg_closed){ 1 });
	while (peer_take(&p) == MSG_DATA)
		;
	assert_exit(&p.m.exit, HOW_EXIT, 0, 1, "");
	bye(&p);
}

/* A byte that cannot be recorded is not shown, and what runs is ended. */
static void
test_recording_fails(void **state)
{
	const struct msg_stop stop = { STOP_DISK, span_of("the disk is gone") };
	struct peer p;

	(void)state;
	run_remote(&p, &a_command, NULL);
	peer_tell(&p, MSG_STOP, &stop);
	puppet_hear(strings, "end");
	puppet_says(strings, "out", "never shown\n");
	is_over(TARGET_ENDED, -1, "");
	hear_at(&p, REMOTE_LOST);
	assert_exit(
	    closed(&p, 0), HOW_NEVER, 70, 1, "recording failed: the disk is gone");
	assert_int_equal(p.shown[0].len, 0);
	free(recorded(&p, SEAL_BROKEN));
	bye(&p);
}

static void
test_quota(void **state)
{
	const struct bed_want want = { .quota = 60000 };
	struct peer p;

	(void)state;
	run_remote(&p, &a_command, &want);
	puppet_says(strings, "flood", "100000000");
	puppet_hear(strings, "end");
	assert_exit(ends(&p, TARGET_ENDED, -1, ""), HOW_NEVER, 70, 1,
	    "stopped: the recording's quota of 60000 bytes is used up");
	free(recorded(&p, SEAL_POLICY));
	bye(&p);
}

/* A watcher is a peer with nothing but a DATA pair. */
static void
watch(struct peer *p, struct peer *w)
{
	const struct msg_watch m = { .who = span_of("carol") };
	struct err err = { "" };
	struct buf b;
	int pair[2];

	memset(w, 0, sizeof *w);
	w->bed = p->bed;
	w->id = 4;
	w->control = w->in = w->out = w->err = w->gate = w->file = -1;
	buf_init(&w->room, FRAME_MAX);
	buf_init(&w->shown[0], MIB);
	buf_init(&w->shown[1], MIB);
	assert_int_equal(frame_pair(pair, &err), RC_OK);
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	w->data = pair[0];
	buf_init(&b, FRAME_MAX);
	assert_int_equal(codec_encode(MSG_WATCH, &m, &b, &err), RC_OK);
	assert_int_equal(
	    frame_send(p->control, MSG_WATCH, 4, buf_span(&b), &pair[1], 1, &err),
	    RC_OK);
	buf_clear(&b);
	close(pair[1]);
}

/* Somebody looks on: at a program, and not at a port. */
static void
test_watched(void **state)
{
	struct peer p, w;
	struct stat st;

	(void)state;
	run_remote(&p, &a_program, NULL);
	puppet_says(strings, "out", "before");
	peer_shown(&p, 6);
	assert_int_equal(fstat(p.file, &st), 0);
	watch(&p, &w);
	bed_wait_file(p.file, (uint64_t)st.st_size + 1);
	puppet_says(strings, "out", "seen");
	peer_shown(&p, 10);
	peer_shown(&w, 4);
	assert_true(span_is(buf_span(&w.shown[0]), "seen"));
	is_over(TARGET_EXITED, -1, "");
	hear_at(&p, REMOTE_CLOSED);
	peer_hear(&p, MSG_ENDED);
	peer_tell(&p, MSG_CLOSED, &(struct msg_closed){ 1 });
	peer_hear(&p, MSG_WATCHED);
	peer_close(&w);
	peer_close(&p);
	run_remote(&p, &a_port, NULL);
	watch(&p, &w);
	assert_true(span_is(
	    peer_hear(&p, MSG_WATCHED)->watched.why, "there is nothing to watch"));
	puppet_says(strings, "eof", "");
	puppet_hear(strings, "end");
	assert_exit(ends(&p, TARGET_EXITED, -1, ""), HOW_EXIT, 0, 1, "");
	peer_close(&w);
	bye(&p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_command),
		T(test_command_on_a_terminal),
		T(test_takes_no_input),
		T(test_does_not_begin),
		T(test_no_credentials),
		T(test_fresh_credentials),
		T(test_bad_starts),
		T(test_run_command),
		T(test_no_status),
		T(test_signals_that_end),
		T(test_interrupted_early),
		T(test_agent_speaks),
		T(test_slow_client),
		T(test_output_limit),
		T(test_program),
		T(test_program_that_does_not_read),
		T(test_idle),
		T(test_a_command_is_not_idle),
		T(test_keys_are_echoed_at_once),
		T(test_lost_and_resumed),
		T(test_shell),
		T(test_lines_are_recorded_masked),
		T(test_line_cannot_be_masked),
		T(test_shell_is_lost),
		T(test_shell_is_stopped),
		T(test_answer_out_of_place),
		T(test_port),
		T(test_port_half_closed),
		T(test_port_content),
		T(test_port_content_is_all),
		T(test_port_ends),
		T(test_client_goes),
		T(test_monitor_goes),
		T(test_end_does_not_come),
		T(test_stopped_early),
		T(test_stopped_late),
		T(test_recording_fails),
		T(test_quota),
		T(test_watched),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
