/* Notices to webhooks: each change of a hold, signed, from a durable queue.
 *
 * A receiver that is slow, down or rude costs commands nothing: the queue is the
 * keeper's, deliveries are retried with growing pauses, and what is refused for good is
 * set aside.
 */
#ifndef BROKER_MONITOR_NOTIFY_H
#define BROKER_MONITOR_NOTIFY_H

#include "lib/base/err.h"

struct monitor;
struct notify;
struct verb_call;

/* Listens to m's holds from now on.  On RC_OK *ret is yours: notify_free().  RC_FAIL:
 * memory. */
enum rc notify_new(struct monitor *m, struct notify **ret, struct err *err);
void notify_free(struct notify *n);
/* Take back from the keeper what was not delivered.  done(arg, RC_OK) is called at once:
 * notices hold up nothing.  What cannot be read is logged, and waits for another start. */
void notify_recall(struct notify *n, void (*done)(void *arg, enum rc rc), void *arg);
/* Apply a new configuration. */
void notify_recheck(struct notify *n);

/* The verb "notify test [NAME]|list|retry ID|retry all|drop ID".  n may be NULL: there are
 * no notices. */
#define NOTIFY_WORDS "test|list|retry|drop"
void notify_verb(struct notify *n, struct verb_call *call);

#endif
