/* Deciding on calls of AWS; see decide.h.  There is no way out of the loop over the
 * rules before its end: an allow that is seen early must not hide a deny that comes
 * late. */
#include "policies/decide.h"

#include <stdio.h>
#include <string.h>

#include "policies/cover.h"
#include "policies/fit.h"
#include "policies/ruling.h"

#define SHOWN 4 /* patterns named in a refusal */

struct decision {
	struct ruling g;
	struct question *q;
};

/* A command's own call is named as the command line does, anything else as the API. */
static void
set_call(struct decision *d, const struct point *p)
{
	bool cli = d->q->req != NULL && d->q->calls[0].owns_needs && !p->need->implied;

	snprintf(d->g.v->call, sizeof d->g.v->call, "%s:%s", p->need->service,
	    cli ? p->cli : p->need->operation);
}

static void
act(struct decision *d, const struct rule *r, struct point *p, size_t at, unsigned fit)
{
	if (r->effect == EFFECT_DENY)
		p->denied = true;
	else if (fit & FIT_SURE)
		p->granted = true;
	if (r->effect == EFFECT_HOLD)
		p->held = true;
	ruling_act(&d->g, r, at);
}

/* What the rule's exception leaves of its fit. */
static unsigned
beside(struct decision *d, const struct rule *r, const struct question_call *c,
    const struct point *p, unsigned fit)
{
	const struct unless *u = r->unless;
	unsigned ambient;

	if (u == NULL || fit == FIT_NO || u->n_shapes > 0)
		return fit;
	ambient = ruling_except(&d->g, u, d->q->region);
	if (u->aws == NULL)
		return fit_besides(fit, ambient, ambient);
	return fit_besides(fit, ambient & fit_except(u->aws, true, d->q, c, p),
	    ambient & fit_except(u->aws, false, d->q, c, p));
}

/* True when the rule acts on any point of the call; at is the number of its first. */
static bool
apply_call(struct decision *d, const struct rule *r, struct question_call *c, size_t at,
    unsigned ambient)
{
	unsigned whole = ambient & fit_call(r, d->q, c);
	bool any = false;

	for (size_t k = 0; k < c->n && whole != FIT_NO; k++) {
		struct point *p = &c->points[k];
		unsigned fit = whole & fit_operation(r, d->q, p);

		if (!ruling_step(&d->g, r->aws->n_matches))
			return any;
		if (fit != FIT_NO && !ruling_step(&d->g, r->aws->n_resources))
			return any;
		if (fit != FIT_NO)
			fit = beside(d, r, c, p, fit & fit_resource(r, d->q, p));
		if (!fit_acts(r->effect, fit))
			continue;
		act(d, r, p, at + k, fit);
		any = true;
	}
	return any;
}

static void
apply(struct decision *d, const struct rule *r)
{
	unsigned ambient;
	bool any = false;
	size_t at = 0;

	if (!ruling_step(&d->g, 1) || r->aws == NULL ||
	    (ambient = ruling_ambient(&d->g, r, d->q->region)) == FIT_NO)
		return;
	for (size_t i = 0; i < d->q->n; at += d->q->calls[i++].n)
		any |= apply_call(d, r, &d->q->calls[i], at, ambient);
	if (any)
		ruling_add(&d->g, r);
}

/* Point number i of all, and its call. */
static const struct point *
point_at(const struct question *q, size_t i, const struct question_call **call)
{
	for (size_t k = 0; k < q->n; i -= q->calls[k++].n)
		if (i < q->calls[k].n) {
			*call = &q->calls[k];
			return &q->calls[k].points[i];
		}
	return NULL;
}

/* The most severe of all points: what it comes to, and the first that no rule lets
 * through. */
static enum effect
combine(const struct decision *d, const struct question_call **call,
    const struct point **missing)
{
	enum effect worst = EFFECT_ALLOW;
	const struct question_call *c = NULL;
	const struct point *p;

	*missing = NULL;
	for (size_t i = 0; (p = point_at(d->q, i, &c)) != NULL; i++) {
		if (p->held && worst == EFFECT_ALLOW)
			worst = EFFECT_HOLD;
		if (p->denied)
			worst = EFFECT_DENY;
		if (p->granted || *missing != NULL)
			continue;
		*missing = p;
		*call = c;
	}
	return worst;
}

/* Append to a text that stays a text. */
static void
append(char *out, size_t size, const char *before, const char *text)
{
	size_t n = strlen(out);

	if (n + strlen(before) + strlen(text) + 1 <= size)
		snprintf(out + n, size - n, "%s%s", before, text);
}

/* Told is only what is said of whoever asks, where and when they ask. */
static bool
tells(struct decision *d, const struct rule *r)
{
	return r->aws != NULL && (ruling_ambient(&d->g, r, d->q->region) & FIT_SURE);
}

/* What stands in the way of the rules that name the operation. */
static bool
explain_misfit(struct decision *d, const struct question_call *c, const struct point *p)
{
	char why[FIT_WHY], text[FIT_WHY + VERDICT_RULE + 16];

	for (size_t i = 0; i < d->g.set->n; i++) {
		const struct rule *r = d->g.set->rules[i];

		if (r->effect == EFFECT_DENY || !tells(d, r) ||
		    fit_why(r, d->q, c, p, why)[0] == '\0')
			continue;
		snprintf(
		    text, sizeof text, "; rule %s allows it, but %s", r->name, why);
		append(d->g.v->reason, sizeof d->g.v->reason, text, "");
		return true;
	}
	return false;
}

/* What of the same service this caller may do, so that an agent need not guess. */
static void
explain_others(struct decision *d, const struct point *missing)
{
	const char *before = "; allowed of it: ";
	unsigned shown = 0;

	for (size_t i = 0; i < d->g.set->n; i++) {
		const struct rule *r = d->g.set->rules[i];

		if (r->effect != EFFECT_ALLOW || !tells(d, r))
			continue;
		for (size_t k = 0; k < r->aws->n_matches && shown < SHOWN; k++) {
			if (strcmp(r->aws->matches[k].service,
				missing->need->service) != 0)
				continue;
			append(d->g.v->reason, sizeof d->g.v->reason, before,
			    r->aws->matches[k].text);
			before = ", ";
			shown++;
		}
	}
}

static void
explain_unmatched(
    struct decision *d, const struct question_call *c, const struct point *missing)
{
	char call[VERDICT_CALL];

	set_call(d, missing);
	snprintf(call, sizeof call, "%s", d->g.v->call);
	ruling_refuse(&d->g, "unmatched", "unmatched: no rule allows %.*s", 200, call);
	if (!explain_misfit(d, c, missing))
		explain_others(d, missing);
}

static void
fill_in(struct decision *d)
{
	for (size_t i = 0; i < d->q->n; i++)
		for (size_t k = 0; k < d->q->calls[i].n; k++)
			d->g.v->reveal |= d->q->calls[i].points[k].secret;
	if (d->q->req != NULL) {
		d->g.v->file_in = d->q->req->file_in;
		d->g.v->file_out = d->q->req->file_out;
	}
}

static void
conclude(struct decision *d)
{
	const struct question_call *c = NULL;
	const struct point *missing;
	enum effect worst = combine(d, &c, &missing);

	if (d->g.spent) {
		ruling_refuse(&d->g, "limit", "limit: too much to be decided at once");
		return;
	}
	/* A rule that says no tells more than the want of one that says yes. */
	if (missing != NULL && worst != EFFECT_DENY) {
		explain_unmatched(d, c, missing);
		return;
	}
	if (d->g.first[worst] != NULL)
		set_call(d, point_at(d->q, d->g.first_part[worst], &c));
	ruling_name(&d->g, worst);
	if (d->g.v->effect != EFFECT_DENY)
		fill_in(d);
}

/* The verdict on a question that is laid out. */
static void
judge(struct decision *d)
{
	for (size_t i = 0; i < d->g.set->n; i++)
		apply(d, d->g.set->rules[i]);
	conclude(d);
}

/* Why something cannot be laid out; our own trouble is no business of the caller's. */
static void
refuse_why(struct ruling *g, enum rc rc, const struct err *err)
{
	if (rc == RC_REFUSE)
		ruling_refuse(g, "unmatched", "%.*s", VERDICT_REASON - 1, err->text);
	else
		ruling_refuse(g, "internal", "internal: out of memory");
}

void
decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret)
{
	struct question q = { 0 };
	struct decision d = { .q = &q };
	struct err err = { "" };
	enum rc rc;

	if (ruling_begin(&d.g, set, facts, PATH_EXEC, ret) && req != NULL) {
		if ((rc = question_argv(req, facts, &q, &err)) == RC_OK)
			judge(&d);
		else
			refuse_why(&d.g, rc, &err);
	}
	question_clear(&q);
	ruling_end(&d.g);
}

static enum rc
lay_out(const struct question *argv, const struct apicall *call,
    const struct iam_needs *needs, const struct facts *facts, struct question *q,
    struct err *err)
{
	const struct question_call *asked;
	enum rc rc;

	if ((rc = question_call(argv, call, needs, facts, q, err)) != RC_OK ||
	    argv == NULL)
		return rc;
	if ((asked = cover_find(argv, q, err)) == NULL)
		return RC_REFUSE;
	q->calls[0].own = asked->own;
	return RC_OK;
}

/* Lay out both and judge; call and needs are there. */
static void
judge_call(struct decision *d, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs)
{
	struct question asked = { 0 };
	struct err err = { "" };
	enum rc rc = RC_OK;

	snprintf(d->g.v->call, sizeof d->g.v->call, "%s:%s", apicall_service(call),
	    apicall_operation(call));
	if (argv != NULL)
		rc = question_argv(argv, d->g.facts, &asked, &err);
	if (rc == RC_OK)
		rc = lay_out(
		    argv != NULL ? &asked : NULL, call, needs, d->g.facts, d->q, &err);
	if (rc == RC_OK)
		judge(d);
	else
		refuse_why(&d->g, rc, &err);
	question_clear(&asked);
}

void
decide_call(const struct ruleset *set, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs,
    const struct facts *facts, struct verdict *ret)
{
	struct question q = { 0 };
	struct decision d = { .q = &q };

	if (ruling_begin(&d.g, set, facts, argv != NULL ? PATH_EXEC : PATH_API, ret) &&
	    call != NULL && needs != NULL)
		judge_call(&d, argv, call, needs);
	question_clear(&q);
	ruling_end(&d.g);
}

static bool
has_rule(const struct verdict *v, const char *rule)
{
	for (size_t i = 0; i < v->n_needs; i++)
		if (strcmp(v->needs[i].rule, rule) == 0)
			return true;
	return false;
}

bool
decide_released(const struct verdict *call, const struct verdict *argv)
{
	if (call->effect != EFFECT_HOLD || argv->effect != EFFECT_HOLD ||
	    call->n_needs == 0)
		return false;
	for (size_t i = 0; i < call->n_needs; i++)
		if (!has_rule(argv, call->needs[i].rule))
			return false;
	return true;
}

bool
decide_any(const struct ruleset *set, const struct facts *facts)
{
	const bool aws = facts->path == PATH_EXEC || facts->path == PATH_API;

	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (r->effect != EFFECT_DENY && (r->paths & RULE_PATH(facts->path)) &&
		    (r->aws != NULL || !aws) && who_holds(r->who, facts))
			return true;
	}
	return false;
}
