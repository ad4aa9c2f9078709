/* The engine: a pure function of rules, request and facts.
 *
 * Every call of the request is judged alone against every rule: its effect is the most
 * severe of all rules that match, and deny when none does.  The most severe call is the
 * verdict.  The order of rules and files does not matter, not even for what is named.
 */
#ifndef POLICIES_DECIDE_H
#define POLICIES_DECIDE_H

#include "lib/model/facts.h"
#include "lib/model/verdict.h"
#include "policies/aws.h"
#include "policies/rule.h"

/* Set *ret, all of it.  Never fails and allocates nothing; whatever is missing or does
 * not fit (no facts, no proof, more than VERDICT_NEEDS hold rules) is a deny. */
void decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret);

#endif
