/* What a session's gate asks: may this API call go out?
 *
 * A command's calls are covered by its words and judged by the rules as they are now;
 * its recording tells of those that are allowed, an event of those that are not.  An
 * SDK's calls are each a request of their own: each verdict is an event, and what is held
 * waits for people (wireheld.c).  Nothing is answered before it is durable.
 *
 * One gate that asks without end costs nobody else: so many calls at once, so many a
 * second, and none is read while the keeper is behind. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker/monitor/flood.h"
#include "broker/monitor/wirecall_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "policies/decide.h"

#define CALLS_AT_ONCE 64
#define CALLS_A_SECOND 1000
/* Resources of one call that an event names; how many there were it says too. */
#define RESOURCES_TOLD 32

struct wirecalls {
	struct wirecall *first;
	size_t n;
	struct flood flood;
};

static struct monitor *
monitor_of(const struct wirecall *w)
{
	return session_monitor(w->plea.s);
}

/* ---- the list ---- */

static void
free_call(struct wirecall *w)
{
	struct monitor *m = monitor_of(w);

	if (m->keep != NULL)
		keep_forget(m->keep, w);
	plea_clear(&w->plea);
	iam_clear(&w->needs);
	apicall_free(w->call);
	free(w);
}

static void
wirecall_free(struct wirecall *w)
{
	struct wirecalls *all = w->plea.s->wirecalls;

	for (struct wirecall **p = &all->first; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			all->n--;
			break;
		}
	free_call(w);
}

void
wirecalls_free(struct wirecalls *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL) {
		struct wirecall *w = all->first;

		all->first = w->next;
		free_call(w);
	}
	flood_clear(&all->flood);
	free(all);
}

static struct wirecall *
find(const struct session *s, uint32_t number)
{
	struct wirecall *w = s->wirecalls == NULL ? NULL : s->wirecalls->first;

	while (w != NULL && w->number != number)
		w = w->next;
	return w;
}

static enum rc
make_list(struct session *s, struct err *err)
{
	struct wirecalls *all;
	enum rc rc;

	if (s->wirecalls != NULL)
		return RC_OK;
	if ((all = calloc(1, sizeof *all)) == NULL)
		return err_memory(err);
	if ((rc = flood_init(&all->flood, s, CALLS_A_SECOND, err)) != RC_OK) {
		free(all);
		return rc;
	}
	s->wirecalls = all;
	return RC_OK;
}

/* ---- judging ---- */

/* People said yes to a command under these rules, or the command had no need of them:
 * nobody waits in the middle of one. */
static void
settle_hold(const struct session *s, struct verdict *v)
{
	bool covered = s->hold != NULL
			   ? hold_covers(s->hold, v)
			   : s->granted[0] != '\0' && decide_released(v, &s->verdict);

	if (covered) {
		v->effect = EFFECT_ALLOW;
		v->n_needs = 0;
		return;
	}
	admit_deny(v, "rule", "it needs an approval that this command did not have");
}

void
wirecall_judge(struct plea *p, struct verdict *v)
{
	struct wirecall *w = wirecall_of(p);
	struct session *s = p->s;
	const struct ruleset *rules = pack_rules(monitor_of(w)->rules.policy);
	const bool sdk = s->gate == GATE_SDK;
	char partition[ASK_PARTITION];
	struct iam_place place;
	struct err why = { "" };
	struct facts f;

	*v = (struct verdict){ .effect = EFFECT_DENY };
	memcpy(v->policy, rules->digest, sizeof v->policy);
	iam_clear(&w->needs);
	if (s->stopping) {
		admit_deny(v, "internal", "the session is being ended");
		return;
	}
	if (!ask_facts(s, sdk ? PATH_API : PATH_EXEC, partition, &f, &why)) {
		admit_deny(v, "profile", "%s", why.text);
		return;
	}
	/* The facts keep the command's own region: what argv names is there, and covers
	 * nothing that the wire sends elsewhere. */
	place = (struct iam_place){ f.partition, f.account, apicall_region(w->call) };
	if (iam_needs(w->call, &place, &w->needs, &why) != RC_OK) {
		admit_deny(v, "unmatched", "%s", why.text);
		return;
	}
	decide_call(rules, sdk ? NULL : s->aws, w->call, &w->needs, &f, v);
	admit_terms(s, v);
	bookrun_admit(s, v);
	if (v->effect == EFFECT_HOLD && !sdk)
		settle_hold(s, v);
}

/* ---- answering ---- */

/* Does its answer go on as it came?  The rules say so now, and those who said yes to the
 * hold were shown that they do.  What was approved beforehand (a grant, a runbook) reveals
 * nothing. */
static bool
reveals(const struct wirecall *w)
{
	const struct session *s = w->plea.s;
	const struct verdict *v = &w->plea.verdict;
	const char *approved = s->gate == GATE_SDK ? w->plea.reveals
			       : s->hold != NULL   ? hold_reveals(s->hold)
						   : "";
	char name[VERDICT_CALL];
	int n = snprintf(name, sizeof name, "%s:%s", apicall_service(w->call),
	    apicall_operation(w->call));

	return n > 0 && (size_t)n < sizeof name && v->effect == EFFECT_ALLOW &&
	       verdict_name_in(v->reveals, span_of(name)) &&
	       verdict_name_in(approved, span_of(name));
}

static void
send_says(const struct wirecall *w, enum msg_effect effect, const char *text,
    const char *hold)
{
	static const uint8_t bodies[] = { [VERDICT_BODIES_USUAL] = BODIES_USUAL,
		[VERDICT_BODIES_MASKED] = BODIES_MASKED,
		[VERDICT_BODIES_DIGEST] = BODIES_DIGEST,
		[VERDICT_BODIES_NONE] = BODIES_NONE };
	struct buf shown = session_veiled(w->plea.s, text);
	const struct msg_call_says m = { .effect = (uint8_t)effect,
		.bodies = bodies[w->plea.verdict.bodies],
		.rule = span_of(w->plea.verdict.rule),
		.text = buf_span(&shown),
		.hold = span_of(hold),
		.policy =
		    span_make(w->plea.verdict.policy, sizeof w->plea.verdict.policy),
		.decisions = span_of(w->plea.decisions),
		.masks = span_of(effect == VERDICT_ALLOW ? w->plea.verdict.masks : ""),
		.reveal = effect == VERDICT_ALLOW && reveals(w) };

	if (w->plea.s->ctl != NULL)
		(void)port_send(w->plea.s->ctl, MSG_CALL_SAYS, w->number, &m, NULL, 0);
	buf_clear(&shown);
}

static void
says(struct wirecall *w, enum msg_effect effect, const char *text)
{
	send_says(w, effect, text, w->plea.hold_id);
	if (effect != VERDICT_HOLD)
		wirecall_free(w);
}

void
wirecall_held(struct plea *p, const char *text)
{
	says(wirecall_of(p), VERDICT_HOLD, text);
}

void
wirecall_forget(struct plea *p)
{
	wirecall_free(wirecall_of(p));
}

static void
answer(struct wirecall *w)
{
	if (w->plea.verdict.effect == EFFECT_HOLD)
		plea_hold(&w->plea);
	else if (w->plea.verdict.effect == EFFECT_ALLOW)
		says(w, VERDICT_ALLOW, "");
	else
		says(w, VERDICT_DENY, w->plea.verdict.reason);
}

static void
noted(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct wirecall *w = arg;

	(void)bytes;
	(void)fd;
	if (rc == RC_OK) {
		answer(w);
		return;
	}
	log_line(LOG_ERROR, "a call's verdict was not recorded: %s", why);
	says(w, VERDICT_DENY, "the verdict could not be recorded");
}

static json_t *
resources_json(const struct iam_needs *needs)
{
	json_t *a = json_array();

	for (size_t i = 0; i < needs->n && i < RESOURCES_TOLD; i++)
		json_array_append_new(
		    a, json_pack("{s:s, s:s}", "action", needs->v[i].action, "arn",
			   needs->v[i].arn));
	return a;
}

static const char *
hold_of(const struct wirecall *w)
{
	const struct session *s = w->plea.s;

	if (w->plea.hold_id[0] != '\0')
		return w->plea.hold_id;
	return reveals(w) && s->hold != NULL ? hold_id(s->hold) : NULL;
}

/* Which rule lets its answer go unmasked, and who said yes to that. */
static bool
put_reveal(const struct wirecall *w, json_t *o)
{
	const struct session *s = w->plea.s;
	json_t *yes =
	    s->gate == GATE_SDK
		? json_loads(
		      w->plea.decisions == NULL ? "[]" : w->plea.decisions, 0, NULL)
		: hold_approvals_json(s->hold);

	if (yes == NULL || json_object_set_new(o, "reveal", json_true()) != 0 ||
	    json_object_set_new(
		o, "reveal_rule", json_string(w->plea.verdict.reveals_by)) != 0) {
		json_decref(yes);
		return false;
	}
	return json_object_set_new(o, "approvals", yes) == 0;
}

static char *
detail_text(const struct wirecall *w)
{
	const struct verdict *v = &w->plea.verdict;
	char policy[65];
	json_t *o;

	id_hex(v->policy, 32, policy);
	o = json_pack(
	    "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:s, s:s, s:s, s:s*}",
	    "call", (json_int_t)w->number, "path",
	    path_name(w->plea.s->gate == GATE_SDK ? PATH_API : PATH_EXEC), "service",
	    apicall_service(w->call), "operation", apicall_operation(w->call), "region",
	    apicall_region(w->call), "effect", effect_name(v->effect), "profile",
	    w->plea.s->profile_name, "needs", (json_int_t)w->needs.n, "resources",
	    resources_json(&w->needs), "code", v->code, "reason", v->reason, "policy",
	    policy, "hold", hold_of(w));
	if (o != NULL && reveals(w) && !put_reveal(w, o)) {
		json_decref(o);
		return NULL;
	}
	return veil_detail_take(
	    session_veil(w->plea.s), o, JSON_COMPACT | JSON_ENSURE_ASCII);
}

void
wirecall_note(struct plea *p)
{
	struct wirecall *w = wirecall_of(p);
	bool deny = w->plea.verdict.effect == EFFECT_DENY;
	char *detail = detail_text(w);
	struct keep_event e = { .kind = deny	     ? "call.denied"
					: reveals(w) ? "call.revealed"
						     : "call",
		.identity = w->plea.s->identity,
		.sid = w->plea.s->sid,
		.rule = w->plea.verdict.rule,
		.detail = detail };

	if (detail == NULL || keep_event(monitor_of(w)->keep, &e, noted, w) != RC_OK)
		noted(w, RC_FAIL, "out of memory, or no keeper", span_make(NULL, 0),
		    NULL);
	free(detail);
}

/* ---- asked ---- */

static enum rc
make_call(struct session *s, uint32_t number, struct span facts, struct wirecall **ret,
    struct err *err)
{
	struct wirecall *w;
	enum rc rc;

	if (find(s, number) != NULL)
		return err_set(err, RC_REFUSE, "call %u twice", number);
	if (s->wirecalls->n >= CALLS_AT_ONCE)
		return err_set(
		    err, RC_REFUSE, "more than %d calls at once", CALLS_AT_ONCE);
	if ((w = calloc(1, sizeof *w)) == NULL)
		return err_memory(err);
	if ((rc = apicall_read(facts, &w->call, err)) != RC_OK) {
		free(w);
		return rc;
	}
	w->plea.s = s;
	w->plea.kind = &wireheld_kind;
	w->number = number;
	w->next = s->wirecalls->first;
	s->wirecalls->first = w;
	s->wirecalls->n++;
	*ret = w;
	return RC_OK;
}

enum rc
wirecall_ask(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	clock_t begun = clock();
	struct wirecall *w = NULL;
	enum rc rc;

	(void)fds;
	if (s->state != SESSION_RUNNING || s->gate == GATE_NONE)
		return err_set(err, RC_REFUSE, "a call out of turn");
	if ((rc = make_list(s, err)) != RC_OK ||
	    (rc = make_call(s, id, m->call_ask.facts, &w, err)) != RC_OK)
		return rc;
	wirecall_judge(&w->plea, &w->plea.verdict);
	/* What is held counts when people are asked (wireheld.c): a client that comes
	 * back for its approval has been counted.  A command's calls are part of one
	 * that was. */
	if (s->gate == GATE_SDK && w->plea.verdict.effect == EFFECT_ALLOW)
		(void)admit_rates(s, true, &w->plea.verdict, &s->retry_after);
	/* That an answer goes on unmasked is known before it does. */
	if (s->gate == GATE_COMMAND && w->plea.verdict.effect == EFFECT_ALLOW &&
	    !reveals(w))
		answer(w);
	else
		wirecall_note(&w->plea);
	flood_count(
	    &s->wirecalls->flood, (uint64_t)(clock() - begun) * 1000 / CLOCKS_PER_SEC);
	return RC_OK;
}

/* The answer may have been on its way: then nothing is left to forget. */
enum rc
wirecall_gone(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	struct wirecall *w = find(s, id);
	enum rc rc;

	(void)m;
	(void)fds;
	if (s->state != SESSION_RUNNING || s->gate == GATE_NONE)
		return RC_OK;
	if ((rc = make_list(s, err)) != RC_OK)
		return rc;
	if (w != NULL)
		wirecall_free(w);
	flood_count(&s->wirecalls->flood, 0);
	return RC_OK;
}
