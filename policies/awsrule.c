/* Reading what a rule says of AWS's calls; see awsrule.h. */
#include "policies/awsrule.h"

#include <stdlib.h>

#include "policies/arnpattern.h"
#include "policies/vocab.h"

static const struct vocab keys[] = {
	{ "operations", VOCAB_MUST },
	{ "options", VOCAB_MAY },
	{ "parameters", VOCAB_MAY },
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
	if ((v = yaml_find(n, "options")) == NULL)
		return RC_OK;
	if (!options)
		return yaml_fail(
		    yaml_key(v), err, "options stand in rules on exec only");
	return read_clause(v, sets, CLAUSE_OPTIONS, listed, &a->options, err);
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
	clause_free(a->parameters);
	clause_free(a->options);
	free(a);
}
