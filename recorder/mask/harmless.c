/* Values that may be shown; see harmless.h. */
#include "recorder/mask/harmless.h"

#include <string.h>

#define WEAK_LENGTH 16
#define CODE_MOST 48
#define NUMBER_MOST 5 /* digits of a number that counts something */

/* The whole value, in any case of letters. */
static const char *const words[] = {
	"true",
	"false",
	"null",
	"none",
	"nil",
	"undefined",
	"string",
	"str",
	"redacted",
	"[redacted]",
	"<redacted>",
	"<sensitive>",
	"<nil>",
	"<none>",
	"hidden",
	"n/a",
	"~",
	"-",
};

/* How it begins. */
static const char *const starts[] = {
	"arn:aws",
	"{{",
	"$(",
	"****",
	"[masked",
	"file://",
	"fileb://",
	"alias/",
	"(sensitive",
	"(known after",
	"(none)",
	"(null)",
	"(unset)",
	"(hidden)",
	"(redacted)",
};

/* What follows "--password" and the like in help and prose. */
static const char *const prose[] = {
	"a",
	"an",
	"and",
	"are",
	"argument",
	"as",
	"at",
	"but",
	"by",
	"can",
	"cannot",
	"file",
	"flag",
	"for",
	"from",
	"has",
	"if",
	"in",
	"instead",
	"is",
	"it",
	"may",
	"must",
	"not",
	"of",
	"on",
	"option",
	"options",
	"or",
	"parameter",
	"passphrase",
	"passwd",
	"password",
	"pwd",
	"secret",
	"stdin",
	"string",
	"text",
	"that",
	"the",
	"to",
	"token",
	"value",
	"was",
	"when",
	"which",
	"will",
	"with",
	"your",
};

/* Kinds of things that stand beside a name in AWS's lists. */
static const char *const kinds[] = {
	"String",
	"StringList",
	"SecureString",
	"Standard",
	"Advanced",
	"Intelligent-Tiering",
	"PLAINTEXT",
	"PARAMETER_STORE",
	"SECRETS_MANAGER",
	"Active",
	"Inactive",
};

static uint8_t
fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool
letter(uint8_t c)
{
	c = fold(c);
	return c >= 'a' && c <= 'z';
}

static bool
digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Bytes in common, without case. */
static size_t
common(const uint8_t *p, size_t n, const char *w, size_t len)
{
	size_t i = 0;

	while (i < n && i < len && fold(p[i]) == fold((uint8_t)w[i]))
		i++;
	return i;
}

static enum mask_says
is_word(const uint8_t *p, size_t n, bool ended, const char *w)
{
	size_t len = strlen(w);

	if (n > len || common(p, n, w, len) < n)
		return MASK_NO;
	if (!ended)
		return MASK_MORE;
	return n == len ? MASK_YES : MASK_NO;
}

static enum mask_says
is_start(const uint8_t *p, size_t n, bool ended, const char *w)
{
	size_t len = strlen(w), same = common(p, n, w, len);

	if (same == len)
		return MASK_YES;
	return same == n && !ended ? MASK_MORE : MASK_NO;
}

/* YES before MORE before NO. */
static enum mask_says
either(enum mask_says a, enum mask_says b)
{
	if (a == MASK_YES || b == MASK_YES)
		return MASK_YES;
	return a == MASK_MORE ? a : b;
}

static enum mask_says
one_of(const uint8_t *p, size_t n, bool ended, const char *const *t, size_t rows)
{
	enum mask_says says = MASK_NO;

	for (size_t i = 0; i < rows && says != MASK_YES; i++)
		says = either(says, is_word(p, n, ended, t[i]));
	return says;
}
#define ONE_OF(t) one_of(p, n, ended, t, sizeof(t) / sizeof(t)[0])

/* "***" and the like, to the end. */
static enum mask_says
stars(const uint8_t *p, size_t n, bool ended)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '*')
			return MASK_NO;
	return !ended ? MASK_MORE : n >= 3 ? MASK_YES : MASK_NO;
}

/* "${NAME}"; one with a default in it is a value. */
static enum mask_says
braces(const uint8_t *p, size_t n, bool ended)
{
	size_t i = 2;

	while (i < n && p[i] != '}') {
		if ((p[i] == '-' || p[i] == '=') && p[i - 1] == ':')
			return MASK_NO;
		i++;
	}
	if (i >= n)
		return ended || n >= HARMLESS_MOST ? MASK_NO : MASK_MORE;
	if (i + 1 == n)
		return ended ? MASK_YES : MASK_MORE;
	return view_word(p[i + 1]) ? MASK_NO : MASK_YES;
}

/* "$NAME", "$env:NAME", "$row['name'" */
static enum mask_says
variable(const uint8_t *p, size_t n, bool ended)
{
	if (p[0] != '$' || n < 2)
		return p[0] == '$' && !ended ? MASK_MORE : MASK_NO;
	if (p[1] == '{')
		return braces(p, n, ended);
	if (!letter(p[1]) && p[1] != '_')
		return MASK_NO;
	for (size_t i = 2; i < n; i++)
		if (!view_word(p[i]) && strchr(":.[]>-", p[i]) == NULL)
			return MASK_NO;
	if (ended)
		return MASK_YES;
	return n < HARMLESS_MOST ? MASK_MORE : MASK_NO;
}

/* Is the last word of a variable's name one that secrets have? */
static bool
named(const uint8_t *p, size_t n)
{
	static const char *const ends[] = { "password", "passwd", "pwd", "secret",
		"token", "passphrase", "key" };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		size_t len = strlen(ends[i]), at = n - len;

		if (len > n || common(p + at, len, ends[i], len) < len)
			continue;
		if (at == 0 || !letter(p[at - 1]) ||
		    (p[at] <= 'Z' && fold(p[at - 1]) == p[at - 1]))
			return true;
	}
	return false;
}

/* The name of a variable of the kind: "AWS_SECRET_ACCESS_KEY" */
static enum mask_says
constant(const uint8_t *p, size_t n, bool ended)
{
	bool parts = false;

	for (size_t i = 0; i < n; i++) {
		parts |= p[i] == '_';
		if (p[i] != '_' && (p[i] < 'A' || p[i] > 'Z'))
			return MASK_NO;
	}
	if (ended)
		return parts && named(p, n) ? MASK_YES : MASK_NO;
	return n < CODE_MOST ? MASK_MORE : MASK_NO;
}

/* "%NAME%", "<NAME>" */
static enum mask_says
fenced(const uint8_t *p, size_t n, bool ended)
{
	uint8_t close = p[0] == '<' ? '>' : p[0];
	size_t i = 1;

	if (p[0] != '%' && p[0] != '<')
		return MASK_NO;
	while (i < n && (view_word(p[i]) || p[i] == '-' || p[i] == ' '))
		i++;
	if (i == n)
		return ended || n >= HARMLESS_MOST ? MASK_NO : MASK_MORE;
	if (p[i] != close || i < 3)
		return MASK_NO;
	if (i + 1 == n)
		return ended ? MASK_YES : MASK_MORE;
	return MASK_NO;
}

enum mask_says
harmless_value(const uint8_t *p, size_t n, bool ended)
{
	enum mask_says says;

	if (n == 0)
		return ended ? MASK_YES : MASK_MORE;
	says = ONE_OF(words);
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		says = either(says, is_start(p, n, ended, starts[i]));
	says = either(says, stars(p, n, ended));
	says = either(says, variable(p, n, ended));
	says = either(says, constant(p, n, ended));
	return either(says, fenced(p, n, ended));
}

enum mask_says
harmless_code(const uint8_t *p, size_t n, bool ended)
{
	static const char *const variables[] = { "value", "val", "user", "self", "this",
		"other", "input", "result", "data" };

	if (n > 1 && p[0] == '(')
		return harmless_code(p + 1, n - 1, ended);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (p[i] == '(' || p[i] == '['))
			return MASK_YES;
		if (i == 0 && p[i] == '(')
			continue;
		if (!letter(p[i]) && strchr("_.:>-", p[i]) == NULL)
			return MASK_NO;
	}
	if (ended)
		return named(p, n) ? MASK_YES : ONE_OF(variables);
	return n < CODE_MOST ? MASK_MORE : MASK_NO;
}

enum mask_says
harmless_weak(const uint8_t *p, size_t n, bool ended)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++)
		digits += digit(p[i]);
	if (n >= WEAK_LENGTH || (digits > 0 && (digits < n || n > NUMBER_MOST)))
		return MASK_NO;
	return ended ? MASK_YES : MASK_MORE;
}

enum mask_says
harmless_small(const uint8_t *p, size_t n, bool ended)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '_' && p[i] != '-' && (p[i] < 'a' || p[i] > 'z'))
			return MASK_NO;
	if (n >= WEAK_LENGTH)
		return MASK_NO;
	return ended ? MASK_YES : MASK_MORE;
}

enum mask_says
harmless_word(const uint8_t *p, size_t n, bool ended)
{
	size_t small = 0, capital = 0;

	if (n > 0 && (p[0] == '-' || p[0] == '<' || p[0] == '[' || p[0] == '('))
		return MASK_YES;
	for (size_t i = 0; i < n; i++) {
		small += p[i] >= 'a' && p[i] <= 'z';
		capital += p[i] >= 'A' && p[i] <= 'Z';
		if (!letter(p[i]) && p[i] != '_' && p[i] != '-' && p[i] != '.')
			return MASK_NO;
	}
	if (!ended)
		return n < HARMLESS_MOST ? MASK_MORE : MASK_NO;
	if (small == 0 || ONE_OF(kinds) == MASK_YES || ONE_OF(prose) == MASK_YES)
		return MASK_YES;
	return capital == 1 && p[0] <= 'Z' && n < WEAK_LENGTH ? MASK_YES : MASK_NO;
}
