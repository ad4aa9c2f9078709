/* Reading calls of tests; see callnode.h. */
#include "policies/callnode.h"

#include <string.h>

#include "lib/model/profile.h"
#include "policies/awsfacts.h"
#include "policies/awsmodel.h"
#include "policies/vocab.h"

static const char unknown[] = "~unknown";

static enum rc
find_operation(const struct yaml_node *n, struct awsmodel_service *s,
    struct awsmodel_operation *op, struct err *err)
{
	const char *text = yaml_cstr(n), *colon = strchr(text, ':'), *name;
	char service[64];

	if (yaml_kind(n) == YAML_TEXT && colon != NULL &&
	    span_copy(
		span_make(text, (size_t)(colon - text)), service, sizeof service) &&
	    (name = awsfacts_rule_service(service)) != NULL &&
	    awsmodel_service(name, s) &&
	    (awsmodel_operation(s, span_of(colon + 1), op) ||
		awsmodel_operation_cli(s, span_of(colon + 1), op)))
		return RC_OK;
	return yaml_expected(n, err, "SERVICE:OPERATION, an operation of AWS");
}

struct adding {
	struct apicall *api;
	const char *name;
};

static enum rc
add_value(const struct yaml_node *n, void *arg, struct err *err)
{
	struct adding *a = arg;
	enum rc rc;

	if (strcmp(yaml_cstr(n), unknown) == 0)
		rc = apicall_member(a->api, a->name, err);
	else
		rc = apicall_value(a->api, a->name, yaml_span(n), err);
	return rc == RC_REFUSE ? yaml_fail(n, err, "not a value of %s", a->name) : rc;
}

/* The API's name, from either spelling; of a path as it stands. */
static enum rc
member_of(const struct awsmodel_operation *op, const struct yaml_node *key,
    const char **ret, struct err *err)
{
	const char *name = yaml_cstr(key);
	struct span top = span_make(name, strcspn(name, ".{"));
	struct awsmodel_param p;

	*ret = name;
	if (awsmodel_param(op, top, &p))
		return RC_OK;
	if (!awsmodel_param_option(op, top, &p) || top.len != strlen(name))
		return yaml_expected(key, err, "a parameter of %s", op->name);
	*ret = p.name;
	return RC_OK;
}

static enum rc
add_parameters(const struct yaml_node *n, const struct awsmodel_operation *op,
    struct apicall *api, struct err *err)
{
	struct adding a = { .api = api };
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 0, 512, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = member_of(op, yaml_key(v), &a.name, err)) != RC_OK ||
		    (rc = vocab_each(v, add_value, &a, err)) != RC_OK)
			return rc;
	return RC_OK;
}

static enum rc
read_region(
    const struct yaml_node *n, const struct facts *f, const char **ret, struct err *err)
{
	*ret = f->region;
	if (n == NULL)
		return RC_OK;
	if (!profile_region(yaml_span(n)))
		return yaml_expected(n, err, "the name of a region");
	*ret = yaml_cstr(n);
	return RC_OK;
}

/* A call whose needs cannot be told is denied, and so it stays without. */
static enum rc
tell_needs(
    const struct facts *f, const char *region, struct callnode *c, struct err *err)
{
	struct iam_place place = { f->partition, f->account, region };
	enum rc rc = iam_needs(c->api, &place, &c->needs, err);

	if (rc != RC_REFUSE)
		return rc;
	apicall_free(c->api);
	c->api = NULL;
	return RC_OK;
}

enum rc
callnode_read(const struct yaml_node *n, const struct facts *f, struct callnode *ret,
    struct err *err)
{
	static const struct vocab keys[] = {
		{ "operation", VOCAB_MUST },
		{ "region", VOCAB_MAY },
		{ "parameters", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	struct callnode c = { 0 };
	struct awsmodel_service s;
	struct awsmodel_operation op;
	const struct yaml_node *v;
	const char *region;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = find_operation(yaml_find(n, "operation"), &s, &op, err)) != RC_OK ||
	    (rc = read_region(yaml_find(n, "region"), f, &region, err)) != RC_OK ||
	    (rc = apicall_new(s.name, op.name, region, &c.api, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "parameters")) != NULL)
		rc = add_parameters(v, &op, c.api, err);
	if (rc == RC_OK)
		rc = tell_needs(f, region, &c, err);
	if (rc != RC_OK) {
		callnode_clear(&c);
		return rc;
	}
	*ret = c;
	return RC_OK;
}

void
callnode_clear(struct callnode *c)
{
	apicall_free(c->api);
	iam_clear(&c->needs);
	*c = (struct callnode){ 0 };
}
