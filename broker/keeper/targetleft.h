/* Sessions on targets that an earlier life left open there. */
#ifndef BROKER_KEEPER_TARGETLEFT_H
#define BROKER_KEEPER_TARGETLEFT_H

#include "broker/store/store.h"

/* Call fn for the next of them after the one named ("SID/NUMBER", the number of the event
 * with 20 digits; empty: the first): its "target.opened" has no "target.closed",
 * "target.ended" or "target.left" behind it, and its recording ended since then without
 * an end.  RC_END: there is none; RC_REFUSE: an odd after; RC_FAIL: the store, or
 * memory. */
enum rc targetleft_next(struct store *s, struct span after, uint64_t since_ms,
    store_event_fn *fn, void *arg, struct err *err);

#endif
