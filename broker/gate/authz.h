/* Who signed a request, and for where and when: the Authorization header or a
 * presigned URL's query, verified with the dummy key.
 *
 * Refused: no signature, two of them, another algorithm than AWS4-HMAC-SHA256 (SigV4a,
 * SigV2, bearer), a session token, a date more than five minutes away, an unsigned
 * host or x-amz-* header, a scope that does not fit the date.  Source: AWS General
 * Reference, "Create a signed AWS API request"; S3 API reference, "Authenticating
 * Requests".
 */
#ifndef BROKER_GATE_AUTHZ_H
#define BROKER_GATE_AUTHZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/gate/head.h"
#include "broker/gate/refused.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/base/sigv4.h"

#define AUTHZ_SKEW_MS 300000
#define AUTHZ_WORD 64 /* region, service, key id, with the NUL */

enum authz_payload {
	AUTHZ_NONE,	       /* no x-amz-content-sha256: the body's hash is signed */
	AUTHZ_HASH,	       /* the hash that it names */
	AUTHZ_UNSIGNED,	       /* UNSIGNED-PAYLOAD, or a presigned S3 URL */
	AUTHZ_STREAM_UNSIGNED, /* STREAMING-UNSIGNED-PAYLOAD-TRAILER */
	AUTHZ_STREAM_SIGNED,   /* STREAMING-AWS4-HMAC-SHA256-PAYLOAD */
	AUTHZ_STREAM_SIGNED_TRAILER,
};

struct authz {
	bool presigned;
	char id[AUTHZ_WORD]; /* access key id */
	char region[AUTHZ_WORD];
	char service[AUTHZ_WORD]; /* the signing name */
	char date[9];		  /* of the scope */
	uint64_t time_ms;	  /* X-Amz-Date */
	unsigned expires;	  /* presigned: seconds */
	enum authz_payload payload;
	char hash[SIGV4_HEX]; /* AUTHZ_HASH: lower-case hex */
	char names[2048];     /* SignedHeaders */
	char signature[SIGV4_HEX];
};

/* Read what the head says; nothing is believed yet.  S3 without
 * x-amz-content-sha256 is refused unless presigned.  RC_REFUSE, RC_FAIL. */
enum rc authz_read(const struct head *h, struct authz *ret, struct refused *why);

/* Is it signed with this key, now?  id and secret are the dummy's; body_hash is the hex
 * SHA-256 of the whole body as it came (HTTP chunking undone, gzip not), or NULL if the
 * body is streamed.  For AUTHZ_NONE it is needed; for AUTHZ_HASH it is compared when it
 * is there.  RC_REFUSE: 403 InvalidClientTokenId, SignatureDoesNotMatch,
 * RequestTimeTooSkewed, or 400. */
enum rc authz_verify(const struct authz *a, const struct head *h, struct span id,
    const struct secret *secret, uint64_t now_ms, const char *body_hash,
    struct refused *why);

/* The key of the request's scope and date, for awschunks_init.  It borrows from both. */
void authz_key(
    const struct authz *a, const struct secret *secret, struct sigv4_key *ret);

#endif
