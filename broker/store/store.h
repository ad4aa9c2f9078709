/* What must outlive us: events, holds with their votes, what was made of approvals, and
 * the list of recordings.
 *
 * One writer.  All changes happen between store_begin and store_commit, so that many
 * requests share one commit; after RC_OK of store_commit they are on disk.  A change
 * that answers RC_REFUSE has done nothing and the transaction goes on.  After RC_FAIL
 * the caller must roll back and should give up.
 *
 * Each event carries h = SHA-256 over
 *	"broker-event/1" and one zero byte | h of the event before (32 zero bytes for
 *	the first) | u64 seq | u64 at_ms | kind, identity, sid, rule, detail as strings
 *	(u32 length, bytes), all big endian,
 * so that an edit of any row but the last shows, and of the last to whoever noted
 * its h.
 */
#ifndef BROKER_STORE_STORE_H
#define BROKER_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/hold.h"

struct store;

/* Spans in these structs are borrowed: from the caller on the way in, until the
 * callback returns on the way out. */
struct store_event {
	uint64_t seq; /* from 1; set by the store */
	uint64_t at_ms;
	struct span kind;     /* "verdict", "hold.approved", …; never empty */
	struct span identity; /* or empty */
	struct span sid;      /* 16 bytes or empty */
	struct span rule;     /* or empty */
	struct span detail;   /* JSON object */
	uint8_t h[32];	      /* set by the store */
};

struct store_hold {
	struct span id; /* as id_hold() makes them */
	struct span identity;
	uint8_t digest[HOLD_DIGEST];
	struct span rule;
	uint8_t policy[32];
	struct span canon;
	uint64_t at_ms, until_ms;
	enum hold_state state; /* a new one is pending, whatever stands here */
	uint64_t changed_ms;   /* set by the store */
	struct span detail;
};

/* A change of a hold, or a vote for it. */
struct store_vote {
	struct span hold;
	/* Where the hold goes.  HOLD_PENDING: a yes that is counted and does not
	 * suffice yet; by must be given then. */
	enum hold_state state;
	uint64_t at_ms;
	struct span by; /* identity; empty for the broker's own doing */
	struct span proof;
	struct span reason;
	/* Of who said it; kept with a person's yes or no. */
	struct span key;    /* fingerprint, or empty */
	struct span source; /* address, or empty */
	bool verified;	    /* by the key's own PIN or finger */
};

/* A grant; its id is that of the hold which people approved for it. */
struct store_grant {
	struct span id;
	struct span identity;
	struct span rule; /* what it is for: a rule, … */
	bool has_digest;  /* … or one command */
	uint8_t digest[HOLD_DIGEST];
	uint64_t at_ms, until_ms;
	uint32_t uses, used;
	uint8_t
	    state; /* enum msg_grant_state; a new one is open, whatever stands here */
	struct span detail;
};

/* A script or runbook. */
struct store_article {
	uint8_t kind; /* enum msg_article_kind */
	struct span name;
	uint8_t digest[HOLD_DIGEST]; /* of the content */
	struct span content;
	uint64_t at_ms, changed_ms; /* changed_ms: set by the store */
	uint8_t state;		    /* enum msg_article_state */
	struct span by;		    /* who brought it */
	struct span hold;	    /* that approved it; or empty */
	struct span detail;
};

/* What is to be delivered to a webhook. */
struct store_notice {
	struct span id;
	struct span outlet;
	uint64_t at_ms, next_ms;
	uint32_t tries;
	uint8_t state; /* enum msg_notice_state */
	struct span body;
	struct span error; /* of the last try */
};

/* The numbers stand in the store: never renumber. */
enum store_rec_state {
	STORE_REC_OPEN = 1,
	STORE_REC_CLOSED,    /* footer seen and proven */
	STORE_REC_RECOVERED, /* a valid prefix without an end */
	STORE_REC_LOST,	     /* no file was there any more */
};

/* These numbers stand there, too. */
enum store_lock {
	STORE_LOCK_NONE,
	STORE_LOCK_GOVERNANCE,
	STORE_LOCK_COMPLIANCE,
};
enum store_shred {
	STORE_SHRED_NONE,
	STORE_SHRED_KEY,  /* it can be opened with its shred key only */
	STORE_SHRED_DONE, /* which was destroyed */
};
enum store_ship {
	STORE_SHIP_PART, /* `shipped` bytes of it have arrived in the archive */
	STORE_SHIP_FILE, /* all of them, but not its proof */
	STORE_SHIP_ALL,
};

#define STORE_IDENTITY 65 /* bytes, with the NUL */
#define STORE_CLASS 65

struct store_rec {
	uint8_t sid[16];
	enum store_rec_state state;
	uint64_t opened_ms, ended_ms;
	bool sealed;		 /* spk and h1 are set */
	uint8_t spk[32], h1[32]; /* what the device key certified */
	uint64_t len;		 /* of the valid prefix, when ended */
	uint8_t h[32];		 /* the chain there */
	/* What it was opened under. */
	char identity[STORE_IDENTITY]; /* empty: not known */
	char class_[STORE_CLASS];
	uint64_t keep_s;      /* seconds from ended_ms on; 0: for ever */
	enum store_lock lock; /* of its objects in the archive */
	enum store_shred shred;
	/* How far it is in the archive. */
	enum store_ship ship;
	uint64_t shipped; /* bytes from the beginning */
	uint32_t parts;	  /* segments; 0 also when it went as one */
	uint64_t shipped_ms;
	uint64_t gone_ms; /* when our own copy was removed; 0: it was not */
};

typedef enum rc store_event_fn(void *arg, const struct store_event *e, struct err *err);
typedef enum rc store_hold_fn(void *arg, const struct store_hold *h, struct err *err);
typedef enum rc store_vote_fn(void *arg, const struct store_vote *v, struct err *err);
typedef enum rc store_grant_fn(void *arg, const struct store_grant *g, struct err *err);
typedef enum rc store_article_fn(
    void *arg, const struct store_article *a, struct err *err);
typedef enum rc store_notice_fn(
    void *arg, const struct store_notice *n, struct err *err);
typedef enum rc store_rec_fn(void *arg, const struct store_rec *r, struct err *err);

/* Open DIR/broker.db, or make it.  RC_REFUSE when the file is another program's or
 * another version's, or its newest STORE_CHECKED events do not fit their chain; RC_FAIL
 * for I/O and memory.  The caller holds whatever lock keeps a second writer away. */
#define STORE_CHECKED 1000
enum rc store_open_sqlite(const char *dir, struct store **ret, struct err *err);
/* A store in memory, for tests: the same answers, nothing survives. */
enum rc store_open_memory(struct store **ret, struct err *err);
/* Roll back what is not committed, close.  NULL is fine. */
void store_close(struct store *s);

/* RC_FAIL also when a transaction is open already, or none is. */
enum rc store_begin(struct store *s, struct err *err);
enum rc store_commit(struct store *s, struct err *err);
/* Never fails; does nothing outside a transaction. */
void store_rollback(struct store *s);
bool store_busy(const struct store *s);

/* Append.  RC_REFUSE: no kind, a sid of odd length, a time beyond 2^63. */
enum rc store_event_add(struct store *s, const struct store_event *e, struct err *err);
/* Call fn for each event from seq on, in order; what it answers but RC_OK ends the walk
 * and is returned. */
enum rc store_events(
    struct store *s, uint64_t from, store_event_fn *fn, void *arg, struct err *err);
/* The same for those of one session. */
enum rc store_events_of(struct store *s, const uint8_t sid[16], store_event_fn *fn,
    void *arg, struct err *err);
/* Walk from seq on and compare every h.  RC_REFUSE names the first row that does not
 * fit.  What stands before from is taken as it is. */
enum rc store_verify(struct store *s, uint64_t from, struct err *err);
/* The number and h of the newest event; 0 and zeros when there is none. */
enum rc store_last(struct store *s, uint64_t *seq, uint8_t h[32], struct err *err);

/* RC_REFUSE: no proper id, an id that is taken, or times that do not fit. */
enum rc store_hold_add(struct store *s, const struct store_hold *h, struct err *err);
/* RC_REFUSE: no such hold, a transition that lib/model/hold.h forbids, the same person
 * saying yes, or no, a second time, an approval by nobody, or one yes more than
 * STORE_VOTES.  by (64 bytes), proof (32), key and source (128 each) of a vote are
 * visible ASCII and spaces. */
#define STORE_VOTES 28
enum rc store_hold_set(struct store *s, const struct store_vote *v, struct err *err);
/* RC_END when there is no such hold. */
enum rc store_hold_state(
    struct store *s, struct span id, enum hold_state *ret, struct err *err);
/* Each hold in this state, by id. */
enum rc store_holds(struct store *s, enum hold_state state, store_hold_fn *fn,
    void *arg, struct err *err);
/* The hold of that id, with RC_OK, to fn.  RC_END when there is none. */
enum rc store_hold_get(
    struct store *s, struct span id, store_hold_fn *fn, void *arg, struct err *err);
/* The first hold in this state whose id is greater than after (empty: any) and that
 * changed at since_ms or later, to fn.  RC_END when there is none. */
enum rc store_hold_next(struct store *s, enum hold_state state, struct span after,
    uint64_t since_ms, store_hold_fn *fn, void *arg, struct err *err);
/* The newest holds, most at most, of this identity and rule, asked for at since_ms or
 * later, without the one named. */
enum rc store_holds_like(struct store *s, struct span identity, struct span rule,
    uint64_t since_ms, struct span without, unsigned most, store_hold_fn *fn, void *arg,
    struct err *err);
/* Each vote on this hold, by name. */
enum rc store_votes(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err);

/* A new grant, made of the approved hold of the same id, which is spent for it.
 * RC_REFUSE: no such hold, or not approved; odd times, uses or identity; neither rule
 * nor digest. */
#define STORE_GRANT_USES 1000000
enum rc store_grant_add(struct store *s, const struct store_grant *g, struct err *err);
/* Use it once.  RC_REFUSE: there is none, at_ms is not within its time, or it is used up
 * or ended. */
enum rc store_grant_use(
    struct store *s, struct span id, uint64_t at_ms, struct err *err);
/* End it as GRANT_REVOKED or GRANT_EXPIRED.  RC_REFUSE: none, or it has ended. */
enum rc store_grant_end(
    struct store *s, struct span id, uint8_t state, uint64_t at_ms, struct err *err);
/* The grant of that id, in any state, to fn.  RC_END when there is none. */
enum rc store_grant_get(
    struct store *s, struct span id, store_grant_fn *fn, void *arg, struct err *err);
/* The first open grant whose id is greater than after.  RC_END when there is none. */
enum rc store_grant_next(
    struct store *s, struct span after, store_grant_fn *fn, void *arg, struct err *err);

/* A new article, waiting.  RC_REFUSE: one of that kind, name and digest is there and not
 * removed (a removed one waits again), or had another content; an odd kind or name; by
 * nobody. */
#define STORE_ARTICLE_NAME 128 /* bytes of visible ASCII, at most */
enum rc store_article_add(
    struct store *s, const struct store_article *a, struct err *err);
/* waiting → approved or removed, approved → removed; else RC_REFUSE.  Approving spends
 * the approved hold that a names.  Kind, name, digest, state, hold and at_ms of a are
 * looked at. */
enum rc store_article_set(
    struct store *s, const struct store_article *a, struct err *err);
/* The first that is not removed behind "KIND/NAME/DIGEST" (kind as a number, digest in
 * hex; empty: the first of all).  RC_END when there is none; RC_REFUSE: no such id. */
enum rc store_article_next(struct store *s, struct span after, store_article_fn *fn,
    void *arg, struct err *err);

/* A new notice, waiting and due.  RC_REFUSE: an id that is taken or odd, no outlet, an
 * odd time. */
#define STORE_NOTICE_ID 22 /* lower-case hex digits */
enum rc store_notice_add(
    struct store *s, const struct store_notice *n, struct err *err);
/* state, tries, next_ms and error of n.  A delivered one is gone from then on.
 * RC_REFUSE: none of that id, an odd state or time. */
enum rc store_notice_set(
    struct store *s, const struct store_notice *n, struct err *err);
/* The notice of that id to fn.  RC_END when there is none. */
enum rc store_notice_get(
    struct store *s, struct span id, store_notice_fn *fn, void *arg, struct err *err);
/* The first, waiting or set aside, behind that id.  RC_END when there is none. */
enum rc store_notice_next(struct store *s, struct span after, store_notice_fn *fn,
    void *arg, struct err *err);

/* A new, open recording: sid, opened_ms, identity, class_, keep_s, lock and shred
 * (NONE or KEY) are taken from r.  RC_REFUSE: the sid is known already, or odd values. */
enum rc store_rec_add(struct store *s, const struct store_rec *r, struct err *err);
/* Note what was certified.  RC_REFUSE: no such recording, not open, or sealed before.
 */
enum rc store_rec_seal(struct store *s, const uint8_t sid[16], const uint8_t spk[32],
    const uint8_t h1[32], struct err *err);
/* End it as state says.  RC_REFUSE: no such recording, not open, or state is "open". */
enum rc store_rec_end(struct store *s, const uint8_t sid[16],
    enum store_rec_state state, uint64_t at_ms, uint64_t len, const uint8_t h[32],
    struct err *err);
/* Note what has arrived in the archive: ship, shipped, parts and shipped_ms of r.
 * RC_REFUSE: no such recording, gone, less than before, or "all" of one that is open. */
enum rc store_rec_ship(struct store *s, const struct store_rec *r, struct err *err);
/* Its shred key is destroyed.  RC_REFUSE: no such recording, gone, open, or it has no
 * shred key any more. */
enum rc store_rec_shred(struct store *s, const uint8_t sid[16], struct err *err);
/* Our own copy is removed.  RC_REFUSE: no such recording, gone before, or open. */
enum rc store_rec_gone(
    struct store *s, const uint8_t sid[16], uint64_t at_ms, struct err *err);
/* RC_END when there is none. */
enum rc store_rec_get(
    struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err);
/* Each recording in this state, by sid. */
enum rc store_recs(struct store *s, enum store_rec_state state, store_rec_fn *fn,
    void *arg, struct err *err);
/* Closed and recovered ones that are here and not all in the archive, the oldest end
 * first. */
enum rc store_recs_to_ship(
    struct store *s, store_rec_fn *fn, void *arg, struct err *err);
/* Closed and recovered ones that are here and whose time was up before now_ms, the
 * longest first. */
enum rc store_recs_to_expire(
    struct store *s, uint64_t now_ms, store_rec_fn *fn, void *arg, struct err *err);
/* Those of one identity that were opened at since_ms or later, by that time. */
enum rc store_recs_of(struct store *s, struct span identity, uint64_t since_ms,
    store_rec_fn *fn, void *arg, struct err *err);
/* "open", "closed", "recovered", "lost"; "?". */
const char *store_rec_name(unsigned state);

#endif
