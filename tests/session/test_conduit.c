#include "tests/support/unit.h"
#include "broker/session/conduit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "broker/session/tty.h"
#include "tests/session/bed.h"

struct fixture {
	struct bed bed;
	struct writer *writer;
	struct conduit *conduit;
	int file;
	int out, err; /* the command's ends */
	bool full;
	struct buf shown[WRITER_STREAMS];
	char order[64]; /* a digit a call of show: which stream */
	uint64_t now;	/* microseconds */
	bool check;	/* compare with the file on each show */
};

static uint64_t
now_us(void *arg)
{
	struct fixture *f = arg;

	return f->now;
}

static bool
full(void *arg)
{
	struct fixture *f = arg;

	return f->full;
}

/* All that has been shown stands in the file, as anybody with a key can read it there.
 */
static void
check_recorded(struct fixture *f)
{
	struct proof proof;
	struct buf text, out;

	buf_init(&text, 64u << 20);
	buf_init(&out, 64u << 20);
	assert_int_equal(bed_read(&f->bed, f->file, &proof, &text), PROOF_UNTERMINATED);
	bed_output(buf_span(&text), &out);
	assert_true(out.len >= f->shown[0].len);
	assert_memory_equal(out.p, f->shown[0].p, f->shown[0].len);
	buf_clear(&text);
	buf_clear(&out);
}

static void
show(void *arg, enum writer_stream stream, struct span bytes)
{
	struct fixture *f = arg;
	size_t n = strlen(f->order);

	buf_span_put(&f->shown[stream], bytes);
	if (n + 1 < sizeof f->order)
		f->order[n] = (char)('0' + stream);
	if (f->check)
		check_recorded(f);
}

static struct fixture fixture;

static void
make(struct fixture *f, const struct conduit_filter *filters, unsigned n, uint64_t max)
{
	struct conduit_init init = { .writer = f->writer,
		.sink = { full, show, f },
		.filters = filters,
		.nfilters = n,
		.output_max = max,
		.now_us = now_us,
		.now_arg = f };
	struct err err = { "" };
	int out[2], errs[2];

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(errs, O_CLOEXEC), 0);
	f->out = out[1];
	f->err = errs[1];
	init.fds[WRITER_STDOUT] = out[0];
	init.fds[WRITER_STDERR] = errs[0];
	assert_int_equal(conduit_new(&init, &f->conduit, &err), RC_OK);
}

static int
setup(void **state)
{
	struct fixture *f = &fixture;

	memset(f, 0, sizeof *f);
	bed_open(&f->bed);
	f->writer = bed_writer(&f->bed, &f->file);
	f->now = 1000000;
	for (int i = 0; i < WRITER_STREAMS; i++)
		buf_init(&f->shown[i], 64u << 20);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	conduit_free(f->conduit);
	writer_free(f->writer);
	for (int i = 0; i < WRITER_STREAMS; i++)
		buf_clear(&f->shown[i]);
	if (f->out >= 0)
		close(f->out);
	if (f->err >= 0)
		close(f->err);
	close(f->file);
	bed_close(&f->bed);
	return 0;
}

/* Step until there is nothing to do; what the last step said. */
static enum rc
settle(struct fixture *f)
{
	struct err err = { "" };
	enum rc rc;

	while ((rc = conduit_step(f->conduit, &err)) == RC_OK)
		;
	return rc;
}

static void
hang_up(struct fixture *f)
{
	close(f->out);
	close(f->err);
	f->out = f->err = -1;
}

static void
assert_shown(struct fixture *f, enum writer_stream s, const char *text)
{
	assert_true(span_is(buf_span(&f->shown[s]), text));
}

static void
test_both_streams(void **state)
{
	struct fixture *f = *state;

	make(f, NULL, 0, 0);
	assert_int_equal(settle(f), RC_WAIT);
	write_all(f->out, "out\n", 4);
	write_all(f->err, "err\n", 4);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "out\n");
	assert_shown(f, WRITER_STDERR, "err\n");
	hang_up(f);
	assert_int_equal(settle(f), RC_END);
	assert_int_equal(settle(f), RC_END);
	/* Told once: nothing is due, or the caller would spin. */
	assert_int_not_equal(conduit_due(f->conduit), 0);
}

/* On each call of show the file is opened with a key and compared. */
static void
test_recorded_before_shown(void **state)
{
	struct fixture *f = *state;
	char line[64];

	f->check = true;
	make(f, NULL, 0, 0);
	for (int i = 0; i < 40; i++) {
		f->now += 20000;
		sprintf(line, "line %d of \xc3\xa4 few\n", i);
		write_all(f->out, line, strlen(line));
		assert_int_equal(settle(f), RC_WAIT);
		assert_int_equal(f->shown[0].p[f->shown[0].len - 1], '\n');
	}
	hang_up(f);
	assert_int_equal(settle(f), RC_END);
}

/* Pieces that come faster than 100 a second are gathered. */
static void
test_gathers(void **state)
{
	struct fixture *f = *state;
	struct writer_stats before, after;

	make(f, NULL, 0, 0);
	f->now += CONDUIT_GAP_US;
	write_all(f->out, "a", 1);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "a");
	writer_stats(f->writer, &before);
	for (int i = 0; i < 50; i++) {
		f->now += 100;
		write_all(f->out, "b", 1);
		assert_int_equal(settle(f), RC_WAIT);
	}
	assert_shown(f, WRITER_STDOUT, "a");
	assert_in_range(conduit_due(f->conduit), 1, 10);
	f->now += CONDUIT_GAP_US;
	assert_int_equal(conduit_due(f->conduit), 0);
	assert_int_equal(settle(f), RC_WAIT);
	assert_int_equal(f->shown[0].len, 51);
	writer_stats(f->writer, &after);
	assert_int_equal(after.chunks, before.chunks + 1);
}

/* Bytes that are given, not read. */
static void
make_given(struct fixture *f, uint64_t max, unsigned burst)
{
	struct conduit_init init = { .fds = { -1, -1 },
		.writer = f->writer,
		.sink = { full, show, f },
		.output_max = max,
		.burst = burst,
		.now_us = now_us,
		.now_arg = f };
	struct err err = { "" };

	f->out = f->err = -1;
	assert_int_equal(conduit_new(&init, &f->conduit, &err), RC_OK);
}

static size_t
put(struct fixture *f, enum writer_stream stream, const char *p, size_t n)
{
	struct err err = { "" };
	size_t taken = 77;

	assert_int_equal(
	    conduit_put(f->conduit, stream, span_make(p, n), &taken, &err), RC_OK);
	return taken;
}

static void
test_given(void **state)
{
	struct fixture *f = *state;
	struct err err = { "" };

	make_given(f, 0, 1);
	f->check = true;
	assert_int_equal(conduit_poll(f->conduit, WRITER_STDOUT), -1);
	assert_int_equal(settle(f), RC_WAIT);
	assert_int_equal(put(f, WRITER_STDOUT, "out\n", 4), 4);
	assert_int_equal(f->shown[0].len, 0);
	assert_int_equal(conduit_due(f->conduit), 0);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "out\n");
	f->check = false;
	f->now += CONDUIT_GAP_US;
	assert_int_equal(put(f, WRITER_STDERR, "err\n", 4), 4);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDERR, "err\n");
	assert_int_equal(put(f, WRITER_STDOUT, "\xc3", 1), 1);
	assert_int_equal(conduit_end(f->conduit, &err), RC_OK);
	assert_int_equal(settle(f), RC_END);
	assert_shown(f, WRITER_STDOUT, "out\n\xc3");
	/* Who gives on is not to wait for it. */
	assert_int_equal(put(f, WRITER_STDOUT, "late", 4), 4);
	assert_int_equal(settle(f), RC_END);
	assert_shown(f, WRITER_STDOUT, "out\n\xc3");
}

static void
test_given_is_bounded(void **state)
{
	static char p[4 * CONDUIT_BATCH];
	struct fixture *f = *state;
	size_t n, all = 0;
	enum rc rc;

	memset(p, 'x', sizeof p);
	make_given(f, 3 * CONDUIT_BATCH, 1);
	f->full = true;
	n = put(f, WRITER_STDOUT, p, sizeof p);
	assert_in_range(n, 1, CONDUIT_BATCH);
	assert_false(conduit_takes(f->conduit));
	assert_int_equal(put(f, WRITER_STDOUT, p, 1), 0);
	assert_int_equal(settle(f), RC_WAIT);
	assert_int_equal(f->shown[0].len, 0);
	f->full = false;
	for (all = n; (rc = settle(f)) == RC_WAIT; all += n) {
		assert_int_equal(f->shown[0].len, all);
		assert_true(conduit_takes(f->conduit));
		n = put(f, WRITER_STDOUT, p, sizeof p);
	}
	assert_int_equal(rc, RC_REFUSE);
	assert_int_equal(f->shown[0].len, 3 * CONDUIT_BATCH);
}

/* What one types is echoed at once, a few times in a row; on the average the gap holds. */
static void
test_burst(void **state)
{
	struct fixture *f = *state;

	make_given(f, 0, CONDUIT_BURST);
	f->now += 1000000;
	for (size_t i = 1; i <= CONDUIT_BURST; i++) {
		put(f, WRITER_STDOUT, "k", 1);
		assert_int_equal(conduit_due(f->conduit), 0);
		assert_int_equal(settle(f), RC_WAIT);
		assert_int_equal(f->shown[0].len, i);
	}
	for (size_t i = 0; i < 20; i++) {
		put(f, WRITER_STDOUT, "k", 1);
		assert_int_equal(settle(f), RC_WAIT);
		assert_int_equal(f->shown[0].len, CONDUIT_BURST + i);
		f->now += CONDUIT_GAP_US - 1;
		assert_int_equal(settle(f), RC_WAIT);
		assert_int_equal(f->shown[0].len, CONDUIT_BURST + i);
		f->now += 1;
		assert_int_equal(settle(f), RC_WAIT);
		assert_int_equal(f->shown[0].len, CONDUIT_BURST + i + 1);
	}
}

/* Much at once does not wait for the clock. */
static void
test_bulk(void **state)
{
	enum { N = 5 * CONDUIT_BATCH };
	struct fixture *f = *state;
	char *p = malloc(N);
	size_t at = 0;

	memset(p, 'x', N);
	make(f, NULL, 0, 0);
	fcntl(f->out, F_SETFL, O_NONBLOCK);
	while (at < N) {
		ssize_t n = write(f->out, p + at, N - at);

		assert_true(n > 0);
		at += (size_t)n;
		assert_int_equal(settle(f), RC_WAIT);
		assert_true(f->shown[0].len + CONDUIT_BATCH > at);
	}
	hang_up(f);
	assert_int_equal(settle(f), RC_END);
	assert_int_equal(f->shown[0].len, N);
	free(p);
}

/* A client that does not take its output stops the reading, and so the command. */
static void
test_full_sink(void **state)
{
	struct fixture *f = *state;

	make(f, NULL, 0, 0);
	f->full = true;
	write_all(f->out, "wait", 4);
	assert_int_equal(settle(f), RC_WAIT);
	assert_int_equal(conduit_poll(f->conduit, WRITER_STDOUT), -1);
	assert_int_equal(f->shown[0].len, 0);
	hang_up(f);
	assert_int_equal(settle(f), RC_WAIT);
	f->full = false;
	assert_true(conduit_poll(f->conduit, WRITER_STDOUT) >= 0);
	assert_int_equal(settle(f), RC_END);
	assert_shown(f, WRITER_STDOUT, "wait");
}

/* A flood on one stream does not starve the other. */
static void
test_fair(void **state)
{
	struct fixture *f = *state;
	struct err err = { "" };
	static char flood[CONDUIT_BATCH];

	make(f, NULL, 0, 0);
	fcntl(f->out, F_SETFL, O_NONBLOCK);
	write_all(f->err, "here", 4);
	for (int i = 0; i < 8 && f->shown[1].len == 0; i++) {
		while (write(f->out, flood, sizeof flood) > 0)
			;
		assert_int_not_equal(conduit_step(f->conduit, &err), RC_FAIL);
	}
	assert_shown(f, WRITER_STDERR, "here");
}

/* Half a character waits for its other half, and no longer than the writer does. */
static void
test_split_character(void **state)
{
	struct fixture *f = *state;

	f->check = true;
	make(f, NULL, 0, 0);
	write_all(f->out, "a\xe2\x82", 3);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "a");
	f->now += CONDUIT_GAP_US;
	write_all(f->out, "\xac.\xe2", 3);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "a\xe2\x82\xac.");
	/* The writer's clock is the real one here. */
	assert_in_range(conduit_due(f->conduit), 0, 50);
	usleep(60000);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "a\xe2\x82\xac.\xe2");
}

static void
test_split_at_end(void **state)
{
	struct fixture *f = *state;
	struct proof proof;
	struct buf text, out;
	struct err err = { "" };

	make(f, NULL, 0, 0);
	write_all(f->out, "x\xff\xe2\x82", 4);
	write_all(f->err, "\xf0\x9f", 2);
	hang_up(f);
	assert_int_equal(settle(f), RC_END);
	assert_shown(f, WRITER_STDOUT, "x\xff\xe2\x82");
	assert_shown(f, WRITER_STDERR, "\xf0\x9f");
	assert_int_equal(
	    writer_close(f->writer, SEAL_CLOSED, "{\"t\":\"session.close\"}", &err),
	    RC_OK);
	buf_init(&text, 1u << 20);
	buf_init(&out, 1u << 20);
	assert_int_equal(bed_read(&f->bed, f->file, &proof, &text), PROOF_WHOLE);
	bed_output(buf_span(&text), &out);
	assert_int_equal(out.len, 6);
	buf_clear(&text);
	buf_clear(&out);
}

static void
test_tty_filter(void **state)
{
	static const struct conduit_filter tty = { .pass = tty_output };
	struct fixture *f = *state;

	f->check = true;
	make(f, &tty, 1, 0);
	write_all(f->out, "a\nb\n", 4);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "a\r\nb\r\n");
}

/* A filter as a masker is: it holds its last byte back until more comes. */
static enum rc
hold_one(void *arg, enum writer_stream stream, struct span in, bool end,
    struct buf *out, struct err *err)
{
	int *held = arg;

	(void)err;
	if (stream != WRITER_STDOUT)
		return RC_OK;
	for (size_t i = 0; i < in.len; i++) {
		if (*held >= 0)
			buf_u8(out, (uint8_t)*held);
		*held = in.p[i] == 's' ? '*' : in.p[i];
	}
	if (end && *held >= 0)
		buf_u8(out, (uint8_t)*held);
	return RC_OK;
}

static void
test_filter_chain(void **state)
{
	int held = -1;
	const struct conduit_filter chain[] = { { .pass = hold_one, .arg = &held },
		{ .pass = tty_output } };
	struct fixture *f = *state;

	f->check = true;
	make(f, chain, 2, 0);
	write_all(f->out, "pass\nx", 6);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "pa**\r\n");
	hang_up(f);
	assert_int_equal(settle(f), RC_END);
	assert_shown(f, WRITER_STDOUT, "pa**\r\nx");
}

static enum rc
break_down(void *arg, enum writer_stream stream, struct span in, bool end,
    struct buf *out, struct err *err)
{
	(void)arg;
	(void)stream;
	(void)end;
	buf_span_put(out, in);
	return err_set(err, RC_RETRY, "no");
}

/* Trouble in a filter cuts the stream; it never passes it through raw. */
static void
test_filter_fails(void **state)
{
	static const struct conduit_filter chain = { .pass = break_down };
	struct fixture *f = *state;
	struct err err = { "" };

	make(f, &chain, 1, 0);
	write_all(f->out, "secret", 6);
	assert_int_equal(settle(f), RC_FAIL);
	assert_int_equal(settle(f), RC_FAIL);
	assert_int_equal(conduit_finish(f->conduit, &err), RC_FAIL);
	assert_int_equal(f->shown[0].len, 0);
	assert_int_equal(conduit_poll(f->conduit, WRITER_STDOUT), -1);
}

/* A filter that holds all that comes for 15 ms, and says so. */
struct slow {
	struct fixture *f;
	struct buf held;
	uint64_t due;
	bool fails;
	int asked;
};

static enum rc
slow_pass(void *arg, enum writer_stream stream, struct span in, bool end,
    struct buf *out, struct err *err)
{
	struct slow *s = arg;

	(void)err;
	if (stream != WRITER_STDOUT) {
		buf_span_put(out, in);
		return RC_OK;
	}
	if (s->held.len == 0)
		s->due = s->f->now + 15000;
	buf_span_put(&s->held, in);
	if (end) {
		buf_span_put(out, buf_span(&s->held));
		buf_reset(&s->held);
	}
	return RC_OK;
}

static uint64_t
slow_due(const void *arg, enum writer_stream stream)
{
	const struct slow *s = arg;

	return stream == WRITER_STDOUT && s->held.len > 0 ? s->due : UINT64_MAX;
}

static enum rc
slow_release(void *arg, enum writer_stream stream, struct buf *out, struct err *err)
{
	struct slow *s = arg;

	assert_int_equal(stream, WRITER_STDOUT);
	assert_true(s->f->now >= s->due);
	s->asked++;
	buf_span_put(out, buf_span(&s->held));
	buf_reset(&s->held);
	return s->fails ? err_set(err, RC_FAIL, "no") : RC_OK;
}

static void
make_slow(struct fixture *f, struct slow *s)
{
	const struct conduit_filter chain[] = { { .pass = slow_pass,
						    .arg = s,
						    .due_us = slow_due,
						    .release = slow_release },
		{ .pass = tty_output } };

	memset(s, 0, sizeof *s);
	s->f = f;
	buf_init(&s->held, 4096);
	make(f, chain, 2, 0);
}

/* By the clock, through the filters behind it, and recorded as all else. */
static void
test_filter_lets_go(void **state)
{
	struct fixture *f = *state;
	struct slow slow;

	f->check = true;
	make_slow(f, &slow);
	write_all(f->out, "half\n", 5);
	assert_int_equal(settle(f), RC_WAIT);
	assert_int_equal(f->shown[0].len, 0);
	assert_int_equal(conduit_due(f->conduit), 15);
	f->now += 14999;
	assert_int_equal(conduit_due(f->conduit), 1);
	assert_int_equal(settle(f), RC_WAIT);
	assert_int_equal(f->shown[0].len, 0);
	f->now += 1;
	assert_int_equal(conduit_due(f->conduit), 0);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "half\r\n");
	assert_int_not_equal(conduit_due(f->conduit), 0);
	assert_int_equal(slow.asked, 1);
	/* Nothing waits for a clock at the end. */
	write_all(f->out, "rest\n", 5);
	hang_up(f);
	assert_int_equal(settle(f), RC_END);
	assert_shown(f, WRITER_STDOUT, "half\r\nrest\r\n");
	assert_int_equal(slow.asked, 1);
	buf_clear(&slow.held);
}

/* A client that takes nothing: what is held stays, and nobody spins for it. */
static void
test_filter_waits_for_the_client(void **state)
{
	struct fixture *f = *state;
	struct slow slow;

	make_slow(f, &slow);
	write_all(f->out, "half", 4);
	assert_int_equal(settle(f), RC_WAIT);
	f->full = true;
	f->now += 60000;
	assert_int_not_equal(conduit_due(f->conduit), 0);
	assert_int_equal(settle(f), RC_WAIT);
	assert_int_equal(slow.asked, 0);
	f->full = false;
	assert_int_equal(conduit_due(f->conduit), 0);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "half");
	buf_clear(&slow.held);
}

static void
test_filter_fails_to_let_go(void **state)
{
	struct fixture *f = *state;
	struct slow slow;

	make_slow(f, &slow);
	slow.fails = true;
	write_all(f->out, "secret", 6);
	assert_int_equal(settle(f), RC_WAIT);
	f->now += 15000;
	assert_int_equal(settle(f), RC_FAIL);
	assert_int_equal(f->shown[0].len, 0);
	assert_int_equal(conduit_due(f->conduit), -1);
	assert_int_equal(settle(f), RC_FAIL);
	assert_int_equal(f->shown[0].len, 0);
	buf_clear(&slow.held);
}

static enum rc
swell(void *arg, enum writer_stream stream, struct span in, bool end, struct buf *out,
    struct err *err)
{
	(void)arg;
	(void)stream;
	(void)end;
	(void)err;
	for (size_t i = 0; i < in.len * 25; i++)
		buf_u8(out, in.p[i / 25]);
	return RC_OK;
}

static size_t
by_25(size_t n)
{
	return 25 * n;
}

/* What a filter makes of it may be much, if it says so. */
static void
test_filter_grows(void **state)
{
	static const struct conduit_filter chain = { .pass = swell, .growth = by_25 };
	static const struct conduit_filter silent = { .pass = swell };
	static char p[CONDUIT_BATCH];
	struct fixture *f = *state;
	struct err err = { "" };
	size_t taken = 0;

	memset(p, 'x', sizeof p);
	make(f, &chain, 1, 0);
	assert_int_equal(conduit_put(f->conduit, WRITER_STDOUT, span_make(p, sizeof p),
			     &taken, &err),
	    RC_OK);
	assert_int_equal(taken, sizeof p);
	hang_up(f);
	assert_int_equal(settle(f), RC_END);
	assert_int_equal(f->shown[0].len, 25 * sizeof p);
	conduit_free(f->conduit);
	make(f, &silent, 1, 0);
	assert_int_equal(conduit_put(f->conduit, WRITER_STDOUT, span_make(p, sizeof p),
			     &taken, &err),
	    RC_FAIL);
	assert_non_null(strstr(err.text, "too much"));
}

static void
test_output_max(void **state)
{
	struct fixture *f = *state;
	struct err err = { "" };
	enum rc rc;

	make(f, NULL, 0, 10);
	write_all(f->out, "0123456789", 10);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "0123456789");
	f->now += CONDUIT_GAP_US;
	write_all(f->err, "x", 1);
	while ((rc = conduit_step(f->conduit, &err)) == RC_OK)
		;
	assert_int_equal(rc, RC_REFUSE);
	assert_non_null(strstr(err.text, "10 bytes"));
	assert_int_equal(f->shown[1].len, 0);
	/* The command's next write fails. */
	assert_int_equal(write(f->out, "y", 1), -1);
}

static void
test_output_max_cuts(void **state)
{
	struct fixture *f = *state;

	f->check = true;
	make(f, NULL, 0, 10);
	write_all(f->out, "0123456789abcdef", 16);
	assert_int_equal(settle(f), RC_REFUSE);
	assert_shown(f, WRITER_STDOUT, "0123456789");
}

static void
test_resize(void **state)
{
	struct fixture *f = *state;
	struct proof proof;
	struct buf text;

	make(f, NULL, 0, 0);
	f->now += CONDUIT_GAP_US;
	for (unsigned i = 0; i < 1000; i++)
		conduit_resize(f->conduit, 100 + i, 50);
	conduit_resize(f->conduit, 0, 50);
	conduit_resize(f->conduit, 80, 70000);
	assert_int_equal(settle(f), RC_WAIT);
	buf_init(&text, 1u << 20);
	bed_read(&f->bed, f->file, &proof, &text);
	buf_cstr(&text);
	assert_non_null(strstr((char *)text.p, "\"r\", \"1099x50\""));
	assert_null(strstr((char *)text.p, "100x50"));
	assert_null(strstr((char *)text.p, "70000"));
	buf_clear(&text);
}

/* Text that does not become much shorter by compression. */
static void
noise(char *p, size_t n)
{
	uint64_t x = 88172645463325252;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = (char)('!' + (x >> 32) % 90);
	}
}

/* The file takes no more: nothing that came after is shown, and the command's pipes are
 * closed. */
static void
test_full_disk(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, r;
	static char block[30000];
	enum rc rc = RC_WAIT;
	size_t shown;

	make(f, NULL, 0, 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_IGN);
	r = (struct rlimit){ 200000, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
	noise(block, sizeof block);
	f->check = true;
	for (int i = 0; i < 100 && rc == RC_WAIT; i++) {
		f->now += 20000;
		write_all(f->out, block, sizeof block);
		rc = settle(f);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(rc, RC_FAIL);
	shown = f->shown[0].len;
	assert_true(shown > 0 && shown < 200000);
	check_recorded(f);
	assert_int_equal(settle(f), RC_FAIL);
	assert_int_equal(f->shown[0].len, shown);
	assert_int_equal(write(f->out, "y", 1), -1);
}

static void
test_finish(void **state)
{
	struct fixture *f = *state;
	struct err err = { "" };

	make(f, NULL, 0, 0);
	write_all(f->out, "a", 1);
	settle(f);
	f->now += 1;
	write_all(f->out, "b\xe2", 2);
	assert_int_equal(settle(f), RC_WAIT);
	assert_shown(f, WRITER_STDOUT, "a");
	assert_int_equal(conduit_finish(f->conduit, &err), RC_OK);
	assert_shown(f, WRITER_STDOUT, "ab\xe2");
	assert_int_equal(write(f->out, "y", 1), -1);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(both_streams),
		T(recorded_before_shown),
		T(gathers),
		T(bulk),
		T(given),
		T(given_is_bounded),
		T(burst),
		T(full_sink),
		T(fair),
		T(split_character),
		T(split_at_end),
		T(tty_filter),
		T(filter_chain),
		T(filter_fails),
		T(filter_lets_go),
		T(filter_waits_for_the_client),
		T(filter_fails_to_let_go),
		T(filter_grows),
		T(output_max),
		T(output_max_cuts),
		T(resize),
		T(full_disk),
		T(finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
