/* A session's words with the monitor: what it asks, and what it is told. */
#ifndef BROKER_SESSION_ASK_H
#define BROKER_SESSION_ASK_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"

struct ask;

/* States of a session, one bit each: what may be said follows from them. */
enum ask_state {
	ASK_SEAL = 1,	 /* lines 0 and 1 are written, the certificate is awaited */
	ASK_STAGE = 128, /* the input that was approved is awaited, whole */
	ASK_OPEN = 2,	 /* the command runs */
	ASK_DRAIN = 4,	 /* it has ended, its last output is on the way */
	ASK_STOP = 8,	 /* the session was stopped, the command's end is awaited */
	ASK_FULL = 64,	 /* its recording found no room: the reserve is awaited */
	ASK_ENDED = 16, /* the recording is closed here; the keeper's word is awaited */
	ASK_OVER = 32,	/* the client has its exit status, but may not have read it */
};

/* Who is told.  What an answer returns other than RC_OK ends the session. */
struct ask_owner {
	void *arg;
	uint32_t (*state)(void *arg); /* enum ask_state */
	enum rc (*sealed)(void *arg, const struct msg_sealed *m, struct err *err);
	enum rc (*exited)(void *arg, const struct msg_exited *m, struct err *err);
	enum rc (*stop)(void *arg, const struct msg_stop *m, struct err *err);
	enum rc (*closed)(void *arg, const struct msg_closed *m, struct err *err);
	enum rc (*room)(void *arg, const struct msg_room *m, struct err *err);
	/* For the gate. */
	enum rc (*lease)(void *arg, const struct msg_lease *m, struct err *err);
	enum rc (*verdict)(
	    void *arg, uint32_t call, const struct msg_call_says *m, struct err *err);
	enum rc (*leaf)(
	    void *arg, uint32_t number, const struct msg_leaf *m, struct err *err);
	/* For a shell on a target. */
	enum rc (*line)(
	    void *arg, uint32_t line, const struct msg_line_says *m, struct err *err);
	/* Somebody is to look on: sock (taken) is that watcher's DATA pair; and no
	 * longer. */
	enum rc (*watch_take)(void *arg, uint32_t number, const struct msg_watch *m,
	    int sock, struct err *err);
	enum rc (*unwatch)(
	    void *arg, uint32_t number, const struct msg_unwatch *m, struct err *err);
	/* The monitor is gone or broke the rules. */
	void (*gone)(void *arg, enum rc rc, const struct err *err);
};

/* sock is taken, also on failure.  owner is copied. */
enum rc ask_open_take(struct loop *l, int sock, uint32_t id,
    const struct ask_owner *owner, struct ask **ret, struct err *err);
/* NULL is fine. */
void ask_close(struct ask *a);

/* The rest sends one message each, with port_send's answers. */
enum rc ask_seal(struct ask *a, const uint8_t spk[32], const uint8_t h1[32]);
enum rc ask_ready(struct ask *a, const struct msg_ready *m);
/* Pass a signal on to the command; a client gets a bounded number a second through, the
 * others are dropped without a word (RC_OK). */
enum rc ask_signal(struct ask *a, uint8_t signo);
/* For the gate; frames' ids are the calls' and leaves' numbers.  ask_call, ask_leaf:
 * RC_RETRY while the monitor has not read what was sent before. */
enum rc ask_call(struct ask *a, uint32_t call, struct span facts, struct err *err);
enum rc ask_call_gone(struct ask *a, uint32_t call);
enum rc ask_leaf(
    struct ask *a, uint32_t number, const char *host, struct span key, struct err *err);
enum rc ask_lease(struct ask *a);
/* For a session on a target; frames' ids of the first two are the lines' numbers.
 * ask_line: as ask_call. */
enum rc ask_line(
    struct ask *a, uint32_t line, const struct msg_line_ask *m, struct err *err);
enum rc ask_line_gone(struct ask *a, uint32_t line);
enum rc ask_remote_at(struct ask *a, uint8_t state, const char *id);
enum rc ask_full(struct ask *a);
/* A watcher has ended; why is a phrase of ours. */
enum rc ask_watched(struct ask *a, uint32_t number, const struct msg_watched *m);
enum rc ask_ended(struct ask *a, const struct msg_ended *m);

#endif
