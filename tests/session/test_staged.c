/* Approved input: the module, and a session that has to compare it before anything may
 * run, whatever its front sends. */
#include "tests/support/unit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/session/staged.h"
#include "recorder/seal.h"
#include "tests/session/bed.h"

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

static struct span
digest_of(const void *p, size_t n, uint8_t sha256[32])
{
	unsigned len = 0;

	assert_int_equal(EVP_Digest(p, n, sha256, &len, EVP_sha256(), NULL), 1);
	return span_make(sha256, len);
}

static struct staged *
make(const char *what)
{
	uint8_t sha256[32];
	struct staged *s = NULL;

	assert_int_equal(
	    staged_new(digest_of(what, strlen(what), sha256), strlen(what), &s, NULL),
	    RC_OK);
	return s;
}

static void
test_compares(void **state)
{
	struct staged *s = make("abcdef");
	struct err err;

	(void)state;
	assert_int_equal(staged_put(s, span_of("abc"), &err), RC_OK);
	assert_int_equal(staged_left(s).len, 0);
	assert_int_equal(staged_put(s, span_of(""), &err), RC_OK);
	assert_int_equal(staged_put(s, span_of("def"), &err), RC_OK);
	/* Not before its end is it what it has to be. */
	assert_false(staged_good(s));
	assert_int_equal(staged_left(s).len, 0);
	assert_int_equal(staged_end(s, &err), RC_OK);
	assert_true(staged_good(s));
	assert_true(span_is(staged_left(s), "abcdef"));
	staged_use(s, 5);
	assert_true(span_is(staged_left(s), "f"));
	assert_int_equal(staged_put(s, span_of("g"), &err), RC_REFUSE);
	assert_int_equal(staged_end(s, &err), RC_REFUSE);
	staged_free(s);
	s = make("");
	assert_int_equal(staged_end(s, &err), RC_OK);
	assert_true(staged_good(s));
	assert_int_equal(staged_left(s).len, 0);
	staged_free(s);
	staged_free(NULL);
}

static void
test_anything_else_is_refused(void **state)
{
	static const char *const rows[] = { "", "abcde", "abcdeF", "abcdef\n", "fedcba",
		"abcdefabcdef" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct staged *s = make("abcdef");
		enum rc put = staged_put(s, span_of(rows[i]), &err);

		assert_int_equal(put, strlen(rows[i]) > 6 ? RC_REFUSE : RC_OK);
		assert_int_equal(staged_end(s, &err), RC_REFUSE);
		assert_false(staged_good(s));
		assert_int_equal(staged_left(s).len, 0);
		/* Nor does another try make it good. */
		assert_int_equal(staged_put(s, span_of("abcdef"), &err), RC_REFUSE);
		assert_int_equal(staged_end(s, &err), RC_REFUSE);
		assert_false(staged_good(s));
		staged_free(s);
	}
}

static void
test_bounds(void **state)
{
	uint8_t sha256[33] = { 0 };
	struct staged *s = NULL;
	struct err err;

	(void)state;
	assert_int_equal(staged_new(span_make(sha256, 31), 1, &s, &err), RC_REFUSE);
	assert_int_equal(staged_new(span_make(sha256, 33), 1, &s, &err), RC_REFUSE);
	assert_int_equal(
	    staged_new(span_make(sha256, 32), STAGED_MAX + 1, &s, &err), RC_REFUSE);
	assert_int_equal(
	    staged_new(span_make(sha256, 32), UINT64_MAX, &s, &err), RC_REFUSE);
	assert_null(s);
	assert_int_equal(
	    staged_new(span_make(sha256, 32), STAGED_MAX, &s, &err), RC_OK);
	staged_free(s);
}

/* ---- a session ---- */

struct world {
	struct peer p;
	uint8_t sha256[32];
	struct bed_want want;
};

/* A session whose input has to be what, and which has its certificate: READY is not
 * waited for. */
static void
begin(struct world *w, const void *what, size_t n, bool pty)
{
	memset(w, 0, sizeof *w);
	w->want.pty = pty;
	w->want.input_sha256 = digest_of(what, n, w->sha256);
	w->want.input_len = n;
	peer_start(&w->p, &bed, &w->want);
	peer_certify(&w->p);
}

static char *
closed_text(struct peer *p, enum seal_status status)
{
	struct proof proof;
	struct buf text;
	char *copy;

	buf_init(&text, 64u << 20);
	assert_int_equal(bed_read(&bed, p->file, &proof, &text), PROOF_WHOLE);
	assert_int_equal(proof.status, status);
	copy = span_dup(buf_span(&text));
	assert_non_null(copy);
	buf_clear(&text);
	return copy;
}

static void
assert_has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in %.3000s", what, text);
}

/* The session must end without READY, its recording closed with this reason, the client
 * told, and the command's stdin closed with nothing in it. */
static void
assert_refused(struct world *w, const char *why)
{
	struct msg_closed closed = { 1 };
	const struct msg_exit *m;
	char *text, byte;

	assert_int_equal(peer_hear(&w->p, MSG_ENDED)->ended.recorded, 1);
	assert_int_equal(w->p.m.ended.status, 77);
	assert_int_equal(w->p.m.ended.in_bytes, 0);
	peer_tell(&w->p, MSG_CLOSED, &closed);
	m = &peer_see(&w->p, MSG_EXIT)->exit;
	assert_int_equal(m->how, HOW_NEVER);
	assert_int_equal(m->code, 77);
	assert_int_equal(m->ran, 0);
	if (!span_is(m->text, why))
		fail_msg("told: %.*s", (int)m->text.len, (const char *)m->text.p);
	assert_int_equal(read(w->p.in, &byte, 1), 0);
	text = closed_text(&w->p, SEAL_POLICY);
	assert_has(text, why + strlen("stopped: "));
	assert_has(text, "{\\\"t\\\":\\\"notice\\\"");
	free(text);
	peer_close(&w->p);
}

#define OTHER "stopped: the input is not the one that was approved; nothing ran"

static void
test_input_comes_first(void **state)
{
	struct world w;
	char got[16];
	char *text;

	(void)state;
	begin(&w, "approved\n", 9, false);
	peer_type(&w.p, "appr", 4);
	peer_type(&w.p, "oved\n", 5);
	peer_send(&w.p, MSG_EOF, NULL);
	peer_hear(&w.p, MSG_READY);
	assert_int_equal(read(w.p.in, got, sizeof got), 9);
	assert_memory_equal(got, "approved\n", 9);
	assert_int_equal(read(w.p.in, got, sizeof got), 0);
	write_all(w.p.out, "out\n", 4);
	peer_shown(&w.p, 4);
	assert_int_equal(peer_finish(&w.p, HOW_EXIT, 3)->code, 3);
	text = closed_text(&w.p, SEAL_CLOSED);
	assert_has(text, "\\\"stdin\\\":9");
	free(text);
	peer_close(&w.p);
}

/* What was sent before the session even existed counts like the rest. */
static void
test_sent_before_start(void **state)
{
	struct world w = { .want = { .input_len = 3 } };
	char got[16];

	(void)state;
	w.want.input_sha256 = digest_of("abc", 3, w.sha256);
	peer_start(&w.p, &bed, &w.want);
	peer_type(&w.p, "abc", 3);
	peer_send(&w.p, MSG_EOF, NULL);
	peer_certify(&w.p);
	peer_hear(&w.p, MSG_READY);
	assert_int_equal(read(w.p.in, got, sizeof got), 3);
	peer_finish(&w.p, HOW_EXIT, 0);
	peer_close(&w.p);
}

static void
test_no_input_at_all(void **state)
{
	struct world w;
	char byte;

	(void)state;
	begin(&w, "", 0, false);
	peer_send(&w.p, MSG_EOF, NULL);
	peer_hear(&w.p, MSG_READY);
	assert_int_equal(read(w.p.in, &byte, 1), 0);
	peer_finish(&w.p, HOW_EXIT, 0);
	peer_close(&w.p);
}

/* As much as can be approved, to a command that takes its time. */
static void
test_sixteen_megabytes(void **state)
{
	uint8_t *sent = malloc(STAGED_MAX), *got = malloc(STAGED_MAX);
	size_t in = 0;
	struct world w;
	char *text;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < STAGED_MAX; i++)
		sent[i] = (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
	begin(&w, sent, STAGED_MAX, false);
	if ((pid = fork()) == 0) {
		for (size_t at = 0; at < STAGED_MAX; at += MSG_DATA_MAX)
			peer_type(&w.p, (const char *)sent + at, MSG_DATA_MAX);
		peer_send(&w.p, MSG_EOF, NULL);
		_exit(0);
	}
	peer_hear(&w.p, MSG_READY);
	while (in < STAGED_MAX) {
		ssize_t n = read(w.p.in, got + in, STAGED_MAX - in);

		assert_true(n > 0);
		in += (size_t)n;
	}
	assert_int_equal(read(w.p.in, got, 1), 0);
	assert_memory_equal(got, sent, STAGED_MAX);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	peer_finish(&w.p, HOW_EXIT, 0);
	text = closed_text(&w.p, SEAL_CLOSED);
	assert_has(text, "\\\"stdin\\\":16777216");
	free(text);
	peer_close(&w.p);
	free(sent);
	free(got);
}

/* A command that does not want its input is no trouble. */
static void
test_input_that_nobody_takes(void **state)
{
	static char zeros[1 << 20];
	struct world w;

	(void)state;
	begin(&w, zeros, sizeof zeros, false);
	close(w.p.in);
	w.p.in = -1;
	for (size_t at = 0; at < sizeof zeros; at += MSG_DATA_MAX)
		peer_type(&w.p, zeros + at, MSG_DATA_MAX);
	peer_send(&w.p, MSG_EOF, NULL);
	peer_hear(&w.p, MSG_READY);
	write_all(w.p.out, "fine\n", 5);
	peer_shown(&w.p, 5);
	assert_int_equal(peer_finish(&w.p, HOW_EXIT, 0)->code, 0);
	peer_close(&w.p);
}

static void
test_a_front_that_lies(void **state)
{
	static const char *const rows[] = { "", "approve", "Approved", "approved ",
		"something else that is much longer" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		begin(&w, "approved", 8, false);
		if (rows[i][0] != '\0')
			peer_type(&w.p, rows[i], strlen(rows[i]));
		/* What is too long is refused at once. */
		if (strlen(rows[i]) <= 8)
			peer_send(&w.p, MSG_EOF, NULL);
		assert_refused(&w, OTHER);
	}
	/* The right bytes after the wrong ones help nothing. */
	begin(&w, "approved", 8, false);
	peer_type(&w.p, "wrong, and too long", 19);
	peer_type(&w.p, "approved", 8);
	assert_refused(&w, OTHER);
}

/* Behind the end nothing may come, as ever. */
static void
test_more_after_the_end(void **state)
{
	struct msg_exited exited = { HOW_SIGNAL, 9 };
	struct world w;
	char got[32];

	(void)state;
	begin(&w, "approved", 8, false);
	peer_type(&w.p, "approved", 8);
	peer_send(&w.p, MSG_EOF, NULL);
	peer_type(&w.p, "more", 4);
	peer_hear(&w.p, MSG_READY);
	for (int k = 0; k < 60000 && write(w.p.out, "y", 1) == 1; k++)
		usleep(1000);
	assert_int_equal(errno, EPIPE);
	/* At most what was approved has come. */
	assert_true(read(w.p.in, got, sizeof got) <= 8);
	peer_tell(&w.p, MSG_EXITED, &exited);
	peer_hear(&w.p, MSG_ENDED);
	free(closed_text(&w.p, SEAL_PEER_LOST));
	peer_close(&w.p);
}

/* A terminal's bytes are no input: its end comes first, and what is typed then is for
 * nobody, but its interrupts. */
static void
test_terminal(void **state)
{
	struct world w;
	char byte;

	(void)state;
	begin(&w, "", 0, true);
	peer_send(&w.p, MSG_EOF, NULL);
	peer_hear(&w.p, MSG_READY);
	peer_type(&w.p, "typed\x03", 6);
	peer_hear(&w.p, MSG_SIGNAL);
	assert_int_equal(read(w.p.in, &byte, 1), 0);
	peer_finish(&w.p, HOW_EXIT, 0);
	peer_close(&w.p);
	begin(&w, "", 0, true);
	peer_type(&w.p, "typed", 5);
	assert_refused(&w, OTHER);
}

/* The monitor stops it, or the front goes, while the input is awaited. */
static void
test_ended_meanwhile(void **state)
{
	struct msg_stop stop = { STOP_SHUTDOWN, span_of("bye") };
	struct msg_exited exited = { HOW_NEVER, 0 };
	struct msg_closed closed = { 1 };
	struct world w;

	(void)state;
	begin(&w, "approved", 8, false);
	peer_type(&w.p, "app", 3);
	peer_tell(&w.p, MSG_STOP, &stop);
	peer_tell(&w.p, MSG_EXITED, &exited);
	assert_int_equal(peer_hear(&w.p, MSG_ENDED)->ended.recorded, 1);
	peer_tell(&w.p, MSG_CLOSED, &closed);
	assert_int_equal(peer_see(&w.p, MSG_EXIT)->exit.ran, 0);
	free(closed_text(&w.p, SEAL_SHUTDOWN));
	peer_close(&w.p);
	begin(&w, "approved", 8, false);
	peer_type(&w.p, "app", 3);
	close(w.p.data);
	w.p.data = -1;
	assert_int_equal(peer_hear(&w.p, MSG_ENDED)->ended.recorded, 1);
	free(closed_text(&w.p, SEAL_PEER_LOST));
	peer_tell(&w.p, MSG_CLOSED, &closed);
	peer_close(&w.p);
}

/* A front that sends nothing costs a bounded time. */
static void
test_nothing_comes(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "approved", 8, false);
	peer_type(&w.p, "approved", 8);
	assert_refused(
	    &w, "stopped: the input that was approved did not come; nothing ran");
}

static void
test_bad_start(void **state)
{
	static const uint8_t sha256[32];
	const struct bed_want rows[] = {
		{ .input_sha256 = span_make(sha256, 31) },
		{ .input_sha256 = span_make(sha256, 32), .input_len = STAGED_MAX + 1 },
		{ .input_sha256 = span_make(sha256, 32), .sdk = true },
	};
	struct msg_closed closed = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct peer p;

		peer_start(&p, &bed, &rows[i]);
		assert_int_equal(peer_hear(&p, MSG_ENDED)->ended.recorded, 0);
		peer_tell(&p, MSG_CLOSED, &closed);
		assert_int_equal(peer_see(&p, MSG_EXIT)->exit.code, 70);
		peer_close(&p);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compares),
		cmocka_unit_test(test_anything_else_is_refused),
		cmocka_unit_test(test_bounds),
		T(input_comes_first),
		T(sent_before_start),
		T(no_input_at_all),
		T(sixteen_megabytes),
		T(input_that_nobody_takes),
		T(a_front_that_lies),
		T(more_after_the_end),
		T(terminal),
		T(ended_meanwhile),
		T(nothing_comes),
		T(bad_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
