/* Characters cut in two; see carry.h. */
#include "recorder/carry.h"

#include <string.h>

#include "lib/base/text.h"

static void
skip(struct span *s, size_t n)
{
	*s = span_make(s->p + n, s->len - n);
}

struct span
carry_join(struct carry *c, struct span *bytes)
{
	while (c->n > 0 && bytes->len > 0) {
		c->p[c->n++] = bytes->p[0];
		skip(bytes, 1);
		if (text_partial(span_make(c->p, c->n)) != c->n)
			return carry_take(c);
	}
	return span_make(NULL, 0);
}

struct span
carry_cut(struct carry *c, struct span *bytes, size_t most, uint64_t now_us)
{
	struct span piece = span_make(bytes->p, bytes->len < most ? bytes->len : most);
	size_t rest = text_partial(piece);

	if (rest == bytes->len && rest > 0) {
		memcpy(c->p, bytes->p, rest);
		c->n = rest;
		c->since_us = now_us;
	}
	piece.len -= rest;
	skip(bytes, rest == bytes->len ? rest : piece.len);
	return piece;
}

struct span
carry_take(struct carry *c)
{
	struct span s = span_make(c->p, c->n);

	c->n = 0;
	return s;
}
