/* The keeper's parts, for the files of this room.
 *
 * Messages, on a frame socket to the monitor; a frame's id is the request's number.
 * KEEPER comes first.  Each request is answered by KEPT with its id,
 * once it is durable:
 *
 *	EVENT		refused: no kind, no JSON object
 *	HOLD_NEW	refused: odd or taken id
 *	HOLD_SET	refused: forbidden transition, second vote.  State "pending"
 *			with a name in `by` is a yes that does not suffice yet
 *	RECALL		answer with one row (RECALLED); end: there is none after it.
 *			refused: an odd kind or id
 *	GRANT_NEW	its approved hold, of the path "grant", is spent for it.
 *			refused: no such hold, or not approved; odd times or uses
 *	GRANT_SET	refused: it is not open, or this is not within its time
 *	ARTICLE_NEW	refused: it is there already, an odd kind or name
 *	ARTICLE_SET	approved: its hold, of the path "script" or "runbook", is spent
 *			for it.  refused: no such article, or it does not go there
 *	NOTICE_NEW, NOTICE_SET	refused: an id that is taken, or is not there
 *	TERMS		how recordings are kept from now on
 *	OPEN_REC	answer with one descriptor, append only, and what the identity's
 *			quota has left.  retry: nothing can be recorded now, and the
 *			text says why; refused: the session is known
 *	SEAL_REC	answer with dkid and signature, 72 bytes.  refused: no open
 *			recording, sealed before, or its file does not begin as the
 *			request says
 *	CLOSE_REC	ok: the file ends as it must and is closed; it is proven whole
 *			behind the answer.  refused: it does not; it is kept all the
 *			same, as recovered, and the text says what was found
 *
 *	RESERVE_REC	the reserve is given up, if it is there still, and whoever else
 *			is writing is cut
 *
 *	LEAF_REC	this recipients list, or these policies, are in force: a leaf of
 *			the log when that is news
 *
 * Two go out unasked.  CUT_REC: what this session records is not safe, or too much.
 * CHECKPOINT: the log has a new one, to be published outside.
 *
 * KEPT with "fail" means that the keeper itself failed, and is its last word.
 */
#ifndef BROKER_KEEPER_KEEPER_H
#define BROKER_KEEPER_KEEPER_H

#include "broker/keeper/commit.h"
#include "broker/keeper/depot.h"
#include "broker/keeper/fitness.h"
#include "broker/keeper/hasher.h"
#include "broker/keeper/inspector.h"
#include "broker/keeper/journal.h"
#include "broker/keeper/parcel.h"
#include "broker/keeper/quota.h"
#include "broker/keeper/reserve.h"
#include "broker/keeper/roster.h"
#include "broker/keeper/shelf.h"
#include "broker/keeper/syncer.h"
#include "broker/store/store.h"
#include "lib/base/loop.h"
#include "lib/wire/port.h"
#include "recorder/keyfile.h"
#include "recorder/trust.h"

/* Requests for the reserve that wait at once; whoever else asks tries its luck. */
#define KEEPER_WAITING 256

struct keeper {
	struct loop *loop;
	struct port *port;
	struct store *store;
	struct depot *depot;
	struct shelf *shelf;
	struct parcels *parcels;
	struct hasher *hasher; /* of parcels */
	struct commit *commit;
	struct inspector *inspector;
	struct syncer *syncer;
	struct quota *quota;
	struct roster *roster;
	struct reserve *reserve;
	struct fitness *fitness;
	struct timer *tick;
	/* Requests for the reserve. */
	struct timer *patience;
	unsigned patience_turns;
	uint32_t waiting[KEEPER_WAITING];
	size_t nwaiting;
	struct journal *journal;
	struct keyfile *key;
	struct trust *trust;
	bool failed; /* a batch failed: only the end is left */
};

/* What start-up found. */
struct recovery {
	uint32_t recovered; /* recordings without an end, or lost */
	uint32_t held;	    /* holds that are pending or approved */
};

/* answer.c: serve the monitor on sock (taken), and say KEEPER.  k->loop is stopped when
 * the monitor closes, or after a failure. */
enum rc answer_open_take(
    struct keeper *k, int sock, const struct recovery *r, struct err *err);
/* What the inspector calls. */
void answer_inspected(void *arg, const struct inspection *i);
/* End a recording as its file shows, in the open transaction: move it to done, note it
 * in the store and in the log, write the event.  reason: where it has no end.  *whole tells whether it was closed, else `why` (of
 * ERR_TEXT bytes) says what is wrong with it. */
enum rc answer_end_rec(struct keeper *k, const uint8_t sid[16],
    const struct proof *proof, enum leaf_recover reason, bool *whole, char *why,
    struct err *err);

/* The syncer has made a recording durable, or could not. */
void answer_synced(struct keeper *k, const struct synced *s);

/* upkeep.c: what is looked after once a second, and what the monitor asks of it.
 * upkeep_open makes the parts, once this process is confined; upkeep_begin lets time
 * run.  reserve: bytes. */
enum rc upkeep_open(struct keeper *k, uint64_t reserve, struct err *err);
void upkeep_begin(struct keeper *k);
void upkeep_close(struct keeper *k);
/* May this identity begin a recording now?  *left: what its quota has left.  RC_RETRY
 * with a sentence for its client. */
enum rc upkeep_admit(
    struct keeper *k, struct span identity, uint64_t *left, struct err *err);
/* Requests, as answer.c's. */
enum rc keep_terms(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);
enum rc keep_reserve_rec(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);

/* archive.c: what is asked about the archive.  archive_open makes the parts, before this
 * process is confined; archive_begin starts its thread, once it is. */
enum rc archive_open(struct keeper *k, struct err *err);
enum rc archive_begin(struct keeper *k, struct err *err);
void archive_close(struct keeper *k);
/* Requests, as answer.c's. */
enum rc keep_ship_ask(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);
enum rc keep_shipped(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);
/* recall.c: RECALL is answered by RECALLED, or KEPT; all before it is committed first. */
void recall_answer(struct keeper *k, uint32_t id, const struct msg_recall *ask);

/* approved.c: what approvals are made into.  RC_REFUSE: this hold is for such a thing, and
 * is not to be spent for anything else. */
enum rc approved_may_run(struct keeper *k, struct span hold, struct err *err);
/* Requests, as answer.c's. */
enum rc keep_grant_new(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);
enum rc keep_grant_set(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);
enum rc keep_article_new(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);
enum rc keep_article_set(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);
enum rc keep_notice_new(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);
enum rc keep_notice_set(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);

/* tidy.c: the end of recordings, and of shred keys. */
enum rc keep_tidy(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);

/* recover.c: after a start, end what an earlier life left open.  Commits. */
enum rc recover(struct keeper *k, struct recovery *ret, struct err *err);

/* profile.c: confine this process for good; these folders stay usable;
 * NULL-terminated. */
enum rc profile_keeper(const char *const *folders, struct err *err);

#endif
