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
	{ "distinct_groups", VOCAB_MAY },
	{ "not", VOCAB_MAY },
	{ "reason", VOCAB_MAY },
	{ "verified", VOCAB_MAY },
	{ NULL, VOCAB_MAY },
};

static enum rc
read_approver(const struct yaml_node *n, struct approver *a, struct err *err)
{
	struct span s = yaml_span(n), name;

	a->group = span_starts(s, "group:");
	if (!a->group && !span_starts(s, "identity:"))
		return yaml_expected(n, err, "group:NAME or identity:NAME");
	name = span_of(strchr(yaml_cstr(n), ':') + 1);
	if (!(a->group ? name_label(name) : name_identity(name)) ||
	    !span_copy(name, a->name, sizeof a->name))
		return yaml_expected(n, err, "a name behind the colon");
	return RC_OK;
}

static enum rc
read_from(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, VERDICT_FROM, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = read_approver(v, &need->from[need->n_from++], err)) != RC_OK)
			return rc;
	return RC_OK;
}

/* `self` never counts; that it may be written down is for the reader of the file. */
static enum rc
read_not(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, VERDICT_NOT, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if (span_is(yaml_span(v), "self"))
			continue;
		if ((rc = read_approver(v, &need->not_from[need->n_not++], err)) !=
		    RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
read_distinct(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	enum rc rc;

	if ((rc = yaml_bool(n, &need->distinct_groups, err)) != RC_OK)
		return rc;
	if (need->distinct_groups && need->need > need->n_from)
		return yaml_fail(n, err,
		    "expected at least %u names in `from`, one for each approver",
		    need->need);
	return RC_OK;
}

static enum rc
read_required(const struct yaml_node *n, bool *ret, struct err *err)
{
	static const char *const words[] = { "required", NULL };
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, words, &at, err)) == RC_OK)
		*ret = true;
	return rc;
}

static enum rc
read_reason(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	return read_required(n, &need->reason, err);
}

/* After auth: of a proof that is not among them it would say nothing. */
static enum rc
read_verified(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	if (!(need->proofs & PROOF_BIT(PROOF_SK)))
		return yaml_fail(n, err,
		    "expected sk in `auth`: what is verified is who touches a "
		    "security key");
	return read_required(n, &need->verified, err);
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

static enum rc
read_auth(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	return vocab_each(n, read_proof, need, err);
}

enum rc
approvers_read(const struct yaml_node *n, struct approver_need *need, struct err *err)
{
	static const struct {
		const char *key;
		enum rc (*read)(const struct yaml_node *n, struct approver_need *need,
		    struct err *err);
	} readers[] = {
		{ "from", read_from },
		{ "auth", read_auth },
		{ "not", read_not },
		{ "distinct_groups", read_distinct },
		{ "reason", read_reason },
		{ "verified", read_verified },
	};
	uint64_t count = 0;
	enum rc rc;

	if ((rc = vocab_check(n, approvers_keys, err)) != RC_OK ||
	    (rc = yaml_uint(yaml_find(n, "need"), 1, NEED_MOST, &count, err)) != RC_OK)
		return rc;
	need->need = (unsigned)count;
	/* Without a word on it only proofs that a program beside the approver cannot
	 * give: a touch, a fresh sign-in. */
	if (yaml_find(n, "auth") == NULL)
		need->proofs = PROOF_BIT(PROOF_SK) | PROOF_BIT(PROOF_DEVICE);
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		const struct yaml_node *v = yaml_find(n, readers[i].key);

		if (v != NULL && (rc = readers[i].read(v, need, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}
