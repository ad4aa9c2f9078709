/* From a verdict of hold to a yes or a no, in the midst of a session; see plea.h. */
#include "broker/monitor/plea.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/grants.h"
#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define CANON_ROOM (1u << 17) /* more than any kind puts */

static struct monitor *
monitor_of(const struct plea *p)
{
	return session_monitor(p->s);
}

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* A deny from here on, whatever it was. */
static void
deny(struct plea *p, const char *code, const char *why)
{
	admit_deny(&p->verdict, code, "%s", why);
	p->kind->note(p);
}

/* The hold has ended: it is nobody's any more. */
static void
drop_hold(struct plea *p)
{
	hold_close(p->hold);
	p->hold = NULL;
}

static void
set_decisions_take(struct plea *p, json_t *all)
{
	free(p->decisions);
	p->decisions = veil_detail_take(session_veil(p->s), all, JSON_COMPACT);
}

/* What people said, for the recording: each yes, and what ended it otherwise. */
static void
note_decisions(struct plea *p, const char *decision, const char *by, const char *proof,
    const char *reason)
{
	json_t *all = hold_approvals_json(p->hold);
	char at[21];

	clock_iso(clock_wall_ms(), at);
	if (decision != NULL)
		json_array_append_new(
		    all, json_pack("{s:s, s:s*, s:s*, s:s*, s:s}", "decision", decision,
			     "name", given(by), "proof", given(proof), "reason",
			     given(reason), "time", at));
	set_decisions_take(p, all);
}

/* ---- approved ---- */

static bool
is_bound(struct plea *p)
{
	uint8_t digest[HOLD_DIGEST];
	struct err err = { "" };
	struct buf canon;
	bool bound;

	buf_init(&canon, CANON_ROOM);
	bound = p->kind->bind(p, &canon, digest, &err) == RC_OK && buf_ok(&canon) &&
		hold_binds(p->hold, digest);
	buf_clear(&canon);
	return bound;
}

/* What may go although it was held: it is allowed by now, or what was shown is what would
 * go, and those who said yes are enough.  False: it is denied. */
static bool
may_still_go(struct plea *p)
{
	struct verdict now;
	bool enough;

	p->kind->judge(p, &now);
	enough =
	    now.effect == EFFECT_ALLOW ||
	    (now.effect == EFFECT_HOLD && hold_suffices(p->hold, &now) && is_bound(p));
	p->verdict = now;
	if (enough)
		return true;
	drop_hold(p);
	if (now.effect == EFFECT_HOLD)
		deny(p, "rule", "the rule asks for other approvals now; ask again");
	else
		p->kind->note(p);
	return false;
}

static void
let_go(struct plea *p)
{
	p->verdict.effect = EFFECT_ALLOW;
	p->verdict.n_needs = 0;
	p->kind->note(p);
}

static void
spent(void *arg, enum rc rc, const char *why)
{
	struct plea *p = arg;

	if (rc != RC_OK) {
		log_line(LOG_ERROR, "hold %s: not spent: %s", p->hold_id, why);
		drop_hold(p);
		deny(p, "internal", "the approval could not be recorded as used");
		return;
	}
	if (!may_still_go(p))
		return;
	drop_hold(p);
	let_go(p);
}

/* A session that ends takes no approval with it: a retry may still use it. */
static void
approved(struct plea *p)
{
	if (p->s->stopping) {
		p->kind->forget(p);
		return;
	}
	note_decisions(p, NULL, "", "", "");
	span_copy(span_of(hold_reveals(p->hold)), p->reveals, sizeof p->reveals);
	if (may_still_go(p))
		hold_spend(p->hold, spent);
}

/* ---- the hold ---- */

static void
settled(void *arg, enum hold_state state, const char *by, const char *reason)
{
	struct plea *p = arg;
	char text[VERDICT_REASON];

	if (state == HOLD_APPROVED) {
		approved(p);
		return;
	}
	if (state == HOLD_DENIED)
		snprintf(text, sizeof text, "denied by %s%s%s", by,
		    reason[0] != '\0' ? ": " : "", reason);
	else
		snprintf(text, sizeof text, "%s",
		    state == HOLD_EXPIRED ? "nobody decided in time"
					  : "the hold could not be recorded");
	if (state == HOLD_DENIED || state == HOLD_EXPIRED)
		note_decisions(p, state == HOLD_DENIED ? "denied" : "expired", by,
		    hold_proof(p->hold), reason);
	drop_hold(p);
	deny(p, state == HOLD_DENIED || state == HOLD_EXPIRED ? "rule" : "internal",
	    text);
}

static void
say_held(struct plea *p)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "held: %s needs ", p->hold_id);
	tell_needs(&b, &p->verdict);
	if (!buf_ok(&b)) { /* people are shown who may decide, too */
		buf_reset(&b);
		buf_printf(&b, "held: %s", p->hold_id);
	}
	p->kind->held(p, buf_cstr(&b));
	buf_clear(&b);
}

static void
opened(void *arg, enum rc rc, const char *why)
{
	struct plea *p = arg;

	if (rc == RC_OK) {
		say_held(p);
		return;
	}
	log_line(LOG_ERROR, "a hold was not recorded: %s", why);
	p->hold = NULL; /* it frees itself */
	p->hold_id[0] = '\0';
	deny(p, "internal", "the hold could not be recorded");
}

/* The same was asked again, and waits in this one's place. */
static void
joined(void *arg)
{
	struct plea *p = arg;
	char text[VERDICT_REASON];

	p->hold = NULL;
	snprintf(text, sizeof text,
	    "the same %s was asked again, and waits in its place", p->kind->what);
	deny(p, "rule", text);
}

/* People said no to the same just now: they are not asked again. */
static bool
denied_lately(struct plea *p, const struct hold_init *init)
{
	uint64_t ago = 0;
	const char *by = "";
	struct buf text;

	if (!holds_denied(
		monitor_of(p)->holds, init->identity, init->digest, &ago, &by))
		return false;
	buf_init(&text, VERDICT_REASON);
	buf_printf(&text, "denied by %s ", by);
	tell_duration(&text, ago / 1000 * 1000);
	buf_text(&text, " ago, so nobody was asked");
	deny(p, "lately", buf_cstr(&text));
	buf_clear(&text);
	return true;
}

static void
join_or_open(struct plea *p, const struct hold_init *init)
{
	struct holds *holds = monitor_of(p)->holds;
	struct err err = { "" };
	enum rc rc = RC_OK;

	if ((p->hold = hold_join(holds, init)) == NULL) {
		if (denied_lately(p, init))
			return;
		if (!admit_rates(p->s, true, &p->verdict, &p->s->retry_after)) {
			p->kind->note(p);
			return;
		}
		rc = hold_open(holds, init, &p->hold, &err);
	}
	if (rc != RC_OK) {
		p->hold = NULL;
		deny(p, rc == RC_WAIT ? "limit" : "internal",
		    rc == RC_WAIT ? "you have too many open holds"
				  : "the hold could not be made");
		return;
	}
	snprintf(p->hold_id, sizeof p->hold_id, "%s", hold_id(p->hold));
	if (hold_state(p->hold) == HOLD_PENDING)
		say_held(p);
	else if (hold_state(p->hold) == HOLD_APPROVED)
		approved(p);
}

/* ---- a grant ---- */

/* A reload that came while the use was being recorded, and that leaves it held, asks
 * another question than the grant was found for. */
static void
granted(void *arg, enum rc rc, const char *why)
{
	struct plea *p = arg;
	struct verdict now;
	bool same;

	if (rc != RC_OK) {
		log_line(LOG_ERROR, "grant %s: not used: %s", p->hold_id, why);
		p->hold_id[0] = '\0';
		set_decisions_take(p, NULL);
		deny(p, rc == RC_REFUSE ? "rule" : "internal",
		    rc == RC_REFUSE ? "its grant has ended in this moment; ask again"
				    : "the use of a grant could not be recorded");
		return;
	}
	p->kind->judge(p, &now);
	same = memcmp(now.policy, p->verdict.policy, sizeof now.policy) == 0;
	p->verdict = now;
	if (now.effect == EFFECT_DENY)
		p->kind->note(p);
	else if (now.effect == EFFECT_HOLD && !same)
		deny(p, "rule", "the rules have changed in this moment; ask again");
	else
		let_go(p);
}

/* An approval is for this alone, a grant for more: an approval is used first. */
static bool
use_grant(struct plea *p, const struct hold_init *init)
{
	struct monitor *m = monitor_of(p);
	const struct hold *h;
	struct grant *g;

	if (!p->kind->grants || m->grants == NULL)
		return false;
	h = holds_left(m->holds, init->identity, init->digest, &p->verdict);
	if ((h != NULL && hold_state(h) == HOLD_APPROVED) ||
	    (g = grants_find(m->grants, init->identity, &p->verdict, init->digest,
		 init->reason)) == NULL)
		return false;
	snprintf(p->hold_id, sizeof p->hold_id, "%s", grant_id(g));
	set_decisions_take(p, grant_approvals_json(g));
	grant_use(g, granted, p);
	return true;
}

/* ---- the order of things ---- */

static void
begin(struct plea *p, struct hold_init *init)
{
	json_t *request = p->kind->request == NULL ? NULL : p->kind->request(p);

	init->request = json_object_size(request) > 0 ? request : NULL;
	if (p->kind->request != NULL && request == NULL)
		deny(p, "internal", "out of memory");
	else if (!use_grant(p, init))
		join_or_open(p, init);
	json_decref(request);
}

void
plea_hold(struct plea *p)
{
	struct session *s = p->s;
	uint8_t digest[HOLD_DIGEST];
	struct hold_init init = { .path = p->kind->path,
		.cancel_on_disconnect = (p->verdict.asks & VERDICT_ASK_CANCEL) != 0,
		.identity = s->identity,
		.owner = s->owner,
		.key = s->key,
		.source = s->source,
		.profile = s->profile_name,
		.reason = s->command.reason,
		.digest = digest,
		.verdict = &p->verdict,
		.decide_ms = monitor_of(p)->rules.config->holds.decide,
		.opened = opened,
		.settled = settled,
		.joined = joined,
		.arg = p };
	struct err err = { "" };
	struct buf canon;
	enum rc rc;

	buf_init(&canon, CANON_ROOM);
	rc = p->kind->bind(p, &canon, digest, &err);
	if (rc != RC_OK || !buf_ok(&canon))
		deny(p, rc == RC_REFUSE ? "limit" : "internal",
		    rc == RC_REFUSE ? err.text : "the hold could not be made");
	else {
		init.canon = buf_cstr(&canon);
		begin(p, &init);
	}
	buf_clear(&canon);
}

void
plea_withdraw(struct plea *p)
{
	hold_withdraw(p->hold);
	p->hold = NULL;
}

void
plea_clear(struct plea *p)
{
	struct monitor *m = monitor_of(p);

	if (m->grants != NULL)
		grants_forget(m->grants, p);
	/* Somebody may come back for it, but where a rule says otherwise. */
	if (p->verdict.asks & VERDICT_ASK_CANCEL)
		hold_close(p->hold);
	else
		hold_leave(p->hold);
	p->hold = NULL;
	free(p->decisions);
	p->decisions = NULL;
}
