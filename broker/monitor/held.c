/* A session that is held: people are asked, and what they say is acted on.
 *
 * The hold is durable before anybody is asked, and the approval spent before anything
 * runs. */
#include <jansson.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/log.h"
#include "lib/model/notice.h"
#include "lib/model/status.h"

/* "alice and carol": all who said yes. */
static void
put_approvers(struct buf *out, const struct hold *h)
{
	json_t *names = hold_approvers_json(h), *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		if (i > 0)
			buf_text(out, " and ");
		buf_text(out, json_string_value(name));
	}
	json_decref(names);
}

static enum rc
digest_of(const struct session *s, uint8_t ret[HOLD_DIGEST], struct err *err)
{
	const struct profile *p =
	    config_profile(session_monitor(s)->rules.config, span_of(s->profile_name));
	struct hold_facts f = {
		.identity = span_of(s->identity),
		.profile = span_of(s->profile_name),
		.role = span_of(p == NULL ? "" : p->role),
		.account = span_of(p == NULL ? "" : p->account),
		.region = span_of(s->region),
		.path = span_of("exec"),
		.canon = span_of(s->canon),
		.stdin_kind = ask_reads(s) ? HOLD_STDIN_UNREVIEWED : HOLD_STDIN_NONE,
		.reason = span_of(s->command.reason),
	};

	return hold_digest(&f, ret, err);
}

/* True while what would run is what people were shown: a reload may have given the
 * profile another role or account. */
static bool
still_the_same(const struct session *s)
{
	uint8_t now[HOLD_DIGEST];
	struct err err = { "" };

	return digest_of(s, now, &err) == RC_OK && hold_binds(s->hold, now);
}

/* It runs under the rules as they are now, whatever they let it do when people were
 * asked. */
static void
take_terms(struct session *s, const struct verdict *now)
{
	struct verdict *v = &s->verdict;

	v->scope = now->scope;
	v->lease_seconds = now->lease_seconds;
	v->run_ms = now->run_ms;
	v->output_bytes = now->output_bytes;
	memcpy(v->policy, now->policy, sizeof v->policy);
}

/* Digest and policy are looked at once more: a reload may have come at any time since
 * people were asked.  False when that was a refusal. */
static bool
may_still_run(struct session *s)
{
	struct verdict now;

	if (!still_the_same(s)) {
		tell_refusal(s, STATUS_DENIED, "denied", s->verdict.rule,
		    "the profile has changed since people were asked; ask again");
		return false;
	}
	ask_judge(s, &now);
	if (now.effect == EFFECT_HOLD && !hold_suffices(s->hold, &now)) {
		tell_refusal(s, STATUS_DENIED, "denied", now.rule,
		    "the rule asks for other approvals now; ask again");
		return false;
	}
	if (now.effect != EFFECT_HOLD && now.effect != EFFECT_ALLOW) {
		s->verdict = now;
		tell_denial(s);
		return false;
	}
	take_terms(s, &now);
	return true;
}

static void
spent(void *arg, enum rc rc, const char *why)
{
	struct session *s = arg;
	struct notice n = {
		.event = "approved", .id = hold_id(s->hold), .retry_after = -1
	};
	struct buf by, text, line;

	if (rc != RC_OK) {
		log_line(LOG_ERROR, "hold %s: not spent: %s", hold_id(s->hold), why);
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the approval could not be recorded as used; nothing ran");
		return;
	}
	if (!may_still_run(s))
		return;
	buf_init(&by, TELL_TEXT);
	buf_init(&text, TELL_TEXT);
	buf_init(&line, MSG_TEXT_MAX);
	put_approvers(&by, s->hold);
	n.by = buf_cstr(&by);
	buf_printf(&text, "approved %s by %s after ", n.id, n.by);
	tell_duration(&text, hold_age_ms(s->hold) / 1000 * 1000);
	n.text = buf_cstr(&text);
	if (notice_put(&line, &n, s->json, NULL) == RC_OK)
		session_say(s, buf_span(&line));
	buf_clear(&by);
	buf_clear(&text);
	buf_clear(&line);
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

static void
denied(struct session *s, const char *by, const char *reason)
{
	struct notice n = { .event = "denied",
		.id = hold_id(s->hold),
		.by = by,
		.rule = s->verdict.rule,
		.reason = reason,
		.retry_after = -1 };
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "denied: %s by %s%s%s", n.id, by, reason[0] ? ": " : "", reason);
	n.text = buf_cstr(&b);
	tell_notice(s, STATUS_DENIED, &n);
	buf_clear(&b);
}

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
		denied(s, by, reason);
		break;
	case HOLD_EXPIRED:
		tell_refusal(s, STATUS_HELD, "expired", s->verdict.rule,
		    "nobody decided in time; nothing ran, try again later");
		break;
	default:
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be recorded; nothing ran");
	}
}

static void
hold_opened(void *arg, enum rc rc, const char *why)
{
	struct session *s = arg;
	struct msg_verdict m = { .effect = VERDICT_HOLD, .json = s->json };
	struct notice n = { .event = "held",
		.rule = s->verdict.rule,
		.code = s->verdict.code[0] != '\0' ? s->verdict.code : NULL,
		.reason = s->verdict.reason,
		.retry_after = -1 };
	struct buf b, lines;

	if (rc != RC_OK) {
		log_line(LOG_ERROR, "a hold was not recorded: %s", why);
		s->hold = NULL; /* it frees itself */
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be recorded; nothing ran");
		return;
	}
	s->state = SESSION_HELD;
	n.id = hold_id(s->hold);
	buf_init(&b, TELL_TEXT);
	buf_init(&lines, MSG_TEXT_MAX);
	buf_printf(&b, "held: %s needs ", n.id);
	tell_needs(&b, &s->verdict);
	buf_text(&b, "; expires in ");
	tell_duration(&b, hold_decide_ms(s->hold));
	n.text = buf_cstr(&b);
	if (notice_put(&lines, &n, s->json, NULL) == RC_OK && !s->json)
		buf_printf(&lines, "broker: approver runs: broker approve %s\n", n.id);
	m.text = buf_span(&lines);
	if (s->conn != NULL)
		conn_send(s->conn, s->chan, MSG_VERDICT, &m, NULL, 0);
	if (s->command.wait_ms != UINT64_MAX)
		timer_set(s->patience, s->command.wait_ms);
	buf_clear(&b);
	buf_clear(&lines);
}

static void
patience_over(void *arg)
{
	struct session *s = arg;

	if (s->state != SESSION_HELD)
		return;
	tell_refusal(s, STATUS_HELD, "expired", s->verdict.rule,
	    "not approved in the time you were ready to wait; nothing ran");
}

void
held_begin(struct session *s)
{
	uint8_t digest[HOLD_DIGEST];
	struct err err = { "" };
	struct hold_init init = { .path = "exec",
		.identity = s->identity,
		.owner = s->owner,
		.key = s->key,
		.source = s->source,
		.profile = s->profile_name,
		.canon = s->canon,
		.reason = s->command.reason,
		.digest = digest,
		.verdict = &s->verdict,
		.decide_ms = session_monitor(s)->rules.config->holds.decide,
		.opened = hold_opened,
		.settled = hold_settled,
		.arg = s };
	enum rc rc;

	if ((s->patience = loop_timer(session_monitor(s)->loop, patience_over, s)) ==
	    NULL)
		rc = err_memory(&err);
	else if ((rc = digest_of(s, digest, &err)) == RC_OK)
		rc = hold_open(session_monitor(s)->holds, &init, &s->hold, &err);
	if (rc == RC_WAIT)
		tell_refusal(s, STATUS_HELD, "held", s->verdict.rule,
		    "you have too many open holds; withdraw one or wait");
	else if (rc != RC_OK) {
		log_line(LOG_ERROR, "cannot hold: %s", err.text);
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be made; nothing ran");
	}
}

/* --no-wait, --wait 0: nobody is asked for what nobody would wait for. */
void
held_not_waited(struct session *s)
{
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_text(&b, "needs ");
	tell_needs(&b, &s->verdict);
	buf_text(&b, "; not waited for, so nobody was asked");
	tell_refusal(s, STATUS_HELD, "held", s->verdict.rule, buf_cstr(&b));
	buf_clear(&b);
}
