/* The lease of a session: asked of STS, told to the audit, given to the gate.
 *
 * It belongs to one session and is forgotten here as soon as the gate has it; a fresh one
 * is asked for the same, and only while the session runs. */
#include <jansson.h>
#include <stdlib.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/status.h"
#include "policies/cover.h"
#include "policies/rulescope.h"
#include "policies/scope.h"

/* A gate asks when its lease is about to expire, at most every few minutes. */
#define ASK_AGAIN_MS 10000
#define REFUSED_MOST 100
/* What AWS takes as a session policy. */
#define POLICY_MAX 2048

static const char *const scopes[] = {
	[LEASED_CALL] = "call",
	[LEASED_RULE] = "rule",
	[LEASED_ROLE] = "role",
};

const char *
lease_scope_name(enum lease_scope scope)
{
	return scopes[scope];
}

/* ---- giving ---- */

enum rc
leasing_give(struct session *s, struct err *err)
{
	struct msg_lease m = { .text = { 0 } };
	enum rc rc;

	if (s->lease == NULL || s->ctl == NULL)
		return err_set(err, RC_FAIL, "no lease to give");
	m.access_key_id = span_of(s->lease->access_key_id);
	m.secret = secret_span(s->lease->secret);
	m.token = secret_span(s->lease->token);
	m.expires_ms = s->lease->expires_ms;
	rc = port_send(s->ctl, MSG_LEASE, 0, &m, NULL, 0);
	lease_free(s->lease);
	s->lease = NULL;
	s->lease_ms = clock_mono_ms();
	return rc == RC_OK ? RC_OK : err_set(err, RC_FAIL, "the lease was not sent");
}

/* What the gate has stays what it is. */
static void
give_none(struct session *s, const char *why)
{
	struct msg_lease m = { .text = span_of(why) };

	if (s->ctl != NULL)
		(void)port_send(s->ctl, MSG_LEASE, 0, &m, NULL, 0);
}

/* ---- the answer ---- */

static void
no_lease(struct session *s, enum rc rc, const char *why)
{
	log_line(LOG_ERROR, "no lease for %s: %s", s->identity, why);
	if (s->state == SESSION_LEASING)
		tell_refusal(s, rc == RC_FAIL ? STATUS_FAILED : STATUS_UNREACHABLE,
		    rc == RC_FAIL ? "failed" : "unreachable", s->verdict.rule, why);
	else
		give_none(s, why);
}

/* The audit knows of the lease before anybody uses it. */
static void
noted(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;
	struct err err = { "" };

	(void)bytes;
	(void)fd;
	if (s->lease == NULL || s->state == SESSION_OVER)
		return;
	if (rc != RC_OK) {
		lease_free(s->lease);
		s->lease = NULL;
		no_lease(s, RC_FAIL, why);
	} else if (s->state == SESSION_LEASING)
		run_leased(s);
	else if (s->state != SESSION_RUNNING || leasing_give(s, &err) != RC_OK) {
		lease_free(s->lease);
		s->lease = NULL;
	}
}

static char *
detail_text(const struct session *s)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s*}", "scope",
	    lease_scope_name(s->lease_scope), "role", s->target.role, "region",
	    s->region, "access_key_id", s->lease->access_key_id, "expires_ms",
	    (json_int_t)s->lease->expires_ms, "target",
	    s->remote == NULL ? NULL : s->remote->at->id);

	return keep_detail_take(o, JSON_COMPACT);
}

static enum rc ask(struct session *s, struct err *err);

static void
leased(void *arg, enum rc rc, struct lease *l, const struct err *err)
{
	struct session *s = arg;
	struct err again = { "" };
	char *detail;

	s->leasing = NULL;
	/* Too large when packed, which AWS alone can tell: with a wider one, then. */
	if (rc == RC_END && s->lease_scope < LEASED_ROLE && s->remote == NULL) {
		s->lease_scope++;
		if ((rc = ask(s, &again)) == RC_OK)
			return;
		err = &again;
	}
	if (rc != RC_OK) {
		no_lease(s, rc, err->text);
		return;
	}
	lease_free(s->lease);
	s->lease = l;
	detail = detail_text(s);
	if (detail == NULL ||
	    session_event(s, "lease", s->verdict.rule, detail, noted) != RC_OK)
		noted(s, RC_FAIL, "the lease could not be recorded", span_make(NULL, 0),
		    NULL);
	free(detail);
}

/* ---- asking ---- */

/* The calls that the words name, and no more. */
static enum rc
call_policy(
    const struct session *s, const struct facts *f, struct buf *out, struct err *err)
{
	const struct iam_place place = { f->partition, f->account, f->region };
	struct iam_needs needs = { 0 };
	enum rc rc;

	if ((rc = cover_needs(s->aws, &place, &needs, err)) != RC_OK)
		return rc;
	rc = scope_policy(&needs, &place, out, err);
	cover_clear(&needs);
	return rc;
}

/* RC_REFUSE: there is none that AWS would take. */
static enum rc
put_policy(struct session *s, struct buf *out, struct err *err)
{
	char partition[ASK_PARTITION];
	struct facts f;

	if (s->lease_scope == LEASED_ROLE)
		return RC_OK;
	if (!ask_facts(s, ask_path(s), partition, &f, err))
		return RC_FAIL;
	if (s->remote != NULL)
		return remotelease_policy(s, &f, out, err);
	if (s->lease_scope == LEASED_CALL)
		return call_policy(s, &f, out, err);
	return rulescope_policy(
	    pack_rules(session_monitor(s)->rules.policy), &f, out, err);
}

/* Run Command knows no other user than its own. */
static const char *
run_as(const struct session *s)
{
	const struct instance *at = s->remote == NULL ? NULL : s->remote->at;

	return at == NULL || at->run || at->os_user[0] == '\0' ? NULL : at->os_user;
}

/* With the policy of the present scope. */
static enum rc
ask_scope(struct session *s, const struct profile *p, struct err *err)
{
	struct lease_ask ask = {
		.identity = s->identity,
		.session = s->sid_text,
		.role = s->target.role,
		.region = p->region,
		.external_id = p->external_id,
		.rule = s->verdict.rule[0] != '\0' ? s->verdict.rule : NULL,
		.approval = s->hold != NULL	    ? hold_id(s->hold)
			    : s->granted[0] != '\0' ? s->granted
						    : NULL,
		.run_as = run_as(s),
		.seconds = (unsigned)(p->duration / 1000),
	};
	struct buf policy;
	enum rc rc;

	if (s->verdict.lease_seconds > 0 && s->verdict.lease_seconds < ask.seconds)
		ask.seconds = s->verdict.lease_seconds;
	buf_init(&policy, POLICY_MAX + 1);
	rc = put_policy(s, &policy, err);
	if (rc == RC_OK && policy.len > 0)
		ask.policy = buf_cstr(&policy);
	if (rc == RC_OK)
		rc = vault_lease(
		    session_monitor(s)->vault, &ask, leased, s, &s->leasing, err);
	buf_clear(&policy);
	return rc;
}

/* From the scope that s has on, to the first that AWS can take. */
static enum rc
ask(struct session *s, struct err *err)
{
	const struct profile *p =
	    config_profile(session_monitor(s)->rules.config, span_of(s->profile_name));
	enum rc rc = RC_END;

	if (p == NULL)
		return err_set(err, RC_REFUSE, "the profile has gone");
	/* What is wider would reach other targets. */
	if (s->remote != NULL)
		return ask_scope(s, p, err);
	for (; s->lease_scope < LEASED_ROLE; s->lease_scope++) {
		rc = ask_scope(s, p, err);
		if (rc != RC_REFUSE && rc != RC_END)
			return rc;
	}
	if (s->verdict.scope)
		return err_set(err, RC_REFUSE,
		    "its rule wants a lease cut to the request, which AWS cannot take");
	return ask_scope(s, p, err);
}

void
leasing_begin(struct session *s)
{
	const struct profile *p =
	    config_profile(session_monitor(s)->rules.config, span_of(s->profile_name));
	struct err err = { "" };
	enum rc rc;

	s->state = SESSION_LEASING;
	s->began_ms = clock_mono_ms();
	s->lease_scope = s->gate == GATE_SDK ? LEASED_RULE : LEASED_CALL;
	if (p == NULL || !span_copy(span_of(p->role), s->target.role, LEASE_ROLE) ||
	    !span_copy(span_of(p->account), s->target.account, 13)) {
		tell_refusal(s, STATUS_DENIED, "denied", NULL,
		    "the profile has gone; nothing ran");
		return;
	}
	if ((rc = ask(s, &err)) != RC_OK)
		leased(s, rc, NULL, &err);
}

/* Nothing that was decided on may have changed since, and the gate that asks all the
 * time is not ours any more. */
enum rc
leasing_ask(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	char partition[ASK_PARTITION];
	struct err why = { "" };
	struct facts f;
	enum rc rc;

	(void)id;
	(void)m;
	(void)fds;
	if (s->state != SESSION_RUNNING)
		return err_set(err, RC_REFUSE, "a lease out of turn");
	/* It is on its way: nobody has to say so often. */
	if (s->leasing != NULL || s->lease != NULL)
		return ++s->lease_refused <= REFUSED_MOST
			   ? RC_OK
			   : err_set(err, RC_REFUSE, "it goes on asking for leases");
	if (clock_mono_ms() - s->lease_ms < ASK_AGAIN_MS) {
		if (++s->lease_refused > REFUSED_MOST)
			return err_set(err, RC_REFUSE, "it goes on asking for leases");
		give_none(s, "a lease was given just now");
		return RC_OK;
	}
	if (s->stopping || !ask_facts(s, ask_path(s), partition, &f, &why)) {
		give_none(s, s->stopping ? "the session is being ended" : why.text);
		return RC_OK;
	}
	s->lease_ms = clock_mono_ms();
	if ((rc = ask(s, &why)) != RC_OK)
		no_lease(s, rc, why.text);
	return RC_OK;
}
