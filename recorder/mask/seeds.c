/* Exact values, known by digests of their forms alone: those that begin alike share a
 * literal of four bytes, and the digests tell whether it is one of them.  A form that was
 * broken into lines (base64 at column 76, a terminal's edge) is still that form. */
#include "recorder/mask/mask_parts.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "recorder/mask/seed.h"

#define RULE "seed"

struct kept {
	uint8_t row[SEED_ROW];
	struct seed seed;
};

/* Those with one beginning, the longest first. */
struct group {
	const struct kept *first;
	size_t n;
};

static bool
line_end(int c)
{
	return c == '\n' || c == '\r' || c == SHADOW_BREAK;
}

/* A form of which only the beginning is known goes on to the next blank, quote or end. */
static enum mask_says
run_on(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	int c;

	(void)o;
	while ((c = view_at(v, from)) > ' ' && c != '"' && c != '\'')
		from++;
	*to = from;
	return c == VIEW_MORE ? MASK_MORE : MASK_YES;
}

/* len bytes from at on, line ends left out; where they end.  MORE, or NO: the text ends
 * before. */
static enum mask_says
unfold(const struct mask_view *v, size_t at, size_t len, uint8_t *out, size_t *to)
{
	size_t n = 0, i = at;

	for (; n < len; i++) {
		int c = view_at(v, i);

		if (c == VIEW_MORE && i - at < MASK_AHEAD)
			return MASK_MORE;
		if (c < 0 || i - at >= MASK_AHEAD)
			return MASK_NO;
		if (!line_end(c))
			out[n++] = (uint8_t)c;
	}
	*to = i;
	return MASK_YES;
}

static enum mask_says
check(const struct seed *s, const struct mask_view *v, size_t at, size_t *to)
{
	uint8_t text[SEED_FORM];
	enum mask_says says;

	if (at + s->len <= v->len && seed_is(s, v->p + at)) {
		*to = at + s->len;
		return MASK_YES;
	}
	if ((says = unfold(v, at, s->len, text, to)) == MASK_YES &&
	    (*to == at + s->len || !seed_is(s, text)))
		says = MASK_NO;
	sodium_memzero(text, s->len);
	return says;
}

/* The longest counts: where a longer one may still come, a shorter one waits. */
static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	const struct group *g = arg;

	(void)c;
	for (size_t i = 0; i < g->n; i++) {
		const struct seed *s = &g->first[i].seed;
		enum mask_says says = check(s, v, at, &ret->to);

		if (says == MASK_NO)
			continue;
		ret->hold = ret->from = at;
		ret->rule = RULE;
		if (says == MASK_YES && s->len == SEED_FORM) {
			ret->from = at;
			ret->open = (struct mask_open){ .run = run_on };
		}
		return says;
	}
	return MASK_NO;
}

static int
by_start(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int d = memcmp(x->row + 2, y->row + 2, sizeof x->seed.start);

	if (d != 0)
		return d;
	return (x->seed.len < y->seed.len) - (x->seed.len > y->seed.len);
}

static struct kept *
copy_rows(struct mask_build *b, size_t *n)
{
	struct kept *rows;
	struct span row;

	for (*n = 0; mask_build_seed(b, *n, &row);)
		++*n;
	if (*n == 0 || (rows = mask_build_keep(b, *n * sizeof *rows)) == NULL)
		return NULL;
	for (size_t i = 0; i < *n; i++) {
		mask_build_seed(b, i, &row);
		memcpy(rows[i].row, row.p, SEED_ROW);
		/* build.c has looked at them all. */
		seed_read(span_make(rows[i].row, SEED_ROW), &rows[i].seed);
	}
	qsort(rows, *n, sizeof *rows, by_start);
	/* They moved: what points into a row is found again. */
	for (size_t i = 0; i < *n; i++)
		seed_read(span_make(rows[i].row, SEED_ROW), &rows[i].seed);
	return rows;
}

void
seeds_build(struct mask_build *b)
{
	size_t n, next;
	struct kept *rows = copy_rows(b, &n);

	for (size_t i = 0; rows != NULL && i < n; i = next) {
		struct group *g = mask_build_keep(b, sizeof *g);

		if (g == NULL)
			return;
		for (next = i + 1; next < n && memcmp(rows[next].seed.start,
						   rows[i].seed.start, 4) == 0;)
			next++;
		*g = (struct group){ &rows[i], next - i };
		mask_build_literal(
		    b, span_make(rows[i].seed.start, 4), MASK_EXACT, verify, g);
	}
}
