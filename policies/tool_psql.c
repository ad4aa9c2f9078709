/* psql to a database of its own machine: a rule with `interactive` may give a person the
 * program, but neither the place it goes to nor what it is told at its start. */
#include "policies/tool.h"

#include <string.h>

/* A name: a connection string in that place could lead elsewhere. */
static bool
form_name(const struct tool_in *in, const struct shell_word *w)
{
	return tool_name(in, w) && w->len <= 63 && strpbrk(w->text, "@:+.") == NULL;
}

static bool
form_here(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "localhost 127.0.0.1 ::1 /var/run/postgresql "
			       "/run/postgresql");
}

static bool
read_psql(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "d", form_name, 0, false },
		{ "dbname", form_name, 0, false },
		{ "U", form_name, 0, false },
		{ "username", form_name, 0, false },
		{ "h", form_here, 0, false },
		{ "host", form_here, 0, false },
		{ "p", tool_natural, 0, false },
		{ "port", tool_natural, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "AlqtwXx",
		"list no-psqlrc quiet tuples-only expanded no-align no-password",
		options, false };
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) &&
	       tool_operands(in, &seen, 0, 2, form_name);
}

PROFILE(psql, "psql-local", read_psql, "psql");
