/* Any sequence of calls and frames: records of
 *
 *	u8 what | i8 sequence (or less), relative | u8 payload type | u8 length | payload
 *
 * Whatever comes in whatever order, each message is delivered once and in order, with its
 * bytes as they were when it was first taken. */
#include <stdlib.h>
#include <string.h>

#include "broker/target/ssm_ack.h"
#include "broker/target/ssm_flow.h"

#define LAST 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bed {
	struct ssm_flow *flow;
	int64_t delivered; /* messages */
	bool shy, acked[LAST];
	uint64_t now;
};

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static bool
sends(void *arg, struct span frame)
{
	struct bed *b = arg;
	struct ssm_frame f;
	struct ssm_ack a;

	check(ssm_frame_read(frame, &f, NULL) == RC_OK);
	if (f.type != SSM_ACKNOWLEDGE)
		return b->now % 7 != 0;
	check(ssm_ack_read(f.payload, &a, NULL) == RC_OK);
	if (a.sequence >= 0)
		b->acked[a.sequence] = true;
	return true;
}

/* The payload is the number, so that order shows. */
static enum rc
takes(void *arg, uint32_t payload_type, struct span payload, struct err *err)
{
	struct bed *b = arg;
	int64_t n;

	(void)payload_type;
	(void)err;
	check(payload.len >= sizeof n);
	memcpy(&n, payload.p, sizeof n);
	check(n == b->delivered);
	if (b->shy) {
		b->shy = false;
		return RC_WAIT;
	}
	b->delivered++;
	return RC_OK;
}

static void
fixed_id(void *arg, uint8_t out[16])
{
	(void)arg;
	memset(out, 7, 16);
}

static void
output(struct bed *b, int8_t offset, uint8_t payload_type, struct span rest)
{
	int64_t n = b->delivered + offset;
	uint8_t payload[8 + 255];
	struct ssm_frame f = { .type = SSM_OUTPUT, .payload_type = payload_type };

	if (n >= LAST)
		return;
	memcpy(payload, &n, 8);
	if (rest.len > 0)
		memcpy(payload + 8, rest.p, rest.len);
	f.sequence = n;
	f.payload = span_make(payload, 8 + rest.len);
	check(ssm_flow_in(b->flow, &f, b->now, NULL) == RC_OK);
}

static void
acknowledge(struct bed *b, int8_t sequence)
{
	struct ssm_ack a = { .type = SSM_INPUT, .sequence = sequence };
	struct ssm_frame f = { .type = SSM_ACKNOWLEDGE };
	char text[SSM_ACK_ROOM];

	f.payload = span_make(text, ssm_ack_write(&a, text));
	check(ssm_flow_in(b->flow, &f, b->now, NULL) == RC_OK);
}

static void
other(struct bed *b, uint8_t what, struct span rest)
{
	struct ssm_frame f = { .type = what % SSM_TYPES, .payload = rest };
	size_t taken, room = ssm_flow_room(b->flow);

	switch (what % 8) {
	case 0:
		ssm_flow_up(b->flow, b->now);
		break;
	case 1:
		ssm_flow_down(b->flow);
		break;
	case 2:
		check(ssm_flow_more(b->flow, b->now, NULL) == RC_OK);
		break;
	case 3:
		check(
		    ssm_flow_write(b->flow, NULL, rest, b->now, &taken, NULL) == RC_OK);
		check(taken == (room > 0 ? rest.len : 0));
		break;
	case 4:
		b->shy = true;
		break;
	case 5:
		ssm_flow_put(b->flow, what, rest, b->now, NULL);
		break;
	default:
		if (f.type == SSM_OUTPUT || f.type == SSM_ACKNOWLEDGE)
			f.type = SSM_PAUSE;
		check(ssm_flow_in(b->flow, &f, b->now, NULL) == RC_OK);
	}
}

static void
record(struct bed *b, struct cur *c)
{
	uint8_t what = cur_u8(c), payload_type;
	int8_t sequence = (int8_t)cur_u8(c);
	struct span rest;
	size_t n;

	payload_type = cur_u8(c);
	n = cur_u8(c);
	rest = cur_bytes(c, n < c->left ? n : c->left);
	b->now += what;
	if (what % 4 == 0)
		output(b, sequence, payload_type, rest);
	else if (what % 4 == 1)
		acknowledge(b, sequence);
	else
		other(b, payload_type, rest);
	ssm_flow_run(b->flow, b->now, NULL);
	check(ssm_flow_next(b->flow, b->now) > b->now ||
	      ssm_flow_run(b->flow, b->now, NULL) == RC_END);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ssm_flow_init init = { .pace = 100, .max_messages = 16 };
	struct bed b = { .now = 1 };
	const struct ssm_flow_owner owner = { &b, sends, takes, fixed_id, NULL };
	struct cur c;

	if (ssm_flow_new(&init, &owner, &b.flow, NULL) != RC_OK)
		return 0;
	for (cur_init(&c, span_make(data, size)); c.left > 0 && !c.bad;)
		record(&b, &c);
	/* What was delivered was acknowledged. */
	for (int64_t i = 0; i < b.delivered; i++)
		check(b.acked[i]);
	ssm_flow_free(b.flow);
	return 0;
}
