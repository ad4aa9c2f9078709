/* find below folders that the rule names: tests, and what prints names and states.
 * Nothing that runs a program, writes or deletes is in the table, nor what reads names
 * from a file, nor what follows links. */
#include "policies/tool.h"

#include <string.h>

/* [+-]5, of whole units. */
static bool
form_amount(const struct tool_in *in, const struct shell_word *w)
{
	return tool_number(in, w);
}

static bool
form_size(const struct tool_in *in, const struct shell_word *w)
{
	return tool_size(in, w);
}

/* f, or f,d,l */
static bool
form_type(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	if (shell_word_glob(w) || w->len == 0 || w->len > 16)
		return false;
	for (size_t i = 0; i < w->len; i++)
		if (strchr(i % 2 ? "," : "bcdpfls", w->text[i]) == NULL)
			return false;
	return w->len % 2 == 1;
}

/* 644 -644 /022 u+w */
static bool
form_mode(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_of(w, 32, "01234567-/ugoarwxstX+=,");
}

/* A directive behind its %.  Returns its length, 0: none that is taken. */
static size_t
directive(const char *p)
{
	size_t n = strspn(p, "-0123456789.");

	if (n > 8 || p[n] == '\0')
		return 0;
	if (strchr("%pPfhdsSkbnyYumMgGUiDtTAacC", p[n]) == NULL)
		return 0;
	/* A time's own letter. */
	if (strchr("TAC", p[n]) != NULL) {
		n++;
		if (p[n] == '\0' ||
		    strchr("@HIklMprSTXZaAbBcdDhjmUwWxyY+", p[n]) == NULL)
			return 0;
	}
	return n + 1;
}

static bool
form_format(const struct tool_in *in, const struct shell_word *w)
{
	const char *p = w->text;
	size_t n;

	(void)in;
	if (shell_word_glob(w) || w->len > 512)
		return false;
	while (*p) {
		if (*p == '\\') {
			if (p[1] == '\0' || strchr("nt\\0", p[1]) == NULL)
				return false;
			p += 2;
		} else if (*p == '%') {
			if ((n = directive(p + 1)) == 0)
				return false;
			p += 1 + n;
		} else {
			p++;
		}
	}
	return true;
}

struct token {
	const char *name;
	tool_form *form; /* NULL: it takes no word */
};

static const struct token tokens[] = {
	{ "(", NULL },
	{ ")", NULL },
	{ "!", NULL },
	{ "-not", NULL },
	{ "-a", NULL },
	{ "-and", NULL },
	{ "-o", NULL },
	{ "-or", NULL },
	{ "-true", NULL },
	{ "-false", NULL },
	{ "-name", tool_text },
	{ "-iname", tool_text },
	{ "-path", tool_text },
	{ "-ipath", tool_text },
	{ "-wholename", tool_text },
	{ "-type", form_type },
	{ "-size", form_size },
	{ "-empty", NULL },
	{ "-mtime", form_amount },
	{ "-atime", form_amount },
	{ "-ctime", form_amount },
	{ "-mmin", form_amount },
	{ "-amin", form_amount },
	{ "-cmin", form_amount },
	{ "-newer", tool_file },
	{ "-newermt", tool_time },
	{ "-newerct", tool_time },
	{ "-newerat", tool_time },
	{ "-user", tool_name },
	{ "-group", tool_name },
	{ "-uid", form_amount },
	{ "-gid", form_amount },
	{ "-nouser", NULL },
	{ "-nogroup", NULL },
	{ "-perm", form_mode },
	{ "-links", form_amount },
	{ "-inum", form_amount },
	{ "-readable", NULL },
	{ "-writable", NULL },
	{ "-executable", NULL },
	{ "-maxdepth", tool_natural },
	{ "-mindepth", tool_natural },
	{ "-xdev", NULL },
	{ "-mount", NULL },
	{ "-daystart", NULL },
	{ "-depth", NULL },
	{ "-prune", NULL },
	{ "-quit", NULL },
	{ "-noleaf", NULL },
	{ "-ignore_readdir_race", NULL },
	{ "-print", NULL },
	{ "-print0", NULL },
	{ "-ls", NULL },
	{ "-printf", form_format },
};

static const struct token *
find_token(const struct shell_word *w)
{
	if (shell_word_glob(w))
		return NULL;
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
		if (strcmp(tokens[i].name, w->text) == 0)
			return &tokens[i];
	return NULL;
}

/* The words of the expression, from index i on. */
static bool
read_expression(const struct tool_in *in, size_t i)
{
	const struct shell_word *words = in->c->words;

	while (i < in->c->n) {
		const struct token *t = find_token(&words[i]);

		if (t == NULL)
			return tool_no(in, "%.80s is not taken", words[i].text);
		i++;
		if (t->form == NULL)
			continue;
		if (i == in->c->n)
			return tool_no(in, "%s has no value", t->name);
		if (!t->form(in, &words[i]))
			return tool_no(in, "the value of %s is not taken", t->name);
		i++;
	}
	return true;
}

static bool
read_find(const struct tool_in *in)
{
	struct tool_seen starts = { .n = 0 };
	size_t i = 1;

	/* Links are not followed, with -P as without it. */
	if (in->c->n > 1 && tool_word_in(&in->c->words[1], "-P"))
		i++;
	for (;
	     i < in->c->n && in->c->words[i].len > 0 && in->c->words[i].text[0] == '/';
	     i++)
		starts.operands[starts.n++] = &in->c->words[i];
	if (starts.n == 0)
		return tool_no(in, "no absolute folder to start from");
	return tool_files(in, &starts, 0) && read_expression(in, i);
}

PROFILE(find, "find-safe", read_find, "find");
