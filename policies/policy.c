/* Reading one policy file; see policy.h. */
#include "policies/policy.h"

#include <stdlib.h>
#include <string.h>

#include "policies/sets.h"
#include "policies/vocab.h"

static const struct vocab file_keys[] = {
	{ "version", VOCAB_MUST },
	{ "name", VOCAB_MUST },
	{ "defaults", VOCAB_MAY },
	{ "rules", VOCAB_MUST },
	{ "sets", VOCAB_MAY },
	{ "tests", VOCAB_MAY },
	{ "runbooks", VOCAB_LATER },
	{ "shapes", VOCAB_LATER },
	{ NULL, VOCAB_MAY },
};

/* Both are what happens anyway; written out they tell the reader of the file. */
static enum rc
check_defaults(const struct yaml_node *n, struct err *err)
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
	if ((rc = yaml_choice(v, undecidable, &at, err)) != RC_OK)
		return rc;
	return at == 0 ? RC_OK : vocab_later(v, undecidable[at], err);
}

static enum rc
check_version(const struct yaml_node *n, struct err *err)
{
	static const char *const versions[] = { "1", NULL };
	size_t at;

	return yaml_choice(n, versions, &at, err);
}

static enum rc
check_unique(const struct policy *p, const struct rule *r, struct err *err)
{
	for (const struct rule *o = p->rules; o < r; o++)
		if (strcmp(o->name, r->name) == 0)
			return yaml_fail(r->place, err,
			    "the rule %s stands already in line %u", r->name,
			    yaml_line(o->place));
	return RC_OK;
}

static enum rc
read_rules(const struct yaml_node *n, const struct yaml_node *sets, struct policy *p,
    struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 0, POLICY_RULES, err)) != RC_OK)
		return rc;
	/* One more, so that an empty list is no special case of calloc. */
	if ((p->rules = calloc(yaml_count(n) + 1, sizeof *p->rules)) == NULL)
		return err_memory(err);
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		struct rule *r = &p->rules[p->n_rules];

		if ((rc = rule_read(p->name, v, sets, NULL, false, r, err)) != RC_OK)
			return rc;
		p->n_rules++;
		if ((rc = check_unique(p, r, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
read_root(const struct yaml_node *n, struct policy *p, struct err *err)
{
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, file_keys, err)) != RC_OK ||
	    (rc = check_version(yaml_find(n, "version"), err)) != RC_OK)
		return rc;
	v = yaml_find(n, "name");
	if (!name_plain(yaml_span(v)))
		return yaml_expected(
		    v, err, "a name of 1 to %d of A-Z a-z 0-9 . _ -", NAME_MOST);
	p->name = yaml_cstr(v);
	if ((v = yaml_find(n, "defaults")) != NULL &&
	    (rc = check_defaults(v, err)) != RC_OK)
		return rc;
	p->tests = yaml_find(n, "tests");
	if (p->tests != NULL &&
	    (rc = vocab_count(p->tests, YAML_LIST, 0, POLICY_TESTS, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "sets")) != NULL && (rc = sets_check(v, err)) != RC_OK)
		return rc;
	return read_rules(yaml_find(n, "rules"), v, p, err);
}

enum rc
policy_read(const char *file, struct span text, struct policy **ret, struct err *err)
{
	struct policy *p = calloc(1, sizeof *p);
	enum rc rc;

	if (p == NULL)
		return err_memory(err);
	if ((rc = yaml_parse(file, text, &p->doc, err)) == RC_OK)
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
	yaml_doc_free(p->doc);
	free(p);
}
