/* Streams in one stream; see smux.h.  Reading and writing are two small machines over
 * the table of streams; what an owner does within its callbacks changes the table only
 * by marking, and marks are swept when the outermost call ends. */
#include "broker/target/smux.h"

#include <stdlib.h>
#include <string.h>

#include "broker/target/fifo.h"

#define VERSION 1u
#define FIRST 3u
#define BOUND (256u * 1024)
#define NOP_MS 10000u
#define SILENCE_MS 30000u

enum command { SYN, FIN, PSH, NOP, COMMANDS };

struct stream {
	uint32_t id;
	struct fifo out, in;
	bool announced; /* SYN is sent */
	bool closing;	/* FIN, once out is empty */
	bool mute;	/* its owner hears no more */
	bool finished;	/* the agent's FIN came */
	bool blocked;	/* its owner took less than all */
	bool offering;	/* output() is under way */
	bool gone;	/* to be swept */
};

struct smux {
	struct smux_owner owner;
	size_t max_out, max_in;
	struct stream **streams; /* by id */
	size_t n_streams, cap;
	uint64_t next_id;
	unsigned busy; /* calls under way that walk the table */
	size_t held_in, held_out;
	size_t n_full; /* streams over max_in */
	/* Reading: a header, then what is left of its data. */
	uint8_t head[SMUX_HEAD];
	size_t head_have, body_left;
	uint32_t body_id;
	bool broken;
	/* Writing: the same. */
	uint8_t out_head[SMUX_HEAD];
	size_t out_head_left, out_body_left;
	uint32_t out_id; /* whose turn it is, or was */
	bool keepalive, nop;
	uint64_t nop_ms, heard_ms;
};

enum rc
smux_new(const struct smux_init *init, const struct smux_owner *owner, uint64_t now_ms,
    struct smux **ret, struct err *err)
{
	struct smux *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(err);
	s->owner = *owner;
	s->max_out = init->max_out > 0 ? init->max_out : BOUND;
	s->max_in = init->max_in > 0 ? init->max_in : BOUND;
	s->next_id = init->first > 0 ? init->first : FIRST;
	s->keepalive = init->keepalive;
	s->nop_ms = s->heard_ms = now_ms;
	*ret = s;
	return RC_OK;
}

static void
stream_free(struct stream *st)
{
	fifo_clear(&st->out);
	fifo_clear(&st->in);
	free(st);
}

void
smux_free(struct smux *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_streams; i++)
		stream_free(s->streams[i]);
	free(s->streams);
	free(s);
}

/* The place of the first stream that is not below id. */
static size_t
place_of(const struct smux *s, uint32_t id)
{
	size_t low = 0, high = s->n_streams;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->streams[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct stream *
find(const struct smux *s, uint32_t id)
{
	size_t i = place_of(s, id);

	if (i == s->n_streams || s->streams[i]->id != id || s->streams[i]->gone)
		return NULL;
	return s->streams[i];
}

static bool
is_full(const struct smux *s, const struct stream *st)
{
	return fifo_len(&st->in) > s->max_in;
}

/* Data of the agent is taken, or dropped. */
static void
in_skip(struct smux *s, struct stream *st, size_t n)
{
	bool full = is_full(s, st);

	fifo_skip(&st->in, n);
	s->held_in -= n;
	s->n_full -= full && !is_full(s, st);
}

static bool
in_put(struct smux *s, struct stream *st, struct span bytes)
{
	bool full = is_full(s, st);

	if (!fifo_put(&st->in, bytes))
		return false;
	s->held_in += bytes.len;
	s->n_full += !full && is_full(s, st);
	return true;
}

static void
out_skip(struct smux *s, struct stream *st, size_t n)
{
	fifo_skip(&st->out, n);
	s->held_out -= n;
}

static void
mark_gone(struct smux *s, struct stream *st)
{
	in_skip(s, st, fifo_len(&st->in));
	out_skip(s, st, fifo_len(&st->out));
	st->gone = true;
}

static void
leave(struct smux *s)
{
	size_t kept = 0;

	if (--s->busy > 0)
		return;
	for (size_t i = 0; i < s->n_streams; i++)
		if (s->streams[i]->gone)
			stream_free(s->streams[i]);
		else
			s->streams[kept++] = s->streams[i];
	s->n_streams = kept;
}

static bool
table_room(struct smux *s)
{
	size_t cap = s->cap > 0 ? 2 * s->cap : 8;
	struct stream **more;

	if (s->n_streams < s->cap)
		return true;
	if ((more = realloc(s->streams, cap * sizeof(struct stream *))) == NULL)
		return false;
	s->streams = more;
	s->cap = cap;
	return true;
}

enum rc
smux_open(struct smux *s, uint32_t *id, struct err *err)
{
	struct stream *st;

	if (s->next_id > UINT32_MAX)
		return err_set(err, RC_END, "no stream is left in this session");
	if (s->n_streams >= SMUX_STREAMS)
		return err_set(err, RC_WAIT, "%u streams are open", SMUX_STREAMS);
	if (!table_room(s) || (st = calloc(1, sizeof *st)) == NULL)
		return err_memory(err);
	st->id = (uint32_t)s->next_id;
	fifo_init(&st->out, SIZE_MAX / 4);
	fifo_init(&st->in, SIZE_MAX / 4);
	/* Numbers only grow, so the table stays sorted. */
	s->streams[s->n_streams++] = st;
	s->next_id += 2;
	*id = st->id;
	return RC_OK;
}

static size_t
left(size_t held, size_t bound)
{
	return held < bound ? bound - held : 0;
}

size_t
smux_room(const struct smux *s, uint32_t id)
{
	const struct stream *st = find(s, id);
	size_t own, all;

	if (st == NULL || st->closing || st->finished)
		return 0;
	own = left(fifo_len(&st->out), s->max_out);
	all = left(s->held_out, s->max_out * SMUX_CROWD);
	return own < all ? own : all;
}

size_t
smux_write(struct smux *s, uint32_t id, struct span bytes)
{
	size_t n = smux_room(s, id);

	if (n > bytes.len)
		n = bytes.len;
	if (n == 0 || !fifo_put(&find(s, id)->out, span_make(bytes.p, n)))
		return 0;
	s->held_out += n;
	return n;
}

void
smux_close(struct smux *s, uint32_t id)
{
	struct stream *st = find(s, id);

	if (st == NULL)
		return;
	s->busy++;
	st->mute = st->closing = true;
	in_skip(s, st, fifo_len(&st->in));
	/* The agent never heard of it. */
	if (!st->announced && fifo_len(&st->out) == 0)
		mark_gone(s, st);
	leave(s);
}

/* The agent has forgotten the stream: nothing of it is to be sent any more but the end of
 * a frame whose header is out, and FIN. */
static void
drop_out(struct smux *s, struct stream *st)
{
	size_t kept = st->id == s->out_id ? s->out_body_left : 0;

	s->held_out -= fifo_len(&st->out) - kept;
	fifo_cut(&st->out, kept);
}

static void
finish(struct smux *s, struct stream *st)
{
	bool told = st->mute;

	st->closing = st->mute = true;
	if (!told)
		s->owner.closed(s->owner.arg, st->id);
}

/* How many of these bytes the owner took. */
static size_t
give(struct smux *s, struct stream *st, struct span bytes)
{
	size_t n;

	st->offering = true;
	n = s->owner.output(s->owner.arg, st->id, bytes);
	st->offering = false;
	st->blocked = n < bytes.len;
	return n < bytes.len ? n : bytes.len;
}

static void
offer(struct smux *s, struct stream *st)
{
	while (!st->mute && !st->blocked && fifo_len(&st->in) > 0) {
		size_t n = give(s, st, fifo_span(&st->in));

		/* Closed within, nothing stands in the line any more. */
		if (!st->mute)
			in_skip(s, st, n);
	}
	if (st->finished && !st->mute && fifo_len(&st->in) == 0)
		finish(s, st);
}

/* Data of a stream: past the line while nothing stands in it. */
static enum rc
take_data(struct smux *s, struct span bytes, struct err *err)
{
	struct stream *st = find(s, s->body_id);
	size_t n = 0;

	if (st == NULL || st->mute || st->finished)
		return RC_OK;
	if (!st->blocked && fifo_len(&st->in) == 0) {
		n = give(s, st, bytes);
		if (st->mute || n == bytes.len)
			return RC_OK;
	}
	if (!in_put(s, st, span_make(bytes.p + n, bytes.len - n)))
		return err_memory(err);
	return RC_OK;
}

static void
take_fin(struct smux *s, uint32_t id)
{
	struct stream *st = find(s, id);

	if (st == NULL || st->finished)
		return;
	st->finished = true;
	drop_out(s, st);
	if (st->mute)
		finish(s, st);
	else
		offer(s, st);
}

static enum rc
take_head(struct smux *s, struct err *err)
{
	unsigned command;
	uint16_t len;
	uint32_t id;
	struct cur c;

	cur_init(&c, span_make(s->head, SMUX_HEAD));
	s->head_have = 0;
	if (cur_u8(&c) != VERSION)
		return err_set(err, RC_REFUSE, "smux: version %u", s->head[0]);
	if ((command = cur_u8(&c)) >= COMMANDS)
		return err_set(err, RC_REFUSE, "smux: command %u", command);
	len = cur_le16(&c);
	id = cur_le32(&c);
	if (command != PSH && len > 0)
		return err_set(err, RC_REFUSE, "smux: command %u with data", command);
	if (command == FIN)
		take_fin(s, id);
	/* A SYN opens nothing: agents do not. */
	s->body_left = len;
	s->body_id = id;
	return RC_OK;
}

/* Some of the bytes: of a header, or of data. */
static enum rc
step(struct smux *s, struct cur *c, struct err *err)
{
	size_t want = s->body_left > 0 ? s->body_left : SMUX_HEAD - s->head_have;
	struct span bytes = cur_bytes(c, want < c->left ? want : c->left);

	if (s->body_left > 0) {
		s->body_left -= bytes.len;
		return take_data(s, bytes, err);
	}
	memcpy(s->head + s->head_have, bytes.p, bytes.len);
	s->head_have += bytes.len;
	return s->head_have == SMUX_HEAD ? take_head(s, err) : RC_OK;
}

enum rc
smux_in(struct smux *s, struct span bytes, uint64_t now_ms, struct err *err)
{
	enum rc rc = RC_OK;
	struct cur c;

	if (s->broken)
		return err_set(err, RC_REFUSE, "smux: broken before");
	if (bytes.len > 0)
		s->heard_ms = now_ms;
	s->busy++;
	for (cur_init(&c, bytes); rc == RC_OK && c.left > 0;)
		rc = step(s, &c, err);
	s->broken = rc != RC_OK;
	leave(s);
	return rc;
}

bool
smux_full(const struct smux *s)
{
	return s->n_full > 0 || s->held_in > s->max_in * SMUX_CROWD;
}

void
smux_more(struct smux *s, uint32_t id)
{
	struct stream *st = find(s, id);

	if (st == NULL || st->offering)
		return;
	s->busy++;
	st->blocked = false;
	offer(s, st);
	leave(s);
}

static bool
stream_wants(const struct stream *st)
{
	return !st->gone && (!st->announced || st->closing || fifo_len(&st->out) > 0);
}

static void
put_head(struct smux *s, enum command command, size_t len, uint32_t id)
{
	struct buf b = { .p = s->out_head, .cap = SMUX_HEAD + 1, .max = SMUX_HEAD };

	buf_u8(&b, VERSION);
	buf_u8(&b, command);
	buf_le16(&b, (uint16_t)len);
	buf_le32(&b, id);
	s->out_head_left = SMUX_HEAD;
}

/* The next frame of a stream. */
static void
begin_frame(struct smux *s, struct stream *st)
{
	size_t len = fifo_len(&st->out) < SMUX_DATA ? fifo_len(&st->out) : SMUX_DATA;

	s->out_id = st->id;
	if (!st->announced) {
		put_head(s, SYN, 0, st->id);
		st->announced = true;
		return;
	}
	if (len > 0) {
		put_head(s, PSH, len, st->id);
		s->out_body_left = len;
		return;
	}
	put_head(s, FIN, 0, st->id);
	mark_gone(s, st);
}

static struct stream *
whose_turn(const struct smux *s)
{
	size_t from = s->out_id == UINT32_MAX ? 0 : place_of(s, s->out_id + 1);

	for (size_t i = 0; i < s->n_streams; i++) {
		struct stream *st = s->streams[(from + i) % s->n_streams];

		if (stream_wants(st))
			return st;
	}
	return NULL;
}

static bool
begin_next(struct smux *s)
{
	struct stream *st;

	if (s->nop) {
		s->nop = false;
		put_head(s, NOP, 0, 0);
		return true;
	}
	if ((st = whose_turn(s)) == NULL)
		return false;
	begin_frame(s, st);
	return true;
}

static size_t
copy_some(struct smux *s, uint8_t *out, size_t room)
{
	struct stream *st;
	size_t n;

	if (s->out_head_left > 0) {
		n = s->out_head_left < room ? s->out_head_left : room;
		memcpy(out, s->out_head + SMUX_HEAD - s->out_head_left, n);
		s->out_head_left -= n;
		return n;
	}
	st = find(s, s->out_id);
	n = s->out_body_left < room ? s->out_body_left : room;
	memcpy(out, fifo_span(&st->out).p, n);
	s->out_body_left -= n;
	out_skip(s, st, n);
	return n;
}

size_t
smux_out(struct smux *s, uint8_t *out, size_t room)
{
	size_t n = 0;

	s->busy++;
	while (n < room) {
		if (s->out_head_left + s->out_body_left == 0 && !begin_next(s))
			break;
		n += copy_some(s, out + n, room - n);
	}
	leave(s);
	return n;
}

bool
smux_wants(const struct smux *s)
{
	return s->out_head_left + s->out_body_left > 0 || s->nop ||
	       whose_turn(s) != NULL;
}

enum rc
smux_run(struct smux *s, uint64_t now_ms, struct err *err)
{
	if (!s->keepalive)
		return RC_OK;
	if (now_ms >= s->heard_ms + SILENCE_MS)
		return err_set(err, RC_END, "smux: the agent is silent");
	if (now_ms >= s->nop_ms + NOP_MS) {
		s->nop = true;
		s->nop_ms = now_ms;
	}
	return RC_OK;
}

void
smux_awake(struct smux *s, uint64_t now_ms)
{
	s->heard_ms = now_ms;
}

uint64_t
smux_next(const struct smux *s)
{
	uint64_t nop = s->nop_ms + NOP_MS, silence = s->heard_ms + SILENCE_MS;

	if (!s->keepalive)
		return UINT64_MAX;
	return nop < silence ? nop : silence;
}

size_t
smux_streams(const struct smux *s)
{
	return s->n_streams;
}

size_t
smux_held(const struct smux *s)
{
	return s->held_in + s->held_out;
}
