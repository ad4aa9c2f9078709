/* Private keys in armor: PEM (RFC 7468), OpenPGP (RFC 9580 section 6.2), ssh's and PuTTY's
 * files.  Between the markers, which stay, all is masked; where the second one never comes,
 * up to what can be no line of a key.
 *
 * A body is pieces of base64 with separators between them: ends of lines, written as they
 * are or as an escape, indentation, quotation marks of a program's source. */
#include "recorder/mask/alphabet.h"

#include <string.h>

#define SEPARATORS 64 /* bytes of them between two pieces */
#define SURE 24	      /* a piece so long is no word */
#define NARROW 12     /* lines of a body that somebody wrapped */
#define HEADER 256    /* of a line "Proc-Type: …" */

/* o->flag */
enum { WITHIN = 1 /* a piece */, SHORT = 2 /* the last one was */, HEADERS = 4 };

static bool
line_end(int c)
{
	return c == '\r' || c == '\n' || c == SHADOW_BREAK;
}

static bool
separates(int c)
{
	return line_end(c) || (c > 0 && strchr(" \t>|\"',\\#*;", c) != NULL);
}

/* Ends of lines that are written otherwise: YES, *n is the length. */
static enum mask_says
written_end(const struct mask_view *v, size_t i, size_t *n)
{
	static const char *const ends[] = { "%0a", "%0d", "%20", "&#10;", "&#13;",
		"&#xa;", "&#xd;", "^M" };
	enum mask_says ret = MASK_NO;

	for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++) {
		enum mask_says says = alphabet_text(v, i, ends[k]);

		*n = strlen(ends[k]);
		if (says == MASK_YES)
			return MASK_YES;
		ret = says == MASK_MORE ? MASK_MORE : ret;
	}
	return ret;
}

/* The number of a line, as grep and cat write it: YES, *i is behind it. */
static enum mask_says
number(const struct mask_view *v, size_t *i)
{
	size_t at = *i;
	int c;

	while (at - *i < 6 && (c = view_at(v, at)) >= '0' && c <= '9')
		at++;
	if ((c = view_at(v, at)) == VIEW_MORE)
		return MASK_MORE;
	if (at == *i || (c != ':' && c != '-' && c != ' ' && c != '\t'))
		return MASK_NO;
	*i = c == '-' ? at : at + 1;
	return MASK_YES;
}

/* A sign that separates only where another one follows: what joins the lines of a program's
 * source, what "cat -A" writes at a line's end. */
static int
sign(const struct mask_view *v, size_t i)
{
	int c = view_at(v, i), next;

	if (c != '+' && c != '$')
		return c;
	next = view_at(v, i + 1);
	return next == VIEW_MORE || (c == '+' ? separates(next) : line_end(next)) ? next
										  : c;
}

/* One separator: YES, *i is behind it, and *fresh says whether a line ended there. */
static enum mask_says
separator(const struct mask_view *v, size_t *i, bool *fresh)
{
	int c = sign(v, *i);
	enum mask_says says;
	size_t n = 0;

	if (c == VIEW_MORE)
		return MASK_MORE;
	if (separates(c)) {
		*fresh |= line_end(c);
		(*i)++;
		return MASK_YES;
	}
	if ((says = written_end(v, *i, &n)) == MASK_YES) {
		*fresh = true;
		*i += n;
	}
	return says;
}

/* YES: *i is behind the separators; NO: too many of them.  *fresh: a line ended there. */
static enum mask_says
skip(const struct mask_view *v, size_t *i, bool *fresh)
{
	size_t begin = *i;
	bool numbered = false;
	enum mask_says says = MASK_YES;

	while (says == MASK_YES && *i - begin <= SEPARATORS) {
		says = separator(v, i, fresh);
		if (says == MASK_NO && *fresh && !numbered) {
			says = number(v, i);
			numbered = true;
		}
	}
	return says == MASK_MORE ? MASK_MORE : says == MASK_NO ? MASK_YES : MASK_NO;
}

/* "-----END" or "---- END", with a dash more where a diff took the line away. */
static enum mask_says
marker(const struct mask_view *v, size_t i)
{
	size_t dashes = 0;

	while (dashes < 8 && view_at(v, i + dashes) == '-')
		dashes++;
	if (view_at(v, i + dashes) == VIEW_MORE)
		return MASK_MORE;
	if (dashes < 4)
		return MASK_NO;
	if (view_at(v, i + dashes) == ' ' || view_at(v, i + dashes) == '+')
		dashes++;
	return alphabet_text(v, i + dashes, "END");
}

/* A line of the head: YES, *i is at its end. */
static enum mask_says
header(const struct mask_view *v, size_t *i)
{
	static const char *const names[] = { "Proc-Type:", "DEK-Info:", "Key-Info:",
		"Version:", "Comment:", "Hash:", "Charset:", "MessageID:", "Subject:",
		"X-" };
	enum mask_says says = MASK_NO;

	for (size_t k = 0; k < sizeof names / sizeof names[0] && says == MASK_NO; k++)
		says = alphabet_text(v, *i, names[k]);
	for (size_t n = 0; says == MASK_YES; n++, (*i)++) {
		int c = view_at(v, *i);

		if (c == VIEW_MORE)
			return MASK_MORE;
		if (c == VIEW_END || line_end(c))
			return MASK_YES;
		if (n == HEADER)
			return MASK_NO;
	}
	return says;
}

/* Is this short piece, of which text stands at [from, to), the last line of a body? */
static bool
last_line(const struct mask_view *v, size_t from, size_t to)
{
	bool upper = false, lower = false, digit = false;
	int c = view_at(v, to);

	if (c == VIEW_END || line_end(c))
		return true;
	for (size_t i = from; i < to; i++) {
		upper |= v->p[i] >= 'A' && v->p[i] <= 'Z';
		lower |= v->p[i] >= 'a' && v->p[i] <= 'z';
		digit |= v->p[i] >= '0' && v->p[i] <= '9';
	}
	return to - from >= 8 && upper && lower && digit;
}

/* Behind a short piece only one that is not so short is not yet another thing.  The first one
 * has a line of its own, fresh: else a command that looks for a marker would be taken for a
 * key. */
static bool
may_be_last(uint8_t flag, size_t len, bool fresh)
{
	if (flag & SHORT)
		return fresh && len >= NARROW;
	return fresh || !(flag & HEADERS);
}

/* A short piece at [from, to) belongs to the body if it ends it. */
static enum mask_says
short_piece(
    const struct mask_view *v, size_t from, size_t to, bool fresh, uint8_t *flag)
{
	enum mask_says says;

	if (to == from)
		return MASK_NO;
	if (may_be_last(*flag, to - from, fresh) && last_line(v, from, to)) {
		*flag = SHORT;
		return MASK_YES;
	}
	if ((says = skip(v, &to, &fresh)) == MASK_YES)
		says = marker(v, to);
	if (says == MASK_YES)
		*flag = SHORT;
	return says;
}

/* The next piece behind *i: YES with its beginning, and *i behind what is known of it. */
static enum mask_says
piece(const struct mask_view *v, size_t *i, size_t *from, uint8_t *flag)
{
	size_t at = *i;
	bool fresh = false;
	enum mask_says says;
	int step = 0;

	if ((says = skip(v, &at, &fresh)) != MASK_YES)
		return says;
	if ((says = marker(v, at)) != MASK_NO)
		return says == MASK_YES ? MASK_NO : says;
	/* A line that a diff took away. */
	if (view_at(v, at) == '-')
		at++;
	*from = at;
	if ((*flag & HEADERS) && (says = header(v, &at)) != MASK_NO) {
		*i = at;
		return says;
	}
	for (int n = 0; n < SURE; n++, at += (size_t)step)
		if ((step = alphabet_step(AB_BASE64, v, at, NULL)) <= 0)
			break;
	if (step < 0)
		return MASK_MORE;
	*i = at;
	if (step == 0)
		return short_piece(v, *from, at, fresh, flag);
	*flag = WITHIN;
	return MASK_YES;
}

/* o->count: bytes that are known to be in it. */
static enum mask_says
run_on(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	size_t left = v->len - from, sure = o->count < left ? o->count : left, next,
	       begin;
	enum mask_says says;
	int step;

	o->count -= (uint32_t)sure;
	*to = from + sure;
	while (o->count == 0) {
		step = 0;
		while ((o->flag & WITHIN) &&
		       (step = alphabet_step(AB_BASE64, v, *to, NULL)) > 0)
			*to += (size_t)step;
		if (step < 0)
			return MASK_MORE;
		o->flag &= (uint8_t)~WITHIN;
		next = *to;
		if ((says = piece(v, &next, &begin, &o->flag)) != MASK_YES)
			return says == MASK_MORE ? MASK_MORE : MASK_YES;
		*to = next;
	}
	return v->end ? MASK_YES : MASK_MORE;
}

/* What stands at i begins a body: the answer of a verifier. */
static enum mask_says
body(const struct mask_view *v, size_t i, struct mask_find *ret)
{
	uint8_t flag = HEADERS;
	enum mask_says says;

	ret->hold = i;
	if ((says = piece(v, &i, &ret->from, &flag)) != MASK_YES)
		return says;
	ret->rule = "private-key";
	ret->open = (struct mask_open){
		.run = run_on, .flag = flag, .count = (uint32_t)(i - ret->from)
	};
	return MASK_YES;
}

/* The words of a marker, and what they have to have in them. */
#define WORDS 64
static const char *const secret_words[] = { "PRIVATE", "OpenVPN", "SECRET" };

static bool
is_secret(const uint8_t *p, size_t n)
{
	for (size_t k = 0; k < sizeof secret_words / sizeof secret_words[0]; k++) {
		size_t len = strlen(secret_words[k]);

		for (size_t i = 0; i + len <= n; i++)
			if (memcmp(p + i, secret_words[k], len) == 0)
				return true;
	}
	return false;
}

/* "-----BEGIN RSA PRIVATE KEY-----".  arg: NULL, or the dashes are four and a blank. */
static enum mask_says
verify_marker(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	const char *begin = arg;
	size_t from = at + strlen(begin), i = from;
	enum mask_says says;

	(void)c;
	ret->hold = v->len;
	while (i - from <= WORDS &&
	       (alphabet_in(AB_ALNUM, view_at(v, i)) || view_at(v, i) == ' ' ||
		   view_at(v, i) == '+' || view_at(v, i) == '%'))
		i++;
	says = alphabet_text(v, i, "----");
	if (says != MASK_YES || !is_secret(v->p + from, i - from))
		return says == MASK_MORE ? MASK_MORE : MASK_NO;
	i += 4;
	if (view_at(v, i) == VIEW_MORE)
		return MASK_MORE;
	return body(v, view_at(v, i) == '-' ? i + 1 : i, ret);
}

/* "Private-Lines: 14" of PuTTY. */
static enum mask_says
verify_lines(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	size_t from = at + strlen(arg), i = from;

	(void)c;
	ret->hold = v->len;
	while (i - from < 8 &&
	       (view_at(v, i) == ' ' || (view_at(v, i) >= '0' && view_at(v, i) <= '9')))
		i++;
	if (view_at(v, i) == VIEW_MORE)
		return MASK_MORE;
	return i > from + 1 && separates(view_at(v, i)) ? body(v, i, ret) : MASK_NO;
}

void
armor_build(struct mask_build *b)
{
	static const char *const markers[] = { "-----BEGIN ", "-----BEGIN+",
		"-----BEGIN%20", "---- BEGIN " };
	static const char lines[] = "Private-Lines:";

	for (size_t i = 0; i < sizeof markers / sizeof markers[0]; i++)
		mask_build_literal(b, span_of(markers[i]), MASK_EXACT | MASK_SHOWN,
		    verify_marker, markers[i]);
	mask_build_literal(
	    b, span_of(lines), MASK_EXACT | MASK_SHOWN, verify_lines, lines);
}
