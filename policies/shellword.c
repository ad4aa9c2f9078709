/* One word of a shell's line: quotes removed, glob characters marked, and everything
 * refused that some shell would expand.  Each byte is looked at once. */
#include "policies/shell_parts.h"

#include <string.h>

#include "lib/base/text.h"

#define X(class, a) [a] = CLASS_##class
#define LETTERS(a)                                                                     \
	X(BARE, (a)), X(BARE, (a) + 1), X(BARE, (a) + 2), X(BARE, (a) + 3),            \
	    X(BARE, (a) + 4), X(BARE, (a) + 5), X(BARE, (a) + 6), X(BARE, (a) + 7),    \
	    X(BARE, (a) + 8), X(BARE, (a) + 9), X(BARE, (a) + 10), X(BARE, (a) + 11),  \
	    X(BARE, (a) + 12), X(BARE, (a) + 13), X(BARE, (a) + 14),                   \
	    X(BARE, (a) + 15), X(BARE, (a) + 16), X(BARE, (a) + 17),                   \
	    X(BARE, (a) + 18), X(BARE, (a) + 19), X(BARE, (a) + 20),                   \
	    X(BARE, (a) + 21), X(BARE, (a) + 22), X(BARE, (a) + 23),                   \
	    X(BARE, (a) + 24), X(BARE, (a) + 25)

const uint8_t shell_classes[256] = {
	X(BLANK, ' '),
	X(BLANK, '\t'),
	X(OPERATOR, ';'),
	X(OPERATOR, '&'),
	X(OPERATOR, '|'),
	X(ARROW, '<'),
	X(ARROW, '>'),
	X(QUOTE, '\''),
	X(QUOTE, '"'),
	X(QUOTE, '\\'),
	X(REFUSED, '$'),
	X(REFUSED, '`'),
	X(REFUSED, '{'),
	X(REFUSED, '}'),
	X(REFUSED, '!'),
	X(REFUSED, '('),
	X(REFUSED, ')'),
	X(GLOB, '*'),
	X(GLOB, '?'),
	X(GLOB, '['),
	X(MARK, '~'),
	X(MARK, '='),
	X(MARK, '#'),
	X(MARK, '^'),
	X(MARK, ']'),
	LETTERS('a'),
	LETTERS('A'),
	X(DIGIT, '0'),
	X(DIGIT, '1'),
	X(DIGIT, '2'),
	X(DIGIT, '3'),
	X(DIGIT, '4'),
	X(DIGIT, '5'),
	X(DIGIT, '6'),
	X(DIGIT, '7'),
	X(DIGIT, '8'),
	X(DIGIT, '9'),
	X(BARE, '_'),
	X(BARE, '-'),
	X(BARE, '.'),
	X(BARE, '/'),
	X(BARE, ':'),
	X(BARE, ','),
	X(BARE, '+'),
	X(BARE, '@'),
	X(BARE, '%'),
	[0x80 ... 0xFF] = CLASS_HIGH,
};
#undef LETTERS
#undef X

static const char too_long[] = "a word longer than 2048 bytes";
static const char not_shown[] = "a character that does not show, or is not UTF-8";

bool
shell_refuse(struct shell_reader *r, enum shell_reason why, size_t at, const char *what)
{
	r->line->undecidable = why;
	r->line->offset = at;
	r->line->what = what;
	return false;
}

bool
shell_unfinished(struct shell_reader *r, size_t at, const char *what)
{
	if (r->cut)
		return shell_refuse(
		    r, SHELL_LIMIT, r->len, "a line longer than 4096 bytes");
	return shell_refuse(r, SHELL_INCOMPLETE, at, what);
}

/* One byte of text.  The places in the line and in the text part at the first quote,
 * so the byte's own place comes along. */
static bool
add(struct shell_reader *r, uint8_t c, size_t at)
{
	if (r->w.len >= SHELL_WORD)
		return shell_refuse(r, SHELL_LIMIT, at, too_long);
	r->text[r->used + r->w.len++] = (char)c;
	return true;
}

/* Mark the character that comes next as one that acts. */
static bool
mark_live(struct shell_reader *r)
{
	if (r->live == NULL && (r->live = arena_take(r->arena, r->room)) == NULL) {
		r->failed = true;
		return false;
	}
	r->live[r->used + r->w.len] = 1;
	return true;
}

/* A quoted - within [...] is itself, a bare one makes a range: canonical text cannot
 * tell them apart. */
static bool
check_set(struct shell_reader *r, uint8_t c, size_t at)
{
	if (c == '-' && r->bracket != 0)
		return shell_refuse(r, SHELL_GLOB_LIMIT, at, "a quoted - within [...]");
	return true;
}

/* A character outside ASCII, within quotes. */
static bool
take_high(struct shell_reader *r)
{
	uint32_t cp = 0;
	unsigned n = text_char(span_make(r->p + r->at, r->len - r->at), &cp);

	if (n == 0 && r->cut && text_partial(span_make(r->p, r->len)) == r->len - r->at)
		return shell_unfinished(r, r->at, NULL);
	if (n == 0 || !text_plain(cp))
		return shell_refuse(r, SHELL_CHARACTER, r->at, not_shown);
	for (; n > 0; n--, r->at++)
		if (!add(r, r->p[r->at], r->at))
			return false;
	return true;
}

/* One character within quotes that means itself. */
static bool
take_quoted(struct shell_reader *r)
{
	uint8_t c = r->p[r->at];

	if (shell_classes[c] == CLASS_HIGH)
		return take_high(r);
	if (shell_classes[c] == CLASS_CONTROL)
		return shell_refuse(r, SHELL_CHARACTER, r->at, not_shown);
	if (!check_set(r, c, r->at) || !add(r, c, r->at))
		return false;
	r->at++;
	return true;
}

static bool
take_single(struct shell_reader *r)
{
	size_t from = r->at++;

	while (r->at < r->len && r->p[r->at] != '\'')
		if (!take_quoted(r))
			return false;
	if (r->at >= r->len)
		return shell_unfinished(r, from, "a quote that is not closed");
	r->at++;
	return true;
}

static bool
take_double(struct shell_reader *r)
{
	size_t from = r->at++;

	for (;;) {
		uint8_t c;

		if (r->at >= r->len)
			return shell_unfinished(r, from, "a quote that is not closed");
		c = r->p[r->at];
		if (c == '"')
			break;
		if (c == '$' || c == '`')
			return shell_refuse(r, SHELL_EXPANSION, r->at,
			    "a $ or a back quote within \"...\"");
		if (c == '!')
			return shell_refuse(
			    r, SHELL_HISTORY, r->at, "a ! within \"...\"");
		if (c == '\\' && r->at + 1 < r->len) {
			/* Before any other character the backslash stays. */
			if (strchr("\"\\$`", r->p[r->at + 1]) == NULL &&
			    !add(r, c, r->at))
				return false;
			r->at++;
		}
		if (!take_quoted(r))
			return false;
	}
	r->at++;
	return true;
}

static bool
take_escape(struct shell_reader *r)
{
	uint8_t c;

	if (r->at + 1 >= r->len)
		return shell_unfinished(r, r->at, "a backslash with nothing behind it");
	c = r->p[r->at + 1];
	if (c < 0x20 || c > 0x7E)
		return shell_refuse(r, SHELL_CHARACTER, r->at + 1,
		    "a backslash before what is not printable ASCII");
	if (!check_set(r, c, r->at + 1) || !add(r, c, r->at + 1))
		return false;
	r->at += 2;
	return true;
}

static bool
take_quote(struct shell_reader *r)
{
	r->w.quoted = true;
	switch (r->p[r->at]) {
	case '\'':
		return take_single(r);
	case '"':
		return take_double(r);
	default:
		return take_escape(r);
	}
}

static bool
take_glob(struct shell_reader *r)
{
	uint8_t c = r->p[r->at];

	if (r->globs++ == 0)
		r->glob_at = r->at;
	if (c == '[' && r->bracket != 0) {
		if (r->first && r->w.len == 1)
			return shell_refuse(r, SHELL_COMPOUND, r->w.at,
			    "a word that begins a construct");
		return shell_refuse(r, SHELL_GLOB_LIMIT, r->at, "a [ within [...]");
	}
	if (r->globs > SHELL_GLOBS)
		return shell_refuse(r, SHELL_GLOB_LIMIT, r->at,
		    "more than 6 glob characters in a word");
	if (!mark_live(r))
		return false;
	r->bracket = shell_bracket(r->bracket, r->w.len, (char)c, true);
	return add(r, c, r->at++);
}

/* True when the word so far is what an assignment begins with: NAME, NAME+ or NAME[...]
 * or NAME[...]+.  In zsh a number is a name, too, and += wants one. */
static bool
assigns(const struct shell_reader *r)
{
	const char *text = r->text + r->used;
	size_t len = r->w.len, i = 0;

	while (i < len && (text[i] == '_' || (text[i] >= '0' && text[i] <= '9') ||
			      (text[i] >= 'a' && text[i] <= 'z') ||
			      (text[i] >= 'A' && text[i] <= 'Z')))
		i++;
	if (len > i && text[len - 1] == '+')
		len--;
	if (i == 0)
		return r->w.len == 1 && text[0] == '+';
	return i == len || (text[i] == '[' && text[len - 1] == ']');
}

static bool
take_equals(struct shell_reader *r)
{
	/* After empty quotes, too: zsh looks for a program then. */
	if (r->w.len == 0)
		return shell_refuse(
		    r, SHELL_EQUALS, r->at, "a word that begins with =");
	if (r->first && !r->w.quoted && assigns(r))
		return shell_refuse(r, SHELL_ASSIGNMENT, r->at, "an assignment");
	return add(r, '=', r->at++);
}

static bool
take_tilde(struct shell_reader *r)
{
	char before = r->w.len > 0 ? r->text[r->used + r->w.len - 1] : '\0';

	if (before == '\0' || before == '=' || before == ':')
		return shell_refuse(
		    r, SHELL_TILDE, r->at, "a ~ that some shells replace by a folder");
	return add(r, '~', r->at++);
}

static bool
take_caret(struct shell_reader *r)
{
	if (r->line->n == 0 && r->w.len == 0 && !r->w.quoted)
		return shell_refuse(r, SHELL_HISTORY, r->at, "a ^ at the beginning");
	if (r->bracket != 0 && r->bracket == r->w.len)
		return shell_refuse(r, SHELL_GLOB_LIMIT, r->at, "a ^ behind [");
	return add(r, '^', r->at++);
}

static bool
take_mark(struct shell_reader *r)
{
	switch (r->p[r->at]) {
	case '=':
		return take_equals(r);
	case '~':
		return take_tilde(r);
	case '^':
		return take_caret(r);
	case ']':
		if (!mark_live(r))
			return false;
		r->bracket = shell_bracket(r->bracket, r->w.len, ']', true);
		return add(r, ']', r->at++);
	default:
		if (r->w.len == 0 && !r->w.quoted)
			return shell_refuse(r, SHELL_COMMENT, r->at, "a comment");
		return add(r, '#', r->at++);
	}
}

/* {NAME} before < or > */
static bool
names_descriptor(const struct shell_reader *r)
{
	size_t i = r->at + 1;

	while (
	    i < r->len && (r->p[i] == '_' || shell_classes[r->p[i]] == CLASS_DIGIT ||
			      (shell_classes[r->p[i]] == CLASS_BARE &&
				  (r->p[i] | 0x20) >= 'a' && (r->p[i] | 0x20) <= 'z')))
		i++;
	return i + 1 < r->len && i > r->at + 1 && r->p[i] == '}' &&
	       shell_classes[r->p[i + 1]] == CLASS_ARROW;
}

static bool
refuse_byte(struct shell_reader *r)
{
	static const struct {
		char c;
		enum shell_reason why;
		const char *what;
	} rows[] = {
		{ '$', SHELL_EXPANSION, "a $: variables and substitutions" },
		{ '`', SHELL_EXPANSION, "a back quote: a substitution" },
		{ '{', SHELL_BRACE, "a { outside quotes" },
		{ '}', SHELL_BRACE, "a } outside quotes" },
		{ '!', SHELL_HISTORY, "a ! outside single quotes" },
		{ '(', SHELL_COMPOUND, "a parenthesis" },
		{ ')', SHELL_COMPOUND, "a parenthesis" },
	};
	char c = (char)r->p[r->at];

	if (c == '{' && r->w.len == 0 && !r->w.quoted && names_descriptor(r))
		return shell_refuse(
		    r, SHELL_REDIRECT, r->at, "a descriptor that gets a name");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (c == rows[i].c)
			return shell_refuse(r, rows[i].why, r->at, rows[i].what);
	return shell_refuse(r, SHELL_CHARACTER, r->at, not_shown);
}

/* The plain characters from here on, in one go. */
static bool
take_plain(struct shell_reader *r)
{
	char *text = r->text + r->used;
	size_t len = r->w.len, at = r->at;

	while (at < r->len && len < SHELL_WORD &&
	       shell_classes[r->p[at]] >= CLASS_BARE &&
	       shell_classes[r->p[at]] <= CLASS_DIGIT)
		text[len++] = (char)r->p[at++];
	if (at == r->at)
		return shell_refuse(r, SHELL_LIMIT, at, too_long);
	r->w.len = len;
	r->at = at;
	return true;
}

static bool
take(struct shell_reader *r)
{
	switch (shell_classes[r->p[r->at]]) {
	case CLASS_BARE:
	case CLASS_DIGIT:
		return take_plain(r);
	case CLASS_MARK:
		return take_mark(r);
	case CLASS_GLOB:
		return take_glob(r);
	case CLASS_QUOTE:
		return take_quote(r);
	case CLASS_HIGH:
		return shell_refuse(r, SHELL_CHARACTER, r->at,
		    "a character outside ASCII without quotes");
	default:
		return refuse_byte(r);
	}
}

bool
shell_word_read(struct shell_reader *r, bool first)
{
	r->w = (struct shell_word){ .text = r->text + r->used, .at = r->at };
	r->globs = 0;
	r->bracket = 0;
	r->first = first;
	while (r->at < r->len && shell_classes[r->p[r->at]] < CLASS_BLANK)
		if (!take(r))
			return false;
	/* What is cut off here may be half a word. */
	if (r->at >= r->len && r->cut)
		return shell_unfinished(r, r->at, NULL);
	if (r->globs > 0)
		r->w.live = r->live + r->used;
	return true;
}
