/* A client's connection: CONNECT, TLS, then one request after the other.
 *
 * The first byte tells what comes: a proxy's CONNECT, TLS, or plain HTTP.  A command's
 * gate takes CONNECT alone, with its password.  Only one request is served at a time:
 * bytes that come before its answer is out (pipelining) end the connection behind that
 * answer.
 */
#ifndef BROKER_GATE_DOWNSTREAM_H
#define BROKER_GATE_DOWNSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/ssl.h>

#include "broker/gate/head.h"
#include "broker/gate/leaf.h"
#include "broker/gate/refused.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"

/* Above this much waiting for the client, downstream_full() says so. */
#define DOWNSTREAM_WAITS (256u * 1024)
/* Milliseconds: of a head from its first byte and of a handshake; of silence between
 * requests; of a client that neither sends nor takes what is awaited; of a body that
 * nobody wants any more; of an end. */
#define DOWNSTREAM_HEAD_MS 10000
#define DOWNSTREAM_IDLE_MS 300000
#define DOWNSTREAM_STALL_MS 300000
#define DOWNSTREAM_DRAIN_MS 30000
#define DOWNSTREAM_LINGER_MS 2000

struct downstream;

/* What holds for all connections of a gate; outlives them. */
struct downstream_rules {
	struct loop *loop;
	SSL_CTX *ctx;
	struct leaf *leaf;
	/* "user:password" in base64: CONNECT alone is taken, and only with it.  Empty:
	 * an SDK's connection, which takes all three. */
	struct span password;
};

/* From the loop; never from inside one of the functions below. */
struct downstream_owner {
	void *arg;
	/* A request; h is yours.  Its answer ends with downstream_finish(). */
	void (*request)(void *arg, struct downstream *d, struct head *h);
	/* There may be more of its body. */
	void (*more)(void *arg, struct downstream *d);
	/* downstream_full() is false again. */
	void (*drained)(void *arg, struct downstream *d);
	/* What did not become a request; it is answered already.  host: as far as it
	 * is known, or "". */
	void (*refused)(void *arg, struct downstream *d, const char *host,
	    const struct refused *why);
	/* Closed, by either side, or broken: free it, now or later. */
	void (*gone)(void *arg, struct downstream *d);
};

/* fd does not block; taken, also on failure.  rules is borrowed, owner copied. */
enum rc downstream_open_take(int fd, const struct downstream_rules *rules,
    const struct downstream_owner *owner, struct downstream **ret, struct err *err);
/* NULL is fine. */
void downstream_free(struct downstream *d);

/* For the owner's use. */
void downstream_bind(struct downstream *d, void *what);
void *downstream_bound(const struct downstream *d);

/* The tunnel's name ("" when there is none: endpoint mode) and the name that the TLS
 * handshake asked for ("" without TLS). */
const char *downstream_tunnel(const struct downstream *d);
const char *downstream_sni(const struct downstream *d);

/* A leaf has come: go on with a handshake that waits for one. */
void downstream_wake(struct downstream *d);

/* The request's body, HTTP's chunks undone: append at most most bytes to out.  RC_OK:
 * some.  RC_WAIT: more() will be called.  RC_END: that was all.  RC_REFUSE: malformed.
 * RC_FAIL: the client is gone (gone() follows). */
enum rc downstream_body(
    struct downstream *d, size_t most, struct buf *out, struct err *err);
/* Ask for no more() until the next downstream_body(). */
void downstream_pause(struct downstream *d);
/* "100 Continue", when the client expects one and has not had it. */
void downstream_continue(struct downstream *d);
/* Bytes of the answer. */
void downstream_write(struct downstream *d, struct span bytes);
bool downstream_full(const struct downstream *d);
/* May the connection go on after this answer?  (The client wants it so, has sent
 * nothing too early, and the request's body is read.) */
bool downstream_keeps(const struct downstream *d);
/* The answer is complete.  keep false: close behind it. */
void downstream_finish(struct downstream *d, bool keep);
/* Close at once: the answer cannot be completed. */
void downstream_cut(struct downstream *d);

#endif
