/* What the front asks the monitor on its talk pair, and what comes back. */
#ifndef BROKER_FRONT_ASK_H
#define BROKER_FRONT_ASK_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"

struct ask;

/* Called from the loop; channel is the number that the question carried.  Answers to a
 * channel that has gone meanwhile are to be ignored: they crossed with MSG_GONE. */
struct ask_answers {
	void *arg;
	void (*nonce)(void *arg, const char *nonce);
	void (*auth)(void *arg, bool yes);
	void (*verdict)(void *arg, uint32_t channel, const struct msg_verdict *v);
	/* Read all of its input, at most so many bytes; ask_staged() follows. */
	void (*stage)(void *arg, uint32_t channel, uint64_t most);
	void (*say)(void *arg, uint32_t channel, struct span text);
	void (*row)(void *arg, uint32_t channel, struct span text);
	void (*done)(void *arg, uint32_t channel, const struct msg_done *m);
	/* fd is given: keep or close it. */
	void (*attach_take)(void *arg, uint32_t channel, int fd);
	/* The monitor has gone, or broke a rule: end. */
	void (*gone)(void *arg, const struct err *err);
};

/* Take sock (also on failure).  answers is copied.  On RC_OK *ret is yours:
 * ask_close(). RC_FAIL: memory or the socket. */
enum rc ask_open_take(struct loop *l, int sock, const struct ask_answers *answers,
    struct ask **ret, struct err *err);
/* NULL is fine. */
void ask_close(struct ask *a);

/* Each sends one question; RC_REFUSE when it is over a bound of lib/wire, else RC_OK or
 * gone() follows. */
enum rc ask_auth(struct ask *a, const struct msg_auth_try *m);
enum rc ask_exec(struct ask *a, uint32_t channel, const struct msg_exec_ask *m);
enum rc ask_shell(struct ask *a, uint32_t channel, bool pty, bool json);
/* A port connection, as the client wrote it. */
enum rc ask_forward(struct ask *a, uint32_t channel, const char *host, uint32_t port);
/* What its input was. */
enum rc ask_staged(struct ask *a, uint32_t channel, const struct msg_staged *m);
/* The client has closed the channel, or withdraws: no answer will be read. */
enum rc ask_gone(struct ask *a, uint32_t channel, bool withdrawn);

#endif
