/* What a recording says about its session before it begins: who asks, from where and
 * with what, for which command, by which rule and whose approval, and which broker of
 * which build says so.  What only the session process knows, it adds itself. */
#include <config.h>

#include "broker/monitor/session_parts.h"

#include <jansson.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/model/needs.h"

static json_t *
groups_json(const struct identity *who)
{
	json_t *a = json_array();

	for (size_t i = 0; who != NULL && i < who->group_count; i++)
		json_array_append_new(a, json_string(who->groups[i]));
	return a;
}

/* The name is of the login; user and client are what the client says. */
static json_t *
identity_json(const struct session *s, const struct identity *who)
{
	return json_pack("{s:s, s:s, s:s*, s:s, s:s, s:s, s:s}", "name", s->identity,
	    "kind", who == NULL ? "" : identity_kind_name(who->kind), "owner",
	    s->owner[0] ? s->owner : NULL, "method", "publickey", "key", s->key, "user",
	    conn_user(s->conn), "client", conn_client(s->conn));
}

static json_t *
target_json(const struct session *s)
{
	json_t *o = remote_json(s), *more;

	if (s->remote != NULL) {
		more = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "ssm", "account",
		    s->target.account, "profile", s->profile_name, "role",
		    s->target.role, "region", s->region);
		if (o != NULL && more != NULL)
			json_object_update(o, more);
		json_decref(more);
		return o;
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "aws", "account",
	    s->target.account, "profile", s->profile_name, "role", s->target.role,
	    "region", s->region);
}

static json_t *
argv_json(const struct session *s)
{
	json_t *a = json_array();

	for (size_t i = 0;
	     s->command.words != NULL && i < words_count(s->command.words); i++)
		json_array_append_new(a, json_string(words_at(s->command.words, i)));
	return a;
}

/* What its rules wanted of people. */
static json_t *
approval_json(const struct session *s)
{
	char asked[21];

	if (s->granted[0] != '\0')
		return json_pack("{s:b, s:s, s:o}", "required", 1, "grant", s->granted,
		    "needs", needs_json(&s->verdict));
	if (s->hold == NULL)
		return json_pack("{s:b}", "required", 0);
	clock_iso(hold_asked_ms(s->hold), asked);
	return json_pack("{s:b, s:s, s:o}", "required", 1, "asked", asked, "needs",
	    needs_json(&s->verdict));
}

/* Who let it run, each name once: of a hold, or of the hold that made a grant. */
static json_t *
approvers_json(const struct session *s)
{
	json_t *a, *one;
	size_t i;

	if (s->hold != NULL)
		return hold_approvers_json(s->hold);
	if (s->granted[0] == '\0' || (a = json_array()) == NULL)
		return NULL;
	json_array_foreach(s->grant_approvals, i, one)
	    json_array_append(a, json_object_get(one, "name"));
	return a;
}

static json_t *
approvals_json(const struct session *s)
{
	if (s->hold != NULL)
		return hold_approvals_json(s->hold);
	return json_incref(s->grant_approvals);
}

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* By what the session masks: "masks" of its rules beside the configuration's own. */
static json_t *
masking_json(const struct session *s)
{
	const struct mask_policy *p = session_monitor(s)->rules.config->masking;
	const char *at = s->verdict.masks;
	json_t *masks = json_array();
	uint8_t digest[32];
	char hex[65];
	struct err err = { "" };
	struct span name;

	if (mask_policy_digest(p, digest, &err) != RC_OK) {
		json_decref(masks);
		return NULL;
	}
	id_hex(digest, sizeof digest, hex);
	while (verdict_name_next(&at, &name))
		json_array_append_new(
		    masks, json_stringn((const char *)name.p, name.len));
	return json_pack("{s:s, s:s, s:o, s:s*}", "mode",
	    mask_policy_counts_only(p) ? "count-only" : "enforce", "policy", hex,
	    "masks", masks, "reveals", given(s->verdict.reveals));
}

char *
meta_text(const struct session *s)
{
	const struct identity *who = conn_identity(s->conn);
	const struct monitor *m = session_monitor(s);
	char policy[65];
	json_t *o;

	id_hex(s->verdict.policy, 32, policy);
	o = json_pack(
	    "{s:s, s:s, s:s, s:s*, s:o, s:o, s:s, s:s, s:o, s:b, s:s, s:o, s:s, "
	    "s:s, s:s, s:s, s:o, s:s*, s:s*, s:s*, s:o*, s:o*, s:o*, s:o}",
	    "sid", s->sid_text, "broker", m->rules.config->name, "version",
	    PACKAGE_VERSION, "build", m->build, "identity", identity_json(s, who),
	    "groups", groups_json(who), "source", s->source, "command", s->shown,
	    "argv", argv_json(s), "pty", (int)s->command.pty, "asker_says",
	    s->command.reason, "target", target_json(s), "verdict",
	    effect_name(s->verdict.effect), "rule", s->verdict.rule, "policy", policy,
	    "lease", lease_scope_name(s->lease_scope), "approval", approval_json(s),
	    "hold", s->hold == NULL ? given(s->granted) : hold_id(s->hold), "grant",
	    given(s->granted), "request", given(s->request), "approvers",
	    approvers_json(s), "approvals", approvals_json(s), "runbook",
	    bookrun_meta(s), "masking", masking_json(s));
	if (o != NULL && s->remote != NULL && !remote_say(s, o)) {
		json_decref(o);
		return NULL;
	}
	return veil_detail_take(session_veil(s), o, JSON_COMPACT | JSON_ENSURE_ASCII);
}
