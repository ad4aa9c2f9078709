/* The recordings that are being written: whose they are, how long, and whether what
 * they hold is safe.
 *
 * Once a second each is looked at: what has grown is synced, counted for its identity's
 * quota, and cut where a quota is used up.  A recording whose sync failed is cut, too,
 * and stays marked: it never counts as whole.
 */
#ifndef BROKER_KEEPER_ROSTER_H
#define BROKER_KEEPER_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/keeper/depot.h"
#include "broker/keeper/quota.h"
#include "broker/keeper/syncer.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

/* No recording is begun for an identity that has less left than this. */
#define ROSTER_LEAST (512u << 10)

struct roster;

struct roster_owner {
	void *arg;
	/* End this session: STOP_QUOTA or STOP_DISK.  Once for each. */
	void (*cut)(
	    void *arg, const uint8_t sid[16], enum msg_why why, const char *text);
};

/* depot, syncer and quota are borrowed; the syncer's answers are the caller's to pass
 * on.  RC_FAIL: memory. */
enum rc roster_new(struct depot *depot, struct syncer *syncer, struct quota *quota,
    const struct roster_owner *owner, struct roster **ret, struct err *err);
/* NULL is fine. */
void roster_free(struct roster *r);
/* Bytes of one recording; 0: no bound.  Sessions keep it themselves: one that is past
 * it by a MiB has forgotten. */
void roster_most(struct roster *r, uint64_t bytes);

/* A new recording, in the depot already; *left is what its identity may still have.
 * RC_RETRY: less than ROSTER_LEAST. */
enum rc roster_room(
    struct roster *r, struct span identity, uint64_t *left, struct err *err);
enum rc roster_add(
    struct roster *r, const uint8_t sid[16], struct span identity, struct err *err);
/* It has ended at this length; one that is not here is fine. */
void roster_end(struct roster *r, const uint8_t sid[16], uint64_t len);
/* Why it is not safe, borrowed; NULL: nothing is known against it. */
const char *roster_trouble(const struct roster *r, const uint8_t sid[16]);

/* Look at all of them. */
void roster_look(struct roster *r);
/* Sync this one with its metadata, for request id; the syncer answers.  RC_REFUSE: that
 * was asked before. */
enum rc roster_sync(
    struct roster *r, const uint8_t sid[16], uint32_t id, struct err *err);
/* What the syncer has done. */
void roster_synced(struct roster *r, const struct synced *s);
/* The disk is full, and sid has stopped writing.  All others that are growing are cut,
 * so that nobody eats what is made free for their ends. */
void roster_full(struct roster *r, const uint8_t sid[16]);
/* True when all that were cut so have stopped writing, too. */
bool roster_still(const struct roster *r);

#endif
