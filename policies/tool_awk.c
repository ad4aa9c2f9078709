/* awk that prints columns: [CONDITION] {print ITEM, …}.  The scanner has no word but
 * print, NR and NF, no call, no assignment, and takes > only as a comparison, so nothing
 * can be written, read or run. */
#include "policies/tool.h"

#include <string.h>

static void
skip_blanks(const char **p)
{
	*p += strspn(*p, " ");
}

static bool
take(const char **p, const char *text)
{
	size_t n = strlen(text);

	skip_blanks(p);
	if (strncmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}

static bool
take_number(const char **p)
{
	size_t n;

	skip_blanks(p);
	n = strspn(*p, "0123456789");
	*p += n;
	return n > 0 && n <= 9;
}

/* NR or NF, and no letter behind. */
static bool
take_word(const char **p, const char *word)
{
	const char *q = *p;

	if (!take(&q, word) ||
	    strspn(q,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_(") > 0)
		return false;
	*p = q;
	return true;
}

/* $5, $NF, $0 */
static bool
take_field(const char **p)
{
	const char *q = *p;

	if (!take(&q, "$"))
		return false;
	if (strspn(q, "0123456789N") == 0)
		return false;
	if (!take_word(&q, "NF") && !take_number(&q))
		return false;
	*p = q;
	return true;
}

/* Text between two of that mark, with no escape in it. */
static bool
take_between(const char **p, char mark)
{
	const char stop[] = { mark, '\\', '\0' };
	size_t n;

	skip_blanks(p);
	if (**p != mark)
		return false;
	n = strcspn(*p + 1, stop);
	if ((*p)[1 + n] != mark)
		return false;
	*p += n + 2;
	return true;
}

static bool
take_value(const char **p)
{
	return take_field(p) || take_word(p, "NR") || take_word(p, "NF") ||
	       take_between(p, '"');
}

/* VALUE [op VALUE or number], /text/ */
static bool
take_test(const char **p)
{
	static const char *const operators[] = { "==", "!=", "<=", ">=", "<", ">" };

	take(p, "!");
	skip_blanks(p);
	if (**p == '/') {
		/* In brackets a slash does not end the text, for some. */
		size_t n = strcspn(*p + 1, "/\\[]");

		if (n == 0 || (*p)[1 + n] != '/')
			return false;
		*p += n + 2;
		return true;
	}
	if (!take_value(p))
		return false;
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
		if (take(p, operators[i]))
			return take_value(p) || take_number(p);
	return true;
}

static bool
take_condition(const char **p)
{
	do {
		if (!take_test(p))
			return false;
	} while (take(p, "&&") || take(p, "||"));
	return true;
}

/* {print} or {print ITEM …}, commas or nothing between the items. */
static bool
take_action(const char **p)
{
	if (!take(p, "{") || !take_word(p, "print"))
		return false;
	if (take_value(p))
		for (;;) {
			bool comma = take(p, ",");

			if (take_value(p))
				continue;
			if (comma)
				return false;
			break;
		}
	take(p, ";");
	return take(p, "}");
}

static bool
form_program(const struct tool_in *in, const struct shell_word *w)
{
	const char *p = w->text;

	(void)in;
	if (shell_word_glob(w) || w->len == 0 || w->len > 512)
		return false;
	skip_blanks(&p);
	if (*p != '{' && !take_condition(&p))
		return false;
	skip_blanks(&p);
	if (*p == '{' && !take_action(&p))
		return false;
	skip_blanks(&p);
	return *p == '\0';
}

/* One character or a few, and no escape. */
static bool
form_separator(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return !shell_word_glob(w) && w->len > 0 && w->len <= 16 &&
	       strchr(w->text, '\\') == NULL;
}

static bool
read_awk(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "F", form_separator, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "", "", options, true };
	struct tool_seen seen;

	if (!tool_read(in, &spec, 1, &seen))
		return false;
	if (seen.n == 0 || !form_program(in, seen.operands[0]))
		return tool_no(in, "a program other than {print $N, …}");
	/* gawk takes this for a connection to be read from. */
	for (size_t i = 1; i < seen.n; i++)
		if (strncmp(seen.operands[i]->text, "/inet", 5) == 0)
			return tool_no(in, "/inet is a network");
	return tool_input(in, &seen, 1);
}

PROFILE(awk, "awk-safe", read_awk, "awk", "gawk", "mawk", "nawk");
