/* What lint asks of the `aws` of a rule: names that are none, and conditions that can
 * be got around by leaving out what they are on. */
#include <string.h>

#include "policies/awsmodel.h"
#include "policies/awsrule.h"
#include "policies/iam.h"
#include "policies/lint_parts.h"

#define COUNT(t) (sizeof(t) / sizeof(t)[0])
#define PARAMETER_MOST 128

/* What rules are asked for beside operations: commands of s3, and what members imply. */
static const struct {
	const char *service, *cli, *api;
} others[] = {
	{ "s3", "ls", NULL },
	{ "s3", "cp", NULL },
	{ "s3", "mv", NULL },
	{ "s3", "rm", NULL },
	{ "s3", "sync", NULL },
	{ "s3", "mb", NULL },
	{ "s3", "rb", NULL },
	{ "s3", "bypass-governance-retention", "BypassGovernanceRetention" },
	{ "s3", "delete-object-version-tagging", "DeleteObjectVersionTagging" },
	{ "s3", "delete-object-version", "DeleteObjectVersion" },
	{ "s3", "get-object-version", "GetObjectVersion" },
	{ "s3", "get-object-version-acl", "GetObjectVersionAcl" },
	{ "s3", "get-object-version-attributes", "GetObjectVersionAttributes" },
	{ "s3", "get-object-version-tagging", "GetObjectVersionTagging" },
	{ "s3", "put-bucket-object-lock-configuration",
	    "PutBucketObjectLockConfiguration" },
	{ "s3", "put-object-version-acl", "PutObjectVersionAcl" },
	{ "s3", "put-object-version-tagging", "PutObjectVersionTagging" },
	{ "dynamodb", "parti-ql-delete", "PartiQLDelete" },
	{ "dynamodb", "parti-ql-insert", "PartiQLInsert" },
	{ "dynamodb", "parti-ql-select", "PartiQLSelect" },
	{ "dynamodb", "parti-ql-update", "PartiQLUpdate" },
	{ "iam", "pass-role", "PassRole" },
	{ "kms", "re-encrypt-to", "ReEncryptTo" },
};

static bool
names_other(const struct match *m)
{
	for (size_t i = 0; i < COUNT(others); i++)
		if (match_operation(m, others[i].service, others[i].cli, others[i].api))
			return true;
	return false;
}

static bool
names_any(const struct match *m)
{
	struct awsmodel_service s;
	struct awsmodel_operation op;

	if (names_other(m))
		return true;
	/* Of a service that only later versions of the CLI have, nothing is said. */
	if (!awsmodel_service(m->service, &s))
		return true;
	for (uint32_t i = 0; i < s.n_operations; i++) {
		awsmodel_operation_at(&s, i, &op);
		if (match_operation(m, m->service, op.cli, op.name))
			return true;
	}
	return false;
}

static void
check_patterns(const struct lint *l, const struct lint_rule *r, const struct awsrule *a,
    const char *key)
{
	for (size_t i = 0; i < a->n_matches; i++) {
		const struct match *m = &a->matches[i];
		const char *meant = iam_action_operations(m->service, m->operation);

		if (names_any(m))
			continue;
		if (meant != NULL)
			lint_tell(l, LINT_WARNING, "operation", r, key,
			    "%s is an action of IAM and no operation: %s", m->text,
			    meant);
		else
			lint_tell(l, LINT_WARNING, "operation", r, key,
			    "%s names no operation that is known here", m->text);
	}
}

static bool
is_required(const struct awsrule *a, const char *name)
{
	for (size_t i = 0; i < a->n_required; i++)
		if (clause_same(a->required[i], name))
			return true;
	return false;
}

/* A parameter, or the one that a part stands in ("Delete.Objects.Key"). */
static bool
has_parameter(const struct awsmodel_operation *op, const char *name, bool optional)
{
	struct awsmodel_param p;
	char top[PARAMETER_MOST + 1];

	if (!span_copy(span_make(name, strcspn(name, ".{")), top, sizeof top))
		return false;
	for (uint32_t i = 0; i < op->n_params; i++) {
		awsmodel_param_at(op, i, &p);
		if (clause_same(p.name, top) || clause_same(p.option, top))
			return !optional || !p.required;
	}
	return false;
}

/* An operation that the pattern names has it, and works without if it is to be
 * optional; *ret is one. */
static bool
find_parameter(const struct match *m, const char *name, bool optional,
    struct awsmodel_operation *ret)
{
	struct awsmodel_service s;

	if (!awsmodel_service(m->service, &s))
		return false;
	for (uint32_t i = 0; i < s.n_operations; i++) {
		awsmodel_operation_at(&s, i, ret);
		if (match_operation(m, m->service, ret->cli, ret->name) &&
		    has_parameter(ret, name, optional))
			return true;
	}
	return false;
}

static void
check_parameter(const struct lint *l, const struct lint_rule *r,
    const struct awsrule *a, const char *key, const char *name)
{
	struct awsmodel_operation op;

	for (size_t i = 0; i < a->n_matches; i++)
		if (find_parameter(&a->matches[i], name, true, &op)) {
			lint_tell(l, LINT_WARNING, "absent", r, key,
			    "%s has a condition, and %s:%s is let through without it: "
			    "required: [%s], if that is not meant",
			    name, a->matches[i].service, op.name, name);
			return;
		}
}

static void
check_parameters(const struct lint *l, const struct lint_rule *r,
    const struct awsrule *a, const char *key)
{
	const struct matcher *m;

	for (size_t i = 0; a->parameters != NULL && i < clause_count(a->parameters);
	     i++) {
		const char *name = clause_at(a->parameters, i, &m);

		if (!matcher_open(m) && !is_required(a, name))
			check_parameter(l, r, a, key, name);
	}
}

/* A name that nothing has: what is meant is denied, or, in a deny, passes by. */
static void
check_names(const struct lint *l, const struct lint_rule *r, const struct awsrule *a,
    const char *key)
{
	struct awsmodel_operation op;
	const struct matcher *m;

	for (size_t i = 0; a->parameters != NULL && i < clause_count(a->parameters);
	     i++) {
		const char *name = clause_at(a->parameters, i, &m);
		bool known = false;

		for (size_t k = 0; k < a->n_matches && !known; k++)
			known = names_other(&a->matches[k]) ||
				!names_any(&a->matches[k]) ||
				find_parameter(&a->matches[k], name, false, &op);
		if (!known)
			lint_tell(l, LINT_WARNING, "parameter", r, key,
			    "none of the operations has a parameter %s", name);
	}
}

/* A deny on exec alone, while SDKs may call: they pass by, and the other way round. */
static void
check_paths(const struct lint *l, const struct lint_rule *r)
{
	const unsigned both = RULE_PATH(PATH_EXEC) | RULE_PATH(PATH_API);
	unsigned missing = both & ~r->rule->paths;

	for (size_t i = 0; missing != 0 && i < r->policy->n_rules; i++) {
		const struct rule *other = &r->policy->rules[i];

		if (other->effect == EFFECT_DENY || other->aws == NULL ||
		    !(other->paths & missing))
			continue;
		lint_tell(l, LINT_WARNING, "path", r, "on",
		    "it denies nothing on %s, where %s lets calls through",
		    missing & RULE_PATH(PATH_API) ? "api" : "exec", other->name);
		return;
	}
}

/* An exception for what has an option is also for what has it not. */
static void
check_options(const struct lint *l, const struct lint_rule *r, const struct awsrule *a)
{
	const struct matcher *m;

	for (size_t i = 0; a->options != NULL && i < clause_count(a->options); i++) {
		const char *name = clause_at(a->options, i, &m);

		if (!matcher_open(m) && !is_required(a, name))
			lint_tell(l, LINT_WARNING, "absent", r, "unless",
			    "the exception is also about commands without --%s: "
			    "required: [%s], if that is not meant",
			    name, name);
	}
}

void
lint_aws(const struct lint *l, const struct lint_rule *r)
{
	const struct rule *rule = r->rule;
	const struct awsrule *except = rule->unless == NULL ? NULL : rule->unless->aws;

	if (!l->warnings)
		return;
	if (rule->aws != NULL) {
		check_patterns(l, r, rule->aws, "aws");
		check_names(l, r, rule->aws, "aws");
	}
	if (except != NULL) {
		check_patterns(l, r, except, "unless");
		check_names(l, r, except, "unless");
	}
	if (rule->effect == EFFECT_ALLOW && rule->aws != NULL)
		check_parameters(l, r, rule->aws, "aws");
	if (rule->effect == EFFECT_DENY && rule->aws != NULL)
		check_paths(l, r);
	if (rule->effect == EFFECT_DENY && except != NULL) {
		check_parameters(l, r, except, "unless");
		check_options(l, r, except);
	}
}
