/* Grants: an approval given beforehand, for a while and for so many times.
 *
 * One is asked for by the verb "grant add", becomes a hold of the path "grant", and is
 * there once people have approved it as its rule asks: the keeper spends the hold and
 * makes the grant in one commit.  Each use is durable before what it lets run begins.
 */
#ifndef BROKER_MONITOR_GRANTS_H
#define BROKER_MONITOR_GRANTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/hold.h"
#include "lib/model/verdict.h"

struct grant;
struct grants;
struct monitor;
struct verb_call;

/* m is borrowed; its holds are there, and are freed before: calls that wait for both are
 * answered by them.  On RC_OK *ret is yours: grants_free(), NULL is fine.  RC_FAIL:
 * memory. */
enum rc grants_new(struct monitor *m, struct grants **ret, struct err *err);
void grants_free(struct grants *all);
/* Take back from the keeper those that are not over; done(arg, rc) follows. */
void grants_recall(struct grants *all, void (*done)(void *arg, enum rc rc), void *arg);

/* The grant under which this identity's held command may run now: one that covers all
 * of the verdict's needs, by rule or by this digest, and whose approvers still suffice
 * for them.  NULL: there is none. */
struct grant *grants_find(const struct grants *all, const char *identity,
    const struct verdict *v, const uint8_t digest[HOLD_DIGEST], const char *reason);
/* Use it once: fn(arg, RC_OK) when that is durable; RC_REFUSE: it is over, or used up;
 * RC_FAIL: the keeper is gone.  Called once, perhaps before it returns, unless
 * grants_forget(arg) came first.  The grant is there until fn() has returned: what is to
 * be known of it later has to be copied. */
void grant_use(
    struct grant *g, void (*fn)(void *arg, enum rc rc, const char *why), void *arg);
void grants_forget(struct grants *all, const void *arg);
/* Its id, borrowed; how many uses are left; who gave it, as hold_approvals_json() (yours,
 * or NULL). */
const char *grant_id(const struct grant *g);
unsigned grant_left(const struct grant *g);
json_t *grant_approvals_json(const struct grant *g);
/* Those of one identity, for whoami: a JSON list, yours; NULL when out of memory. */
json_t *grants_of_json(const struct grants *all, const char *identity);
/* The same as text: "grant    7F3K-Q2MX rule p/delete, 3 of 5 uses, 840 s", a line each. */
void grants_put(const struct grants *all, const char *identity, struct buf *out);

/* The verb "grant add|list|revoke". */
void grants_verb(struct grants *all, struct verb_call *call);

#endif
