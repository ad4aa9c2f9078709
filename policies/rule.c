/* Reading a rule; see rule.h.  What it is about stands in rule_subject.c. */
#include "policies/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/name.h"
#include "policies/approvers.h"
#include "policies/forwardrule.h"
#include "policies/rule_parts.h"
#include "policies/scriptrule.h"
#include "policies/shape.h"
#include "policies/ssmrule.h"
#include "policies/vocab.h"

#define EXEC RULE_PATH(PATH_EXEC)
#define API RULE_PATH(PATH_API)
#define SHELL RULE_PATH(PATH_SHELL)
#define FORWARD RULE_PATH(PATH_FORWARD)
#define EVERY (EXEC | API | SHELL | FORWARD)

static const struct vocab rule_keys[] = {
	{ "id", VOCAB_MUST },
	{ "effect", VOCAB_MUST },
	{ "on", VOCAB_MUST },
	{ "who", VOCAB_MAY },
	{ "where", VOCAB_MAY },
	{ "when", VOCAB_MAY },
	{ "unless", VOCAB_MAY },
	{ "aws", VOCAB_MAY },
	{ "command", VOCAB_MAY },
	{ "forward", VOCAB_MAY },
	{ "ssm", VOCAB_MAY },
	{ "script", VOCAB_MAY },
	{ "approvers", VOCAB_MAY },
	{ "reason", VOCAB_MAY },
	{ "examples", VOCAB_MAY },
	{ "credential", VOCAB_MAY },
	{ "files", VOCAB_MAY },
	{ "record", VOCAB_MAY },
	{ "redirect", VOCAB_MAY },
	{ "rate", VOCAB_MAY },
	{ "ttl", VOCAB_MAY },
	{ "run_as", VOCAB_MAY },
	{ "interactive", VOCAB_MAY },
	{ "mask", VOCAB_MAY },
	{ "limits", VOCAB_MAY },
	{ "stdin", VOCAB_MAY },
	{ "on_disconnect", VOCAB_MAY },
	{ NULL, VOCAB_MAY },
};

/* What says how something runs has no meaning where nothing does, nor on a path where
 * nothing of the kind can be. */
static const struct {
	const char *key;
	enum effect most; /* EFFECT_HOLD: in hold rules only */
	unsigned paths;	  /* one of them is needed */
	const char *where;
} uses[] = {
	/* An SDK's lease is cut before its first call. */
	{ "credential", EFFECT_ALLOW, EXEC, "exec" },
	{ "files", EFFECT_ALLOW, EXEC, "exec" },
	{ "record", EFFECT_ALLOW, EVERY, NULL },
	{ "redirect", EFFECT_ALLOW, SHELL, "shell" },
	{ "run_as", EFFECT_ALLOW, SHELL, "shell" },
	{ "interactive", EFFECT_ALLOW, SHELL, "shell" },
	{ "rate", EFFECT_ALLOW, EVERY, NULL },
	{ "mask", EFFECT_ALLOW, EVERY, NULL },
	{ "limits", EFFECT_ALLOW, EVERY, NULL },
	{ "approvers", EFFECT_HOLD, EVERY, NULL },
	{ "ttl", EFFECT_HOLD, EVERY, NULL },
	{ "stdin", EFFECT_HOLD, EXEC | SHELL, "exec or shell" },
	{ "on_disconnect", EFFECT_HOLD, EVERY, NULL },
};

static enum rc
check_uses(const struct yaml_node *n, const struct rule *r, struct err *err)
{
	for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
		const struct yaml_node *v = yaml_find(n, uses[i].key);

		if (v == NULL)
			continue;
		if (r->effect == EFFECT_DENY || r->effect > uses[i].most)
			return yaml_fail(yaml_key(v), err, "%s stands in %s only",
			    uses[i].key,
			    uses[i].most == EFFECT_HOLD ? "hold rules"
							: "allow and hold rules");
		if (!(r->paths & uses[i].paths))
			return yaml_fail(yaml_key(v), err,
			    "%s stands in rules on %s only", uses[i].key,
			    uses[i].where);
	}
	return RC_OK;
}

static enum rc
read_name(
    const struct yaml_node *n, const char *policy, struct rule *r, struct err *err)
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
	size_t at;
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, 4, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if ((rc = yaml_choice(v, path_names, &at, err)) != RC_OK)
			return rc;
		if (r->paths & RULE_PATH(at))
			return yaml_fail(
			    v, err, "%s stands here twice", path_names[at]);
		r->paths |= RULE_PATH(at);
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
read_who(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	(void)f;
	return who_read(n, &r->who, err);
}

static enum rc
read_where(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	return where_read(n, f->sets, &r->where, err);
}

static enum rc
read_when(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	return when_read(n, f->zones, &r->when, err);
}

static enum rc
read_approvers(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	enum rc rc;

	(void)f;
	if ((r->need = calloc(1, sizeof *r->need)) == NULL)
		return err_memory(err);
	if ((rc = approvers_read(n, r->need, err)) == RC_OK)
		memcpy(r->need->rule, r->name, sizeof r->need->rule);
	return rc;
}

static enum rc
read_reason(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	(void)f;
	return yaml_line_text(n, 1, RULE_REASON, &r->reason, err);
}

/* The paths of a set, or the rule's own. */
static enum rc
read_redirect_from(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	static const struct vocab keys[] = {
		{ "from", VOCAB_MUST },
		{ NULL, VOCAB_MAY },
	};
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	if (r->redirect_from != NULL)
		return yaml_fail(n, err, "from stands here twice");
	return sets_paths(yaml_find(n, "from"), f->sets, &r->redirect_from, err);
}

static enum rc
read_redirect(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	static const char *const words[] = { "null", "merge", NULL };
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, 3, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		size_t at;
		bool *had;

		if (yaml_kind(v) == YAML_MAP) {
			if ((rc = read_redirect_from(v, f, r, err)) != RC_OK)
				return rc;
			continue;
		}
		if (yaml_kind(v) == YAML_LIST)
			return yaml_expected(v, err, "null, merge or {from: ...}");
		if ((rc = yaml_choice(v, words, &at, err)) != RC_OK)
			return rc;
		had = at == 0 ? &r->redirect_null : &r->redirect_merge;
		if (*had)
			return yaml_fail(v, err, "%s stands here twice", words[at]);
		*had = true;
	}
	return RC_OK;
}

static enum rc
read_run_as(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	enum rc rc;

	(void)f;
	if ((rc = vocab_count(n, YAML_LIST, 1, 64, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if (!name_os_user(yaml_span(v)))
			return yaml_expected(v, err, "the name of an OS user");
	r->run_as = n;
	return RC_OK;
}

static enum rc
read_examples(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	static const struct vocab keys[] = {
		{ "match", VOCAB_MAY },
		{ "no_match", VOCAB_MAY },
		{ "place", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};

	(void)f;
	r->examples = n;
	return vocab_check(n, keys, err);
}

static enum rc
read_terms(const struct yaml_node *n, struct rule *r, struct err *err)
{
	enum rc rc;

	if ((rc = terms_read(n, &r->terms, err)) != RC_OK)
		return rc;
	memcpy(r->terms.rate.rule, r->name, sizeof r->terms.rate.rule);
	/* Who sees what is masked for everybody is for people to say. */
	if (r->terms.reveals != NULL && r->effect != EFFECT_HOLD)
		return yaml_fail(yaml_key(r->terms.reveals), err,
		    "reveal stands in hold rules only");
	if (r->terms.interactive != NULL && r->n_shapes == 0)
		return yaml_fail(yaml_key(yaml_find(n, "interactive")), err,
		    "interactive stands in rules with a command only");
	return RC_OK;
}

/* In the order in which they are read, whatever that of the file. */
static const struct {
	const char *key;
	enum rc (*read)(const struct yaml_node *n, const struct rule_file *f,
	    struct rule *r, struct err *err);
} readers[] = {
	{ "who", read_who },
	{ "where", read_where },
	{ "when", read_when },
	{ "unless", rule_read_unless },
	{ "approvers", read_approvers },
	{ "redirect", read_redirect },
	{ "run_as", read_run_as },
	{ "reason", read_reason },
	{ "examples", read_examples },
};

static enum rc
read_rule(const struct rule_file *f, const struct yaml_node *n, struct rule *r,
    struct err *err)
{
	enum rc rc;

	if ((rc = vocab_check(n, rule_keys, err)) != RC_OK ||
	    (rc = read_name(yaml_find(n, "id"), f->policy, r, err)) != RC_OK ||
	    (rc = read_effect(yaml_find(n, "effect"), r, err)) != RC_OK ||
	    (rc = read_on(yaml_find(n, "on"), r, err)) != RC_OK ||
	    (rc = rule_read_subjects(n, f, r, err)) != RC_OK ||
	    (rc = check_uses(n, r, err)) != RC_OK)
		return rc;
	if (r->effect == EFFECT_HOLD && yaml_find(n, "approvers") == NULL)
		return yaml_fail(n, err, "a hold rule needs the key approvers");
	return rule_read_rest(n, f, r, err);
}

enum rc
rule_read_rest(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	enum rc rc;

	if ((rc = read_terms(n, r, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		const struct yaml_node *v = yaml_find(n, readers[i].key);

		if (v != NULL && (rc = readers[i].read(v, f, r, err)) != RC_OK)
			return rc;
	}
	if (r->terms.role == NULL)
		return RC_OK;
	return where_add_role(&r->where, r->terms.role, err);
}

enum rc
rule_read(const struct rule_file *file, const struct yaml_node *n, struct rule *ret,
    struct err *err)
{
	struct rule r = { 0 };
	enum rc rc;

	if ((rc = read_rule(file, n, &r, err)) != RC_OK) {
		rule_clear(&r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

static void
shapes_free(struct shape **shapes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		shape_free(shapes[i]);
	free(shapes);
}

static void
unless_free(struct unless *u)
{
	if (u == NULL)
		return;
	who_free(u->who);
	where_free(u->where);
	when_free(u->when);
	awsrule_free(u->aws);
	shapes_free(u->shapes, u->n_shapes);
	free(u);
}

void
rule_clear(struct rule *r)
{
	who_free(r->who);
	where_free(r->where);
	when_free(r->when);
	awsrule_free(r->aws);
	shapes_free(r->shapes, r->n_shapes);
	forwardrule_free(r->forward);
	ssmrule_free(r->ssm);
	scriptrule_free(r->script);
	unless_free(r->unless);
	free(r->need);
	*r = (struct rule){ 0 };
}

/* A name's first bytes, so that few names are fetched to be compared. */
struct named {
	uint64_t head[2];
	size_t at; /* where it stood */
	const struct rule *rule;
};

static struct named
named(const struct rule *r, size_t at)
{
	struct named n = { .at = at, .rule = r };

	/* Behind its end a name is zero. */
	for (size_t i = 0; i < sizeof n.head; i++)
		n.head[i / 8] = n.head[i / 8] << 8 | (uint8_t)r->name[i];
	return n;
}

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c;

	for (size_t i = 0; i < 2; i++)
		if (x->head[i] != y->head[i])
			return x->head[i] < y->head[i] ? -1 : 1;
	if ((c = strcmp(x->rule->name, y->rule->name)) != 0)
		return c;
	return x->at < y->at ? -1 : x->at > y->at;
}

enum rc
ruleset_sort(struct ruleset *set, struct err *err)
{
	struct named *all = calloc(set->n + 1, sizeof *all);

	if (all == NULL)
		return err_memory(err);
	for (size_t i = 0; i < set->n; i++)
		all[i] = named(set->rules[i], i);
	qsort(all, set->n, sizeof *all, by_name);
	for (size_t i = 0; i < set->n; i++)
		set->rules[i] = all[i].rule;
	free(all);
	return RC_OK;
}
