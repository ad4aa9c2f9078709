/* Articles: texts that people approve once, by digest: scripts and runbooks.
 *
 * One that is brought (a script by "script add", a runbook by "runbook request") waits
 * beside a hold of the path "script" or "runbook", whose asker is whoever brought it;
 * with its approval the keeper spends the hold and marks the article approved in one
 * commit.  It stays so until it is removed.  Another text of the same name is another
 * article, which waits anew while the older one stays as it is.
 */
#ifndef BROKER_MONITOR_ARTICLES_H
#define BROKER_MONITOR_ARTICLES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/hold.h"
#include "lib/model/verdict.h"
#include "lib/wire/msg.h"

struct article;
struct articles;
struct monitor;
struct verb_call;

#define ARTICLE_BYTES 65536 /* of one, at most */
#define ARTICLES_MAX 512    /* that are there at once */

/* m is borrowed; its holds are there, and are freed before: calls that wait for both are
 * answered by them.  On RC_OK *ret is yours: articles_free(), NULL is fine.  RC_FAIL:
 * memory. */
enum rc articles_new(struct monitor *m, struct articles **ret, struct err *err);
void articles_free(struct articles *all);
/* Take back those that are not removed, behind holds_recall(); done(arg, rc) follows.
 * One that waits and whose hold is over is removed. */
void articles_recall(
    struct articles *all, void (*done)(void *arg, enum rc rc), void *arg);

struct article_ask {
	enum msg_article_kind kind;
	const char *name;
	struct span content; /* ARTICLE_BYTES at most; looked at by its kind */
	/* What its approvers are asked for: effect hold, needs, rule, policy. */
	const struct verdict *verdict;
	const char *reason; /* of whoever brings it; "" for none */
};

/* Bring one; its call is answered, now or later: "approved" where this text is approved
 * already, else "pending" with the id of the hold. */
void articles_request(
    struct articles *all, const struct article_ask *ask, struct verb_call *call);
/* Remove one, approved or waiting, in the caller's name; its call is answered. */
void articles_remove(struct articles *all, struct article *a, const char *reason,
    struct verb_call *call);

/* True when the article of this kind, name and digest (HOLD_DIGEST bytes) is approved,
 * and by people who are enough for these needs as they are now (NULL: for any). */
bool articles_approved(const struct articles *all, enum msg_article_kind kind,
    const char *name, const uint8_t *digest, const struct verdict *needs);
/* The id of the hold that approved it, borrowed; NULL: it is not approved. */
const char *articles_hold(const struct articles *all, enum msg_article_kind kind,
    const char *name, const uint8_t *digest);

/* The one of this name whose digest begins with these hex digits ("": any).  NULL when
 * there is none, or more than one: then *many is set. */
struct article *articles_find(const struct articles *all, enum msg_article_kind kind,
    const char *name, const char *digits, bool *many);
/* Each of a kind, the newest first; NULL at the end.  after: the one before, or NULL. */
const struct article *articles_next(const struct articles *all,
    enum msg_article_kind kind, const struct article *after);

/* What it is; borrowed. */
const char *article_name(const struct article *a);
const uint8_t *article_digest(const struct article *a);
struct span article_content(const struct article *a);
const char *article_by(const struct article *a); /* who brought it */
bool article_is_approved(const struct article *a);
/* "name", "sha256", "bytes", "state" ("waiting", "approved"), "brought_by", "at", "hold",
 * and for an approved one "approvals"; yours, or NULL when out of memory. */
json_t *article_json(const struct article *a);
/* SHA-256 of a content; false when the hash fails. */
bool article_digest_of(struct span content, uint8_t ret[HOLD_DIGEST]);

#endif
