/* Events that the keeper writes itself, in the same transaction as the change they tell
 * of, so that neither stands without the other.
 *
 *	recording.opened	{}
 *	recording.closed	{"len":N,"h":HEX}
 *	recording.recovered	{"len":N,"h":HEX,"why":TEXT}	a valid prefix, no end
 *	recording.lost		{}	the store knows it, no file is there
 *	recording.unproven	{"why":TEXT}	closed, but not what it should be inside
 *	recording.cut		{"why":TEXT}	its session was told to end
 *	recording.reserve	{"why":TEXT}	the reserve was given up for its end
 *	recording.blocked	{"why":TEXT}	no new one may begin, once for each reason
 *	recording.unblocked	{}		they may again
 *	hold.pending		{"hold":ID,"digest":HEX,"policy":HEX,"until_ms":N}
 *	hold.vote		{"hold":ID,"proof":TEXT,"reason":TEXT}	one of several
 *	hold.approved, .denied, .expired, .cancelled, .spent	the same
 *			and "key", "source" (texts), "verified" (true), where known
 *	grant.made		{"grant":ID,"digest":HEX (of one for a command),
 *				"until_ms":N,"uses":N,"approvals":[…]}	as in votes.h
 *	grant.used, .revoked, .expired
 *				{"grant":ID,"for":IDENTITY,"used":N,"uses":N,
 *				"proof":TEXT,"reason":TEXT}
 *	article.waiting, .approved, .removed
 *				{"kind":"script" or "runbook","name":TEXT,"digest":HEX,
 *				"hold":ID,"proof":TEXT,"reason":TEXT,"approvals":[…]}
 *	notice.set-aside	{"notice":ID,"outlet":TEXT,"tries":N,"reason":TEXT}
 */
#ifndef BROKER_KEEPER_AUDIT_H
#define BROKER_KEEPER_AUDIT_H

#include <stdint.h>

#include <jansson.h>

#include "broker/store/store.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* RC_OK when the text is one JSON object without a key that stands twice, else
 * RC_REFUSE: what others give as an event's detail. */
enum rc audit_detail_ok(struct span text, struct err *err);

/* r as it is now; why may be NULL. */
enum rc audit_recording(struct store *s, const struct store_rec *r, uint64_t at_ms,
    const char *why, struct err *err);
/* A closed recording was looked at whole and does not hold: why. */
enum rc audit_unproven(struct store *s, const uint8_t sid[16], uint64_t at_ms,
    const char *why, struct err *err);
/* One of the others; sid and why may be NULL. */
enum rc audit_alarm(struct store *s, const char *kind, const uint8_t sid[16],
    uint64_t at_ms, const char *why, struct err *err);
/* A hold is new; a hold was voted on or has changed. */
enum rc audit_hold_new(struct store *s, const struct store_hold *h, struct err *err);
enum rc audit_hold_set(struct store *s, const struct store_vote *v, struct err *err);

/* Who did it, by which proof, and why; each may be empty. */
struct audit_word {
	struct span by, proof, reason;
};

/* Text of others as it is, or escaped where it is no UTF-8.  Yours; NULL: memory. */
json_t *audit_text(struct span s);
/* A grant is new; it was used, or ended: what is "used", "revoked" or "expired", and g
 * as it is then. */
enum rc audit_grant_made(struct store *s, const struct store_grant *g,
    const json_t *approvals, struct err *err);
enum rc audit_grant_set(struct store *s, const struct store_grant *g, uint64_t at_ms,
    const char *what, const struct audit_word *w, struct err *err);
/* what: "waiting", "approved" or "removed".  approvals may be NULL. */
enum rc audit_article(struct store *s, const struct store_article *a, uint64_t at_ms,
    const char *what, const struct audit_word *w, const json_t *approvals,
    struct err *err);
enum rc audit_notice_aside(
    struct store *s, const struct store_notice *n, uint64_t at_ms, struct err *err);

#endif
