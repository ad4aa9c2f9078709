/* What goes to the archive next: whole recordings, pieces of them, and proofs.
 *
 * The store knows how far each recording has come, so that after an interruption the rest
 * follows.  What was handed out and not confirmed goes again: under the same name, with
 * the same bytes.  Nothing here changes a recording.
 */
#ifndef BROKER_KEEPER_PARCEL_H
#define BROKER_KEEPER_PARCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/keeper/depot.h"
#include "broker/keeper/shelf.h"
#include "broker/store/store.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

#define PARCEL_OUT 4		     /* handed out and not confirmed, at most */
#define PARCEL_AGE_MS (5 * 60000ull) /* a recording under way waits so long at most */
/* Nothing that is sent while a session runs is locked for a shorter time than what is
 * sent at its end: no session lasts longer. */
#define PARCEL_LONGEST_MS (8 * 86400000ull)
/* A recording whose proof has not come by then has none. */
#define PARCEL_PROOF_MS 3600000ull

struct parcels;

/* All borrowed. */
enum rc parcel_open(struct store *store, struct depot *depot, struct shelf *shelf,
    struct parcels **ret, struct err *err);
/* NULL is fine. */
void parcel_close(struct parcels *p);
/* How it is done from now on; nothing is handed out before. */
void parcel_terms(struct parcels *p, const struct msg_terms *t);

bool parcel_ships(const struct parcels *p);

/* Bytes [offset, offset + len) of a file of this recording. */
struct parcel_piece {
	uint8_t sid[16];
	uint64_t offset, len;
};

/* The next one, in an open transaction: ended recordings, the oldest first, then what is
 * due of those under way.  It is out from here on; *fd is yours, read-only.  RC_END:
 * nothing is due; RC_REFUSE: PARCEL_OUT are out; RC_FAIL: I/O. */
enum rc parcel_next(struct parcels *p, uint64_t now_ms, struct parcel_piece *ret,
    int *fd, struct err *err);
/* What is said of the one that is out of this recording, now that its digest is known;
 * borrows from p and from sha256.  False: none is. */
bool parcel_describe(struct parcels *p, const uint8_t sid[16], const uint8_t sha256[32],
    struct msg_parcel *ret);
/* It could not be handed out: another try will come. */
void parcel_drop(struct parcels *p, const uint8_t sid[16]);
/* Its file cannot be read: the same, but not before some minutes, so that it holds up no
 * other; logged. */
void parcel_aside(
    struct parcels *p, const uint8_t sid[16], uint64_t now_ms, const struct err *err);
/* One has arrived, or has not, in an open transaction.  *whole: the recording is now all
 * there but for its proof, *ret is its row.  RC_REFUSE: it was not handed out. */
enum rc parcel_arrived(struct parcels *p, const struct msg_shipped *m, uint64_t now_ms,
    bool *whole, struct store_rec *ret, struct err *err);

struct parcel_backlog {
	uint64_t bytes;	    /* of recordings, that have to go */
	uint64_t oldest_ms; /* since when the first of them waits; 0: none */
	uint64_t count;	    /* of recordings */
};
enum rc parcel_backlog(
    struct parcels *p, uint64_t now_ms, struct parcel_backlog *ret, struct err *err);
/* May another recording begin?  RC_RETRY with a sentence: more waits than may. */
enum rc parcel_admit(struct parcels *p, uint64_t now_ms, struct err *err);

#endif
