/* A session on a target, from the side that uses it: what runs there, and its bytes.
 *
 * One interface over the ways to get there: a Session Manager session (ssm.h), or Run
 * Command (run.h).  All of it lives in one loop; nothing blocks; whoever opens one hears
 * over() once, whatever happens.  Bytes are bounded both ways by what their taker takes.
 */
#ifndef BROKER_TARGET_TARGET_H
#define BROKER_TARGET_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/base/secret.h"

struct target;
struct target_net;

/* What runs there. */
enum target_kind {
	TARGET_COMMAND,	 /* no terminal, no input, outputs apart, an exit status */
	TARGET_TERMINAL, /* on a terminal: bytes both ways */
	TARGET_PORT,	 /* one TCP connection, made there */
	TARGET_RUN,	 /* TARGET_COMMAND by Run Command: output at its end, bounded */
};

/* Borrowed for the call of target_open(). */
struct target_spec {
	enum target_kind kind;
	const char *instance; /* as AWS knows it, exactly */
	const char *document; /* NULL: the account's default, a shell */
	/* For the document's parameter `command` (for RUN: `commands`), as its agent is to
	 * read it; NULL: the document has none (a shell). */
	const char *command;
	const char *host;	/* PORT: behind the instance; NULL: on it */
	unsigned port;		/* PORT: 1 to 65535 */
	const char *reason;	/* at most 256 characters; NULL without */
	uint32_t columns, rows; /* TERMINAL */
};

/* What all sessions of one process share: where AWS is, what it trusts, who signs. */
struct target_net_init {
	const char *region;
	/* As CURLOPT_CONNECT_TO wants them; copied. */
	const char *const *connect_to;
	size_t n_connect_to;
	struct span ca;		    /* PEM; empty: the system's CAs; copied */
	const char *client_version; /* "1.2.677.0" */
	uint32_t pace; /* messages that are sent in a second; 0: no bound */
	uint64_t resume_ms, connect_ms;
	/* The credentials end soon, or AWS says they have: fresh ones, please, by
	 * target_net_lease().  May be asked again. */
	void (*lease)(void *arg);
	void *arg;
};

enum target_stream { TARGET_OUT, TARGET_ERR };

/* How it ended. */
struct target_end {
	enum target_how {
		TARGET_EXITED,	  /* by itself: status says how, where it is known */
		TARGET_REFUSED,	  /* it never began: AWS or the agent refuses; text */
		TARGET_UNREACHED, /* it never began: not connected, no answer; text */
		TARGET_LOST,	  /* it ran, and the way to it is gone; text */
		TARGET_BROKEN,	  /* it spoke against its protocol; text */
		TARGET_ENDED,	  /* we ended it */
	} how;
	int status;	     /* 0 to 255, or -1: not told */
	bool closed;	     /* it is over at AWS, too, as far as AWS has said */
	bool cut;	     /* RUN: AWS keeps no more of the output than there was */
	char text[ERR_TEXT]; /* for people; what AWS said is made printable; or "" */
};

/* Who is told, from the loop and never inside a call of theirs but target_free(). */
struct target_owner {
	void *arg;
	/* AWS calls it so (SessionId, CommandId): it has to be ended there from now on. */
	void (*opened)(void *arg, const char *id);
	/* It runs: input is taken.  message: what the agent says to its user, printable, or
	 * "". */
	void (*running)(void *arg, const char *message);
	/* Bytes of it.  Returns how many were taken; with fewer than all, the rest comes
	 * after target_more(), and nothing else before. */
	size_t (*output)(void *arg, enum target_stream stream, struct span bytes);
	/* PORT: it sends no more. */
	void (*eof)(void *arg);
	/* After target_write() took less than all: it takes more. */
	void (*writable)(void *arg);
	/* The connection to AWS was lost ("lost") or came back ("resumed"), for the
	 * recording; text is printable. */
	void (*note)(void *arg, const char *what, const char *text);
	/* The last word; target_free() is fine within. */
	void (*over)(void *arg, const struct target_end *end);
};

/* Libraries' first use and the system's CAs, before a process is confined; once.
 * RC_FAIL. */
enum rc target_prepare(struct err *err);

/* init is copied, l borrowed.  On RC_OK *ret is yours: target_net_free().  RC_REFUSE: a
 * value that cannot be; RC_FAIL: memory, libcurl, OpenSSL. */
enum rc target_net_new(struct loop *l, const struct target_net_init *init,
    struct target_net **ret, struct err *err);
/* Its targets must be gone.  NULL is fine. */
void target_net_free(struct target_net *n);
/* The credentials that requests are signed with from now on; copied.  The secret texts
 * are wiped at the end.  RC_FAIL: memory. */
enum rc target_net_lease(struct target_net *n, const char *access_key_id,
    struct span secret, struct span token, uint64_t expires_ms, struct err *err);

/* Open one.  owner is copied.  On RC_OK over() will follow; *ret is yours:
 * target_free().  RC_REFUSE: a spec that cannot be; RC_FAIL: memory. */
enum rc target_open(struct target_net *n, const struct target_spec *spec,
    const struct target_owner *owner, struct target **ret, struct err *err);
/* Without a word to AWS: only after over(), or where nothing else can be done.  NULL is
 * fine. */
void target_free(struct target *t);

/* Input: how many of these bytes were taken.  0 before running() and for kinds that take
 * none; after a short count writable() follows. */
size_t target_write(struct target *t, struct span bytes);
/* PORT: its client sends no more.  There is no half-close: nothing is sent. */
void target_eof(struct target *t);
/* TERMINAL; told at once, several in a row as one. */
void target_resize(struct target *t, uint32_t columns, uint32_t rows);
/* COMMAND: SIGINT or SIGQUIT for what runs; RUN: it is cancelled.  Others do nothing. */
void target_signal(struct target *t, int signo);
/* output() takes more. */
void target_more(struct target *t);
/* End it, also at AWS: over() follows within 10 s, whether or not AWS answered. */
void target_end(struct target *t);
/* Bytes of it that wait, either way; for tests and bounds. */
size_t target_held(const struct target *t);

#endif
