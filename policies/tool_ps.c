/* ps, which never shows an environment.
 *
 * procps reads all words anew as BSD options when it does not like them as Unix ones:
 * two formats in one command (-efl) or a user that is unknown (-u x -e) are enough, and
 * then the e is that of the environment.  So an e stands alone: with one format at most,
 * and with nothing that can fail. */
#include "policies/tool.h"

#include <string.h>

static const char columns[] =
    "%cpu %mem bsdstart bsdtime c cls comm cp cputime cputimes drs egid egroup elapsed "
    "etime etimes euid euser fgid fgroup flags fname fuid fuser gid group lstart lwp "
    "maj_flt majflt min_flt minflt ni nice nlwp nwchan args cmd command pcpu pgid pgrp "
    "pid pmem ppid pri psr rgid rgroup rss rssize rsz ruid ruser s sess session sgi_p "
    "sid "
    "size spid start start_time stat state stime suid suser sz thcount tid time tname "
    "trs tt tty ucmd ucomm uid unit uname user vsize vsz wchan";

/* pid,comm:20,rss= : names of the list, a width, and no title. */
static bool
form_columns(const struct tool_in *in, const struct shell_word *w)
{
	const char *p = w->text;

	(void)in;
	if (shell_word_glob(w) || w->len == 0 || w->len > 512)
		return false;
	for (;;) {
		size_t n = strcspn(p, ",:=");

		if (!tool_listed(columns, p, n))
			return false;
		p += n;
		if (*p == ':') {
			n = strspn(p + 1, "0123456789");
			if (n == 0 || n > 4)
				return false;
			p += 1 + n;
		}
		if (*p == '=')
			p++;
		if (*p == '\0')
			return true;
		if (*p++ != ',')
			return false;
	}
}

/* -rss,+pid */
static bool
form_sort(const struct tool_in *in, const struct shell_word *w)
{
	const char *p = w->text;

	(void)in;
	if (shell_word_glob(w) || w->len == 0 || w->len > 256)
		return false;
	for (;;) {
		size_t n;

		p += *p == '-' || *p == '+';
		n = strcspn(p, ",");
		if (!tool_listed(columns, p, n))
			return false;
		p += n;
		if (*p == '\0')
			return true;
		p++;
	}
}

/* 1,22,333 */
static bool
form_pids(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_of(w, 256, TOOL_DIGITS ",");
}

static const struct tool_option options[] = {
	{ "o", form_columns, 'o', false },
	{ "p", form_pids, 'p', false },
	{ "q", form_pids, 'p', false },
	{ "C", tool_name, 'C', false },
	{ "u", tool_names, 'u', false },
	{ "U", tool_names, 'u', false },
	{ "format", form_columns, 'o', false },
	{ "pid", form_pids, 'p', false },
	{ "ppid", form_pids, 'p', false },
	{ "user", tool_names, 0, false },
	{ "User", tool_names, 0, false },
	{ "sort", form_sort, 0, false },
	{ "forest", NULL, 'Z', false },
	{ "cols", tool_natural, 0, false },
	{ "columns", tool_natural, 0, false },
	{ "width", tool_natural, 0, false },
	{ 0 },
};

static const struct tool_spec spec = { "eAafFlLwHTy",
	"no-headers no-heading noheaders noheading headers", options, false };

/* What procps does not take together: two formats, or threads as a tree. */
static bool
two_formats(const struct tool_seen *seen)
{
	unsigned n = (seen->letters['H'] || seen->letters['Z']) &&
		     (seen->letters['T'] || seen->letters['L']);

	for (const char *p = "fFloTL"; *p; p++)
		n += seen->letters[(unsigned char)*p];
	return n > 1;
}

static bool
has_e(const struct shell_word *w)
{
	return strpbrk(w->text, "eE") != NULL;
}

/* The values of -u and -U may end up as letters, too. */
static bool
user_has_e(const struct tool_in *in)
{
	const struct shell_word *words = in->c->words;

	for (size_t i = 1; i < in->c->n; i++)
		if (words[i].text[0] != '-' && has_e(&words[i]))
			return true;
		else if (words[i].text[0] == '-' && words[i].text[1] != '-' &&
			 has_e(&words[i]))
			return true;
	return false;
}

/* aux, axf, axo COLUMNS: the letters, none of which is e.  Sets *from behind them. */
static bool
read_bsd(const struct tool_in *in, size_t *from)
{
	const struct shell_word *w = &in->c->words[1];
	size_t n = strspn(w->text, "auxwfrlj");

	if (!shell_word_glob(w) && n == w->len) {
		*from = 2;
		return true;
	}
	if (shell_word_glob(w) || n + 1 != w->len || w->text[n] != 'o' || in->c->n < 3)
		return tool_no(in, "word %.40s is not taken", w->text);
	*from = 3;
	return form_columns(in, &in->c->words[2]) ||
	       tool_no(in, "a column that is not taken");
}

static bool
read_ps(const struct tool_in *in)
{
	struct tool_seen seen;
	bool bsd = in->c->n > 1 && in->c->words[1].text[0] != '-';
	size_t from = 1;

	if (bsd && !read_bsd(in, &from))
		return false;
	if (!tool_read(in, &spec, from, &seen))
		return false;
	if (seen.n > 0)
		return tool_no(in, "word %.40s is not taken", seen.operands[0]->text);
	if (bsd)
		for (const char *p = "eAafFlLHTyopCu"; *p; p++)
			if (seen.letters[(unsigned char)*p])
				return tool_no(in, "two kinds of options");
	if (seen.letters['e'] && two_formats(&seen))
		return tool_no(in, "-e with two formats may show environments");
	if (seen.letters['u'] && user_has_e(in))
		return tool_no(in, "-u with an e may show environments: --user=NAME");
	return true;
}

PROFILE(ps, "ps-safe", read_ps, "ps");
