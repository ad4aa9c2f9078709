/* Holds in flight: commands and API calls that wait for people.
 *
 * Every change of state is durable in the keeper's store before anybody hears of it. An
 * approval is spent once; who may give it is the rule's word (from, auth, need), less
 * the asker, the asker's owner, and anybody with the asker's key.
 */
#ifndef BROKER_MONITOR_HOLDS_H
#define BROKER_MONITOR_HOLDS_H

#include <stdbool.h>
#include <jansson.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/hold.h"
#include "lib/model/verdict.h"

struct hold;
struct holds;
struct monitor;
struct verb_call;

struct hold_init {
	const char *path; /* of its digest: "exec", "api", "grant", … */
	/* What is shown of it and what it takes to run it later, a JSON object (borrowed;
	 * NULL: nothing); stored with it.  Members, each where it means something:
	 * "argv": list of words, "out": bool, "role", "account", "region", "stdin":
	 * {"kind": "none|unreviewed|hashed", "sha256", "bytes"}, "calls": list of
	 * "service:operation", "resources": list of ARNs, "preview": preview.h's. */
	const json_t *request;
	bool cancel_on_disconnect; /* on_disconnect: cancel */
	const char *identity;	   /* the asker */
	const char *owner;	   /* of an agent; or NULL */
	const char *key;	   /* the asker's key fingerprint */
	const char *source;	   /* where the asker connects from */
	const char *profile;
	const char *canon;	       /* canonical command */
	const char *reason;	       /* the asker's word; "" for none */
	const uint8_t *digest;	       /* HOLD_DIGEST bytes */
	const struct verdict *verdict; /* effect hold: conditions, rule, policy */
	uint64_t decide_ms; /* how long people have; the verdict's bound counts, too */
	/* What becomes of it.  opened: it is durable (rc RC_OK; else it never was, and
	 * is freed).  settled: approved, denied, expired or cancelled; by and reason
	 * say who and why, "" where nobody did. */
	void (*opened)(void *arg, enum rc rc, const char *why);
	void (*settled)(
	    void *arg, enum hold_state state, const char *by, const char *reason);
	/* All NULL for one that nobody waits for: then the owner of its path is told.
	 * hold_join() gave it to another asker: it is no longer this one's.  NULL for
	 * one that nobody else may join. */
	void (*joined)(void *arg);
	void *arg;
};

/* What is made of holds of a path by itself, without a caller that waits: grants and
 * articles.  It is told when one of them is settled, also of those that were there
 * before a restart; once it has spent an approved one (in the same commit as what it
 * makes), it says so by hold_was_spent(). */
struct hold_owner {
	void *arg;
	void (*settled)(void *arg, struct hold *h, enum hold_state state,
	    const char *by, const char *reason);
};

/* Who is told of each durable change of each hold: "pending", "vote", "approved",
 * "denied", "expired", "cancelled", "spent"; by and reason as in settled(). */
typedef void holds_listen_fn(void *arg, const struct hold *h, const char *event,
    const char *by, const char *reason);

/* None yet.  m is borrowed; on RC_OK *ret is yours: holds_free().  RC_FAIL: memory. */
enum rc holds_new(struct monitor *m, struct holds **ret, struct err *err);
/* Free it and its holds; a call that waits is answered with STATUS_FAILED.  NULL is
 * fine. */
void holds_free(struct holds *all);

/* Take back from the keeper what was pending, approved or lately denied when the broker
 * ended; done(arg, rc) follows once all of it is there.  Nobody is served before.  What
 * ran out meanwhile, or was to end with its caller's connection, ends at once; a row that
 * cannot be read is cancelled. */
void holds_recall(struct holds *all, void (*done)(void *arg, enum rc rc), void *arg);
/* Once everything else is taken back too: owners hear of approved ones of theirs. */
void holds_resume(struct holds *all);
/* path is a literal.  owner is copied. */
void holds_own(struct holds *all, const char *path, const struct hold_owner *owner);
/* HOLDS_LISTENERS at most; false when there are more. */
#define HOLDS_LISTENERS 8
bool holds_listen(struct holds *all, holds_listen_fn *fn, void *arg);
void holds_unlisten(struct holds *all, void *arg);
/* The live one (pending or approved) of that id as people write it; NULL for none. */
struct hold *holds_find(const struct holds *all, const char *id);
/* One that its caller has left, of the same identity and digest: approved and enough for v
 * now, or pending under v's conditions.  Borrowed; NULL for none. */
struct hold *holds_left(const struct holds *all, const char *identity,
    const uint8_t digest[HOLD_DIGEST], const struct verdict *v);
/* Each live one, the newest first; NULL at the end, or for none. */
const struct hold *holds_first(const struct holds *all);
const struct hold *hold_next(const struct hold *h);
/* How long ago (ms) the same digest was denied to the same identity, and by whom
 * (borrowed); false when it was not within holds.denied. */
bool holds_denied(const struct holds *all, const char *identity,
    const uint8_t digest[HOLD_DIGEST], uint64_t *ago_ms, const char **by);

/* Open one; the answer comes through opened().  On RC_OK *ret is borrowed, good until
 * hold_close().  RC_WAIT: the identity has too many open already. */
enum rc hold_open(struct holds *all, const struct hold_init *init, struct hold **ret,
    struct err *err);
/* What it is; borrowed. */
const char *hold_identity(const struct hold *h);
const char *hold_path(const struct hold *h);
const char *hold_canon(const struct hold *h);
/* As verdict.reveals: the calls whose answers are not masked once it is approved. */
const char *hold_reveals(const struct hold *h);
/* The text as people may see it, masked. */
const char *hold_shown(const struct hold *h);
const char *hold_reason(const struct hold *h);
const uint8_t *hold_digest_of(const struct hold *h);
const struct verdict *hold_verdict(const struct hold *h);
const json_t *hold_request(const struct hold *h); /* hold_init.request, or NULL */
/* When its present state ends by itself: clock_wall_ms(). */
uint64_t hold_until_ms(const struct hold *h);
/* All of it as JSON, for notices and lists: "id", "identity", "owner", "source",
 * "profile", "path", "command", "asker_says", "rule", "digest", "state", "needs",
 * "approvals", "asked", "until", and "request" without its preview.  Yours; NULL when
 * out of memory. */
json_t *hold_json(const struct hold *h);
/* A caller that comes for a left one (request ID): init's callbacks from now on, as by
 * hold_join().  False when somebody waits for it already, or it is being spent. */
bool hold_take_over(struct hold *h, const struct hold_init *init);
/* Its owner has spent it together with what it made: it is over and freed. */
void hold_was_spent(struct hold *h);
/* The names of those who approved it so far, each once: a JSON array, yours; NULL when
 * out of memory. */
json_t *hold_approvers_json(const struct hold *h);
/* The same with all that is known of each yes: {"name", "proof", "key" (of one by a
 * key), "source", "reason" (where one was given), "time"}. */
json_t *hold_approvals_json(const struct hold *h);
/* By which proof the last change of state was asked for: "key", "uid"; "" by nobody's. */
const char *hold_proof(const struct hold *h);
/* What people call it: "7F3K-Q2MX", borrowed. */
const char *hold_id(const struct hold *h);
/* How long people have, from its beginning. */
uint64_t hold_decide_ms(const struct hold *h);
/* When it was asked for, by the wall clock; and how long ago. */
uint64_t hold_asked_ms(const struct hold *h);
uint64_t hold_age_ms(const struct hold *h);
/* True when this is the digest (HOLD_DIGEST bytes) that people were asked about. */
bool hold_binds(const struct hold *h, const uint8_t *digest);
/* True when those who approved it, and what the asker said of it, are enough for these
 * conditions, which a reload may have changed since it was opened. */
bool hold_suffices(const struct hold *h, const struct verdict *v);
/* Spend an approved hold: fn(arg, RC_OK) exactly once in its life, and only within
 * holds.use of the approval, or the verdict's bound where that is shorter. */
void hold_spend(struct hold *h, void (*fn)(void *arg, enum rc rc, const char *why));
/* Take over the hold that is open for the same identity and digest, with init's
 * callbacks from now on: where it is pending or approved, opened() was called before.
 * NULL when there is none, or when it is being spent. */
struct hold *hold_join(struct holds *all, const struct hold_init *init);
/* on_disconnect: cancel was said of it. */
bool hold_ends_with_caller(const struct hold *h);
/* How it stands; 0 while it is not durable yet. */
enum hold_state hold_state(const struct hold *h);
/* The asker waits no longer, but may come back by hold_join(): it stays as it is until
 * it ends by itself.  No callback comes after it.  NULL is fine. */
void hold_leave(struct hold *h);
/* True when it was spent for conditions of these very rules, and those who approved it
 * are enough for them now: what people said yes to then covers this verdict too. */
bool hold_covers(const struct hold *h, const struct verdict *v);
/* The asker takes it back: as hold_close(), in the asker's name.  NULL is fine. */
void hold_withdraw(struct hold *h);
/* The asker is gone; pending and approved holds become cancelled.  No
 * callback comes after it. */
void hold_close(struct hold *h);

/* The verbs; each ends its call, now or once the store has what was changed. */
void holds_pending(struct holds *all, struct verb_call *call);
void holds_approve(struct holds *all, struct verb_call *call);
void holds_deny(struct holds *all, struct verb_call *call);
void holds_why(struct holds *all, struct verb_call *call);

#endif
