/* Passwords in addresses: scheme://user:PASSWORD@host.  Scheme, user and host stay. */
#include "recorder/mask/alphabet.h"

#include <string.h>

/* User and password together. */
#define LONGEST 300

struct address {
	const char *literal; /* what the user stands behind */
	size_t len;
	char sign;    /* between user and password */
	bool encoded; /* the whole address is, once */
	bool ports;   /* what looks like one is no password */
};

static const struct address addresses[] = {
	{ "://", 3, ':', false, true },
	{ "%3A%2F%2F", 9, ':', true, true },
	{ "jdbc:oracle:thin:", 17, '/', false, false },
};
#define N_ADDRESSES (sizeof addresses / sizeof addresses[0])

static int
hex(int c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* The character at i, and how many bytes it takes. */
static int
character(const struct address *a, const struct mask_view *v, size_t i, size_t *n)
{
	int c = view_at(v, i), high, low;

	*n = 1;
	if (!a->encoded || c != '%')
		return c;
	high = view_at(v, i + 1);
	low = high == VIEW_MORE ? VIEW_MORE : view_at(v, i + 2);
	if (high == VIEW_MORE || low == VIEW_MORE)
		return VIEW_MORE;
	if (hex(high) < 0 || hex(low) < 0)
		return c;
	*n = 3;
	return hex(high) << 4 | hex(low);
}

/* Stands in no address at all. */
static bool
outside(int c)
{
	return c <= ' ' || c == 0x7f || c == '"' || c == '\'' || c == '<' || c == '>' ||
	       c == '`';
}

static bool
ends_host(int c)
{
	return outside(c) || c == '/' || c == '?' || c == '#';
}

/* From *i, where the user begins, to behind the sign. */
static enum mask_says
user(const struct address *a, const struct mask_view *v, size_t *i)
{
	size_t n, begin = *i;
	int c;

	for (; *i - begin <= LONGEST; *i += n) {
		if ((c = character(a, v, *i, &n)) == VIEW_MORE)
			return MASK_MORE;
		if (c == a->sign) {
			*i += n;
			return MASK_YES;
		}
		/* "[": a host in numbers, with colons of its own. */
		if (c == '@' || c == '[' || ends_host(c))
			return MASK_NO;
	}
	return MASK_NO;
}

/* What can stand for a password that is elsewhere: "${DB_PASSWORD}", "$(cmd)", "{0}",
 * "$NAME", "%s", "****", and what was masked before. */
static bool
placeholder(const uint8_t *p, size_t n)
{
	static const char *const known[] = { "%s", "%d", "%v", "%q", "%@" };
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (span_is(span_make(p, n), known[i]))
			return true;
	for (i = 0; i < n && p[i] == '*'; i++)
		;
	if (i == n || span_starts(span_make(p, n), "[MASKED"))
		return true;
	if (p[0] == '{' || (n > 1 && p[0] == '$' && (p[1] == '{' || p[1] == '(')))
		return p[n - 1] == '}' || p[n - 1] == ')';
	for (i = 1;
	     i < n && p[0] == '$' && (p[i] == '_' || alphabet_in(AB_UPPER, p[i])); i++)
		;
	return p[0] == '$' && n > 1 && i == n;
}

/* An image's tag is no password: "image:1.2@sha256:…". */
static enum mask_says
digest(const struct address *a, const struct mask_view *v, size_t i)
{
	return alphabet_text(v, i, a->encoded ? "sha256%3a" : "sha256:");
}

/* From *i, where the password begins, to the "@" behind it. */
static enum mask_says
password(const struct address *a, const struct mask_view *v, size_t begin, size_t *i)
{
	bool port = a->ports;
	enum mask_says says;
	size_t n;
	int c;

	for (; *i - begin <= LONGEST; *i += n) {
		if ((c = character(a, v, *i, &n)) == VIEW_MORE)
			return MASK_MORE;
		if (outside(c) || (port && (c == ',' || ends_host(c))))
			return MASK_NO;
		if (c == '@')
			break;
		port &= c >= '0' && c <= '9';
	}
	if (*i - begin > LONGEST)
		return MASK_NO;
	says = a->ports ? digest(a, v, *i + n) : MASK_NO;
	return says == MASK_YES ? MASK_NO : says == MASK_NO ? MASK_YES : MASK_MORE;
}

/* Up to the last "@" before the host: a password may have one.  o->phase: which of the
 * addresses; o->count: bytes that are masked in any case; o->limit: how many more. */
static enum mask_says
run_on(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	const struct address *a = &addresses[o->phase];
	size_t left = v->len - from, sure = o->count < left ? o->count : left, n, i;
	int c;

	o->count -= (uint32_t)sure;
	*to = from + sure;
	if (o->count > 0)
		return v->end ? MASK_YES : MASK_MORE;
	for (i = *to; i - *to < LONGEST; i += n) {
		if ((c = character(a, v, i, &n)) == VIEW_MORE)
			return MASK_MORE;
		if (c < 0 || ends_host(c))
			return MASK_YES;
		if (c == '@')
			*to = i;
	}
	return MASK_YES;
}

static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	const struct address *a = arg;
	size_t begin = at + a->len, i;
	enum mask_says says;

	(void)c;
	/* A scheme stands before it. */
	if (a->ports && (at == 0 || !alphabet_in(AB_ALNUM, v->p[at - 1])))
		return MASK_NO;
	ret->hold = v->len;
	i = begin;
	if ((says = user(a, v, &i)) != MASK_YES)
		return says;
	ret->hold = ret->from = i;
	if ((says = password(a, v, begin, &i)) != MASK_YES)
		return says;
	if (i == ret->from || placeholder(v->p + ret->from, i - ret->from))
		return MASK_NO;
	ret->rule = "url-password";
	ret->open = (struct mask_open){ .run = run_on,
		.phase = (uint8_t)(a - addresses),
		.count = (uint32_t)(i - ret->from) };
	return MASK_YES;
}

void
address_build(struct mask_build *b)
{
	for (size_t i = 0; i < N_ADDRESSES; i++)
		mask_build_literal(b, span_of(addresses[i].literal), MASK_SHOWN, verify,
		    &addresses[i]);
}
