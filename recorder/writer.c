/* The writer: events gather in a pending chunk, chunks and seals go out as lines.  See
 * writer.h for the order; tape.c has the keys and lines. */
#include "recorder/writer_parts.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "recorder/cast.h"
#include "recorder/comp.h"

#define SYNC_MS 1000
#define HELD_MS 50
#define PIECE 8192 /* bytes of output in one event */

static uint64_t
real_clock(void *arg)
{
	(void)arg;
	return clock_mono_us();
}

static uint64_t
now(const struct writer *w)
{
	return w->now(w->now_arg);
}

enum rc
writer_prepare(struct err *err)
{
	static const uint8_t zero[CHUNK_PLAIN];
	struct chunk_work *work = NULL;
	struct buf out;
	enum rc rc;

	if (sodium_init() < 0)
		return err_set(err, RC_FAIL, "libsodium cannot start");
	json_object_seed(0);
	buf_init(&out, 2 * CHUNK_PLAIN);
	if ((rc = chunk_work_new(zero, true, &work, err)) == RC_OK)
		rc = chunk_seal(
		    work, zero, 0, 0, span_make(zero, sizeof zero), &out, err);
	chunk_work_free(work);
	buf_clear(&out);
	return rc;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	tape_clear(&w->tape);
	buf_clear(&w->meta);
	buf_clear(&w->event);
	buf_clear(&w->pending);
	sodium_memzero(w->carry, sizeof w->carry);
	free(w);
}

/* Nothing more may be recorded, or shown. */
static enum rc
died(struct writer *w, enum rc rc)
{
	if (rc == RC_OK)
		return rc;
	w->state = STATE_DEAD;
	return RC_FAIL;
}

/* The pending events as a chunk. */
static enum rc
close_chunk(struct writer *w, uint8_t flags, struct err *err)
{
	uint32_t events = w->pending_events;
	enum rc rc;

	if (w->pending.len == 0)
		return RC_OK;
	rc = tape_chunk(
	    &w->tape, flags, buf_span(&w->pending), events, w->pending_us, now(w), err);
	w->events += flags & CHUNK_META ? 0 : events;
	w->pending_events = 0;
	buf_reset(&w->pending);
	return died(w, rc);
}

static uint32_t
width_of(const struct writer_init *init)
{
	return init->width != 0 ? init->width : 80;
}

static uint32_t
height_of(const struct writer_init *init)
{
	return init->height != 0 ? init->height : 24;
}

static enum rc
make_header(const struct writer_init *init, struct header *h, struct err *err)
{
	memset(h, 0, sizeof *h);
	memcpy(h->sid, init->sid, 16);
	h->width = init->hide_size ? 80 : width_of(init);
	h->height = init->hide_size ? 24 : height_of(init);
	h->timestamp = init->timestamp;
	h->suite = 1;
	h->comp =
	    comp_there() && !init->uncompressed ? HEADER_COMP_ZSTD : HEADER_COMP_NONE;
	if (!span_copy(span_of(init->broker), h->broker, sizeof h->broker) ||
	    !span_copy(span_of(init->class), h->class, sizeof h->class))
		return err_set(
		    err, RC_REFUSE, "the broker's name or the class is too long");
	return RC_OK;
}

/* All but the tape, which takes the descriptor. */
static enum rc
prepare(
    struct writer *w, const struct writer_init *init, struct header *h, struct err *err)
{
	struct meta m = { width_of(init), height_of(init), init->timestamp, init->title,
		init->term, init->meta_json };
	struct stat st;
	enum rc rc;

	buf_init(&w->meta, CHUNK_PLAIN_MAX);
	buf_init(&w->event, CHUNK_PLAIN_MAX);
	buf_init(&w->pending, CHUNK_PLAIN_MAX);
	w->now = init->now_us != NULL ? init->now_us : real_clock;
	w->now_arg = init->now_arg;
	w->start_us = now(w);
	w->sync = init->sync;
	w->quota = init->quota;
	if ((w->pinned = init->device_pk != NULL))
		memcpy(w->device_pk, init->device_pk, 32);
	if (sodium_init() < 0)
		return err_set(err, RC_FAIL, "libsodium cannot start");
	if ((rc = meta_put(&m, &w->meta, err)) != RC_OK)
		return rc;
	if (fstat(init->fd, &st) != 0 || st.st_size != 0)
		return err_set(err, RC_REFUSE, "the recording's file is not a new one");
	return make_header(init, h, err);
}

enum rc
writer_open(const struct writer_init *init, struct writer **ret, struct err *err)
{
	struct writer *w = calloc(1, sizeof *w);
	struct header h;
	enum rc rc;

	if (w == NULL) {
		close(init->fd);
		return err_memory(err);
	}
	w->tape.spool.fd = init->fd;
	if ((rc = prepare(w, init, &h, err)) != RC_OK ||
	    (rc = tape_open(&w->tape, init->fd, &h, init->recipients, init->shred,
		 now(w), err)) != RC_OK) {
		writer_free(w);
		return rc;
	}
	*ret = w;
	return RC_OK;
}

void
writer_request(const struct writer *w, uint8_t spk[32], uint8_t h1[32])
{
	memcpy(spk, w->tape.spk, 32);
	memcpy(h1, w->tape.h1, 32);
}

enum rc
writer_certify(
    struct writer *w, const uint8_t dkid[8], const uint8_t sig[64], struct err *err)
{
	enum rc rc;

	if (w->state != STATE_HEAD)
		return err_set(
		    err, RC_FAIL, "the recording is certified already, or has failed");
	rc = tape_certify(
	    &w->tape, dkid, sig, w->pinned ? w->device_pk : NULL, now(w), err);
	if (rc == RC_REFUSE)
		return rc;
	if (died(w, rc) != RC_OK)
		return RC_FAIL;
	buf_span_put(&w->pending, buf_span(&w->meta));
	w->pending_events = 1;
	w->pending_us = 0;
	if ((rc = close_chunk(w, CHUNK_META, err)) != RC_OK ||
	    (rc = died(w, spool_sync(&w->tape.spool, false, err))) != RC_OK)
		return rc;
	buf_clear(&w->meta);
	w->state = STATE_OPEN;
	return RC_OK;
}

/* The time of an event that happens now. */
static uint64_t
event_time(struct writer *w)
{
	uint64_t us = now(w) - w->start_us;

	if (us > w->event_us)
		w->event_us = us;
	return w->event_us;
}

/* Add the n lines in w->event to the pending chunk; they stay together. */
static enum rc
queue(struct writer *w, uint64_t us, unsigned n, struct err *err)
{
	enum rc rc;

	if (!buf_ok(&w->event))
		return died(w, err_memory(err));
	if (w->pending.len + w->event.len > CHUNK_PLAIN &&
	    (rc = close_chunk(w, 0, err)) != RC_OK)
		return rc;
	if (w->pending.len == 0)
		w->pending_us = us;
	buf_span_put(&w->pending, buf_span(&w->event));
	w->pending_events += n;
	return buf_ok(&w->pending) ? RC_OK : died(w, err_memory(err));
}

static enum rc
check_open(const struct writer *w, struct err *err)
{
	static const char *const why[] = {
		[STATE_HEAD] = "the recording has no certificate yet",
		[STATE_DEAD] = "the recording has failed",
		[STATE_CLOSED] = "the recording is closed",
	};

	if (w->state == STATE_OPEN)
		return RC_OK;
	return err_set(
	    err, w->state == STATE_HEAD ? RC_REFUSE : RC_FAIL, "%s", why[w->state]);
}

static enum rc
queue_text(struct writer *w, char code, struct span text, struct err *err)
{
	uint64_t us = event_time(w);

	buf_reset(&w->event);
	cast_event_put(&w->event, us, code, text);
	return queue(w, us, 1, err);
}

/* Bytes that are no UTF-8 become two events. */
static enum rc
queue_raw(struct writer *w, struct span raw, struct err *err)
{
	uint64_t us = event_time(w);

	buf_reset(&w->event);
	cast_raw_put(&w->event, us, raw);
	w->replaced += buf_ok(&w->event);
	return queue(w, us, 2, err);
}

static enum rc
queue_output(struct writer *w, struct span bytes, struct err *err)
{
	return cast_valid(bytes) == bytes.len ? queue_text(w, 'o', bytes, err)
					      : queue_raw(w, bytes, err);
}

enum rc
writer_output(
    struct writer *w, enum writer_stream stream, struct span bytes, struct err *err)
{
	struct carry *c = &w->carry[stream];
	struct span piece;
	enum rc rc;

	if ((rc = check_open(w, err)) != RC_OK)
		return rc;
	piece = carry_join(c, &bytes);
	if (piece.len > 0 && (rc = queue_output(w, piece, err)) != RC_OK)
		return rc;
	while (bytes.len > 0) {
		piece = carry_cut(c, &bytes, PIECE, now(w));
		if (piece.len > 0 && (rc = queue_output(w, piece, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

size_t
writer_held(const struct writer *w, enum writer_stream stream)
{
	return w->carry[stream].n;
}

static enum rc
queue_carry(struct writer *w, struct carry *c, struct err *err)
{
	struct span bytes = carry_take(c);

	return bytes.len > 0 ? queue_raw(w, bytes, err) : RC_OK;
}

static enum rc
queue_carries(struct writer *w, struct err *err)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < WRITER_STREAMS && rc == RC_OK; i++)
		rc = queue_carry(w, &w->carry[i], err);
	return rc;
}

enum rc
writer_event_json(struct writer *w, const char *json, struct err *err)
{
	enum rc rc;

	if ((rc = check_open(w, err)) != RC_OK ||
	    (rc = meta_object(json, NULL, err)) != RC_OK)
		return rc;
	return queue_text(w, 'B', span_of(json), err);
}

enum rc
writer_mark(struct writer *w, const char *text, struct err *err)
{
	struct buf label;
	enum rc rc;

	if ((rc = check_open(w, err)) != RC_OK)
		return rc;
	buf_init(&label, WRITER_TEXT_MAX * 4);
	meta_text(&label, text);
	if ((rc = queue_text(w, 'm', buf_span(&label), err)) == RC_OK)
		rc = died(w, index_mark(w->tape.index, w->event_us,
				 (uint32_t)w->tape.chunks, buf_span(&label), err));
	buf_clear(&label);
	return rc;
}

enum rc
writer_resize(struct writer *w, uint32_t width, uint32_t height, struct err *err)
{
	char text[32];
	enum rc rc;

	if ((rc = check_open(w, err)) != RC_OK)
		return rc;
	if (width < 1 || width > 65535 || height < 1 || height > 65535)
		return err_set(err, RC_REFUSE, "a terminal of %u by %u", width, height);
	snprintf(text, sizeof text, "%ux%u", width, height);
	return queue_text(w, 'r', span_of(text), err);
}

enum rc
writer_exit(struct writer *w, int status, struct err *err)
{
	char text[16];
	enum rc rc;

	if ((rc = check_open(w, err)) != RC_OK)
		return rc;
	snprintf(text, sizeof text, "%d", status);
	return queue_text(w, 'x', span_of(text), err);
}

static enum rc
sync_now(struct writer *w, struct err *err)
{
	return w->tape.spool.dirty ? died(w, spool_sync(&w->tape.spool, false, err))
				   : RC_OK;
}

/* What is written is about to be shown. */
static enum rc
sync_each(struct writer *w, struct err *err)
{
	return w->sync == WRITER_SYNC_EACH ? sync_now(w, err) : RC_OK;
}

enum rc
writer_flush(struct writer *w, unsigned flags, struct err *err)
{
	enum rc rc;

	if ((rc = check_open(w, err)) != RC_OK)
		return rc;
	if ((flags & WRITER_WHOLE) && (rc = queue_carries(w, err)) != RC_OK)
		return rc;
	if ((rc = close_chunk(w, flags & WRITER_SYNC ? CHUNK_SYNC : 0, err)) != RC_OK)
		return rc;
	if (!(flags & WRITER_SYNC))
		return sync_each(w, err);
	if (w->tape.unsealed > 0 &&
	    (rc = died(w, tape_seal(&w->tape, now(w), err))) != RC_OK)
		return rc;
	return sync_now(w, err);
}

/* Milliseconds from now until `ms` after `since`, rounded up; 0 when it has passed. */
static int
until(uint64_t now_us, uint64_t since_us, uint64_t ms)
{
	uint64_t at = since_us + ms * 1000;

	return now_us >= at ? 0 : (int)((at - now_us + 999) / 1000);
}

static int
sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int
writer_due(const struct writer *w)
{
	uint64_t t = now(w);
	int due = -1;

	if (w->state != STATE_OPEN)
		return -1;
	for (unsigned i = 0; i < WRITER_STREAMS; i++)
		if (w->carry[i].n > 0)
			due = sooner(due, until(t, w->carry[i].since_us, HELD_MS));
	if (w->tape.unsealed > 0)
		due = sooner(
		    due, until(t, w->tape.unsealed_us, TAPE_SEAL_SECONDS * 1000));
	if (w->tape.spool.dirty && w->sync == WRITER_SYNC_SECOND)
		due = sooner(due, until(t, w->tape.spool.dirty_us, SYNC_MS));
	return due;
}

enum rc
writer_tick(struct writer *w, struct err *err)
{
	uint64_t t = now(w);
	enum rc rc;

	if ((rc = check_open(w, err)) != RC_OK)
		return rc;
	for (unsigned i = 0; i < WRITER_STREAMS; i++) {
		struct carry *c = &w->carry[i];

		if (c->n > 0 && until(t, c->since_us, HELD_MS) == 0 &&
		    ((rc = queue_carry(w, c, err)) != RC_OK ||
			(rc = close_chunk(w, 0, err)) != RC_OK ||
			(rc = sync_each(w, err)) != RC_OK))
			return rc;
	}
	if (w->tape.unsealed > 0 &&
	    until(t, w->tape.unsealed_us, TAPE_SEAL_SECONDS * 1000) == 0 &&
	    (rc = died(w, tape_seal(&w->tape, now(w), err))) != RC_OK)
		return rc;
	if (w->sync == WRITER_SYNC_SECOND && w->tape.spool.dirty &&
	    until(t, w->tape.spool.dirty_us, SYNC_MS) == 0)
		return died(w, spool_sync(&w->tape.spool, false, err));
	return RC_OK;
}

/* The last chunk of a session that ends in order. */
static enum rc
last_chunk(struct writer *w, const char *summary_json, struct err *err)
{
	enum rc rc;

	if ((rc = queue_carries(w, err)) != RC_OK ||
	    (rc = queue_text(w, 'B', span_of(summary_json), err)) != RC_OK)
		return rc;
	return close_chunk(w, 0, err);
}

static enum rc
close_lines(struct writer *w, enum seal_status status, const char *summary_json,
    struct err *err)
{
	enum rc rc;

	if (w->state == STATE_DEAD) {
		status = SEAL_BROKEN;
		if ((rc = spool_finish(&w->tape.spool, now(w), err)) != RC_OK)
			return rc;
	} else if ((rc = last_chunk(w, summary_json, err)) != RC_OK) {
		return rc;
	}
	if (!w->tape.footed && w->tape.unsealed > 0 &&
	    (rc = died(w, tape_seal(&w->tape, now(w), err))) != RC_OK)
		return rc;
	if (!w->tape.footed && (rc = tape_footer(&w->tape, status,
				    span_of(summary_json), now(w), err)) != RC_OK)
		return rc;
	return spool_sync(&w->tape.spool, true, err);
}

enum rc
writer_close(struct writer *w, enum seal_status status, const char *summary_json,
    struct err *err)
{
	enum rc rc;

	if (w->state == STATE_HEAD || (unsigned)status >= SEAL_STATUSES)
		return err_set(
		    err, RC_REFUSE, "no certificate yet, or an unknown status");
	if (w->state == STATE_CLOSED)
		return err_set(err, RC_FAIL, "the recording is closed");
	if ((rc = meta_object(summary_json, NULL, err)) != RC_OK)
		return rc;
	if (w->state == STATE_DEAD && w->tape.chunks == 0)
		return err_set(err, RC_FAIL, "nothing was recorded");
	if ((rc = died(w, close_lines(w, status, summary_json, err))) != RC_OK)
		return rc;
	w->state = STATE_CLOSED;
	tape_wipe(&w->tape);
	return RC_OK;
}

void
writer_stats(const struct writer *w, struct writer_stats *ret)
{
	int why = w->tape.spool.why;

	*ret = (struct writer_stats){
		.file_len = w->tape.spool.chain.len,
		.chunks = w->tape.chunks,
		.plain_len = w->tape.plain_len,
		.events = w->events,
		.replaced = w->replaced,
		.dead = w->state == STATE_DEAD,
	};
	ret->no_room = ret->dead && (why == ENOSPC || why == EDQUOT || why == EFBIG);
	memcpy(ret->h, w->tape.spool.chain.h, 32);
}
