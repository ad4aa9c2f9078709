/* Reading a rule; see rule.h. */
#include "policies/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/vocab.h"

/* Approvers of one hold, at most. */
#define NEED_MOST 16

static const struct vocab rule_keys[] = {
	{ "id", VOCAB_MUST },
	{ "effect", VOCAB_MUST },
	{ "on", VOCAB_MUST },
	{ "who", VOCAB_MAY },
	{ "aws", VOCAB_MUST },
	{ "approvers", VOCAB_MAY },
	{ "reason", VOCAB_MAY },
	{ "examples", VOCAB_MAY },
	{ "command", VOCAB_LATER },
	{ "credential", VOCAB_LATER },
	{ "files", VOCAB_LATER },
	{ "forward", VOCAB_LATER },
	{ "interactive", VOCAB_LATER },
	{ "limits", VOCAB_LATER },
	{ "mask", VOCAB_LATER },
	{ "on_disconnect", VOCAB_LATER },
	{ "rate", VOCAB_LATER },
	{ "record", VOCAB_LATER },
	{ "redirect", VOCAB_LATER },
	{ "run_as", VOCAB_LATER },
	{ "script", VOCAB_LATER },
	{ "ssm", VOCAB_LATER },
	{ "stdin", VOCAB_LATER },
	{ "ttl", VOCAB_LATER },
	{ "unless", VOCAB_LATER },
	{ "when", VOCAB_LATER },
	{ "where", VOCAB_LATER },
	{ NULL, VOCAB_MAY },
};

static const struct vocab aws_keys[] = {
	{ "operations", VOCAB_MUST },
	{ "options", VOCAB_LATER },
	{ "parameters", VOCAB_LATER },
	{ "resources", VOCAB_LATER },
	{ NULL, VOCAB_MAY },
};

static const struct vocab approvers_keys[] = {
	{ "need", VOCAB_MUST },
	{ "from", VOCAB_MUST },
	{ "auth", VOCAB_MAY },
	{ "distinct_groups", VOCAB_LATER },
	{ "not", VOCAB_LATER },
	{ "reason", VOCAB_LATER },
	{ NULL, VOCAB_MAY },
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

	if ((rc = vocab_count(n, YAML_LIST, 1, 1, err)) != RC_OK ||
	    (rc = yaml_choice(yaml_first(n), paths, &at, err)) != RC_OK)
		return rc;
	return at == 0 ? RC_OK : vocab_later(yaml_first(n), paths[at], err);
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

	if ((rc = vocab_check(n, aws_keys, err)) != RC_OK)
		return rc;
	list = yaml_find(n, "operations");
	if ((rc = vocab_count(list, YAML_LIST, 1, RULE_OPERATIONS, err)) != RC_OK)
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

	if ((rc = vocab_check(n, approvers_keys, err)) != RC_OK ||
	    (rc = yaml_uint(yaml_find(n, "need"), 1, NEED_MOST, &count, err)) != RC_OK)
		return rc;
	need->need = (unsigned)count;
	from = yaml_find(n, "from");
	if ((rc = vocab_count(from, YAML_LIST, 1, VERDICT_FROM, err)) != RC_OK)
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
	return vocab_each(v, read_proof, need, err);
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
	static const struct vocab keys[] = {
		{ "match", VOCAB_MAY },
		{ "no_match", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};

	r->examples = n;
	return vocab_check(n, keys, err);
}

static enum rc
read_rule(
    const char *policy, const struct yaml_node *n, struct rule *r, struct err *err)
{
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, rule_keys, err)) != RC_OK ||
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
