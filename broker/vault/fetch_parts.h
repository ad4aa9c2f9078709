/* What the files of fetch share: a source is a list of steps, each one call. */
#ifndef BROKER_VAULT_FETCH_PARTS_H
#define BROKER_VAULT_FETCH_PARTS_H

#include "broker/vault/fetch.h"
#include "lib/base/buf.h"
#include "lib/base/http.h"

#define FETCH_ROLE 65 /* a role's name with its NUL */

/* A call to be made. */
struct fetch_call {
	enum http_method method;
	unsigned timeout_ms;
	struct buf url, headers, body; /* bounded by fetch.c; wiped there */
};

struct fetch_step {
	const char *name; /* for messages: "NAME: …" */
	/* Fill the call.  RC_REFUSE, RC_FAIL: not to be tried again. */
	enum rc (*put)(struct fetch *f, struct fetch_call *c, struct err *err);
	/* Judge an answer.  RC_OK: on to the next step, or the end, with f->key set.
	 * RC_RETRY: the same step again, after a pause.  RC_END: all steps again, after
	 * a pause.  RC_REFUSE, RC_FAIL: the end. */
	enum rc (*take)(
	    struct fetch *f, unsigned status, struct span body, struct err *err);
};

/* A source; its steps end with a name of NULL. */
struct fetch_kind {
	enum rc (*check)(const struct fetch_how *how, struct err *err);
	const struct fetch_step *steps;
};

struct fetch {
	struct http *http;
	struct timer *timer;
	struct http_call *call;
	const struct fetch_how *how;
	const struct fetch_kind *kind;
	size_t step;
	unsigned tries;		 /* that went wrong, over all steps */
	struct secret *token;	 /* FETCH_INSTANCE: of this journey */
	char role[FETCH_ROLE];	 /* FETCH_INSTANCE */
	struct sources_key *key; /* what was brought */
	fetch_fn *fn;
	void *arg;
};

extern const struct fetch_kind fetch_webidentity, fetch_container, fetch_instance;

/* Answers that are neither: 429 and 5xx can be tried again, all else is a no. */
enum rc fetch_status(unsigned status, struct err *err);

#endif
