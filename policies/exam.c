/* Putting a policy's own questions to it; see exam.h. */
#include "policies/exam.h"

#include <string.h>

#include "policies/asker.h"
#include "policies/callnode.h"
#include "policies/decide.h"
#include "policies/fit.h"
#include "policies/inquiry.h"
#include "policies/ruling.h"
#include "policies/vocab.h"
#include "policies/when.h"

/* Who hears of each; NULL: the first that does not hold ends it. */
struct listener {
	exam_each_fn *fn;
	void *arg;
};

/* One came out so: whether to go on. */
static enum rc
tell(const struct listener *to, enum rc rc, const struct err *err)
{
	if (to == NULL || (rc != RC_OK && rc != RC_REFUSE))
		return rc;
	to->fn(to->arg, rc, err);
	return RC_OK;
}

/* ---- examples ---- */

/* Whether the rule's `aws` speaks about a command, in *ret: an allow about all of it, any
 * other about some.  What is refused before any rule is asked no rule speaks about. */
static enum rc
ask_command(const struct rule *r, const struct yaml_node *n, const struct facts *f,
    bool *ret, struct err *err)
{
	struct aws_request *req = NULL;
	struct refusal refusal;
	struct question q = { 0 };
	struct words *w = NULL;
	enum rc rc;

	*ret = false;
	rc = words_split(yaml_span(n), &w, err);
	if (rc == RC_OK && (rc = aws_read(w, &req, &refusal)) == RC_FAIL)
		err_memory(err);
	if (rc == RC_OK && (rc = question_argv(req, f, &q, err)) == RC_OK)
		*ret = fit_rule(r, &q);
	question_clear(&q);
	aws_free(req);
	words_free(w);
	return rc == RC_REFUSE ? RC_OK : rc;
}

/* The same for a call of an SDK. */
static enum rc
ask_call(const struct rule *r, const struct yaml_node *n, const struct facts *f,
    bool *ret, struct err *err)
{
	struct callnode c = { 0 };
	struct question q = { 0 };
	enum rc rc;

	*ret = false;
	if ((rc = callnode_read(n, f, &c, err)) != RC_OK)
		return rc;
	if (c.api != NULL) {
		rc = question_call(NULL, c.api, &c.needs, f, &q, err);
		if (rc == RC_OK)
			*ret = fit_rule(r, &q);
		question_clear(&q);
	}
	callnode_clear(&c);
	return rc == RC_REFUSE ? RC_OK : rc;
}

/* For everything else: whether a policy of this rule alone, which asks nobody who they
 * are, gives the rule's own answer. */
static enum rc
ask_alone(const struct rule *r, const struct inquiry *q, const struct facts *f,
    bool *ret, struct err *err)
{
	struct unless except;
	struct rule own = *r;
	const struct rule *rules[] = { &own };
	const struct ruleset set = { .n = 1, .rules = rules };
	struct verdict v = { 0 };
	enum rc rc;

	own.who = NULL;
	own.where = NULL;
	own.when = NULL;
	/* An exception for some people is none for all. */
	if (r->unless != NULL) {
		except = *r->unless;
		if (except.who != NULL || except.where != NULL || except.when != NULL)
			own.unless = NULL;
		else
			own.unless = &except;
	}
	if ((rc = inquiry_put(q, &set, f, &v, err)) != RC_OK)
		return rc;
	/* Nothing is missing in the question: it is memory. */
	if (strcmp(v.code, "internal") == 0)
		return err_set(err, RC_FAIL, "%s", v.reason);
	*ret = v.effect == r->effect && strcmp(v.rule, r->name) == 0;
	return RC_OK;
}

/* On one of the rule's paths. */
static enum rc
ask_path(const struct rule *r, struct inquiry q, enum path path, const struct facts *f,
    bool *ret, struct err *err)
{
	bool aws = r->aws != NULL &&
		   (path == PATH_API || (path == PATH_EXEC && q.kind == INQUIRY_LINE));
	const struct ruleset none = { .n = 0 };
	struct verdict v;
	enum rc rc = RC_OK;

	*ret = false;
	q.path = path;
	/* Also what cannot match has to be a question; any text is. */
	if (!(r->paths & RULE_PATH(path)))
		return q.kind == INQUIRY_LINE ? RC_OK
					      : inquiry_put(&q, &none, f, &v, err);
	if (aws)
		rc = path == PATH_API ? ask_call(r, q.n, f, ret, err)
				      : ask_command(r, q.n, f, ret, err);
	if (rc != RC_OK || *ret || (aws && r->n_shapes == 0))
		return rc;
	return ask_alone(r, &q, f, ret, err);
}

/* A text may be a line of either path that has lines. */
static enum rc
run_example(const struct rule *r, const struct yaml_node *n, const struct facts *f,
    bool want, struct err *err)
{
	struct inquiry q;
	bool got = false;
	enum rc rc;

	if ((rc = inquiry_example(n, &q, err)) != RC_OK ||
	    (rc = ask_path(r, q, q.path, f, &got, err)) != RC_OK)
		return rc;
	if (!got && q.kind == INQUIRY_LINE &&
	    (rc = ask_path(r, q, PATH_SHELL, f, &got, err)) != RC_OK)
		return rc;
	if (got == want)
		return RC_OK;
	return yaml_fail(n, err, "rule %s %s this example", r->name,
	    got ? "matches" : "does not match");
}

static enum rc
run_list(const struct rule *r, const char *key, bool want, const struct listener *to,
    struct err *err)
{
	const struct yaml_node *n = yaml_find(r->examples, key);
	struct asker nobody;
	enum rc rc;

	if (n == NULL)
		return RC_OK;
	if ((rc = asker_read(NULL, &nobody, err)) != RC_OK ||
	    (rc = asker_place(yaml_find(r->examples, "place"), &nobody, err)) != RC_OK)
		return rc;
	if ((rc = vocab_count(n, YAML_LIST, 1, POLICY_TESTS, err)) != RC_OK)
		return rc;
	for (n = yaml_first(n); n != NULL; n = yaml_next(n)) {
		rc = run_example(r, n, &nobody.facts, want, err);
		if ((rc = tell(to, rc, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* ---- tests ---- */

/* "deny, by rule r", "deny, no rule matched", "deny (expansion)". */
static enum rc
fail_effect(const struct yaml_node *expect, const struct verdict *v, const char *rule,
    struct err *err)
{
	const char *effect = effect_name(v->effect);

	if (rule[0] != '\0')
		return yaml_fail(
		    expect, err, "the answer is %s, by rule %s", effect, rule);
	if (v->code[0] == '\0' || strcmp(v->code, "unmatched") == 0)
		return yaml_fail(
		    expect, err, "the answer is %s, no rule matched", effect);
	return yaml_fail(expect, err, "the answer is %s (%s)", effect, v->code);
}

static enum rc
compare(const struct yaml_node *test, const struct policy *p, const struct verdict *v,
    struct err *err)
{
	const struct yaml_node *rule = yaml_find(test, "rule");
	const struct yaml_node *reason = yaml_find(test, "reason");
	const struct yaml_node *expect = yaml_find(test, "expect");
	const char *got = v->rule[0] == '\0' ? "" : v->rule + strlen(p->name) + 1;
	size_t want;
	enum rc rc;

	if ((rc = yaml_choice(expect, effect_names, &want, err)) != RC_OK)
		return rc;
	if (want != (size_t)v->effect)
		return fail_effect(expect, v, got, err);
	if (rule != NULL && strcmp(yaml_cstr(rule), got) != 0)
		return yaml_fail(rule, err, "it was decided by %s%s",
		    got[0] == '\0' ? "no rule" : "rule ", got);
	if (reason != NULL && strcmp(yaml_cstr(reason), v->code) != 0)
		return yaml_fail(
		    reason, err, "the code of its reason is \"%s\"", v->code);
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
		{ "path", VOCAB_MAY },
		{ "call", VOCAB_MAY },
		{ "forward", VOCAB_MAY },
		{ "ssm", VOCAB_MAY },
		{ "script", VOCAB_MAY },
		{ "place", VOCAB_MAY },
		{ "at", VOCAB_MAY },
		{ "expect", VOCAB_MUST },
		{ "rule", VOCAB_MAY },
		{ "reason", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *at;
	struct asker asker = { 0 };
	struct inquiry q;
	struct verdict v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = asker_read(yaml_find(n, "as"), &asker, err)) != RC_OK ||
	    (rc = asker_place(yaml_find(n, "place"), &asker, err)) != RC_OK)
		return rc;
	if ((at = yaml_find(n, "at")) != NULL &&
	    (rc = when_read_moment(at, NULL, NULL, &asker.facts.now, err)) != RC_OK)
		return rc;
	if ((rc = inquiry_read(n, &q, err)) != RC_OK ||
	    (rc = inquiry_put(&q, set, &asker.facts, &v, err)) != RC_OK)
		return rc;
	return compare(n, p, &v, err);
}

static enum rc
run_tests(const struct policy *p, const struct listener *to, struct err *err)
{
	const struct rule *rules[POLICY_RULES];
	struct ruleset set = { .n = p->n_rules,
		.rules = rules,
		.n_runbooks = p->n_runbooks,
		.runbooks = (const struct runbook *const *)p->runbooks };
	const struct yaml_node *n = yaml_first(p->tests);
	enum rc rc = RC_OK;

	if (n == NULL)
		return RC_OK;
	for (size_t i = 0; i < p->n_rules; i++)
		rules[i] = &p->rules[i];
	if ((rc = ruleset_sort(&set, err)) == RC_OK)
		rc = ruling_prepare(&set, err);
	for (; rc == RC_OK && n != NULL; n = yaml_next(n))
		rc = tell(to, run_test(p, &set, n, err), err);
	ruling_release(&set);
	return rc;
}

static enum rc
run(const struct policy *p, const struct listener *to, struct err *err)
{
	enum rc rc;

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct rule *r = &p->rules[i];

		if (r->examples == NULL)
			continue;
		if ((rc = run_list(r, "match", true, to, err)) != RC_OK ||
		    (rc = run_list(r, "no_match", false, to, err)) != RC_OK)
			return rc;
	}
	return p->tests == NULL ? RC_OK : run_tests(p, to, err);
}

enum rc
exam_run(const struct policy *p, struct err *err)
{
	return run(p, NULL, err);
}

enum rc
exam_each(const struct policy *p, exam_each_fn *fn, void *arg, struct err *err)
{
	const struct listener to = { fn, arg };

	return run(p, &to, err);
}
