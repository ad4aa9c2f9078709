/* What client and agent settle before a session runs: the payloads of handshake and
 * control messages, as values.  No state: who waits for what is the channel's. */
#ifndef BROKER_TARGET_SSM_HANDSHAKE_H
#define BROKER_TARGET_SSM_HANDSHAKE_H

#include "broker/target/agentversion.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SSM_REQUEST_MAX 65536u /* longer payloads are refused */
#define SSM_ACTIONS 8u	       /* so are requests for more */
#define SSM_WORD 65u	       /* room for names, with the NUL */

enum ssm_session {
	SSM_SHELL,   /* Standard_Stream; also where there is no handshake */
	SSM_COMMAND, /* InteractiveCommands: on a terminal */
	SSM_BATCH,   /* NonInteractiveCommands: without one */
	SSM_PORT,
	SSM_UNKNOWN, /* another one: to be refused */
};

/* One thing that the agent wants done; name as it said it. */
struct ssm_action {
	enum ssm_asked { SSM_ASKS_SESSION, SSM_ASKS_KMS, SSM_ASKS_OTHER } what;
	char name[SSM_WORD];
};

struct ssm_request {
	struct agentversion agent;
	enum ssm_session session; /* SSM_UNKNOWN where none was asked for */
	char session_name[SSM_WORD];
	/* Properties of ports; "" where they are not told. */
	char host[256];
	char port[SSM_WORD], type[SSM_WORD];
	bool kms;
	char kms_key[2049];   /* verbatim, for GenerateDataKey */
	char challenge[1025]; /* verbatim, for its context; "": none */
	struct ssm_action actions[SSM_ACTIONS];
	size_t n_actions;
};

/* Read payload type 5.  Members that we do not know are skipped, properties may be null
 * or missing.  RC_REFUSE: no JSON object, no actions, a value that is longer than its
 * room or has a NUL within, an action for KMS without a key. */
enum rc ssm_request_read(struct span payload, struct ssm_request *ret, struct err *err);

/* What we did of it. */
struct ssm_done {
	const char *client_version; /* "1.2.677.0" */
	/* CiphertextBlob in base64, as KMS said it; NULL: there was none to be had. */
	const char *cipher;
	const char *kms_error; /* why there is no cipher */
	/* Why the session is refused though its type is known; NULL: it is not. */
	const char *refused;
};

/* Append payload type 6: an entry for each action.  The session's action succeeds for
 * known types, KMS with a cipher (its challenge is acknowledged where there was one),
 * others are unsupported.  *good: every one succeeded, so that the session will go on.
 * RC_FAIL: memory, or out is full. */
enum rc ssm_request_answer(const struct ssm_request *r, const struct ssm_done *done,
    struct buf *out, bool *good, struct err *err);

/* Read payload type 7 and append what it has to say to the user to message (bytes of
 * strangers), up to what it holds.  False where it cannot be read; the handshake is
 * complete all the same. */
bool ssm_complete_read(struct span payload, struct buf *message);

/* Read payload type 12, "EXIT_CODE: 127".  False for anything else than one number of
 * 32 bits; it may be below zero where a signal ended the command. */
bool ssm_exit_read(struct span payload, int32_t *ret);

/* Payload type 10. */
enum ssm_flag {
	SSM_DISCONNECT = 1, /* close the connection to the port */
	SSM_TERMINATE = 2,  /* end the session */
	SSM_UNREACHED = 3,  /* from the agent: the port does not answer */
};
#define SSM_FLAG_LEN 4u
void ssm_flag_write(enum ssm_flag flag, uint8_t out[SSM_FLAG_LEN]);
/* False for another length. */
bool ssm_flag_read(struct span payload, uint32_t *ret);

/* Payload type 3; columns and rows are brought to 1 to 65535.  Returns the length. */
#define SSM_SIZE_ROOM 40u
size_t ssm_size_write(uint32_t columns, uint32_t rows, char out[SSM_SIZE_ROOM]);

#endif
