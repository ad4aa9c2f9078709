/* Conditions of approvals as text and as JSON; see needs.h. */
#include "lib/model/needs.h"

static void
put_approvers(const struct approver *v, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s%s", i > 0 ? ", " : "", v[i].group ? "group " : "",
		    v[i].name);
}

void
needs_put(const struct approver_need *n, struct buf *out)
{
	put_approvers(n->from, n->n_from, out);
	if (n->n_not > 0) {
		buf_text(out, ", not ");
		put_approvers(n->not_from, n->n_not, out);
	}
	if (n->distinct_groups)
		buf_text(out, ", of different groups");
	if (n->verified)
		buf_text(out, ", by a security key with its PIN");
	buf_printf(out, " (rule %s)", n->rule);
}

static json_t *
approvers_json(const struct approver *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    a, json_sprintf("%s%s", v[i].group ? "group:" : "", v[i].name));
	return a;
}

static json_t *
proofs_json(unsigned proofs)
{
	json_t *a = json_array();

	for (enum proof p = PROOF_KEY; p <= PROOF_UID; p++)
		if (proofs & PROOF_BIT(p))
			json_array_append_new(a, json_string(proof_name(p)));
	return a;
}

static json_t *
need_json(const struct approver_need *n)
{
	json_t *o = json_pack("{s:s, s:i, s:o, s:o}", "rule", n->rule, "need",
	    (int)n->need, "from", approvers_json(n->from, n->n_from), "auth",
	    proofs_json(n->proofs));

	if (n->n_not > 0)
		json_object_set_new(o, "not", approvers_json(n->not_from, n->n_not));
	if (n->distinct_groups)
		json_object_set_new(o, "distinct_groups", json_true());
	if (n->reason)
		json_object_set_new(o, "reason", json_string("required"));
	if (n->verified)
		json_object_set_new(o, "verified", json_string("required"));
	return o;
}

json_t *
needs_json(const struct verdict *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->n_needs; i++)
		json_array_append_new(a, need_json(&v->needs[i]));
	return a;
}
