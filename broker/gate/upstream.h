/* Requests on their way to AWS, through libcurl in the loop: bodies are pulled and
 * pushed piece by piece, never gathered.
 *
 * HTTPS and HTTP/1.1 only; the peer's certificate is verified; no proxy, no redirect,
 * no cookie, whatever the environment says.  What is sent is exactly what is given.
 */
#ifndef BROKER_GATE_UPSTREAM_H
#define BROKER_GATE_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"

#define UPSTREAM_CONNECT_MS 10000
#define UPSTREAM_STALL_S 1200 /* without a byte either way */
#define UPSTREAM_HEAD 65536   /* bytes of an answer's head */

struct upstream;
struct upstream_call;

struct upstream_init {
	struct loop *loop;
	/* "HOST:PORT:TO-HOST:TO-PORT" each; copied. */
	const char *const *connect_to;
	size_t n_connect_to;
	/* Whom to trust; a reference is taken. */
	X509_STORE *trust;
};

/* On RC_OK *ret is yours: upstream_free(). */
enum rc upstream_new(
    const struct upstream_init *init, struct upstream **ret, struct err *err);
/* Drops calls in flight without a word.  Not from inside a callback.  NULL is fine. */
void upstream_free(struct upstream *u);

struct upstream_request {
	const char *method;
	const char *host;
	const char *target; /* path and query, as signed */
	/* Lines "Name: value\r\n", Host among them; no length, coding, Expect. */
	struct span headers;
	bool has_body; /* even an empty one */
	bool chunked;
	uint64_t length; /* unless chunked */
	bool expects;	 /* wait for AWS's word before the body is asked for */
};

/* Called with curl on the stack: cancel only by upstream_cancel(). */
struct upstream_owner {
	void *arg;
	/* Bytes of the body: RC_OK with *n > 0, RC_END, RC_WAIT (until upstream_more()),
	 * else the call fails. */
	enum rc (*fill)(void *arg, uint8_t *p, size_t room, size_t *n);
	/* The final answer's status, reason and headers (lines as they came). */
	enum rc (*head)(
	    void *arg, unsigned status, const char *reason, struct span lines);
	/* RC_OK: taken; RC_WAIT: nothing of it, until upstream_go(); else it fails. */
	enum rc (*body)(void *arg, struct span bytes);
	/* Over.  RC_OK: the answer is whole.  RC_RETRY: not reached, cut off, too slow.
	 * RC_REFUSE: not who it must be, or no HTTP.  RC_FAIL: ours.  The call is gone
	 * when this returns. */
	void (*done)(void *arg, enum rc rc, const struct err *err);
};

/* owner is copied, r borrowed for the call.  On RC_OK *ret is good until done() or
 * upstream_cancel(). */
enum rc upstream_start(struct upstream *u, const struct upstream_request *r,
    const struct upstream_owner *owner, struct upstream_call **ret, struct err *err);
/* There is more body; the answer is taken again. */
void upstream_more(struct upstream_call *c);
void upstream_go(struct upstream_call *c);
/* No callback comes any more.  NULL is fine. */
void upstream_cancel(struct upstream_call *c);

#endif
