/* Our messages until the agent has them: numbered, encoded once, sent in order and at a
 * bounded pace, the oldest again when it is overdue.  See ssm_flow.h, whose half it is. */
#ifndef BROKER_TARGET_SSM_OUTBOX_H
#define BROKER_TARGET_SSM_OUTBOX_H

#include "broker/target/ssm_frame.h"

#define SSM_OUTBOX_MESSAGES 65536u /* no bound is over this */
#define SSM_OUTBOX_SPARE 16u	   /* room that data leaves to others */
#define SSM_OUTBOX_LEAST 2048u	   /* bytes: no bound is below this */
#define SSM_PAYLOAD_MAX 65536u

struct ssm_outbox;

struct ssm_outbox_init {
	uint32_t pace;	   /* messages in a second; 0: no bound */
	uint32_t messages; /* 1 to SSM_OUTBOX_MESSAGES */
	size_t bytes;	   /* of frames; one is taken whatever its length */
	uint64_t dead_ms;
};

/* False: the frame cannot go now. */
typedef bool ssm_outbox_send(void *arg, struct span frame);

/* On RC_OK *ret is yours: ssm_outbox_free().  RC_FAIL: memory. */
enum rc ssm_outbox_new(
    const struct ssm_outbox_init *init, struct ssm_outbox **ret, struct err *err);
void ssm_outbox_free(struct ssm_outbox *o);

/* Take the next number for f and keep its bytes; f's own sequence is not looked at.
 * data: it may not use the spare room.  RC_WAIT: full; RC_REFUSE: an empty payload, or
 * one over SSM_PAYLOAD_MAX; RC_FAIL: memory, SHA-256. */
enum rc ssm_outbox_put(struct ssm_outbox *o, const struct ssm_frame *f, bool data,
    uint64_t now_ms, struct err *err);
/* Bytes of data in messages of SSM_CHUNK that would be taken. */
size_t ssm_outbox_room(const struct ssm_outbox *o);

/* The agent has this one.  Numbers that are not out are ignored. */
void ssm_outbox_acked(struct ssm_outbox *o, int64_t sequence, uint64_t now_ms);

void ssm_outbox_up(struct ssm_outbox *o, uint64_t now_ms);
void ssm_outbox_down(struct ssm_outbox *o);
void ssm_outbox_pause(struct ssm_outbox *o, bool paused);
bool ssm_outbox_paused(const struct ssm_outbox *o);

/* Send and repeat.  RC_END: dead. */
enum rc ssm_outbox_run(struct ssm_outbox *o, ssm_outbox_send *send, void *arg,
    uint64_t now_ms, struct err *err);
/* When it has something to do by time alone; UINT64_MAX: never. */
uint64_t ssm_outbox_next(const struct ssm_outbox *o, uint64_t now_ms);

/* Messages without acknowledgement, sent or not. */
size_t ssm_outbox_unacked(const struct ssm_outbox *o);

#endif
