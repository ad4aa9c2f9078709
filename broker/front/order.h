/* What a client asks for on one session channel: the requests that come before and with
 * its exec, shell or subsystem (RFC 4254 section 6). */
#ifndef BROKER_FRONT_ORDER_H
#define BROKER_FRONT_ORDER_H

#include <libssh/libssh.h>
#include <stdbool.h>

#include "broker/front/argv.h"
#include "lib/wire/msg.h"

enum order_kind {
	ORDER_NONE, /* nothing yet */
	ORDER_EXEC,
	ORDER_SHELL,
	ORDER_ARGV,    /* the command is the first line of stdin */
	ORDER_REFUSED, /* accepted, so that refusal can be read on stderr */
};

struct order {
	enum order_kind kind;
	bool pty;
	bool resized; /* since the flag was last cleared */
	uint32_t columns, rows;
	char *line;	   /* exec */
	struct argv *argv; /* ORDER_ARGV, once it was read */
	char reason[1025], wait[33], output[33];
	char refusal[512];
};

/* Empty to start with; the caller's memory. */
void order_init(struct order *o);
/* Free what it holds; it is empty again. */
void order_clear(struct order *o);

/* Take one channel request (borrowed; type SSH_REQUEST_CHANNEL).  True: answer it with
 * success.  False: refuse it; nothing changed. */
bool order_take(struct order *o, ssh_message m);

/* BROKER_OUTPUT asks for objects. */
bool order_json(const struct order *o);

/* The question for the monitor, borrowed from o. */
void order_fill(const struct order *o, struct msg_exec_ask *m);

#endif
