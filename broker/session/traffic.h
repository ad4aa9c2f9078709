/* The bytes of one session, both ways, in a loop: the command's output to the client
 * through the conduit, the client's input to the command through the feed. */
#ifndef BROKER_SESSION_TRAFFIC_H
#define BROKER_SESSION_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"
#include "recorder/writer.h"
#include "broker/session/masking.h"

struct traffic;

/* The command's ends of its pipes, as we hold them. */
enum traffic_pipe { TRAFFIC_STDIN, TRAFFIC_STDOUT, TRAFFIC_STDERR, TRAFFIC_PIPES };

/* Who is told, from the loop. */
struct traffic_owner {
	void *arg;
	/* Output was recorded and shown. */
	void (*moved)(void *arg);
	/* These very bytes, both streams as they come; borrowed for the call. */
	void (*shown)(void *arg, struct span bytes);
	/* The client's terminal has a new size. */
	void (*resized)(void *arg, uint32_t columns, uint32_t rows);
	/* Both outputs are at their end, all of it is recorded and shown. */
	void (*ended)(void *arg);
	/* More output than output_max; the outputs are closed. */
	void (*limit)(void *arg, const struct err *err);
	/* The recording took no more; nothing is shown from here on. */
	void (*failed)(void *arg, const struct err *err);
	/* What was expected has come (why NULL), or something else has. */
	void (*input)(void *arg, const struct err *why);
	/* Without pipes: the client's bytes, and their end; and room for output again,
	 * after traffic_put() took less than all. */
	enum rc (*typed)(void *arg, struct span bytes, struct err *err);
	void (*typed_end)(void *arg);
	void (*room)(void *arg);
	/* The client sends the command a signal of those that it may. */
	void (*signal)(void *arg, uint8_t signo);
	/* The front is gone (RC_END) or broke the rules. */
	void (*gone)(void *arg, enum rc rc, const struct err *err);
};

struct traffic_totals {
	uint64_t out, err, in; /* bytes shown, and given to the command's stdin */
	uint8_t in_sha256[32];
};

/* Only the client's end: sock (taken, also on failure) is the DATA pair's.  owner is
 * copied.  Nothing is read yet.  RC_FAIL: memory. */
enum rc traffic_open_take(struct loop *l, int sock, uint32_t id, bool pty,
    const struct traffic_owner *owner, struct traffic **ret, struct err *err);
/* The command's end too: pipes are taken, also on failure; w is borrowed and must be
 * certified before traffic_start.  What the command puts out goes through m, which is
 * borrowed.  output_max as in conduit.h. */
enum rc traffic_attach(struct traffic *t, struct writer *w, struct masking *m,
    const int pipes[TRAFFIC_PIPES], uint64_t output_max, struct err *err);
/* An SDK's session instead: stdin and stdout are one stream socket (the gate has its
 * other end), stderr is nothing.  What comes back is passed on and not recorded;
 * ended() tells that the other end has closed. */
enum rc traffic_attach_sdk(
    struct traffic *t, const int pipes[TRAFFIC_PIPES], struct err *err);
/* A session on a target: output is given by traffic_put, the client's bytes are told by
 * typed().  w NULL: a port connection, whose bytes are passed on and not recorded here.
 * m: what they go through; NULL: who gives them has masked what has to be.  at_once:
 * somebody sits at a terminal. */
enum rc traffic_attach_own(struct traffic *t, struct writer *w, struct masking *m,
    uint64_t output_max, bool at_once, struct err *err);
/* For such a session, once started: output to be recorded, then shown; how many bytes were
 * taken.  After fewer than all room() tells.  Once it is closed all are taken, and
 * dropped.  A recording that fails is told by failed(), from the loop. */
size_t traffic_put(struct traffic *t, enum writer_stream stream, struct span bytes);
/* There will be no more: ended() follows, from the loop. */
void traffic_end_output(struct traffic *t);
/* Read the client no more, and again. */
void traffic_pause(struct traffic *t, bool pause);
/* A line of ours on the client's stderr, recorded by the caller. */
void traffic_say(struct traffic *t, struct span line);
/* NULL is fine. */
void traffic_free(struct traffic *t);

/* The input has to be this; before traffic_start, not for an SDK's.  RC_REFUSE: no input
 * can; RC_FAIL: memory. */
enum rc traffic_expect(
    struct traffic *t, struct span sha256, uint64_t len, struct err *err);
bool traffic_expects(const struct traffic *t);
/* Take it from the client; input() tells what came. */
void traffic_stage(struct traffic *t);

/* Begin to move bytes. */
void traffic_start(struct traffic *t);
/* Close the command's stdin; what more the client types is dropped. */
void traffic_end_input(struct traffic *t);
/* Close the command's pipes.  show: what was read before is recorded and shown now;
 * else nothing is shown any more.  RC_FAIL: it could not be recorded. */
enum rc traffic_stop(struct traffic *t, bool show, struct err *err);
/* Close everything on the command's side and look at the recording no more. */
void traffic_cut(struct traffic *t);
/* Move output now; the owner may be told things within. */
void traffic_pump(struct traffic *t);
/* To be called before each turn of the loop. */
void traffic_arrange(struct traffic *t);

/* True while the client has not taken all that it was sent. */
bool traffic_full(const struct traffic *t);
/* The last message to the client. */
void traffic_exit(struct traffic *t, const struct msg_exit *m);
/* RC_FAIL: the hash could not be made. */
enum rc traffic_totals(
    const struct traffic *t, struct traffic_totals *ret, struct err *err);

#endif
