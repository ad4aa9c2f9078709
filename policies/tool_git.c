/* git that reads a repository, named with -C: below what the rule says.
 *
 * A repository's own configuration can run programs (core.fsmonitor on status, drivers of
 * diff): a rule must not name one that others than its readers' betters can write. */
#include "policies/tool.h"

#include <string.h>

/* A commit, a range of them, a name in the repository. */
static bool
form_ref(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	if (strchr("-/", w->text[0]) != NULL)
		return false;
	/* diff of a file outside needs no repository, and of .. none is taken. */
	if (strcmp(w->text, "..") == 0 || strstr(w->text, "../") != NULL ||
	    strstr(w->text, "/..") != NULL)
		return false;
	return tool_of(w, 256, TOOL_LETTERS TOOL_DIGITS "_./@^~{}:-");
}

/* Names of formats alone: a format of its own may run gpg (%G). */
static bool
form_format(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "oneline short medium full fuller raw reference");
}

static const struct tool_option log_options[] = {
	{ "n", tool_natural, 0, false },
	{ "max-count", tool_natural, 0, false },
	{ "since", tool_time, 0, false },
	{ "until", tool_time, 0, false },
	{ "after", tool_time, 0, false },
	{ "before", tool_time, 0, false },
	{ "author", tool_text, 0, false },
	{ "grep", tool_text, 0, false },
	{ "format", form_format, 0, false },
	{ "pretty", form_format, 0, true },
	{ 0 },
};
static const struct tool_option diff_options[] = {
	{ "no-ext-diff", NULL, 'E', false },
	{ "no-textconv", NULL, 'T', false },
	{ "format", form_format, 0, false },
	{ 0 },
};
static const struct tool_option short_options[] = {
	{ "short", tool_natural, 0, true },
	{ 0 },
};

static const struct verb {
	const char *name;
	struct tool_spec spec;
	size_t most;	 /* operands */
	bool no_drivers; /* --no-ext-diff and --no-textconv have to be there */
} verbs[] = {
	{ "log",
	    { "",
		"oneline no-merges merges all reverse decorate graph first-parent "
		"no-decorate no-show-signature",
		log_options, false },
	    8, false },
	{ "shortlog", { "sne", "summary numbered email all", NULL, false }, 8, false },
	{ "status", { "sb", "short branch long", NULL, false }, 0, false },
	{ "diff",
	    { "", "stat numstat shortstat name-only name-status cached staged",
		diff_options, false },
	    8, true },
	{ "show",
	    { "s", "stat numstat shortstat name-only name-status no-patch",
		diff_options, false },
	    8, true },
	{ "branch", { "arv", "all remotes verbose show-current", NULL, false }, 0,
	    false },
	{ "tag", { "l", "list", NULL, false }, 0, false },
	{ "remote", { "v", "verbose", NULL, false }, 0, false },
	{ "rev-parse",
	    { "", "abbrev-ref show-toplevel is-inside-work-tree verify", short_options,
		false },
	    4, false },
	{ "rev-list", { "", "count all", log_options, false }, 8, false },
	{ "ls-files", { "cmos", "cached modified others stage", NULL, false }, 0,
	    false },
	{ "describe", { "", "tags always all long", NULL, false }, 1, false },
	{ "blame", { "wsel", "", NULL, false }, 2, false },
};

static bool
read_verb(const struct tool_in *in, const struct verb *v, size_t from)
{
	struct tool_seen seen;

	if (!tool_read(in, &v->spec, from, &seen))
		return false;
	if (v->no_drivers && !(seen.letters['E'] && seen.letters['T']))
		return tool_no(in, "%s without --no-ext-diff --no-textconv", v->name);
	return tool_operands(in, &seen, 0, v->most, form_ref);
}

static bool
read_git(const struct tool_in *in)
{
	const struct shell_word *words = in->c->words;
	size_t i = 1;
	bool there = false;

	for (; i < in->c->n; i++) {
		if (tool_word_in(&words[i], "--no-pager"))
			continue;
		if (there || !tool_word_in(&words[i], "-C"))
			break;
		if (++i == in->c->n || !tool_file(in, &words[i]))
			return tool_no(in, "-C with no folder of the rule");
		there = true;
	}
	if (!there)
		return tool_no(in, "no -C FOLDER");
	for (size_t v = 0; i < in->c->n && v < sizeof verbs / sizeof verbs[0]; v++)
		if (tool_word_in(&words[i], verbs[v].name))
			return read_verb(in, &verbs[v], i + 1);
	return tool_no(in, "no verb that only reads");
}

PROFILE(git, "git-read", read_git, "git");
