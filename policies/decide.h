/* The engine: a pure function of rules, request and facts.
 *
 * Every point (question.h: an operation on a resource) is judged alone against every
 * rule of its path: a deny that may be about it denies it; else it has to be let through
 * by an allow or hold that is surely about it; else it is denied for want of a rule;
 * and a hold that may be about it holds it.  The most severe point is the verdict.  The
 * order of rules and files does not matter, not even for what is named.
 */
#ifndef POLICIES_DECIDE_H
#define POLICIES_DECIDE_H

#include "lib/model/facts.h"
#include "lib/model/verdict.h"
#include "policies/apicall.h"
#include "policies/aws.h"
#include "policies/iam.h"
#include "policies/rule.h"

/* A command line.  Sets *ret, all of it.  Never fails: whatever is missing or does not
 * fit (no facts, no proof, no memory, needs that cannot be told, more than
 * VERDICT_NEEDS hold rules) is a deny. */
void decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret);

/* One call as the wire showed it, with what it needs (iam_needs for the facts' account
 * and the call's own region).  argv: the command that makes it, which has to cover it
 * (cover.h) before any rule is asked; NULL for an SDK's call.  facts->region stays the
 * command's (its profile's), never the call's: a call to elsewhere would be taken for
 * one that the words meant.  facts->path must be
 * PATH_EXEC with argv, PATH_API without; else it is a deny, as everything is that
 * decide() denies. */
void decide_call(const struct ruleset *set, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs,
    const struct facts *facts, struct verdict *ret);

/* True when a call's hold asks for nothing but what released the command: every one of
 * its rules is among those of the command's verdict.  It may go out then; any other
 * hold on the wire of a command is a deny. */
bool decide_released(const struct verdict *call, const struct verdict *argv);

/* True when some rule may let whoever asks do anything at all on the facts' path: an
 * allow or hold of that path whose who holds.  Nothing is decided by it. */
bool decide_any(const struct ruleset *set, const struct facts *facts);

#endif
