/* A session policy for AWS that is as wide as the rules, and no wider: what a lease is
 * cut to where the request itself cannot be named in so few bytes, or is not known yet
 * (an SDK's).  It is a second wall behind the gate's verdict on each call, and may let
 * through what that verdict does not: conditions on parameters have no place in it.
 */
#ifndef POLICIES_RULESCOPE_H
#define POLICIES_RULESCOPE_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/facts.h"
#include "policies/rule.h"

#define RULESCOPE_MAX 2048 /* what AWS takes */

/* Append the policy of all rules that may let something through for these facts (their
 * path, who asks): JSON, ASCII, a statement a rule, and one for the keys of the account
 * that services keep data with.  Resources of accounts other than the facts' are out,
 * wherever AWS tells whose a resource is.  RC_REFUSE: there is no
 * such rule, a pattern that AWS would read otherwise, or more than RULESCOPE_MAX bytes;
 * RC_FAIL: memory. */
enum rc rulescope_policy(const struct ruleset *set, const struct facts *facts,
    struct buf *out, struct err *err);

#endif
