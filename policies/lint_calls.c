/* What lint asks of a rule's `aws`: are there operations and parameters of these names?
 * Only a warning: the CLI that we were built with may be older than a policy. */
#include <string.h>

#include "policies/awsmodel.h"
#include "policies/lint_parts.h"

#define COUNT(t) (sizeof(t) / sizeof(t)[0])
#define PARAMETER_MOST 128

/* What calls need beside operations, by names of their own (Needs in broker-policy(5)). */
static const struct {
	const char *service, *cli, *api;
} needs[] = {
	{ "iam", "pass-role", "PassRole" },
	{ "kms", "re-encrypt-to", "ReEncryptTo" },
	{ "dynamodb", "partiql-select", "PartiQLSelect" },
	{ "dynamodb", "partiql-insert", "PartiQLInsert" },
	{ "dynamodb", "partiql-update", "PartiQLUpdate" },
	{ "dynamodb", "partiql-delete", "PartiQLDelete" },
	{ "dynamodb", "condition-check-item", "ConditionCheckItem" },
	{ "s3", "bypass-governance-retention", "BypassGovernanceRetention" },
	{ "s3", "get-object-version", "GetObjectVersion" },
	{ "s3", "get-object-version-acl", "GetObjectVersionAcl" },
	{ "s3", "get-object-version-attributes", "GetObjectVersionAttributes" },
	{ "s3", "get-object-version-tagging", "GetObjectVersionTagging" },
	{ "s3", "put-object-version-acl", "PutObjectVersionAcl" },
	{ "s3", "put-object-version-tagging", "PutObjectVersionTagging" },
	{ "s3", "delete-object-version", "DeleteObjectVersion" },
	{ "s3", "delete-object-version-tagging", "DeleteObjectVersionTagging" },
	/* Commands of the CLI's own. */
	{ "s3", "ls", NULL },
	{ "s3", "cp", NULL },
	{ "s3", "mv", NULL },
	{ "s3", "rm", NULL },
	{ "s3", "sync", NULL },
	{ "s3", "mb", NULL },
	{ "s3", "rb", NULL },
};

static bool
is_need(const struct match *m)
{
	for (size_t i = 0; i < COUNT(needs); i++)
		if (match_operation(m, needs[i].service, needs[i].cli, needs[i].api))
			return true;
	return false;
}

/* Call fn for each operation that the pattern means, until it says yes. */
static bool
any_operation(const struct match *m,
    bool (*fn)(const struct awsmodel_operation *op, const char *name), const char *name)
{
	struct awsmodel_service s;
	struct awsmodel_operation op;

	if (!awsmodel_service(m->service, &s))
		return false;
	for (uint32_t i = 0; i < s.n_operations; i++) {
		awsmodel_operation_at(&s, i, &op);
		if (match_operation(m, m->service, op.cli, op.name) && fn(&op, name))
			return true;
	}
	return false;
}

static bool
exists(const struct awsmodel_operation *op, const char *name)
{
	(void)op;
	(void)name;
	return true;
}

/* A parameter, or the one that a part stands in ("Delete.Objects.Key"). */
static bool
has_parameter(const struct awsmodel_operation *op, const char *name)
{
	char top[PARAMETER_MOST + 1];
	struct awsmodel_param p;

	if (!span_copy(span_make(name, strcspn(name, ".{")), top, sizeof top))
		return false;
	for (uint32_t i = 0; i < op->n_params; i++) {
		awsmodel_param_at(op, i, &p);
		if (clause_same(top, p.name) || clause_same(top, p.option))
			return true;
	}
	return false;
}

static bool
takes_parameter(const struct awsrule *a, const char *name)
{
	for (size_t i = 0; i < a->n_matches; i++)
		if (is_need(&a->matches[i]) ||
		    any_operation(&a->matches[i], has_parameter, name))
			return true;
	return false;
}

void
lint_calls(const struct lint *l, const struct lint_rule *r)
{
	const struct awsrule *a = r->rule->aws;
	const struct yaml_node *aws = r->keys.subjects[LINT_AWS];
	const struct yaml_node *parameters;
	bool all = true;

	if (!l->warnings || a == NULL || aws == NULL)
		return;
	for (size_t i = 0; i < a->n_matches; i++) {
		const struct match *m = &a->matches[i];

		if (is_need(m) || any_operation(m, exists, NULL))
			continue;
		all = false;
		lint_tell(l, LINT_WARNING, "operation", r, "aws",
		    "the CLI has no operation %s", m->text);
	}
	if (!all || (parameters = yaml_find(aws, "parameters")) == NULL)
		return;
	for (const struct yaml_node *v = yaml_first(parameters); v != NULL;
	     v = yaml_next(v))
		if (!takes_parameter(a, yaml_cstr(yaml_key(v))))
			lint_tell(l, LINT_WARNING, "parameter", r, "aws",
			    "none of these operations has a parameter %s",
			    yaml_cstr(yaml_key(v)));
}
