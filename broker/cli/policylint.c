/* broker policy lint; see policylint.h.  The rules of it stand in policies/lint.h; here
 * is what they are asked about, and how the answers are shown. */
#include "broker/cli/policylint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/policyaudit.h"
#include "broker/cli/policyload.h"
#include "broker/cli/policymasks.h"
#include "broker/cli/policysay.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "policies/lint.h"

struct linting {
	const struct policyopts *o;
	size_t n;
	const struct policy *policies[PACK_FILES];
	size_t errors, warnings;
};

static void
found(const struct lint_finding *f, void *arg)
{
	struct linting *l = arg;
	const char *level = f->level == LINT_ERROR ? "error" : "warning";

	*(f->level == LINT_ERROR ? &l->errors : &l->warnings) += 1;
	if (l->o->json) {
		policysay_json_take(json_pack("{s:o, s:s, s:o, s:o, s:I, s:I}", level,
		    policysay_value(span_of(f->text)), "code", f->code, "rule",
		    policysay_value_or_null(f->rule), "file",
		    policysay_value(span_of(f->file)), "line", (json_int_t)f->line,
		    "column", (json_int_t)f->column));
		return;
	}
	policysay_text(f->file);
	printf(":%u:%u: %s: ", f->line, f->column, level);
	policysay_text(f->text);
	printf(" [%s]\n", f->code);
}

/* ---- what else is known ---- */

/* How many of `identities` in --facts are in a group. */
static size_t
count_group(void *arg, const char *group, const char **one)
{
	const json_t *identities = arg;
	const char *name;
	json_t *who, *g;
	size_t n = 0, i;

	json_object_foreach((json_t *)identities, name, who)
	{
		json_array_foreach(json_object_get(who, "groups"), i, g)
		{
			if (strcmp(json_string_value(g), group) != 0)
				continue;
			*one = name;
			n++;
			break;
		}
	}
	return n;
}

static enum rc
note_rule(void *arg, const struct auditrecord *r, struct err *err)
{
	json_t *used = arg;

	if (r->rule[0] != '\0' && json_object_set_new(used, r->rule, json_true()) != 0)
		return err_memory(err);
	return RC_OK;
}

/* Rules that decided nothing of what was recorded. */
static enum rc
find_unused(struct linting *l, struct err *err)
{
	struct auditcounts counts = { 0 };
	json_t *used = json_object(), *v;
	const char **names, *name;
	size_t n = 0;
	enum rc rc;

	rc = policyaudit_each(l->o->against, note_rule, used, &counts, err);
	names = calloc(json_object_size(used) + 1, sizeof *names);
	if (rc == RC_OK && names == NULL)
		rc = err_memory(err);
	if (rc == RC_OK) {
		json_object_foreach(used, name, v) names[n++] = name;
		lint_unused(l->policies, l->n, names, n, found, l);
	}
	free(names);
	json_decref(used);
	return rc;
}

static enum rc
lint_all(struct linting *l, struct err *err)
{
	struct policyopts own = *l->o;
	struct lint_facts facts = { .group = count_group, .now = clock_wall_ms() };
	struct policyfacts f;
	json_t *doc = NULL;
	enum rc rc;

	/* Nobody asks here; --facts says who there is. */
	own.as = "nobody";
	if ((rc = policyopts_facts(&own, &f, &doc, err)) != RC_OK)
		return rc;
	facts.arg = (void *)f.identities;
	if (f.identities == NULL)
		facts.group = NULL;
	rc = lint_run(l->policies, l->n, &facts, found, l, err);
	if (rc == RC_OK && l->o->against != NULL)
		rc = find_unused(l, err);
	json_decref(doc);
	return rc;
}

static enum rc
find_masks(struct linting *l, struct err *err)
{
	struct policymasks m;
	enum rc rc = policymasks_init(&m, l->o, err);

	for (size_t i = 0; rc == RC_OK && i < l->n; i++)
		for (size_t k = 0; k < l->policies[i]->n_rules; k++)
			policymasks_rule(&m, &l->policies[i]->rules[k]);
	*(m.sure ? &l->errors : &l->warnings) += m.found;
	policymasks_clear(&m);
	return rc;
}

/* ---- files ---- */

static enum rc
read_all(struct linting *l, struct err *err)
{
	struct policyload *files = NULL;
	struct policy *p;
	enum rc rc;

	rc = policyload_read(
	    (const char *const *)l->o->argv, (size_t)l->o->argc, &files, err);
	for (size_t i = 0; rc == RC_OK && i < policyload_count(files); i++) {
		const struct pack_text *t = policyload_at(files, i);

		if ((rc = policy_read(t->file, t->text, &p, err)) == RC_OK)
			l->policies[l->n++] = p;
	}
	policyload_free(files);
	return rc;
}

static int
conclude(const struct linting *l)
{
	if (l->o->json)
		policysay_json_take(json_pack("{s:I, s:I}", "errors",
		    (json_int_t)l->errors, "warnings", (json_int_t)l->warnings));
	else
		printf("%zu %s, %zu %s\n", l->errors,
		    l->errors == 1 ? "error" : "errors", l->warnings,
		    l->warnings == 1 ? "warning" : "warnings");
	return l->errors > 0 || (l->o->strict && l->warnings > 0) ? POLICYLINT_FOUND
								  : STATUS_OK;
}

int
policylint(const struct policyopts *o)
{
	struct linting l = { .o = o };
	struct err err = { "" };
	int status;
	enum rc rc;

	if (o->argc == 0)
		return policysay_error(err_set(&err, RC_REFUSE, "which files?"), &err);
	if ((rc = read_all(&l, &err)) == RC_OK && (rc = lint_all(&l, &err)) == RC_OK &&
	    (rc = find_masks(&l, &err)) == RC_OK)
		status = conclude(&l);
	else
		status = policysay_error(rc, &err);
	for (size_t i = 0; i < l.n; i++)
		policy_free((struct policy *)l.policies[i]);
	return status;
}
