/* The receiving half of a data channel; see ssm_inbox.h.  A ring of slots by number; its
 * memory is taken with the first message that has to wait, for most sessions never. */
#include "broker/target/ssm_inbox.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_COST 64u /* what a message takes beside its payload */

struct slot {
	uint8_t *p; /* NULL: nothing is here */
	uint32_t len, payload_type;
	uint8_t id[16];
	bool acked;
};

struct ssm_inbox {
	struct slot *slots;
	int64_t expected;
	size_t bytes, count;
};

enum rc
ssm_inbox_new(struct ssm_inbox **ret, struct err *err)
{
	struct ssm_inbox *b = calloc(1, sizeof *b);

	if (b == NULL)
		return err_memory(err);
	*ret = b;
	return RC_OK;
}

void
ssm_inbox_free(struct ssm_inbox *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; b->slots != NULL && i < SSM_INBOX_MESSAGES; i++)
		free(b->slots[i].p);
	free(b->slots);
	free(b);
}

/* NULL where nothing waits at all. */
static struct slot *
slot_of(const struct ssm_inbox *b, int64_t sequence)
{
	if (b->slots == NULL)
		return NULL;
	return &b->slots[(uint64_t)sequence % SSM_INBOX_MESSAGES];
}

static bool
keep(struct ssm_inbox *b, const struct ssm_frame *f, bool acked)
{
	struct slot *s;

	if (b->bytes + (b->count + 1) * SLOT_COST + f->payload.len > SSM_INBOX_BYTES)
		return false;
	if (b->slots == NULL)
		b->slots = calloc(SSM_INBOX_MESSAGES, sizeof *b->slots);
	if ((s = slot_of(b, f->sequence)) == NULL)
		return false;
	if ((s->p = malloc(f->payload.len + 1)) == NULL)
		return false;
	if (f->payload.len > 0)
		memcpy(s->p, f->payload.p, f->payload.len);
	s->len = (uint32_t)f->payload.len;
	s->payload_type = f->payload_type;
	s->acked = acked;
	memcpy(s->id, f->id, sizeof s->id);
	b->bytes += s->len;
	b->count++;
	return true;
}

enum ssm_arrival
ssm_inbox_sort(struct ssm_inbox *b, const struct ssm_frame *f)
{
	const struct slot *s;

	/* Negative ones, too: nothing below 0 is ever expected. */
	if (f->sequence < b->expected)
		return SSM_AGAIN;
	if (f->sequence - b->expected >= (int64_t)SSM_INBOX_MESSAGES)
		return SSM_OVER;
	s = slot_of(b, f->sequence);
	if (s != NULL && s->p != NULL)
		return s->acked ? SSM_AGAIN : SSM_KEPT;
	if (f->sequence == b->expected)
		return SSM_NEXT;
	return keep(b, f, true) ? SSM_EARLY : SSM_OVER;
}

void
ssm_inbox_keep(struct ssm_inbox *b, const struct ssm_frame *f)
{
	if (f->sequence == b->expected)
		keep(b, f, false);
}

bool
ssm_inbox_first(const struct ssm_inbox *b, struct ssm_waiting *ret)
{
	const struct slot *s = slot_of(b, b->expected);

	if (s == NULL || s->p == NULL)
		return false;
	ret->payload_type = s->payload_type;
	ret->payload = span_make(s->p, s->len);
	ret->sequence = b->expected;
	ret->acked = s->acked;
	memcpy(ret->id, s->id, sizeof ret->id);
	return true;
}

void
ssm_inbox_passed(struct ssm_inbox *b)
{
	struct slot *s = slot_of(b, b->expected);

	b->expected++;
	if (s == NULL || s->p == NULL)
		return;
	free(s->p);
	s->p = NULL;
	b->bytes -= s->len;
	b->count--;
}

size_t
ssm_inbox_bytes(const struct ssm_inbox *b)
{
	return b->bytes;
}
