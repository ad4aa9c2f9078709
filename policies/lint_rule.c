/* What lint asks of one rule alone. */
#include <stdlib.h>
#include <string.h>

#include "policies/capabilities.h"
#include "policies/lint_parts.h"
#include "policies/shape.h"
#include "policies/ssmrule.h"
#include "policies/wrapper.h"

#define COUNT(t) (sizeof(t) / sizeof(t)[0])

/* Pagers, editors and consoles: once they run with input, command rules are over.  In the
 * order of strcmp, as all lists here. */
static const char *const consoles[] = { "atop", "dialog", "dstat", "ed", "elinks",
	"emacs", "ex", "ftp", "helix", "htop", "hx", "info", "iotop", "jed", "joe",
	"kak", "less", "lftp", "links", "lynx", "man", "mc", "mcedit", "mg", "micro",
	"mongo", "mongosh", "more", "most", "mutt", "mysql", "nano", "ne", "nvim", "pg",
	"pico", "ranger", "rview", "rvim", "sqlite3", "telnet", "top", "vi", "view",
	"vim", "vimdiff", "vimtutor", "w3m", "zless", "zmore" };

/* They run code that stands in their words, or change what later words mean. */
static const char *const builtins[] = { ".", "[", "alias", "bind", "builtin", "compgen",
	"complete", "declare", "enable", "eval", "exec", "export", "fc", "hash",
	"history", "jobs", "let", "local", "mapfile", "read", "readarray", "readonly",
	"set", "shopt", "source", "test", "trap", "typeset", "ulimit", "umask",
	"unset" };

/* The same with some options or operands, and harmless without. */
static const char *const careful[] = { "command", "kill", "printf", "wait" };

static int
compare(const void *name, const void *text)
{
	return strcmp(name, *(const char *const *)text);
}

#define IN(list, name)                                                                 \
	(bsearch(name, list, COUNT(list), sizeof list[0], compare) != NULL)

/* What becomes of the program when it stands before plain words. */
static enum shell_reason
fate(const char *name)
{
	const struct shell_word words[] = {
		{ .text = name, .len = strlen(name) },
		{ .text = "1", .len = 1 },
		{ .text = "x", .len = 1 },
	};
	struct wrapper_chain c;

	wrapper_unwrap(words, 3, &c);
	return c.undecidable;
}

static bool
free_words(const struct shape *s)
{
	return shape_any_options(s) || shape_any_operands(s);
}

/* A tool of the list that is left open. */
static void
check_open(const struct lint *l, const struct lint_rule *r, const struct shape *s,
    const char *name)
{
	unsigned bits = capabilities_of(name) &
			(CAPABILITY_SHELL | CAPABILITY_WRITE | CAPABILITY_NET);
	char text[CAPABILITIES_TEXT];

	if (bits != 0 && free_words(s))
		lint_tell(l, LINT_ERROR, "open", r, "command",
		    "%s: any for %s, which is known for: %s",
		    shape_any_options(s) ? "options" : "operands", name,
		    capabilities_text(bits, text));
}

static void
check_builtin(const struct lint *l, const struct lint_rule *r, const struct shape *s,
    const char *name)
{
	if (IN(builtins, name) || (IN(careful, name) && free_words(s)))
		lint_tell(l, LINT_ERROR, "builtin", r, "command",
		    "%s of a shell can run what its words say", name);
}

/* Programs that run others: what the rule says of them has no effect, or an unseen one. */
static void
check_program(const struct lint *l, const struct lint_rule *r, const char *name)
{
	bool interactive = r->rule->terms.interactive != NULL;
	enum shell_reason why = fate(name);

	if (why == SHELL_INTERPRETER && !interactive)
		lint_tell(l, LINT_ERROR, "interactive", r, "command",
		    "%s runs what it is told, and there is no interactive block", name);
	else if (why == SHELL_WRAPPER)
		lint_tell(l, LINT_ERROR, "never-runs", r, "command",
		    "%s runs other programs in ways that are not followed: no line "
		    "with it is let through",
		    name);
	else if (why == SHELL_FINE && IN(consoles, name) && !interactive)
		lint_tell(l, LINT_ERROR, "interactive", r, "command",
		    "%s takes orders while it runs, and there is no interactive block",
		    name);
}

static void
check_wrapper(const struct lint *l, const struct lint_rule *r, const char *name)
{
	if (l->warnings && wrapper_known(name) && fate(name) == SHELL_FINE &&
	    strcmp(name, "command") != 0 && strcmp(name, "busybox") != 0 &&
	    strcmp(name, "toybox") != 0)
		lint_tell(l, LINT_WARNING, "wrapper", r, "command",
		    "%s needs no rule: the command behind it does", name);
}

static void
check_shape(const struct lint *l, const struct lint_rule *r, const struct shape *s)
{
	const char *const *names;
	bool globs, allow = r->rule->effect == EFFECT_ALLOW;
	size_t n = shape_names(s, &names, &globs);

	if (allow)
		lint_tool(l, r, s);
	for (size_t i = 0; i < n; i++) {
		check_wrapper(l, r, names[i]);
		if (IN(builtins, names[i]) || IN(careful, names[i])) {
			if (allow)
				check_builtin(l, r, s, names[i]);
			continue;
		}
		if (allow || fate(names[i]) == SHELL_WRAPPER)
			check_program(l, r, names[i]);
		if (allow)
			check_open(l, r, s, names[i]);
	}
}

/* A deny does not ask for the options that it lists, and another one makes it pass the
 * command by: few authors mean either. */
static void
check_deny(const struct lint *l, const struct lint_rule *r)
{
	for (size_t i = 0; i < r->rule->n_shapes; i++)
		if (shape_lists_options(r->rule->shapes[i]))
			lint_tell(l, LINT_WARNING, "deny-options", r, "command",
			    "a deny that lists options: it is also about commands "
			    "without them, and about none with others");
}

static void
check_commands(const struct lint *l, const struct lint_rule *r)
{
	if (r->rule->effect == EFFECT_DENY && l->warnings)
		check_deny(l, r);
	if (r->rule->effect == EFFECT_DENY || r->rule->n_shapes == 0)
		return;
	/* The exec path runs nothing but aws. */
	if (!(r->rule->paths & RULE_PATH(PATH_SHELL)))
		lint_tell(l, LINT_ERROR, "never-runs", r, "command",
		    "no command but aws runs on exec");
	for (size_t i = 0; i < r->rule->n_shapes; i++)
		check_shape(l, r, r->rule->shapes[i]);
}

/* The kind that `who` asks for, "" if it does not say one. */
static const char *
kind_of(const struct lint_rule *r)
{
	const struct yaml_node *who = r->keys.who;
	const struct yaml_node *kind = who != NULL ? yaml_find(who, "kind") : NULL;

	return kind != NULL ? yaml_cstr(kind) : "";
}

/* Lines that nobody understands, for programs that try until something works. */
static void
check_undecidable(const struct lint *l, const struct lint_rule *r)
{
	if (r->rule->effect != EFFECT_HOLD || !r->rule->undecidable ||
	    r->rule->terms.rate.n != 0 || strcmp(kind_of(r), "human") == 0)
		return;
	lint_tell(l, LINT_ERROR, "undecidable-rate", r, "command",
	    "agents may ask for lines that nobody understands as often as they like: a "
	    "rate, or who: {kind: human}");
}

/* not: {group: a, kind: b} leaves out who is both, not who is either. */
static bool
has_wide_not(const struct yaml_node *n)
{
	if (yaml_kind(n) == YAML_MAP) {
		const struct yaml_node *not = yaml_find(n, "not");

		if (not != NULL && yaml_next(yaml_first(not )) != NULL)
			return true;
	}
	for (n = yaml_first(n); n != NULL; n = yaml_next(n))
		if (yaml_kind(n) != YAML_TEXT && has_wide_not(n))
			return true;
	return false;
}

static void
check_who(const struct lint *l, const struct lint_rule *r)
{
	const struct yaml_node *who = yaml_find(r->map, "who");

	if (l->warnings && who != NULL && has_wide_not(who))
		lint_tell(l, LINT_WARNING, "not", r, "who",
		    "a `not` of several keys leaves out who fits all of them; for each "
		    "alone: all: [{not: …}, {not: …}]");
}

static void
check_when(const struct lint *l, const struct lint_rule *r)
{
	const struct when *when = r->rule->when;

	if (!l->warnings || when == NULL)
		return;
	if (!when_possible(when))
		lint_tell(
		    l, LINT_WARNING, "window", r, "when", "a time that never comes");
	else if (l->facts != NULL && l->facts->now != 0 &&
		 when_over(when, l->facts->now))
		lint_tell(l, LINT_WARNING, "over", r, "when", "a time that is past");
}

static void
check_reach(const struct lint *l, const struct lint_rule *r)
{
	if (lint_swallowed(r))
		lint_tell(l, LINT_ERROR, "swallowed", r, "unless",
		    "its exception takes away all that it is about");
	check_who(l, r);
	check_when(l, r);
	if (r->rule->effect != EFFECT_ALLOW || !l->warnings)
		return;
	if (r->rule->who == NULL)
		lint_tell(l, LINT_WARNING, "anybody", r, NULL,
		    "it says no who: everybody is allowed");
	if (r->keys.where == NULL)
		lint_tell(l, LINT_WARNING, "anywhere", r, NULL,
		    "it says no where: it is for every account and target");
}

/* The one identity that a condition or a group stands for; NULL: several, or nobody
 * knows. */
static const char *
only_one(const struct lint *l, bool group, const char *name)
{
	const char *one = NULL;

	if (!group)
		return name;
	if (l->facts == NULL || l->facts->group == NULL)
		return NULL;
	return l->facts->group(l->facts->arg, name, &one) == 1 ? one : NULL;
}

static const char *
asker_of(const struct lint *l, const struct lint_rule *r)
{
	const struct yaml_node *who = r->keys.who;
	const struct yaml_node *v;

	if (who == NULL)
		return NULL;
	if ((v = yaml_find(who, "identity")) != NULL)
		return yaml_kind(v) == YAML_TEXT ? yaml_cstr(v) : NULL;
	if ((v = yaml_find(who, "group")) != NULL && yaml_kind(v) == YAML_TEXT)
		return only_one(l, true, yaml_cstr(v));
	return NULL;
}

/* Who asks never counts: with no other approver nothing is ever released. */
static void
check_approvers(const struct lint *l, const struct lint_rule *r)
{
	const struct approver_need *need = r->rule->need;
	const char *asker;

	if (need == NULL || need->need != 1 || need->n_from == 0 ||
	    (asker = asker_of(l, r)) == NULL)
		return;
	for (size_t i = 0; i < need->n_from; i++) {
		const char *one = only_one(l, need->from[i].group, need->from[i].name);

		if (one == NULL || strcmp(one, asker) != 0)
			return;
	}
	lint_tell(l, LINT_WARNING, "alone", r, "approvers",
	    "nobody but %s may approve, who is the one who asks", asker);
}

/* How anybody can log in to this version's broker. */
#define PROVEN (PROOF_BIT(PROOF_KEY) | PROOF_BIT(PROOF_SK) | PROOF_BIT(PROOF_UID))
/* What a program of the approver's can give in their stead: it rides on their agent or
 * on a connection that they left open. */
#define RIDDEN (PROOF_BIT(PROOF_KEY) | PROOF_BIT(PROOF_UID))

static void
check_proof(const struct lint *l, const struct lint_rule *r)
{
	unsigned proofs;

	if (r->rule->need == NULL)
		return;
	proofs = r->rule->need->proofs;
	if (!(proofs & PROVEN))
		lint_tell(l, LINT_WARNING, "proof", r, "approvers",
		    "nobody can approve: logins are proven by key, sk or uid in this "
		    "version, and its auth has none of them");
	else if (proofs & RIDDEN)
		lint_tell(l, LINT_WARNING, "untouched", r, "approvers",
		    "a program that runs beside an approver can approve, too: its auth "
		    "has %s; sk and device want a person",
		    !(proofs & PROOF_BIT(PROOF_UID))   ? "key"
		    : !(proofs & PROOF_BIT(PROOF_KEY)) ? "uid"
						       : "key and uid");
}

bool
lint_has_re(const struct yaml_node *n)
{
	const struct yaml_node *v;

	if (yaml_kind(n) == YAML_MAP && yaml_find(n, "re") != NULL)
		return true;
	for (v = yaml_first(n); v != NULL; v = yaml_next(v))
		if (yaml_kind(v) != YAML_TEXT && lint_has_re(v))
			return true;
	return false;
}

static void
check_terms(const struct lint *l, const struct lint_rule *r)
{
	static const char *const keys[] = { "command", "aws", "script", "unless",
		"parameters" };

	if (!l->warnings)
		return;
	for (size_t i = 0; i < COUNT(keys); i++) {
		const struct yaml_node *v = yaml_find(r->map, keys[i]);

		if (v != NULL && yaml_kind(v) != YAML_TEXT && lint_has_re(v))
			lint_tell(l, LINT_WARNING, "re", r, keys[i],
			    "a regular expression: few can tell what it leaves out");
	}
	if (r->rule->ssm != NULL && r->rule->effect != EFFECT_DENY &&
	    ssmrule_raw(r->rule->ssm))
		lint_tell(l, LINT_WARNING, "raw", r, "ssm",
		    "what is typed in a raw shell is recorded, and no rule is asked "
		    "about "
		    "it");
	if (r->rule->terms.role != NULL && !r->rule->terms.scope)
		lint_tell(l, LINT_WARNING, "role", r, "credential",
		    "the lease may do all that the role may, not only what is allowed "
		    "here: session_policy: scope");
}

void
lint_rule(const struct lint *l, const struct lint_rule *r)
{
	check_reach(l, r);
	check_commands(l, r);
	check_undecidable(l, r);
	check_approvers(l, r);
	check_proof(l, r);
	check_terms(l, r);
	lint_aws(l, r);
}
