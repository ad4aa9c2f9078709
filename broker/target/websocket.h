/* A websocket to AWS: RFC 6455 over TLS, the client's side, in the loop.
 *
 * TLS is libcurl's, frames are libwslay's.  Both ways are bounded: a sender is told when
 * to wait, and nothing is read while the owner takes nothing.
 */
#ifndef BROKER_TARGET_WEBSOCKET_H
#define BROKER_TARGET_WEBSOCKET_H

#include <stdbool.h>

#include "broker/target/target.h"

#define WEBSOCKET_MESSAGE (1u << 20) /* bytes of a message that comes */
#define WEBSOCKET_QUEUE (1u << 18)   /* bytes that wait to be sent */
#define WEBSOCKET_PING_MS 45000u
#define WEBSOCKET_PONG_MS 60000u /* after a ping: silence is the end */
#define WEBSOCKET_OPEN_MS 20000u /* from the first packet to the answer's head */

struct websocket;

/* From the loop.  websocket_free() is fine within each. */
struct websocket_owner {
	void *arg;
	/* It is one: messages may be sent. */
	void (*opened)(void *arg);
	/* A binary message, whole. */
	void (*message)(void *arg, struct span bytes);
	/* What was full takes again. */
	void (*writable)(void *arg);
	/* It is gone, whoever closed it; nothing else follows.  RC_RETRY: the way broke,
	 * or it was closed in order.  RC_REFUSE: it was refused, or is not whom it must
	 * be; refused: by who it must be.  RC_END: what came is no websocket's.
	 * RC_FAIL: ours. */
	void (*closed)(void *arg, enum rc rc, bool refused, const struct err *err);
};

/* Go to a StreamUrl, signed with the credentials of the day if there are any.  owner is
 * copied.  On RC_OK closed() will follow, *ret is yours: websocket_free().  RC_REFUSE:
 * an address that upgrade_url() does not take; RC_FAIL: memory, libcurl. */
enum rc websocket_open(struct target_net *n, struct span url,
    const struct websocket_owner *owner, struct websocket **ret, struct err *err);
/* Closed in order (1000) as far as that takes no waiting; nothing is called any more.
 * NULL is fine. */
void websocket_free(struct websocket *w);

/* Queue a message, copied.  False: WEBSOCKET_QUEUE bytes wait already (writable()
 * follows), or it is not open. */
bool websocket_send(struct websocket *w, bool text, struct span bytes);
/* Take no messages, or take them again.  Some that are read already may still come. */
void websocket_pause(struct websocket *w, bool pause);

#endif
