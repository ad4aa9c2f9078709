/* See toys.h. */
#include "tests/mask/toys.h"

#include <string.h>

#include "tests/support/unit.h"

static bool
upper(int c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

static bool
base64(int c)
{
	return view_word(c) ? c != '_' : c == '+' || c == '/';
}

/* AKIA and exactly 8 of its class. */
static enum mask_says
key_id(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	(void)arg;
	for (size_t i = 4; i < 12; i++)
		if (!upper(view_at(v, at + i))) {
			ret->hold = at;
			return view_at(v, at + i) == VIEW_MORE ? MASK_MORE : MASK_NO;
		}
	ret->hold = at;
	if (view_at(v, at + 12) == VIEW_MORE)
		return MASK_MORE;
	if (view_word(view_at(v, at + 12)))
		return MASK_NO;
	c->key_id = v->base + at + 12;
	*ret = (struct mask_find){
		.rule = "toy-id", .from = at, .to = at + 12, .id = true
	};
	return MASK_YES;
}

static enum mask_says
run_word(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	(void)o;
	for (*to = from;; ++*to) {
		int c = view_at(v, *to);

		if (!view_word(c) && c != '-')
			return c == VIEW_MORE ? MASK_MORE : MASK_YES;
	}
}

/* tok- and 5 characters at least: masked as they come from there. */
static enum mask_says
token(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	(void)c;
	for (size_t i = 4; i < 9; i++)
		if (!view_word(view_at(v, at + i))) {
			ret->hold = at;
			return view_at(v, at + i) == VIEW_MORE ? MASK_MORE : MASK_NO;
		}
	*ret =
	    (struct mask_find){ .rule = arg, .from = at, .open = { .run = run_word } };
	return MASK_YES;
}

/* Up to a quote with fewer backslashes before it, or as many. */
static enum mask_says
run_quoted(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	for (size_t i = *to = from;; i++) {
		int c = view_at(v, i);
		size_t slashes = i - *to;

		if (c == '\\' && slashes < 200)
			continue;
		if (c == VIEW_MORE)
			return MASK_MORE;
		if (c == VIEW_END) {
			*to = i;
			return MASK_YES;
		}
		if (c == '"' && slashes <= o->level)
			return MASK_YES;
		*to = i + 1;
	}
}

static enum mask_says
run_bare(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	(void)o;
	for (*to = from; *to < v->len; ++*to)
		if (v->p[*to] <= ' ' || strchr(",;\"", v->p[*to]) != NULL)
			return MASK_YES;
	return v->end ? MASK_YES : MASK_MORE;
}

/* password, a quote perhaps, : or =, blanks, a value quoted or bare. */
static enum mask_says
field(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	size_t i = at + strlen(arg), slashes = 0;

	(void)c;
	while (view_at(v, i) == '\\' && i < at + 100)
		i++;
	i += view_at(v, i) == '"';
	if (view_at(v, i) == ':' || view_at(v, i) == '=') {
		do
			i++;
		while (view_at(v, i) == ' ' && i < at + 200);
		while (view_at(v, i) == '\\' && i < at + 300)
			i++, slashes++;
		if (view_at(v, i) == '"') {
			*ret = (struct mask_find){ .rule = "toy-field",
				.from = i + 1,
				.open = {
				    .run = run_quoted, .level = (uint8_t)slashes } };
			return MASK_YES;
		}
		if (slashes == 0 && view_at(v, i) > ' ') {
			*ret = (struct mask_find){ .rule = "toy-field",
				.from = i,
				.open = { .run = run_bare },
				.quote = view_at(v, i) == '7' };
			return MASK_YES;
		}
	}
	ret->hold = v->len;
	return view_at(v, i) == VIEW_MORE ? MASK_MORE : MASK_NO;
}

/* hold: up to a full stop, and nothing before it is known. */
static enum mask_says
held(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	(void)c;
	for (size_t i = at + 5; i < at + MASK_AHEAD - 1; i++) {
		int ch = view_at(v, i);

		if (ch == VIEW_MORE) {
			ret->hold = at;
			return MASK_MORE;
		}
		if (ch == VIEW_END || ch == '\n')
			return MASK_NO;
		if (ch == '.') {
			*ret = (struct mask_find){ .rule = arg, .from = at, .to = i };
			return MASK_YES;
		}
	}
	return MASK_NO;
}

/* "data:" changes what is known, and masks nothing. */
static enum mask_says
context(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	(void)arg;
	c->data = v->base + at;
	*ret = (struct mask_find){ .from = at, .to = at };
	return MASK_YES;
}

#define AROUND 40
/* QUtJQ and what of base64 is around it, 40 bytes each way. */
static enum mask_says
around(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	size_t from = at, to = at;

	(void)c;
	while (from > 0 && at - from < AROUND && base64(v->p[from - 1]))
		from--;
	while (to - at < AROUND && base64(view_at(v, to)))
		to++;
	if (to - at < AROUND && view_at(v, to) == VIEW_MORE) {
		ret->hold = from;
		return MASK_MORE;
	}
	*ret = (struct mask_find){ .rule = arg, .from = from, .to = to };
	return MASK_YES;
}

static size_t
around_tail(const struct mask_view *v, size_t floor)
{
	size_t from = v->len;

	while (from > floor && v->len - from < AROUND + 5 && base64(v->p[from - 1]))
		from--;
	return from;
}

/* Within 60 bytes of a key's id: exactly 10 of base64. */
static bool
near_id(const struct mask_context *c, uint64_t at)
{
	return c->key_id != 0 && at - c->key_id < 60;
}

static enum mask_says
exactly_10(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	size_t to = at;

	(void)c;
	while (to - at < 11 && base64(view_at(v, to)))
		to++;
	if (to - at < 11 && view_at(v, to) == VIEW_MORE) {
		ret->hold = at;
		return MASK_MORE;
	}
	if (to - at != 10)
		return MASK_NO;
	*ret = (struct mask_find){ .rule = arg, .from = at, .to = to };
	return MASK_YES;
}

/* Five digits, always. */
static enum mask_says
digits(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	size_t to = at;

	(void)c;
	while (to - at < 6 && view_at(v, to) >= '0' && view_at(v, to) <= '9')
		to++;
	ret->hold = at;
	if (to - at < 6 && view_at(v, to) == VIEW_MORE)
		return MASK_MORE;
	if (to - at != 5)
		return MASK_NO;
	*ret = (struct mask_find){ .rule = arg, .from = at, .to = to };
	return MASK_YES;
}

void
toys_build(struct mask_build *b)
{
	uint32_t digit[8] = { 0 }, b64[8] = { 0 };

	for (unsigned c = 0; c < 256; c++) {
		if (c >= '0' && c <= '9')
			digit[c >> 5] |= 1U << (c & 31);
		if (base64((int)c))
			b64[c >> 5] |= 1U << (c & 31);
	}
	mask_build_literal(b, span_of("AKIA"), MASK_EXACT | MASK_WORD, key_id, NULL);
	mask_build_literal(b, span_of("tok-"), MASK_WORD, token, "toy-token");
	mask_build_literal(b, span_of("tok-a"), 0, token, "toy-token-a");
	mask_build_literal(b, span_of("password"), MASK_SHOWN, field, "password");
	mask_build_literal(
	    b, span_of("passwordhash"), MASK_SHOWN, field, "passwordhash");
	mask_build_literal(b, span_of("hold:"), 0, held, "toy-held");
	mask_build_literal(b, span_of("data:"), MASK_SHOWN, context, NULL);
	mask_build_literal(b, span_of("QUtJQ"), MASK_EXACT, around, "toy-around");
	mask_build_run(b, b64, near_id, exactly_10, "toy-near");
	mask_build_run(b, digit, NULL, digits, "toy-digits");
	mask_build_tail(b, around_tail);
}

struct mask_rules *
toys_rules(const struct rules_style *style)
{
	const struct rules_style plain = { .max_hold = 8192,
		.hold_us = { 15000, 250000 } };
	struct mask_build b = { .rc = RC_OK };
	struct mask_rules *r = NULL;
	struct err err = { "" };

	toys_build(&b);
	assert_int_equal(b.rc, RC_OK);
	assert_int_equal(
	    rules_take(&b, style != NULL ? style : &plain, &r, &err), RC_OK);
	return r;
}

const char *
toys_fragment(size_t i)
{
	static const char *const fragments[] = { "AKIA", "ABCDEFGH", "AKIAABCDEFGH",
		"tok-", "tok-a", "abcdefgh", "password", "PassWord", "passwordhash",
		"\": \"", "\\\": \\\"", "\\\\\\\": \\\\\\\"", "=", ": ", "\"", "\\\"",
		"\\\\\\\"", "hold:", ".", "data:", "QUtJQ", "abc+/9", "12345",
		"1234567890", "7", " ", "\n", "\r\n", "\\n", "\\\\n", "\\t", "\\/",
		"\\u002B", "\\u0041", "\\u0022", "\\u001b[1m", "\033[31m", "\033[0m",
		"\033]0;t\a", "\033[2;3H", "\033[5C", "\033(B", "\033", "\\", "\\\\",
		"\\u", "\\u00", "\xc3\xa9", "\xc3", "\xe2\x82", "\a", "{", "}", ",",
		"AKI", "pass", "to", "Q", "x", "_", "-" };

	return i < ROWS(fragments) ? fragments[i] : NULL;
}
