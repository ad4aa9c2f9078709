/* Deciding; see decide.h.  There is no way out of the loop over the rules before its
 * end: an allow that is seen early must not hide a deny that comes late. */
#include "policies/decide.h"

#include <stdio.h>
#include <string.h>

#include "policies/cover.h"
#include "policies/fit.h"

struct decision {
	struct question *q;
	const struct facts *facts;
	const struct ruleset *set;
	struct verdict *v;
	/* The first rule of each effect that acted, and the point it acted on. */
	const struct rule *first[EFFECT_ALLOW + 1];
	const struct point *first_point[EFFECT_ALLOW + 1];
	bool crowded; /* more hold rules than a verdict has room for */
};

/* A command's own call is named as the command line does, anything else as the API. */
static void
set_call(struct decision *d, const struct point *p)
{
	bool cli = d->q->req != NULL && d->q->calls[0].owns_needs && !p->need->implied;

	snprintf(d->v->call, sizeof d->v->call, "%s:%s", p->need->service,
	    cli ? p->cli : p->need->operation);
}

/* A verdict that is a deny whatever it was. */
static void
refuse(struct verdict *v, const char *reason)
{
	struct verdict none = { .effect = EFFECT_DENY };

	memcpy(none.call, v->call, sizeof none.call);
	memcpy(none.policy, v->policy, sizeof none.policy);
	*v = none;
	snprintf(v->reason, sizeof v->reason, "%s", reason);
}

static void
add_need(struct decision *d, const struct rule *r)
{
	if (d->v->n_needs == VERDICT_NEEDS)
		d->crowded = true;
	else
		d->v->needs[d->v->n_needs++] = r->need;
}

static void
act(struct decision *d, const struct rule *r, struct point *p, unsigned fit)
{
	if (r->effect == EFFECT_DENY)
		p->denied = true;
	else if (fit & FIT_SURE)
		p->granted = true;
	if (r->effect == EFFECT_HOLD)
		p->held = true;
	if (d->first[r->effect] == NULL) {
		d->first[r->effect] = r;
		d->first_point[r->effect] = p;
	}
}

static void
apply(struct decision *d, const struct rule *r)
{
	bool any = false;

	for (size_t i = 0; i < d->q->n; i++) {
		struct question_call *c = &d->q->calls[i];
		unsigned whole = fit_call(r, d->q, c);

		for (size_t k = 0; k < c->n && whole != FIT_NO; k++) {
			struct point *p = &c->points[k];
			unsigned fit = whole & fit_operation(r, d->q, p);

			if (fit != FIT_NO)
				fit &= fit_resource(r, d->q, p);
			if (!fit_acts(r->effect, fit))
				continue;
			act(d, r, p, fit);
			any = true;
		}
	}
	if (!any || r->effect == EFFECT_DENY)
		return;
	terms_add(&r->terms, d->v);
	if (r->effect == EFFECT_HOLD)
		add_need(d, r);
}

static bool
applies(const struct decision *d, const struct rule *r)
{
	return (r->paths & RULE_PATH(d->facts->path)) && who_holds(r->who, d->facts);
}

/* The most severe of all points: what it comes to, and the first that no rule lets
 * through. */
static enum effect
combine(const struct decision *d, const struct question_call **call,
    const struct point **missing)
{
	enum effect worst = EFFECT_ALLOW;

	*missing = NULL;
	for (size_t i = 0; i < d->q->n; i++)
		for (size_t k = 0; k < d->q->calls[i].n; k++) {
			const struct point *p = &d->q->calls[i].points[k];

			if (p->held && worst == EFFECT_ALLOW)
				worst = EFFECT_HOLD;
			if (p->denied)
				worst = EFFECT_DENY;
			if (p->granted || *missing != NULL)
				continue;
			*missing = p;
			*call = &d->q->calls[i];
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

/* What stands in the way of the rules that name the operation. */
static bool
explain_misfit(struct decision *d, const struct question_call *c, const struct point *p)
{
	char why[FIT_WHY], text[FIT_WHY + VERDICT_RULE + 16];

	for (size_t i = 0; i < d->set->n; i++) {
		const struct rule *r = d->set->rules[i];

		if (r->effect == EFFECT_DENY || !applies(d, r) ||
		    fit_why(r, d->q, c, p, why)[0] == '\0')
			continue;
		snprintf(
		    text, sizeof text, "; rule %s allows it, but %s", r->name, why);
		append(d->v->reason, sizeof d->v->reason, text, "");
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

	for (size_t i = 0; i < d->set->n; i++) {
		const struct rule *r = d->set->rules[i];

		if (r->effect != EFFECT_ALLOW || !applies(d, r))
			continue;
		for (size_t k = 0; k < r->aws->n_matches && shown < 4; k++) {
			if (strcmp(r->aws->matches[k].service, missing->need->service) != 0)
				continue;
			append(d->v->reason, sizeof d->v->reason, before,
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
	refuse(d->v, "");
	snprintf(call, sizeof call, "%s", d->v->call);
	snprintf(d->v->reason, sizeof d->v->reason, "unmatched: no rule allows %.*s",
	    200, call);
	if (!explain_misfit(d, c, missing))
		explain_others(d, missing);
}

static void
name_rule(struct verdict *v, const struct rule *r)
{
	memcpy(v->rule, r->name, sizeof v->rule);
	snprintf(v->reason, sizeof v->reason, "%s", r->reason == NULL ? "" : r->reason);
}

static void
fill_in(struct decision *d)
{
	for (size_t i = 0; i < d->q->n; i++)
		for (size_t k = 0; k < d->q->calls[i].n; k++)
			d->v->reveal |= d->q->calls[i].points[k].secret;
	if (d->q->req != NULL) {
		d->v->file_in = d->q->req->file_in;
		d->v->file_out = d->q->req->file_out;
	}
}

static void
conclude(struct decision *d)
{
	const struct question_call *c = NULL;
	const struct point *missing;
	enum effect worst = combine(d, &c, &missing);
	const struct rule *r;

	/* A rule that says no tells more than the want of one that says yes. */
	if (missing != NULL && worst != EFFECT_DENY) {
		explain_unmatched(d, c, missing);
		return;
	}
	if ((r = d->first[worst]) == NULL) {
		refuse(d->v, "internal: no rule stands for this verdict");
		return;
	}
	set_call(d, d->first_point[worst]);
	if (worst == EFFECT_HOLD && d->crowded) {
		refuse(d->v, "limit: too many hold rules match");
		return;
	}
	if (worst == EFFECT_DENY)
		refuse(d->v, "");
	else
		fill_in(d);
	d->v->effect = worst;
	name_rule(d->v, r);
}

/* The verdict on a question that is laid out. */
static void
judge(const struct ruleset *set, struct question *q, const struct facts *facts,
    struct verdict *v)
{
	struct decision d = { .q = q, .facts = facts, .set = set, .v = v };

	for (size_t i = 0; i < set->n; i++)
		if (applies(&d, set->rules[i]))
			apply(&d, set->rules[i]);
	conclude(&d);
	/* No needs are left behind on anything but a hold. */
	if (v->effect != EFFECT_HOLD) {
		v->n_needs = 0;
		memset(v->needs, 0, sizeof v->needs);
	}
}

static bool
complete(const struct facts *f, enum path path)
{
	return f != NULL && f->path == path && f->who != NULL && f->who->name != NULL &&
	       (f->who->kind == IDENTITY_AGENT || f->who->kind == IDENTITY_HUMAN) &&
	       f->proof >= PROOF_KEY && f->proof <= PROOF_UID;
}

static void
begin(const struct ruleset *set, struct verdict *v)
{
	memset(v, 0, sizeof *v);
	if (set != NULL)
		memcpy(v->policy, set->digest, sizeof v->policy);
	refuse(v, "internal: not enough is known to decide");
}

/* Why something cannot be laid out; our own trouble is no business of the caller's. */
static void
refuse_why(struct verdict *v, enum rc rc, const struct err *err)
{
	refuse(v, rc == RC_REFUSE ? err->text : "internal: out of memory");
}

void
decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret)
{
	struct question q = { 0 };
	struct err err = { "" };
	enum rc rc;

	begin(set, ret);
	if (set == NULL || req == NULL || !complete(facts, PATH_EXEC))
		return;
	if ((rc = question_argv(req, facts, &q, &err)) == RC_OK) {
		ret->reason[0] = '\0';
		judge(set, &q, facts, ret);
	} else {
		refuse_why(ret, rc, &err);
	}
	question_clear(&q);
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

void
decide_call(const struct ruleset *set, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs,
    const struct facts *facts, struct verdict *ret)
{
	struct question asked = { 0 }, q = { 0 };
	struct err err = { "" };
	enum rc rc = RC_OK;

	begin(set, ret);
	if (set == NULL || call == NULL || needs == NULL ||
	    !complete(facts, argv != NULL ? PATH_EXEC : PATH_API))
		return;
	snprintf(ret->call, sizeof ret->call, "%s:%s", apicall_service(call),
	    apicall_operation(call));
	if (argv != NULL)
		rc = question_argv(argv, facts, &asked, &err);
	if (rc == RC_OK)
		rc =
		    lay_out(argv != NULL ? &asked : NULL, call, needs, facts, &q, &err);
	if (rc == RC_OK) {
		ret->reason[0] = '\0';
		judge(set, &q, facts, ret);
	} else {
		refuse_why(ret, rc, &err);
	}
	question_clear(&q);
	question_clear(&asked);
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
	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (r->effect != EFFECT_DENY && (r->paths & RULE_PATH(facts->path)) &&
		    who_holds(r->who, facts))
			return true;
	}
	return false;
}
