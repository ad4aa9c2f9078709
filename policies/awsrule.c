/* Reading what a rule says of AWS's calls; see awsrule.h. */
#include "policies/awsrule.h"

#include <stdlib.h>

#include "policies/arnpattern.h"
#include "policies/awsfacts.h"
#include "policies/vocab.h"

static const struct vocab keys[] = {
	{ "operations", VOCAB_MUST },
	{ "options", VOCAB_MAY },
	{ "parameters", VOCAB_MAY },
	{ "required", VOCAB_MAY },
	{ "resources", VOCAB_MAY },
	{ NULL, VOCAB_MAY },
};

static enum rc
read_operations(const struct yaml_node *n, struct awsrule *a, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, AWSRULE_OPERATIONS, err)) != RC_OK)
		return rc;
	if ((a->matches = calloc(yaml_count(n), sizeof *a->matches)) == NULL)
		return err_memory(err);
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = match_read(v, &a->matches[a->n_matches++], err)) != RC_OK)
			return rc;
	return RC_OK;
}

static enum rc
read_resources(const struct yaml_node *n, struct awsrule *a, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, AWSRULE_RESOURCES, err)) != RC_OK)
		return rc;
	if ((a->resources = calloc(yaml_count(n), sizeof *a->resources)) == NULL)
		return err_memory(err);
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = arnpattern_read(v, &a->resources[a->n_resources++], err)) !=
		    RC_OK)
			return rc;
	return RC_OK;
}

static enum rc
read_required_name(const struct yaml_node *n, void *arg, struct err *err)
{
	struct awsrule *a = arg;
	const char *name;
	enum rc rc;

	if ((rc = yaml_line_text(n, 1, 128, &name, err)) != RC_OK)
		return rc;
	if ((a->parameters == NULL || clause_find(a->parameters, name, NULL) == NULL) &&
	    (a->options == NULL || clause_find(a->options, name, NULL) == NULL))
		return yaml_expected(
		    n, err, "a name that stands under parameters or options");
	if (a->n_required == AWSRULE_REQUIRED)
		return yaml_fail(n, err, "more than %d names", AWSRULE_REQUIRED);
	a->required[a->n_required++] = name;
	return RC_OK;
}

/* A deny is about any that is listed and fits: it has no use for this. */
static enum rc
read_required(
    const struct yaml_node *n, bool listed, struct awsrule *a, struct err *err)
{
	if (listed)
		return yaml_fail(
		    yaml_key(n), err, "required stands where something is let through");
	if ((a->required = calloc(AWSRULE_REQUIRED, sizeof *a->required)) == NULL)
		return err_memory(err);
	return vocab_each(n, read_required_name, a, err);
}

static enum rc
read_clause(const struct yaml_node *n, const struct yaml_node *sets,
    enum clause_kind kind, bool listed, struct clause **ret, struct err *err)
{
	enum rc rc;

	if (listed && (rc = vocab_count(n, YAML_MAP, 1, CLAUSE_NAMES, err)) != RC_OK)
		return rc;
	return clause_read(n, sets, kind, ret, err);
}

static enum rc
read(const struct yaml_node *n, const struct yaml_node *sets, bool options, bool listed,
    struct awsrule *a, struct err *err)
{
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = read_operations(yaml_find(n, "operations"), a, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "resources")) != NULL &&
	    (rc = read_resources(v, a, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "parameters")) != NULL &&
	    (rc = read_clause(
		 v, sets, CLAUSE_PARAMETERS, listed, &a->parameters, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "options")) != NULL && !options)
		return yaml_fail(
		    yaml_key(v), err, "options stand in rules on exec only");
	if (v != NULL && (rc = read_clause(v, sets, CLAUSE_OPTIONS, listed, &a->options,
			      err)) != RC_OK)
		return rc;
	v = yaml_find(n, "required");
	return v == NULL ? RC_OK : read_required(v, listed, a, err);
}

/* Names of resources are about that long. */
#define ARN_BYTES 64

static void
weigh(struct awsrule *a)
{
	size_t options = clause_weight(a->options);

	a->weight = clause_weight(a->parameters);
	a->weight = options > a->weight ? options : a->weight;
	a->resource_cost = a->n_resources;
	/* One star, at the end, is next to nothing. */
	for (size_t i = 0; i < a->n_resources; i++)
		if (matcher_pattern_weight(a->resources[i]) > 2)
			a->resource_cost += matcher_pattern_weight(a->resources[i]) *
					    ARN_BYTES / MATCHER_STEP;
}

enum rc
awsrule_read(const struct yaml_node *n, const struct yaml_node *sets, bool options,
    bool listed, struct awsrule **ret, struct err *err)
{
	struct awsrule *a = calloc(1, sizeof *a);
	enum rc rc;

	if (a == NULL)
		return err_memory(err);
	if ((rc = read(n, sets, options, listed, a, err)) != RC_OK) {
		awsrule_free(a);
		return rc;
	}
	weigh(a);
	*ret = a;
	return RC_OK;
}

enum rc
awsrule_exact(const char *service, const char *operation, const char *text,
    struct awsrule **ret, struct err *err)
{
	const char *name = awsfacts_rule_service(service);
	struct awsrule *a;

	if (name == NULL)
		return err_set(
		    err, RC_REFUSE, "no rule is about the service %.64s", service);
	if ((a = calloc(1, sizeof *a)) == NULL ||
	    (a->matches = calloc(1, sizeof *a->matches)) == NULL) {
		free(a);
		return err_memory(err);
	}
	a->matches[a->n_matches++] =
	    (struct match){ .service = name, .operation = operation, .text = text };
	weigh(a);
	*ret = a;
	return RC_OK;
}

void
awsrule_free(struct awsrule *a)
{
	if (a == NULL)
		return;
	free(a->matches);
	free(a->resources);
	free(a->required);
	clause_free(a->parameters);
	clause_free(a->options);
	free(a);
}
