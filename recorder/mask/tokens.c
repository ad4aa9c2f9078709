/* Tokens that are known by how they begin: one verifier for the whole table of
 * token_rows.c.  Tokens with a form of their own stand in the files of token_parts.h. */
#include "recorder/mask/token_parts.h"

#include <string.h>

#include "recorder/mask/token_rows.h"

/* Count at least min characters from *i on, and on to a digit (or to letters in both cases)
 * where one is asked for.  YES: *i is behind them. */
static enum mask_says
enough(const struct token_row *r, const struct mask_view *v, size_t *i)
{
	bool digit = !(r->flags & TOKEN_DIGIT), upper = false, lower = false;
	int step, c;

	for (size_t n = 0; n < r->min || !(digit || (upper && lower)); n++) {
		if ((step = alphabet_step(r->alphabet, v, *i, &c)) <= 0)
			return step < 0 ? MASK_MORE : MASK_NO;
		digit |= c >= '0' && c <= '9';
		upper |= c >= 'A' && c <= 'Z';
		lower |= c >= 'a' && c <= 'z';
		*i += (size_t)step;
	}
	return MASK_YES;
}

/* Nothing goes on at i that would make it another thing. */
static enum mask_says
stops(const struct token_row *r, const struct mask_view *v, size_t i)
{
	int step = alphabet_step(r->alphabet, v, i, NULL);

	if (step != 0)
		return step < 0 ? MASK_MORE : MASK_NO;
	return view_word(view_at(v, i)) ? MASK_NO : MASK_YES;
}

static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	const struct token_row *r = arg;
	size_t i = at + strlen(r->literal);
	enum mask_says says;

	if (!(r->flags & TOKEN_INSIDE) && !alphabet_begins(v, at))
		return MASK_NO;
	if ((says = enough(r, v, &i)) == MASK_YES && r->exact)
		says = stops(r, v, i);
	ret->hold = at;
	if (says != MASK_YES)
		return says;
	ret->rule = r->rule;
	ret->from = at;
	ret->to = i;
	if (!r->exact)
		ret->open = alphabet_open(r->alphabet, i - at);
	if (r->flags & TOKEN_AWS_ID) {
		ret->id = true;
		c->key_id = v->base + i;
	}
	return MASK_YES;
}

/* Literals have three bytes at least: a shorter one is added with each character that may
 * come next. */
static void
add(struct mask_build *b, const struct token_row *r)
{
	size_t len = strlen(r->literal);
	uint8_t text[3];

	if (len > 2) {
		mask_build_literal(b, span_of(r->literal), MASK_EXACT, verify, r);
		return;
	}
	memcpy(text, r->literal, 2);
	for (int ch = '0'; ch <= 'z'; ch++) {
		text[2] = (uint8_t)ch;
		if (alphabet_in(r->alphabet, ch))
			mask_build_literal(
			    b, span_make(text, 3), MASK_EXACT, verify, r);
	}
}

void
tokens_build(struct mask_build *b)
{
	const struct token_row *r;

	for (size_t i = 0; (r = token_row(i)) != NULL; i++)
		add(b, r);
	jwt_build(b);
	bearer_build(b);
	signed_build(b);
}
