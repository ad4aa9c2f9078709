/* A session's target: what START says is opened there with the monitor's lease, its
 * bytes are passed both ways, and what becomes of it is recorded and told.
 *
 * It is to a session on a target what calls.h is to a command with its gate.
 */
#ifndef BROKER_SESSION_REMOTE_H
#define BROKER_SESSION_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"
#include "recorder/seal.h"
#include "broker/session/ask.h"
#include "broker/session/masking.h"
#include "broker/session/recording.h"

struct remote;

/* How it ended: what the client is told, and the recording. */
struct remote_end {
	uint8_t how, code;	 /* enum msg_how */
	bool ran;		 /* as far as can be known */
	enum seal_status status; /* for the footer */
	const char *reason;	 /* for the summary; lives for ever */
	char text[ERR_TEXT];	 /* for the client, or "" */
};

/* From the loop, unless it says otherwise. */
struct remote_owner {
	void *arg;
	struct masking *masking; /* borrowed; NULL as in masking.h, but for a shell */
	/* Output: how many of these bytes were taken; after fewer than all, remote_more()
	 * is called.  Also within remote_typed() and remote_resize(). */
	size_t (*show)(void *arg, enum writer_stream stream, struct span bytes);
	/* A port's other side sends no more. */
	void (*eof)(void *arg);
	/* Do not read the client, for so much waits; or go on.  Also within remote_typed().
	 */
	void (*pause)(void *arg, bool pause);
	/* A line for the client's stderr, recorded already. */
	void (*line)(void *arg, struct span line);
	/* Its user has not touched a key for so long. */
	void (*idle)(void *arg, const char *text);
	/* The recording takes no more; what is told of it comes to more than it may. */
	void (*failed)(void *arg, const struct err *err);
	void (*limit)(void *arg, const struct err *err);
	/* The last word: nothing of it is left there, as far as can be done about it. */
	void (*over)(void *arg, const struct remote_end *end);
};

/* As START says.  ca is taken, also on failure; ask and recording are borrowed.  Nothing
 * is opened before remote_start.  RC_REFUSE: START holds a value that no session can be
 * opened with; RC_FAIL. */
enum rc remote_open_take(struct loop *l, const struct msg_start *m, int ca,
    struct ask *ask, struct recording *recording, const struct remote_owner *owner,
    struct remote **ret, struct err *err);
/* Drops what is open without a word to AWS: after over().  NULL is fine. */
void remote_free(struct remote *r);

/* Whether the client's bytes are a terminal's, to be passed on as they are: control
 * characters, too. */
bool remote_is_terminal(const struct msg_start *m);

/* The recording is certified, and the monitor knows: open it when the lease comes. */
void remote_start(struct remote *r);
/* What the monitor says. */
enum rc remote_lease(struct remote *r, const struct msg_lease *m, struct err *err);
enum rc remote_says(
    struct remote *r, uint32_t line, const struct msg_line_says *m, struct err *err);

/* The client's.  RC_REFUSE: more bytes than one that heeds pause() can send. */
enum rc remote_typed(struct remote *r, struct span bytes, struct err *err);
void remote_typed_end(struct remote *r);
void remote_resize(struct remote *r, uint32_t columns, uint32_t rows);
void remote_signal(struct remote *r, uint8_t signo);
/* show() takes more. */
void remote_more(struct remote *r);

/* End it there.  True: nothing is open (any more); else over() follows, within
 * REMOTE_END_MS.  May be called again.  NULL is fine. */
#define REMOTE_END_MS 11000
bool remote_stop(struct remote *r);
/* It has run, as far as can be known.  NULL is fine. */
bool remote_ran(const struct remote *r);

/* Bytes that it was given, and their digest; nothing for NULL.  RC_FAIL: no digest. */
enum rc remote_totals(
    const struct remote *r, uint64_t *bytes, uint8_t sha256[32], struct err *err);

/* A shell's lines; NULL for anything else, and for NULL. */
const struct event_lines *remote_lines(const struct remote *r);

#endif
