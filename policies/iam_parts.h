/* What the files of iam share: one call's needs while they are gathered. */
#ifndef POLICIES_IAM_PARTS_H
#define POLICIES_IAM_PARTS_H

#include <string.h>

#include "policies/awsmodel.h"
#include "policies/iam.h"

struct iam_store;

struct iam_work {
	const struct apicall *call;
	const struct iam_place *place;
	struct awsmodel_service service;
	struct awsmodel_operation op;
	const char *action; /* of the call itself, "s3:GetObject" */
	struct iam_need *v;
	size_t n, cap;
	struct iam_store *store;
	struct err *err;
};

/* A resource while it is added: as rules see it, as a policy of IAM says it. */
struct iam_resource {
	const char *arn;
	const char *policy; /* escaped; NULL: the same as arn, which has no wildcard */
	bool pattern;
};

/* Texts that live as long as the needs.  NULL when out of memory. */
char *iam_text(struct iam_work *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "s3" and "GetObject" as "s3:GetObject". */
const char *iam_action_text(struct iam_work *w, const char *prefix, const char *name);

/* Add a need of the call itself; one that a member implies, under the operation's name.
 * A need that is there already is not added again. */
enum rc iam_add_own(struct iam_work *w, const struct iam_resource *r);
enum rc iam_add_implied(struct iam_work *w, const char *service, const char *operation,
    const char *action, const struct iam_resource *r);

/* The first value of a member.  RC_OK with *ret empty and *there false when the call
 * lacks it; RC_REFUSE when it is there and its value is not known. */
enum rc iam_value(
    struct iam_work *w, const char *member, struct span *ret, bool *there);

/* A template filled: {p} partition, {r} region, {a} account, {v} value, {Member} or
 * {Member|default} another member's value, of an ARN what follows its last slash.  As
 * "arn:{p}:" and the template.  RC_REFUSE: a member is missing or not known, a value is
 * no text for an ARN, or has wildcards where the template has some. */
enum rc iam_fill(struct iam_work *w, const char *arn, const char *policy,
    struct span value, struct iam_resource *ret);
/* The value as it is, an ARN. */
enum rc iam_verbatim(struct iam_work *w, struct span value, struct iam_resource *ret);

/* True when two names are the same.  Tables of hundreds of rows are walked for each call:
 * nearly all of them differ in their first letter. */
static inline bool
iam_same(const char *a, const char *b)
{
	return a[0] == b[0] && strcmp(a, b) == 0;
}

/* True when word is one of list's words, which blanks part; a '*' at the end of a word
 * of the list stands for anything. */
bool iam_listed(const char *list, const char *word);

/* iam_actions.c: the action's name, without prefix, of an operation. */
const char *iam_action_name(const char *service, const char *operation);

/* Each adds the call's own needs, and those of its items; none when it knows no
 * resource.  iam_names() is for every service that has no file of its own. */
enum rc iam_s3(struct iam_work *w);
enum rc iam_apigateway(struct iam_work *w);
enum rc iam_items(struct iam_work *w);
enum rc iam_names(struct iam_work *w);
enum rc iam_ec2(struct iam_work *w);

/* True when IAM binds the operation's action to no resource that the call names. */
bool iam_unbound(const char *service, const char *operation);

/* What the value of a member is. */
enum iam_form {
	IAM_NAME,
	IAM_FUNCTION,  /* of lambda: name, name:qualifier, account:function:name */
	IAM_QUEUE_URL, /* https://sqs.REGION.amazonaws.com/ACCOUNT/NAME */
	IAM_PARAMETER, /* of ssm: /a/b, name, name:version */
	IAM_PATH,      /* of ssm: a parameter and all below */
	IAM_ZONE_ID,   /* "/hostedzone/Z1" or "Z1" */
	IAM_KEY,       /* of kms: an id or alias/NAME */
	IAM_FAMILY,    /* of ecs: family or family:revision */
};

struct iam_row {
	const char *service;
	const char *operations; /* parted by blanks; NULL: all others */
	const char *member;	/* "": whatever the call says */
	const char *arn;	/* behind "arn:PARTITION:"; NULL: it names nothing */
	const char *policy;	/* where a policy of IAM needs another text */
	enum iam_form form;
};

extern const struct iam_row iam_rows[];
extern const size_t iam_rows_n;

/* Roles that are handed on: the same, for the test that walks them; false behind the
 * last. */
bool iam_pass_row(size_t i, struct iam_row *ret);

/* iam_implied.c: what members imply. */
enum rc iam_implied(struct iam_work *w);

#endif
