/* Telling how a verdict came about; see explain.h. */
#include "policies/explain.h"

#include <stdio.h>
#include <string.h>

#include "policies/decide_parts.h"
#include "policies/fit.h"
#include "policies/refusal.h"

static size_t
count(const struct candidates *c)
{
	size_t n = 0;

	for (size_t i = 0; (i = candidates_next(c, i)) != CANDIDATES_END; i++)
		n++;
	return n;
}

#define EXPLAIN_OTHERS "not for who asks"

/* What rules said of a part, from the most severe on. */
static void
set_outcome(struct explain_part *e, bool granted, bool held, bool denied,
    const struct rule *const by[])
{
	enum effect effect = denied ? EFFECT_DENY : held ? EFFECT_HOLD : EFFECT_ALLOW;

	if (by[effect] != NULL)
		e->rule = by[effect]->name;
	if (denied || granted)
		e->outcome = effect_name(effect);
}

/* Which condition it is: whoever asks is not told, who writes policies has to know. */
static void
put_misfit(const struct ruling *g, const struct rule *r, const char *region,
    char out[PART_WHY])
{
	char tag[PART_WHY / 2];
	bool unknown = g->facts->now == 0;
	const char *key;

	if (!(when_fit(r->when, g->facts->now) & FIT_SURE))
		snprintf(out, PART_WHY, "when: %s",
		    unknown ? "the time is not known" : "not at this time");
	else if ((key = where_misfit(
		      r->where, g->facts, region, &unknown, tag, sizeof tag)) != NULL)
		snprintf(out, PART_WHY, "where: the %s is %s", key,
		    unknown ? "not known" : "another");
	else
		snprintf(out, PART_WHY, "%s", PART_ELSEWHERE);
}

static void
add_near(struct explain_part *e, const struct ruling *g, const struct rule *r,
    const char *region, const char *why)
{
	struct explain_near *near = &e->near[e->n_near++];

	near->rule = r->name;
	if (strcmp(why, PART_ELSEWHERE) == 0)
		put_misfit(g, r, region, near->why);
	else
		snprintf(near->why, sizeof near->why, "%s", why);
}

/* A rule that speaks of the part, and lets somebody else do it. */
static bool
is_for_others(const struct ruling *g, const struct rule *r, unsigned fit)
{
	return r->effect != EFFECT_DENY && (fit & FIT_SURE) &&
	       !who_holds(r->who, g->facts);
}

/* Whether another rule may be told of. */
static bool
wants_near(const struct explain_part *e)
{
	return strcmp(e->outcome, "unmatched") == 0 && e->n_near < EXPLAIN_NEAR;
}

static void
tell_part(struct explain *e, const struct judging *j, size_t i)
{
	const struct part *p = &j->parts.v[i];
	const struct candidates *c = &j->candidates;
	struct explain_part ep = {
		.number = i + 1, .outcome = "unmatched", .rule = ""
	};
	const char *region = j->g.facts->region;
	char text[PART_TEXT], why[PART_WHY];
	size_t steps = 0;

	snprintf(ep.text, sizeof ep.text, "%s", part_text(p, text));
	if (p->odd)
		ep.outcome = shell_reason_name(j->parts.undecidable);
	else if (p->wrapper)
		ep.outcome = "wrapper";
	set_outcome(
	    &ep, p->granted || (p->wrapper && p->held), p->held, p->denied, p->by);
	for (size_t k = 0;
	     wants_near(&ep) && (k = candidates_next(c, k)) != CANDIDATES_END; k++)
		if (judging_why(j, j->g.set->rules[k], p, why)[0] != '\0')
			add_near(&ep, &j->g, j->g.set->rules[k], region, why);
	for (size_t k = 0;
	     wants_near(&ep) && (k = candidates_next(c, k)) != CANDIDATES_END; k++) {
		const struct rule *r = j->g.set->rules[k];

		if (r->n_shapes > 0 &&
		    is_for_others(&j->g, r, part_fit(r, p, FIT_BOTH, FIT_NO, &steps)))
			add_near(&ep, &j->g, r, region, EXPLAIN_OTHERS);
	}
	e->part(&ep, e->arg);
}

static void
tell_redir(struct explain *e, const struct part_redir *d, size_t number)
{
	struct explain_part ep = { .number = number, .rule = "" };
	char text[PART_TEXT];

	ep.outcome = d->granted ? "allow" : "unmatched";
	snprintf(ep.text, sizeof ep.text, "%s", part_redir_text(d->redir, text));
	e->part(&ep, e->arg);
}

/* Where a line breaks off. */
static void
tell_end(struct explain *e, const struct judging *j, size_t number)
{
	struct explain_part ep = { .number = number, .rule = "" };

	ep.outcome = shell_reason_name(j->parts.undecidable);
	snprintf(ep.text, sizeof ep.text, "(byte %zu) %s", j->parts.offset + 1,
	    j->parts.what == NULL ? "" : j->parts.what);
	if (j->odd_by != NULL) {
		ep.rule = j->odd_by->name;
		ep.outcome = effect_name(j->odd_by->effect);
	}
	e->part(&ep, e->arg);
}

void
explain_line(const struct ruleset *set, struct span line, const struct facts *facts,
    struct explain *e, struct verdict *ret, struct buf *canon)
{
	struct judging j = { 0 };
	size_t n = 0;

	e->looked = 0;
	if (ruling_begin(&j.g, set, facts, PATH_SHELL, ret)) {
		judging_line(&j, line, canon);
		e->looked = count(&j.candidates);
		for (; e->part != NULL && n < j.parts.n; n++)
			tell_part(e, &j, n);
		for (size_t i = 0; e->part != NULL && i < j.parts.n_redirs; i++)
			tell_redir(e, &j.parts.redirs[i], ++n);
		if (e->part != NULL && j.parts.undecidable != SHELL_FINE)
			tell_end(e, &j, n + 1);
	}
	ruling_end(&j.g);
}

static void
tell_point(struct explain *e, const struct decision *d, const struct point *p,
    const struct question_call *c, size_t number)
{
	struct explain_part ep = {
		.number = number, .outcome = "unmatched", .rule = ""
	};
	char why[PART_WHY], shown[REFUSAL_WORD], arn[EXPLAIN_TEXT];

	snprintf(arn, sizeof arn, "%s", p->need->arn);
	for (char *at = arn; (at = strstr(at, QUESTION_UNKNOWN)) != NULL;)
		*at = '?';
	snprintf(ep.text, sizeof ep.text, "%s:%s %s", p->need->service,
	    p->need->operation, refusal_word(arn, shown));
	set_outcome(&ep, p->granted, p->held, p->denied, p->by);
	for (size_t k = 0; wants_near(&ep) &&
			   (k = candidates_next(&d->candidates, k)) != CANDIDATES_END;
	     k++)
		if (decision_why(d, d->g.set->rules[k], c, p, why)[0] != '\0')
			add_near(&ep, &d->g, d->g.set->rules[k], d->q->region, why);
	for (size_t k = 0; wants_near(&ep) &&
			   (k = candidates_next(&d->candidates, k)) != CANDIDATES_END;
	     k++) {
		const struct rule *r = d->g.set->rules[k];

		if (r->aws != NULL &&
		    is_for_others(&d->g, r, fit_operation(r, d->q, p)))
			add_near(&ep, &d->g, r, d->q->region, EXPLAIN_OTHERS);
	}
	e->part(&ep, e->arg);
}

void
explain_argv(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct explain *e, struct verdict *ret)
{
	struct question q = { 0 };
	struct decision d = { .q = &q };
	const struct question_call *c;
	struct point *p;

	e->looked = 0;
	if (ruling_begin(&d.g, set, facts, PATH_EXEC, ret) && req != NULL &&
	    decision_argv(&d, req)) {
		e->looked = count(&d.candidates);
		for (size_t i = 0;
		     e->part != NULL && (p = decision_point(&q, i, &c)) != NULL; i++)
			tell_point(e, &d, p, c, i + 1);
	}
	question_clear(&q);
	ruling_end(&d.g);
}

void
explain_put(const struct explain_part *p, struct buf *out)
{
	buf_printf(out, "%3zu %-40s %-10s%s%s\n", p->number, p->text, p->outcome,
	    p->rule[0] == '\0' ? "" : " rule ", p->rule);
	for (size_t i = 0; i < p->n_near; i++)
		buf_printf(out, "      %s: %s\n", p->near[i].rule, p->near[i].why);
}
