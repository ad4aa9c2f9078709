/* Refusals for want of a rule: which part, what is missing, and what could be done
 * instead, for people and for programs.  Told is only what rules say that are for whoever
 * asks, and of a deny its sentence alone. */
#include <stdio.h>
#include <string.h>

#include "policies/arnpattern.h"
#include "policies/decide_parts.h"

#define SHOWN 12   /* names in a refusal, */
#define CALLS 4	   /* and operations in its sentence */
#define LOOKED 256 /* rules that are looked at for them */

/* What to do instead. */
static const char *const instead[] = {
	[SHELL_EMPTY] = "type a command",
	[SHELL_EXPANSION] = "nothing is expanded: write the value, or quote it with ''",
	[SHELL_BRACE] = "write each word out, or quote the brace",
	[SHELL_TILDE] = "write the whole path",
	[SHELL_EQUALS] = "quote the word",
	[SHELL_GLOB_COMMAND] = "write the program's name",
	[SHELL_GLOB_LIMIT] = "write the names out, or use fewer wildcards",
	[SHELL_HISTORY] = "write the command out, or quote the character with ''",
	[SHELL_ASSIGNMENT] = "no variables are set here: begin with the program",
	[SHELL_COMPOUND] = "only plain commands, joined by | && || and ;",
	[SHELL_BACKGROUND] = "commands run one after the other: use ; or &&",
	[SHELL_REDIRECT] = "only > >> < and 2>&1 are known here",
	[SHELL_COMMENT] = "leave the comment out, or quote the #",
	[SHELL_INCOMPLETE] = "write the line to its end",
	[SHELL_CHARACTER] =
	    "only characters that show, and outside quotes only those of ASCII",
	[SHELL_LIMIT] = "send shorter lines, one after the other",
	[SHELL_WRAPPER] = "run the inner command by itself",
	[SHELL_INTERPRETER] = "run the commands themselves",
};

void
judging_refuse_odd(struct judging *j)
{
	enum shell_reason reason = j->parts.undecidable;
	const char *code = shell_reason_name(reason), *what = j->parts.what;

	ruling_refuse(&j->g, code, "%s: byte %zu: %.*s; %s", code, j->parts.offset + 1,
	    120, what == NULL || what[0] == '\0' ? "not understood" : what,
	    instead[reason]);
}

bool
decide_append(char *out, size_t size, const char *before, const char *text)
{
	size_t n = strlen(out), a = strlen(before), b = strlen(text);

	if (n + a + b >= size)
		return false;
	memcpy(out + n, before, a);
	memcpy(out + n + a, text, b + 1);
	return true;
}

struct names {
	size_t n;
	const char *v[SHOWN];
};

static void
add_name(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i], name) == 0)
			return;
	if (names->n < SHOWN)
		names->v[names->n++] = name;
}

static void
add_programs(struct names *names, const struct rule *r)
{
	const char *const *v;
	bool globs;

	for (size_t i = 0; i < r->n_shapes; i++) {
		size_t n = shape_names(r->shapes[i], &v, &globs);

		for (size_t k = 0; k < n; k++)
			add_name(names, v[k]);
	}
}

static void
add_operations(struct names *names, const struct rule *r, const char *service)
{
	for (size_t i = 0; i < r->aws->n_matches; i++)
		if (strcmp(r->aws->matches[i].service, service) == 0)
			add_name(names, r->aws->matches[i].text);
}

static bool
is_about(const struct rule *r, const char *service)
{
	if (service == NULL)
		return r->n_shapes > 0;
	for (size_t i = 0; r->aws != NULL && i < r->aws->n_matches; i++)
		if (strcmp(r->aws->matches[i].service, service) == 0)
			return true;
	return false;
}

/* What whoever asks may do here and now, so that an agent need not guess: operations of
 * the service as rules spell them, or, where it is NULL, programs. */
static void
gather(const struct ruling *g, const char *service, const char *region,
    struct names *names)
{
	unsigned path = RULE_PATH(g->facts->path), looked = 0;
	struct candidates c;

	if (!candidates_begin(&c, g->set, g->facts->path, g->arena))
		return;
	candidates_add(
	    &c, service != NULL ? INDEX_SERVICE : INDEX_COMMANDS, service, NULL);
	for (size_t i = 0; names->n < SHOWN && looked < LOOKED &&
			   (i = candidates_next(&c, i)) != CANDIDATES_END;
	     i++) {
		const struct rule *r = g->set->rules[i];

		if (!(r->paths & path) || !is_about(r, service))
			continue;
		looked++;
		if (r->effect != EFFECT_ALLOW ||
		    !(ruling_ambient(g, r, region) & FIT_SURE))
			continue;
		if (service != NULL)
			add_operations(names, r, service);
		else
			add_programs(names, r);
	}
}

/* For programs; and, at most so many, for people, behind the text before. */
static void
tell_names(
    struct verdict *v, const struct names *names, size_t most, const char *before)
{
	for (size_t i = 0; i < names->n; i++)
		if (!decide_append(
			v->allowed, sizeof v->allowed, i == 0 ? "" : " ", names->v[i]))
			break;
	for (size_t i = 0; i < most && i < names->n; i++)
		if (!decide_append(v->reason, sizeof v->reason, i == 0 ? before : ", ",
			names->v[i]))
			break;
}

/* A rule that nearly let it through, and what stands in the way. */
static bool
tell_rule(struct verdict *v, const struct rule *r, const char *but, const char *why)
{
	char text[PART_WHY + VERDICT_RULE + 32];

	snprintf(text, sizeof text, "; rule %s%s%s", r->name, but, why);
	return decide_append(v->reason, sizeof v->reason, text, "");
}

static bool
tell_call_why(
    struct decision *d, const struct question_call *c, const struct point *missing)
{
	char why[PART_WHY];

	for (size_t i = 0; (i = candidates_next(&d->candidates, i)) != CANDIDATES_END;
	     i++) {
		const struct rule *r = d->g.set->rules[i];

		if (decision_why(d, r, c, missing, why)[0] != '\0')
			return tell_rule(d->g.v, r, " allows it, but ", why);
	}
	return false;
}

void
decision_refuse_unmatched(
    struct decision *d, const struct question_call *c, const struct point *missing)
{
	struct names names = { 0 };
	char call[VERDICT_CALL];
	bool told;

	snprintf(call, sizeof call, "%s", d->g.v->call);
	ruling_refuse(&d->g, "unmatched", "unmatched: no rule allows %.*s", 200, call);
	told = tell_call_why(d, c, missing);
	gather(&d->g, missing->need->service, d->q->region, &names);
	tell_names(d->g.v, &names, told ? 0 : CALLS, "; allowed of it: ");
}

static bool
tell_part_why(struct judging *j, const struct part *p)
{
	char why[PART_WHY];

	for (size_t i = 0; (i = candidates_next(&j->candidates, i)) != CANDIDATES_END;
	     i++) {
		const struct rule *r = j->g.set->rules[i];

		if (judging_why(j, r, p, why)[0] != '\0')
			return tell_rule(j->g.v, r, ": ", why);
	}
	return false;
}

void
judging_refuse_unmatched(struct judging *j)
{
	const struct part *p = judging_part(j, 0);
	char text[PART_TEXT], number[48] = "";
	struct names names = { 0 };
	bool told;

	if (p == NULL) {
		part_redir_text(judging_redir(j)->redir, text);
		ruling_refuse(&j->g, "unmatched",
		    "unmatched: no rule allows the redirection %s", text);
		return;
	}
	part_text(p, text);
	if (j->parts.line.n > 1)
		snprintf(number, sizeof number, "command %zu, ", p->command + 1);
	ruling_refuse(
	    &j->g, "unmatched", "unmatched: no rule allows %s%s", number, text);
	told = tell_part_why(j, p);
	gather(&j->g, NULL, j->g.facts->region, &names);
	tell_names(j->g.v, &names, told ? 0 : SHOWN, "; allowed here: ");
}
