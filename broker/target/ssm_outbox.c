/* The sending half of a data channel; see ssm_outbox.h.
 *
 * A ring of slots by number, from the oldest that is not acknowledged to the next to be
 * given; those within that are acknowledged stay until the oldest is.  Slots keep their
 * memory, so that a message costs none. */
#include "broker/target/ssm_outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "broker/target/ssm_rto.h"

#define KEEP 2048u   /* a slot's memory over this is given back */
#define CREDIT 1000u /* one message, in thousandths */

/* What a message of SSM_CHUNK bytes takes, sealed. */
#define CHUNK_FRAME (SSM_FRAME_HEAD + SSM_CHUNK + 28u)

static_assert(CHUNK_FRAME <= SSM_OUTBOX_LEAST, "a message fits into the least bound");

struct slot {
	uint8_t *p;
	size_t cap, len;
	uint64_t sent_ms; /* the last time */
	unsigned times;	  /* sent again by time since the socket is there */
	bool sent;	  /* on this socket */
	bool again;	  /* more than once: its round trip says nothing */
	bool acked;
};

struct ssm_outbox {
	struct ssm_outbox_init init;
	struct slot *slots;
	size_t n_slots;
	int64_t oldest, unsent, next; /* oldest <= unsent <= next */
	size_t unacked, bytes;
	struct ssm_rto rto;
	uint64_t credit, credit_ms; /* of pace; as of when */
	uint64_t progress_ms;
	bool up, paused;
	bool stuck; /* the socket took no more: its owner calls when it does */
};

enum rc
ssm_outbox_new(
    const struct ssm_outbox_init *init, struct ssm_outbox **ret, struct err *err)
{
	struct ssm_outbox *o = calloc(1, sizeof *o);

	if (o == NULL)
		return err_memory(err);
	o->init = *init;
	o->n_slots = (size_t)init->messages + SSM_OUTBOX_SPARE;
	if ((o->slots = calloc(o->n_slots, sizeof *o->slots)) == NULL) {
		free(o);
		return err_memory(err);
	}
	ssm_rto_init(&o->rto);
	*ret = o;
	return RC_OK;
}

void
ssm_outbox_free(struct ssm_outbox *o)
{
	if (o == NULL)
		return;
	/* What people type may be secret. */
	for (size_t i = 0; i < o->n_slots; i++) {
		if (o->slots[i].p != NULL)
			explicit_bzero(o->slots[i].p, o->slots[i].cap);
		free(o->slots[i].p);
	}
	free(o->slots);
	free(o);
}

static struct slot *
slot_of(const struct ssm_outbox *o, int64_t sequence)
{
	return &o->slots[(uint64_t)sequence % o->n_slots];
}

static bool
has_room(const struct ssm_outbox *o, size_t len, bool data)
{
	size_t used = (size_t)(o->next - o->oldest);

	if (!data)
		return used < o->n_slots;
	return used < o->init.messages && o->bytes <= o->init.bytes &&
	       (o->bytes == 0 || len <= o->init.bytes - o->bytes);
}

static bool
slot_room(struct slot *s, size_t len)
{
	uint8_t *p;

	if (len <= s->cap)
		return true;
	if ((p = malloc(len)) == NULL)
		return false;
	if (s->p != NULL)
		explicit_bzero(s->p, s->cap);
	free(s->p);
	s->p = p;
	s->cap = len;
	return true;
}

enum rc
ssm_outbox_put(struct ssm_outbox *o, const struct ssm_frame *f, bool data,
    uint64_t now_ms, struct err *err)
{
	size_t len = SSM_FRAME_HEAD + f->payload.len;
	struct ssm_frame own = *f;
	struct slot *s;

	if (f->payload.len == 0 || f->payload.len > SSM_PAYLOAD_MAX)
		return err_set(
		    err, RC_REFUSE, "a message of %zu bytes", f->payload.len);
	if (!has_room(o, len, data))
		return RC_WAIT;
	s = slot_of(o, o->next);
	if (!slot_room(s, len))
		return err_memory(err);
	own.sequence = o->next;
	if (ssm_frame_write(&own, s->p, s->cap) != len)
		return err_set(err, RC_FAIL, "a message cannot be encoded");
	*s = (struct slot){ .p = s->p, .cap = s->cap, .len = len };
	if (o->unacked++ == 0)
		o->progress_ms = now_ms;
	o->bytes += len;
	o->next++;
	return RC_OK;
}

size_t
ssm_outbox_room(const struct ssm_outbox *o)
{
	size_t used = (size_t)(o->next - o->oldest), messages, fit;

	if (used >= o->init.messages || o->bytes > o->init.bytes)
		return 0;
	messages = o->init.messages - used;
	fit = (o->init.bytes - o->bytes) / CHUNK_FRAME;
	return (fit < messages ? fit : messages) * SSM_CHUNK;
}

/* The slot is empty, its memory mostly kept. */
static void
release(struct slot *s)
{
	explicit_bzero(s->p, s->len);
	s->len = 0;
	if (s->cap <= KEEP)
		return;
	free(s->p);
	s->p = NULL;
	s->cap = 0;
}

void
ssm_outbox_acked(struct ssm_outbox *o, int64_t sequence, uint64_t now_ms)
{
	struct slot *s;

	if (sequence < o->oldest || sequence >= o->next)
		return;
	s = slot_of(o, sequence);
	/* One that never went out cannot be there. */
	if (s->acked || (!s->sent && !s->again))
		return;
	if (!s->again && now_ms >= s->sent_ms)
		ssm_rto_sample(&o->rto, (double)(now_ms - s->sent_ms) * 1e6);
	s->acked = true;
	o->bytes -= s->len;
	o->unacked--;
	o->progress_ms = now_ms;
	release(s);
	while (o->oldest < o->next && slot_of(o, o->oldest)->acked)
		o->oldest++;
	if (o->unsent < o->oldest)
		o->unsent = o->oldest;
}

void
ssm_outbox_up(struct ssm_outbox *o, uint64_t now_ms)
{
	for (int64_t q = o->oldest; q < o->next; q++) {
		struct slot *s = slot_of(o, q);

		s->again = s->again || s->sent;
		s->sent = false;
		s->times = 0;
	}
	o->unsent = o->oldest;
	o->up = true;
	o->paused = o->stuck = false;
	o->progress_ms = now_ms;
}

void
ssm_outbox_down(struct ssm_outbox *o)
{
	o->up = false;
}

void
ssm_outbox_pause(struct ssm_outbox *o, bool paused)
{
	o->paused = paused;
}

bool
ssm_outbox_paused(const struct ssm_outbox *o)
{
	return o->paused;
}

/* What gathers while nothing is sent: a twentieth of a second's messages at most. */
static void
earn(struct ssm_outbox *o, uint64_t now_ms)
{
	uint64_t most = o->init.pace / 20u * (uint64_t)CREDIT;
	uint64_t passed = now_ms > o->credit_ms ? now_ms - o->credit_ms : 0;

	if (most < CREDIT)
		most = CREDIT;
	o->credit_ms = now_ms;
	if (o->init.pace == 0 || passed >= most / o->init.pace + 1 ||
	    o->credit + passed * o->init.pace >= most)
		o->credit = most;
	else
		o->credit += passed * o->init.pace;
}

static bool
may_send(const struct ssm_outbox *o)
{
	return o->up && !o->paused && !o->stuck &&
	       (o->init.pace == 0 || o->credit >= CREDIT);
}

static bool
transmit(struct ssm_outbox *o, struct slot *s, ssm_outbox_send *send, void *arg,
    uint64_t now_ms)
{
	if (!send(arg, span_make(s->p, s->len))) {
		o->stuck = true;
		return false;
	}
	s->again = s->again || s->sent;
	s->sent = true;
	s->sent_ms = now_ms;
	if (o->init.pace > 0)
		o->credit -= CREDIT;
	return true;
}

/* When the oldest goes again; UINT64_MAX: it is not out. */
static uint64_t
overdue_at(const struct ssm_outbox *o)
{
	const struct slot *s = slot_of(o, o->oldest);

	if (o->oldest == o->next || !s->sent)
		return UINT64_MAX;
	return s->sent_ms + ssm_rto_wait_ms(&o->rto, s->times);
}

static bool
is_dead(const struct ssm_outbox *o, uint64_t now_ms)
{
	return o->up && o->unacked > 0 && now_ms >= o->progress_ms &&
	       now_ms - o->progress_ms >= o->init.dead_ms;
}

enum rc
ssm_outbox_run(struct ssm_outbox *o, ssm_outbox_send *send, void *arg, uint64_t now_ms,
    struct err *err)
{
	if (is_dead(o, now_ms))
		return err_set(err, RC_END, "the agent takes nothing since %llu s",
		    (unsigned long long)(o->init.dead_ms / 1000));
	earn(o, now_ms);
	o->stuck = false;
	if (may_send(o) && overdue_at(o) <= now_ms) {
		struct slot *s = slot_of(o, o->oldest);

		if (transmit(o, s, send, arg, now_ms))
			s->times++;
	}
	while (may_send(o) && o->unsent < o->next) {
		struct slot *s = slot_of(o, o->unsent);

		if (!s->acked && !s->sent && !transmit(o, s, send, arg, now_ms))
			break;
		o->unsent++;
	}
	return RC_OK;
}

/* When a message may be sent as far as the pace goes. */
static uint64_t
paid_at(const struct ssm_outbox *o, uint64_t now_ms)
{
	uint64_t at;

	if (o->init.pace == 0 || o->credit >= CREDIT)
		return now_ms;
	at = o->credit_ms + (CREDIT - o->credit + o->init.pace - 1) / o->init.pace;
	return at > now_ms ? at : now_ms;
}

uint64_t
ssm_outbox_next(const struct ssm_outbox *o, uint64_t now_ms)
{
	uint64_t next = UINT64_MAX, at;

	if (!o->up || o->unacked == 0)
		return UINT64_MAX;
	if (!o->paused && !o->stuck) {
		at = o->unsent < o->next ? 0 : overdue_at(o);
		next = at == UINT64_MAX		 ? at
		       : paid_at(o, now_ms) > at ? paid_at(o, now_ms)
						 : at;
	}
	at = o->progress_ms + o->init.dead_ms;
	return at < next ? at : next;
}

size_t
ssm_outbox_unacked(const struct ssm_outbox *o)
{
	return o->unacked;
}
