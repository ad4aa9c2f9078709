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
