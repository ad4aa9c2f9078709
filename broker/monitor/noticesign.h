/* The signature of a notice: a receiver that shares the secret knows that it is ours,
 * when it was sent, and, by its id, whether it came before.
 *
 *	Broker-Signature: t=UNIX,id=ID,v1=HEX
 *
 * HEX is HMAC-SHA256 with the secret over "UNIX.ID.BODY".
 */
#ifndef BROKER_MONITOR_NOTICESIGN_H
#define BROKER_MONITOR_NOTICESIGN_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Append the header's line with its end.  unix_s: seconds since 1970; id: what the notice
 * is called in each of its tries.  RC_FAIL: OpenSSL cannot (memory). */
enum rc noticesign_put(struct span secret, uint64_t unix_s, const char *id,
    struct span body, struct buf *out, struct err *err);

#endif
