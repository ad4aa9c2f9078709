/* Rule against question; see fit.h. */
#include "policies/fit.h"

#include <stdio.h>
#include <string.h>

#include "policies/awsfacts.h"
#include "policies/refusal.h"

/* A member that says nothing of what is done: the command fills it, or every client. */
static bool
aside(const struct question_call *c, const char *top)
{
	return (c->own != NULL && awsfacts_listed(c->own, top)) ||
	       iam_harmless(apicall_service(c->api), apicall_operation(c->api), top);
}

/* The CLI's name of a member, if it has another. */
static const char *
option_of(const struct question_call *c, const char *top)
{
	struct awsmodel_param p;

	return c->modelled && awsmodel_param(&c->op, span_of(top), &p) ? p.option
								       : NULL;
}

/* True for the first of the params of one name. */
static bool
is_first(const struct apicall *api, size_t i)
{
	const struct apicall_param *p = apicall_at(api, i);
	size_t at = 0;

	if (i > 0 && strcmp(apicall_at(api, i - 1)->name, p->name) == 0)
		return false;
	return apicall_next(api, p->name, &at) == p;
}

static unsigned
fit_values(const struct matcher *m, const struct apicall *api, const char *name)
{
	struct matcher_tally t = { 0 };
	const struct apicall_param *p;
	size_t at = 0;

	while ((p = apicall_next(api, name, &at)) != NULL)
		matcher_see(m, p->value, p->known, &t);
	return matcher_fit(m, &t);
}

/* What lies on a path belongs to its member, whose condition is about the whole, unless
 * the path has one of its own. */
static const struct matcher *
find_condition(const struct awsrule *a, const struct question_call *c, const char *name,
    const char *top, bool *whole)
{
	const struct matcher *m = clause_find(a->parameters, name, NULL);

	*whole = false;
	if (m != NULL || strcmp(name, top) == 0)
		return m != NULL ? m
				 : clause_find(a->parameters, top, option_of(c, top));
	*whole = true;
	return clause_find(a->parameters, top, option_of(c, top));
}

static unsigned
fit_member(const struct awsrule *a, const struct question_call *c, const char *name)
{
	struct matcher_tally unknown = { .n = 1, .unknown = true };
	const struct matcher *m;
	char top[APICALL_TOP];
	bool whole;

	if (!apicall_top(name, top))
		return FIT_MAYBE;
	m = find_condition(a, c, name, top, &whole);
	if (m == NULL)
		return aside(c, top) ? FIT_SURE : FIT_NO;
	return whole ? matcher_fit(m, &unknown) : fit_values(m, c->api, name);
}

/* Closed: every member has to fit for a sure answer, one is enough for a maybe. */
static unsigned
fit_members(const struct awsrule *a, const struct question_call *c)
{
	unsigned all = FIT_SURE;

	for (size_t i = 0; i < apicall_count(c->api); i++) {
		unsigned fit;

		if (!is_first(c->api, i))
			continue;
		fit = fit_member(a, c, apicall_at(c->api, i)->name);
		all = fit_all(all, fit);
	}
	return all;
}

/* Without a list, all but what has to stand in one. */
static unsigned
fit_unlisted(const struct question_call *c)
{
	char top[APICALL_TOP];

	for (size_t i = 0; i < apicall_count(c->api); i++) {
		const char *name = apicall_at(c->api, i)->name;

		if (!is_first(c->api, i))
			continue;
		if (!apicall_top(name, top))
			return FIT_MAYBE;
		if (iam_listed_only(
			apicall_service(c->api), apicall_operation(c->api), top))
			return FIT_MAYBE;
	}
	return FIT_BOTH;
}

/* The first of the options of one name. */
static bool
is_first_option(const struct aws_request *req, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(req->options[k].name, req->options[i].name) == 0)
			return false;
	return true;
}

static unsigned
fit_option(const struct awsrule *a, const struct aws_request *req, const char *name)
{
	const struct matcher *m = clause_find(a->options, name, NULL);
	struct matcher_tally t = { 0 };

	if (m == NULL)
		return FIT_NO;
	for (size_t i = 0; i < req->n_options; i++)
		if (strcmp(req->options[i].name, name) == 0 &&
		    req->options[i].value != NULL)
			matcher_see(m, span_of(req->options[i].value), true, &t);
	return matcher_fit(m, &t);
}

/* A region counts whether or not an option names it. */
static unsigned
fit_region(const struct awsrule *a, const struct question *q)
{
	const struct matcher *m = clause_find(a->options, "region", NULL);
	struct matcher_tally t = { 0 };

	if (m == NULL)
		return FIT_SURE;
	matcher_see(m, span_of(q->region), q->region != NULL, &t);
	return matcher_fit(m, &t);
}

static unsigned
fit_options(const struct awsrule *a, const struct question *q)
{
	unsigned all = fit_region(a, q);

	/* An SDK's call has none; its region is the call's.  A command's --region has to
	 * fit beside the region that its call goes to. */
	for (size_t i = 0; q->req != NULL && i < q->req->n_options; i++) {
		const char *name = q->req->options[i].name;
		unsigned fit;

		if (!is_first_option(q->req, i))
			continue;
		fit = fit_option(a, q->req, name);
		all = fit_all(all, fit);
	}
	return all;
}

static unsigned
fit_files(const struct rule *r, const struct question *q)
{
	if (q->req != NULL &&
	    ((q->req->file_in && !r->terms.in) || (q->req->file_out && !r->terms.out)))
		return FIT_MAYBE;
	return FIT_BOTH;
}

/* It is there, as a member or an option. */
static bool
has_required(const struct question *q, const struct question_call *c, const char *name)
{
	char top[APICALL_TOP];

	for (size_t i = 0; q->req != NULL && i < q->req->n_options; i++)
		if (clause_same(q->req->options[i].name, name))
			return true;
	for (size_t i = 0; i < apicall_count(c->api); i++) {
		const char *option;

		if (clause_same(apicall_at(c->api, i)->name, name))
			return true;
		if (!apicall_top(apicall_at(c->api, i)->name, top))
			continue;
		option = option_of(c, top);
		if (clause_same(top, name) ||
		    (option != NULL && clause_same(option, name)))
			return true;
	}
	return false;
}

/* Of a list for several operations, what this one has no member for. */
static bool
has_no_member(const struct awsrule *a, const struct question_call *c, const char *name)
{
	struct awsmodel_param p;
	char top[APICALL_TOP];

	if (!c->modelled || !apicall_top(name, top) ||
	    (a->options != NULL && clause_find(a->options, name, NULL) != NULL))
		return false;
	for (uint32_t i = 0; i < c->op.n_params; i++) {
		awsmodel_param_at(&c->op, i, &p);
		if (clause_same(p.name, top) || clause_same(p.option, top))
			return false;
	}
	return true;
}

static bool
has_all(
    const struct awsrule *a, const struct question *q, const struct question_call *c)
{
	for (size_t i = 0; i < a->n_required; i++)
		if (!has_required(q, c, a->required[i]) &&
		    !has_no_member(a, c, a->required[i]))
			return false;
	return true;
}

/* The words and members of a call, as a list of operations looks at them. */
static unsigned
fit_said(
    const struct awsrule *a, const struct question *q, const struct question_call *c)
{
	unsigned fit = a->parameters != NULL ? fit_members(a, c) : fit_unlisted(c);

	if (a->options != NULL)
		fit &= fit_options(a, q);
	return fit == FIT_NO || has_all(a, q, c) ? fit : FIT_MAYBE;
}

unsigned
fit_call(const struct rule *r, const struct question *q, const struct question_call *c)
{
	/* Every word of a runbook was approved, and what the wire makes of them is covered
	 * by them. */
	if (r->runbook != NULL)
		return FIT_BOTH;
	return fit_files(r, q) & fit_said(r->aws, q, c);
}

/* A command such as s3 rm has a name of its own.  Only a pattern in the CLI's spelling
 * means it, and to let it through only one without wildcards: s3:R* allows
 * RestoreObject, and must not let rm through. */
static unsigned
fit_name(
    const struct match *m, bool lets, const struct question *q, const struct point *p)
{
	const struct aws_name *name;

	if (q->req == NULL || m->api)
		return FIT_NO;
	name = &q->req->name;
	if (!match_operation(m, name->service, name->operation, NULL))
		return FIT_NO;
	if (m->wild && lets)
		return FIT_NO;
	return p->named ? FIT_BOTH : FIT_MAYBE;
}

static unsigned
fit_operations(
    const struct awsrule *a, bool lets, const struct question *q, const struct point *p)
{
	unsigned all = FIT_NO;

	for (size_t i = 0; i < a->n_matches && all != FIT_BOTH; i++) {
		const struct match *m = &a->matches[i];
		unsigned fit = fit_name(m, lets, q, p);

		if (match_operation(m, p->need->service, p->cli, p->need->operation))
			fit = FIT_BOTH;
		/* Credentials are given by nobody who did not write down that they
		 * are. */
		if (p->secret && m->wild)
			fit &= FIT_MAYBE;
		all |= fit;
	}
	return all;
}

static unsigned
fit_resources(const struct awsrule *a, const struct question *q, const struct point *p)
{
	bool known = q->placed || p->known;
	unsigned all = FIT_NO;

	if (a->n_resources == 0)
		return FIT_BOTH;
	for (size_t i = 0; i < a->n_resources && all != FIT_BOTH; i++)
		all |= known ? arnpattern_fit(a->resources[i], p->need->arn, p->kind)
			     : arnpattern_fit(a->resources[i], "*", ARN_PATTERN);
	return all;
}

/* All that the command of a runbook comes to is its own, also what its options bring
 * in. */
static bool
is_its_command(const struct rule *r, const struct question *q)
{
	return q->req != NULL &&
	       match_operation(&r->aws->matches[0], q->req->name.service,
		   q->req->name.operation, NULL);
}

unsigned
fit_operation(const struct rule *r, const struct question *q, const struct point *p)
{
	if (r->runbook != NULL)
		return is_its_command(r, q) ? FIT_BOTH : FIT_NO;
	return fit_operations(r->aws, r->effect == EFFECT_ALLOW, q, p);
}

unsigned
fit_resource(const struct rule *r, const struct question *q, const struct point *p)
{
	return fit_resources(r->aws, q, p);
}

bool
fit_elsewhere(const struct rule *r, const struct question_call *c)
{
	const struct awsrule *a = r->aws;

	if (c->beginning.len == 0 || a->n_resources == 0)
		return false;
	for (size_t i = 0; i < a->n_resources; i++)
		if (!arnpattern_apart(a->resources[i], c->beginning))
			return false;
	return true;
}

unsigned
fit_except(const struct awsrule *a, bool lets, const struct question *q,
    const struct question_call *c, const struct point *p)
{
	unsigned fit = fit_operations(a, lets, q, p);

	if (fit != FIT_NO)
		fit &= fit_resources(a, q, p);
	return fit == FIT_NO ? FIT_NO : fit & fit_said(a, q, c);
}

bool
fit_acts(enum effect effect, unsigned fit)
{
	switch (effect) {
	case EFFECT_ALLOW:
		return (fit & FIT_SURE) != 0;
	case EFFECT_DENY:
		return (fit & FIT_MAYBE) != 0;
	default:
		return fit != FIT_NO;
	}
}

unsigned
fit_besides(unsigned fit, unsigned sure, unsigned wide)
{
	if (sure & FIT_SURE)
		return FIT_NO;
	return wide == FIT_NO ? fit : fit & FIT_MAYBE;
}

/* An exception that says who, where or when is for somebody, and nobody asks here. */
static unsigned
fit_beside(const struct rule *r, const struct question *q,
    const struct question_call *c, const struct point *p, unsigned fit)
{
	const struct unless *u = r->unless;

	if (u == NULL || u->who != NULL || u->where != NULL || u->when != NULL ||
	    u->aws == NULL || u->n_shapes > 0)
		return fit;
	return fit_besides(
	    fit, fit_except(u->aws, true, q, c, p), fit_except(u->aws, false, q, c, p));
}

bool
fit_rule(const struct rule *r, const struct question *q)
{
	size_t acts = 0, n = 0;

	if (r->aws == NULL)
		return false;
	for (size_t i = 0; i < q->n; i++) {
		const struct question_call *c = &q->calls[i];
		unsigned whole = fit_call(r, q, c);

		for (size_t k = 0; k < c->n; k++, n++) {
			const struct point *p = &c->points[k];
			unsigned fit = whole & fit_operation(r, q, p);

			fit = fit_beside(r, q, c, p, fit & fit_resource(r, q, p));
			acts += fit_acts(r->effect, fit);
		}
	}
	return r->effect == EFFECT_ALLOW ? n > 0 && acts == n : acts > 0;
}

static const char *
why_members(const struct rule *r, const struct question_call *c, char out[FIT_WHY])
{
	char top[APICALL_TOP], shown[REFUSAL_WORD];

	for (size_t i = 0; i < apicall_count(c->api); i++) {
		const char *name = apicall_at(c->api, i)->name;
		bool bad;

		if (!is_first(c->api, i) || !apicall_top(name, top))
			continue;
		if (r->aws->parameters != NULL)
			bad = !(fit_member(r->aws, c, name) & FIT_SURE);
		else
			bad = iam_listed_only(
			    apicall_service(c->api), apicall_operation(c->api), top);
		if (bad) {
			snprintf(out, FIT_WHY, "not with this parameter %s",
			    refusal_word(name, shown));
			break;
		}
	}
	return out;
}

static const char *
why_options(const struct rule *r, const struct question *q, char out[FIT_WHY])
{
	char shown[REFUSAL_WORD];

	if (!(fit_region(r->aws, q) & FIT_SURE)) {
		snprintf(out, FIT_WHY, "not in this region");
		return out;
	}
	for (size_t i = 0; q->req != NULL && i < q->req->n_options; i++) {
		const char *name = q->req->options[i].name;

		if (fit_option(r->aws, q->req, name) & FIT_SURE)
			continue;
		snprintf(out, FIT_WHY, "not with this option --%s",
		    refusal_word(name, shown));
		break;
	}
	return out;
}

const char *
fit_why(const struct rule *r, const struct question *q, const struct question_call *c,
    const struct point *p, char out[FIT_WHY])
{
	out[0] = '\0';
	if (r->aws == NULL || !(fit_operation(r, q, p) & FIT_SURE))
		return out;
	if (!(fit_resource(r, q, p) & FIT_SURE))
		snprintf(out, FIT_WHY, "not on this resource");
	else if (r->aws->options != NULL && !(fit_options(r->aws, q) & FIT_SURE))
		return why_options(r, q, out);
	else if (!(fit_files(r, q) & FIT_SURE))
		snprintf(out, FIT_WHY, "not with files");
	else if (!has_all(r->aws, q, c))
		snprintf(out, FIT_WHY, "not without what it requires");
	else if (!(fit_call(r, q, c) & FIT_SURE))
		return why_members(r, c, out);
	return out;
}
