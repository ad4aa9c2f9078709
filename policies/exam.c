/* Putting a policy's own questions to it; see exam.h. */
#include "policies/exam.h"

#include <string.h>

#include "policies/asker.h"
#include "policies/callnode.h"
#include "policies/decide.h"
#include "policies/fit.h"
#include "policies/ruling.h"
#include "policies/vocab.h"

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

/* Whether the rule speaks about a command, in *ret. */
static enum rc
ask_rule(const struct rule *r, const struct aws_request *req, const struct facts *f,
    bool *ret, struct err *err)
{
	struct question q;
	enum rc rc;

	*ret = false;
	if (req == NULL || !(r->paths & RULE_PATH(PATH_EXEC)))
		return RC_OK;
	if ((rc = question_argv(req, f, &q, err)) == RC_OK)
		*ret = fit_rule(r, &q);
	question_clear(&q);
	/* What cannot be laid out no rule speaks about. */
	return rc == RC_REFUSE ? RC_OK : rc;
}

/* The same for a call of an SDK. */
static enum rc
ask_rule_call(const struct rule *r, const struct yaml_node *n, struct facts *f,
    bool *ret, struct err *err)
{
	struct callnode c = { 0 };
	struct question q = { 0 };
	enum rc rc;

	*ret = false;
	if ((rc = callnode_read(n, f, &c, err)) != RC_OK)
		return rc;
	if (c.api != NULL && (r->paths & RULE_PATH(PATH_API))) {
		rc = question_call(NULL, c.api, &c.needs, f, &q, err);
		if (rc == RC_OK)
			*ret = fit_rule(r, &q);
		question_clear(&q);
	}
	callnode_clear(&c);
	return rc == RC_REFUSE ? RC_OK : rc;
}

static enum rc
run_example(const struct rule *r, const struct yaml_node *n, struct facts *f, bool want,
    struct err *err)
{
	struct aws_request *req = NULL;
	bool got = false;
	enum rc rc;

	if (yaml_kind(n) == YAML_MAP) {
		rc = ask_rule_call(r, n, f, &got, err);
	} else if ((rc = yaml_want(n, YAML_TEXT, err)) == RC_OK &&
		   (rc = read_command(n, &req, err)) == RC_OK) {
		rc = ask_rule(r, req, f, &got, err);
	}
	aws_free(req);
	if (rc != RC_OK)
		return rc;
	if (got == want)
		return RC_OK;
	return yaml_fail(n, err, "rule %s %s this example", r->name,
	    got ? "matches" : "does not match");
}

static enum rc
run_list(const struct rule *r, const char *key, bool want, struct err *err)
{
	const struct yaml_node *n = yaml_find(r->examples, key);
	struct asker nobody;
	enum rc rc;

	if (n == NULL)
		return RC_OK;
	if ((rc = asker_read(NULL, &nobody, err)) != RC_OK ||
	    (rc = asker_place(yaml_find(r->examples, "place"), &nobody.facts, err)) !=
		RC_OK)
		return rc;
	if ((rc = vocab_count(n, YAML_LIST, 1, POLICY_TESTS, err)) != RC_OK)
		return rc;
	for (n = yaml_first(n); n != NULL; n = yaml_next(n))
		if ((rc = run_example(r, n, &nobody.facts, want, err)) != RC_OK)
			return rc;
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
judge_line(const struct ruleset *set, const struct yaml_node *n, const struct facts *f,
    struct verdict *v, struct err *err)
{
	struct aws_request *req = NULL;
	enum rc rc;

	if ((rc = read_command(n, &req, err)) != RC_OK)
		return rc;
	/* What is refused before any rule is asked is denied, too. */
	decide(set, req, f, v);
	aws_free(req);
	return RC_OK;
}

static enum rc
judge_node(const struct ruleset *set, const struct yaml_node *n, struct facts *f,
    struct verdict *v, struct err *err)
{
	struct callnode c = { 0 };
	enum rc rc;

	if ((rc = callnode_read(n, f, &c, err)) != RC_OK)
		return rc;
	f->path = PATH_API;
	decide_call(set, NULL, c.api, &c.needs, f, v);
	callnode_clear(&c);
	return RC_OK;
}

/* The question itself: one of three forms. */
static enum rc
put_question(const struct ruleset *set, const struct yaml_node *n, struct facts *f,
    struct verdict *v, struct err *err)
{
	const struct yaml_node *line = yaml_find(n, "line"),
			       *argv = yaml_find(n, "argv"),
			       *call = yaml_find(n, "call");
	enum rc rc;

	if ((line != NULL) + (argv != NULL) + (call != NULL) != 1)
		return yaml_fail(
		    n, err, "expected one of the keys line, argv and call");
	if (call != NULL)
		return judge_node(set, call, f, v, err);
	if ((line != NULL && (rc = yaml_want(line, YAML_TEXT, err)) != RC_OK) ||
	    (argv != NULL && (rc = yaml_want(argv, YAML_LIST, err)) != RC_OK))
		return rc;
	return judge_line(set, line != NULL ? line : argv, f, v, err);
}

static enum rc
run_test(const struct policy *p, const struct ruleset *set, const struct yaml_node *n,
    struct err *err)
{
	static const struct vocab keys[] = {
		{ "as", VOCAB_MUST },
		{ "line", VOCAB_MAY },
		{ "argv", VOCAB_MAY },
		{ "call", VOCAB_MAY },
		{ "place", VOCAB_MAY },
		{ "expect", VOCAB_MUST },
		{ "rule", VOCAB_MAY },
		{ "at", VOCAB_LATER },
		{ "reason", VOCAB_LATER },
		{ NULL, VOCAB_MAY },
	};
	struct asker asker = { 0 };
	struct verdict v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = asker_read(yaml_find(n, "as"), &asker, err)) != RC_OK ||
	    (rc = asker_place(yaml_find(n, "place"), &asker.facts, err)) != RC_OK ||
	    (rc = put_question(set, n, &asker.facts, &v, err)) != RC_OK)
		return rc;
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
	rc = ruling_prepare(&set, err);
	for (n = yaml_first(p->tests); rc == RC_OK && n != NULL; n = yaml_next(n))
		rc = run_test(p, &set, n, err);
	ruling_release(&set);
	return rc;
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
