/* An SDK's call that is held: it waits for people as long as its client does.
 *
 * A client that gives up leaves the hold behind; the same call, asked again, finds it,
 * whatever has been said meanwhile.  The approval is spent before the call goes out, by
 * one call. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "broker/monitor/calltext.h"
#include "broker/monitor/wirecall_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

/* What people are asked about.  A call whose values are not all known is bound to this
 * one request: nobody may put others in their place later. */
static enum rc
call_text(const struct wirecall *w, struct buf *out, bool *whole, struct err *err)
{
	enum rc rc = calltext_put(w->call, out, whole, err);

	if (rc == RC_OK && !*whole)
		buf_printf(out, " (not reviewed: ?; call %u of %s)", w->number,
		    w->s->sid_text);
	return rc;
}

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static enum rc
digest_of(const struct wirecall *w, const char *text, bool whole,
    uint8_t ret[HOLD_DIGEST], struct err *err)
{
	const struct session *s = w->s;
	struct hold_facts f = {
		.identity = span_of(s->identity),
		.profile = span_of(s->profile_name),
		.role = span_of(s->target.role),
		.account = span_of(s->target.account),
		.region = span_of(apicall_region(w->call)),
		.path = span_of("api"),
		.canon = span_of(text),
		.stdin_kind = whole ? HOLD_STDIN_NONE : HOLD_STDIN_UNREVIEWED,
	};

	return hold_digest(&f, ret, err);
}

/* A deny from here on, whatever it was. */
static void
deny(struct wirecall *w, const char *code, const char *why)
{
	admit_deny(&w->verdict, code, "%s", why);
	wirecall_note(w);
}

/* What people said, for the recording: each yes, and what ended it otherwise. */
static void
note_decisions(struct wirecall *w, const char *decision, const char *by,
    const char *proof, const char *reason)
{
	json_t *all = hold_approvals_json(w->hold);
	char at[21];

	clock_iso(clock_wall_ms(), at);
	if (decision != NULL)
		json_array_append_new(
		    all, json_pack("{s:s, s:s*, s:s*, s:s*, s:s}", "decision", decision,
			     "name", given(by), "proof", given(proof), "reason",
			     given(reason), "time", at));
	free(w->decisions);
	w->decisions = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);
	json_decref(all);
}

/* The hold has ended: it is nobody's any more. */
static void
drop_hold(struct wirecall *w)
{
	hold_close(w->hold);
	w->hold = NULL;
}

/* ---- approved ---- */

/* Judged once more, since a reload may have come at any time.  False: it is denied. */
static bool
may_still_go(struct wirecall *w)
{
	struct verdict now;

	wirecall_judge(w, &now);
	if (now.effect == EFFECT_ALLOW ||
	    (now.effect == EFFECT_HOLD && hold_suffices(w->hold, &now))) {
		w->verdict = now;
		return true;
	}
	drop_hold(w);
	if (now.effect == EFFECT_HOLD)
		deny(w, "rule", "the rule asks for other approvals now; ask again");
	else {
		w->verdict = now;
		wirecall_note(w);
	}
	return false;
}

static void
spent(void *arg, enum rc rc, const char *why)
{
	struct wirecall *w = arg;

	if (rc != RC_OK) {
		log_line(LOG_ERROR, "hold %s: not spent: %s", w->hold_id, why);
		drop_hold(w);
		deny(w, "internal", "the approval could not be recorded as used");
		return;
	}
	if (!may_still_go(w))
		return;
	drop_hold(w);
	w->verdict.effect = EFFECT_ALLOW;
	w->verdict.n_needs = 0;
	wirecall_note(w);
}

/* A session that ends takes no approval with it: a retry may still use it. */
static void
approved(struct wirecall *w)
{
	if (w->s->stopping) {
		wirecall_free(w);
		return;
	}
	note_decisions(w, NULL, "", "", "");
	if (may_still_go(w))
		hold_spend(w->hold, spent);
}

/* ---- the hold ---- */

static void
settled(void *arg, enum hold_state state, const char *by, const char *reason)
{
	struct wirecall *w = arg;
	char text[VERDICT_REASON];

	if (state == HOLD_APPROVED) {
		approved(w);
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
		note_decisions(w, state == HOLD_DENIED ? "denied" : "expired", by,
		    hold_proof(w->hold), reason);
	drop_hold(w);
	deny(w, state == HOLD_DENIED || state == HOLD_EXPIRED ? "rule" : "internal",
	    text);
}

static void
say_held(struct wirecall *w)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "held: %s needs ", w->hold_id);
	tell_needs(&b, &w->verdict);
	if (!buf_ok(&b)) { /* people are shown who may decide, too */
		buf_reset(&b);
		buf_printf(&b, "held: %s", w->hold_id);
	}
	wirecall_says(w, VERDICT_HOLD, buf_cstr(&b));
	buf_clear(&b);
}

static void
opened(void *arg, enum rc rc, const char *why)
{
	struct wirecall *w = arg;

	if (rc == RC_OK) {
		say_held(w);
		return;
	}
	log_line(LOG_ERROR, "a hold was not recorded: %s", why);
	w->hold = NULL; /* it frees itself */
	w->hold_id[0] = '\0';
	deny(w, "internal", "the hold could not be recorded");
}

/* The same was asked again, and waits in this one's place. */
static void
joined(void *arg)
{
	struct wirecall *w = arg;

	w->hold = NULL;
	deny(w, "rule", "the same call was asked again, and waits in its place");
}

/* People said no to the same call just now: they are not asked again. */
static bool
denied_lately(struct wirecall *w, const struct hold_init *init)
{
	uint64_t ago = 0;
	const char *by = "";
	struct buf text;

	if (!holds_denied(session_monitor(w->s)->holds, init->identity, init->digest,
		&ago, &by))
		return false;
	buf_init(&text, VERDICT_REASON);
	buf_printf(&text, "denied by %s ", by);
	tell_duration(&text, ago / 1000 * 1000);
	buf_text(&text, " ago, so nobody was asked");
	deny(w, "lately", buf_cstr(&text));
	buf_clear(&text);
	return true;
}

static void
join_or_open(struct wirecall *w, const struct hold_init *init)
{
	struct holds *holds = session_monitor(w->s)->holds;
	struct err err = { "" };
	enum rc rc = RC_OK;

	if ((w->hold = hold_join(holds, init)) == NULL) {
		if (denied_lately(w, init))
			return;
		if (!admit_rates(w->s, true, &w->verdict, &w->s->retry_after)) {
			wirecall_note(w);
			return;
		}
		rc = hold_open(holds, init, &w->hold, &err);
	}
	if (rc != RC_OK) {
		w->hold = NULL;
		deny(w, rc == RC_WAIT ? "limit" : "internal",
		    rc == RC_WAIT ? "you have too many open holds"
				  : "the hold could not be made");
		return;
	}
	snprintf(w->hold_id, sizeof w->hold_id, "%s", hold_id(w->hold));
	if (hold_state(w->hold) == HOLD_PENDING)
		say_held(w);
	else if (hold_state(w->hold) == HOLD_APPROVED)
		approved(w);
}

void
wireheld_begin(struct wirecall *w)
{
	struct session *s = w->s;
	uint8_t digest[HOLD_DIGEST];
	struct hold_init init = { .path = "api",
		.identity = s->identity,
		.owner = s->owner,
		.key = s->key,
		.source = s->source,
		.profile = s->profile_name,
		.reason = "",
		.digest = digest,
		.verdict = &w->verdict,
		.decide_ms = session_monitor(s)->rules.config->holds.decide,
		.opened = opened,
		.settled = settled,
		.joined = joined,
		.arg = w };
	struct err err = { "" };
	bool whole = false;
	struct buf text;

	buf_init(&text, CALLTEXT_MAX + 256);
	if (call_text(w, &text, &whole, &err) != RC_OK || !buf_ok(&text) ||
	    digest_of(w, buf_cstr(&text), whole, digest, &err) != RC_OK)
		deny(w, err.text[0] != '\0' ? "limit" : "internal",
		    err.text[0] != '\0' ? err.text : "out of memory");
	else {
		init.canon = buf_cstr(&text);
		join_or_open(w, &init);
	}
	buf_clear(&text);
}
