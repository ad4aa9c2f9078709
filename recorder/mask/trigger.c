/* See trigger.h.  The map and the lists are made once and shared by all streams; looking
 * changes nothing but what is found. */
#include "recorder/mask/trigger.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define BITS 15
#define LISTS 4096 /* of grams, by the lowest bits of their hashes */

struct gram {
	uint32_t bytes; /* folded */
	uint32_t literal;
	uint32_t offset; /* of the gram in its literal */
};

/* A byte for each hash of three folded bytes: not 0 where one of them may stand. */
typedef uint8_t gram_map[1 << BITS];

struct trigger {
	const struct build_literal *literals;
	size_t n, longest;
	gram_map grams_map;
	uint32_t lists[LISTS + 1]; /* where each begins in grams */
	struct gram *grams;
	/* Beginnings: three folded bytes, hashed, two of them, and literals by their first. */
	gram_map starts_map;
	uint8_t pairs[65536 / 8];
	uint32_t firsts[256 + 1];
	uint32_t *by_first;
};

static inline uint8_t
fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Three bytes, folded more than enough: only a filter. */
static inline uint32_t
gram_of(const uint8_t *p)
{
	return ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16) | 0x202020;
}

/* Of the lowest three bytes. */
static inline uint32_t
hash(uint64_t gram)
{
	return ((uint32_t)gram << 8) * 0x9e3779b1U >> (32 - BITS);
}

/* How common a byte is in the output of commands and in JSON: the place in this row. */
static uint32_t
common(uint8_t c)
{
	static const char rare_first[] = "zqjxkw%$#!?@~^&*;<>()[]{}|+'=vbyhfugpmdlc"
					 "7896543210/:,.-_nrstoaie\" ";
	const char *at = strchr(rare_first, fold(c));

	return at == NULL || c == '\0' ? 1 : 2 + (uint32_t)(at - rare_first);
}

static uint32_t
rarest(const struct build_literal *l)
{
	uint32_t best = 0, least = UINT32_MAX;

	for (uint32_t i = 0; i + 3 <= l->len; i++) {
		uint32_t weight = common(l->text[i]) * common(l->text[i + 1]) *
				  common(l->text[i + 2]);

		if (weight < least) {
			least = weight;
			best = i;
		}
	}
	return best;
}

static void
list_grams(struct trigger *t)
{
	uint32_t next[LISTS];

	for (size_t i = 0; i < t->n; i++) {
		uint32_t h =
		    hash(gram_of(t->literals[i].text + rarest(&t->literals[i])));

		t->grams_map[h] = 1;
		t->lists[h % LISTS + 1]++;
	}
	for (size_t i = 0; i < LISTS; i++)
		t->lists[i + 1] += t->lists[i];
	memcpy(next, t->lists, sizeof next);
	for (size_t i = 0; i < t->n; i++) {
		uint32_t offset = rarest(&t->literals[i]);
		uint32_t gram = gram_of(t->literals[i].text + offset);

		t->grams[next[hash(gram) % LISTS]++] =
		    (struct gram){ gram, (uint32_t)i, offset };
	}
}

static void
list_beginnings(struct trigger *t)
{
	uint32_t next[256];

	for (size_t i = 0; i < t->n; i++) {
		const uint8_t *p = t->literals[i].text;
		uint32_t pair = (uint32_t)fold(p[0]) << 8 | fold(p[1]);

		if (t->longest < t->literals[i].len)
			t->longest = t->literals[i].len;
		t->starts_map[hash(gram_of(p))] = 1;
		t->pairs[pair >> 3] |= (uint8_t)(1U << (pair & 7));
		t->firsts[fold(p[0]) + 1]++;
	}
	for (size_t i = 0; i < 256; i++)
		t->firsts[i + 1] += t->firsts[i];
	memcpy(next, t->firsts, sizeof next);
	for (size_t i = 0; i < t->n; i++)
		t->by_first[next[fold(t->literals[i].text[0])]++] = (uint32_t)i;
}

enum rc
trigger_new(
    const struct build_literal *l, size_t n, struct trigger **ret, struct err *err)
{
	struct trigger *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_memory(err);
	t->literals = l;
	t->n = n;
	t->grams = calloc(n + 1, sizeof *t->grams);
	t->by_first = calloc(n + 1, sizeof *t->by_first);
	if (t->grams == NULL || t->by_first == NULL) {
		trigger_free(t);
		return err_memory(err);
	}
	list_grams(t);
	list_beginnings(t);
	*ret = t;
	return RC_OK;
}

void
trigger_free(struct trigger *t)
{
	if (t == NULL)
		return;
	free(t->grams);
	free(t->by_first);
	free(t);
}

void
stands_clear(struct stands *s)
{
	free(s->p);
	*s = (struct stands){ 0 };
}

void
stands_reset(struct stands *s)
{
	s->head = s->n = 0;
}

static bool
more_room(struct stands *s)
{
	size_t room = s->room == 0 ? 64 : 2 * s->room;
	struct stand *p;

	if (s->head > s->n / 2) {
		memmove(s->p, s->p + s->head, (s->n - s->head) * sizeof *s->p);
		s->n -= s->head;
		s->head = 0;
		return true;
	}
	if ((p = realloc(s->p, room * sizeof *p)) == NULL)
		return false;
	s->p = p;
	s->room = room;
	return true;
}

static bool
before(const struct stand *a, const struct stand *b)
{
	return a->place != b->place ? a->place < b->place : a->literal < b->literal;
}

/* In its order; once, though it may be found again. */
static bool
add_stand(struct stands *s, struct stand new)
{
	size_t i;

	if (s->n == s->room && !more_room(s))
		return false;
	for (i = s->n; i > s->head && before(&new, &s->p[i - 1]); i--)
		;
	if (i > s->head && !before(&s->p[i - 1], &new))
		return true;
	memmove(s->p + i + 1, s->p + i, (s->n - i) * sizeof *s->p);
	s->p[i] = new;
	s->n++;
	return true;
}

/* As build_stands(), for where most often nothing stands. */
static enum mask_says
stands(const struct build_literal *l, const struct mask_view *v, size_t place)
{
	if (fold(v->p[place]) != fold(l->text[0]) ||
	    (place + l->len <= v->len &&
		fold(v->p[place + l->len - 1]) != fold(l->text[l->len - 1])))
		return MASK_NO;
	return build_stands(l, v, place);
}

/* What may stand around the gram at `at`.  NO: memory; MORE: one of them is not there
 * whole. */
static enum mask_says
compare(const struct trigger *t, const struct mask_view *v, size_t at, size_t floor,
    struct stands *ret)
{
	enum mask_says says = MASK_YES, one;
	uint32_t gram = gram_of(v->p + at), list = hash(gram) % LISTS;

	for (uint32_t i = t->lists[list]; i < t->lists[list + 1]; i++) {
		const struct gram *g = &t->grams[i];
		size_t place = at - g->offset;

		if (g->bytes != gram || at < g->offset || place < floor)
			continue;
		one = stands(&t->literals[g->literal], v, place);
		if (one == MASK_MORE)
			says = MASK_MORE;
		else if (one == MASK_YES &&
			 !add_stand(ret, (struct stand){ v->base + place, g->literal }))
			return MASK_NO;
	}
	return says;
}

static inline uint64_t
load8(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return le64toh(w) | 0x2020202020202020;
}

/* The first place from at on, before the last two bytes of len, whose three bytes are in
 * the map; else there. */
static size_t
next_gram(const uint8_t *map, const uint8_t *p, size_t at, size_t len)
{
	for (; at + 8 <= len; at += 6) {
		uint64_t w = load8(p + at);

		if (map[hash(w)] | map[hash(w >> 8)] | map[hash(w >> 16)] |
		    map[hash(w >> 24)] | map[hash(w >> 32)] | map[hash(w >> 40)])
			break;
	}
	while (at + 2 < len && !map[hash(gram_of(p + at))])
		at++;
	return at;
}

size_t
trigger_find(const struct trigger *t, const struct mask_view *v, size_t from,
    size_t floor, struct stands *ret)
{
	size_t end = v->len < 3 ? 0 : v->len - 2, again = SIZE_MAX;

	for (size_t at = from; at < end; at++) {
		enum mask_says says;

		if ((at = next_gram(t->grams_map, v->p, at, v->len)) == end)
			break;
		says = compare(t, v, at, floor, ret);
		if (says == MASK_NO)
			return SIZE_MAX;
		if (says == MASK_MORE && again == SIZE_MAX)
			again = at;
	}
	if (again != SIZE_MAX)
		return again;
	return end > from ? end : from;
}

/* Is the text from at on the beginning of a literal, and of one that is masked itself? */
static bool
begins(const struct trigger *t, const struct mask_view *v, size_t at, bool *masked)
{
	uint8_t first = fold(v->p[at]);
	bool any = false;

	*masked = false;
	if (v->len - at == 2) {
		uint32_t pair = (uint32_t)first << 8 | fold(v->p[at + 1]);

		if (!(t->pairs[pair >> 3] >> (pair & 7) & 1))
			return false;
	}
	for (uint32_t i = t->firsts[first]; i < t->firsts[first + 1]; i++) {
		const struct build_literal *l = &t->literals[t->by_first[i]];

		if (l->len <= v->len - at || build_stands(l, v, at) != MASK_MORE)
			continue;
		any = true;
		if (!(l->flags & MASK_SHOWN)) {
			*masked = true;
			break;
		}
	}
	return any;
}

size_t
trigger_partial(
    const struct trigger *t, const struct mask_view *v, size_t from, size_t *shown)
{
	size_t first = v->len;
	bool masked;

	*shown = v->len;
	if (v->end)
		return v->len;
	if (v->len > t->longest && from < v->len - t->longest)
		from = v->len - t->longest;
	for (size_t at = from; at < v->len; at++) {
		if (at + 3 <= v->len)
			at = next_gram(t->starts_map, v->p, at, v->len);
		if (!begins(t, v, at, &masked))
			continue;
		if (first == v->len)
			first = at;
		if (masked) {
			*shown = at;
			break;
		}
	}
	return first;
}
