/* What a rule is about, and what not; see rule_parts.h. */
#include "policies/rule_parts.h"

#include <stdlib.h>
#include <string.h>

#include "policies/forwardrule.h"
#include "policies/scriptrule.h"
#include "policies/shape.h"
#include "policies/ssmrule.h"
#include "policies/vocab.h"

#define EXEC RULE_PATH(PATH_EXEC)
#define API RULE_PATH(PATH_API)
#define SHELL RULE_PATH(PATH_SHELL)
#define FORWARD RULE_PATH(PATH_FORWARD)

/* A shape, or `any` with a list of them. */
static enum rc
read_shapes(const struct yaml_node *n, const struct rule_file *f, enum effect effect,
    struct shape ***ret, size_t *count, struct err *err)
{
	static const struct vocab keys[] = {
		{ "any", VOCAB_MUST },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *any, *v = n;
	size_t most = 1;
	enum rc rc;

	if ((rc = yaml_want(n, YAML_MAP, err)) != RC_OK)
		return rc;
	if ((any = yaml_find(n, "any")) != NULL) {
		if ((rc = vocab_check(n, keys, err)) != RC_OK ||
		    (rc = vocab_count(any, YAML_LIST, 1, SHAPE_NAMES, err)) != RC_OK)
			return rc;
		v = yaml_first(any);
		most = yaml_count(any);
	}
	if ((*ret = calloc(most, sizeof **ret)) == NULL)
		return err_memory(err);
	for (; *count < most; v = yaml_next(v)) {
		if ((rc = shape_read(
			 v, f->sets, f->shapes, effect, &(*ret)[*count], err)) != RC_OK)
			return rc;
		++*count;
	}
	return RC_OK;
}

/* {undecidable: true}, and nothing beside it. */
static enum rc
read_undecidable(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	const struct yaml_node *v = yaml_find(n, "undecidable");
	enum rc rc;

	if (strcmp(yaml_cstr(v), "true") != 0)
		return yaml_expected(v, err, "true");
	if ((rc = vocab_count(n, YAML_MAP, 1, 1, err)) != RC_OK)
		return yaml_fail(yaml_key(v), err, "undecidable stands alone");
	if (r->effect == EFFECT_ALLOW)
		return yaml_fail(
		    yaml_key(v), err, "undecidable stands in hold and deny rules only");
	if (!(r->paths & SHELL))
		return yaml_fail(
		    yaml_key(v), err, "undecidable stands in rules on shell only");
	if (r->effect == EFFECT_HOLD && !f->hold_undecidable)
		return yaml_fail(yaml_key(v), err,
		    "undecidable lines are held only where the file says "
		    "`defaults: {undecidable: hold}`");
	r->undecidable = true;
	return RC_OK;
}

static enum rc
read_command(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	if (yaml_find(n, "undecidable") != NULL)
		return read_undecidable(n, f, r, err);
	return read_shapes(n, f, r->effect, &r->shapes, &r->n_shapes, err);
}

static enum rc
read_aws(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	return awsrule_read(
	    n, f->sets, (r->paths & EXEC) != 0, r->effect == EFFECT_DENY, &r->aws, err);
}

static enum rc
read_forward(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	return forwardrule_read(n, f->sets, r->effect, &r->forward, err);
}

static enum rc
read_ssm(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	(void)f;
	return ssmrule_read(n, &r->ssm, err);
}

static enum rc
read_script(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	return scriptrule_read(n, f->sets, &r->script, err);
}

static const struct {
	const char *key;
	unsigned paths; /* where it has a meaning */
	const char *where;
	enum rc (*read)(const struct yaml_node *n, const struct rule_file *f,
	    struct rule *r, struct err *err);
} subjects[] = {
	{ "aws", EXEC | API, "exec or api", read_aws },
	{ "command", EXEC | SHELL, "exec or shell", read_command },
	{ "forward", FORWARD, "forward", read_forward },
	{ "ssm", SHELL, "shell", read_ssm },
	{ "script", SHELL, "shell", read_script },
};

/* A path that no subject speaks of would be there by mistake. */
static enum rc
check_paths(const struct yaml_node *n, unsigned spoken, struct err *err)
{
	size_t at;

	for (const struct yaml_node *v = yaml_first(yaml_find(n, "on")); v != NULL;
	     v = yaml_next(v))
		if (yaml_choice(v, path_names, &at, NULL) == RC_OK &&
		    !(spoken & RULE_PATH(at)))
			return yaml_fail(
			    v, err, "nothing in this rule is about %s", path_names[at]);
	return RC_OK;
}

enum rc
rule_read_subjects(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	unsigned spoken = 0;
	enum rc rc;

	for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
		const struct yaml_node *v = yaml_find(n, subjects[i].key);

		if (v == NULL)
			continue;
		if (!(r->paths & subjects[i].paths))
			return yaml_fail(yaml_key(v), err,
			    "%s stands in rules on %s only", subjects[i].key,
			    subjects[i].where);
		spoken |= subjects[i].paths;
		if ((rc = subjects[i].read(v, f, r, err)) != RC_OK)
			return rc;
	}
	if (spoken == 0)
		return yaml_fail(n, err,
		    "expected one of the keys aws, command, forward, ssm, script");
	return check_paths(n, spoken, err);
}

/* What an exception takes out of a rule has to be read as closely as what the rule takes
 * in is read widely, and the other way round. */
static enum effect
opposite(enum effect e)
{
	return e == EFFECT_DENY ? EFFECT_ALLOW : EFFECT_DENY;
}

static enum rc
read_exception(const struct yaml_node *n, const struct rule_file *f,
    const struct rule *r, struct unless *u, struct err *err)
{
	const struct yaml_node *v;
	enum effect effect = opposite(r->effect);
	enum rc rc;

	if ((v = yaml_find(n, "who")) != NULL &&
	    (rc = who_read(v, &u->who, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "where")) != NULL &&
	    (rc = where_read(v, f->sets, &u->where, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "when")) != NULL &&
	    (rc = when_read(v, f->zones, &u->when, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "aws")) != NULL) {
		if (r->aws == NULL)
			return yaml_fail(yaml_key(v), err, "the rule is not about aws");
		if ((rc = awsrule_read(v, f->sets, (r->paths & EXEC) != 0,
			 effect == EFFECT_DENY, &u->aws, err)) != RC_OK)
			return rc;
	}
	if ((v = yaml_find(n, "command")) == NULL)
		return RC_OK;
	if (r->n_shapes == 0)
		return yaml_fail(yaml_key(v), err, "the rule is not about a command");
	return read_shapes(v, f, effect, &u->shapes, &u->n_shapes, err);
}

enum rc
rule_read_unless(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	static const struct vocab keys[] = {
		{ "who", VOCAB_MAY },
		{ "where", VOCAB_MAY },
		{ "when", VOCAB_MAY },
		{ "command", VOCAB_MAY },
		{ "aws", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 5, err)) != RC_OK)
		return rc;
	/* The rule's from here, whatever comes of it: rule_clear(). */
	if ((r->unless = calloc(1, sizeof *r->unless)) == NULL)
		return err_memory(err);
	return read_exception(n, f, r, r->unless, err);
}
