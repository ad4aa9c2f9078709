/* Goes through policies and their rules; see lint.h.  What is asked of one rule stands in
 * lint_rule.c, what of two in lint_cover.c. */
#include "policies/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/exam.h"
#include "policies/lint_parts.h"
#include "policies/shape.h"

static void
tell(const struct lint *l, enum lint_level level, const char *code, const char *rule,
    const struct yaml_node *place, const char *fmt, va_list ap)
{
	struct lint_finding f = { .level = level,
		.code = code,
		.rule = rule,
		.file = yaml_file(place),
		.line = yaml_line(place),
		.column = yaml_column(place) };

	if (level == LINT_WARNING && !l->warnings)
		return;
	vsnprintf(f.text, sizeof f.text, fmt, ap);
	l->found(&f, l->arg);
}

void
lint_tell(const struct lint *l, enum lint_level level, const char *code,
    const struct lint_rule *r, const char *key, const char *fmt, ...)
{
	const struct yaml_node *v = key != NULL ? yaml_find(r->map, key) : NULL;
	va_list ap;

	va_start(ap, fmt);
	tell(l, level, code, r->rule->name, v != NULL ? yaml_key(v) : r->rule->place,
	    fmt, ap);
	va_end(ap);
}

static void tell_file(const struct lint *l, enum lint_level level, const char *code,
    const struct yaml_node *place, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void
tell_file(const struct lint *l, enum lint_level level, const char *code,
    const struct yaml_node *place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(l, level, code, "", place, fmt, ap);
	va_end(ap);
}

struct lint_rule *
lint_gather(const struct policy *const *policies, size_t n, size_t *count)
{
	struct lint_rule *all;
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += policies[i]->n_rules;
	*count = 0;
	if ((all = calloc(total + 1, sizeof *all)) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *m =
		    yaml_first(yaml_find(yaml_root(policies[i]->doc), "rules"));

		for (size_t k = 0; k < policies[i]->n_rules; k++, m = yaml_next(m)) {
			struct lint_rule *r = &all[(*count)++];

			/* Behind its rules stand those of its runbooks. */
			if (m == NULL)
				m = yaml_first(
				    yaml_find(yaml_root(policies[i]->doc), "runbooks"));

			r->policy = policies[i];
			r->rule = &policies[i]->rules[k];
			r->map = m;
			lint_read_keys(m, &r->keys);
		}
	}
	return all;
}

/* What of two rules is said, and how, when the first covers the second. */
static void
pair(const struct lint *l, const struct lint_rule *wide, const struct lint_rule *narrow)
{
	enum effect a = wide->rule->effect, b = narrow->rule->effect;
	bool here = wide->policy == narrow->policy;

	if (a == b || b == EFFECT_DENY || (a != EFFECT_DENY && !l->warnings) ||
	    (!here && !l->warnings) || !lint_covers(wide, narrow))
		return;
	if (a == EFFECT_DENY && here)
		lint_tell(l, LINT_ERROR, "denied", narrow, NULL,
		    "%s denies all that this rule is about", wide->rule->name);
	else if (a == EFFECT_DENY)
		lint_tell(l, LINT_WARNING, "denied-elsewhere", narrow, NULL,
		    "%s denies all that this rule is about", wide->rule->name);
	else if (a == EFFECT_HOLD)
		lint_tell(l, LINT_WARNING, "held", narrow, NULL,
		    "%s holds all that this rule allows: it is held", wide->rule->name);
	else
		lint_tell(l, LINT_WARNING, "allowed", narrow, NULL,
		    "%s allows all that this rule holds: it is held all the same",
		    wide->rule->name);
}

static void
same_names(const struct lint *l, const struct policy *const *policies, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(policies[i]->name, policies[k]->name) == 0)
				tell_file(l, LINT_ERROR, "same-name",
				    yaml_find(yaml_root(policies[i]->doc), "name"),
				    "a policy named %s stands already in %s",
				    policies[i]->name,
				    yaml_file(yaml_root(policies[k]->doc)));
}

struct named {
	const char *name;
	const struct lint_rule *rule;
};

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Commands for which too many rules have to be looked at. */
static enum rc
crowds(const struct lint *l, const struct lint_rule *all, size_t n, struct err *err)
{
	struct named *names;
	const char *const *list;
	size_t total = 0, count = 0;
	bool globs;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].rule->n_shapes; k++)
			total += shape_names(all[i].rule->shapes[k], &list, &globs);
	if (total <= LINT_CROWD)
		return RC_OK;
	if ((names = calloc(total, sizeof *names)) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].rule->n_shapes; k++) {
			size_t m = shape_names(all[i].rule->shapes[k], &list, &globs);

			for (size_t j = 0; j < m; j++)
				names[count++] = (struct named){ list[j], &all[i] };
		}
	qsort(names, count, sizeof *names, by_name);
	for (size_t i = 0, k; i < count; i = k) {
		for (k = i; k < count && strcmp(names[k].name, names[i].name) == 0;)
			k++;
		if (k - i > LINT_CROWD)
			lint_tell(l, LINT_WARNING, "crowded", names[i].rule, "command",
			    "%zu shapes are about %s", k - i, names[i].name);
	}
	free(names);
	return RC_OK;
}

/* The places that the text of an error begins with are the finding's own. */
static enum rc
examples(const struct lint *l, const struct policy *p, struct err *err)
{
	struct err wrong = { "" };
	enum rc rc = exam_run(p, &wrong);
	const struct yaml_node *root = yaml_root(p->doc);
	const char *text = wrong.text;
	struct lint_finding f = { .level = LINT_ERROR,
		.code = "example",
		.rule = "",
		.file = yaml_file(root),
		.line = 1,
		.column = 1 };
	size_t n = strlen(f.file);
	int used = 0;

	if (rc == RC_OK)
		return RC_OK;
	if (rc != RC_REFUSE)
		return err_set(err, rc, "%s", wrong.text);
	if (strncmp(text, f.file, n) == 0 &&
	    sscanf(text + n, ":%u:%u: %n", &f.line, &f.column, &used) == 2)
		text += n + (size_t)used;
	snprintf(f.text, sizeof f.text, "%.250s", text);
	l->found(&f, l->arg);
	return RC_OK;
}

enum rc
lint_run(const struct policy *const *policies, size_t n, const struct lint_facts *facts,
    void (*found)(const struct lint_finding *f, void *arg), void *arg, struct err *err)
{
	const struct lint l = { facts, true, found, arg };
	struct lint_rule *all;
	size_t count, at = 0;
	enum rc rc = RC_OK;

	if ((all = lint_gather(policies, n, &count)) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		for (; at < count && all[at].policy == policies[i]; at++)
			lint_rule(&l, &all[at]);
		rc = examples(&l, policies[i], err);
	}
	for (size_t i = 0; i < n; i++)
		if (policies[i]->shapes != NULL && lint_has_re(policies[i]->shapes))
			tell_file(&l, LINT_WARNING, "re", policies[i]->shapes,
			    "a regular expression: few can tell what it leaves out");
	same_names(&l, policies, n);
	if (rc == RC_OK)
		rc = lint_pairs(&l, all, count, pair, err);
	if (rc == RC_OK)
		rc = crowds(&l, all, count, err);
	free(all);
	return rc;
}

struct refusal_text {
	bool found;
	struct err *err;
};

static void
keep_first(const struct lint_finding *f, void *arg)
{
	struct refusal_text *t = arg;

	if (t->found)
		return;
	t->found = true;
	err_set(
	    t->err, RC_REFUSE, "%s:%u:%u: %s", f->file, f->line, f->column, f->text);
}

enum rc
lint_check(const struct policy *const *policies, size_t n, struct err *err)
{
	struct refusal_text t = { false, err };
	const struct lint l = { NULL, false, keep_first, &t };
	struct lint_rule *all;
	size_t count;
	enum rc rc = RC_OK;

	if ((all = lint_gather(policies, n, &count)) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < count; i++)
		lint_rule(&l, &all[i]);
	same_names(&l, policies, n);
	/* Only rules of one file are compared: the errors are theirs alone. */
	for (size_t i = 0, k; i < count && !t.found && rc == RC_OK; i = k) {
		for (k = i; k < count && all[k].policy == all[i].policy;)
			k++;
		rc = lint_pairs(&l, all + i, k - i, pair, err);
	}
	free(all);
	return t.found ? RC_REFUSE : rc;
}

static bool
was_used(const char *name, const char *const *used, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(used[i], name) == 0)
			return true;
	return false;
}

void
lint_unused(const struct policy *const *policies, size_t n, const char *const *used,
    size_t n_used, void (*found)(const struct lint_finding *f, void *arg), void *arg)
{
	const struct lint l = { NULL, true, found, arg };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < policies[i]->n_rules; k++) {
			const struct lint_rule r = { .policy = policies[i],
				.rule = &policies[i]->rules[k] };

			if (!was_used(r.rule->name, used, n_used))
				lint_tell(&l, LINT_WARNING, "unused", &r, NULL,
				    "nothing in the audit was decided by this rule");
		}
}
