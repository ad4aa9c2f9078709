/* Counting people who said yes; see voters.h. */
#include "broker/monitor/voters.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/model/identity.h"

static bool
find_proof(const char *name, enum proof *ret)
{
	for (int i = 0; name != NULL && proof_names[i] != NULL; i++)
		if (strcmp(proof_names[i], name) == 0) {
			*ret = (enum proof)(PROOF_KEY + i);
			return true;
		}
	return false;
}

/* A member that may be missing. */
static bool
take_text(const json_t *o, const char *key, char *out, size_t size)
{
	const json_t *v = json_object_get(o, key);

	if (v == NULL)
		return true;
	return json_is_string(v) &&
	       span_copy(
		   span_make(json_string_value(v), json_string_length(v)), out, size);
}

static bool
take_time(const json_t *o, char out[21])
{
	const json_t *v = json_object_get(o, "at_ms");

	if (v == NULL)
		return take_text(o, "time", out, 21);
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	clock_iso((uint64_t)json_integer_value(v), out);
	return true;
}

static bool
take_voter(const json_t *o, struct voter *ret)
{
	const json_t *verified = json_object_get(o, "verified");

	if (!json_is_object(o) ||
	    !find_proof(json_string_value(json_object_get(o, "proof")), &ret->proof) ||
	    (verified != NULL && !json_is_boolean(verified)))
		return false;
	ret->verified = json_is_true(verified);
	return take_text(o, "name", ret->name, sizeof ret->name) &&
	       ret->name[0] != '\0' && take_text(o, "key", ret->key, sizeof ret->key) &&
	       take_text(o, "source", ret->source, sizeof ret->source) &&
	       take_text(o, "reason", ret->reason, sizeof ret->reason) &&
	       take_time(o, ret->time);
}

static bool
is_no(const json_t *o)
{
	const char *state = json_string_value(json_object_get(o, "state"));

	return state != NULL && strcmp(state, "denied") == 0;
}

enum rc
voters_read(const json_t *list, struct voters *ret, struct err *err)
{
	size_t n = json_array_size(list), i;
	struct voters vs = { 0 };
	const json_t *o;

	if (!json_is_array(list) || n > VOTERS_MAX)
		return err_set(err, RC_REFUSE, "expected a list of approvals");
	if ((vs.v = calloc(n + 1, sizeof *vs.v)) == NULL)
		return err_memory(err);
	json_array_foreach(list, i, o)
	{
		if (is_no(o))
			continue;
		if (!take_voter(o, &vs.v[vs.n])) {
			voters_clear(&vs);
			return err_set(err, RC_REFUSE, "approval %zu is odd", i + 1);
		}
		vs.n++;
	}
	*ret = vs;
	return RC_OK;
}

void
voters_clear(struct voters *vs)
{
	free(vs->v);
	*vs = (struct voters){ 0 };
}

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

json_t *
voters_json(const struct voters *vs)
{
	json_t *a = json_array();

	for (size_t i = 0; a != NULL && i < vs->n; i++) {
		const struct voter *v = &vs->v[i];
		json_t *one = json_pack("{s:s, s:s, s:b, s:s*, s:s*, s:s*, s:s*}",
		    "name", v->name, "proof", proof_name(v->proof), "verified",
		    v->verified, "key", given(v->key), "source", given(v->source),
		    "reason", given(v->reason), "time", given(v->time));

		if (one == NULL || json_array_append_new(a, one) != 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

void
voters_put(const struct voters *vs, struct buf *out)
{
	for (size_t i = 0; i < vs->n; i++)
		buf_printf(out, "%s%s", i > 0 ? " and " : "", vs->v[i].name);
}

/* The human who answers for an identity. */
static const char *
person(const struct identity *who)
{
	return who->owner != NULL ? who->owner : who->name;
}

/* True when one person stands behind both, by the owner as it was or as it is now. */
static bool
is_tied(const struct voters_for *f, const struct identity *who)
{
	const struct identity *asker =
	    identity_by_name(f->config->identities, span_of(f->identity));
	const char *then =
	    f->owner != NULL && f->owner[0] != '\0' ? f->owner : f->identity;

	return strcmp(who->name, f->identity) == 0 || strcmp(person(who), then) == 0 ||
	       (asker != NULL && strcmp(person(who), person(asker)) == 0);
}

/* A voter as configured now, if the vote can count for anything. */
static const struct identity *
standing(const struct voters *vs, const struct voters_for *f, size_t i)
{
	const struct identity *who =
	    identity_by_name(f->config->identities, span_of(vs->v[i].name));

	return who != NULL && config_may_approve(f->config, who) && !is_tied(f, who)
		   ? who
		   : NULL;
}

static bool
is_second(const struct voters *vs, const struct voters_for *f,
    const struct identity *who, size_t before)
{
	for (size_t i = 0; i < before; i++) {
		const struct identity *other = standing(vs, f, i);

		if (other != NULL && strcmp(person(other), person(who)) == 0)
			return true;
	}
	return false;
}

unsigned
voters_reached(const struct voters *vs, const struct voters_for *f,
    const struct approver_need *need)
{
	unsigned names[VOTERS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < vs->n && i < VOTERS_MAX; i++) {
		const struct identity *who = standing(vs, f, i);

		if (who != NULL && !is_second(vs, f, who, i))
			names[n++] = approver_need_names(
			    need, who, vs->v[i].proof, vs->v[i].verified);
	}
	return approver_need_reached(need, names, n);
}

bool
voters_suffice(
    const struct voters *vs, const struct voters_for *f, const struct verdict *v)
{
	for (size_t i = 0; i < v->n_needs; i++)
		if (voters_reached(vs, f, &v->needs[i]) < v->needs[i].need)
			return false;
	return v->n_needs > 0;
}
