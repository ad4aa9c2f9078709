/* Which two rules are compared.  One covers another only where both have a program, an
 * operation or all of a condition in common: the rules that could be covered lie in the
 * order of such a key, and each that could cover looks up what it names. */
#include <stdlib.h>
#include <string.h>

#include "policies/lint_parts.h"
#include "policies/shape.h"

/* Something that whatever covers the rule has to name. */
struct key {
	unsigned kind; /* a subject's number; PROGRAM; LINT_SUBJECTS: nothing */
	uint64_t head; /* the text's first bytes, so that few are compared whole; or a
			   * hash */
	const char *text; /* NULL: the hash alone */
	uint32_t rule;
};

#define PROGRAM (LINT_SUBJECTS + 1)
#define WHOLE YAML_MOST_BYTES /* more than any text has */

struct keys {
	size_t n;
	struct key *v;
	/* What one rule has found: numbers of rules, each once. */
	size_t found;
	uint32_t *rules;
	uint32_t *seen; /* by which rule, counted from 1 */
};

static uint64_t
hash_text(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001B3u;
	return (h ^ 0xFF) * 0x100000001B3u;
}

/* The same for nodes that are the same; keys of a mapping have no order. */
static uint64_t
hash_node(const struct yaml_node *n)
{
	uint64_t h = 0xCBF29CE484222325u + (uint64_t)yaml_kind(n);

	if (yaml_kind(n) == YAML_TEXT)
		return hash_text(h, yaml_cstr(n));
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if (yaml_kind(n) == YAML_LIST)
			h = (h ^ hash_node(v)) * 0x100000001B3u;
		else
			h += hash_text(hash_node(v), yaml_cstr(yaml_key(v)));
	return h;
}

static uint64_t
head_of(const char *text, size_t n)
{
	uint64_t head = 0;

	for (size_t i = 0; i < 8; i++)
		head = head << 8 | (i < n ? (unsigned char)text[i] : 0);
	return head;
}

static struct key
key_text(unsigned kind, const char *text)
{
	return (struct key){ kind, head_of(text, strlen(text)), text, 0 };
}

/* False: nothing covers it. */
static bool
key_of(const struct lint_rule *r, struct key *ret)
{
	const struct yaml_node *const *subjects = r->keys.subjects;
	const struct yaml_node *first;
	const char *const *names;
	unsigned i = 0;
	bool globs;

	if (r->rule->n_shapes > 0) {
		if (shape_names(r->rule->shapes[0], &names, &globs) == 0)
			return false;
		*ret = key_text(PROGRAM, names[0]);
		return true;
	}
	if (subjects[LINT_AWS] != NULL) {
		first = yaml_first(yaml_find(subjects[LINT_AWS], "operations"));
		if (first == NULL)
			return false;
		*ret = key_text(LINT_AWS, yaml_cstr(first));
		return true;
	}
	while (i < LINT_SUBJECTS && subjects[i] == NULL)
		i++;
	*ret = (struct key){ .kind = i };
	if (i < LINT_SUBJECTS)
		ret->head = hash_node(subjects[i]);
	return true;
}

/* Order of a key and one that is looked up; of the other's text only n bytes count. */
static int
order(const struct key *k, const struct key *other, size_t n)
{
	uint64_t mask = n >= 8 ? 0 : n == 0 ? ~(uint64_t)0 : ~(uint64_t)0 >> 8 * n;

	if (k->kind != other->kind)
		return k->kind < other->kind ? -1 : 1;
	if ((k->head & ~mask) != (other->head & ~mask))
		return (k->head & ~mask) < (other->head & ~mask) ? -1 : 1;
	return k->text == NULL || n < 8 ? 0 : strncmp(k->text, other->text, n);
}

static int
by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int c = order(x, y, WHOLE);

	return c != 0 ? c : x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* All rules whose key begins with n bytes of one (WHOLE: is that). */
static void
look_up(struct keys *k, const struct key *key, size_t n)
{
	size_t low = 0, high = k->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (order(&k->v[middle], key, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < k->n && order(&k->v[low], key, n) == 0; low++) {
		uint32_t rule = k->v[low].rule;

		if (k->seen[rule] == key->rule + 1)
			continue;
		k->seen[rule] = key->rule + 1;
		k->rules[k->found++] = rule;
	}
}

static void
look_up_text(struct keys *k, unsigned kind, uint32_t rule, const char *text, size_t n)
{
	struct key key = key_text(kind, text);

	key.rule = rule;
	look_up(k, &key, n);
}

static void
look_up_programs(struct keys *k, const struct lint_rule *r, uint32_t rule)
{
	for (size_t i = 0; i < r->rule->n_shapes; i++) {
		const char *const *names;
		bool globs;
		size_t m = shape_names(r->rule->shapes[i], &names, &globs);

		for (size_t j = 0; j < m; j++) {
			size_t n = strlen(names[j]);
			bool star = n > 0 && names[j][n - 1] == '*';

			look_up_text(k, PROGRAM, rule, names[j], star ? n - 1 : WHOLE);
		}
	}
}

static void
look_up_operations(struct keys *k, const struct lint_rule *r, uint32_t rule)
{
	const struct yaml_node *aws = r->keys.subjects[LINT_AWS];
	const struct yaml_node *list =
	    aws != NULL ? yaml_find(aws, "operations") : NULL;

	if (list == NULL)
		return;
	for (const struct yaml_node *v = yaml_first(list); v != NULL;
	     v = yaml_next(v)) {
		const char *text = yaml_cstr(v);
		/* What has a ? covers nothing but itself (lint_cover.c). */
		bool star = strchr(text, '*') != NULL && strchr(text, '?') == NULL;

		look_up_text(
		    k, LINT_AWS, rule, text, star ? strcspn(text, "*") : WHOLE);
	}
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* What the rule may cover, in its order. */
static void
find(struct keys *k, const struct lint_rule *r, uint32_t rule)
{
	struct key key = { .kind = LINT_SUBJECTS, .rule = rule };

	k->found = 0;
	look_up(k, &key, WHOLE);
	look_up_programs(k, r, rule);
	look_up_operations(k, r, rule);
	for (unsigned i = 0; i < LINT_SUBJECTS; i++) {
		const struct yaml_node *n = r->keys.subjects[i];

		if (n == NULL || i == LINT_AWS || r->rule->n_shapes > 0)
			continue;
		key.kind = i;
		key.head = hash_node(n);
		look_up(k, &key, WHOLE);
	}
	if (k->found > 1)
		qsort(k->rules, k->found, sizeof k->rules[0], by_number);
}

static bool
may_cover(const struct lint *l, const struct lint_rule *r)
{
	return l->warnings || r->rule->effect == EFFECT_DENY;
}

static bool
room(struct keys *k, size_t n)
{
	k->v = calloc(n, sizeof k->v[0]);
	k->rules = calloc(n, sizeof k->rules[0]);
	k->seen = calloc(n, sizeof k->seen[0]);
	return k->v != NULL && k->rules != NULL && k->seen != NULL;
}

static void
walk(const struct lint *l, const struct lint_rule *all, size_t n, struct keys *k,
    void (*each)(const struct lint *l, const struct lint_rule *wide,
	const struct lint_rule *narrow))
{
	for (size_t i = 0; i < n; i++)
		if (all[i].rule->effect != EFFECT_DENY && key_of(&all[i], &k->v[k->n]))
			k->v[k->n++].rule = (uint32_t)i;
	if (k->n > 0)
		qsort(k->v, k->n, sizeof k->v[0], by_key);
	for (size_t i = 0; i < n; i++) {
		if (!may_cover(l, &all[i]))
			continue;
		find(k, &all[i], (uint32_t)i);
		for (size_t j = 0; j < k->found; j++)
			each(l, &all[i], &all[k->rules[j]]);
	}
}

enum rc
lint_pairs(const struct lint *l, const struct lint_rule *all, size_t n,
    void (*each)(const struct lint *l, const struct lint_rule *wide,
	const struct lint_rule *narrow),
    struct err *err)
{
	struct keys k = { 0 };
	enum rc rc = RC_OK;
	size_t i = 0;

	while (i < n && !may_cover(l, &all[i]))
		i++;
	if (i == n)
		return RC_OK;
	if (room(&k, n))
		walk(l, all, n, &k, each);
	else
		rc = err_memory(err);
	free(k.v);
	free(k.rules);
	free(k.seen);
	return rc;
}
