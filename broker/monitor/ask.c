/* From the bytes of a request to a verdict, and through the hold if there is one.
 *
 * Each step is durable before the next begins: the verdict's event before anybody hears
 * it, the hold before anybody is asked, the approval spent before anything runs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/model/notice.h"
#include "lib/model/status.h"
#include "policies/canon.h"
#include "policies/decide.h"

/* An approval over SSH must be a deliberate act of now, not a ride on an old login. */
#define FRESH_MS 60000
/* What an agent is told to wait before it tries again. */
#define RETRY_SECONDS 60

/* ---- refusing --------------------------------------------------------------------- */

static void
refused(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;

	(void)rc;
	(void)why;
	(void)bytes;
	(void)fd;
	/* A refusal is a refusal, recorded or not. */
	if (s->conn != NULL)
		conn_deny(s->conn, s->chan, s->refuse_status, s->json, buf_span(&s->refuse_text));
	session_free(s);
}

static void
refuse_with(struct session *s, int status, const struct notice *n)
{
	json_t *o = json_object();
	char *detail;
	struct buf shown;

	buf_init(&shown, 8192);
	text_escape(&shown, span_of(n->text));
	json_object_set_new(o, "status", json_integer(status));
	json_object_set_new(o, "text", json_string(buf_cstr(&shown)));
	json_object_set_new(o, "source", json_string(s->source));
	if (s->canon != NULL)
		json_object_set_new(o, "command", json_string(s->canon));
	detail = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	buf_clear(&shown);
	s->state = SESSION_OVER;
	s->refuse_status = status;
	buf_reset(&s->refuse_text);
	if (notice_put(&s->refuse_text, n, s->json, NULL) != RC_OK)
		buf_reset(&s->refuse_text);
	if (session_event(s, n->event, n->rule, detail, refused) != RC_OK)
		refused(s, RC_FAIL, "", span_make(NULL, 0), NULL);
	free(detail);
}

void
ask_refuse(struct session *s, int status, const char *event, const char *rule, const char *text)
{
	bool later = status == STATUS_HELD || status == STATUS_UNREACHABLE;
	struct notice n = { .event = event, .rule = rule,
		.retry_after = later ? RETRY_SECONDS : -1 };
	struct buf b;

	buf_init(&b, 8192);
	buf_printf(&b, "%s: %s", event, text);
	n.text = buf_cstr(&b);
	refuse_with(s, status, &n);
	buf_clear(&b);
}

/* ---- deciding --------------------------------------------------------------------- */

static const struct profile *
profile_of(struct session *s)
{
	return config_profile(session_monitor(s)->rules.config, span_of(s->profile_name));
}

void
ask_judge(struct session *s, struct verdict *v)
{
	struct facts f = { .proof = PROOF_KEY };

	*v = (struct verdict) { .effect = EFFECT_DENY };
	if (s->conn == NULL || s->aws == NULL || profile_of(s) == NULL)
		return;
	f.who = conn_identity(s->conn);
	f.auth_age = clock_mono_ms() - conn_since(s->conn);
	decide(pack_rules(session_monitor(s)->rules.policy), s->aws, &f, v);
}

/* The command as people call it: "s3 rm s3://b/k", cut when long. */
static void
put_command(struct buf *out, const struct session *s)
{
	size_t n = words_count(s->command.words);

	for (size_t i = 1; i < n; i++) {
		if (i > 1)
			buf_u8(out, ' ');
		if (out->len > 300) {
			buf_text(out, "...");
			return;
		}
		canon_word(words_at(s->command.words, i), out);
	}
}

static void
deny_by_rule(struct session *s)
{
	struct notice n = { .event = "denied", .retry_after = -1,
		.rule = s->verdict.rule[0] ? s->verdict.rule : NULL,
		.reason = s->verdict.reason };
	struct buf b;

	buf_init(&b, 8192);
	buf_text(&b, "denied: ");
	put_command(&b, s);
	if (n.rule != NULL)
		buf_printf(&b, " by rule %s", n.rule);
	if (s->verdict.reason[0] != '\0')
		buf_printf(&b, ": %s", s->verdict.reason);
	n.text = buf_cstr(&b);
	refuse_with(s, STATUS_DENIED, &n);
	buf_clear(&b);
}

static void
put_needs(struct buf *out, const struct verdict *v)
{
	for (size_t i = 0; i < v->n_needs; i++) {
		const struct approver_need *n = &v->needs[i];

		buf_printf(out, "%s%u of ", i > 0 ? " and " : "", n->need);
		for (size_t j = 0; j < n->n_from; j++)
			buf_printf(out, "%s%s%s", j > 0 ? ", " : "",
			    n->from[j].group ? "group " : "", n->from[j].name);
		buf_printf(out, " (rule %s)", n->rule);
	}
}

/* "42s", "15m", "4h". */
static void
put_duration(struct buf *out, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s >= 3600 && s % 3600 == 0)
		buf_printf(out, "%lluh", (unsigned long long)(s / 3600));
	else if (s >= 60 && s % 60 == 0)
		buf_printf(out, "%llum", (unsigned long long)(s / 60));
	else
		buf_printf(out, "%llus", (unsigned long long)s);
}

/* ---- holding ---------------------------------------------------------------------- */

static void
spent(void *arg, enum rc rc, const char *why)
{
	struct session *s = arg;
	struct notice n = { .event = "approved", .id = hold_id(s->hold), .by = s->approved_by,
		.retry_after = -1 };
	struct buf text, line;

	if (rc != RC_OK) {
		log_line(LOG_ERROR, "hold %s: not spent: %s", hold_id(s->hold), why);
		ask_refuse(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the approval could not be recorded as used; nothing ran");
		return;
	}
	buf_init(&text, 512);
	buf_init(&line, 2048);
	buf_printf(&text, "approved %s by %s after ", n.id, n.by);
	put_duration(&text, hold_age_ms(s->hold) / 1000 * 1000);
	n.text = buf_cstr(&text);
	if (notice_put(&line, &n, s->json, NULL) == RC_OK)
		session_say(s, buf_span(&line));
	buf_clear(&text);
	buf_clear(&line);
	run_begin(s);
}

/* People said yes; the policy is asked once more, and only then the approval spent. */
static void
approved(struct session *s, const char *by)
{
	struct verdict now;

	span_copy(span_of(by), s->approved_by, sizeof s->approved_by);
	ask_judge(s, &now);
	if (now.effect != EFFECT_HOLD && now.effect != EFFECT_ALLOW) {
		s->verdict = now;
		deny_by_rule(s);
		return;
	}
	s->state = SESSION_SPENDING;
	hold_spend(s->hold, spent);
}

static void
denied(struct session *s, const char *by, const char *reason)
{
	struct notice n = { .event = "denied", .id = hold_id(s->hold), .by = by,
		.rule = s->verdict.rule, .reason = reason, .retry_after = -1 };
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "denied: %s by %s%s%s", n.id, by, reason[0] ? ": " : "", reason);
	n.text = buf_cstr(&b);
	refuse_with(s, STATUS_DENIED, &n);
	buf_clear(&b);
}

static void
hold_settled(void *arg, enum hold_state state, const char *by, const char *reason)
{
	struct session *s = arg;

	timer_stop(s->patience);
	switch (state) {
	case HOLD_APPROVED:
		approved(s, by);
		break;
	case HOLD_DENIED:
		denied(s, by, reason);
		break;
	case HOLD_EXPIRED:
		ask_refuse(s, STATUS_HELD, "expired", s->verdict.rule,
		    "nobody decided in time; nothing ran, try again later");
		break;
	default:
		ask_refuse(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be recorded; nothing ran");
	}
}

static void
hold_opened(void *arg, enum rc rc, const char *why)
{
	struct session *s = arg;
	struct msg_verdict m = { .effect = VERDICT_HOLD, .json = s->json };
	struct notice n = { .event = "held", .rule = s->verdict.rule, .reason = s->verdict.reason,
		.retry_after = -1 };
	uint64_t decide_ms = session_monitor(s)->rules.config->holds.decide;
	struct buf b, lines;

	if (rc != RC_OK) {
		log_line(LOG_ERROR, "a hold was not recorded: %s", why);
		s->hold = NULL; /* it frees itself */
		ask_refuse(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be recorded; nothing ran");
		return;
	}
	s->state = SESSION_HELD;
	n.id = hold_id(s->hold);
	buf_init(&b, 4096);
	buf_init(&lines, 16384);
	buf_printf(&b, "held: %s needs ", n.id);
	put_needs(&b, &s->verdict);
	buf_text(&b, "; expires in ");
	put_duration(&b, decide_ms);
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
	ask_refuse(s, STATUS_HELD, "expired", s->verdict.rule,
	    "not approved in the time you were ready to wait; nothing ran");
}

static enum rc
digest_of(const struct session *s, uint8_t ret[HOLD_DIGEST], struct err *err)
{
	const struct profile *p = config_profile(session_monitor(s)->rules.config, span_of(s->profile_name));
	struct hold_facts f = {
		.identity = span_of(s->identity),
		.profile = span_of(s->profile_name),
		.role = span_of(p == NULL ? "" : p->role),
		.account = span_of(p == NULL ? "" : p->account),
		.region = span_of(s->region),
		.path = span_of("exec"),
		.canon = span_of(s->canon),
		.stdin_kind = s->aws->takes_stdin ? HOLD_STDIN_UNREVIEWED : HOLD_STDIN_NONE,
		.reason = span_of(s->command.reason),
	};

	return hold_digest(&f, ret, err);
}

static void
hold(struct session *s)
{
	uint8_t digest[HOLD_DIGEST];
	struct err err = { "" };
	struct hold_init init = { .identity = s->identity, .owner = s->owner, .key = s->key,
		.source = s->source, .profile = s->profile_name, .canon = s->canon,
		.reason = s->command.reason, .digest = digest, .verdict = &s->verdict,
		.decide_ms = session_monitor(s)->rules.config->holds.decide, .opened = hold_opened,
		.settled = hold_settled, .arg = s };
	enum rc rc;

	if ((s->patience = loop_timer(session_monitor(s)->loop, patience_over, s)) == NULL)
		rc = err_memory(&err);
	else if ((rc = digest_of(s, digest, &err)) == RC_OK)
		rc = hold_open(session_monitor(s)->holds, &init, &s->hold, &err);
	if (rc == RC_WAIT)
		ask_refuse(s, STATUS_HELD, "held", s->verdict.rule,
		    "you have too many open holds; withdraw one or wait");
	else if (rc != RC_OK) {
		log_line(LOG_ERROR, "cannot hold: %s", err.text);
		ask_refuse(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the hold could not be made; nothing ran");
	}
}

/* --no-wait, --wait 0: nobody is asked for what nobody would wait for. */
static void
hold_not_waited(struct session *s)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_text(&b, "needs ");
	put_needs(&b, &s->verdict);
	buf_text(&b, "; not waited for, so nobody was asked");
	ask_refuse(s, STATUS_HELD, "held", s->verdict.rule, buf_cstr(&b));
	buf_clear(&b);
}

/* ---- the order of things ---------------------------------------------------------- */

static void
say_dry_run(struct session *s)
{
	static const int status[] = { [EFFECT_DENY] = STATUS_DENIED, [EFFECT_HOLD] = STATUS_HELD,
		[EFFECT_ALLOW] = STATUS_OK };
	static const char *const word[]
	    = { [EFFECT_DENY] = "denied", [EFFECT_HOLD] = "held", [EFFECT_ALLOW] = "allowed" };
	enum effect e = s->verdict.effect;
	struct buf b;

	buf_init(&b, 8192);
	buf_printf(&b, "nothing ran; would be %s: ", word[e]);
	put_command(&b, s);
	if (e == EFFECT_HOLD) {
		buf_text(&b, " needs ");
		put_needs(&b, &s->verdict);
	} else if (s->verdict.rule[0] != '\0')
		buf_printf(&b, " by rule %s", s->verdict.rule);
	if (e == EFFECT_DENY && s->verdict.reason[0] != '\0')
		buf_printf(&b, ": %s", s->verdict.reason);
	ask_refuse(s, status[e], "dry-run", s->verdict.rule, buf_cstr(&b));
	buf_clear(&b);
}

static void
decided(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;

	(void)bytes;
	(void)fd;
	if (rc != RC_OK) {
		log_line(LOG_ERROR, "a verdict was not recorded: %s", why);
		ask_refuse(s, STATUS_FAILED, "failed", NULL,
		    "the verdict could not be recorded; nothing ran");
		return;
	}
	if (s->command.dry_run)
		say_dry_run(s);
	else if (s->verdict.effect == EFFECT_ALLOW)
		run_begin(s);
	else if (s->verdict.effect == EFFECT_HOLD && s->command.wait_ms == 0)
		hold_not_waited(s);
	else if (s->verdict.effect == EFFECT_HOLD)
		hold(s);
	else
		deny_by_rule(s);
}

static char *
verdict_text(const struct session *s)
{
	char policy[65];
	json_t *o;
	char *text;

	id_hex(s->verdict.policy, 32, policy);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "effect",
	    effect_name(s->verdict.effect), "command", s->canon, "call", s->verdict.call, "profile",
	    s->profile_name, "region", s->region, "asker_says", s->command.reason, "source",
	    s->source, "policy", policy);
	text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

static void
judge(struct session *s)
{
	char *detail;

	ask_judge(s, &s->verdict);
	detail = verdict_text(s);
	if (detail == NULL
	    || session_event(s, "verdict", s->verdict.rule, detail, decided) != RC_OK)
		ask_refuse(s, STATUS_FAILED, "failed", NULL,
		    "the verdict could not be recorded; nothing ran");
	free(detail);
}

/* Which profile: named by the words, or the identity's own; never another's. */
static const char *
choose_profile(const struct session *s, const struct identity *who)
{
	const char *a = s->aws->profile;
	const char *b = s->command.profile[0] != '\0' ? s->command.profile : NULL;

	if (a != NULL && b != NULL && strcmp(a, b) != 0)
		return NULL;
	a = a != NULL ? a : b;
	if (a == NULL)
		return who->profile;
	return identity_may_use(who, a) ? a : NULL;
}

static bool
settle_profile(struct session *s)
{
	const struct identity *who = conn_identity(s->conn);
	const char *name = who == NULL ? NULL : choose_profile(s, who);
	const struct profile *p = name == NULL
	    ? NULL
	    : config_profile(session_monitor(s)->rules.config, span_of(name));

	if (p == NULL)
		return false;
	span_copy(span_of(who->owner), s->owner, sizeof s->owner);
	return span_copy(span_of(p->name), s->profile_name, sizeof s->profile_name)
	    && span_copy(span_of(s->aws->region != NULL ? s->aws->region : p->region), s->region,
		sizeof s->region);
}

static void
begin_aws(struct session *s)
{
	struct refusal r = { 0 };
	struct buf canon;
	enum rc rc = aws_read(s->command.words, &s->aws, &r);

	buf_init(&canon, CANON_MOST);
	canon_put(s->command.words, &canon);
	s->canon = strdup(buf_cstr(&canon));
	buf_clear(&canon);
	if (rc != RC_OK || s->canon == NULL) {
		int status = rc == RC_REFUSE ? (int)r.status : STATUS_FAILED;

		ask_refuse(s, status, status == STATUS_DENIED ? "denied" : "refused", NULL,
		    r.err.text);
		return;
	}
	if (!settle_profile(s)) {
		ask_refuse(s, STATUS_DENIED, "denied", NULL,
		    "you have no such profile; leave --profile out for your own");
		return;
	}
	judge(s);
}

static void
verb_done(void *arg, struct verb_call *call, int status)
{
	struct session *s = arg;
	struct msg_done m = { .status = (uint8_t)status, .json = call->json };
	const struct {
		enum msg type;
		struct buf *text;
	} rows[] = { { MSG_ROW, &call->out }, { MSG_SAY, &call->say } };

	for (size_t i = 0; s != NULL && i < 2; i++) {
		struct span left = buf_span(rows[i].text);

		while (left.len > 0) {
			size_t n = left.len < MSG_TEXT_MAX ? left.len : MSG_TEXT_MAX;
			struct msg_text t = { .text = span_make(left.p, n) };

			conn_send(s->conn, s->chan, rows[i].type, &t, NULL, 0);
			left = span_make(left.p + n, left.len - n);
		}
	}
	if (s != NULL) {
		conn_send(s->conn, s->chan, MSG_DONE, &m, NULL, 0);
		s->call = NULL;
		session_free(s);
	}
	buf_clear(&call->out);
	buf_clear(&call->say);
	free(call);
}

static void
begin_verb(struct session *s, const struct verb *v)
{
	struct verb_call *call = calloc(1, sizeof *call);
	struct msg_verdict m = { .effect = VERDICT_VERB, .json = s->json };

	if (call == NULL || conn_identity(s->conn) == NULL
	    || words_count(s->command.words) > VERB_WORDS) {
		free(call);
		ask_refuse(s, STATUS_USAGE, "refused", NULL, "too many words for a verb");
		return;
	}
	*call = (struct verb_call) { .m = session_monitor(s), .who = conn_identity(s->conn),
		.proof = "key", .json = s->json, .argc = (unsigned)words_count(s->command.words),
		.fresh = conn_first(s->conn)
		    && clock_mono_ms() - conn_since(s->conn) <= FRESH_MS,
		.done = verb_done, .arg = s };
	buf_init(&call->out, 1 << 20);
	buf_init(&call->say, 65536);
	span_copy(span_of(s->identity), call->name, sizeof call->name);
	span_copy(span_of(s->key), call->key, sizeof call->key);
	span_copy(span_of(s->source), call->source, sizeof call->source);
	for (unsigned i = 0; i < call->argc; i++)
		call->argv[i] = words_at(s->command.words, i);
	s->call = call;
	conn_send(s->conn, s->chan, MSG_VERDICT, &m, NULL, 0);
	verb_run(v, call);
}

void
ask_begin(struct session *s, const struct msg_exec_ask *ask)
{
	struct err err = { "" };
	enum rc rc = command_read(ask, &s->command, &s->json, &err);
	const struct verb *v;
	const char *name;

	if (rc != RC_OK) {
		ask_refuse(s, rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED, "refused", NULL,
		    err.text);
		return;
	}
	name = words_at(s->command.words, 0);
	if (strcmp(name, "aws") == 0)
		begin_aws(s);
	else if ((v = verb_find(name)) != NULL)
		begin_verb(s, v);
	else
		ask_refuse(s, STATUS_USAGE, "refused", NULL,
		    "not a command of Broker; it runs aws … and the verbs that "
		    "`ssh broker help` lists");
}
