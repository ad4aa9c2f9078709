/* Conditions of approvals as text and as JSON; see needs.h. */
#include "lib/model/needs.h"

#include <string.h>

/* As many as a rule may ask for. */
#define NEED_MOST 16

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

/* The list (taken) when it has all of n, else NULL: a condition that is kept in part would
 * be met too easily. */
static json_t *
whole_take(json_t *list, size_t n)
{
	if (json_array_size(list) == n)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
approvers_json(const struct approver *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    a, json_sprintf("%s%s", v[i].group ? "group:" : "", v[i].name));
	return whole_take(a, n);
}

static json_t *
proofs_json(unsigned proofs)
{
	json_t *a = json_array();
	size_t n = 0;

	for (enum proof p = PROOF_KEY; p <= PROOF_UID; p++)
		if (proofs & PROOF_BIT(p)) {
			json_array_append_new(a, json_string(proof_name(p)));
			n++;
		}
	return whole_take(a, n);
}

static json_t *
need_json(const struct approver_need *n)
{
	json_t *o = json_pack("{s:s, s:i, s:o, s:o}", "rule", n->rule, "need",
	    (int)n->need, "from", approvers_json(n->from, n->n_from), "auth",
	    proofs_json(n->proofs));
	int bad = o == NULL;

	if (n->n_not > 0)
		bad |= json_object_set_new(
		    o, "not", approvers_json(n->not_from, n->n_not));
	if (n->distinct_groups)
		bad |= json_object_set_new(o, "distinct_groups", json_true());
	if (n->reason)
		bad |= json_object_set_new(o, "reason", json_string("required"));
	if (n->verified)
		bad |= json_object_set_new(o, "verified", json_string("required"));
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

json_t *
needs_json(const struct verdict *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->n_needs; i++)
		json_array_append_new(a, need_json(&v->needs[i]));
	return whole_take(a, v->n_needs);
}

/* ---- reading them back ---- */

static bool
read_approver(const json_t *text, struct approver *ret)
{
	struct span s = span_of(json_string_value(text));

	ret->group = span_starts(s, "group:");
	if (ret->group)
		s = span_make(s.p + 6, s.len - 6);
	return (ret->group ? name_label(s) : name_identity(s)) &&
	       span_copy(s, ret->name, sizeof ret->name);
}

static bool
read_approvers(const json_t *list, size_t most, struct approver *ret, size_t *n)
{
	*n = json_array_size(list);
	if (*n < 1 || *n > most)
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!read_approver(json_array_get(list, i), &ret[i]))
			return false;
	return true;
}

static bool
read_from(const json_t *v, struct approver_need *n)
{
	return read_approvers(v, VERDICT_FROM, n->from, &n->n_from);
}

static bool
read_not(const json_t *v, struct approver_need *n)
{
	return read_approvers(v, VERDICT_NOT, n->not_from, &n->n_not);
}

static bool
read_rule(const json_t *v, struct approver_need *n)
{
	const char *text = json_string_value(v);

	return text != NULL && text[0] != '\0' &&
	       span_copy(span_of(text), n->rule, sizeof n->rule);
}

static bool
read_count(const json_t *v, struct approver_need *n)
{
	json_int_t count = json_integer_value(v);

	n->need = count >= 1 && count <= NEED_MOST ? (unsigned)count : 0;
	return n->need > 0;
}

static bool
read_auth(const json_t *v, struct approver_need *n)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		const char *name = json_string_value(json_array_get(v, i));
		enum proof p = PROOF_KEY;

		while (
		    name != NULL && p <= PROOF_UID && strcmp(name, proof_name(p)) != 0)
			p++;
		if (name == NULL || p > PROOF_UID)
			return false;
		n->proofs |= PROOF_BIT(p);
	}
	return n->proofs != 0;
}

static bool
read_distinct(const json_t *v, struct approver_need *n)
{
	return n->distinct_groups = json_is_true(v);
}

static bool
is_required(const json_t *v)
{
	const char *text = json_string_value(v);

	return text != NULL && strcmp(text, "required") == 0;
}

static bool
read_verified(const json_t *v, struct approver_need *n)
{
	return n->verified = is_required(v);
}

static bool
read_reason(const json_t *v, struct approver_need *n)
{
	return n->reason = is_required(v);
}

static const struct member {
	const char *name;
	bool must;
	bool (*read)(const json_t *v, struct approver_need *n);
} members[] = {
	{ "rule", true, read_rule },
	{ "need", true, read_count },
	{ "from", true, read_from },
	{ "auth", true, read_auth },
	{ "not", false, read_not },
	{ "distinct_groups", false, read_distinct },
	{ "reason", false, read_reason },
	{ "verified", false, read_verified },
};

static enum rc
read_need(const json_t *o, struct approver_need *n, struct err *err)
{
	size_t known = 0;

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		const struct member *m = &members[i];
		const json_t *v = json_object_get(o, m->name);

		if (v == NULL ? m->must : !m->read(v, n))
			return err_set(err, RC_REFUSE, "a condition's %s", m->name);
		known += v != NULL;
	}
	if (json_object_size(o) != known)
		return err_set(err, RC_REFUSE, "an unknown member of a condition");
	return RC_OK;
}

enum rc
needs_read(const json_t *list, struct verdict *v, struct err *err)
{
	struct approver_need needs[VERDICT_NEEDS] = { 0 };
	size_t n = json_array_size(list);
	enum rc rc;

	if (n < 1 || n > VERDICT_NEEDS)
		return err_set(err, RC_REFUSE, "%zu conditions", n);
	for (size_t i = 0; i < n; i++)
		if ((rc = read_need(json_array_get(list, i), &needs[i], err)) != RC_OK)
			return rc;
	memcpy(v->needs, needs, sizeof needs);
	v->n_needs = n;
	return RC_OK;
}
