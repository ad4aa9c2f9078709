/* The agent's messages until they are delivered: the next one goes by, early ones wait
 * for their turn.  See ssm_flow.h, whose half it is. */
#ifndef BROKER_TARGET_SSM_INBOX_H
#define BROKER_TARGET_SSM_INBOX_H

#include "broker/target/ssm_frame.h"

#define SSM_INBOX_MESSAGES 10000u
#define SSM_INBOX_BYTES (16u * 1024 * 1024)

struct ssm_inbox;

/* What to do with one that came. */
enum ssm_arrival {
	SSM_NEXT,  /* it is its turn: deliver it, then ssm_inbox_passed() */
	SSM_EARLY, /* it is kept: acknowledge it */
	SSM_AGAIN, /* it was here: acknowledge it again */
	SSM_KEPT,  /* it was here and is not acknowledged before it is taken */
	SSM_OVER,  /* there is no room: as if it had not come */
};

/* The first of those that wait, when it is its turn. */
struct ssm_waiting {
	uint32_t payload_type;
	struct span payload;
	int64_t sequence;
	uint8_t id[16];
	bool acked;
};

/* On RC_OK *ret is yours: ssm_inbox_free().  RC_FAIL: memory. */
enum rc ssm_inbox_new(struct ssm_inbox **ret, struct err *err);
void ssm_inbox_free(struct ssm_inbox *b);

/* Look at a message and keep it if it is early.  f is borrowed. */
enum ssm_arrival ssm_inbox_sort(struct ssm_inbox *b, const struct ssm_frame *f);
/* One that is SSM_NEXT was not taken: keep it without an acknowledgement.  Where there
 * is no room it comes again by itself. */
void ssm_inbox_keep(struct ssm_inbox *b, const struct ssm_frame *f);

/* True where the next one is here; *ret borrows it until ssm_inbox_passed(). */
bool ssm_inbox_first(const struct ssm_inbox *b, struct ssm_waiting *ret);
/* The next one was delivered, or was not kept: its turn is over. */
void ssm_inbox_passed(struct ssm_inbox *b);

/* Bytes of payload that wait. */
size_t ssm_inbox_bytes(const struct ssm_inbox *b);

#endif
