/* Putting a policy's own questions to it; see exam.h. */
#include "policies/exam.h"

#include <string.h>

#include "policies/decide.h"
#include "policies/vocab.h"

/* Groups of the identity in a test, at most. */
#define GROUPS 16

/* Read a line or a list as a command.  RC_OK with *ret NULL when it is refused before
 * any rule is asked: that is an answer, no error. */
static enum rc
read_command(const struct yaml_node *n, struct aws_request **ret, struct err *err)
{
	struct span list[WORDS_MOST];
	struct refusal refusal;
	struct words *w = NULL;
	size_t count = 0;
	enum rc rc;

	*ret = NULL;
	if (yaml_kind(n) == YAML_TEXT) {
		rc = words_split(yaml_span(n), &w, err);
	} else {
		if ((rc = vocab_count(n, YAML_LIST, 1, WORDS_MOST, err)) != RC_OK)
			return rc;
		for (n = yaml_first(n); n != NULL; n = yaml_next(n)) {
			if ((rc = yaml_want(n, YAML_TEXT, err)) != RC_OK)
				return rc;
			list[count++] = yaml_span(n);
		}
		rc = words_from_list(list, count, &w, err);
	}
	if (rc == RC_OK && (rc = aws_read(w, ret, &refusal)) == RC_FAIL)
		err_memory(err);
	words_free(w);
	return rc == RC_REFUSE ? RC_OK : rc;
}

static enum rc
run_example(const struct rule *r, const struct yaml_node *n, bool want, struct err *err)
{
	struct aws_request *req;
	bool got;
	enum rc rc;

	if ((rc = yaml_want(n, YAML_TEXT, err)) != RC_OK ||
	    (rc = read_command(n, &req, err)) != RC_OK)
		return rc;
	got = req != NULL && rule_matches(r, req);
	aws_free(req);
	if (got == want)
		return RC_OK;
	return yaml_fail(n, err, "rule %s %s this example", r->name,
	    got ? "matches" : "does not match");
}

static enum rc
run_list(const struct rule *r, const char *key, bool want, struct err *err)
{
	const struct yaml_node *n = yaml_find(r->examples, key);
	enum rc rc;

	if (n == NULL)
		return RC_OK;
	if ((rc = vocab_count(n, YAML_LIST, 1, POLICY_TESTS, err)) != RC_OK)
		return rc;
	for (n = yaml_first(n); n != NULL; n = yaml_next(n))
		if ((rc = run_example(r, n, want, err)) != RC_OK)
			return rc;
	return RC_OK;
}

/* Who a test's question is put as. */
struct asker {
	struct identity who;
	const char *groups[GROUPS];
	struct facts facts;
};

static enum rc
add_group(const struct yaml_node *n, void *arg, struct err *err)
{
	struct asker *a = arg;

	if (!name_label(yaml_span(n)))
		return yaml_expected(n, err, "the name of a group");
	if (a->who.group_count == GROUPS)
		return yaml_fail(n, err, "at most %d groups", GROUPS);
	a->groups[a->who.group_count++] = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_auth(const struct yaml_node *n, struct asker *a, struct err *err)
{
	static const struct vocab keys[] = {
		{ "method", VOCAB_MAY },
		{ "age", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "method")) != NULL) {
		if ((rc = yaml_choice(v, proof_names, &at, err)) != RC_OK)
			return rc;
		a->facts.proof = PROOF_KEY + at;
	}
	if ((v = yaml_find(n, "age")) == NULL)
		return RC_OK;
	return yaml_duration(v, 0, UINT64_MAX, &a->facts.auth_age, err);
}

static enum rc
read_asker(const struct yaml_node *n, struct asker *a, struct err *err)
{
	static const struct vocab keys[] = {
		{ "identity", VOCAB_MAY },
		{ "kind", VOCAB_MAY },
		{ "group", VOCAB_MAY },
		{ "auth", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const char *const kinds[] = { "agent", "human", NULL };
	const struct yaml_node *v;
	size_t at = 0;
	enum rc rc;

	a->who.name = "somebody";
	a->who.groups = a->groups;
	a->facts = (struct facts){ .who = &a->who, .proof = PROOF_KEY };
	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "identity")) != NULL) {
		if (!name_identity(yaml_span(v)))
			return yaml_expected(v, err, "the name of an identity");
		a->who.name = yaml_cstr(v);
	}
	if ((v = yaml_find(n, "kind")) != NULL &&
	    (rc = yaml_choice(v, kinds, &at, err)) != RC_OK)
		return rc;
	a->who.kind = at == 0 ? IDENTITY_AGENT : IDENTITY_HUMAN;
	if ((v = yaml_find(n, "group")) != NULL &&
	    (rc = vocab_each(v, add_group, a, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "auth")) != NULL)
		return read_auth(v, a, err);
	return RC_OK;
}

static enum rc
compare(const struct yaml_node *test, const struct policy *p, const struct verdict *v,
    struct err *err)
{
	const struct yaml_node *rule = yaml_find(test, "rule");
	const struct yaml_node *expect = yaml_find(test, "expect");
	const char *got = v->rule[0] == '\0' ? "" : v->rule + strlen(p->name) + 1;
	size_t want;
	enum rc rc;

	if ((rc = yaml_choice(expect, effect_names, &want, err)) != RC_OK)
		return rc;
	if (want != (size_t)v->effect)
		return yaml_fail(expect, err, "the answer is %s%s%s%s",
		    effect_name(v->effect), got[0] == '\0' ? "" : ", by rule ", got,
		    got[0] == '\0' ? ", no rule matched" : "");
	if (rule != NULL && strcmp(yaml_cstr(rule), got) != 0)
		return yaml_fail(rule, err, "it was decided by %s%s",
		    got[0] == '\0' ? "no rule" : "rule ", got);
	return RC_OK;
}

static enum rc
run_test(const struct policy *p, const struct ruleset *set, const struct yaml_node *n,
    struct err *err)
{
	static const struct vocab keys[] = {
		{ "as", VOCAB_MUST },
		{ "line", VOCAB_MAY },
		{ "argv", VOCAB_MAY },
		{ "expect", VOCAB_MUST },
		{ "rule", VOCAB_MAY },
		{ "at", VOCAB_LATER },
		{ "reason", VOCAB_LATER },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *line, *argv;
	struct aws_request *req;
	struct asker asker = { 0 };
	struct verdict v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = read_asker(yaml_find(n, "as"), &asker, err)) != RC_OK)
		return rc;
	line = yaml_find(n, "line");
	argv = yaml_find(n, "argv");
	if ((line == NULL) == (argv == NULL))
		return yaml_fail(n, err, "expected one of the keys line and argv");
	if ((line != NULL && (rc = yaml_want(line, YAML_TEXT, err)) != RC_OK) ||
	    (argv != NULL && (rc = yaml_want(argv, YAML_LIST, err)) != RC_OK) ||
	    (rc = read_command(line != NULL ? line : argv, &req, err)) != RC_OK)
		return rc;
	/* What is refused before any rule is asked is denied, too. */
	decide(set, req, &asker.facts, &v);
	aws_free(req);
	return compare(n, p, &v, err);
}

static enum rc
run_tests(const struct policy *p, struct err *err)
{
	const struct rule *rules[POLICY_RULES];
	struct ruleset set = { .n = p->n_rules, .rules = rules };
	const struct yaml_node *n;
	enum rc rc;

	for (size_t i = 0; i < p->n_rules; i++)
		rules[i] = &p->rules[i];
	ruleset_sort(&set);
	for (n = yaml_first(p->tests); n != NULL; n = yaml_next(n))
		if ((rc = run_test(p, &set, n, err)) != RC_OK)
			return rc;
	return RC_OK;
}

enum rc
exam_run(const struct policy *p, struct err *err)
{
	enum rc rc;

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct rule *r = &p->rules[i];

		if (r->examples == NULL)
			continue;
		if ((rc = run_list(r, "match", true, err)) != RC_OK ||
		    (rc = run_list(r, "no_match", false, err)) != RC_OK)
			return rc;
	}
	return p->tests == NULL ? RC_OK : run_tests(p, err);
}
