/* The DATA pair: one command's streams between this front and its session process. */
#ifndef BROKER_FRONT_RELAY_H
#define BROKER_FRONT_RELAY_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"

#define RELAY_STDOUT 1
#define RELAY_STDERR 2

struct relay;

/* Called from the loop. */
struct relay_answers {
	void *arg;
	/* Output; stream is RELAY_STDOUT or RELAY_STDERR. */
	void (*data)(void *arg, unsigned stream, struct span bytes);
	/* The command is over; nothing follows. */
	void (*exit)(void *arg, const struct msg_exit *m);
	/* The pair broke before that. */
	void (*lost)(void *arg);
};

/* Take sock (also on failure).  answers is copied.  On RC_OK *ret is yours:
 * relay_close().  RC_FAIL: memory or the socket. */
enum rc relay_open_take(struct loop *l, int sock, const struct relay_answers *answers,
    struct relay **ret, struct err *err);
/* NULL is fine. */
void relay_close(struct relay *r);

/* At most MSG_DATA_MAX bytes for stdin; not while relay_full(). */
void relay_data(struct relay *r, struct span bytes);
/* The client sends no more; its terminal has a new size; it sends a signal. */
void relay_eof(struct relay *r);
void relay_resize(struct relay *r, uint32_t columns, uint32_t rows);
void relay_signal(struct relay *r, int signo);

/* True while the session does not take what was sent. */
bool relay_full(const struct relay *r);
/* Stop and go on taking output. */
void relay_pause(struct relay *r, bool pause);

#endif
