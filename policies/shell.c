/* The line of a shell: its commands, what joins them, and their redirections; words
 * are shellword.c's.  One pass from left to right, each step takes a word, a
 * redirection, an operator or blanks; nothing is looked at twice. */
#include "policies/shell.h"

#include <string.h>

#include "policies/shell_parts.h"

static const char *const reasons[] = {
	[SHELL_FINE] = "",
	[SHELL_EMPTY] = "empty",
	[SHELL_EXPANSION] = "expansion",
	[SHELL_BRACE] = "brace",
	[SHELL_TILDE] = "tilde",
	[SHELL_EQUALS] = "equals",
	[SHELL_GLOB_COMMAND] = "glob-command",
	[SHELL_GLOB_LIMIT] = "glob-limit",
	[SHELL_HISTORY] = "history",
	[SHELL_ASSIGNMENT] = "assignment",
	[SHELL_COMPOUND] = "compound",
	[SHELL_BACKGROUND] = "background",
	[SHELL_REDIRECT] = "redirect",
	[SHELL_COMMENT] = "comment",
	[SHELL_INCOMPLETE] = "incomplete",
	[SHELL_CHARACTER] = "character",
	[SHELL_LIMIT] = "limit",
	[SHELL_WRAPPER] = "wrapper",
	[SHELL_INTERPRETER] = "interpreter",
};

const char *
shell_reason_name(enum shell_reason r)
{
	if ((size_t)r >= sizeof reasons / sizeof reasons[0])
		return "";
	return reasons[r];
}

/* Words that are not commands when they stand where one does, in one of the five shells
 * or more.  "time" is one, too, but canonical text makes it the program. */
static const struct {
	const char *name;
	bool quoted; /* quotes do not help, either */
} reserved[] = {
	{ "if", false },
	{ "then", false },
	{ "else", false },
	{ "elif", false },
	{ "fi", false },
	{ "do", false },
	{ "done", false },
	{ "case", false },
	{ "esac", false },
	{ "while", false },
	{ "until", false },
	{ "for", false },
	{ "in", false },
	{ "select", false },
	{ "function", false },
	{ "coproc", false },
	{ "[[", false },
	{ "]]", false },
	/* zsh's */
	{ "repeat", false },
	{ "foreach", false },
	{ "end", false },
	{ "nocorrect", false },
	{ "noglob", true },
	{ "-", true },
};

static bool
is_reserved(const struct shell_word *w)
{
	if (w->len > 9)
		return false;
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		if (w->text[0] == reserved[i].name[0] &&
		    strcmp(w->text, reserved[i].name) == 0)
			return !w->quoted || reserved[i].quoted;
	return false;
}

/* The word stands where the command is named. */
static bool
check_command(struct shell_reader *r)
{
	if (is_reserved(&r->w))
		return shell_refuse(r, SHELL_COMPOUND, r->w.at,
		    "a word that belongs to the shell's language");
	if (r->w.live != NULL)
		return shell_refuse(r, SHELL_GLOB_COMMAND, r->glob_at,
		    "a glob character in the name of the command");
	/* bash takes it for a job of fg, in quotes as well. */
	if (r->w.text[0] == '%')
		return shell_refuse(
		    r, SHELL_BACKGROUND, r->w.at, "a job in the place of a command");
	return true;
}

/* Before the first word or redirection of a command. */
static bool
check_room(struct shell_reader *r)
{
	if (r->n_parts >= SHELL_WORDS)
		return shell_refuse(r, SHELL_LIMIT, r->at, "more than 256 words");
	if (r->c != NULL)
		return true;
	if (r->line->n >= SHELL_COMMANDS)
		return shell_refuse(r, SHELL_LIMIT, r->at, "more than 16 commands");
	if (r->join == SHELL_PIPE && r->stage >= SHELL_STAGES)
		return shell_refuse(
		    r, SHELL_LIMIT, r->at, "more than 8 commands in a pipeline");
	return true;
}

/* The command that a word or redirection at that place belongs to. */
static struct shell_simple *
open_command(struct shell_reader *r, size_t at)
{
	if (r->c != NULL)
		return r->c;
	r->c_at = at;
	r->c = &r->line->commands[r->line->n++];
	*r->c = (struct shell_simple){
		.words = r->words + r->n_words,
		.stage = r->stage,
		.before = r->join,
	};
	return r->c;
}

/* The word in r->w is whole: its text stays. */
static void
keep_word(struct shell_reader *r)
{
	r->used += r->w.len + 1;
	r->n_parts++;
}

static bool
take_argument(struct shell_reader *r)
{
	bool first = r->c == NULL || r->c->n_words == 0;
	struct shell_simple *c;

	if (!check_room(r) || !shell_word_read(r, first))
		return false;
	if (first && !check_command(r))
		return false;
	c = open_command(r, r->w.at);
	keep_word(r);
	r->words[r->n_words++] = r->w;
	c->n_words++;
	return true;
}

static bool
starts(const struct shell_reader *r, size_t at, const char *text)
{
	size_t n = strlen(text);

	return n <= r->len - at && memcmp(r->p + at, text, n) == 0;
}

/* What < and > begin.  Longer ones stand before those that they begin with. */
static const struct arrow {
	const char *text;
	enum shell_op op;
	int fd;
	const char *refused;
} arrows[] = {
	{ "<<", SHELL_IN, 0, "a here-document" },
	{ "<>", SHELL_IN, 0, "<>" },
	{ "<&", SHELL_IN, 0, "<&" },
	{ "<(", SHELL_IN, 0, "a process in the place of a file" },
	{ ">(", SHELL_OUT, 0, "a process in the place of a file" },
	{ ">|", SHELL_OUT, 0, ">|" },
	{ ">>|", SHELL_OUT, 0, ">>|" },
	{ ">>&", SHELL_OUT, 0, ">>&" },
	{ ">>", SHELL_APPEND, 1, NULL },
	{ ">&", SHELL_DUP, 1, NULL },
	{ ">", SHELL_OUT, 1, NULL },
	{ "<", SHELL_IN, 0, NULL },
};

static const struct arrow *
find_arrow(const struct shell_reader *r)
{
	size_t i = 0;

	while (!starts(r, r->at, arrows[i].text))
		i++;
	return &arrows[i];
}

/* <5-9> is a glob in zsh. */
static bool
is_range(const struct shell_reader *r)
{
	size_t i = r->at + 1;

	while (i < r->len && shell_classes[r->p[i]] == CLASS_DIGIT)
		i++;
	if (i >= r->len || r->p[i] != '-')
		return false;
	for (i++; i < r->len && shell_classes[r->p[i]] == CLASS_DIGIT; i++)
		;
	return i < r->len && r->p[i] == '>';
}

static bool
all_digits(const struct shell_word *w)
{
	for (size_t i = 0; i < w->len; i++)
		if (shell_classes[(uint8_t)w->text[i]] != CLASS_DIGIT)
			return false;
	return !w->quoted;
}

/* The word in r->w as the target of the arrow that stands at from. */
static bool
check_target(struct shell_reader *r, const struct arrow *a, size_t from)
{
	if (r->w.len == 0 && !r->w.quoted)
		return shell_unfinished(r, from, "a redirection without a target");
	if (r->w.live != NULL)
		return shell_refuse(r, SHELL_REDIRECT, r->glob_at,
		    "a glob character in the target of a redirection");
	/* Some take the digits for the target, some for a descriptor. */
	if (all_digits(&r->w) && r->at < r->len &&
	    shell_classes[r->p[r->at]] == CLASS_ARROW)
		return shell_refuse(
		    r, SHELL_REDIRECT, r->w.at, "a number between two redirections");
	if (a->op == SHELL_DUP && (r->w.len != 1 || !all_digits(&r->w)))
		return shell_refuse(
		    r, SHELL_REDIRECT, from, ">& with no single digit behind it");
	return true;
}

static void
skip_blanks(struct shell_reader *r)
{
	while (r->at < r->len && shell_classes[r->p[r->at]] == CLASS_BLANK)
		r->at++;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Most lines have no redirection, and room that is not taken need not be cleared. */
static bool
room_for_redirs(struct shell_reader *r)
{
	if (r->redirs == NULL)
		r->redirs = arena_list(
		    r->arena, least(r->len / 2, SHELL_WORDS), sizeof *r->redirs);
	r->failed = r->redirs == NULL;
	return !r->failed;
}

/* A redirection whose arrow stands at r->at; fd: the digit before it, or -1. */
static bool
take_redirection(struct shell_reader *r, int fd)
{
	const struct arrow *a = find_arrow(r);
	size_t from = r->at;
	struct shell_simple *c;

	if (!check_room(r))
		return false;
	if (a->refused != NULL)
		return shell_refuse(r, SHELL_REDIRECT, from, a->refused);
	if (is_range(r))
		return shell_refuse(
		    r, SHELL_REDIRECT, from, "what may be a range of numbers");
	r->at += strlen(a->text);
	skip_blanks(r);
	if (!shell_word_read(r, false) || !check_target(r, a, from))
		return false;
	if (!room_for_redirs(r))
		return false;
	c = open_command(r, from);
	keep_word(r);
	if (c->n_redirs == 0)
		c->redirs = r->redirs + r->n_redirs;
	r->redirs[r->n_redirs++] = (struct shell_redir){
		.fd = fd >= 0 ? fd : a->fd, .op = a->op, .target = r->w
	};
	c->n_redirs++;
	return true;
}

/* A word that begins with a digit: digits alone before an arrow are a descriptor. */
static bool
take_digit(struct shell_reader *r)
{
	size_t end = r->at;

	while (end < r->len && shell_classes[r->p[end]] == CLASS_DIGIT)
		end++;
	if (end >= r->len || shell_classes[r->p[end]] != CLASS_ARROW)
		return take_argument(r);
	if (end - r->at > 1)
		return shell_refuse(
		    r, SHELL_REDIRECT, r->at, "a descriptor of more than one digit");
	return take_redirection(r, r->p[r->at++] - '0');
}

/* What ; & and | begin, the same way. */
static const struct operator
{
	const char *text;
	enum shell_join join;
	enum shell_reason why;
	const char *what;
}
operators[] = {
	{ "&&", SHELL_AND, SHELL_FINE, NULL },
	{ "||", SHELL_OR, SHELL_FINE, NULL },
	{ "|&", SHELL_PIPE, SHELL_REDIRECT, "|&" },
	{ "|", SHELL_PIPE, SHELL_FINE, NULL },
	{ ";;", SHELL_SEQ, SHELL_COMPOUND, ";;" },
	{ ";&", SHELL_SEQ, SHELL_COMPOUND, ";&" },
	{ ";|", SHELL_SEQ, SHELL_COMPOUND, ";|" },
	{ ";", SHELL_SEQ, SHELL_FINE, NULL },
	{ "&>", SHELL_SEQ, SHELL_REDIRECT, "&>" },
	{ "&", SHELL_SEQ, SHELL_BACKGROUND, "a single &" },
};

/* The command that is open, if any, ends here. */
static bool
close_command(struct shell_reader *r)
{
	if (r->c != NULL && r->c->n_words == 0)
		return shell_refuse(
		    r, SHELL_REDIRECT, r->c_at, "a redirection without a command");
	if (r->c != NULL)
		r->c->whole = true;
	r->c = NULL;
	return true;
}

static bool
take_operator(struct shell_reader *r)
{
	const struct operator* o = operators;
	bool empty = r->c == NULL;

	while (!starts(r, r->at, o->text))
		o++;
	if (o->why != SHELL_FINE)
		return shell_refuse(r, o->why, r->at, o->what);
	if (empty && (r->join == SHELL_FIRST || r->join == SHELL_SEQ))
		return shell_refuse(r, SHELL_INCOMPLETE, r->at,
		    "an operator without a command before it");
	if (empty)
		return shell_refuse(r, SHELL_INCOMPLETE, r->join_at,
		    "an operator without a command behind it");
	if (!close_command(r))
		return false;
	r->join = o->join;
	r->join_at = r->at;
	r->stage = o->join == SHELL_PIPE ? r->stage + 1 : 0;
	r->at += strlen(o->text);
	return true;
}

static bool
step(struct shell_reader *r)
{
	switch (shell_classes[r->p[r->at]]) {
	case CLASS_BLANK:
		r->at++;
		return true;
	case CLASS_OPERATOR:
		return take_operator(r);
	case CLASS_ARROW:
		return take_redirection(r, -1);
	case CLASS_DIGIT:
		return take_digit(r);
	default:
		return take_argument(r);
	}
}

static bool
finish(struct shell_reader *r)
{
	if (r->cut)
		return shell_unfinished(r, r->at, NULL);
	if (r->c != NULL)
		return close_command(r);
	if (r->join == SHELL_FIRST)
		return shell_refuse(r, SHELL_EMPTY, r->at, "no command");
	if (r->join != SHELL_SEQ)
		return shell_refuse(r, SHELL_INCOMPLETE, r->join_at,
		    "an operator without a command behind it");
	return true;
}

/* Room for what a line of that length can hold at most. */
static bool
prepare(struct shell_reader *r)
{
	size_t most = r->len / 2 + 1;

	r->room = r->len + 2;
	r->text = arena_take(r->arena, r->room);
	r->words = arena_list(r->arena, least(most, SHELL_WORDS), sizeof *r->words);
	r->line->commands = arena_list(
	    r->arena, least(most, SHELL_COMMANDS), sizeof *r->line->commands);
	return r->text != NULL && r->words != NULL && r->line->commands != NULL;
}

enum rc
shell_read(struct span line, struct arena *a, struct shell_line *ret, struct err *err)
{
	struct shell_line out = { .what = "" };
	struct shell_reader r = {
		.p = line.p,
		.len = least(line.len, SHELL_LINE),
		.cut = line.len > SHELL_LINE,
		.line = &out,
		.arena = a,
	};
	bool good = true;

	if (!prepare(&r))
		return err_set(err, RC_FAIL, "no room to read a line");
	while (good && r.at < r.len)
		good = step(&r);
	if (good)
		finish(&r);
	if (r.failed)
		return err_set(err, RC_FAIL, "no room to read a line");
	*ret = out;
	return RC_OK;
}
