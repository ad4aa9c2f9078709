/* What members of a call imply beside the call: above all roles that are handed on. */
#include "policies/iam_parts.h"

#include <string.h>
#include <strings.h>

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

#define ROLE "iam::{a}:role/{v}"
#define PROFILE "iam::{a}:instance-profile/{v}"
/* Which role is in an instance profile is not told by the call. */
#define ANY_ROLE "iam::{a}:role/*"

/* Members that hand a role on without being called "role" or without an ARN, and those
 * inside others.  A role's ARN in a plain member is found without a row. */
static const struct {
	const char *service;
	const char *operations; /* NULL: all */
	const char *member;
	const char *arn, *policy;
} passes[] = {
	{ "ec2", NULL, "IamInstanceProfile.Arn", PROFILE, ANY_ROLE },
	{ "ec2", NULL, "IamInstanceProfile.Name", PROFILE, ANY_ROLE },
	{ "ec2", NULL, "LaunchSpecification.IamInstanceProfile.Arn", PROFILE,
	    ANY_ROLE },
	{ "ec2", NULL, "LaunchSpecification.IamInstanceProfile.Name", PROFILE,
	    ANY_ROLE },
	{ "ec2", NULL, "LaunchTemplateData.IamInstanceProfile.Arn", PROFILE, ANY_ROLE },
	{ "ec2", NULL, "LaunchTemplateData.IamInstanceProfile.Name", PROFILE,
	    ANY_ROLE },
	{ "ec2", "CreateFlowLogs", "DeliverLogsPermissionArn", ROLE, NULL },
	{ "ec2", "RequestSpotFleet", "SpotFleetRequestConfig.IamFleetRole", ROLE,
	    NULL },
	{ "ec2", "ImportImage ImportSnapshot ExportImage", "RoleName", ROLE, NULL },
	{ "autoscaling", NULL, "IamInstanceProfile", PROFILE, ANY_ROLE },
	{ "iam", "AddRoleToInstanceProfile", "RoleName", ROLE, NULL },
	{ "lambda", "CreateFunction UpdateFunctionConfiguration", "Role", ROLE, NULL },
	{ "ecs", "CreateService", "role", ROLE, NULL },
	{ "ecs", "RegisterTaskDefinition", "taskRoleArn", ROLE, NULL },
	{ "ecs", "RegisterTaskDefinition", "executionRoleArn", ROLE, NULL },
	{ "ecs", "RunTask StartTask", "overrides.taskRoleArn", ROLE, NULL },
	{ "ecs", "RunTask StartTask", "overrides.executionRoleArn", ROLE, NULL },
	{ "ssm", "CreateActivation UpdateManagedInstanceRole", "IamRole", ROLE, NULL },
	{ "rds", NULL, "DomainIAMRoleName", ROLE, NULL },
	{ "s3", "PutBucketReplication", "ReplicationConfiguration.Role", ROLE, NULL },
	{ "events", "PutTargets", "Targets.RoleArn", ROLE, NULL },
	{ "cloudformation", "CreateStackSet UpdateStackSet", "ExecutionRoleName", ROLE,
	    NULL },
	{ "glue", NULL, "Role", ROLE, NULL },
	{ "emr", "RunJobFlow", "JobFlowRole", PROFILE, ANY_ROLE },
	{ "emr", "RunJobFlow", "ServiceRole", ROLE, NULL },
	{ "codebuild", "CreateProject UpdateProject", "serviceRole", ROLE, NULL },
};

/* Calls that name a role and hand it to nobody. */
#define LOOKS                                                                          \
	"Get* List* Describe* Search* Delete* Remove* Disassociate* Untag* Tag* "      \
	"Batch* "                                                                      \
	"Validate* Simulate*"

/* Services where a role is the thing worked on. */
#define OF_ROLES "iam sts sso rolesanywhere organizations accessanalyzer"

/* Actions that go with an operation, on what a member names. */
static const struct {
	const char *service, *operation, *member, *with, *action, *arn;
} also[] = {
	{ "kms", "ReEncrypt", "DestinationKeyId", "kms", "ReEncryptTo",
	    "kms:{r}:{a}:key/{v}" },
	{ "sqs", "SendMessageBatch", "QueueUrl", "sqs", "SendMessage", NULL },
	{ "sqs", "DeleteMessageBatch", "QueueUrl", "sqs", "DeleteMessage", NULL },
	{ "sqs", "ChangeMessageVisibilityBatch", "QueueUrl", "sqs",
	    "ChangeMessageVisibility", NULL },
	{ "sns", "PublishBatch", "TopicArn", "sns", "Publish", NULL },
	{ "iam", "CreatePolicyVersion", "SetAsDefault", "iam",
	    "SetDefaultPolicyVersion", NULL },
};

static enum rc
pass(struct iam_work *w, const struct apicall_param *p, const char *arn,
    const char *policy)
{
	struct iam_resource r = { 0 };
	enum rc rc;

	if (!p->known || p->value.len == 0)
		return err_set(
		    w->err, RC_REFUSE, "the value of %s is not known", p->name);
	if (!span_starts(p->value, "arn:"))
		rc = iam_fill(w, arn, policy, p->value, &r);
	else if ((rc = iam_verbatim(w, p->value, &r)) == RC_OK && policy != NULL) {
		struct iam_resource any = { 0 };

		rc = iam_fill(w, policy, NULL, p->value, &any);
		r.policy = any.policy;
	}
	if (rc != RC_OK)
		return rc;
	return iam_add_implied(w, "iam", "PassRole", "iam:PassRole", &r);
}

static enum rc
pass_listed(struct iam_work *w)
{
	const struct apicall_param *p;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < ROWS(passes); i++) {
		size_t at = 0;

		if (!iam_same(passes[i].service, w->service.name) ||
		    (passes[i].operations != NULL &&
			!iam_listed(passes[i].operations, w->op.name)))
			continue;
		while (rc == RC_OK &&
		       (p = apicall_next(w->call, passes[i].member, &at)) != NULL)
			rc = pass(w, p, passes[i].arn, passes[i].policy);
	}
	return rc;
}

static bool
says_role(const char *name)
{
	return strcasestr(name, "role") != NULL;
}

static bool
is_role(struct span v)
{
	return span_starts(v, "arn:") && memmem(v.p, v.len, ":iam::", 6) != NULL &&
	       memmem(v.p, v.len, ":role/", 6) != NULL;
}

/* A text that may be a role: a plain member called so, or one of the model's list. */
static bool
may_be_role(const struct iam_work *w, const char *name)
{
	const char *const *at = awsmodel_roles(&w->op);
	struct awsmodel_param m;

	for (; at != NULL && (*at)[0] != 0; at++)
		if (strcmp(*at, name) == 0)
			return true;
	return says_role(name) && awsmodel_param(&w->op, span_of(name), &m) &&
	       (m.type == AWSMODEL_STRING || m.type == AWSMODEL_TEXTS);
}

/* Any other role that stands in the call.  One whose value is not known might be any:
 * refused. */
static enum rc
pass_found(struct iam_work *w)
{
	enum rc rc = RC_OK;

	if (iam_listed(LOOKS, w->op.name) || iam_listed(OF_ROLES, w->service.name))
		return RC_OK;
	for (size_t i = 0; i < apicall_count(w->call) && rc == RC_OK; i++) {
		const struct apicall_param *p = apicall_at(w->call, i);

		if (may_be_role(w, p->name) && (!p->known || is_role(p->value)))
			rc = pass(w, p, ROLE, NULL);
	}
	return rc;
}

/* The action on each resource that the call itself needs. */
static enum rc
same_resources(struct iam_work *w, size_t row, size_t own)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < own && rc == RC_OK; i++) {
		const struct iam_resource r = { .arn = w->v[i].arn,
			.policy = w->v[i].resource,
			.pattern = w->v[i].pattern };

		rc = iam_add_implied(w, also[row].with, also[row].action,
		    iam_action_text(w, also[row].with, also[row].action), &r);
	}
	return rc;
}

static enum rc
on_member(struct iam_work *w, size_t row)
{
	struct iam_resource r = { 0 };
	struct span v = { 0 };
	bool there = false;
	enum rc rc;

	if ((rc = iam_value(w, also[row].member, &v, &there)) != RC_OK || !there)
		return rc;
	if (span_starts(v, "arn:"))
		rc = iam_verbatim(w, v, &r);
	else if (span_starts(v, "alias/"))
		rc = iam_fill(w, "kms:{r}:{a}:{v}", "kms:{r}:{a}:key/*", v, &r);
	else
		rc = iam_fill(w, also[row].arn, NULL, v, &r);
	if (rc != RC_OK)
		return rc;
	return iam_add_implied(w, also[row].with, also[row].action,
	    iam_action_text(w, also[row].with, also[row].action), &r);
}

static enum rc
others(struct iam_work *w)
{
	size_t own = w->n;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < ROWS(also) && rc == RC_OK; i++) {
		size_t at = 0;

		if (!iam_same(also[i].service, w->service.name) ||
		    strcmp(also[i].operation, w->op.name) != 0 ||
		    apicall_next(w->call, also[i].member, &at) == NULL)
			continue;
		rc = also[i].arn == NULL ? same_resources(w, i, own) : on_member(w, i);
	}
	return rc;
}

enum rc
iam_implied(struct iam_work *w)
{
	enum rc rc = others(w);

	if (rc == RC_OK)
		rc = pass_listed(w);
	return rc == RC_OK ? pass_found(w) : rc;
}

bool
iam_pass_row(size_t i, struct iam_row *ret)
{
	if (i >= ROWS(passes))
		return false;
	*ret = (struct iam_row){ passes[i].service, passes[i].operations,
		passes[i].member, passes[i].arn, passes[i].policy, IAM_NAME };
	return true;
}
