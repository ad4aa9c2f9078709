/* Runbooks of the policies, and what people have said of their templates.
 *
 * A template is approved by its digest, once: any edit of it, or of a set that it names,
 * is another one, which nobody has approved yet.
 */
#ifndef BROKER_MONITOR_RUNBOOKS_H
#define BROKER_MONITOR_RUNBOOKS_H

#include <jansson.h>
#include <stdbool.h>

#include "broker/monitor/voters.h"
#include "lib/base/buf.h"
#include "lib/model/facts.h"
#include "lib/model/verdict.h"
#include "policies/runbook.h"

struct monitor;
struct verb_call;

#define RUNBOOKS_WORDS "list|show NAME|request NAME"

/* The one of that name ("POLICY/NAME", or NAME where one policy alone of those that are
 * for the asker has it) that is for whoever asks; NULL: there is none. */
const struct runbook *runbooks_find(
    const struct monitor *m, const char *name, const struct facts *who);

/* True when its template is approved, by people who are enough for its own conditions as
 * they are now. */
bool runbooks_approved(const struct monitor *m, const struct runbook *rb);
/* The id of the hold by which it was approved, borrowed; "" where it is not. */
const char *runbooks_hold(const struct monitor *m, const struct runbook *rb);
/* Who approved it, a list as of hold_approvals_json(); yours, or NULL. */
json_t *runbooks_approvals(const struct monitor *m, const struct runbook *rb);
/* True when those who approved its template are enough for these conditions of rules that
 * hold a command of it, too; who asks for the command never counts among them. */
bool runbooks_suffice(const struct monitor *m, const struct runbook *rb,
    const struct voters_for *asker, const struct verdict *v);

/* The verb "runbook": list, show NAME, request NAME [--reason TEXT]. */
void runbooks_verb(struct verb_call *call);

#endif
