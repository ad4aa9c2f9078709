/* The verdict on a line or a command, worked out once more in the plainest way: each part
 * by itself, against all rules, without index, order or steps.  Only what a rule says of
 * a part (enum fit) is taken from the engine. */
#ifndef TESTS_POLICIES_NAIVE_H
#define TESTS_POLICIES_NAIVE_H

#include "policies/arnpattern.h"
#include "policies/fit.h"
#include "policies/part.h"
#include "policies/question.h"
#include "policies/rule.h"

static inline unsigned
naive_ambient(const struct rule *r, const struct facts *f)
{
	if (!(r->paths & RULE_PATH(f->path)))
		return FIT_NO;
	return who_fit(r->who, f) & where_fit(r->where, f, f->region) &
	       when_fit(r->when, f->now);
}

static inline unsigned
naive_except(const struct rule *r, const struct facts *f)
{
	const struct unless *u = r->unless;

	return u == NULL ? FIT_NO
			 : who_fit(u->who, f) & where_fit(u->where, f, f->region) &
			       when_fit(u->when, f->now);
}

/* What a rule says of everything beside commands. */
static inline unsigned
naive_alone(const struct rule *r, const struct facts *f)
{
	unsigned fit = naive_ambient(r, f), except = naive_except(r, f);

	if (r->unless == NULL || r->unless->n_shapes > 0 || r->unless->aws != NULL)
		return fit;
	return except & FIT_SURE ? FIT_NO : except != FIT_NO ? fit & FIT_MAYBE : fit;
}

static inline unsigned
naive_fit(const struct rule *r, const struct part *p, const struct facts *f)
{
	size_t steps = 0;

	return part_fit(r, p, naive_ambient(r, f), naive_except(r, f), &steps);
}

static inline bool
naive_redir(const struct ruleset *set, const struct parts *parts,
    const struct part_redir *d, const struct facts *f)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (r->effect == EFFECT_DENY || !part_redirects(r, d->redir))
			continue;
		if (r->effect == EFFECT_ALLOW && (naive_alone(r, f) & FIT_SURE))
			return true;
		for (size_t k = 0; k < parts->n; k++)
			if (parts->v[k].command == d->command && !parts->v[k].wrapper &&
			    (naive_fit(r, &parts->v[k], f) & FIT_SURE))
				return true;
	}
	return false;
}

/* Sees all rules for one part. */
static inline void
naive_part(const struct ruleset *set, struct part *p, const struct facts *f)
{
	for (size_t i = 0; i < set->n; i++) {
		unsigned fit = naive_fit(set->rules[i], p, f);

		switch (set->rules[i]->effect) {
		case EFFECT_DENY:
			p->denied |= (fit & FIT_MAYBE) != 0;
			break;
		case EFFECT_HOLD:
			p->held |= fit != FIT_NO;
			p->granted |= (fit & FIT_SURE) != 0;
			break;
		case EFFECT_ALLOW:
			p->granted |= (fit & FIT_SURE) != 0;
			break;
		}
	}
}

/* Rules about lines that are not understood: do they deny, do they hold it. */
static inline void
naive_odd(const struct ruleset *set, const struct facts *f, bool *denied, bool *held)
{
	*denied = *held = false;
	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (!r->undecidable)
			continue;
		if (r->effect == EFFECT_DENY && (naive_alone(r, f) & FIT_MAYBE))
			*denied = true;
		if (r->effect == EFFECT_HOLD && (naive_alone(r, f) & FIT_SURE))
			*held = true;
	}
}

static inline enum effect
naive_combine(const struct ruleset *set, struct parts *parts, const struct facts *f)
{
	bool odd = parts->undecidable != SHELL_FINE, missing = false, denied = false,
	     held = false, odd_denied, odd_held;

	for (size_t i = 0; i < parts->n; i++) {
		struct part *p = &parts->v[i];

		naive_part(set, p, f);
		denied |= p->denied;
		held |= p->held;
		if (p->granted || p->wrapper)
			continue;
		if (p->odd || p->subject.open)
			odd = true;
		else
			missing = true;
	}
	for (size_t i = 0; i < parts->n_redirs; i++)
		missing |= !naive_redir(set, parts, &parts->redirs[i], f);
	naive_odd(set, f, &odd_denied, &odd_held);
	if (denied || (odd && odd_denied))
		return EFFECT_DENY;
	if (missing || (odd && (!odd_held || parts->undecidable == SHELL_EMPTY ||
				   parts->undecidable == SHELL_LIMIT ||
				   parts->undecidable == SHELL_CHARACTER)))
		return EFFECT_DENY;
	return held || odd ? EFFECT_HOLD : EFFECT_ALLOW;
}

static inline enum effect
naive_line(const struct ruleset *set, struct span line, const struct facts *f)
{
	struct arena *a = arena_new(262144);
	enum effect effect = EFFECT_DENY;
	struct parts parts;
	struct err err;

	if (a != NULL && parts_read(line, a, NULL, &parts, &err) == RC_OK)
		effect = naive_combine(set, &parts, f);
	arena_free(a);
	return effect;
}

/* What a rule says of one point of a command's calls. */
static inline unsigned
naive_point(const struct rule *r, const struct question *q,
    const struct question_call *c, const struct point *p, const struct facts *f)
{
	const struct unless *u = r->unless;
	unsigned fit, sure, wide;

	if (r->aws == NULL || !(r->paths & RULE_PATH(f->path)))
		return FIT_NO;
	fit = who_fit(r->who, f) & where_fit(r->where, f, q->region) &
	      when_fit(r->when, f->now) & fit_call(r, q, c) & fit_operation(r, q, p) &
	      fit_resource(r, q, p);
	if (u == NULL || u->n_shapes > 0)
		return fit;
	sure = who_fit(u->who, f) & where_fit(u->where, f, q->region) &
	       when_fit(u->when, f->now);
	wide = sure;
	if (u->aws != NULL) {
		sure &= fit_except(u->aws, true, q, c, p);
		wide &= fit_except(u->aws, false, q, c, p);
	}
	return sure & FIT_SURE ? FIT_NO : wide != FIT_NO ? fit & FIT_MAYBE : fit;
}

static inline enum effect
naive_points(const struct ruleset *set, const struct question *q, const struct facts *f)
{
	enum effect worst = EFFECT_ALLOW;

	for (size_t i = 0; i < q->n; i++)
		for (size_t k = 0; k < q->calls[i].n; k++) {
			bool denied = false, held = false, granted = false;

			for (size_t m = 0; m < set->n; m++) {
				const struct rule *r = set->rules[m];
				unsigned fit = naive_point(
				    r, q, &q->calls[i], &q->calls[i].points[k], f);

				denied |= r->effect == EFFECT_DENY && (fit & FIT_MAYBE);
				held |= r->effect == EFFECT_HOLD && fit != FIT_NO;
				granted |= r->effect != EFFECT_DENY && (fit & FIT_SURE);
			}
			if (denied || !granted)
				return EFFECT_DENY;
			worst = held ? EFFECT_HOLD : worst;
		}
	return worst;
}

static inline enum effect
naive_argv(
    const struct ruleset *set, const struct aws_request *req, const struct facts *f)
{
	enum effect effect = EFFECT_DENY;
	struct err err = { "" };
	struct question q;

	if (question_argv(req, f, &q, &err) == RC_OK)
		effect = naive_points(set, &q, f);
	question_clear(&q);
	return effect;
}

#endif
