/* Gathering what rules say; see ruling.h.  No function here makes a verdict milder but
 * ruling_name(), and that only with a rule to name. */
#include "policies/ruling.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policies/arnpattern.h"
#include "policies/index.h"

size_t
ruling_arena(size_t n)
{
	return RULING_ARENA + n;
}

enum rc
ruling_prepare(struct ruleset *set, struct err *err)
{
	if ((set->arena = arena_new(ruling_arena(set->n))) == NULL)
		return err_memory(err);
	return index_build(set, &set->index, err);
}

void
ruling_release(struct ruleset *set)
{
	index_free(set->index);
	arena_free(set->arena);
	set->index = NULL;
	set->arena = NULL;
}

static bool
complete(const struct facts *f, enum path path)
{
	return f != NULL && f->path == path && f->who != NULL && f->who->name != NULL &&
	       (f->who->kind == IDENTITY_AGENT || f->who->kind == IDENTITY_HUMAN) &&
	       f->proof >= PROOF_KEY && f->proof <= PROOF_UID;
}

/* Cut, and zero to its end: verdicts are compared as bytes. */
static void
set_text(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);

	n = n < size ? n : size - 1;
	memcpy(out, text, n);
	memset(out + n, 0, size - n);
}

/* Behind the needs there is more of a verdict. */
#define BEHIND (offsetof(struct verdict, needs) + sizeof((struct verdict *)0)->needs)

/* All but the needs, which are most of it and hold nothing yet. */
static void
clear_verdict(struct verdict *v)
{
	memset(v, 0, offsetof(struct verdict, needs));
	memset((char *)v + BEHIND, 0, sizeof *v - BEHIND);
}

bool
ruling_begin(struct ruling *g, const struct ruleset *set, const struct facts *facts,
    enum path path, struct verdict *ret)
{
	*g = (struct ruling){
		.set = set,
		.facts = facts,
		.v = ret,
		.steps = path == PATH_SHELL ? RULING_LINE_STEPS : RULING_STEPS,
	};
	clear_verdict(ret);
	if (set != NULL)
		memcpy(ret->policy, set->digest, sizeof ret->policy);
	set_text(ret->code, sizeof ret->code, "internal");
	set_text(
	    ret->reason, sizeof ret->reason, "internal: not enough is known to decide");
	if (set == NULL || !complete(facts, path))
		return false;
	g->arena = set->arena;
	if (g->arena == NULL) {
		g->arena = arena_new(ruling_arena(set->n));
		g->owns_arena = true;
	}
	if (g->arena == NULL)
		return false;
	arena_reset(g->arena);
	return true;
}

void
ruling_end(struct ruling *g)
{
	if (g->owns_arena)
		arena_free(g->arena);
	else if (g->arena != NULL)
		arena_reset(g->arena);
	g->arena = NULL;
}

/* What was never written is as it was before. */
static void
drop_needs(struct verdict *v)
{
	memset(v->needs, 0, v->n_needs * sizeof v->needs[0]);
	v->n_needs = 0;
}

void
ruling_refuse(struct ruling *g, const char *code, const char *fmt, ...)
{
	struct verdict *v = g->v;
	char call[VERDICT_CALL];
	uint8_t policy[sizeof v->policy];
	va_list ap;

	memcpy(call, v->call, sizeof call);
	memcpy(policy, v->policy, sizeof policy);
	drop_needs(v);
	clear_verdict(v);
	v->effect = EFFECT_DENY;
	memcpy(v->call, call, sizeof v->call);
	memcpy(v->policy, policy, sizeof v->policy);
	snprintf(v->code, sizeof v->code, "%s", code);
	va_start(ap, fmt);
	vsnprintf(v->reason, sizeof v->reason, fmt, ap);
	va_end(ap);
}

bool
ruling_step(struct ruling *g, size_t n)
{
	if (n > g->steps) {
		g->steps = 0;
		g->spent = true;
		return false;
	}
	g->steps -= n;
	return true;
}

bool
ruling_about(const struct rule *r, const struct facts *facts)
{
	return r->runbook == NULL ||
	       (facts->runbook != NULL && strcmp(facts->runbook, r->name) == 0);
}

unsigned
ruling_ambient(const struct ruling *g, const struct rule *r, const char *region)
{
	unsigned fit;

	if (!(r->paths & RULE_PATH(g->facts->path)) || !ruling_about(r, g->facts) ||
	    (fit = who_fit(r->who, g->facts)) == FIT_NO)
		return FIT_NO;
	fit &= where_fit(r->where, g->facts, region);
	return fit == FIT_NO ? FIT_NO : fit & when_fit(r->when, g->facts->now);
}

unsigned
ruling_except(const struct ruling *g, const struct unless *u, const char *region)
{
	unsigned fit;

	if ((fit = who_fit(u->who, g->facts)) == FIT_NO)
		return FIT_NO;
	fit &= where_fit(u->where, g->facts, region);
	return fit == FIT_NO ? FIT_NO : fit & when_fit(u->when, g->facts->now);
}

void
ruling_act(struct ruling *g, const struct rule *r, size_t part)
{
	const struct rule *first = g->first[r->effect];

	if (first == r || (first != NULL && strcmp(first->name, r->name) < 0))
		return;
	g->first[r->effect] = r;
	g->first_part[r->effect] = part;
}

void
ruling_add(struct ruling *g, const struct rule *r)
{
	struct verdict *v = g->v;

	if (r->effect == EFFECT_DENY)
		return;
	if (!terms_add(&r->terms, v))
		g->crowded = true;
	if (r->effect != EFFECT_HOLD)
		return;
	if (v->n_needs == VERDICT_NEEDS)
		g->crowded = true;
	else
		v->needs[v->n_needs++] = *r->need;
}

void
ruling_reveal(
    struct ruling *g, const struct rule *r, const char *service, const char *operation)
{
	struct verdict *v = g->v;
	char name[VERDICT_CALL];
	int n = snprintf(name, sizeof name, "%s:%s", service, operation);

	if (n < 0 || (size_t)n >= sizeof name ||
	    !verdict_name_add(v->reveals, sizeof v->reveals, span_of(name)))
		g->crowded = true;
	/* The first by its name, whatever the order. */
	else if (v->reveals_by[0] == '\0' || strcmp(r->name, v->reveals_by) < 0)
		set_text(v->reveals_by, sizeof v->reveals_by, r->name);
}

bool
ruling_idle(const struct ruling *g, size_t rule)
{
	const struct rule *first = g->first[EFFECT_ALLOW], *r = g->set->rules[rule];

	if (first == NULL || !index_plain(g->set, rule))
		return false;
	/* With an index rules are walked in the order of their names. */
	return g->set->index != NULL ? first != r : strcmp(first->name, r->name) < 0;
}

void
ruling_name(struct ruling *g, enum effect worst)
{
	const struct rule *r = g->first[worst];

	if (r == NULL) {
		ruling_refuse(
		    g, "internal", "internal: no rule stands for this verdict");
		return;
	}
	if (worst != EFFECT_DENY && g->crowded) {
		ruling_refuse(g, "limit", "limit: too many rules match at once");
		return;
	}
	if (worst == EFFECT_DENY)
		ruling_refuse(g, "rule", "%s", "");
	g->v->effect = worst;
	set_text(g->v->code, sizeof g->v->code, worst == EFFECT_ALLOW ? "" : "rule");
	memcpy(g->v->rule, r->name, sizeof g->v->rule);
	set_text(g->v->reason, sizeof g->v->reason, r->reason == NULL ? "" : r->reason);
	/* No needs are left behind on anything but a hold. */
	if (worst != EFFECT_HOLD)
		drop_needs(g->v);
}
