/* The two sequences of a data channel: what we send until the agent has it, and what it
 * sends in its order, over sockets that come and go.
 *
 * Ours: messages are numbered, kept until acknowledged, sent at a bounded pace; the
 * oldest is sent again when its time is over, all of them on a new socket.  Nothing is
 * ever dropped: a full queue takes less.  Theirs: what comes early waits (10000 messages
 * and 16 MiB at most), everything that is here is acknowledged, also when it comes
 * again.  Times are milliseconds of one clock that never goes back.
 */
#ifndef BROKER_TARGET_SSM_FLOW_H
#define BROKER_TARGET_SSM_FLOW_H

#include "broker/target/ssm_crypt.h"
#include "broker/target/ssm_frame.h"

struct ssm_flow;

struct ssm_flow_init {
	uint32_t pace; /* data messages in a second; 0: no bound */
	/* Of data that waits for the agent; 0: 512 messages, 512 KiB of frames. */
	uint32_t max_messages;
	size_t max_bytes;
	uint64_t dead_ms; /* without progress while there is a socket; 0: 5 minutes */
};

struct ssm_flow_owner {
	void *arg;
	/* Put one frame on the socket, copied.  False: no room now, or no socket.  (Data
	 * is tried again by ssm_flow_run(); an acknowledgement is dropped, the agent asks
	 * again.) */
	bool (*send)(void *arg, struct span frame);
	/* The next message of the agent, each once and in order, borrowed.  RC_OK: taken.
	 * RC_WAIT: not now; it comes again by ssm_flow_more(), and nothing before it.
	 * Anything else ends the flow and comes out of the call that led here; err has the
	 * text.  It may put and write, but not free.  Payload types that it does not know
	 * are to be taken. */
	enum rc (*deliver)(
	    void *arg, uint32_t payload_type, struct span payload, struct err *err);
	/* For tests; NULL: version 4 UUIDs, the wall clock. */
	void (*fresh_id)(void *arg, uint8_t out[16]);
	uint64_t (*wall_ms)(void *arg);
};

/* init and owner are copied.  It starts without a socket: ssm_flow_up().  On RC_OK *ret
 * is yours: ssm_flow_free().  RC_REFUSE: bounds over 65536 messages or
 * below 2 KiB; RC_FAIL: memory. */
enum rc ssm_flow_new(const struct ssm_flow_init *init,
    const struct ssm_flow_owner *owner, struct ssm_flow **ret, struct err *err);
/* NULL is fine.  Not from within deliver(). */
void ssm_flow_free(struct ssm_flow *f);

/* There is a socket, whose first frame of text is on it: everything that waits is sent
 * again, in order.  A pause is forgotten. */
void ssm_flow_up(struct ssm_flow *f, uint64_t now_ms);
/* It is gone: nothing is sent, no time runs. */
void ssm_flow_down(struct ssm_flow *f);

/* Queue bytes as messages of payload type Output, SSM_CHUNK each, sealed where c is not
 * NULL.  *taken of them are; fewer than all when the queue is full, or before
 * RC_FAIL: memory, OpenSSL. */
enum rc ssm_flow_write(struct ssm_flow *f, struct ssm_crypt *c, struct span bytes,
    uint64_t now_ms, size_t *taken, struct err *err);
/* Queue one message of any type, sealed by its caller where it must be.  Types other
 * than Output have a little room of their own.  RC_WAIT: the queue is full.  RC_REFUSE:
 * empty, or over 64 KiB; RC_FAIL: memory. */
enum rc ssm_flow_put(struct ssm_flow *f, uint32_t payload_type, struct span payload,
    uint64_t now_ms, struct err *err);
/* How many bytes ssm_flow_write() would take now. */
size_t ssm_flow_room(const struct ssm_flow *f);

/* A frame came.  Those of other types than output, acknowledge, start and pause are
 * ignored (channel_closed is the caller's).  RC_OK: go on.  What deliver() said else. */
enum rc ssm_flow_in(struct ssm_flow *f, const struct ssm_frame *frame, uint64_t now_ms,
    struct err *err);
/* deliver() takes again: it is called with what waits, until it says no.  Answers like
 * ssm_flow_in().  Does nothing within deliver(). */
enum rc ssm_flow_more(struct ssm_flow *f, uint64_t now_ms, struct err *err);

/* Send what may be sent, repeat what is overdue.  To be called at ssm_flow_next(), and
 * when the socket takes again.  RC_END: the agent has acknowledged nothing for dead_ms:
 * the session is dead. */
enum rc ssm_flow_run(struct ssm_flow *f, uint64_t now_ms, struct err *err);
/* When ssm_flow_run() has something to do; UINT64_MAX: not by time alone. */
uint64_t ssm_flow_next(const struct ssm_flow *f, uint64_t now_ms);

/* Our messages that the agent has not acknowledged. */
size_t ssm_flow_unacked(const struct ssm_flow *f);
/* Bytes of payload that wait to be delivered. */
size_t ssm_flow_waiting(const struct ssm_flow *f);
/* deliver() has said RC_WAIT.  Else they wait for one that is missing, which has to be
 * read to come. */
bool ssm_flow_blocked(const struct ssm_flow *f);
/* The other side is said not to be connected. */
bool ssm_flow_paused(const struct ssm_flow *f);

#endif
