/* One call of a control verb: who calls, with which words, and where the answer goes.
 * verb.h says what is done with it. */
#ifndef BROKER_MONITOR_VERBCALL_H
#define BROKER_MONITOR_VERBCALL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/model/facts.h"
#include "lib/model/identity.h"

struct monitor;

#define VERB_WORDS 16

struct verb_call {
	struct monitor *m;
	const struct identity *who; /* good for the time of verb_run() only */
	char name[65];		    /* who's name */
	enum proof proof;	    /* how it was proven, … */
	bool verified;		    /* … and whether a security key asked for a PIN */
	char key[64];		    /* fingerprint, or "" */
	char source[64];	    /* address, or "local" */
	bool fresh; /* first request of a connection authenticated within a minute */
	bool json;
	bool pty;		/* the caller's terminal is raw: lines end with CR LF */
	uint32_t columns, rows; /* of that terminal; 0: not known */
	unsigned argc;
	const char *argv[VERB_WORDS]; /* argv[0] is the verb; good as who is */
	struct span
	    body; /* sent beside the words, by the control socket alone; the same */
	struct buf out, say; /* for stdout and stderr, whole lines */
	/* The end: called once, perhaps before verb_run() returns. */
	void (*done)(void *arg, struct verb_call *call, int status);
	/* For a verb that goes on: what stands in out and say is sent now, then one end
	 * of a DATA pair (borrowed).  Not to be called once it is abandoned. */
	void (*attach)(void *arg, struct verb_call *call, int fd);
	void *arg; /* NULL: abandoned */
	/* An answer of many pieces: what stands in out when done() is called, then, as
	 * the other side takes them, what next() puts there, until it says false.  end
	 * frees next_arg, whatever happens. */
	bool (*next)(void *next_arg, struct verb_call *call);
	void (*end)(void *next_arg);
	void *next_arg;
	bool over; /* done() was called; what is left is to be sent */
	int status;
	/* The verb's own: its caller has gone, and done() is still to be called. */
	void (*left)(void *left_arg);
	void *left_arg;
};

/* An empty call with room for what it says, or NULL; the rest is the caller's to fill in.
 * Yours: verb_call_free(), NULL is fine. */
struct verb_call *verb_call_new(void);
void verb_call_free(struct verb_call *call);

/* Nobody waits for the answer any more; what was asked for may still happen.  One that
 * is over is freed. */
void verb_abandon(struct verb_call *call);

/* For done(): the next piece stands in out.  False: there is none. */
bool verb_next(struct verb_call *call);

/* End the call with one sentence on stderr, as a line or, for JSON, an object; what
 * kind of event it is follows from the status. */
void verb_answer(struct verb_call *call, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What has become of a hold, on stdout: "approved 7F3K-Q2MX", or an object. */
void verb_state(struct verb_call *call, const char *hold, const char *state);

#endif
