/* JSON web tokens (RFC 7519), signed or encrypted: all their parts, wherever they stand. */
#include "recorder/mask/alphabet.h"
#include "recorder/mask/token_parts.h"

/* Of a part, beside what it must have: behind that it is no part of a token any more.  What
 * AWS gives for paging begins with "eyJ", too, and is long. */
#define LONGEST 4096
#define HEADER 20  /* "eyJ" and 17 more */
#define PAYLOAD 10 /* of it is seen */

/* Count characters from *i on, most at most; *i comes behind them. */
static size_t
count(const struct mask_view *v, size_t *i, size_t most)
{
	size_t n = 0;

	while (n < most && alphabet_in(AB_DASHED, view_at(v, *i))) {
		(*i)++;
		n++;
	}
	return n;
}

/* What ends a part that has no more characters at i: YES for a dot. */
static enum mask_says
dot(const struct mask_view *v, size_t i)
{
	int c = view_at(v, i);

	return c == '.' ? MASK_YES : c == VIEW_MORE ? MASK_MORE : MASK_NO;
}

/* From the first dot on.  A second part that is JSON, too, needs no third to be known. */
static enum mask_says
second(const struct mask_view *v, size_t *i)
{
	size_t begin = *i, n = count(v, i, PAYLOAD);
	enum mask_says json = alphabet_text(v, begin, "eyJ"), says;

	if (n == PAYLOAD && json == MASK_YES && v->p[begin + 2] == 'J')
		return MASK_YES;
	n += count(v, i, LONGEST);
	if ((says = dot(v, *i)) != MASK_YES)
		return says;
	(*i)++;
	/* An encrypted one may have nothing between its first two dots. */
	if (n == 0 && count(v, i, PAYLOAD) < PAYLOAD)
		return view_at(v, *i) == VIEW_MORE ? MASK_MORE : MASK_NO;
	return n == 0 || n >= PAYLOAD ? MASK_YES : MASK_NO;
}

static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	size_t i = at, n;
	enum mask_says says;

	(void)arg;
	(void)c;
	ret->hold = at;
	if (!alphabet_begins(v, at))
		return MASK_NO;
	n = count(v, &i, LONGEST);
	if ((says = dot(v, i)) != MASK_YES || n < HEADER)
		return says == MASK_YES ? MASK_NO : says;
	i++;
	if ((says = second(v, &i)) != MASK_YES)
		return says;
	ret->rule = "jwt";
	ret->from = at;
	ret->open = alphabet_open(AB_DOTTED, i - at);
	return MASK_YES;
}

void
jwt_build(struct mask_build *b)
{
	mask_build_literal(b, span_of("eyJ"), MASK_EXACT, verify, NULL);
}
