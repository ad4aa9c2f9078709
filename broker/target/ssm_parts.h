/* A session's insides, between the files ssm*.c. */
#ifndef BROKER_TARGET_SSM_PARTS_H
#define BROKER_TARGET_SSM_PARTS_H

#include "broker/target/ssm.h"

#include "broker/target/net.h"
#include "broker/target/smux.h"
#include "broker/target/ssm_crypt.h"
#include "broker/target/ssm_flow.h"
#include "broker/target/ssm_handshake.h"
#include "broker/target/ssmcall.h"
#include "broker/target/websocket.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"

#define SSM_NEVER UINT64_MAX
#define SSM_FIRST_MS 10000u /* to answer the handshake, KMS with it */
#define SSM_SETTLE_MS 50u   /* what is sent sooner may be thrown away */
#define SSM_SHAKE_MS 45000u /* a handshake: two steps of 15 s, and their ways */
#define SSM_EXIT_MS 10000u  /* from the exit code to the end of the channel */
#define SSM_END_MS 10000u   /* our end of it, all in all */
#define SSM_END_CALL_MS 8000u
#define SSM_END_FLAG_MS 1000u /* for the agent, before AWS is asked */
#define SSM_END_WORD_MS 5000u /* for channel_closed, after AWS was asked */
#define SSM_SIZE_MS 200u      /* between two sizes */
#define SSM_HIGH (2u << 20)   /* bytes for the owner: reading stops, … */
#define SSM_LOW (1u << 19)    /* … and goes on */

enum ssm_state {
	SSM_ST_START,  /* StartSession is asked */
	SSM_ST_HELLO,  /* the agent's first word is waited for */
	SSM_ST_SHAKE,  /* the handshake */
	SSM_ST_SETTLE, /* it is complete */
	SSM_ST_RUN,
	SSM_ST_END, /* it is being ended */
	SSM_ST_OVER,
};

enum ssm_port { SSM_NO_PORT, SSM_STREAM, SSM_MUX };

struct ssm {
	struct target_net *net;
	struct target_owner owner;
	/* The spec's, copied. */
	enum target_kind kind;
	char *instance, *host;
	struct buf start; /* StartSession's body */
	unsigned port;
	uint32_t columns, rows;

	enum ssm_state state;
	unsigned depth; /* calls into it on the stack */
	bool freed;
	struct timer *timer;
	uint64_t late_ms;  /* the state's bound */
	uint64_t hears_ms; /* from then on nothing is thrown away */
	uint64_t key_ms;   /* to send this key */
	char key;
	uint64_t settle_ms; /* the handshake is complete since a moment */

	/* At AWS. */
	char id[SSMANSWER_ID];
	char client_id[ID_UUID_TEXT];
	struct secret *token;
	char *url, *other_url; /* the first, and what ResumeSession says */
	struct ssmcall *call;  /* Start, Resume or Terminate */
	struct ssmcall *key_call;

	/* The way there. */
	struct websocket *ws;
	bool up;	    /* it is open */
	bool opened;	    /* it was, once */
	bool paused;	    /* nothing is read */
	unsigned attempts;  /* to open it, since the last word of the agent */
	bool try_other;	    /* other_url's turn */
	uint64_t lost_ms;   /* since when it is lost; 0: it is not */
	uint64_t resume_ms; /* the next try */
	char trouble[ERR_TEXT];

	/* What goes over it. */
	struct ssm_flow *flow;
	struct ssm_crypt *crypt;
	bool sealed; /* it is in use */
	struct ssm_request request;
	char message[ERR_TEXT]; /* the agent's, for running() */
	struct buf held;	/* of the last message, not taken */
	enum target_stream held_stream;
	bool wants_write; /* writable() is owed */
	bool more;	  /* the owner takes again */
	bool refused_it;  /* our answer to the handshake was a no */
	uint64_t size_ms; /* when the size may be told; NEVER: it is told */
	uint64_t sized_ms;
	int status;
	bool killed;	  /* by a signal: AWS does not say which */
	uint64_t exit_ms; /* no later than this it is over */

	/* Ports. */
	enum ssm_port port_mode;
	struct smux *mux;
	uint32_t stream;
	bool mux_blocked, fin, eof_told, unreached;
	bool heard; /* bytes of it came */

	/* The end. */
	struct target_end end;
	bool closed_by_aws; /* channel_closed */
	uint64_t end_call_ms, end_late_ms;
};

/* Around all that the loop calls: what is owed is done, timers are set; what was freed
 * within goes.  s may be gone after ssm_leave(). */
void ssm_enter(struct ssm *s);
void ssm_leave(struct ssm *s);

/* ssm_link.c: the call that opens it, the socket, the way back. */
enum rc ssm_link_start(struct ssm *s, struct err *err);
void ssm_link_time(struct ssm *s, uint64_t now);
void ssm_link_drop(struct ssm *s);
extern const struct websocket_owner ssm_link_owner;

/* ssm_talk.c: what the agent says. */
enum rc ssm_talk_deliver(
    void *arg, uint32_t type, struct span payload, struct err *err);
void ssm_talk_closed(struct ssm *s, struct span payload);
void ssm_talk_time(struct ssm *s, uint64_t now);
/* Give what is held to the owner.  True: nothing is held any more. */
bool ssm_talk_give(struct ssm *s);
/* The same for bytes that come now; what is not taken is held. */
enum rc ssm_talk_output(
    struct ssm *s, enum target_stream stream, struct span bytes, struct err *err);
/* Strangers' text, printable and on one line. */
void ssm_talk_say(struct span text, char out[ERR_TEXT]);

/* ssm_shake.c: the handshake and the keys. */
enum rc ssm_shake_request(struct ssm *s, struct span payload, struct err *err);
enum rc ssm_shake_challenge(struct ssm *s, struct span payload, struct err *err);
enum rc ssm_shake_complete(struct ssm *s, struct span payload, struct err *err);

/* ssm_port.c */
enum rc ssm_port_begin(struct ssm *s, struct err *err);
enum rc ssm_port_in(struct ssm *s, struct span bytes, struct err *err);
enum rc ssm_port_flag(struct ssm *s, struct span payload, struct err *err);
/* From smux to the flow; keepalive. */
enum rc ssm_port_pump(struct ssm *s, uint64_t now, struct err *err);

/* ssm_end.c */
/* End it, also at AWS; what it was is said already: the first word stays. */
void ssm_end_begin(struct ssm *s, enum target_how how, const char *text);
void ssm_end_time(struct ssm *s, uint64_t now);
/* over() */
void ssm_end_over(struct ssm *s);

#endif
