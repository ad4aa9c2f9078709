/* Checkpoints of the log leave this host: without a copy outside, whoever has the disk
 * can take the log and the recordings back together, and nothing shows it.
 *
 * The newest checkpoint goes to each place of recording.checkpoint_to; one that is under
 * way is finished first, those in between are left out.  What fails is tried again, with
 * growing pauses; after PUBLISH_ALARM failures in a row an event says so, and another one
 * when it goes again.
 */
#ifndef BROKER_MONITOR_PUBLISH_H
#define BROKER_MONITOR_PUBLISH_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/wire/msg.h"

#define PUBLISH_ALARM 3
#define PUBLISH_NOTE_MAX 4096 /* bytes of a signed note */

struct monitor;
struct publish;

/* m is borrowed; the places of its present configuration are copied, and stay until the
 * end.  On RC_OK *ret is yours: publish_free().  RC_FAIL: memory. */
enum rc publish_new(struct monitor *m, struct publish **ret, struct err *err);
/* Drops what is under way.  NULL is fine. */
void publish_free(struct publish *p);

/* There is a new one.  Older ones than the newest are ignored. */
void publish_checkpoint(struct publish *p, const struct msg_checkpoint *c);

/* True when recording.durability is strict, and a checkpoint has waited for
 * recording.checkpoint_age while none of the places that answer (outlet.h) took it or a
 * newer one: nothing new may begin. */
bool publish_stale(const struct publish *p);

#endif
