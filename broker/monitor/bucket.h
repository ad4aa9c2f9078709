/* One object into an S3 bucket, proven to have arrived: PutObject and nothing else.
 *
 * The body's SHA-256 is signed, sent as a checksum, and has to come back in the answer;
 * else the object counts as not sent.  No multipart, no read, no listing, no delete.
 * Source: S3 API reference, PutObject; "Checking object integrity"; "Object Lock".
 */
#ifndef BROKER_MONITOR_BUCKET_H
#define BROKER_MONITOR_BUCKET_H

#include <stddef.h>
#include <stdint.h>

#include "broker/vault/vault.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define BUCKET_BODY_MAX (64u << 20)

struct loop;
struct bucket;	    /* puts in flight */
struct bucket_call; /* one of them */

enum bucket_lock { BUCKET_OPEN, BUCKET_GOVERNANCE, BUCKET_COMPLIANCE };

/* Where to; borrowed for the call of bucket_put(). */
struct bucket_place {
	const char *bucket;
	const char *region;
	/* HOST or HOST:PORT of another service that speaks S3, which then gets the
	 * bucket in the path; NULL: AWS's. */
	const char *endpoint;
	const char *const *connect_to; /* as in struct http_options */
	size_t n_connect_to;
	const char *ca_file;
};

/* What; borrowed in the same way, the body too: it is copied. */
struct bucket_object {
	struct span key; /* whole; see objectname.h */
	struct span body;
	const uint8_t *sha256; /* of the body, 32 bytes; NULL: it is made here */
	const char *type;      /* Content-Type */
	enum bucket_lock lock;
	uint64_t until_ms; /* wall clock, with a lock */
};

/* From the loop, once, never from inside bucket_put().  RC_OK: the object stands there,
 * byte for byte.  RC_RETRY: not reached, or trouble there.  RC_REFUSE: it says no, or
 * what came back is not the checksum of what was sent.  RC_FAIL: our trouble.  err is
 * fit for the log and for administrators. */
typedef void bucket_fn(void *arg, enum rc rc, const struct err *err);

/* v is borrowed for its life.  On RC_OK *ret is yours: bucket_free(). */
enum rc bucket_new(
    struct loop *l, struct vault *v, struct bucket **ret, struct err *err);
/* Drops what is in flight without its callback.  NULL is fine. */
void bucket_free(struct bucket *b);

/* Put it, signed with l, or with the gateway's own credentials if l is NULL.  On RC_OK
 * fn will be called; *ret (may be NULL) is good until then or bucket_cancel().
 * RC_REFUSE: a part of it is ill-formed; RC_WAIT, RC_RETRY, RC_FAIL: as vault_sign()
 * and http_ask(). */
enum rc bucket_put(struct bucket *b, const struct bucket_place *at,
    const struct lease *l, const struct bucket_object *o, bucket_fn *fn, void *arg,
    struct bucket_call **ret, struct err *err);
/* Drop it without its callback.  NULL is fine. */
void bucket_cancel(struct bucket_call *c);

#endif
