/* The binary frame of Session Manager's data channel: one message of the websocket is
 * one frame.  Here bytes become values and values bytes; what they mean to a session is
 * ssm_flow's.
 *
 * Big endian: u32 header length (116, or 112 without the payload's type), 32 bytes of
 * type, u32 schema, u64 created, i64 sequence, u64 flags, 16 bytes of id with its halves
 * swapped, SHA-256 of the payload, u32 payload type, u32 payload length, payload.
 */
#ifndef BROKER_TARGET_SSM_FRAME_H
#define BROKER_TARGET_SSM_FRAME_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SSM_FRAME_HEAD 120u	     /* what stands before the payload in our frames */
#define SSM_FRAME_MAX (1024u * 1024) /* longer ones are refused */
#define SSM_CHUNK 1024u		     /* plain bytes that we put into one message */

enum ssm_type {
	SSM_OTHER,  /* a type that we do not know: to be ignored */
	SSM_INPUT,  /* input_stream_data: ours */
	SSM_OUTPUT, /* output_stream_data: the agent's */
	SSM_ACKNOWLEDGE,
	SSM_CLOSED, /* channel_closed: the session is over */
	SSM_START,  /* start_publication: the other side is there */
	SSM_PAUSE,  /* pause_publication: it is not */
	SSM_TYPES,
};

/* Payload types of input and output; a reader meets others, too. */
enum ssm_payload {
	SSM_P_NONE = 0,
	SSM_P_OUTPUT = 1,
	SSM_P_SIZE = 3,
	SSM_P_REQUEST = 5, /* of the handshake */
	SSM_P_RESPONSE = 6,
	SSM_P_COMPLETE = 7,
	SSM_P_CHALLENGE = 8, /* of the encryption */
	SSM_P_CHALLENGED = 9,
	SSM_P_FLAG = 10,
	SSM_P_STDERR = 11,
	SSM_P_EXIT = 12,
};

#define SSM_FLAG_SYN 1u
#define SSM_FLAG_FIN 2u

struct ssm_frame {
	enum ssm_type type;
	uint32_t payload_type; /* 0 where the header has none */
	uint64_t created_ms;   /* since 1970 */
	int64_t sequence;
	uint64_t flags;
	uint8_t id[16]; /* in the order of its text */
	struct span payload;
};

/* Read a whole message.  On RC_OK *ret borrows its payload from bytes.  RC_REFUSE: a
 * frame that is to be dropped, without a word to its sender: shorter than its header,
 * over SSM_FRAME_MAX, another header length than 112 and 116, another length than it
 * says, no type, a digest that is not the payload's (an empty one has none).  Of start
 * and pause nothing but the header is checked, and the payload is what follows. */
enum rc ssm_frame_read(struct span bytes, struct ssm_frame *ret, struct err *err);

/* Write f with the 116 header and the digest of its payload.  Returns the length,
 * SSM_FRAME_HEAD + payload; 0 where it does not fit into room, for SSM_OTHER and for an
 * empty payload, which is never sent.  f->payload may stand where it goes, at out +
 * SSM_FRAME_HEAD. */
size_t ssm_frame_write(const struct ssm_frame *f, uint8_t *out, size_t room);

/* The name on the wire ("input_stream_data"); "" for SSM_OTHER. */
const char *ssm_type_name(enum ssm_type type);

#endif
