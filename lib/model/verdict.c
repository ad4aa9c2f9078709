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
approver_need_counts(
    const struct approver_need *n, const struct identity *who, enum proof proof)
{
	if (proof == PROOF_NONE || !(n->proofs & PROOF_BIT(proof)))
		return false;
	for (size_t i = 0; i < n->n_from && i < VERDICT_FROM; i++) {
		const struct approver *a = &n->from[i];

		if (a->group ? identity_in_group(who, a->name)
			     : strcmp(who->name, a->name) == 0)
			return true;
	}
	return false;
}
