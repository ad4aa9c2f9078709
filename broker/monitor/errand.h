/* An errand to AWS by the monitor itself: a lease of a profile's role that can do one
 * small thing, told to the audit before it is used, and calls with it, one at a time.
 */
#ifndef BROKER_MONITOR_ERRAND_H
#define BROKER_MONITOR_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/profile.h"

#define ERRAND_CODE 64 /* AWS's word for what went wrong, with its NUL */

struct errand;
struct http;
struct monitor;

/* All borrowed for the call, but m and http, which outlive it. */
struct errand_init {
	struct monitor *m;
	struct http *http;
	const struct profile *profile;
	const char *region; /* of the calls */
	const char *identity;
	const uint8_t *sid;  /* 16 bytes: of the session that it is for */
	const char *policy;  /* what the lease can do: a session policy */
	const char *event;   /* kind of the event that tells of the lease */
	const char *calls;   /* what it says of them: "ec2:DescribeInstances …" */
	size_t most;	     /* bytes of an answer */
	unsigned timeout_ms; /* of a call */
	/* Once, from the loop: the lease is there, or RC_RETRY, RC_REFUSE, RC_FAIL with
	 * an err that is fit for who asked. */
	void (*ready)(void *arg, enum rc rc, const struct err *err);
	void *arg;
};

/* How a call ended. */
enum errand_end {
	ERRAND_DONE,   /* 200: body is the answer */
	ERRAND_DENIED, /* the role may not */
	ERRAND_BUSY, /* not reached, cut off, throttled, trouble of AWS's: again later */
	ERRAND_REFUSED, /* anything else; code says what */
};

struct errand_answer {
	enum errand_end end;
	char code[ERRAND_CODE]; /* of letters, digits, '.' and '_'; or "" */
	char why[ERR_TEXT];	/* in words, but for ERRAND_DONE */
	struct span body;	/* borrowed for the callback */
};
typedef void errand_fn(void *arg, const struct errand_answer *a);

/* Ask for the lease.  On RC_OK *ret is yours: errand_free().  Else as vault_lease(). */
enum rc errand_new(
    const struct errand_init *init, struct errand **ret, struct err *err);
/* Drops what is under way without its callback; the lease is wiped.  NULL is fine. */
void errand_free(struct errand *e);

/* One call, once ready() has said RC_OK and none is under way.  members: of a form what
 * follows Action and Version, "&Name=value…"; else the JSON body.  fn is called once,
 * from the loop.  RC_REFUSE: no such operation, or an ill-formed region; RC_RETRY, RC_FAIL
 * as http_ask(). */
enum rc errand_send(struct errand *e, const char *service, const char *operation,
    struct span members, errand_fn *fn, struct err *err);

#endif
