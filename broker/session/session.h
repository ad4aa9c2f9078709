/* The life of one session: its recording is opened, certified, filled and closed; its
 * command's output is recorded and shown, its client's input passed on.
 *
 *	SEAL -> OPEN -> DRAIN -> ENDED -> OVER		the command ended by itself
 *	SEAL -> STAGE -> OPEN -> ...			people approved its input, too
 *	        OPEN -> STOP  -> ENDED -> OVER		the session was stopped
 *	        ...  -> FULL  -> ENDED -> OVER		its disk is full, once
 *
 * The command itself is started by the launcher, once READY was said: here are only the
 * ends of its pipes, and the gate that its API calls go through.
 *
 * Where START says what the input has to be, all of it is taken and compared before READY:
 * with any other, nothing runs.
 *
 * An SDK's session has no command: the client's bytes are passed to the gate and back,
 * and it ends when either side closes.
 */
#ifndef BROKER_SESSION_SESSION_H
#define BROKER_SESSION_SESSION_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"

/* Descriptors beside START, in this order. */
enum session_fd {
	SESSION_CONTROL,   /* frame socket to the monitor */
	SESSION_RECORDING, /* an empty file, append only */
	SESSION_DATA,	   /* frame socket to the front */
	SESSION_STDIN,	   /* write end of the command's stdin */
	SESSION_STDOUT,	   /* read ends */
	SESSION_STDERR,
	SESSION_GATE, /* where its proxy socket comes from, or an SDK's connection */
	SESSION_CA,   /* a file: whom the gate trusts; empty: the system's CAs */
	SESSION_FDS
};

struct session;

/* Begin: lines 0 and 1 of the recording are written and its certificate is asked for.
 * m is borrowed for the call; fds are taken, also on failure.  id is the session's
 * number in frames.  Nothing that a stranger sent is read before session_run, so that
 * the process can be confined in between.
 * When the recording cannot be begun, the monitor is told ENDED with the reason, and
 * what is returned only waits for its answer.  RC_FAIL: memory, or bad descriptors. */
enum rc session_new(struct loop *l, uint32_t id, const struct msg_start *m,
    const int fds[SESSION_FDS], struct session **ret, struct err *err);
/* NULL is fine. */
void session_free(struct session *s);

/* Live to the end.  RC_FAIL when the loop fails. */
enum rc session_run(struct session *s, struct err *err);

#endif
