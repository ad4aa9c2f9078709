/* Verdicts and who may release a hold; see verdict.h. */
#include "lib/model/verdict.h"

#include <string.h>

const char *const effect_names[] = { "deny", "hold", "allow", NULL };

const char *
effect_name(enum effect e)
{
	return e >= EFFECT_DENY && e <= EFFECT_ALLOW ? effect_names[e] : "deny";
}

bool
effect_find(const char *name, enum effect *ret)
{
	for (int i = 0; effect_names[i] != NULL; i++)
		if (strcmp(effect_names[i], name) == 0) {
			*ret = (enum effect)i;
			return true;
		}
	return false;
}

bool
verdict_name_next(const char **at, struct span *ret)
{
	size_t n = strcspn(*at, ",");

	if (n == 0)
		return false;
	*ret = span_make(*at, n);
	*at += n + ((*at)[n] == ',');
	return true;
}

static int
compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool
verdict_name_in(const char *list, struct span name)
{
	struct span one;

	while (verdict_name_next(&list, &one))
		if (compare(one, name) == 0)
			return true;
	return false;
}

bool
verdict_name_add(char *list, size_t size, struct span name)
{
	size_t used = strlen(list), at = 0;
	const char *next = list;
	struct span one;

	if (name.len == 0 || verdict_name_in(list, name))
		return name.len > 0;
	/* With its comma, and the NUL behind all. */
	if (used + name.len + (used > 0) >= size)
		return false;
	while (verdict_name_next(&next, &one) && compare(one, name) < 0)
		at = (size_t)(next - list);
	if (at == used && used > 0) {
		list[used] = ',';
		memcpy(list + used + 1, name.p, name.len);
		return true;
	}
	memmove(list + at + name.len + (used > 0), list + at, used - at);
	memcpy(list + at, name.p, name.len);
	if (used > 0)
		list[at + name.len] = ',';
	return true;
}

static bool
is_named(const struct approver *a, const struct identity *who)
{
	return a->group ? identity_in_group(who, a->name)
			: strcmp(who->name, a->name) == 0;
}

static bool
is_excluded(const struct approver_need *n, const struct identity *who)
{
	for (size_t i = 0; i < n->n_not && i < VERDICT_NOT; i++) {
		const struct approver *a = &n->not_from[i];

		if (is_named(a, who) || (!a->group && who->owner != NULL &&
					    strcmp(who->owner, a->name) == 0))
			return true;
	}
	return false;
}

unsigned
approver_need_names(const struct approver_need *n, const struct identity *who,
    enum proof proof, bool verified)
{
	unsigned names = 0;

	if (proof == PROOF_NONE || !(n->proofs & PROOF_BIT(proof)) ||
	    (n->verified && proof == PROOF_SK && !verified) || is_excluded(n, who))
		return 0;
	for (size_t i = 0; i < n->n_from && i < VERDICT_FROM; i++)
		if (is_named(&n->from[i], who))
			names |= 1u << i;
	return names;
}

bool
approver_need_counts(const struct approver_need *n, const struct identity *who,
    enum proof proof, bool verified)
{
	return approver_need_names(n, who, proof, verified) != 0;
}

/* Find a name for approval i, moving others to another of theirs: by[] is who stands for
 * each name (-1: nobody), *tried the names that were looked at. */
static bool
settle(const unsigned *names, size_t i, int by[VERDICT_FROM], unsigned *tried)
{
	for (unsigned k = 0; k < VERDICT_FROM; k++) {
		if (!(names[i] & ~*tried & 1u << k))
			continue;
		*tried |= 1u << k;
		if (by[k] < 0 || settle(names, (size_t)by[k], by, tried)) {
			by[k] = (int)i;
			return true;
		}
	}
	return false;
}

unsigned
approver_need_reached(
    const struct approver_need *n, const unsigned *names, size_t count)
{
	int by[VERDICT_FROM];
	unsigned reached = 0;

	for (size_t k = 0; k < VERDICT_FROM; k++)
		by[k] = -1;
	for (size_t i = 0; i < count; i++) {
		unsigned tried = 0;

		if (n->distinct_groups)
			reached += settle(names, i, by, &tried);
		else
			reached += names[i] != 0;
	}
	return reached;
}
