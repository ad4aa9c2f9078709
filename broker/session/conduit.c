/* The pump; see conduit.h.  It keeps what it has read until the writer says that it is
 * recorded, and knows neither sockets nor the loop. */
#include "broker/session/conduit_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"

/* Room in the kernel for the command to run ahead; wished for, not needed. */
#define PIPE_ROOM (256 * 1024)
/* With less room below the quota what is there is recorded before more is read: it may
 * turn out smaller than feared. */
#define ROOM_LEAST 8192

static uint64_t
mono_us(void *arg)
{
	(void)arg;
	return clock_mono_us();
}

static bool
prepare_source(int fd)
{
	int flags;

	if (fd < 0)
		return true;
	flags = fcntl(fd, F_GETFL);
	(void)fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);
	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

enum rc
conduit_new(const struct conduit_init *init, struct conduit **ret, struct err *err)
{
	struct conduit *c = calloc(1, sizeof *c);

	if (c == NULL || init->nfilters > CONDUIT_FILTERS) {
		free(c);
		for (int i = 0; i < WRITER_STREAMS; i++)
			if (init->fds[i] >= 0)
				close(init->fds[i]);
		return err_set(err, RC_FAIL, "make a conduit");
	}
	c->writer = init->writer;
	c->sink = init->sink;
	c->output_max = init->output_max;
	c->slack_us = init->burst > 1 ? (init->burst - 1) * CONDUIT_GAP_US : 0;
	c->now_us = init->now_us != NULL ? init->now_us : mono_us;
	c->now_arg = init->now_arg;
	c->nfilters = init->nfilters;
	for (unsigned i = 0; i < init->nfilters; i++)
		c->filters[i] = init->filters[i];
	conduit_size_rooms(c);
	for (int i = 0; i < WRITER_STREAMS; i++) {
		c->fds[i] = init->fds[i];
		c->open[i] = true;
	}
	for (int i = 0; i < WRITER_STREAMS; i++)
		if (!prepare_source(c->fds[i])) {
			conduit_free(c);
			return err_errno(err, RC_FAIL, "prepare the command's output");
		}
	*ret = c;
	return RC_OK;
}

static void
close_source(struct conduit *c, enum writer_stream stream)
{
	if (c->fds[stream] >= 0)
		close(c->fds[stream]);
	c->fds[stream] = -1;
	c->open[stream] = false;
}

void
conduit_free(struct conduit *c)
{
	if (c == NULL)
		return;
	conduit_stop(c);
	for (int i = 0; i < 2; i++)
		buf_clear(&c->rooms[i]);
	buf_clear(&c->batch);
	free(c);
}

void
conduit_stop(struct conduit *c)
{
	for (int i = 0; i < WRITER_STREAMS; i++)
		close_source(c, (enum writer_stream)i);
}

/* The recording is broken: what waits may never be shown. */
static enum rc
fail(struct conduit *c)
{
	c->failed = true;
	buf_clear(&c->batch);
	c->nseg = 0;
	conduit_stop(c);
	return RC_FAIL;
}

static void
add_segment(struct conduit *c, enum writer_stream stream, size_t len)
{
	struct segment *last = c->nseg > 0 ? &c->seg[c->nseg - 1] : NULL;

	if (last != NULL && last->stream == stream)
		last->len += len;
	else
		c->seg[c->nseg++] = (struct segment){ stream, len };
}

/* The last n bytes of the batch are new: queue as many in the writer as may be. */
enum rc
conduit_give(struct conduit *c, enum writer_stream stream, size_t n, struct err *err)
{
	size_t fits = n;

	if (c->output_max != 0 && fits > c->output_max - c->given)
		fits = (size_t)(c->output_max - c->given);
	fits = writer_fit(c->writer, fits);
	if (fits < n) {
		c->batch.len -= n - fits;
		n = fits;
		c->over = true;
	}
	if (n == 0)
		return RC_OK;
	c->given += n;
	c->fresh += n;
	add_segment(c, stream, n);
	return writer_output(
	    c->writer, stream, span_make(c->batch.p + c->batch.len - n, n), err);
}

bool
conduit_is_full(const struct conduit *c)
{
	return c->fresh >= CONDUIT_BATCH || c->nseg + WRITER_STREAMS * 2 > SEGMENTS ||
	       (c->fresh > 0 && writer_room(c->writer) < ROOM_LEAST);
}

static enum rc
end_stream(struct conduit *c, enum writer_stream stream, struct err *err)
{
	close_source(c, stream);
	if (c->ended[stream] || c->nfilters == 0)
		return RC_OK;
	c->ended[stream] = true;
	return conduit_pass(c, 0, stream, span_make(NULL, 0), true, err);
}

/* Read straight into the batch, or into a room before the filters. */
static enum rc
take(struct conduit *c, enum writer_stream stream, size_t room, struct err *err)
{
	struct buf *to = c->nfilters == 0 ? &c->batch : &c->rooms[0];
	uint8_t *p;
	ssize_t n;

	if (to != &c->batch)
		buf_reset(to);
	if ((p = buf_room(to, room)) == NULL)
		return err_memory(err);
	do
		n = read(c->fds[stream], p, room);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return RC_WAIT;
	/* Trouble on a pipe of ours is its end: there will be no more bytes. */
	if (n <= 0)
		return end_stream(c, stream, err);
	to->len += (size_t)n;
	if (to == &c->batch)
		return conduit_give(c, stream, (size_t)n, err);
	return conduit_pass(c, 0, stream, buf_span(to), false, err);
}

/* How much to read at once: filters may make more of it. */
static size_t
batch_room(const struct conduit *c)
{
	size_t room = writer_room(c->writer) >> c->nfilters;
	size_t left = CONDUIT_BATCH - c->fresh;

	if (room < ROOM_LEAST / 2)
		room = ROOM_LEAST / 2;
	return room < left ? room : left;
}

/* Read both streams once, the one first that came second before: a flood on one must
 * not starve the other.  RC_WAIT when neither had anything. */
static enum rc
take_both(struct conduit *c, struct err *err)
{
	enum rc rc, all = RC_WAIT;

	for (int i = 0; i < WRITER_STREAMS; i++) {
		enum writer_stream s =
		    (enum writer_stream)((c->turn + i) % WRITER_STREAMS);

		if (c->fds[s] < 0 || c->over || conduit_is_full(c))
			continue;
		rc = take(c, s, batch_room(c), err);
		if (rc == RC_OK)
			all = RC_OK;
		else if (rc != RC_WAIT)
			return rc;
	}
	c->turn = (enum writer_stream)((c->turn + 1) % WRITER_STREAMS);
	return all;
}

/* Show the batch but for what the writer still holds of each stream's end. */
static void
show(struct conduit *c)
{
	size_t may[WRITER_STREAMS] = { 0 }, at = 0, keep = 0, nkeep = 0;

	for (size_t i = 0; i < c->nseg; i++)
		may[c->seg[i].stream] += c->seg[i].len;
	for (int i = 0; i < WRITER_STREAMS; i++) {
		size_t held = writer_held(c->writer, (enum writer_stream)i);

		may[i] -= held < may[i] ? held : may[i];
	}
	for (size_t i = 0; i < c->nseg; i++) {
		struct segment s = c->seg[i];
		size_t n = s.len < may[s.stream] ? s.len : may[s.stream];

		if (n > 0)
			c->sink.show(
			    c->sink.arg, s.stream, span_make(c->batch.p + at, n));
		may[s.stream] -= n;
		if (n < s.len) {
			memmove(c->batch.p + keep, c->batch.p + at + n, s.len - n);
			keep += s.len - n;
			c->seg[nkeep++] = (struct segment){ s.stream, s.len - n };
		}
		at += s.len;
	}
	c->batch.len = keep;
	c->nseg = nkeep;
}

/* One piece went: the next may follow a gap later, on the average. */
static void
count_piece(struct conduit *c)
{
	uint64_t now = c->now_us(c->now_arg);

	if (c->next_us < now)
		c->next_us = now;
	/* What is full goes without asking, and is not held against later ones. */
	if (c->next_us > now + c->slack_us)
		c->next_us = now + c->slack_us;
	c->next_us += CONDUIT_GAP_US;
}

static enum rc
record(struct conduit *c, unsigned flags, struct err *err)
{
	enum rc rc = RC_OK;

	/* Sizes without end would reach the quota, too. */
	if (c->columns != 0 && writer_fit(c->writer, 1) == 0)
		c->over = true;
	else if (c->columns != 0)
		rc = writer_resize(c->writer, c->columns, c->rows, err);
	c->columns = 0;
	if (rc == RC_OK)
		rc = writer_flush(c->writer, flags, err);
	if (rc != RC_OK)
		return rc;
	c->fresh = 0;
	count_piece(c);
	show(c);
	return RC_OK;
}

static bool
something_waits(const struct conduit *c)
{
	return c->fresh > 0 || c->columns != 0;
}

static uint64_t
gap_left_us(const struct conduit *c)
{
	uint64_t may = c->now_us(c->now_arg) + c->slack_us;

	return c->next_us > may ? c->next_us - may : 0;
}

/* What the writer does by the clock; characters that it held may become showable. */
static enum rc
tick(struct conduit *c, struct err *err)
{
	enum rc rc;

	if (writer_due(c->writer) != 0)
		return RC_WAIT;
	if ((rc = writer_tick(c->writer, err)) != RC_OK)
		return rc;
	if (c->fresh == 0)
		show(c);
	return RC_OK;
}

static bool
sources_ended(const struct conduit *c)
{
	return !c->open[WRITER_STDOUT] && !c->open[WRITER_STDERR];
}

/* The last piece: nothing more will come that could complete a character. */
static enum rc
last_step(struct conduit *c, struct err *err)
{
	if (something_waits(c) || c->batch.len > 0)
		return record(c, WRITER_WHOLE, err);
	c->done = true;
	return RC_END;
}

static enum rc
work(struct conduit *c, struct err *err)
{
	enum rc rc = RC_WAIT, ticked, released;

	if ((ticked = tick(c, err)) != RC_OK && ticked != RC_WAIT)
		return ticked;
	if (c->sink.full(c->sink.arg))
		return ticked;
	if (!sources_ended(c))
		rc = take_both(c, err);
	else if (!c->over)
		return last_step(c, err);
	if (rc != RC_OK && rc != RC_WAIT)
		return rc;
	/* After the reading: what has come may have decided it. */
	if ((released = conduit_release(c, err)) != RC_WAIT)
		rc = released;
	if (rc != RC_OK && rc != RC_WAIT)
		return rc;
	if (c->over) {
		conduit_stop(c);
		rc = last_step(c, err);
		return rc == RC_END ? RC_REFUSE : rc;
	}
	if (conduit_is_full(c) ||
	    (rc == RC_WAIT && something_waits(c) && gap_left_us(c) == 0))
		return record(c, 0, err);
	return rc == RC_OK ? rc : ticked;
}

enum rc
conduit_step(struct conduit *c, struct err *err)
{
	enum rc rc;

	if (c->failed)
		return err_set(err, RC_FAIL, "the recording has failed before");
	rc = work(c, err);
	if (rc == RC_REFUSE && c->over && writer_over(c->writer))
		return err_set(err, RC_REFUSE, "the recording's quota is used up");
	if (rc == RC_REFUSE && c->over)
		return err_set(err, RC_REFUSE, "output limit of %llu bytes reached",
		    (unsigned long long)c->output_max);
	/* A value that the writer will not take is as bad as a disk that is full. */
	if (rc == RC_REFUSE || rc == RC_FAIL || rc == RC_RETRY)
		return fail(c);
	return rc;
}

enum rc
conduit_finish(struct conduit *c, struct err *err)
{
	enum rc rc = RC_OK;

	if (c->failed)
		return err_set(err, RC_FAIL, "the recording has failed before");
	for (int i = 0; rc == RC_OK && i < WRITER_STREAMS; i++)
		rc = end_stream(c, (enum writer_stream)i, err);
	if (rc == RC_OK && (something_waits(c) || c->batch.len > 0))
		rc = record(c, WRITER_WHOLE, err);
	return rc == RC_OK ? rc : fail(c);
}

bool
conduit_takes(const struct conduit *c)
{
	return c->failed || c->over || !conduit_is_full(c);
}

/* One piece of it: through the filters, as much as fits. */
static enum rc
put_piece(
    struct conduit *c, enum writer_stream stream, struct span bytes, struct err *err)
{
	if (c->nfilters > 0)
		return conduit_pass(c, 0, stream, bytes, false, err);
	buf_span_put(&c->batch, bytes);
	if (!buf_ok(&c->batch))
		return err_memory(err);
	return conduit_give(c, stream, bytes.len, err);
}

enum rc
conduit_put(struct conduit *c, enum writer_stream stream, struct span bytes,
    size_t *taken, struct err *err)
{
	size_t at = 0;
	enum rc rc = RC_OK;

	/* It has been closed: whoever gives is not to wait for it. */
	if (c->failed || c->over || !c->open[stream])
		at = bytes.len;
	while (rc == RC_OK && at < bytes.len && !conduit_is_full(c)) {
		size_t n = bytes.len - at, room = batch_room(c);

		if (n > room)
			n = room;
		rc = put_piece(c, stream, span_make(bytes.p + at, n), err);
		at = c->over ? bytes.len : at + n;
	}
	*taken = at;
	return rc == RC_OK ? rc : fail(c);
}

enum rc
conduit_end(struct conduit *c, struct err *err)
{
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && !c->failed && i < WRITER_STREAMS; i++)
		if (c->open[i])
			rc = end_stream(c, (enum writer_stream)i, err);
	return rc == RC_OK ? rc : fail(c);
}

int
conduit_poll(const struct conduit *c, enum writer_stream stream)
{
	if (c->failed || c->over || conduit_is_full(c) || c->sink.full(c->sink.arg))
		return -1;
	return c->fds[stream];
}

/* The sooner of two, of which -1 is never. */
static int
sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int
conduit_due(const struct conduit *c)
{
	int due;

	if (c->failed)
		return -1;
	due = writer_due(c->writer);
	if (c->sink.full(c->sink.arg))
		return due;
	if (conduit_is_full(c) || ((sources_ended(c) || c->over) && !c->done))
		return 0;
	due = sooner(due, conduit_filters_due(c));
	if (something_waits(c))
		due = sooner(due, (int)((gap_left_us(c) + 999) / 1000));
	return due;
}

void
conduit_resize(struct conduit *c, uint32_t columns, uint32_t rows)
{
	if (columns < 1 || columns > 65535 || rows < 1 || rows > 65535)
		return;
	c->columns = columns;
	c->rows = rows;
}
