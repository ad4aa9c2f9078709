/* A table from hashed names to sorted lists of rules; see index.h.  Two names with one
 * hash share a list, which makes it longer and nothing wrong. */
#include "policies/index.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "policies/shape.h"
#include "policies/wrapper.h"

struct pair {
	uint64_t key;
	uint32_t rule;
};

struct slot {
	uint64_t key;
	uint32_t start, n; /* n 0: nothing here */
};

struct index {
	size_t mask; /* of slots: one less than a power of two */
	struct slot *slots;
	uint32_t *rules;
	bool *plain; /* one for each rule */
};

/* While it is built. */
struct work {
	size_t n, cap;
	struct pair *v;
	uint32_t rule;
	unsigned paths;
	bool bad;
};

static uint64_t
mix(uint64_t h, const char *text, bool operation)
{
	for (; text != NULL && *text != '\0'; text++) {
		/* ListObjectsV2 and list-objects-v2 are one name. */
		if (operation && *text == '-')
			continue;
		h ^= (uint64_t)(operation ? tolower((unsigned char)*text)
					  : (unsigned char)*text);
		h *= 0x100000001B3u;
	}
	return (h ^ 0xFF) * 0x100000001B3u;
}

static uint64_t
key_of(enum path path, enum index_kind kind, const char *name, const char *operation)
{
	uint64_t h = 0xCBF29CE484222325u ^ ((uint64_t)path << 8 | (uint64_t)kind);

	return mix(mix(h, name, false), operation, true);
}

static void
put(struct work *w, enum path path, enum index_kind kind, const char *name,
    const char *operation)
{
	size_t cap = w->cap == 0 ? 256 : 2 * w->cap;
	void *v;

	if (w->bad)
		return;
	if (w->n == w->cap) {
		if ((v = realloc(w->v, cap * sizeof w->v[0])) == NULL) {
			w->bad = true;
			return;
		}
		w->v = v;
		w->cap = cap;
	}
	w->v[w->n++] = (struct pair){ key_of(path, kind, name, operation), w->rule };
}

static void
put_calls(struct work *w, enum path path, const struct rule *r)
{
	for (size_t i = 0; i < r->aws->n_matches; i++) {
		const struct match *m = &r->aws->matches[i];

		if (m->wild)
			put(w, path, INDEX_WILD, m->service, NULL);
		else
			put(w, path, INDEX_CALL, m->service, m->operation);
		put(w, path, INDEX_SERVICE, m->service, NULL);
	}
}

static void
put_commands(struct work *w, enum path path, const struct rule *r)
{
	for (size_t i = 0; i < r->n_shapes; i++) {
		const char *const *names;
		bool globs = false;
		size_t n = shape_names(r->shapes[i], &names, &globs);

		/* Deny rules alone have globs, and those may stand for any name. */
		if (globs || n == 0)
			put(w, path, INDEX_GLOB, NULL, NULL);
		for (size_t k = 0; k < n; k++)
			put(w, path, INDEX_COMMAND, wrapper_base(names[k]), NULL);
	}
	if (r->n_shapes > 0)
		put(w, path, INDEX_COMMANDS, NULL, NULL);
}

static void
put_rule(struct work *w, enum path path, const struct rule *r)
{
	bool redirects =
	    r->redirect_null || r->redirect_merge || r->redirect_from != NULL;
	const struct {
		bool has;
		enum index_kind kind;
	} rows[] = {
		{ r->undecidable, INDEX_ODD },
		{ redirects && r->effect == EFFECT_ALLOW, INDEX_REDIRECT },
		{ r->forward != NULL, INDEX_FORWARD },
		{ r->ssm != NULL, INDEX_SESSION },
		{ r->script != NULL, INDEX_SCRIPT },
	};

	if (r->aws != NULL)
		put_calls(w, path, r);
	put_commands(w, path, r);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].has)
			put(w, path, rows[i].kind, NULL, NULL);
}

static int
by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static struct slot *
find(const struct index *ix, uint64_t key)
{
	size_t at = (size_t)(key ^ key >> 32) & ix->mask;

	while (ix->slots[at].n != 0 && ix->slots[at].key != key)
		at = (at + 1) & ix->mask;
	return &ix->slots[at];
}

/* The pairs are sorted: those of one key lie side by side, perhaps twice. */
static void
fill(struct index *ix, const struct pair *v, size_t n)
{
	uint32_t used = 0;

	for (size_t i = 0; i < n; i++) {
		struct slot *s = find(ix, v[i].key);

		if (s->n == 0)
			*s = (struct slot){ .key = v[i].key, .start = used };
		else if (ix->rules[used - 1] == v[i].rule)
			continue;
		s->n++;
		ix->rules[used++] = v[i].rule;
	}
}

/* Bytes between members may differ, and then a rule is looked at for nothing. */
static bool
is_plain(const struct rule *r)
{
	static const struct terms none;
	struct terms copy = r->terms;

	/* A rate has its rule's name even where there is none. */
	if (copy.rate.n == 0)
		memset(&copy.rate, 0, sizeof copy.rate);
	return r->effect == EFFECT_ALLOW && memcmp(&copy, &none, sizeof none) == 0;
}

bool
index_plain(const struct ruleset *set, size_t rule)
{
	return set->index != NULL ? set->index->plain[rule]
				  : is_plain(set->rules[rule]);
}

static enum rc
make(const struct ruleset *set, const struct work *w, struct index **ret,
    struct err *err)
{
	struct index *ix = calloc(1, sizeof *ix);
	size_t slots = 16;

	/* At most half of them are in use, so that a search ends. */
	while (slots < 2 * w->n)
		slots *= 2;
	if (ix != NULL) {
		ix->mask = slots - 1;
		ix->slots = calloc(slots, sizeof ix->slots[0]);
		ix->rules = calloc(w->n + 1, sizeof ix->rules[0]);
		ix->plain = calloc(set->n + 1, sizeof ix->plain[0]);
	}
	if (ix == NULL || ix->slots == NULL || ix->rules == NULL || ix->plain == NULL) {
		index_free(ix);
		return err_memory(err);
	}
	fill(ix, w->v, w->n);
	for (size_t i = 0; i < set->n; i++)
		ix->plain[i] = is_plain(set->rules[i]);
	*ret = ix;
	return RC_OK;
}

enum rc
index_build(const struct ruleset *set, struct index **ret, struct err *err)
{
	struct work w = { 0 };
	enum rc rc;

	if (set->n > UINT32_MAX / 2)
		return err_set(err, RC_FAIL, "too many rules for an index");
	for (size_t i = 0; i < set->n; i++) {
		w.rule = (uint32_t)i;
		for (int path = PATH_EXEC; path <= PATH_FORWARD; path++)
			if (set->rules[i]->paths & RULE_PATH(path))
				put_rule(&w, (enum path)path, set->rules[i]);
	}
	if (w.n > 0)
		qsort(w.v, w.n, sizeof w.v[0], by_key);
	rc = w.bad || w.n > UINT32_MAX / 2 ? err_memory(err) : make(set, &w, ret, err);
	free(w.v);
	return rc;
}

void
index_free(struct index *ix)
{
	if (ix == NULL)
		return;
	free(ix->slots);
	free(ix->rules);
	free(ix->plain);
	free(ix);
}

struct list {
	const uint32_t *first, *at, *end;
};

struct candidate_lists {
	size_t n;
	size_t last; /* nothing before it is looked for without going back */
	struct list v[CANDIDATES_LISTS];
};

/* Bits are cleared when they are needed: there are more of them than most decisions
 * touch. */
bool
candidates_begin(
    struct candidates *c, const struct ruleset *set, enum path path, struct arena *a)
{
	*c = (struct candidates){ .set = set, .path = path };
	if (set->index == NULL || set->n == 0)
		return true;
	c->n = (set->n + 63) / 64;
	c->lists = arena_room(a, sizeof *c->lists);
	c->bits = arena_room(a, c->n * sizeof c->bits[0]);
	c->summary = arena_room(a, (c->n + 63) / 64 * sizeof c->summary[0]);
	if (c->lists == NULL || c->bits == NULL || c->summary == NULL)
		return false;
	c->lists->n = c->lists->last = 0;
	return true;
}

static void
add_bits(struct candidates *c, const uint32_t *at, const uint32_t *end)
{
	for (; at < end; at++) {
		c->bits[*at / 64] |= (uint64_t)1 << *at % 64;
		c->summary[*at / 4096] |= (uint64_t)1 << *at / 64 % 64;
	}
}

static void
turn_to_bits(struct candidates *c)
{
	memset(c->bits, 0, c->n * sizeof c->bits[0]);
	memset(c->summary, 0, (c->n + 63) / 64 * sizeof c->summary[0]);
	for (size_t i = 0; i < c->lists->n; i++)
		add_bits(c, c->lists->v[i].first, c->lists->v[i].end);
	c->lists = NULL;
}

static void
add_list(struct candidates *c, const uint32_t *first, const uint32_t *end)
{
	struct candidate_lists *l = c->lists;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].first == first)
			return;
	if (l->n < CANDIDATES_LISTS) {
		l->v[l->n++] = (struct list){ first, first, end };
		return;
	}
	turn_to_bits(c);
	add_bits(c, first, end);
}

void
candidates_add(
    struct candidates *c, enum index_kind kind, const char *name, const char *operation)
{
	const uint32_t *rules;
	const struct slot *s;

	if (c->n == 0)
		return;
	s = find(c->set->index, key_of(c->path, kind, name, operation));
	rules = c->set->index->rules + s->start;
	if (s->n == 0)
		return;
	if (c->lists != NULL)
		add_list(c, rules, rules + s->n);
	else
		add_bits(c, rules, rules + s->n);
}

static size_t
next_listed(struct candidate_lists *l, size_t from)
{
	size_t best = CANDIDATES_END;

	for (size_t i = 0; i < l->n; i++) {
		struct list *one = &l->v[i];

		if (from < l->last)
			one->at = one->first;
		while (one->at < one->end && *one->at < from)
			one->at++;
		if (one->at < one->end && *one->at < best)
			best = *one->at;
	}
	l->last = from;
	return best;
}

/* The first bit at or behind from of n words; n * 64 when there is none. */
static size_t
next_bit(const uint64_t *words, size_t n, size_t from)
{
	for (size_t i = from / 64; i < n; i++) {
		uint64_t left = words[i];

		if (i == from / 64)
			left &= ~(uint64_t)0 << from % 64;
		if (left != 0)
			return i * 64 + (size_t)__builtin_ctzll(left);
	}
	return n * 64;
}

size_t
candidates_next(const struct candidates *c, size_t from)
{
	size_t word = from / 64, bit;

	if (c->n == 0 || from >= c->set->n)
		return from < c->set->n ? from : CANDIDATES_END;
	if (c->lists != NULL)
		return next_listed(c->lists, from);
	if ((bit = next_bit(c->bits + word, 1, from % 64)) < 64)
		return word * 64 + bit;
	word = next_bit(c->summary, (c->n + 63) / 64, word + 1);
	if (word >= c->n)
		return CANDIDATES_END;
	return word * 64 + next_bit(c->bits + word, 1, 0);
}
