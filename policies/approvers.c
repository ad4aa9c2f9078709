/* Reading approvers; see approvers.h. */
#include "policies/approvers.h"

#include <string.h>

#include "lib/model/name.h"
#include "policies/vocab.h"

/* Approvers of one hold, at most. */
#define NEED_MOST 16

static const struct vocab approvers_keys[] = {
	{ "need", VOCAB_MUST },
	{ "from", VOCAB_MUST },
	{ "auth", VOCAB_MAY },
	{ "distinct_groups", VOCAB_LATER },
	{ "not", VOCAB_LATER },
	{ "reason", VOCAB_LATER },
	{ NULL, VOCAB_MAY },
};

static enum rc
read_approver(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	struct approver *a = &need->from[need->n_from];
	struct span s = yaml_span(n), name;

	a->group = span_starts(s, "group:");
	if (!a->group && !span_starts(s, "identity:"))
		return yaml_expected(n, err, "group:NAME or identity:NAME");
	name = span_of(strchr(yaml_cstr(n), ':') + 1);
	if (!(a->group ? name_label(name) : name_identity(name)) ||
	    !span_copy(name, a->name, sizeof a->name))
		return yaml_expected(n, err, "a name behind the colon");
	need->n_from++;
	return RC_OK;
}

static enum rc
read_proof(const struct yaml_node *n, void *arg, struct err *err)
{
	struct approver_need *need = arg;
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, proof_names, &at, err)) == RC_OK)
		need->proofs |= PROOF_BIT(PROOF_KEY + at);
	return rc;
}

enum rc
approvers_read(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	const struct yaml_node *from, *v;
	uint64_t count = 0;
	enum rc rc;

	if ((rc = vocab_check(n, approvers_keys, err)) != RC_OK ||
	    (rc = yaml_uint(yaml_find(n, "need"), 1, NEED_MOST, &count, err)) != RC_OK)
		return rc;
	need->need = (unsigned)count;
	from = yaml_find(n, "from");
	if ((rc = vocab_count(from, YAML_LIST, 1, VERDICT_FROM, err)) != RC_OK)
		return rc;
	for (v = yaml_first(from); v != NULL; v = yaml_next(v))
		if ((rc = read_approver(v, need, err)) != RC_OK)
			return rc;
	/* Without a word on it only proofs that a program beside the approver cannot
	 * give: a touch, a fresh sign-in. */
	if ((v = yaml_find(n, "auth")) == NULL) {
		need->proofs = PROOF_BIT(PROOF_SK) | PROOF_BIT(PROOF_DEVICE);
		return RC_OK;
	}
	return vocab_each(v, read_proof, need, err);
}
