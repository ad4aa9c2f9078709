/* Reading a rule; see rule.h. */
#include "policies/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/schema.h"

/* Approvers of one hold, at most. */
#define NEED_MOST 16

static const struct schema rule_keys[] = {
	{ "id", SCHEMA_MUST },
	{ "effect", SCHEMA_MUST },
	{ "on", SCHEMA_MUST },
	{ "who", SCHEMA_MAY },
	{ "aws", SCHEMA_MUST },
	{ "approvers", SCHEMA_MAY },
	{ "reason", SCHEMA_MAY },
	{ "examples", SCHEMA_MAY },
	{ "command", SCHEMA_LATER },
	{ "credential", SCHEMA_LATER },
	{ "files", SCHEMA_LATER },
	{ "forward", SCHEMA_LATER },
	{ "interactive", SCHEMA_LATER },
	{ "limits", SCHEMA_LATER },
	{ "mask", SCHEMA_LATER },
	{ "on_disconnect", SCHEMA_LATER },
	{ "rate", SCHEMA_LATER },
	{ "record", SCHEMA_LATER },
	{ "redirect", SCHEMA_LATER },
	{ "run_as", SCHEMA_LATER },
	{ "script", SCHEMA_LATER },
	{ "ssm", SCHEMA_LATER },
	{ "stdin", SCHEMA_LATER },
	{ "ttl", SCHEMA_LATER },
	{ "unless", SCHEMA_LATER },
	{ "when", SCHEMA_LATER },
	{ "where", SCHEMA_LATER },
	{ NULL, SCHEMA_MAY },
};

static const struct schema aws_keys[] = {
	{ "operations", SCHEMA_MUST },
	{ "options", SCHEMA_LATER },
	{ "parameters", SCHEMA_LATER },
	{ "resources", SCHEMA_LATER },
	{ NULL, SCHEMA_MAY },
};

static const struct schema approvers_keys[] = {
	{ "need", SCHEMA_MUST },
	{ "from", SCHEMA_MUST },
	{ "auth", SCHEMA_MAY },
	{ "distinct_groups", SCHEMA_LATER },
	{ "not", SCHEMA_LATER },
	{ "reason", SCHEMA_LATER },
	{ NULL, SCHEMA_MAY },
};

static enum rc
read_name(
    const char *policy, const struct yaml_node *n, struct rule *r, struct err *err)
{
	if (!name_plain(yaml_span(n)))
		return yaml_expected(
		    n, err, "a name of 1 to %d of A-Z a-z 0-9 . _ -", NAME_MOST);
	snprintf(r->name, sizeof r->name, "%s/%s", policy, yaml_cstr(n));
	r->place = n;
	return RC_OK;
}

static enum rc
read_on(const struct yaml_node *n, struct err *err)
{
	static const char *const paths[] = { "exec", "shell", "api", "forward", NULL };
	size_t at;
	enum rc rc;

	if ((rc = schema_count(n, YAML_LIST, 1, 1, err)) != RC_OK ||
	    (rc = yaml_choice(yaml_first(n), paths, &at, err)) != RC_OK)
		return rc;
	return at == 0 ? RC_OK : schema_later(yaml_first(n), paths[at], err);
}

static enum rc
read_effect(const struct yaml_node *n, struct rule *r, struct err *err)
{
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, effect_names, &at, err)) == RC_OK)
		r->effect = (enum effect)at;
	return rc;
}

static enum rc
read_aws(const struct yaml_node *n, struct rule *r, struct err *err)
{
	const struct yaml_node *list, *v;
	enum rc rc;

	if ((rc = schema_check(n, aws_keys, err)) != RC_OK)
		return rc;
	list = yaml_find(n, "operations");
	if ((rc = schema_count(list, YAML_LIST, 1, RULE_OPERATIONS, err)) != RC_OK)
		return rc;
	if ((r->matches = calloc(yaml_count(list), sizeof *r->matches)) == NULL)
		return err_memory(err);
	for (v = yaml_first(list); v != NULL; v = yaml_next(v))
		if ((rc = match_read(v, &r->matches[r->n_matches++], err)) != RC_OK)
			return rc;
	return RC_OK;
}

static enum rc
read_approver(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	struct approver *a = &need->from[need->n_from];
	struct span s = yaml_span(n), name;

	a->group = span_starts(s, "group:");
	if (!a->group && !span_starts(s, "identity:"))
		return yaml_expected(n, err, "group:NAME or identity:NAME");
	name = span_of(strchr(yaml_cstr(n), ':') + 1);
	if (!(a->group ? name_label(name) : name_identity(name)) ||
	    !span_copy(name, a->name, sizeof a->name))
		return yaml_expected(n, err, "a name behind the colon");
	need->n_from++;
	return RC_OK;
}

static enum rc
read_proof(const struct yaml_node *n, void *arg, struct err *err)
{
	struct approver_need *need = arg;
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, proof_names, &at, err)) == RC_OK)
		need->proofs |= PROOF_BIT(PROOF_KEY + at);
	return rc;
}

static enum rc
read_approvers(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	const struct yaml_node *from, *v;
	uint64_t count = 0;
	enum rc rc;

	if ((rc = schema_check(n, approvers_keys, err)) != RC_OK ||
	    (rc = yaml_uint(yaml_find(n, "need"), 1, NEED_MOST, &count, err)) != RC_OK)
		return rc;
	need->need = (unsigned)count;
	from = yaml_find(n, "from");
	if ((rc = schema_count(from, YAML_LIST, 1, VERDICT_FROM, err)) != RC_OK)
		return rc;
	for (v = yaml_first(from); v != NULL; v = yaml_next(v))
		if ((rc = read_approver(v, need, err)) != RC_OK)
			return rc;
	/* Without a word on it only proofs that a program beside the approver cannot
	 * give: a touch, a fresh sign-in. */
	if ((v = yaml_find(n, "auth")) == NULL) {
		need->proofs = PROOF_BIT(PROOF_SK) | PROOF_BIT(PROOF_DEVICE);
		return RC_OK;
	}
	return schema_each(v, read_proof, need, err);
}

static enum rc
read_hold(const struct yaml_node *n, struct rule *r, struct err *err)
{
	const struct yaml_node *v = yaml_find(n, "approvers");
	enum rc rc;

	if (r->effect != EFFECT_HOLD) {
		if (v != NULL)
			return yaml_fail(
			    yaml_key(v), err, "approvers stand in hold rules only");
		return RC_OK;
	}
	if (v == NULL)
		return yaml_fail(n, err, "a hold rule needs the key approvers");
	if ((rc = read_approvers(v, &r->need, err)) == RC_OK)
		snprintf(r->need.rule, sizeof r->need.rule, "%s", r->name);
	return rc;
}

static enum rc
read_examples(const struct yaml_node *n, struct rule *r, struct err *err)
{
	static const struct schema keys[] = {
		{ "match", SCHEMA_MAY },
		{ "no_match", SCHEMA_MAY },
		{ NULL, SCHEMA_MAY },
	};

	r->examples = n;
	return schema_check(n, keys, err);
}

static enum rc
read_rule(
    const char *policy, const struct yaml_node *n, struct rule *r, struct err *err)
{
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = schema_check(n, rule_keys, err)) != RC_OK ||
	    (rc = read_name(policy, yaml_find(n, "id"), r, err)) != RC_OK ||
	    (rc = read_effect(yaml_find(n, "effect"), r, err)) != RC_OK ||
	    (rc = read_on(yaml_find(n, "on"), err)) != RC_OK ||
	    (rc = read_aws(yaml_find(n, "aws"), r, err)) != RC_OK ||
	    (rc = read_hold(n, r, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "who")) != NULL &&
	    (rc = who_read(v, &r->who, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "reason")) != NULL &&
	    (rc = yaml_line_text(v, 1, RULE_REASON, &r->reason, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "examples")) != NULL)
		return read_examples(v, r, err);
	return RC_OK;
}

enum rc
rule_read(
    const char *policy, const struct yaml_node *n, struct rule *ret, struct err *err)
{
	struct rule r = { 0 };
	enum rc rc;

	if ((rc = read_rule(policy, n, &r, err)) != RC_OK) {
		rule_clear(&r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
rule_clear(struct rule *r)
{
	who_free(r->who);
	free(r->matches);
	*r = (struct rule){ 0 };
}

/* A command such as s3 rm has a name of its own, which stands for all its calls.  Only
 * a pattern in the CLI's spelling means it, and in an allow only one without wildcards:
 * s3:R* allows RestoreObject, and must not let rm through. */
static bool
names_command(const struct rule *r, const struct match *m, const struct aws_call *name)
{
	return !m->api && !(m->wild && r->effect == EFFECT_ALLOW) &&
	       match_call(m, name);
}

bool
rule_covers(
    const struct rule *r, const struct aws_request *req, const struct aws_call *call)
{
	for (size_t i = 0; i < r->n_matches; i++)
		if (match_call(&r->matches[i], call) ||
		    names_command(r, &r->matches[i], &req->name))
			return true;
	return false;
}

bool
rule_matches(const struct rule *r, const struct aws_request *req)
{
	size_t covered = 0;

	for (size_t i = 0; i < req->n_calls; i++)
		covered += rule_covers(r, req, &req->calls[i]);
	return r->effect == EFFECT_ALLOW ? covered == req->n_calls : covered > 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct rule *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

void
ruleset_sort(struct ruleset *set)
{
	qsort(set->rules, set->n, sizeof set->rules[0], by_name);
}
