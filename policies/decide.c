/* Deciding on calls of AWS; see decide.h.  There is no way out of the loop over the
 * rules before its end: an allow that is seen early must not hide a deny that comes
 * late. */
#include "policies/decide.h"

#include <stdio.h>
#include <string.h>

#include "policies/cover.h"
#include "policies/decide_parts.h"
#include "policies/fit.h"

#define NAMED 4 /* operations of one batch that are remembered */

/* A command's own call is named as the command line does, anything else as the API. */
static void
set_call(struct decision *d, const struct point *p)
{
	bool cli = d->q->req != NULL && d->q->calls[0].owns_needs && !p->need->implied;

	d->g.v->call[0] = '\0';
	decide_append(d->g.v->call, sizeof d->g.v->call, p->need->service, ":");
	decide_append(
	    d->g.v->call, sizeof d->g.v->call, "", cli ? p->cli : p->need->operation);
}

static void
grant(struct decision *d, struct point *p)
{
	d->missing -= !p->granted;
	p->granted = true;
}

static void
act(struct decision *d, const struct rule *r, struct point *p, size_t at, unsigned fit)
{
	if (r->effect == EFFECT_DENY)
		p->denied = true;
	else if (fit & FIT_SURE)
		grant(d, p);
	if (r->effect == EFFECT_HOLD)
		p->held = true;
	if (p->by[r->effect] == NULL)
		p->by[r->effect] = r;
	ruling_act(&d->g, r, at);
}

/* What the rule's exception leaves of its fit. */
static unsigned
beside(const struct decision *d, const struct rule *r, const struct question_call *c,
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

/* Points of a batch lie side by side and have few operations between them. */
struct named {
	size_t n, next;
	const struct point *point[NAMED];
	unsigned fit[NAMED];
};

static unsigned
fit_named(
    struct decision *d, const struct rule *r, const struct point *p, struct named *seen)
{
	unsigned fit;

	for (size_t i = 0; i < seen->n; i++)
		if (point_alike(seen->point[i], p))
			return seen->fit[i];
	/* Where there are no steps left the verdict is a deny, whatever fits. */
	if (!ruling_step(&d->g, r->aws->n_matches))
		return FIT_NO;
	fit = fit_operation(r, d->q, p);
	seen->point[seen->next] = p;
	seen->fit[seen->next] = fit;
	seen->next = (seen->next + 1) % NAMED;
	seen->n += seen->n < NAMED;
	return fit;
}

/* What it costs to look at a call's members, in looks at a pattern. */
static size_t
members_cost(const struct awsrule *a, const struct question_call *c)
{
	size_t bytes = 0;

	for (size_t i = 0; a->weight > 0 && i < apicall_count(c->api); i++)
		bytes += apicall_at(c->api, i)->value.len;
	return bytes * a->weight / MATCHER_STEP;
}

/* What it costs to look at a point of it, and at the rule's exception. */
static size_t
point_cost(const struct rule *r, const struct question_call *c)
{
	const struct awsrule *except = r->unless == NULL ? NULL : r->unless->aws;
	size_t n = 1 + r->aws->resource_cost;

	return except == NULL ? n : n + except->resource_cost + members_cost(except, c);
}

/* True when the rule acts on any point of the call; at is the number of its first. */
static bool
apply_call(struct decision *d, const struct rule *r, struct question_call *c, size_t at,
    unsigned ambient)
{
	struct named seen = { 0 };
	unsigned whole = FIT_NO;
	bool any = false;

	/* Of a batch, most rules are about other things than all of it. */
	if (c->beginning.len > 0 &&
	    (!ruling_step(&d->g, r->aws->resource_cost) || fit_elsewhere(r, c)))
		return false;
	for (size_t k = 0; k < c->n; k++) {
		struct point *p = &c->points[k];
		unsigned fit = fit_named(d, r, p, &seen);

		if (!ruling_step(&d->g, fit == FIT_NO ? 1 : point_cost(r, c)))
			return any;
		if (fit == FIT_NO)
			continue;
		if (whole == FIT_NO && !ruling_step(&d->g, members_cost(r->aws, c)))
			return any;
		/* Members and options are looked at once, and only where it matters. */
		if (whole == FIT_NO && (whole = fit_call(r, d->q, c)) == FIT_NO)
			return any;
		fit &= ambient & whole;
		if (fit != FIT_NO)
			fit = beside(d, r, c, p, fit & fit_resource(r, d->q, p));
		if (!fit_acts(r->effect, fit))
			continue;
		act(d, r, p, at + k, fit);
		any = true;
	}
	return any;
}

/* The rule acts on this call of the request: only that one's answer may it reveal, and
 * nothing that options bring in. */
static void
note_reveal(struct decision *d, const struct rule *r, const struct question_call *c)
{
	const struct terms_call call = { .service = apicall_service(c->api),
		.cli = c->modelled ? c->op.cli : "",
		.operation = apicall_operation(c->api) };

	if (r->effect == EFFECT_HOLD && terms_reveal(&r->terms, &call))
		ruling_reveal(&d->g, r, call.service, call.operation);
}

static void
apply(struct decision *d, size_t rule)
{
	const struct rule *r = d->g.set->rules[rule];
	unsigned ambient;
	bool any = false;
	size_t at = 0;

	if (!ruling_step(&d->g, 1) || r->aws == NULL ||
	    (d->missing == 0 && ruling_idle(&d->g, rule)) ||
	    (ambient = ruling_ambient(&d->g, r, d->q->region)) == FIT_NO)
		return;
	for (size_t i = 0; i < d->q->n; at += d->q->calls[i++].n)
		if (apply_call(d, r, &d->q->calls[i], at, ambient)) {
			note_reveal(d, r, &d->q->calls[i]);
			any = true;
		}
	if (any)
		ruling_add(&d->g, r);
}

struct point *
decision_point(const struct question *q, size_t i, const struct question_call **call)
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
	for (size_t i = 0; (p = decision_point(d->q, i, &c)) != NULL; i++) {
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

const char *
decision_why(const struct decision *d, const struct rule *r,
    const struct question_call *c, const struct point *p, char out[PART_WHY])
{
	out[0] = '\0';
	if (r->aws == NULL || r->effect == EFFECT_DENY ||
	    !ruling_about(r, d->g.facts) || !who_holds(r->who, d->g.facts) ||
	    !(fit_operation(r, d->q, p) & FIT_SURE))
		return out;
	if (!(ruling_ambient(&d->g, r, d->q->region) & FIT_SURE))
		snprintf(out, PART_WHY, "%s", PART_ELSEWHERE);
	else if (fit_why(r, d->q, c, p, out)[0] == '\0' &&
		 !(beside(d, r, c, p, FIT_BOTH) & FIT_SURE))
		snprintf(out, PART_WHY, "an exception of it is about this");
	return out;
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
		set_call(d, missing);
		decision_refuse_unmatched(d, c, missing);
		return;
	}
	if (d->g.first[worst] != NULL)
		set_call(d, decision_point(d->q, d->g.first_part[worst], &c));
	ruling_name(&d->g, worst);
	if (d->g.v->effect != EFFECT_DENY)
		fill_in(d);
}

static void
add_candidates(struct candidates *c, const char *service, const char *operation)
{
	candidates_add(c, INDEX_CALL, service, operation);
	candidates_add(c, INDEX_WILD, service, NULL);
}

static bool
is_among(const struct point *const seen[NAMED], const struct point *p)
{
	for (size_t i = 0; i < NAMED; i++)
		if (seen[i] != NULL && point_alike(seen[i], p))
			return true;
	return false;
}

/* True when the command itself has the name: its rules are there. */
static bool
is_asked(const struct question *q, const struct point *p)
{
	return q->req != NULL && strcmp(q->req->name.operation, p->cli) == 0 &&
	       strcmp(q->req->name.service, p->need->service) == 0;
}

/* The rules that may name one of the points, or the command.  Points of one operation
 * lie side by side, hundreds of them in a batch. */
static bool
gather(struct decision *d)
{
	struct candidates *c = &d->candidates;
	const struct question_call *call;
	const struct point *p, *seen[NAMED] = { NULL };

	if (!candidates_begin(c, d->g.set, d->g.facts->path, d->g.arena))
		return false;
	if (d->q->req != NULL)
		add_candidates(c, d->q->req->name.service, d->q->req->name.operation);
	d->missing = 0;
	for (size_t i = 0; (p = decision_point(d->q, i, &call)) != NULL; i++) {
		d->missing++;
		if (is_among(seen, p))
			continue;
		seen[i % NAMED] = p;
		add_candidates(c, p->need->service, p->need->operation);
		if (!is_asked(d->q, p))
			candidates_add(c, INDEX_CALL, p->need->service, p->cli);
	}
	return true;
}

/* The verdict on a question that is laid out. */
void
decision_judge(struct decision *d)
{
	if (!gather(d)) {
		ruling_refuse(&d->g, "internal", "internal: out of memory");
		return;
	}
	for (size_t i = 0; (i = candidates_next(&d->candidates, i)) != CANDIDATES_END;
	     i++)
		apply(d, i);
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

bool
decision_argv(struct decision *d, const struct aws_request *req)
{
	struct err err = { "" };
	enum rc rc = question_argv(req, d->g.facts, d->q, &err);

	if (rc == RC_OK)
		decision_judge(d);
	else
		refuse_why(&d->g, rc, &err);
	return rc == RC_OK;
}

void
decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret)
{
	struct question q;
	struct decision d = { .q = &q };

	question_start(&q, PATH_EXEC);
	if (ruling_begin(&d.g, set, facts, PATH_EXEC, ret) && req != NULL)
		decision_argv(&d, req);
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
	struct question asked;
	struct err err = { "" };
	enum rc rc = RC_OK;

	question_start(&asked, PATH_EXEC);
	snprintf(d->g.v->call, sizeof d->g.v->call, "%s:%s", apicall_service(call),
	    apicall_operation(call));
	if (argv != NULL)
		rc = question_argv(argv, d->g.facts, &asked, &err);
	if (rc == RC_OK)
		rc = lay_out(
		    argv != NULL ? &asked : NULL, call, needs, d->g.facts, d->q, &err);
	if (rc == RC_OK)
		decision_judge(d);
	else
		refuse_why(&d->g, rc, &err);
	question_clear(&asked);
}

void
decide_call(const struct ruleset *set, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs,
    const struct facts *facts, struct verdict *ret)
{
	struct question q;
	struct decision d = { .q = &q };

	question_start(&q, PATH_API);
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
	/* Of commands there nothing but aws runs; calls have no other rules. */
	const bool aws = facts->path == PATH_EXEC;

	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (r->effect != EFFECT_DENY && ruling_about(r, facts) &&
		    (r->paths & RULE_PATH(facts->path)) && (r->aws != NULL || !aws) &&
		    who_holds(r->who, facts))
			return true;
	}
	return false;
}
