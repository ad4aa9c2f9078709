/* The payload of an acknowledgement: which message the other side has. */
#ifndef BROKER_TARGET_SSM_ACK_H
#define BROKER_TARGET_SSM_ACK_H

#include "broker/target/ssm_frame.h"

#define SSM_ACK_ROOM 256u /* no payload that we write is longer */
#define SSM_ACK_MAX 4096u /* no payload that we read is */

struct ssm_ack {
	enum ssm_type type; /* what is acknowledged: SSM_INPUT, SSM_OUTPUT, SSM_OTHER */
	int64_t sequence;
	uint8_t id[16]; /* zeros where it is not told or not readable */
};

/* Write one in the exact form that agents know; returns its length. */
size_t ssm_ack_write(const struct ssm_ack *a, char out[SSM_ACK_ROOM]);

/* Read one, in any form of JSON; members that we do not know are skipped.  A sequence
 * number is all that it must have.  RC_REFUSE: it has none, or is too long. */
enum rc ssm_ack_read(struct span payload, struct ssm_ack *ret, struct err *err);

#endif
