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

bool
voter_read(const json_t *o, struct voter *ret)
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
		if (!voter_read(o, &vs.v[vs.n])) {
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
voter_json(const struct voter *v)
{
	json_t *o = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:s*}", "name", v->name,
	    "proof", proof_name(v->proof), "key", given(v->key), "source",
	    given(v->source), "reason", given(v->reason), "time", given(v->time));

	if (v->verified && json_object_set_new(o, "verified", json_true()) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *
voters_json(const struct voters *vs)
{
	json_t *a = json_array();

	for (size_t i = 0; a != NULL && i < vs->n; i++)
		if (json_array_append_new(a, voter_json(&vs->v[i])) != 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

void
voters_put(const struct voters *vs, struct buf *out)
{
	for (size_t i = 0; i < vs->n; i++)
		buf_printf(out, "%s%s", i > 0 ? " and " : "", vs->v[i].name);
}

/* ---- whose word counts ---- */

/* The human who answers for an identity: an agent's owner, else the identity itself.
 * Approvals are by people, so that nobody approves through an agent of their own. */
static const char *
person(const struct identity *who)
{
	return who->owner != NULL ? who->owner : who->name;
}

static const struct identity *
asker_now(const struct voters_for *f)
{
	return identity_by_name(f->config->identities, span_of(f->identity));
}

/* By the owner as it was then, or as it is now. */
bool
voters_tied(const struct voters_for *f, const struct identity *who)
{
	const struct identity *asker = asker_now(f);
	const char *then =
	    f->owner != NULL && f->owner[0] != '\0' ? f->owner : f->identity;

	return strcmp(who->name, f->identity) == 0 || strcmp(person(who), then) == 0 ||
	       (asker != NULL && strcmp(person(who), person(asker)) == 0);
}

static bool
has_key(const struct identity *who, const char *print)
{
	char own[SSHKEY_FINGERPRINT];

	for (size_t i = 0; i < who->key_count; i++) {
		sshkey_fingerprint(who->keys[i].blob, own);
		if (strcmp(own, print) == 0)
			return true;
	}
	return false;
}

/* True for the key that it was asked for with, and for each that was the asker's then or
 * is now: a key is a device, whoever's it is called. */
static bool
is_askers_key(const struct voters_for *f, const char *print)
{
	const struct identity *asker = asker_now(f);

	if (print[0] == '\0')
		return false;
	for (size_t i = 0; i < f->n_keys; i++)
		if (strcmp(f->keys[i], print) == 0)
			return true;
	return (f->key != NULL && strcmp(f->key, print) == 0) ||
	       (asker != NULL && has_key(asker, print));
}

bool
voters_same_key(
    const struct voters_for *f, const struct identity *who, const char *print)
{
	char own[SSHKEY_FINGERPRINT];

	if (is_askers_key(f, print))
		return true;
	for (size_t i = 0; i < who->key_count; i++) {
		sshkey_fingerprint(who->keys[i].blob, own);
		if (is_askers_key(f, own))
			return true;
	}
	return false;
}

/* A voter as configured now, if the word can count for anything. */
static const struct identity *
standing(const struct voters *vs, const struct voters_for *f, size_t i)
{
	const struct identity *who =
	    identity_by_name(f->config->identities, span_of(vs->v[i].name));

	if (who == NULL || who->kind != IDENTITY_HUMAN ||
	    !config_may_approve(f->config, who) || voters_tied(f, who) ||
	    voters_same_key(f, who, vs->v[i].key))
		return NULL;
	return who;
}

static bool
is_among(const struct voters *vs, const struct voters_for *f,
    const struct identity *who, size_t before)
{
	for (size_t i = 0; i < before; i++) {
		const struct identity *other = standing(vs, f, i);

		if (other != NULL && strcmp(person(other), person(who)) == 0)
			return true;
	}
	return false;
}

bool
voters_have(
    const struct voters *vs, const struct voters_for *f, const struct identity *who)
{
	return is_among(vs, f, who, vs->n);
}

/* ---- what they come to ---- */

/* What each word stands for under this condition, each person once. */
static size_t
gather(const struct voters *vs, const struct voters_for *f,
    const struct approver_need *need, unsigned names[VOTERS_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < vs->n && i < VOTERS_MAX; i++) {
		const struct identity *who = standing(vs, f, i);

		if (who != NULL && !is_among(vs, f, who, i))
			names[n++] = approver_need_names(
			    need, who, vs->v[i].proof, vs->v[i].verified);
	}
	return n;
}

unsigned
voters_reached(const struct voters *vs, const struct voters_for *f,
    const struct approver_need *need)
{
	unsigned names[VOTERS_MAX + 1];

	return approver_need_reached(need, names, gather(vs, f, need, names));
}

bool
voters_nearer(const struct voters *vs, const struct voters_for *f,
    const struct approver_need *need, unsigned name)
{
	unsigned names[VOTERS_MAX + 1];
	size_t n = gather(vs, f, need, names);

	names[n] = name;
	return approver_need_reached(need, names, n + 1) >
	       approver_need_reached(need, names, n);
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
