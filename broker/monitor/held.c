/* A session that is held: people are asked, and what they say is acted on.
 *
 * The hold is durable before anybody is asked, and the approval spent before anything
 * runs.  A caller that leaves, or waits no longer, leaves the hold behind, unless its
 * rule says otherwise. */
#include <jansson.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/log.h"
#include "lib/model/status.h"

bool
held_cancels(const struct session *s)
{
	return (s->verdict.asks & VERDICT_ASK_CANCEL) != 0;
}

void
held_leave(struct session *s)
{
	struct hold *h = s->hold;

	s->hold = NULL;
	if (h == NULL)
		return;
	if (held_cancels(s))
		hold_close(h);
	else
		hold_leave(h);
}

/* ---- approved ---- */

/* It runs under the rules as they are now, whatever they let it do when people were
 * asked. */
void
held_terms(struct session *s, const struct verdict *now)
{
	struct verdict *v = &s->verdict;

	v->scope = now->scope;
	v->lease_seconds = now->lease_seconds;
	v->run_ms = now->run_ms;
	v->output_bytes = now->output_bytes;
	memcpy(v->masks, now->masks, sizeof v->masks);
	memcpy(v->policy, now->policy, sizeof v->policy);
}

/* No reload voids a hold: what may not run now may run when the rules say so again. */
static void
refuse_now(struct session *s, const struct verdict *now, const char *why)
{
	heldtell_quiet(s);
	held_leave(s);
	if (why == NULL) {
		s->verdict = *now;
		tell_denial(s);
	} else
		tell_refusal(s, STATUS_DENIED, "denied",
		    now == NULL ? s->verdict.rule : now->rule, why);
}

bool
held_is_same(const struct session *s, const struct hold *h)
{
	uint8_t now[HOLD_DIGEST];
	struct err err = { "" };

	return heldfacts_digest(s, now, &err) == RC_OK && hold_binds(h, now) &&
	       strcmp(s->canon, hold_canon(h)) == 0;
}

/* Digest and policy are looked at once more: a reload may have come at any time since
 * people were asked.  False when that was a refusal. */
static bool
may_still_run(struct session *s)
{
	struct verdict now;

	if (!held_is_same(s, s->hold)) {
		refuse_now(s, NULL,
		    "the profile has changed since people were asked; ask again");
		return false;
	}
	ask_judge(s, &now);
	if (now.effect == EFFECT_HOLD && !hold_suffices(s->hold, &now)) {
		refuse_now(s, &now, "the rule asks for other approvals now; ask again");
		return false;
	}
	if (now.effect != EFFECT_HOLD && now.effect != EFFECT_ALLOW) {
		refuse_now(s, &now, NULL);
		return false;
	}
	if (now.effect == EFFECT_HOLD && (now.asks & VERDICT_ASK_HASHED) &&
	    ask_reads(s) && !s->staged) {
		refuse_now(s, &now,
		    "the rule wants its input to be approved with it now; ask again");
		return false;
	}
	held_terms(s, &now);
	return true;
}

static void
spent(void *arg, enum rc rc, const char *why)
{
	struct session *s = arg;

	if (rc == RC_REFUSE) {
		held_leave(s); /* its end by time is on its way, and is what it is */
		tell_refusal(s, STATUS_DENIED, "denied", s->verdict.rule,
		    "the approval is used, or its time is over; nothing ran");
		return;
	}
	if (rc != RC_OK) {
		log_line(LOG_ERROR, "hold %s: not spent: %s", hold_id(s->hold), why);
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the approval could not be recorded as used; nothing ran");
		return;
	}
	if (!may_still_run(s))
		return;
	heldtell_approved(s);
	leasing_begin(s);
}

/* People said yes: only what may still run spends it. */
static void
approved(struct session *s)
{
	if (!may_still_run(s))
		return;
	s->state = SESSION_SPENDING;
	hold_spend(s->hold, spent);
}

/* ---- what people say ---- */

static void
hold_settled(void *arg, enum hold_state state, const char *by, const char *reason)
{
	struct session *s = arg;

	timer_stop(s->patience);
	switch (state) {
	case HOLD_APPROVED:
		approved(s);
		break;
	case HOLD_DENIED:
		heldtell_denied(s, by, reason);
		break;
	case HOLD_EXPIRED:
		heldtell_expired(s);
		break;
	default:
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be recorded; nothing ran");
	}
}

/* It is durable, and s waits for it. */
static void
wait_for(struct session *s)
{
	s->state = SESSION_HELD;
	if (s->command.wait_ms == 0) {
		heldtell_later(s, s->hold, "not waited for");
		return;
	}
	heldtell_held(s);
	if (s->command.wait_ms != UINT64_MAX)
		timer_set(s->patience, s->command.wait_ms);
}

static void
hold_opened(void *arg, enum rc rc, const char *why)
{
	struct session *s = arg;

	if (rc == RC_OK) {
		wait_for(s);
		return;
	}
	log_line(LOG_ERROR, "a hold was not recorded: %s", why);
	s->hold = NULL; /* it frees itself */
	tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
	    "the hold could not be recorded; nothing ran");
}

static void
patience_over(void *arg)
{
	struct session *s = arg;

	if (s->state == SESSION_STAGING)
		tell_refusal(s, STATUS_HELD, "expired", s->verdict.rule,
		    "its input did not end in time; nobody was asked, nothing ran");
	else if (s->state == SESSION_HELD && held_cancels(s))
		tell_refusal(s, STATUS_HELD, "expired", s->verdict.rule,
		    "not approved in the time you were ready to wait; nothing ran");
	else if (s->state == SESSION_HELD)
		heldtell_later(s, s->hold,
		    "not approved in the time you were ready to wait; nothing ran");
}

bool
held_patience(struct session *s, uint64_t ms)
{
	if (s->patience == NULL)
		s->patience = loop_timer(session_monitor(s)->loop, patience_over, s);
	if (s->patience == NULL)
		return false;
	if (ms != UINT64_MAX)
		timer_set(s->patience, ms);
	return true;
}

/* ---- a hold of its own ---- */

static struct hold_init
init_of(struct session *s, const json_t *request)
{
	return (struct hold_init){ .path = path_name(ask_path(s)),
		.request = request,
		.cancel_on_disconnect = held_cancels(s),
		.identity = s->identity,
		.owner = s->owner,
		.key = s->key,
		.source = s->source,
		.profile = s->profile_name,
		.canon = s->canon,
		.reason = s->command.reason,
		.digest = s->digest,
		.verdict = &s->verdict,
		.decide_ms = session_monitor(s)->rules.config->holds.decide,
		.opened = hold_opened,
		.settled = hold_settled,
		.arg = s };
}

void
held_open(struct session *s)
{
	json_t *request = heldfacts_request(s);
	struct hold_init init = init_of(s, request);
	struct err err = { "" };
	enum rc rc = RC_FAIL;

	s->state = SESSION_HELD;
	if (request == NULL || !held_patience(s, UINT64_MAX))
		err_memory(&err);
	else
		rc = hold_open(session_monitor(s)->holds, &init, &s->hold, &err);
	json_decref(request);
	if (rc == RC_WAIT)
		tell_refusal(s, STATUS_HELD, "held", s->verdict.rule,
		    "you have too many open holds; withdraw one or wait");
	else if (rc != RC_OK) {
		log_line(LOG_ERROR, "cannot hold: %s", err.text);
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be made; nothing ran");
	}
}

/* Such a hold ends with its caller's connection: nobody could use a yes. */
static void
not_waited(struct session *s)
{
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_text(&b, "needs ");
	tell_needs(&b, &s->verdict);
	buf_text(&b, "; not waited for, so nobody was asked");
	tell_refusal(s, STATUS_HELD, "held", s->verdict.rule, buf_cstr(&b));
	buf_clear(&b);
}

void
held_begin(struct session *s)
{
	if (s->command.wait_ms == 0 && held_cancels(s))
		not_waited(s);
	else
		heldfirst_begin(s);
}

/* ---- one that is there ---- */

/* Another channel waits for it: it is told, and waits no longer. */
static bool
free_of_others(struct session *s, struct hold *h)
{
	for (struct session *o = session_first(s->all); o != NULL; o = o->next) {
		if (o == s || o->hold != h)
			continue;
		if (o->state != SESSION_HELD)
			return false;
		o->hold = NULL; /* also where it would cancel: it is not given up */
		hold_leave(h);
		heldtell_later(o, h, "it is waited for on another connection now");
		return true;
	}
	return true;
}

void
held_take(struct session *s, struct hold *h)
{
	struct hold_init init;

	memcpy(s->digest, hold_digest_of(h), sizeof s->digest);
	init = init_of(s, NULL);
	if (!held_patience(s, UINT64_MAX))
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "out of memory; nothing ran");
	else if (!free_of_others(s, h) || !hold_take_over(h, &init))
		tell_refusal(s, STATUS_DENIED, "spent", s->verdict.rule,
		    "its approval is being used already; nothing ran");
	else {
		s->hold = h;
		if (hold_state(h) == HOLD_APPROVED)
			approved(s);
		else
			wait_for(s);
	}
}
