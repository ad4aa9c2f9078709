/* sed as a filter of lines: 5p, 5,10p, $p, /text/p, 10q, /a/,/b/d, joined by ";".  No
 * other command is read, so none that writes, reads or runs is. */
#include "policies/tool.h"

#include <string.h>

/* /text/ with no escape and no bracket: those end in other places in other seds. */
static bool
skip_text(const char **p)
{
	size_t n = strcspn(*p + 1, "/\\[]");

	if (n == 0 || (*p)[1 + n] != '/')
		return false;
	*p += n + 2;
	return true;
}

static bool
skip_number(const char **p)
{
	size_t n = strspn(*p, "0123456789");

	*p += n;
	return n > 0 && n <= 9;
}

static bool
skip_address(const char **p)
{
	if (**p == '$') {
		(*p)++;
		return true;
	}
	return **p == '/' ? skip_text(p) : skip_number(p);
}

/* [ADDRESS[,ADDRESS]][!]LETTER.  q takes one address at most. */
static bool
skip_command(const char **p)
{
	bool range = false;

	*p += strspn(*p, " ");
	if (**p != '\0' && strchr("$/0123456789", **p) != NULL) {
		if (!skip_address(p))
			return false;
		if (**p == ',') {
			range = true;
			(*p)++;
			*p += **p == '+';
			if (!skip_address(p))
				return false;
		}
	}
	*p += **p == '!';
	if (**p == '\0' || strchr(range ? "pd=" : "pdq=", **p) == NULL)
		return false;
	(*p)++;
	*p += strspn(*p, " ");
	return true;
}

static bool
form_program(const struct tool_in *in, const struct shell_word *w)
{
	const char *p = w->text;

	(void)in;
	if (shell_word_glob(w) || w->len > 512)
		return false;
	for (;;) {
		if (!skip_command(&p))
			return false;
		if (*p == '\0')
			return true;
		if (*p++ != ';')
			return false;
	}
}

static bool
read_sed(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "e", form_program, 'e', false },
		{ "expression", form_program, 'e', false },
		{ 0 },
	};
	static const struct tool_spec spec = { "nEru",
		"quiet silent regexp-extended unbuffered", options, false };
	struct tool_seen seen;
	size_t files;

	if (!tool_read(in, &spec, 1, &seen))
		return false;
	files = seen.letters['e'] ? 0 : 1;
	if (seen.n < files)
		return tool_no(in, "no program");
	if (files > 0 && !form_program(in, seen.operands[0]))
		return tool_no(in, "a program other than N,Mp /text/p and the like");
	return tool_input(in, &seen, files);
}

PROFILE(sed, "sed-safe", read_sed, "sed");
