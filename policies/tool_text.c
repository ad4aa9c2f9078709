/* Filters of text: grep, sort, uniq, tail, head, cat, wc, cut.  They print what they read
 * and write nothing. */
#include "policies/tool.h"

#include <string.h>

static bool
form_color(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "auto always never");
}

static bool
form_binary(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "text without-match");
}

/* -P and -f are left out, and -R, which follows links: -r does not. */
static bool
read_grep(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "A", tool_natural, 0, false },
		{ "B", tool_natural, 0, false },
		{ "C", tool_natural, 0, false },
		{ "m", tool_natural, 0, false },
		{ "e", tool_text, 'e', false },
		{ "regexp", tool_text, 'e', false },
		{ "recursive", NULL, 'r', false },
		{ "after-context", tool_natural, 0, false },
		{ "before-context", tool_natural, 0, false },
		{ "context", tool_natural, 0, false },
		{ "max-count", tool_natural, 0, false },
		{ "color", form_color, 0, true },
		{ "colour", form_color, 0, true },
		{ "binary-files", form_binary, 0, false },
		{ "include", tool_text, 0, false },
		{ "exclude", tool_text, 0, false },
		{ "exclude-dir", tool_text, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "EFGHILTabchilnoqrsvwxy",
		"extended-regexp fixed-strings basic-regexp with-filename "
		"files-without-match initial-tab text byte-offset count no-filename "
		"ignore-case files-with-matches line-number only-matching quiet silent "
		"no-messages invert-match word-regexp line-regexp line-buffered",
		options, false };
	struct tool_seen seen;
	size_t files;

	if (!tool_read(in, &spec, 1, &seen))
		return false;
	files = seen.letters['e'] ? 0 : 1;
	if (seen.n < files)
		return tool_no(in, "no pattern");
	/* A glob there would make file names of the folder patterns and files. */
	if (files > 0 && shell_word_glob(seen.operands[0]))
		return tool_no(in, "a pattern with a glob");
	if (seen.letters['r'] && seen.n == files)
		return tool_no(in, "-r without a folder");
	return tool_input(in, &seen, files);
}

/* 2 2,2 2nr 1.3,1.5 */
static bool
form_key(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_of(w, 32, TOOL_DIGITS ".,bdfghinrMRV");
}

/* -o writes, -T and -S choose where, --compress-program runs. */
static bool
read_sort(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "k", form_key, 0, false },
		{ "key", form_key, 0, false },
		{ "t", tool_text, 0, false },
		{ "field-separator", tool_text, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "bcCdfghiMnRrsuV",
		"ignore-leading-blanks dictionary-order ignore-case "
		"general-numeric-sort "
		"human-numeric-sort ignore-nonprinting month-sort numeric-sort "
		"random-sort reverse stable unique version-sort check",
		options, false };
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) && tool_input(in, &seen, 0);
}

/* The second operand is a file that it writes. */
static bool
read_uniq(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "f", tool_natural, 0, false },
		{ "s", tool_natural, 0, false },
		{ "w", tool_natural, 0, false },
		{ "skip-fields", tool_natural, 0, false },
		{ "skip-chars", tool_natural, 0, false },
		{ "check-chars", tool_natural, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "cdDiu",
		"count repeated unique ignore-case", options, false };
	struct tool_seen seen;

	if (!tool_read(in, &spec, 1, &seen))
		return false;
	if (seen.n > 1 || (seen.n == 1 && shell_word_glob(seen.operands[0])))
		return tool_no(in, "a second operand is written to");
	return tool_input(in, &seen, 0);
}

/* The old form, head -5: a number and nothing else, as the first word. */
static size_t
behind_number(const struct tool_in *in)
{
	const struct shell_word *w = &in->c->words[1];

	if (in->c->n > 1 && !shell_word_glob(w) && w->len > 1 && w->len <= 10 &&
	    w->text[0] == '-' && strspn(w->text + 1, "0123456789") == w->len - 1)
		return 2;
	return 1;
}

static bool
read_head(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "n", tool_size, 0, false },
		{ "c", tool_size, 0, false },
		{ "lines", tool_size, 0, false },
		{ "bytes", tool_size, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "qv", "quiet silent verbose", options,
		false };
	struct tool_seen seen;

	return tool_read(in, &spec, behind_number(in), &seen) &&
	       tool_input(in, &seen, 0);
}

static bool
form_follow(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_word_in(w, "name descriptor");
}

static bool
read_tail(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "n", tool_size, 0, false },
		{ "c", tool_size, 0, false },
		{ "s", tool_natural, 0, false },
		{ "lines", tool_size, 0, false },
		{ "bytes", tool_size, 0, false },
		{ "sleep-interval", tool_natural, 0, false },
		{ "follow", form_follow, 0, true },
		{ 0 },
	};
	static const struct tool_spec spec = { "fFqv", "quiet silent verbose retry",
		options, false };
	struct tool_seen seen;

	return tool_read(in, &spec, behind_number(in), &seen) &&
	       tool_input(in, &seen, 0);
}

static bool
read_cat(const struct tool_in *in)
{
	static const struct tool_spec spec = { "AbeEnstTuv",
		"show-all number-nonblank show-ends number squeeze-blank show-tabs "
		"show-nonprinting",
		NULL, false };
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) && tool_input(in, &seen, 0);
}

static bool
read_wc(const struct tool_in *in)
{
	static const struct tool_spec spec = { "clmLw",
		"bytes chars lines max-line-length words", NULL, false };
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) && tool_input(in, &seen, 0);
}

/* 1 1,3 2-5 -3 4- */
static bool
form_list(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_of(w, 128, TOOL_DIGITS ",-");
}

static bool
read_cut(const struct tool_in *in)
{
	static const struct tool_option options[] = {
		{ "b", form_list, 'f', false },
		{ "c", form_list, 'f', false },
		{ "f", form_list, 'f', false },
		{ "d", tool_text, 0, false },
		{ "bytes", form_list, 'f', false },
		{ "characters", form_list, 'f', false },
		{ "fields", form_list, 'f', false },
		{ "delimiter", tool_text, 0, false },
		{ "output-delimiter", tool_text, 0, false },
		{ 0 },
	};
	static const struct tool_spec spec = { "ns", "only-delimited complement",
		options, false };
	struct tool_seen seen;

	if (!tool_read(in, &spec, 1, &seen))
		return false;
	if (!seen.letters['f'])
		return tool_no(in, "none of -b -c -f");
	return tool_input(in, &seen, 0);
}

PROFILE(grep, "grep-safe", read_grep, "grep", "egrep", "fgrep");
PROFILE(sort, "sort-safe", read_sort, "sort");
PROFILE(uniq, "uniq-safe", read_uniq, "uniq");
PROFILE(head, "head-safe", read_head, "head");
PROFILE(tail, "tail-safe", read_tail, "tail");
PROFILE(cat, "cat-safe", read_cat, "cat");
PROFILE(wc, "wc-safe", read_wc, "wc");
PROFILE(cut, "cut-safe", read_cut, "cut");
