/* The way from HTTPS to a websocket: where it leads, what is asked, what must be said.
 *
 * Sources: RFC 6455 sections 4.1 and 4.2.2; for the signature the AWS SDKs.
 */
#ifndef BROKER_TARGET_UPGRADE_H
#define BROKER_TARGET_UPGRADE_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/sigv4.h"

#define UPGRADE_HEAD 16384u /* bytes of an answer's head */
#define UPGRADE_KEY 25	    /* of Sec-WebSocket-Key, with the NUL */

/* A StreamUrl in its parts, borrowed from its text, byte for byte. */
struct upgrade_url {
	char host[256];
	struct span path;  /* from its slash */
	struct span query; /* without '?'; may be empty */
};

/* Read a StreamUrl.  Its host must be ssmmessages.REGION.SUFFIX, the one that sessions
 * of this region have.  RC_REFUSE: another scheme, host or port, a user, a fragment,
 * characters that do not stand in a request. */
enum rc upgrade_url(struct span text, const char *region, const char *suffix,
    struct upgrade_url *ret, struct err *err);

/* It bears its own signature: nothing is to be added. */
bool upgrade_presigned(const struct upgrade_url *u);

/* Append the request: signed with key unless that is NULL or the URL is presigned.
 * ws_key: fresh, of upgrade_key().  RC_REFUSE: it cannot be signed; RC_FAIL: memory. */
enum rc upgrade_request(const struct upgrade_url *u, const struct sigv4_key *key,
    const char *ws_key, struct buf *out, struct err *err);
enum rc upgrade_key(char out[UPGRADE_KEY], struct err *err);

/* Look at what came.  RC_WAIT: the head is not whole; RC_OK: it is a websocket, and *used
 * bytes were the head.  RC_REFUSE: it is no, or no HTTP, or over UPGRADE_HEAD; text says
 * which, printable; *status is the answer's, 0 where there is none. */
enum rc upgrade_answer(struct span bytes, const char *ws_key, size_t *used,
    unsigned *status, struct err *err);

#endif
