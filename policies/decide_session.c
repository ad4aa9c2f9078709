/* Deciding on what is one thing as a whole: a port connection, a session on a target, a
 * stored script; see decide.h. */
#include "policies/decide.h"

#include <string.h>

#include "policies/fit.h"
#include "policies/forwardrule.h"
#include "policies/index.h"
#include "policies/ruling.h"
#include "policies/scriptrule.h"
#include "policies/ssmrule.h"

/* What is asked: one of these is set. */
struct thing {
	enum path path;
	enum index_kind kind;
	const char *what; /* for the caller */
	const struct forward_ask *forward;
	const struct ssm_ask *session;
	const char *script;
	const struct words *arguments;
	struct shell_word *words;
};

static unsigned
fit_thing(const struct thing *t, const struct rule *r, const struct facts *f)
{
	if (t->forward != NULL && r->forward != NULL)
		return forwardrule_fit(
		    r->forward, t->forward->host, t->forward->port, f);
	if (t->session != NULL && r->ssm != NULL)
		return ssmrule_fit(
		    r->ssm, t->session->document, (unsigned)t->session->mode);
	if (t->script != NULL && r->script != NULL)
		return scriptrule_fit(r->script, t->script, t->words,
		    t->arguments == NULL ? 0 : words_count(t->arguments));
	return FIT_NO;
}

static unsigned
fit_rule_whole(struct ruling *g, const struct thing *t, const struct rule *r)
{
	unsigned fit = ruling_ambient(g, r, g->facts->region), except;
	const struct unless *u = r->unless;

	if (fit != FIT_NO)
		fit &= fit_thing(t, r, g->facts);
	if (fit == FIT_NO || u == NULL || u->aws != NULL || u->n_shapes > 0)
		return fit;
	except = ruling_except(g, u, g->facts->region);
	return fit_besides(fit, except, except);
}

static void
conclude(struct ruling *g, const struct thing *t, bool granted)
{
	if (g->spent)
		ruling_refuse(g, "limit", "limit: too much to be decided at once");
	else if (g->first[EFFECT_DENY] != NULL)
		ruling_name(g, EFFECT_DENY);
	else if (!granted)
		ruling_refuse(g, "unmatched", "unmatched: no rule allows %s", t->what);
	else
		ruling_name(
		    g, g->first[EFFECT_HOLD] != NULL ? EFFECT_HOLD : EFFECT_ALLOW);
}

static void
judge(struct ruling *g, const struct thing *t)
{
	struct candidates c;
	bool granted = false;

	if (!candidates_begin(&c, g->set, t->path, g->arena)) {
		ruling_refuse(g, "internal", "internal: out of memory");
		return;
	}
	candidates_add(&c, t->kind, NULL, NULL);
	for (size_t i = 0; (i = candidates_next(&c, i)) != CANDIDATES_END; i++) {
		const struct rule *r = g->set->rules[i];
		unsigned fit = fit_rule_whole(g, t, r);

		if (!ruling_step(g, 1) || !fit_acts(r->effect, fit))
			continue;
		if (r->effect != EFFECT_DENY && (fit & FIT_SURE))
			granted = true;
		ruling_act(g, r, 0);
		ruling_add(g, r);
	}
	conclude(g, t, granted);
}

void
decide_forward(const struct ruleset *set, const struct forward_ask *ask,
    const struct facts *facts, struct verdict *ret)
{
	struct thing t = { .path = PATH_FORWARD,
		.kind = INDEX_FORWARD,
		.what = "this connection",
		.forward = ask };
	struct ruling g;

	if (ruling_begin(&g, set, facts, t.path, ret) && ask != NULL)
		judge(&g, &t);
	ruling_end(&g);
}

void
decide_open(const struct ruleset *set, const struct ssm_ask *ask,
    const struct facts *facts, struct verdict *ret)
{
	struct thing t = { .path = PATH_SHELL,
		.kind = INDEX_SESSION,
		.what = "a session of this kind here",
		.session = ask };
	struct ruling g;

	if (ruling_begin(&g, set, facts, t.path, ret) && ask != NULL)
		judge(&g, &t);
	ruling_end(&g);
}

/* Whether a rule speaks about what there is on such a path, on the facts' target. */
static bool
reaches(const struct rule *r, const struct facts *f)
{
	if (f->path == PATH_FORWARD)
		return r->forward != NULL &&
		       (forwardrule_fit_target(r->forward, f) & FIT_SURE);
	return f->path == PATH_SHELL &&
	       (r->n_shapes > 0 || r->undecidable || r->script != NULL);
}

bool
decide_reaches(const struct ruleset *set, const struct facts *facts)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (r->effect != EFFECT_DENY && ruling_about(r, facts) &&
		    (r->paths & RULE_PATH(facts->path)) && reaches(r, facts) &&
		    who_holds(r->who, facts) &&
		    (where_fit(r->where, facts, facts->region) & FIT_SURE))
			return true;
	}
	return false;
}

/* The arguments as the rules look at words. */
static bool
take_words(struct thing *t, struct arena *a)
{
	size_t n = words_count(t->arguments);

	if ((t->words = arena_list(a, n, sizeof *t->words)) == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		t->words[i] = (struct shell_word){ .text = words_at(t->arguments, i),
			.len = strlen(words_at(t->arguments, i)),
			.quoted = true };
	return true;
}

void
decide_script(const struct ruleset *set, const char *name,
    const struct words *arguments, const struct facts *facts, struct verdict *ret)
{
	struct thing t = { .path = PATH_SHELL,
		.kind = INDEX_SCRIPT,
		.what = "this script",
		.script = name,
		.arguments = arguments };
	struct ruling g;

	if (ruling_begin(&g, set, facts, t.path, ret) && name != NULL) {
		if (arguments == NULL || take_words(&t, g.arena))
			judge(&g, &t);
		else
			ruling_refuse(&g, "internal", "internal: out of memory");
	}
	ruling_end(&g);
}
