/* Deciding; see decide.h.  There is no way out of the loop over the rules before its
 * end: an allow that is seen early must not hide a deny that comes late. */
#include "policies/decide.h"

#include <stdio.h>
#include <string.h>

/* What the rules say of one call so far. */
struct judged {
	bool matched;
	enum effect effect;
};

struct decision {
	const struct aws_request *req;
	const struct facts *facts;
	const struct ruleset *set;
	struct verdict *v;
	struct judged calls[AWS_CALLS];
	/* The first rule of each effect that matched, and the call it matched. */
	const struct rule *first[EFFECT_ALLOW + 1];
	size_t first_call[EFFECT_ALLOW + 1];
	bool crowded; /* more hold rules than a verdict has room for */
};

static void
set_call(struct verdict *v, const struct aws_call *c)
{
	snprintf(v->call, sizeof v->call, "%s:%s", c->service, c->operation);
}

/* A verdict that is a deny whatever it was. */
static void
refuse(struct verdict *v, const char *reason)
{
	v->effect = EFFECT_DENY;
	v->n_needs = 0;
	v->rule[0] = '\0';
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
apply(struct decision *d, const struct rule *r)
{
	bool any = false;

	for (size_t i = 0; i < d->req->n_calls; i++) {
		struct judged *j = &d->calls[i];

		if (!rule_covers(r, d->req, &d->req->calls[i]))
			continue;
		if (!j->matched || r->effect < j->effect)
			j->effect = r->effect;
		j->matched = true;
		if (d->first[r->effect] == NULL) {
			d->first[r->effect] = r;
			d->first_call[r->effect] = i;
		}
		any = true;
	}
	if (any && r->effect == EFFECT_HOLD)
		add_need(d, r);
}

/* The most severe of all calls; *at is the first that has it.  True when that call was
 * matched by a rule. */
static bool
combine(const struct decision *d, enum effect *worst, size_t *at)
{
	bool matched = true;

	*worst = EFFECT_ALLOW;
	*at = 0;
	for (size_t i = 0; i < d->req->n_calls; i++) {
		const struct judged *j = &d->calls[i];
		enum effect e = j->matched ? j->effect : EFFECT_DENY;

		if (e >= *worst)
			continue;
		*worst = e;
		*at = i;
		matched = j->matched;
	}
	return matched;
}

/* Append to a text that stays a text. */
static void
append(char *out, size_t size, const char *before, const char *text)
{
	size_t n = strlen(out);

	if (n + strlen(before) + strlen(text) + 1 <= size)
		snprintf(out + n, size - n, "%s%s", before, text);
}

/* Say what is missing, and what of the same service this caller may do, so that an
 * agent need not guess. */
static void
explain_unmatched(const struct decision *d, const struct aws_call *missing)
{
	const char *before = "; allowed of it: ";
	unsigned shown = 0;

	refuse(d->v, "");
	snprintf(d->v->reason, sizeof d->v->reason,
	    "unmatched: no rule allows %.*s:%.*s", 64, missing->service, 128,
	    missing->operation);
	for (size_t i = 0; i < d->set->n; i++) {
		const struct rule *r = d->set->rules[i];

		if (r->effect != EFFECT_ALLOW || !who_holds(r->who, d->facts))
			continue;
		for (size_t k = 0; k < r->n_matches && shown < 4; k++) {
			if (strcmp(r->matches[k].service, missing->service) != 0)
				continue;
			append(d->v->reason, sizeof d->v->reason, before,
			    r->matches[k].text);
			before = ", ";
			shown++;
		}
	}
}

static void
name_rule(struct verdict *v, const struct rule *r)
{
	memcpy(v->rule, r->name, sizeof v->rule);
	snprintf(v->reason, sizeof v->reason, "%s", r->reason == NULL ? "" : r->reason);
}

static void
conclude(struct decision *d)
{
	enum effect worst;
	size_t at;
	bool matched = combine(d, &worst, &at);
	const struct rule *r;

	/* A rule that says no tells more than the want of one that says yes. */
	if (d->first[EFFECT_DENY] != NULL) {
		worst = EFFECT_DENY;
		matched = true;
	}
	if (!matched) {
		set_call(d->v, &d->req->calls[at]);
		explain_unmatched(d, &d->req->calls[at]);
		return;
	}
	if ((r = d->first[worst]) == NULL) {
		refuse(d->v, "internal: no rule stands for this verdict");
		return;
	}
	set_call(d->v, &d->req->calls[d->first_call[worst]]);
	name_rule(d->v, r);
	if (worst == EFFECT_HOLD && d->crowded) {
		refuse(d->v, "limit: too many hold rules match");
		return;
	}
	if (worst != EFFECT_HOLD)
		d->v->n_needs = 0;
	d->v->effect = worst;
}

static bool
complete(const struct facts *f)
{
	return f != NULL && f->who != NULL && f->who->name != NULL &&
	       (f->who->kind == IDENTITY_AGENT || f->who->kind == IDENTITY_HUMAN) &&
	       f->proof >= PROOF_KEY && f->proof <= PROOF_UID;
}

void
decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret)
{
	struct decision d = { .req = req, .facts = facts, .set = set, .v = ret };

	memset(ret, 0, sizeof *ret);
	if (set == NULL || req == NULL || req->n_calls == 0 ||
	    req->n_calls > AWS_CALLS || !complete(facts)) {
		refuse(ret, "internal: not enough is known to decide");
		return;
	}
	memcpy(ret->policy, set->digest, sizeof ret->policy);
	for (size_t i = 0; i < set->n; i++)
		if (who_holds(set->rules[i]->who, facts))
			apply(&d, set->rules[i]);
	conclude(&d);
	/* No needs are left behind on anything but a hold. */
	if (ret->effect != EFFECT_HOLD)
		memset(ret->needs, 0, sizeof ret->needs);
}
