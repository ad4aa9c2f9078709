/* docker that lists and prints logs, of its own machine.  Templates, other hosts, and
 * what shows a container's environment (inspect, logs --details) are left out. */
#include "policies/tool.h"

#include <string.h>

/* name=web, status=running */
static bool
form_filter(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return strchr("-/", w->text[0]) == NULL &&
	       tool_of(w, 128, TOOL_LETTERS TOOL_DIGITS "_./@:=-");
}

static bool
form_tail(const struct tool_in *in, const struct shell_word *w)
{
	return tool_natural(in, w) || tool_word_in(w, "all");
}

static const struct tool_option ps_options[] = {
	{ "n", tool_natural, 0, false },
	{ "last", tool_natural, 0, false },
	{ "f", form_filter, 0, false },
	{ "filter", form_filter, 0, false },
	{ 0 },
};
static const struct tool_option filter_options[] = {
	{ "f", form_filter, 0, false },
	{ "filter", form_filter, 0, false },
	{ 0 },
};
static const struct tool_option logs_options[] = {
	{ "n", form_tail, 0, false },
	{ "tail", form_tail, 0, false },
	{ "since", tool_time, 0, false },
	{ "until", tool_time, 0, false },
	{ 0 },
};
static const struct tool_option stats_options[] = {
	{ "no-stream", NULL, 'S', false },
	{ 0 },
};

static const struct verb {
	const char *group; /* NULL: none stands before the verb */
	const char *name;
	struct tool_spec spec;
	size_t least, most; /* operands */
	char need;	    /* an option that has to be there */
} verbs[] = {
	{ NULL, "ps", { "alqs", "all latest quiet size no-trunc", ps_options, false },
	    0, 0, 0 },
	{ "container", "ls",
	    { "alqs", "all latest quiet size no-trunc", ps_options, false }, 0, 0, 0 },
	{ NULL, "images", { "aq", "all digests quiet no-trunc", filter_options, false },
	    0, 1, 0 },
	{ "image", "ls", { "aq", "all digests quiet no-trunc", filter_options, false },
	    0, 1, 0 },
	{ NULL, "logs", { "ft", "follow timestamps", logs_options, false }, 1, 1, 0 },
	{ "container", "logs", { "ft", "follow timestamps", logs_options, false }, 1, 1,
	    0 },
	{ NULL, "stats", { "a", "all no-trunc", stats_options, false }, 0, 16, 'S' },
	{ NULL, "port", { "", "", NULL, false }, 1, 1, 0 },
	{ NULL, "diff", { "", "", NULL, false }, 1, 1, 0 },
	{ NULL, "version", { "", "", NULL, false }, 0, 0, 0 },
	{ "network", "ls", { "q", "quiet no-trunc", filter_options, false }, 0, 0, 0 },
	{ "volume", "ls", { "q", "quiet", filter_options, false }, 0, 0, 0 },
	{ "system", "df", { "v", "verbose", NULL, false }, 0, 0, 0 },
};

static bool
read_verb(const struct tool_in *in, const struct verb *v, size_t from)
{
	struct tool_seen seen;

	if (!tool_read(in, &v->spec, from, &seen))
		return false;
	if (seen.n < v->least)
		return tool_no(in, "%s of what?", v->name);
	if (v->need != 0 && !seen.letters[(unsigned char)v->need & 127])
		return tool_no(in, "%s without end", v->name);
	return tool_operands(in, &seen, 0, v->most, form_filter);
}

static bool
read_docker(const struct tool_in *in)
{
	const struct shell_word *words = in->c->words;

	for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
		size_t i = verbs[v].group != NULL ? 2 : 1;

		if (in->c->n <= i || !tool_word_in(&words[i], verbs[v].name))
			continue;
		if (i == 2 && !tool_word_in(&words[1], verbs[v].group))
			continue;
		return read_verb(in, &verbs[v], i + 1);
	}
	return tool_no(in, "no verb that only looks");
}

PROFILE(docker, "docker-read", read_docker, "docker", "podman");
