/* From an API call to what it takes: IAM actions on resources, by the model's names and
 * tables of exceptions that are kept by hand.
 *
 * A need is judged by rules under its operation's name: the call itself, and each
 * action more that its members imply ("s3:PutObjectAcl" for a x-amz-acl, "iam:PassRole"
 * for a role that is handed on, "s3:BypassGovernanceRetention").  A batch needs what it
 * does to each item under that operation's name too, so that what is said of
 * DeleteObject holds for DeleteObjects.
 *
 * What a request cannot tell: an IAM name's path (the ARN of role NAME is role/NAME
 * unless the request has a Path), the role inside an instance profile, and which key an
 * alias means.
 */
#ifndef POLICIES_IAM_H
#define POLICIES_IAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "policies/apicall.h"
#include "policies/awsmodel.h"

#define IAM_NEEDS 4096 /* DeleteObjects takes 1000 keys, each three needs at most */

struct iam_need {
	const char *service;   /* as rules call it: "s3" */
	const char *operation; /* "DeleteObject"; or an action that is no operation */
	const char *action;    /* "s3:DeleteObject" */
	const char *arn;       /* "*": the operation names no resource, or one that
				 * nobody here knows how to name */
	bool implied;	       /* of a member, not of the operation itself */
	bool pattern;	      /* '*' and '?' in arn are wildcards; else they are letters
				 * of a name */
	const char *resource; /* what a policy of IAM says in place of arn: wildcards of
				 * a name escaped; "*" where the action cannot be bound to
				 * a resource */
};

struct iam_needs {
	size_t n;
	struct iam_need *v;
	void *store; /* owns the texts */
};

/* Where a call runs; all borrowed. */
struct iam_place {
	const char *partition; /* "aws" */
	const char *account;
	const char *region;
};

/* What the call needs, its own need first.  A name is made into the ARN of the place's
 * account and region; a full ARN stays as it is, so that a rule for another account
 * does not fit.  On RC_OK clear with iam_clear().  RC_REFUSE: an operation that the
 * model does not know, a resource member whose value is not known, or over a bound. */
enum rc iam_needs(const struct apicall *c, const struct iam_place *place,
    struct iam_needs *ret, struct err *err);
/* The same where the call's service and operation are known. */
enum rc iam_needs_of(const struct apicall *c, const struct awsmodel_service *service,
    const struct awsmodel_operation *op, const struct iam_place *place,
    struct iam_needs *ret, struct err *err);
void iam_clear(struct iam_needs *n);

/* Paths of the operation's input whose values a decision looks at beside plain
 * members: a list that ends with "", NULL when there are none.  Their parts are members
 * by the API's names: awsmodel_param(), then awsmodel_member(), give the wire's. */
const char *const *iam_paths(const char *service, const char *operation);

/* True when the response carries credentials: refused unless a rule names exactly this
 * operation, and its bodies are never recorded. */
bool iam_credentials(const char *service, const char *operation);

/* Members that a rule has to list by name in aws.parameters before they may be sent,
 * whatever else it allows: they widen what the operation does ("UserData"). */
bool iam_listed_only(const char *service, const char *operation, const char *member);

/* Members that the CLI sends of itself or to page through a result (tokens, checksums,
 * encoding-type): on the wire beside what argv named without changing what is done. */
bool iam_harmless(const char *service, const char *operation, const char *member);

/* The operations, parted by blanks, that need an IAM action which is not called as they
 * are: "HeadBucket ListObjects ListObjectsV2" for s3 and ListBucket; NULL: none. */
const char *iam_action_operations(const char *service, const char *action);

#endif
