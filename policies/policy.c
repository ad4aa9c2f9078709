/* Reading one policy file; see policy.h. */
#include "policies/policy.h"

#include <stdlib.h>
#include <string.h>

#include "policies/sets.h"
#include "policies/shape.h"
#include "policies/vocab.h"

static const struct vocab file_keys[] = {
	{ "version", VOCAB_MUST },
	{ "name", VOCAB_MUST },
	{ "defaults", VOCAB_MAY },
	{ "rules", VOCAB_MUST },
	{ "sets", VOCAB_MAY },
	{ "tests", VOCAB_MAY },
	{ "shapes", VOCAB_MAY },
	{ "runbooks", VOCAB_MAY },
	{ NULL, VOCAB_MAY },
};

/* unmatched is what happens anyway; written out it tells the reader of the file. */
static enum rc
read_defaults(const struct yaml_node *n, struct policy *p, struct err *err)
{
	static const struct vocab keys[] = {
		{ "unmatched", VOCAB_MAY },
		{ "undecidable", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const char *const unmatched[] = { "deny", NULL };
	static const char *const undecidable[] = { "deny", "hold", NULL };
	const struct yaml_node *v;
	size_t at = 0;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "unmatched")) != NULL &&
	    (rc = yaml_choice(v, unmatched, &at, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "undecidable")) == NULL)
		return RC_OK;
	if ((rc = yaml_choice(v, undecidable, &at, err)) == RC_OK)
		p->hold_undecidable = at == 1;
	return rc;
}

static enum rc
check_version(const struct yaml_node *n, struct err *err)
{
	static const char *const versions[] = { "1", NULL };
	size_t at;

	return yaml_choice(n, versions, &at, err);
}

/* Sorted, not compared pair by pair: there may be many. */
static enum rc
check_unique(const struct policy *p, struct err *err)
{
	const struct rule **all = calloc(p->n_rules + 1, sizeof *all);
	struct ruleset set = { .n = p->n_rules, .rules = all };
	enum rc rc;

	if (all == NULL)
		return err_memory(err);
	for (size_t i = 0; i < p->n_rules; i++)
		all[i] = &p->rules[i];
	rc = ruleset_sort(&set, err);
	for (size_t i = 1; i < p->n_rules && rc == RC_OK; i++)
		if (strcmp(all[i - 1]->name, all[i]->name) == 0)
			rc = yaml_fail(all[i]->place, err,
			    "the rule %s stands already in line %u", all[i]->name,
			    yaml_line(all[i - 1]->place));
	free(all);
	return rc;
}

static enum rc
read_runbooks(const struct yaml_node *n, const struct rule_file *file, struct policy *p,
    struct err *err)
{
	enum rc rc;

	if ((p->runbooks = calloc(yaml_count(n) + 1, sizeof p->runbooks[0])) == NULL)
		return err_memory(err);
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if ((rc = runbook_read(file, v, &p->rules[p->n_rules],
			 &p->runbooks[p->n_runbooks], err)) != RC_OK)
			return rc;
		p->n_rules++;
		p->n_runbooks++;
	}
	return RC_OK;
}

/* books: NULL when there are none. */
static enum rc
read_rules(const struct yaml_node *n, const struct yaml_node *books, struct policy *p,
    struct err *err)
{
	const struct rule_file file = {
		.policy = p->name,
		.sets = p->sets,
		.shapes = p->shapes,
		.hold_undecidable = p->hold_undecidable,
		.zones = p->zones,
	};
	size_t more = books == NULL ? 0 : yaml_count(books);
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 0, POLICY_RULES, err)) != RC_OK)
		return rc;
	if (books != NULL &&
	    (rc = vocab_count(books, YAML_LIST, 0, RUNBOOKS, err)) != RC_OK)
		return rc;
	if (yaml_count(n) + more > POLICY_RULES)
		return yaml_fail(
		    n, err, "more than %d rules and runbooks together", POLICY_RULES);
	/* One more, so that an empty list is no special case of calloc.  They stay where
	 * they are: runbooks point to theirs. */
	if ((p->rules = calloc(yaml_count(n) + more + 1, sizeof *p->rules)) == NULL)
		return err_memory(err);
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if ((rc = rule_read(&file, v, &p->rules[p->n_rules], err)) != RC_OK)
			return rc;
		p->n_rules++;
	}
	if (books != NULL && (rc = read_runbooks(books, &file, p, err)) != RC_OK)
		return rc;
	return check_unique(p, err);
}

static enum rc
read_name(const struct yaml_node *n, struct policy *p, struct err *err)
{
	if (!name_plain(yaml_span(n)))
		return yaml_expected(
		    n, err, "a name of 1 to %d of A-Z a-z 0-9 . _ -", NAME_MOST);
	p->name = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_root(const struct yaml_node *n, struct policy *p, struct err *err)
{
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, file_keys, err)) != RC_OK ||
	    (rc = check_version(yaml_find(n, "version"), err)) != RC_OK ||
	    (rc = read_name(yaml_find(n, "name"), p, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "defaults")) != NULL &&
	    (rc = read_defaults(v, p, err)) != RC_OK)
		return rc;
	p->tests = yaml_find(n, "tests");
	if (p->tests != NULL &&
	    (rc = vocab_count(p->tests, YAML_LIST, 0, POLICY_TESTS, err)) != RC_OK)
		return rc;
	p->sets = yaml_find(n, "sets");
	if (p->sets != NULL && (rc = sets_check(p->sets, err)) != RC_OK)
		return rc;
	p->shapes = yaml_find(n, "shapes");
	if (p->shapes != NULL &&
	    (rc = shape_check_all(p->shapes, p->sets, err)) != RC_OK)
		return rc;
	return read_rules(yaml_find(n, "rules"), yaml_find(n, "runbooks"), p, err);
}

enum rc
policy_read(const char *file, struct span text, struct policy **ret, struct err *err)
{
	struct policy *p = calloc(1, sizeof *p);
	enum rc rc;

	if (p == NULL)
		return err_memory(err);
	if ((p->zones = zones_new(NULL)) == NULL)
		rc = err_memory(err);
	else if ((rc = yaml_parse(file, text, &p->doc, err)) == RC_OK)
		rc = read_root(yaml_root(p->doc), p, err);
	if (rc != RC_OK) {
		policy_free(p);
		return rc;
	}
	*ret = p;
	return RC_OK;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_rules; i++)
		rule_clear(&p->rules[i]);
	free(p->rules);
	for (size_t i = 0; i < p->n_runbooks; i++)
		runbook_free(p->runbooks[i]);
	free(p->runbooks);
	zones_free(p->zones);
	yaml_doc_free(p->doc);
	free(p);
}
