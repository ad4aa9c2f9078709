/* The inside of a channel, shared by the files that hear of it (channel.c) and move it on
 * (channel_steps.c), and by nobody else. */
#ifndef BROKER_FRONT_CHANNEL_PARTS_H
#define BROKER_FRONT_CHANNEL_PARTS_H

#include <libssh/callbacks.h>

#include "broker/front/channel.h"
#include "broker/front/inlet.h"
#include "broker/front/order.h"
#include "broker/front/outlet.h"
#include "broker/front/relay.h"
#include "broker/front/say.h"

#define EXIT_USAGE 64
#define EXIT_BROKEN 70

enum state {
	ST_NEW,	    /* no command yet */
	ST_LINE,    /* reads the line of broker-argv */
	ST_ASKED,   /* waits for a verdict, perhaps held */
	ST_VERB,    /* the monitor answers a verb */
	ST_ALLOWED, /* waits for the DATA pair */
	ST_OPEN,    /* the command runs */
	ST_ENDING,  /* shows what is left, then the exit status */
	ST_CLOSING, /* sends CLOSE */
	ST_CLOSED,  /* waits for the client's CLOSE */
};

struct channel {
	const struct channel_place *place;
	ssh_channel ssh;
	struct ssh_channel_callbacks_struct cb;
	uint32_t number;
	enum state state;
	struct order order;
	struct say how;
	struct relay *relay;
	struct inlet from;     /* the client's stdin */
	struct staged *staged; /* all of it, where people are asked about it; or NULL */
	struct outlet to;      /* what goes to the client */
	bool midline;	       /* the command's stderr ends within a line */
	bool asked;	       /* the monitor still expects this channel */
	/* Set by callbacks. */
	bool news, eof, client_closed;
	int signals[4];
	unsigned nsignals;
	bool eof_sent, paused;
	bool staging; /* the monitor waits for what is staged */
	/* A verb that shows a session: DATA comes from there, and the monitor's DONE says
	 * how it ended only where the session cannot. */
	bool watching, done, told;
	bool screen; /* it has the client's alternate screen */
	/* The end. */
	const char *exit_signal;
	unsigned status;
	bool ran, relay_over;
};

/* ---- channel.c ---- */
/* The monitor is told that nobody waits any more. */
void chan_withdraw(struct channel *c, bool withdrawn);
/* From here on nothing is asked or relayed; what stands in out and err is shown. */
void chan_finish(struct channel *c, unsigned status, bool ran);
/* Ask the monitor for what was ordered. */
void chan_ask(struct channel *c);

#endif
