/* Deciding on lines for a shell; see decide.h.  As with calls there is no way out of the
 * loop over the rules before its end.  What of a line is not understood is never let
 * through by a rule that names commands. */
#include "policies/decide.h"

#include <stdio.h>
#include <string.h>

#include "policies/decide_parts.h"
#include "policies/fit.h"
#include "policies/wrapper.h"

static void
act(struct judging *j, const struct rule *r, struct part *p, unsigned fit)
{
	if (r->effect == EFFECT_DENY)
		p->denied = true;
	else if (fit & FIT_SURE)
		p->granted = true;
	if (r->effect == EFFECT_HOLD)
		p->held = true;
	if (p->by[r->effect] == NULL)
		p->by[r->effect] = r;
	ruling_act(&j->g, r, (size_t)(p - j->parts.v));
}

/* What a rule that lets a command run says of its redirections. */
static void
grant_redirs(struct judging *j, const struct rule *r, const struct part *p)
{
	for (size_t i = 0; i < j->parts.n_redirs; i++) {
		struct part_redir *d = &j->parts.redirs[i];

		if (d->command == p->command && part_redirects(r, d->redir))
			d->granted = true;
	}
}

static unsigned
except_of(const struct judging *j, const struct rule *r)
{
	return r->unless == NULL ? FIT_NO
				 : ruling_except(&j->g, r->unless, j->g.facts->region);
}

/* The same where no command is looked at: an exception for some commands is for none. */
static unsigned
except_alone(const struct judging *j, const struct rule *r)
{
	bool whole =
	    r->unless != NULL && r->unless->n_shapes == 0 && r->unless->aws == NULL;

	return whole ? except_of(j, r) : FIT_NO;
}

static bool
all_redirs(const struct judging *j)
{
	for (size_t i = 0; i < j->parts.n_redirs; i++)
		if (!j->parts.redirs[i].granted)
			return false;
	return true;
}

/* What is granted stays so.  What is odd, no rule can grant. */
static bool
is_settled(const struct judging *j)
{
	if (!all_redirs(j))
		return false;
	for (size_t i = 0; i < j->parts.n; i++) {
		const struct part *p = &j->parts.v[i];

		if (!p->granted && !p->wrapper && !p->odd)
			return false;
	}
	return true;
}

/* An allow that can change nothing any more. */
static bool
is_idle(struct judging *j, size_t rule)
{
	if (!ruling_idle(&j->g, rule))
		return false;
	if (!j->settled)
		j->settled = is_settled(j);
	return j->settled;
}

static void
apply(struct judging *j, size_t rule)
{
	const struct rule *r = j->g.set->rules[rule];
	unsigned ambient, except;
	bool any = false;

	if (!ruling_step(&j->g, 1) || is_idle(j, rule) || r->n_shapes == 0 ||
	    (ambient = ruling_ambient(&j->g, r, j->g.facts->region)) == FIT_NO)
		return;
	except = except_of(j, r);
	for (size_t i = 0; i < j->parts.n; i++) {
		struct part *p = &j->parts.v[i];
		size_t steps = 0;
		unsigned fit = part_fit(r, p, ambient, except, &steps);

		if (!ruling_step(&j->g, steps))
			return;
		if (!fit_acts(r->effect, fit))
			continue;
		act(j, r, p, fit);
		if (r->effect != EFFECT_DENY && (fit & FIT_SURE) && !p->wrapper)
			grant_redirs(j, r, p);
		any = true;
	}
	if (any)
		ruling_add(&j->g, r);
}

/* Approvers are shown the bytes of a line; of these lines there is nothing to show, or
 * more than they could see. */
static bool
showable(enum shell_reason reason)
{
	return reason != SHELL_EMPTY && reason != SHELL_LIMIT &&
	       reason != SHELL_CHARACTER;
}

/* Rules about lines that nobody understands. */
static void
apply_odd(struct judging *j, const struct rule *r)
{
	unsigned fit, except;

	if (!ruling_step(&j->g, 1) || !r->undecidable || r->effect == EFFECT_ALLOW)
		return;
	except = except_alone(j, r);
	fit = fit_besides(ruling_ambient(&j->g, r, j->g.facts->region), except, except);
	if (!fit_acts(r->effect, fit))
		return;
	if (r->effect == EFFECT_DENY)
		j->odd_denied = true;
	else if ((fit & FIT_SURE) && showable(j->parts.undecidable))
		j->odd_granted = true;
	if (j->odd_by == NULL || r->effect < j->odd_by->effect)
		j->odd_by = r;
	ruling_act(&j->g, r, 0);
	ruling_add(&j->g, r);
}

/* A redirection may also be what another rule of the path lets everybody do who asks
 * here and now. */
static void
grant_redirs_alone(struct judging *j, const struct rule *r)
{
	unsigned ambient, except;

	if (!ruling_step(&j->g, 1) || r->effect != EFFECT_ALLOW)
		return;
	ambient = ruling_ambient(&j->g, r, j->g.facts->region);
	except = except_alone(j, r);
	if (!(fit_besides(ambient, except, except) & FIT_SURE))
		return;
	for (size_t i = 0; i < j->parts.n_redirs; i++)
		if (part_redirects(r, j->parts.redirs[i].redir))
			j->parts.redirs[i].granted = true;
}

/* xargs starts a program with words that nobody knows: only a rule that takes any can
 * be sure of that. */
static void
settle_open(struct judging *j)
{
	for (size_t i = 0; i < j->parts.n; i++) {
		struct part *p = &j->parts.v[i];

		if (!p->subject.open || p->wrapper || p->odd || p->granted)
			continue;
		p->odd = true;
		if (j->parts.undecidable != SHELL_FINE)
			continue;
		j->parts.undecidable = SHELL_WRAPPER;
		j->parts.offset = p->subject.words[0].at;
		j->parts.what = "words that only the target knows";
	}
}

/* All rules of one kind, one after the other. */
static bool
ask_kind(struct judging *j, enum index_kind kind,
    void (*ask)(struct judging *j, const struct rule *r))
{
	const struct ruleset *set = j->g.set;
	struct candidates c;

	if (!candidates_begin(&c, set, j->g.facts->path, j->g.arena))
		return false;
	candidates_add(&c, kind, NULL, NULL);
	for (size_t i = 0; (i = candidates_next(&c, i)) != CANDIDATES_END; i++)
		ask(j, set->rules[i]);
	return true;
}

/* The rules that may name one of the line's programs. */
static bool
ask_commands(struct judging *j)
{
	const struct ruleset *set = j->g.set;
	struct candidates *c = &j->candidates;

	if (!candidates_begin(c, set, j->g.facts->path, j->g.arena))
		return false;
	candidates_add(c, INDEX_GLOB, NULL, NULL);
	for (size_t i = 0; i < j->parts.n; i++)
		candidates_add(c, INDEX_COMMAND,
		    wrapper_base(j->parts.v[i].subject.words[0].text), NULL);
	for (size_t i = 0; (i = candidates_next(c, i)) != CANDIDATES_END; i++)
		apply(j, i);
	return true;
}

/* False: there was no room, and nothing may be concluded. */
static bool
ask_rules(struct judging *j)
{
	if (!ask_commands(j))
		return false;
	settle_open(j);
	if (j->parts.undecidable != SHELL_FINE && !ask_kind(j, INDEX_ODD, apply_odd))
		return false;
	return all_redirs(j) || ask_kind(j, INDEX_REDIRECT, grant_redirs_alone);
}

/* The most severe of all parts that rules spoke of. */
static enum effect
combine(const struct judging *j)
{
	enum effect worst = EFFECT_ALLOW;

	for (size_t i = 0; i < j->parts.n; i++) {
		if (j->parts.v[i].denied)
			return EFFECT_DENY;
		if (j->parts.v[i].held)
			worst = EFFECT_HOLD;
	}
	if (j->odd_denied)
		return EFFECT_DENY;
	return j->odd_granted ? EFFECT_HOLD : worst;
}

const struct part *
judging_part(const struct judging *j, size_t from)
{
	for (size_t i = from; i < j->parts.n; i++) {
		const struct part *p = &j->parts.v[i];

		if (!p->wrapper && !p->odd && !p->granted)
			return p;
	}
	return NULL;
}

const struct part_redir *
judging_redir(const struct judging *j)
{
	for (size_t i = 0; i < j->parts.n_redirs; i++)
		if (!j->parts.redirs[i].granted)
			return &j->parts.redirs[i];
	return NULL;
}

const char *
judging_why(const struct judging *j, const struct rule *r, const struct part *p,
    char out[PART_WHY])
{
	unsigned ambient;

	out[0] = '\0';
	if (r->effect == EFFECT_DENY || r->n_shapes == 0 ||
	    !who_holds(r->who, j->g.facts))
		return out;
	ambient = ruling_ambient(&j->g, r, j->g.facts->region);
	return part_why(r, p, ambient, except_of(j, r), out);
}

static void
conclude(struct judging *j)
{
	const char *odd = shell_reason_name(j->parts.undecidable);
	enum effect worst = combine(j);
	bool fine = j->parts.undecidable == SHELL_FINE;

	if (j->g.spent)
		ruling_refuse(&j->g, "limit", "limit: too much to be decided at once");
	else if (worst == EFFECT_DENY)
		ruling_name(&j->g, worst);
	else if (!fine && !j->odd_granted)
		judging_refuse_odd(j);
	else if (judging_part(j, 0) != NULL || judging_redir(j) != NULL)
		judging_refuse_unmatched(j);
	else if (j->parts.n == 0 && fine)
		ruling_refuse(&j->g, "internal", "internal: a line without commands");
	else
		ruling_name(&j->g, worst);
	/* Whoever runs it has to know that there is no canonical text to run. */
	if (j->g.v->effect == EFFECT_HOLD && !fine)
		snprintf(j->g.v->code, sizeof j->g.v->code, "%s", odd);
}

/* Paths in it are relative to where it would run. */
static void
place(struct parts *p, const char *directory)
{
	for (size_t i = 0; directory != NULL && i < p->line.n; i++)
		for (size_t k = 0; k < p->line.commands[i].n_words; k++)
			p->line.commands[i].words[k].base = directory;
}

void
judging_line(struct judging *j, struct span line, struct buf *canon)
{
	struct err err = { "" };

	if (parts_read(line, j->g.arena, canon, &j->parts, &err) == RC_OK) {
		place(&j->parts, j->g.facts->directory);
		if (ask_rules(j) && (canon == NULL || buf_ok(canon))) {
			conclude(j);
			return;
		}
	}
	ruling_refuse(&j->g, "internal", "internal: out of memory");
}

void
decide_line(const struct ruleset *set, struct span line, const struct facts *facts,
    struct verdict *ret, struct buf *canon)
{
	struct judging j = { 0 };

	if (ruling_begin(&j.g, set, facts, PATH_SHELL, ret))
		judging_line(&j, line, canon);
	ruling_end(&j.g);
}

void
decide_words(const struct ruleset *set, const struct words *w,
    const struct facts *facts, struct verdict *ret)
{
	struct judging j = { 0 };
	struct err err = { "" };

	if (ruling_begin(&j.g, set, facts, PATH_EXEC, ret) && w != NULL) {
		if (parts_words(w, j.g.arena, &j.parts, &err) != RC_OK ||
		    !ask_rules(&j))
			ruling_refuse(&j.g, "internal", "internal: out of memory");
		else if (combine(&j) == EFFECT_DENY && !j.g.spent)
			ruling_name(&j.g, EFFECT_DENY);
		else
			ruling_refuse(
			    &j.g, "usage", "usage: only aws commands run here");
	}
	ruling_end(&j.g);
}
