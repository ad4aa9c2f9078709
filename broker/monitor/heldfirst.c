/* What comes before a hold: whether people said no to the same just now, whether they are
 * asked about it already, whether a grant covers it, and what AWS says it would touch.
 *
 * Each of these may take a while, in which the asker may go and the rules may change. */
#include <jansson.h>
#include <string.h>

#include "broker/monitor/grants.h"
#include "broker/monitor/preview.h"
#include "broker/monitor/session_parts.h"
#include "lib/base/log.h"
#include "lib/model/status.h"
#include "policies/decide.h"

bool
heldfirst_denied(struct session *s)
{
	uint8_t digest[HOLD_DIGEST];
	struct err err = { "" };
	uint64_t ago = 0;
	const char *by = "";

	return s->verdict.effect == EFFECT_HOLD && !heldfacts_stages(s) &&
	       heldfacts_digest(s, digest, &err) == RC_OK &&
	       holds_denied(session_monitor(s)->holds, s->identity, digest, &ago, &by);
}

static struct hold *
left_before(const struct session *s, const uint8_t digest[HOLD_DIGEST])
{
	return holds_left(session_monitor(s)->holds, s->identity, digest, &s->verdict);
}

bool
heldfirst_again(struct session *s)
{
	uint8_t digest[HOLD_DIGEST];
	struct err err = { "" };

	return s->verdict.effect == EFFECT_HOLD && !heldfacts_stages(s) &&
	       heldfacts_digest(s, digest, &err) == RC_OK &&
	       left_before(s, digest) != NULL;
}

/* ---- the preview ---- */

static void
previewed(void *arg, json_t *preview)
{
	struct session *s = arg;

	s->preview = NULL;
	json_decref(s->previewed);
	s->previewed = preview;
	held_open(s);
}

static void
begin_preview(struct session *s)
{
	struct monitor *m = session_monitor(s);
	const struct preview_ask ask = {
		.aws = s->aws,
		.profile = config_profile(m->rules.config, span_of(s->profile_name)),
		.region = s->region,
		.identity = s->identity,
		.sid = s->sid,
		.rule = s->verdict.rule,
		.done = previewed,
		.arg = s,
	};
	struct preview *p = NULL;

	/* Nobody is asked about what has nowhere to run any more; and what a line does
	 * on a target, AWS cannot tell. */
	if (s->aws == NULL || m->previews == NULL || ask.profile == NULL) {
		held_open(s);
		return;
	}
	s->state = SESSION_PREVIEW;
	preview_begin(m->previews, &ask, &p);
	/* Without one, s has gone on already, and may be gone. */
	if (p != NULL)
		s->preview = p;
}

/* ---- one that was left ---- */

/* Who asks the same again, after a connection that broke or in place of waiting, is where
 * it was: people are asked once, and an approval that is there is used.  A hold that a
 * caller waits for is that caller's alone. */
static void
begin_hold(struct session *s)
{
	struct hold *h = left_before(s, s->digest);

	if (h != NULL)
		held_take(s, h);
	else
		begin_preview(s);
}

/* ---- a grant ---- */

static void
forget_grant(struct session *s)
{
	s->granted[0] = '\0';
	json_decref(s->grant_approvals);
	s->grant_approvals = NULL;
}

/* A reload that came while the use was being recorded is heeded, and anything that it
 * changed for a hold is another question. */
static bool
may_still_run(struct session *s)
{
	uint8_t digest[HOLD_DIGEST];
	struct err err = { "" };
	struct verdict now;

	if (heldfacts_digest(s, digest, &err) != RC_OK ||
	    memcmp(digest, s->digest, sizeof digest) != 0) {
		tell_refusal(s, STATUS_DENIED, "denied", s->verdict.rule,
		    "the profile has changed in this moment; ask again");
		return false;
	}
	ask_judge(s, &now);
	if (now.effect == EFFECT_HOLD &&
	    memcmp(now.policy, s->verdict.policy, sizeof now.policy) != 0) {
		tell_refusal(s, STATUS_DENIED, "denied", now.rule,
		    "the rules have changed in this moment; ask again");
		return false;
	}
	if (now.effect == EFFECT_DENY) {
		s->verdict = now;
		tell_denial(s);
		return false;
	}
	held_terms(s, &now);
	return true;
}

static void
grant_used(void *arg, enum rc rc, const char *why)
{
	struct session *s = arg;

	s->state = SESSION_ASKED;
	if (rc == RC_REFUSE) { /* it ended, or others have used it up */
		forget_grant(s);
		begin_hold(s);
		return;
	}
	if (rc != RC_OK) {
		log_line(LOG_ERROR, "grant %s: not used: %s", s->granted, why);
		forget_grant(s);
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the use of a grant could not be recorded; nothing ran");
		return;
	}
	if (!may_still_run(s))
		return;
	heldtell_granted(s);
	leasing_begin(s);
}

static void
put_names(struct buf *out, const json_t *approvals)
{
	json_t *one;
	size_t i;

	json_array_foreach(approvals, i, one)
	{
		const char *name = json_string_value(json_object_get(one, "name"));

		if (name == NULL)
			continue;
		if (out->len > 0)
			buf_text(out, " and ");
		buf_text(out, name);
	}
}

static void
use_grant(struct session *s, struct grant *g)
{
	struct buf by;

	if (session_crowded(s)) {
		tell_refusal(s, STATUS_HELD, "busy", NULL,
		    "too many commands run now; nothing ran, try again");
		return;
	}
	span_copy(span_of(grant_id(g)), s->granted, sizeof s->granted);
	s->grant_left = grant_left(g) > 0 ? grant_left(g) - 1 : 0;
	json_decref(s->grant_approvals);
	s->grant_approvals = grant_approvals_json(g);
	buf_init(&by, sizeof s->grant_by - 1);
	put_names(&by, s->grant_approvals);
	span_copy(buf_span(&by), s->grant_by, sizeof s->grant_by);
	buf_clear(&by);
	s->state = SESSION_USING;
	grant_use(g, grant_used, s);
}

/* ---- the order of things ---- */

void
heldfirst_staged(struct session *s)
{
	struct monitor *m = session_monitor(s);
	struct err err = { "" };
	struct grant *g = NULL;
	const struct hold *h;
	uint64_t ago = 0;
	const char *by = "";

	if (heldfacts_digest(s, s->digest, &err) != RC_OK) {
		log_line(LOG_ERROR, "cannot hold: %s", err.text);
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be made; nothing ran");
		return;
	}
	if (holds_denied(m->holds, s->identity, s->digest, &ago, &by)) {
		heldtell_lately(s, ago, by);
		return;
	}
	/* An approval is for this alone, a grant for more: it is used first. */
	h = left_before(s, s->digest);
	if (m->grants != NULL && (h == NULL || hold_state(h) != HOLD_APPROVED))
		g = grants_find(
		    m->grants, s->identity, &s->verdict, s->digest, s->command.reason);
	if (g != NULL)
		use_grant(s, g);
	else
		begin_hold(s);
}

void
heldfirst_begin(struct session *s)
{
	if (heldfacts_stages(s))
		staging_begin(s);
	else
		heldfirst_staged(s);
}

void
heldfirst_stop(struct session *s)
{
	struct monitor *m = session_monitor(s);

	preview_cancel(s->preview);
	s->preview = NULL;
	if (m->grants != NULL)
		grants_forget(m->grants, s);
}
