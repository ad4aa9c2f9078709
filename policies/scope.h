/* A session policy for exactly what a verdict covers: the second lock behind the gate.
 *
 * It allows each need's action on each need's resource and nothing beside, save one
 * thing: where a need reads or writes data that a service may keep encrypted, the keys
 * of the account may be used through that service (kms:ViaService), since a request
 * does not tell whether it will take a key, or which one.
 *
 * S3's ARNs have no account, so aws:ResourceAccount binds what names a bucket to the
 * place's.  All other ARNs carry their account; an action on "*" (ListAllMyBuckets) has
 * no resource whose account could be compared, and a condition would only break it.
 */
#ifndef POLICIES_SCOPE_H
#define POLICIES_SCOPE_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/iam.h"

#define SCOPE_MAX 2048 /* characters that STS takes */

/* Append the policy, compact JSON in ASCII.  RC_REFUSE, nothing appended: there are no
 * needs, it is longer than SCOPE_MAX, or a resource is none that a policy can name; the
 * caller then uses what the rule itself says.  RC_FAIL: memory. */
enum rc scope_policy(const struct iam_needs *needs, const struct iam_place *place,
    struct buf *out, struct err *err);
/* The same without any key: of calls that read no data, whatever their actions would
 * let others read. */
enum rc scope_bare(const struct iam_needs *needs, const struct iam_place *place,
    struct buf *out, struct err *err);

#endif
