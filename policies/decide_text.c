/* Refusals of lines: which part, what is missing, and what could be done instead.  Told
 * is only what rules say that are for whoever asks, and of a deny its sentence alone. */
#include <stdio.h>
#include <string.h>

#include "policies/arnpattern.h"
#include "policies/decide_parts.h"

#define SHOWN 12  /* names of programs in a refusal */
#define LOOKED 64 /* rules that are looked at for them */

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

/* Append what is a text with it; false when it does not fit. */
static bool
append(struct verdict *v, const char *before, const char *text)
{
	size_t n = strlen(v->reason);

	if (n + strlen(before) + strlen(text) >= sizeof v->reason)
		return false;
	snprintf(v->reason + n, sizeof v->reason - n, "%s%s", before, text);
	return true;
}

/* What stands in the way of a rule that names the program. */
static bool
tell_why(struct judging *j, const struct part *p)
{
	char why[PART_WHY], text[VERDICT_REASON];
	struct candidates *c = &j->candidates;

	for (size_t i = 0; (i = candidates_next(c, i)) != CANDIDATES_END; i++) {
		const struct rule *r = j->g.set->rules[i];

		if (judging_why(j, r, p, why)[0] == '\0')
			continue;
		snprintf(text, sizeof text, "; rule %s: %s", r->name, why);
		return append(j->g.v, text, "");
	}
	return false;
}

struct names {
	size_t n;
	const char *v[SHOWN];
};

static void
add_names(struct names *names, const struct rule *r)
{
	for (size_t i = 0; i < r->n_shapes; i++) {
		const char *const *v;
		bool globs;
		size_t n = shape_names(r->shapes[i], &v, &globs);

		for (size_t k = 0; k < n && names->n < SHOWN; k++) {
			size_t at = 0;

			while (at < names->n && strcmp(names->v[at], v[k]) != 0)
				at++;
			if (at == names->n)
				names->v[names->n++] = v[k];
		}
	}
}

/* Which programs whoever asks may run at all, so that an agent need not guess. */
static void
tell_others(struct judging *j)
{
	struct names names = { 0 };
	struct candidates c;
	unsigned looked = 0;

	if (!candidates_begin(&c, j->g.set, j->g.facts->path, j->g.arena))
		return;
	candidates_add(&c, INDEX_COMMANDS, NULL, NULL);
	for (size_t i = 0;
	     names.n < SHOWN && (i = candidates_next(&c, i)) != CANDIDATES_END; i++) {
		const struct rule *r = j->g.set->rules[i];

		if (r->n_shapes == 0 || !(r->paths & RULE_PATH(j->g.facts->path)))
			continue;
		if (looked++ == LOOKED)
			break;
		if (r->effect == EFFECT_ALLOW &&
		    (ruling_ambient(&j->g, r, j->g.facts->region) & FIT_SURE))
			add_names(&names, r);
	}
	for (size_t i = 0; i < names.n; i++)
		if (!append(j->g.v, i == 0 ? "; allowed here: " : ", ", names.v[i]))
			return;
}

void
judging_refuse_unmatched(struct judging *j)
{
	const struct part *p = judging_part(j, 0);
	char text[PART_TEXT], number[48] = "";

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
	if (!tell_why(j, p))
		tell_others(j);
}
