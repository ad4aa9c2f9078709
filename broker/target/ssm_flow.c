/* Both sequences of a data channel; see ssm_flow.h.  What is sent is kept in ssm_outbox,
 * what comes early in ssm_inbox; here they meet frames, acknowledgements and pauses. */
#include "broker/target/ssm_flow.h"

#include <stdlib.h>
#include <string.h>

#include "broker/target/ssm_ack.h"
#include "broker/target/ssm_inbox.h"
#include "broker/target/ssm_outbox.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"

#define MESSAGES 512u
#define BYTES (512u * 1024)
#define DEAD_MS (5u * 60 * 1000)

struct ssm_flow {
	struct ssm_flow_owner owner;
	struct ssm_outbox *out;
	struct ssm_inbox *in;
	enum rc over;	 /* what ended it; RC_OK: nothing did */
	bool delivering; /* deliver() is under way */
	bool waiting;	 /* it said not now */
};

enum rc
ssm_flow_new(const struct ssm_flow_init *init, const struct ssm_flow_owner *owner,
    struct ssm_flow **ret, struct err *err)
{
	const struct ssm_outbox_init out = {
		.pace = init->pace,
		.messages = init->max_messages > 0 ? init->max_messages : MESSAGES,
		.bytes = init->max_bytes > 0 ? init->max_bytes : BYTES,
		.dead_ms = init->dead_ms > 0 ? init->dead_ms : DEAD_MS,
	};
	struct ssm_flow *f;
	enum rc rc;

	if (out.messages > SSM_OUTBOX_MESSAGES || out.bytes < SSM_OUTBOX_LEAST)
		return err_set(err, RC_REFUSE, "bounds of %u messages, %zu bytes",
		    (unsigned)out.messages, out.bytes);
	if ((f = calloc(1, sizeof *f)) == NULL)
		return err_memory(err);
	f->owner = *owner;
	if ((rc = ssm_outbox_new(&out, &f->out, err)) != RC_OK ||
	    (rc = ssm_inbox_new(&f->in, err)) != RC_OK) {
		ssm_flow_free(f);
		return rc;
	}
	*ret = f;
	return RC_OK;
}

void
ssm_flow_free(struct ssm_flow *f)
{
	if (f == NULL)
		return;
	ssm_outbox_free(f->out);
	ssm_inbox_free(f->in);
	free(f);
}

static bool
fresh_id(const struct ssm_flow *f, uint8_t out[16])
{
	if (f->owner.fresh_id == NULL)
		return id_uuid4(out, NULL) == RC_OK;
	f->owner.fresh_id(f->owner.arg, out);
	return true;
}

static uint64_t
wall_ms(const struct ssm_flow *f)
{
	return f->owner.wall_ms == NULL ? clock_wall_ms()
					: f->owner.wall_ms(f->owner.arg);
}

static enum rc
pump(struct ssm_flow *f, uint64_t now_ms, struct err *err)
{
	return ssm_outbox_run(f->out, f->owner.send, f->owner.arg, now_ms, err);
}

void
ssm_flow_up(struct ssm_flow *f, uint64_t now_ms)
{
	ssm_outbox_up(f->out, now_ms);
	/* Nothing is dead that has just begun. */
	pump(f, now_ms, NULL);
}

void
ssm_flow_down(struct ssm_flow *f)
{
	ssm_outbox_down(f->out);
}

/* What cannot be sent now is found by ssm_flow_run(), death as well. */
static enum rc
put(struct ssm_flow *f, uint32_t payload_type, struct span payload, uint64_t now_ms,
    struct err *err)
{
	struct ssm_frame frame = {
		.type = SSM_INPUT,
		.payload_type = payload_type,
		.created_ms = wall_ms(f),
		.payload = payload,
	};
	enum rc rc;

	if (!fresh_id(f, frame.id))
		return err_set(err, RC_FAIL, "no randomness for a message");
	rc = ssm_outbox_put(f->out, &frame, payload_type == SSM_P_OUTPUT, now_ms, err);
	if (rc == RC_OK)
		pump(f, now_ms, NULL);
	return rc;
}

enum rc
ssm_flow_put(struct ssm_flow *f, uint32_t payload_type, struct span payload,
    uint64_t now_ms, struct err *err)
{
	return put(f, payload_type, payload, now_ms, err);
}

static enum rc
put_sealed(struct ssm_flow *f, struct ssm_crypt *c, struct span plain, uint64_t now_ms,
    struct err *err)
{
	uint8_t room[SSM_CHUNK + SSM_SEALED + 2];
	struct buf sealed;
	enum rc rc;

	if (c == NULL)
		return put(f, SSM_P_OUTPUT, plain, now_ms, err);
	buf_over(&sealed, room, sizeof room);
	if ((rc = ssm_crypt_seal(c, plain, &sealed, err)) != RC_OK)
		return rc;
	return put(f, SSM_P_OUTPUT, buf_span(&sealed), now_ms, err);
}

enum rc
ssm_flow_write(struct ssm_flow *f, struct ssm_crypt *c, struct span bytes,
    uint64_t now_ms, size_t *taken, struct err *err)
{
	enum rc rc = RC_OK;
	size_t done = 0;

	while (rc == RC_OK && done < bytes.len && ssm_outbox_room(f->out) > 0) {
		size_t n = bytes.len - done < SSM_CHUNK ? bytes.len - done : SSM_CHUNK;

		rc = put_sealed(f, c, span_make(bytes.p + done, n), now_ms, err);
		if (rc == RC_OK)
			done += n;
	}
	*taken = done;
	return rc;
}

size_t
ssm_flow_room(const struct ssm_flow *f)
{
	return ssm_outbox_room(f->out);
}

/* It may be lost: then the message comes again, and is acknowledged again. */
static void
acknowledge(struct ssm_flow *f, const uint8_t id[16], int64_t sequence)
{
	struct ssm_frame frame = {
		.type = SSM_ACKNOWLEDGE,
		.created_ms = wall_ms(f),
		.flags = SSM_FLAG_SYN | SSM_FLAG_FIN,
	};
	struct ssm_ack a = { .type = SSM_OUTPUT, .sequence = sequence };
	uint8_t out[SSM_FRAME_HEAD + SSM_ACK_ROOM];
	char *text = (char *)out + SSM_FRAME_HEAD;
	size_t n;

	memcpy(a.id, id, sizeof a.id);
	if (!fresh_id(f, frame.id))
		return;
	frame.payload = span_make(text, ssm_ack_write(&a, text));
	if ((n = ssm_frame_write(&frame, out, sizeof out)) > 0)
		f->owner.send(f->owner.arg, span_make(out, n));
}

static enum rc
deliver(struct ssm_flow *f, uint32_t payload_type, struct span payload, struct err *err)
{
	enum rc rc;

	f->delivering = true;
	rc = f->owner.deliver(f->owner.arg, payload_type, payload, err);
	f->delivering = false;
	f->waiting = rc == RC_WAIT;
	if (rc != RC_OK && rc != RC_WAIT)
		f->over = rc;
	return rc;
}

/* Those whose turn it is, until one is not taken. */
static enum rc
drain(struct ssm_flow *f, struct err *err)
{
	struct ssm_waiting w;
	enum rc rc = RC_OK;

	while (rc == RC_OK && ssm_inbox_first(f->in, &w)) {
		if ((rc = deliver(f, w.payload_type, w.payload, err)) != RC_OK)
			break;
		if (!w.acked)
			acknowledge(f, w.id, w.sequence);
		ssm_inbox_passed(f->in);
	}
	return rc == RC_WAIT ? RC_OK : rc;
}

/* Its turn: what is not taken is kept, without an acknowledgement. */
static enum rc
pass(struct ssm_flow *f, const struct ssm_frame *frame, struct err *err)
{
	enum rc rc =
	    f->waiting ? RC_WAIT : deliver(f, frame->payload_type, frame->payload, err);

	if (rc == RC_WAIT) {
		ssm_inbox_keep(f->in, frame);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	acknowledge(f, frame->id, frame->sequence);
	ssm_inbox_passed(f->in);
	return drain(f, err);
}

static enum rc
in_output(
    struct ssm_flow *f, const struct ssm_frame *frame, uint64_t now_ms, struct err *err)
{
	(void)now_ms;
	ssm_outbox_pause(f->out, false);
	switch (ssm_inbox_sort(f->in, frame)) {
	case SSM_NEXT:
		return pass(f, frame, err);
	case SSM_EARLY:
	case SSM_AGAIN:
		acknowledge(f, frame->id, frame->sequence);
		return RC_OK;
	case SSM_KEPT:
	case SSM_OVER:
		break;
	}
	return RC_OK;
}

/* One that cannot be read is dropped like a frame that cannot. */
static enum rc
in_ack(
    struct ssm_flow *f, const struct ssm_frame *frame, uint64_t now_ms, struct err *err)
{
	struct ssm_ack a;

	(void)err;
	ssm_outbox_pause(f->out, false);
	if (ssm_ack_read(frame->payload, &a, NULL) == RC_OK)
		ssm_outbox_acked(f->out, a.sequence, now_ms);
	return RC_OK;
}

static enum rc
in_start(
    struct ssm_flow *f, const struct ssm_frame *frame, uint64_t now_ms, struct err *err)
{
	(void)frame;
	(void)now_ms;
	(void)err;
	ssm_outbox_pause(f->out, false);
	return RC_OK;
}

static enum rc
in_pause(
    struct ssm_flow *f, const struct ssm_frame *frame, uint64_t now_ms, struct err *err)
{
	(void)frame;
	(void)now_ms;
	(void)err;
	ssm_outbox_pause(f->out, true);
	return RC_OK;
}

typedef enum rc reader(struct ssm_flow *f, const struct ssm_frame *frame,
    uint64_t now_ms, struct err *err);

static reader *const readers[SSM_TYPES] = {
	[SSM_OUTPUT] = in_output,
	[SSM_ACKNOWLEDGE] = in_ack,
	[SSM_START] = in_start,
	[SSM_PAUSE] = in_pause,
};

static enum rc
ended(const struct ssm_flow *f, struct err *err)
{
	return err_set(err, f->over, "the data channel has ended");
}

enum rc
ssm_flow_in(
    struct ssm_flow *f, const struct ssm_frame *frame, uint64_t now_ms, struct err *err)
{
	reader *read = (unsigned)frame->type < SSM_TYPES ? readers[frame->type] : NULL;
	enum rc rc;

	if (f->over != RC_OK)
		return ended(f, err);
	if (read == NULL)
		return RC_OK;
	if ((rc = read(f, frame, now_ms, err)) == RC_OK)
		pump(f, now_ms, NULL);
	return rc;
}

enum rc
ssm_flow_more(struct ssm_flow *f, uint64_t now_ms, struct err *err)
{
	(void)now_ms;
	if (f->over != RC_OK)
		return ended(f, err);
	if (f->delivering)
		return RC_OK;
	f->waiting = false;
	return drain(f, err);
}

enum rc
ssm_flow_run(struct ssm_flow *f, uint64_t now_ms, struct err *err)
{
	return pump(f, now_ms, err);
}

uint64_t
ssm_flow_next(const struct ssm_flow *f, uint64_t now_ms)
{
	return ssm_outbox_next(f->out, now_ms);
}

size_t
ssm_flow_unacked(const struct ssm_flow *f)
{
	return ssm_outbox_unacked(f->out);
}

bool
ssm_flow_blocked(const struct ssm_flow *f)
{
	return f->waiting;
}

size_t
ssm_flow_waiting(const struct ssm_flow *f)
{
	return ssm_inbox_bytes(f->in);
}

bool
ssm_flow_paused(const struct ssm_flow *f)
{
	return ssm_outbox_paused(f->out);
}
