#include "tests/recorder/support.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "recorder/b64.h"
#include "recorder/ratchet.h"
#include "recorder/writer.h"

#define SUMMARY "{\"t\":\"session.close\"}"
#define MOST (64u << 20)

static int
setup(void **state)
{
	struct ring *r = calloc(1, sizeof *r);

	ring_init(r);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	ring_clear(*state);
	free(*state);
	return 0;
}

/* A recording under way, and the file that it goes to. */
struct take {
	const struct ring *ring;
	struct hands clock;
	int fd;
	struct writer *w;
};

static void
take_begin(struct take *t, const struct ring *r)
{
	t->ring = r;
	t->clock.us = 7000000;
	t->fd = file_of(span_make("", 0));
	t->w = recording_open(r, dup(t->fd), &t->clock);
}

static void
take_output(struct take *t, const void *p, size_t n)
{
	assert_int_equal(
	    writer_output(t->w, WRITER_STDOUT, span_make(p, n), NULL), RC_OK);
}

static void
take_close(struct take *t)
{
	assert_int_equal(writer_close(t->w, SEAL_CLOSED, SUMMARY, NULL), RC_OK);
}

/* The plaintext; the file must be whole. */
static void
take_export(struct take *t, struct buf *out)
{
	struct buf file;
	struct proof p;

	file_read(t->fd, &file);
	p = prove(buf_span(&file), t->ring->trust);
	if (p.code != PROOF_WHOLE)
		fail_msg("%s", p.text);
	buf_init(out, MOST);
	assert_int_equal(
	    play(buf_span(&file), t->ring->trust, t->ring->auditor, out), PROOF_WHOLE);
	buf_clear(&file);
}

static void
take_end(struct take *t)
{
	writer_free(t->w);
	close(t->fd);
}

/* All data of events with this code, one after the other. */
static void
events_of(struct span cast, const char *code, struct buf *out)
{
	buf_init(out, MOST);
	while (cast.len > 0) {
		const uint8_t *lf = memchr(cast.p, '\n', cast.len);
		size_t n = (size_t)(lf - cast.p);
		json_t *e = json_loadb((const char *)cast.p, n, 0, NULL);
		json_t *data = json_array_get(e, 2);

		assert_non_null(e);
		if (json_is_array(e) &&
		    strcmp(json_string_value(json_array_get(e, 1)), code) == 0)
			buf_put(out, json_string_value(data), json_string_length(data));
		json_decref(e);
		cast = span_make(lf + 1, cast.len - n - 1);
	}
}

static void
shown(struct take *t, struct buf *out)
{
	struct buf cast;

	take_export(t, &cast);
	events_of(buf_span(&cast), "o", out);
	buf_clear(&cast);
}

static void
what_is_written_is_read(void **state)
{
	static const char want[] =
	    "{\"version\":2,\"width\":100,\"height\":30,\"timestamp\":1795167217,"
	    "\"title\":\"aws s3 ls\",\"env\":{\"TERM\":\"xterm\"},"
	    "\"hoop\":{\"identity\":\"alice\"}}\n"
	    "[0.500000, \"o\", \"hello \\u001b[1m\xe2\x9c\x93\\r\\n\"]\n"
	    "[0.500000, \"m\", \"cmd: ls\\\\x1B\"]\n"
	    "[1.750000, \"B\", \"{\\\"t\\\":\\\"command\\\"}\"]\n"
	    "[1.750000, \"r\", \"120x40\"]\n"
	    "[1.750000, \"b\", \"YcP/Yg==\"]\n"
	    "[1.750000, \"o\", \"a\xef\xbf\xbd\x62\"]\n"
	    "[1.750000, \"x\", \"3\"]\n"
	    "[1.750000, \"B\", \"{\\\"t\\\":\\\"session.close\\\"}\"]\n";
	struct writer_stats stats;
	struct take t;
	struct buf out, file;
	struct proof p;

	take_begin(&t, *state);
	t.clock.us += 500000;
	take_output(&t, "hello \x1b[1m\xe2\x9c\x93\r\n", 15);
	assert_int_equal(writer_mark(t.w, "cmd: ls\x1b", NULL), RC_OK);
	assert_int_equal(writer_flush(t.w, 0, NULL), RC_OK);
	t.clock.us += 1250000;
	assert_int_equal(writer_event_json(t.w, "{\"t\":\"command\"}", NULL), RC_OK);
	assert_int_equal(writer_flush(t.w, WRITER_SYNC, NULL), RC_OK);
	t.clock.us -= 1000000; /* a clock that goes back moves no event */
	assert_int_equal(writer_resize(t.w, 120, 40, NULL), RC_OK);
	assert_int_equal(
	    writer_output(t.w, WRITER_STDERR, span_make("a\xc3\xff\x62", 4), NULL),
	    RC_OK);
	assert_int_equal(writer_exit(t.w, 3, NULL), RC_OK);
	take_close(&t);
	writer_stats(t.w, &stats);
	take_export(&t, &out);
	assert_string_equal(buf_cstr(&out), want);
	file_read(t.fd, &file);
	p = prove(buf_span(&file), t.ring->trust);
	assert_int_equal(p.valid_len, stats.file_len);
	assert_memory_equal(p.h, stats.h, 32);
	assert_int_equal(p.plain_len, stats.plain_len);
	assert_int_equal(p.chunks, stats.chunks);
	assert_int_equal(stats.events, 8);
	assert_int_equal(stats.replaced, 1);
	buf_clear(&file);
	buf_clear(&out);
	take_end(&t);
}

static void
a_character_may_come_in_pieces(void **state)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	size_t len = sizeof text - 1;

	for (size_t a = 0; a <= len; a++) {
		for (size_t b = a; b <= len; b++) {
			struct writer_stats stats;
			struct take t;
			struct buf out;

			take_begin(&t, *state);
			take_output(&t, text, a);
			assert_int_equal(writer_flush(t.w, 0, NULL), RC_OK);
			take_output(&t, text + a, b - a);
			/* What comes on the other stream does not part it. */
			assert_int_equal(
			    writer_output(t.w, WRITER_STDERR, span_of(""), NULL),
			    RC_OK);
			take_output(&t, text + b, len - b);
			take_close(&t);
			writer_stats(t.w, &stats);
			assert_int_equal(stats.replaced, 0);
			shown(&t, &out);
			assert_string_equal(buf_cstr(&out), text);
			buf_clear(&out);
			take_end(&t);
		}
	}
}

static void
streams_have_their_own_rest(void **state)
{
	struct take t;
	struct buf out;

	take_begin(&t, *state);
	take_output(&t, "\xe2\x82", 2);
	assert_int_equal(writer_held(t.w, WRITER_STDOUT), 2);
	assert_int_equal(writer_output(t.w, WRITER_STDERR, span_of("x"), NULL), RC_OK);
	assert_int_equal(writer_held(t.w, WRITER_STDERR), 0);
	take_output(&t, "\xac", 1);
	assert_int_equal(writer_held(t.w, WRITER_STDOUT), 0);
	take_close(&t);
	shown(&t, &out);
	assert_string_equal(buf_cstr(&out), "x\xe2\x82\xac");
	buf_clear(&out);
	take_end(&t);
}

static void
a_held_rest_waits_50_ms(void **state)
{
	struct take t;
	struct buf cast, out;

	take_begin(&t, *state);
	assert_int_equal(writer_flush(t.w, WRITER_SYNC, NULL), RC_OK);
	assert_int_equal(writer_due(t.w), -1);
	take_output(&t, "\xe2\x82", 2);
	assert_int_equal(writer_due(t.w), 50);
	t.clock.us += 49001;
	assert_int_equal(writer_due(t.w), 1);
	assert_int_equal(writer_tick(t.w, NULL), RC_OK);
	assert_int_equal(writer_held(t.w, WRITER_STDOUT), 2);
	t.clock.us += 999;
	assert_int_equal(writer_due(t.w), 0);
	assert_int_equal(writer_tick(t.w, NULL), RC_OK);
	assert_int_equal(writer_held(t.w, WRITER_STDOUT), 0);
	/* With WHOLE it does not wait. */
	take_output(&t, "\xf0", 1);
	assert_int_equal(writer_flush(t.w, WRITER_WHOLE, NULL), RC_OK);
	assert_int_equal(writer_held(t.w, WRITER_STDOUT), 0);
	take_close(&t);
	take_export(&t, &cast);
	events_of(buf_span(&cast), "b", &out);
	assert_string_equal(buf_cstr(&out), "4oI=8A==");
	buf_clear(&out);
	buf_clear(&cast);
	take_end(&t);
}

static void
binary_output_is_kept_whole(void **state)
{
	static uint8_t bytes[300000];
	struct take t;
	struct buf cast, raw;
	struct span rest;
	size_t at = 0;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 13);
	take_begin(&t, *state);
	for (size_t i = 0; i < sizeof bytes; i += 10007)
		take_output(
		    &t, bytes + i, sizeof bytes - i < 10007 ? sizeof bytes - i : 10007);
	take_close(&t);
	take_export(&t, &cast);
	rest = buf_span(&cast);
	/* Put together what `b` says, and what stands in an `o` without one. */
	for (bool skip = false; rest.len > 0;) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.len);
		size_t n = (size_t)(lf - rest.p);
		json_t *e = json_loadb((const char *)rest.p, n, 0, NULL);
		const char *code = json_string_value(json_array_get(e, 1));
		const json_t *data = json_array_get(e, 2);

		buf_init(&raw, 65536);
		if (code != NULL && *code == 'b')
			assert_true(b64_read(&raw, span_make(json_string_value(data),
						       json_string_length(data))));
		else if (code != NULL && *code == 'o' && !skip)
			buf_put(
			    &raw, json_string_value(data), json_string_length(data));
		skip = code != NULL && *code == 'b';
		assert_true(at + raw.len <= sizeof bytes);
		if (raw.len > 0)
			assert_memory_equal(raw.p, bytes + at, raw.len);
		at += raw.len;
		buf_clear(&raw);
		json_decref(e);
		rest = span_make(lf + 1, rest.len - n - 1);
	}
	assert_int_equal(at, sizeof bytes);
	buf_clear(&cast);
	take_end(&t);
}

static void
long_output_is_cut_in_chunks(void **state)
{
	size_t n = 3u << 20;
	struct writer_stats before, after;
	uint8_t *text = malloc(n);
	struct take t;
	struct buf out;

	for (size_t i = 0; i < n; i++)
		text[i] = (uint8_t)(i % 97 == 0	  ? '\n'
				    : i % 89 == 0 ? 0x1b
						  : 'a' + i % 26);
	take_begin(&t, *state);
	writer_stats(t.w, &before);
	take_output(&t, text, n);
	writer_stats(t.w, &after);
	assert_true(after.chunks > before.chunks + n / 65536 - 2);
	take_close(&t);
	shown(&t, &out);
	assert_int_equal(out.len, n);
	assert_memory_equal(out.p, text, n);
	buf_clear(&out);
	free(text);
	take_end(&t);
}

static void
seals_keep_their_cadence_without_a_tick(void **state)
{
	struct take t;
	struct buf out;

	take_begin(&t, *state);
	for (unsigned i = 0; i < 200; i++) {
		take_output(&t, "x", 1);
		assert_int_equal(writer_flush(t.w, 0, NULL), RC_OK);
	}
	for (unsigned i = 0; i < 50; i++) {
		t.clock.us += i * 100000 + 2500000;
		take_output(&t, "y", 1);
		assert_int_equal(writer_flush(t.w, 0, NULL), RC_OK);
	}
	t.clock.us += 3600000000ULL;
	take_close(&t);
	shown(&t, &out);
	assert_int_equal(out.len, 250);
	buf_clear(&out);
	take_end(&t);
}

static void
what_is_due_is_done(void **state)
{
	struct take t;
	struct buf file;
	struct proof p;

	take_begin(&t, *state);
	/* META is not yet under a seal, but durable. */
	assert_int_equal(writer_due(t.w), 10000);
	take_output(&t, "x", 1);
	assert_int_equal(writer_flush(t.w, 0, NULL), RC_OK);
	assert_int_equal(writer_due(t.w), 1000);
	t.clock.us += 1000000;
	assert_int_equal(writer_due(t.w), 0);
	assert_int_equal(writer_tick(t.w, NULL), RC_OK);
	assert_int_equal(writer_due(t.w), 9000);
	t.clock.us += 9000000;
	assert_int_equal(writer_tick(t.w, NULL), RC_OK);
	assert_int_equal(writer_due(t.w), 1000); /* the seal itself */
	file_read(t.fd, &file);
	p = prove(buf_span(&file), t.ring->trust);
	assert_int_equal(p.code, PROOF_UNTERMINATED);
	assert_int_equal(p.proven_chunks, 2);
	assert_int_equal(p.proven_len, file.len);
	buf_clear(&file);
	take_end(&t);
}

static void
each_line_boundary_is_a_valid_prefix(void **state)
{
	struct take t;
	struct buf file, whole, part;
	struct span rest;

	take_begin(&t, *state);
	for (unsigned i = 0; i < 12; i++) {
		t.clock.us += 700000;
		take_output(&t, "line\r\n", 6);
		assert_int_equal(
		    writer_flush(t.w, i % 5 == 4 ? WRITER_SYNC : 0, NULL), RC_OK);
	}
	take_close(&t);
	take_export(&t, &whole);
	file_read(t.fd, &file);
	rest = buf_span(&file);
	while (rest.len > 0) {
		size_t n =
		    (size_t)((const uint8_t *)memchr(rest.p, '\n', rest.len) - rest.p) +
		    1;
		size_t upto = (size_t)(rest.p - file.p);
		struct proof p = prove(span_make(file.p, upto), t.ring->trust);

		if (upto > 0) {
			assert_int_equal(p.code, PROOF_UNTERMINATED);
			assert_int_equal(p.valid_len, upto);
			buf_init(&part, MOST);
			assert_int_equal(play(span_make(file.p, upto), t.ring->trust,
					     t.ring->auditor, &part),
			    p.certified ? PROOF_UNTERMINATED : PROOF_UNTERMINATED);
			assert_true(part.len <= whole.len);
			assert_int_equal(part.len, p.plain_len);
			if (part.len > 0)
				assert_memory_equal(part.p, whole.p, part.len);
			buf_clear(&part);
		}
		rest = span_make(rest.p + n, rest.len - n);
	}
	buf_clear(&file);
	buf_clear(&whole);
	take_end(&t);
}

/* A child records until it is killed. */
static void
record_forever(const struct ring *r, int fd, int tell)
{
	struct hands clock = { 1000000 };
	struct writer *w = recording_open(r, fd, &clock);

	for (unsigned i = 0; i < 1000000; i++) {
		char line[32];

		clock.us += 10000;
		snprintf(line, sizeof line, "line %u\n", i);
		if (writer_output(w, WRITER_STDOUT, span_of(line), NULL) != RC_OK ||
		    writer_flush(w, 0, NULL) != RC_OK)
			_exit(1);
		if (i == 100 && write(tell, "!", 1) != 1)
			_exit(1);
	}
	_exit(1);
}

static void
a_killed_writer_leaves_a_prefix(void **state)
{
	const struct ring *r = *state;

	for (unsigned i = 0; i < 5; i++) {
		char path[] = "/tmp/test_writer.XXXXXX";
		int fd = mkstemp(path), tell[2], status;
		struct buf file;
		struct proof p;
		char byte;
		pid_t pid;

		assert_int_equal(pipe(tell), 0);
		unlink(path);
		if ((pid = fork()) == 0)
			record_forever(r, dup(fd), tell[1]);
		assert_int_equal(read(tell[0], &byte, 1), 1);
		usleep(1000 * i);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		file_read(fd, &file);
		p = prove(buf_span(&file), r->trust);
		assert_int_equal(p.code, PROOF_UNTERMINATED);
		assert_true(p.chunks > 100 && p.proven_chunks > 60);
		assert_true(file.len - p.valid_len < 1000);
		buf_clear(&file);
		close(fd);
		close(tell[0]);
		close(tell[1]);
	}
}

static void
set_limit(rlim_t most)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = most < l.rlim_max ? most : l.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* What was confirmed is in `out`; the number of bytes confirmed. */
static size_t
record_until_full(struct take *t)
{
	size_t confirmed = 0;
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < 40 && rc == RC_OK; i++) {
		t->clock.us += 400000;
		rc = writer_output(t->w, WRITER_STDOUT, span_of("0123456789"), NULL);
		if (rc == RC_OK)
			rc = writer_flush(t->w, i % 7 == 6 ? WRITER_SYNC : 0, NULL);
		if (rc == RC_OK)
			confirmed += 10;
	}
	assert_int_equal(rc, RC_FAIL);
	return confirmed;
}

static void
check_dead(struct writer *w)
{
	struct writer_stats stats;

	writer_stats(w, &stats);
	assert_true(stats.dead);
	assert_int_equal(writer_due(w), -1);
	assert_int_equal(writer_output(w, WRITER_STDOUT, span_of("x"), NULL), RC_FAIL);
	assert_int_equal(writer_mark(w, "x", NULL), RC_FAIL);
	assert_int_equal(writer_event_json(w, "{}", NULL), RC_FAIL);
	assert_int_equal(writer_exit(w, 0, NULL), RC_FAIL);
	assert_int_equal(writer_flush(w, 0, NULL), RC_FAIL);
	assert_int_equal(writer_tick(w, NULL), RC_FAIL);
}

static void
a_full_disk_ends_it_and_nothing_confirmed_is_lost(void **state)
{
	signal(SIGXFSZ, SIG_IGN);
	for (rlim_t most = 2600; most < 9000; most += 61) {
		struct take t;
		struct buf file, out;
		struct proof p;
		size_t confirmed;

		take_begin(&t, *state);
		set_limit(most);
		confirmed = record_until_full(&t);
		check_dead(t.w);
		/* Still no room: the close fails, too, and may be tried again. */
		assert_int_equal(
		    writer_close(t.w, SEAL_CLOSED, SUMMARY, NULL), RC_FAIL);
		file_read(t.fd, &file);
		assert_int_equal(file.len, most);
		p = prove(buf_span(&file), t.ring->trust);
		assert_int_equal(p.code, PROOF_UNTERMINATED);
		buf_clear(&file);
		set_limit(RLIM_INFINITY);
		assert_int_equal(writer_close(t.w, SEAL_CLOSED, SUMMARY, NULL), RC_OK);
		file_read(t.fd, &file);
		p = prove(buf_span(&file), t.ring->trust);
		assert_int_equal(p.code, PROOF_WHOLE);
		assert_int_equal(p.status, SEAL_BROKEN);
		buf_clear(&file);
		shown(&t, &out);
		/* The line that did not go through may be there; no more than it. */
		assert_true(out.len == confirmed || out.len == confirmed + 10);
		buf_clear(&out);
		take_end(&t);
	}
	signal(SIGXFSZ, SIG_DFL);
}

/* Room for the session, but not for its end: the footer tears at each place. */
static void
a_torn_end_is_finished(void **state)
{
	signal(SIGXFSZ, SIG_IGN);
	for (rlim_t less = 1; less < 900; less += 13) {
		struct writer_stats stats;
		struct take t;
		struct buf file;
		struct proof p;

		take_begin(&t, *state);
		take_output(&t, "x", 1);
		assert_int_equal(writer_flush(t.w, WRITER_SYNC, NULL), RC_OK);
		writer_stats(t.w, &stats);
		set_limit(stats.file_len + less);
		if (writer_close(t.w, SEAL_POLICY, SUMMARY, NULL) != RC_OK) {
			assert_int_equal(
			    writer_close(t.w, SEAL_POLICY, SUMMARY, NULL), RC_FAIL);
			set_limit(RLIM_INFINITY);
			assert_int_equal(
			    writer_close(t.w, SEAL_POLICY, SUMMARY, NULL), RC_OK);
		} else {
			assert_true(less > 800);
		}
		set_limit(RLIM_INFINITY);
		file_read(t.fd, &file);
		p = prove(buf_span(&file), t.ring->trust);
		assert_int_equal(p.code, PROOF_WHOLE);
		assert_int_equal(
		    play(buf_span(&file), t.ring->trust, t.ring->auditor, NULL),
		    PROOF_WHOLE);
		buf_clear(&file);
		take_end(&t);
	}
	signal(SIGXFSZ, SIG_DFL);
}

static void
a_full_pipe_ends_it(void **state)
{
	struct hands clock = { 0 };
	struct writer *w;
	struct err err;
	enum rc rc = RC_OK;
	int fds[2];

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	/* A pipe cannot be synced, so that already the certificate fails. */
	w = recording_head(*state, fds[1], &clock);
	rc = recording_certify(*state, w, &err);
	assert_int_equal(rc, RC_FAIL);
	assert_non_null(strstr(err.text, "sync the recording"));
	check_dead(w);
	writer_free(w);
	close(fds[0]);
}

static void
nothing_before_the_certificate(void **state)
{
	const struct ring *r = *state;
	struct hands clock = { 0 };
	int fd = file_of(span_make("", 0));
	struct writer *w = recording_head(r, dup(fd), &clock);
	uint8_t spk[32], h1[32], head_h1[32], dkid[8], sig[64], other[16] = { 1 };
	struct header h;
	struct err err;

	assert_int_equal(
	    writer_output(w, WRITER_STDOUT, span_of("x"), NULL), RC_REFUSE);
	assert_int_equal(writer_mark(w, "x", NULL), RC_REFUSE);
	assert_int_equal(writer_flush(w, 0, NULL), RC_REFUSE);
	assert_int_equal(writer_tick(w, NULL), RC_REFUSE);
	assert_int_equal(writer_close(w, SEAL_CLOSED, SUMMARY, NULL), RC_REFUSE);
	assert_int_equal(writer_due(w), -1);
	writer_request(w, spk, h1);
	/* The keeper sees the same in the file. */
	assert_int_equal(proof_head(fd, &h, head_h1, NULL), RC_OK);
	assert_memory_equal(h1, head_h1, 32);
	/* A certificate for another session, or by another key, is not taken. */
	assert_int_equal(
	    seal_certify(r->device, other, spk, h1, dkid, sig, NULL), RC_OK);
	assert_int_equal(writer_certify(w, dkid, sig, &err), RC_REFUSE);
	assert_int_equal(
	    seal_certify(r->admin, h.sid, spk, h1, dkid, sig, NULL), RC_REFUSE);
	assert_int_equal(recording_certify(r, w, NULL), RC_OK);
	assert_int_equal(recording_certify(r, w, NULL), RC_FAIL);
	assert_int_equal(writer_close(w, SEAL_STATUSES, SUMMARY, NULL), RC_REFUSE);
	assert_int_equal(writer_close(w, SEAL_CLOSED, "[]", NULL), RC_REFUSE);
	assert_int_equal(writer_close(w, SEAL_CLOSED, SUMMARY, NULL), RC_OK);
	assert_int_equal(writer_close(w, SEAL_CLOSED, SUMMARY, NULL), RC_FAIL);
	assert_int_equal(writer_output(w, WRITER_STDOUT, span_of("x"), NULL), RC_FAIL);
	writer_free(w);
	close(fd);
}

static void
bad_values_are_refused_and_queue_nothing(void **state)
{
	static const char *const bad[] = { "", "x", "[]", "{} {}", "{\"a\":1,\"a\":2}",
		"{\"a\":\"\xff\"}", "\"text\"" };
	char *big = malloc(WRITER_JSON_MAX + 2);
	struct take t;
	struct buf out;

	take_begin(&t, *state);
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(writer_event_json(t.w, bad[i], NULL), RC_REFUSE);
	memset(big, 'a', WRITER_JSON_MAX + 1);
	big[WRITER_JSON_MAX + 1] = '\0';
	assert_int_equal(writer_event_json(t.w, big, NULL), RC_REFUSE);
	/* The longest that is taken, all of it to be escaped. */
	memcpy(big, "{\"a\":\"", 6);
	memset(big + 6, '\\', WRITER_JSON_MAX - 8);
	strcpy(big + WRITER_JSON_MAX - 2, "\"}");
	assert_int_equal(writer_event_json(t.w, big, NULL), RC_OK);
	assert_int_equal(writer_resize(t.w, 0, 24, NULL), RC_REFUSE);
	assert_int_equal(writer_resize(t.w, 80, 65536, NULL), RC_REFUSE);
	memset(big, '\xff', 2000);
	big[2000] = '\0';
	assert_int_equal(writer_mark(t.w, big, NULL), RC_OK);
	take_close(&t);
	shown(&t, &out);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
	free(big);
	take_end(&t);
}

static void
a_bad_beginning_is_refused(void **state)
{
	const struct ring *r = *state;
	struct writer_init good = { .broker = "b", .class = "c", .meta_json = "{}" };
	struct writer_init rows[8];
	struct writer *w = NULL;
	struct err err;

	for (size_t i = 0; i < ROWS(rows); i++)
		rows[i] = good;
	rows[0].broker = "two words";
	rows[1].broker = "";
	rows[2].class = "a/b";
	rows[3].width = 70000;
	rows[4].meta_json = "[]";
	rows[5].meta_json = NULL;
	rows[6].term = "\xff";
	rows[7].timestamp = UINT64_MAX;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int fd = file_of(span_make("", 0));

		rows[i].recipients = r->recipients;
		rows[i].fd = dup(fd);
		if (writer_open(&rows[i], &w, &err) != RC_REFUSE)
			fail_msg("row %zu", i);
		/* The descriptor was taken, and the file is as it was. */
		assert_int_equal(fcntl(rows[i].fd, F_GETFD), -1);
		assert_int_equal(lseek(fd, 0, SEEK_END), 0);
		close(fd);
	}
	good.recipients = r->recipients;
	good.fd = file_of(span_of("x"));
	assert_int_equal(writer_open(&good, &w, &err), RC_REFUSE);
}

static void
a_long_session_folds_its_index(void **state)
{
	struct writer_stats stats;
	struct take t;
	struct buf out;

	take_begin(&t, *state);
	for (unsigned i = 0; i < 40000; i++) {
		t.clock.us += 1000;
		take_output(&t, "k", 1);
		if (i % 10 == 0)
			assert_int_equal(
			    writer_mark(t.w, "a label of some length", NULL), RC_OK);
		assert_int_equal(writer_flush(t.w, 0, NULL), RC_OK);
	}
	take_close(&t);
	writer_stats(t.w, &stats);
	assert_int_equal(stats.chunks, 40002);
	shown(&t, &out);
	assert_int_equal(out.len, 40000);
	buf_clear(&out);
	take_end(&t);
}

/* Randomness that a test can foretell, without keeping a copy that a scan would find.
 */
#ifndef __SANITIZE_ADDRESS__
static uint64_t counter;

static void
known_bytes(void *to, size_t n)
{
	uint8_t *p = to;

	for (size_t i = 0; i < n; i++) {
		counter = counter * 6364136223846793005ULL + 1442695040888963407ULL;
		p[i] = (uint8_t)(counter >> 56);
	}
}

static const char *
known_name(void)
{
	return "known";
}

static uint32_t
known_word(void)
{
	uint32_t v;

	known_bytes(&v, sizeof v);
	return v;
}

static randombytes_implementation known = {
	.implementation_name = known_name, .random = known_word, .buf = known_bytes
};

/* Where in our writable memory these bytes stand, each byte given as its complement. */
static unsigned
find_complement(const uint8_t not_bytes[32])
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY);
	uint8_t *page = malloc(1 << 20);
	unsigned long from, to;
	char line[512], mode[8];
	unsigned found = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 ||
		    mode[1] != 'w')
			continue;
		for (unsigned long at = from; at < to; at += (1 << 20) - 32) {
			size_t n = to - at < (1 << 20) ? to - at : (1 << 20);
			ssize_t got = pread(mem, page, n, (off_t)at);

			for (ssize_t i = 0; i + 32 <= got; i++) {
				unsigned k = 0;

				while (k < 32 && (page[i + k] ^ not_bytes[k]) == 0xff)
					k++;
				found += k == 32;
			}
		}
	}
	fclose(maps);
	close(mem);
	/* Our own window on memory is memory, too: do not leave it behind. */
	explicit_bzero(page, 1 << 20);
	free(page);
	return found;
}

static void
complement(const uint8_t from[32], uint8_t to[32])
{
	for (unsigned i = 0; i < 32; i++)
		to[i] = from[i] ^ 0xff;
}

/* The keys of the first two chunks, as complements. */
static void
chunk_keys(int fd, const uint8_t not_dek[32], uint8_t not_key[2][32])
{
	struct secret *dek = NULL;
	struct ratchet *chain = NULL;
	struct header h;
	struct proof p;
	uint8_t key[RATCHET_KEY];

	assert_int_equal(proof_file(fd, NULL, &h, &p, NULL), RC_OK);
	assert_int_equal(secret_new(32, &dek, NULL), RC_OK);
	complement(not_dek, secret_bytes(dek));
	assert_int_equal(ratchet_new(dek, h.h0, &chain, NULL), RC_OK);
	for (unsigned i = 0; i < 2; i++) {
		ratchet_next(chain, key);
		complement(key, not_key[i]);
	}
	explicit_bzero(key, sizeof key);
	ratchet_free(chain);
	secret_free(dek);
}

static void
no_key_stays_in_memory(void **state)
{
	uint8_t not_seed[32], not_dek[32], not_key[2][32], plain[32];
	struct take t;

	randombytes_set_implementation(&known);
	/* tape_open draws the signing seed, then the data key. */
	counter = 42;
	known_bytes(plain, 32);
	complement(plain, not_seed);
	known_bytes(plain, 32);
	complement(plain, not_dek);
	/* The search itself finds what is there. */
	assert_true(find_complement(not_dek) > 0);
	explicit_bzero(plain, 32);
	counter = 42;
	take_begin(&t, *state);
	assert_int_equal(find_complement(not_dek), 0);
	assert_true(find_complement(not_seed) > 0);
	take_output(&t, "x", 1);
	assert_int_equal(writer_flush(t.w, 0, NULL), RC_OK);
	chunk_keys(t.fd, not_dek, not_key);
	assert_int_equal(find_complement(not_key[0]), 0);
	assert_int_equal(find_complement(not_key[1]), 0);
	take_close(&t);
	assert_int_equal(find_complement(not_seed), 0);
	assert_int_equal(find_complement(not_dek), 0);
	assert_int_equal(find_complement(not_key[1]), 0);
	take_end(&t);
	randombytes_set_implementation(&randombytes_sysrandom_implementation);
}
#endif

static void
the_real_clock_is_the_default(void **state)
{
	const struct ring *r = *state;
	struct writer_init init = { .fd = file_of(span_make("", 0)),
		.broker = "b",
		.class = "c",
		.meta_json = "{}",
		.hide_size = true,
		.width = 200,
		.height = 50,
		.recipients = r->recipients };
	int fd = dup(init.fd);
	struct writer *w = NULL;
	struct header h;
	uint8_t h1[32];

	assert_int_equal(writer_open(&init, &w, NULL), RC_OK);
	assert_int_equal(proof_head(fd, &h, h1, NULL), RC_OK);
	assert_int_equal(h.width, 80);
	assert_int_equal(h.height, 24);
	writer_free(w);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(a_character_may_come_in_pieces),
		cmocka_unit_test(streams_have_their_own_rest),
		cmocka_unit_test(a_held_rest_waits_50_ms),
		cmocka_unit_test(binary_output_is_kept_whole),
		cmocka_unit_test(long_output_is_cut_in_chunks),
		cmocka_unit_test(seals_keep_their_cadence_without_a_tick),
		cmocka_unit_test(what_is_due_is_done),
		cmocka_unit_test(each_line_boundary_is_a_valid_prefix),
		cmocka_unit_test(a_killed_writer_leaves_a_prefix),
		cmocka_unit_test(a_full_disk_ends_it_and_nothing_confirmed_is_lost),
		cmocka_unit_test(a_torn_end_is_finished),
		cmocka_unit_test(a_full_pipe_ends_it),
		cmocka_unit_test(nothing_before_the_certificate),
		cmocka_unit_test(bad_values_are_refused_and_queue_nothing),
		cmocka_unit_test(a_bad_beginning_is_refused),
		cmocka_unit_test(a_long_session_folds_its_index),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test(no_key_stays_in_memory),
#endif
		cmocka_unit_test(the_real_clock_is_the_default),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
