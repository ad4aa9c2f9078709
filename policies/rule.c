/* Reading a rule; see rule.h. */
#include "policies/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/approvers.h"
#include "policies/vocab.h"

static const struct vocab rule_keys[] = {
	{ "id", VOCAB_MUST },
	{ "effect", VOCAB_MUST },
	{ "on", VOCAB_MUST },
	{ "who", VOCAB_MAY },
	{ "aws", VOCAB_MUST },
	{ "approvers", VOCAB_MAY },
	{ "reason", VOCAB_MAY },
	{ "examples", VOCAB_MAY },
	{ "credential", VOCAB_MAY },
	{ "files", VOCAB_MAY },
	{ "record", VOCAB_MAY },
	{ "command", VOCAB_LATER },
	{ "forward", VOCAB_LATER },
	{ "interactive", VOCAB_LATER },
	{ "limits", VOCAB_LATER },
	{ "mask", VOCAB_LATER },
	{ "on_disconnect", VOCAB_LATER },
	{ "rate", VOCAB_LATER },
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
read_on(const struct yaml_node *n, struct rule *r, struct err *err)
{
	static const char *const words[] = { "exec", "api", "shell", "forward", NULL };
	static const enum path paths[] = { PATH_EXEC, PATH_API };
	size_t at;
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, 4, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if ((rc = yaml_choice(v, words, &at, err)) != RC_OK)
			return rc;
		if (at >= sizeof paths / sizeof paths[0])
			return vocab_later(v, words[at], err);
		if (r->paths & RULE_PATH(paths[at]))
			return yaml_fail(v, err, "%s stands here twice", words[at]);
		r->paths |= RULE_PATH(paths[at]);
	}
	return RC_OK;
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
read_aws(const struct yaml_node *n, const struct yaml_node *sets, struct rule *r,
    struct err *err)
{
	return awsrule_read(n, sets, (r->paths & RULE_PATH(PATH_EXEC)) != 0,
	    r->effect == EFFECT_DENY, &r->aws, err);
}

/* What says how something runs has no meaning where nothing does. */
static enum rc
read_terms(const struct yaml_node *n, struct rule *r, struct err *err)
{
	static const char *const keys[] = { "credential", "files", "record" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct yaml_node *v = yaml_find(n, keys[i]);

		if (v != NULL && r->effect == EFFECT_DENY)
			return yaml_fail(yaml_key(v), err,
			    "%s stands in allow and hold rules only", keys[i]);
	}
	/* An SDK's lease is cut before its first call. */
	if (!(r->paths & RULE_PATH(PATH_EXEC)))
		for (size_t i = 0; i < 2; i++) {
			const struct yaml_node *v = yaml_find(n, keys[i]);

			if (v != NULL)
				return yaml_fail(yaml_key(v), err,
				    "%s stands in rules on exec only", keys[i]);
		}
	return terms_read(n, &r->terms, err);
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
	if ((rc = approvers_read(v, &r->need, err)) == RC_OK)
		snprintf(r->need.rule, sizeof r->need.rule, "%s", r->name);
	return rc;
}

static enum rc
read_examples(const struct yaml_node *n, struct rule *r, struct err *err)
{
	static const struct vocab keys[] = {
		{ "match", VOCAB_MAY },
		{ "no_match", VOCAB_MAY },
		{ "place", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};

	r->examples = n;
	return vocab_check(n, keys, err);
}

static enum rc
read_rule(const char *policy, const struct yaml_node *n, const struct yaml_node *sets,
    struct rule *r, struct err *err)
{
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, rule_keys, err)) != RC_OK ||
	    (rc = read_name(policy, yaml_find(n, "id"), r, err)) != RC_OK ||
	    (rc = read_effect(yaml_find(n, "effect"), r, err)) != RC_OK ||
	    (rc = read_on(yaml_find(n, "on"), r, err)) != RC_OK ||
	    (rc = read_aws(yaml_find(n, "aws"), sets, r, err)) != RC_OK ||
	    (rc = read_terms(n, r, err)) != RC_OK ||
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
rule_read(const char *policy, const struct yaml_node *n, const struct yaml_node *sets,
    const struct yaml_node *shapes, bool hold_undecidable, struct rule *ret,
    struct err *err)
{
	struct rule r = { 0 };
	enum rc rc;

	(void)shapes;
	(void)hold_undecidable;
	if ((rc = read_rule(policy, n, sets, &r, err)) != RC_OK) {
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
	awsrule_free(r->aws);
	*r = (struct rule){ 0 };
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
