/* Articles: texts that people approve once, by digest: scripts and runbooks.
 *
 * One that is brought (a script by "script add", a runbook by "runbook request") becomes
 * a hold of the path "script" or "runbook"; with its approval the keeper spends the hold
 * and marks the article approved in one commit.
 */
#ifndef BROKER_MONITOR_ARTICLES_H
#define BROKER_MONITOR_ARTICLES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/hold.h"
#include "lib/model/verdict.h"
#include "lib/wire/msg.h"

struct articles;
struct hold;
struct monitor;
struct verb_call;

enum rc articles_new(struct monitor *m, struct articles **ret, struct err *err);
void articles_free(struct articles *all);
void articles_recall(
    struct articles *all, void (*done)(void *arg, enum rc rc), void *arg);

/* True when the article of this kind, name and digest (HOLD_DIGEST bytes) is approved,
 * and by people who are enough for these needs (NULL: for any). */
bool articles_approved(const struct articles *all, enum msg_article_kind kind,
    const char *name, const uint8_t *digest, const struct verdict *needs);
/* The id of the hold that approved it, borrowed; NULL: it is not approved. */
const char *articles_hold(const struct articles *all, enum msg_article_kind kind,
    const char *name, const uint8_t *digest);

/* The verb "script add|list|remove". */
void articles_script_verb(struct articles *all, struct verb_call *call);

#endif
