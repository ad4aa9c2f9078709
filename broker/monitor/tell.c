/* What the caller is told instead of a run: refusals, and the words they share.
 *
 * A refusal is committed before anybody hears it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/text.h"
#include "lib/model/needs.h"
#include "lib/model/notice.h"
#include "lib/model/status.h"
#include "recorder/mask/mask.h"

/* What an agent is told to wait before it tries again. */
#define RETRY_SECONDS 60

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
		conn_deny(s->conn, s->chan, s->refuse_status, s->json,
		    buf_span(&s->refuse_text));
	session_free(s);
}

/* What the store has of a refusal beside identity, session and rule. */
static char *
detail_text(const struct session *s, int status, const struct notice *n)
{
	static const uint8_t not_asked[32];
	bool asked = memcmp(s->verdict.policy, not_asked, sizeof not_asked) != 0;
	char policy[65] = "";
	struct buf shown;
	json_t *o;

	if (asked)
		id_hex(s->verdict.policy, 32, policy);
	buf_init(&shown, 2 * TELL_TEXT);
	(n->escaped ? text_say : text_escape)(&shown, span_of(n->text));
	o = json_pack("{s:i, s:s, s:s, s:s*, s:s*, s:s*}", "status", status, "text",
	    buf_cstr(&shown), "source", s->source, "command", s->shown, "code", n->code,
	    "policy", asked ? policy : NULL);
	buf_clear(&shown);
	return veil_detail_take(session_veil(s), o, JSON_COMPACT);
}

/* Whatever was put into it: words of the command, of rules, of people, of AWS. */
static const char *
masked(const struct session *s, const char *text, struct buf *room)
{
	buf_init(room, mask_growth(TELL_TEXT));
	if (text == NULL)
		return NULL;
	veil_line(session_veil(s), span_of(text), room);
	if (buf_ok(room))
		return buf_cstr(room);
	buf_reset(room);
	return "[MASKED]";
}

void
tell_notice_more(
    struct session *s, int status, const struct notice *given, const char *more)
{
	struct notice shown = *given, *n = &shown;
	struct buf text, reason;
	char *detail;

	n->text = masked(s, given->text, &text);
	n->reason = masked(s, given->reason, &reason);
	detail = detail_text(s, status, n);

	heldtell_quiet(s);
	heldfirst_stop(s);
	remote_stop(s);
	s->state = SESSION_OVER;
	s->refuse_status = status;
	buf_reset(&s->refuse_text);
	if (notice_put(&s->refuse_text, n, s->json, NULL) != RC_OK)
		buf_reset(&s->refuse_text);
	if (!s->json)
		buf_text(&s->refuse_text, more);
	/* From here on nobody's yes may bring it back, and no lease. */
	if (s->leasing != NULL)
		vault_cancel(s->leasing);
	s->leasing = NULL;
	hold_close(s->hold);
	s->hold = NULL;
	if (session_event(s, n->event, n->rule, detail, refused) != RC_OK)
		refused(s, RC_FAIL, "", span_make(NULL, 0), NULL);
	free(detail);
	buf_clear(&text);
	buf_clear(&reason);
}

void
tell_notice(struct session *s, int status, const struct notice *n)
{
	tell_notice_more(s, status, n, "");
}

static void
refuse(struct session *s, int status, const char *event, const char *rule,
    const char *code, const char *text)
{
	bool later = status == STATUS_HELD || status == STATUS_UNREACHABLE;
	struct notice n = { .event = event,
		.escaped = true,
		.rule = rule != NULL && rule[0] != '\0' ? rule : NULL,
		.code = code,
		.retry_after = later ? RETRY_SECONDS : -1 };
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_printf(&b, "%s: %s", event, text);
	n.text = buf_cstr(&b);
	tell_notice(s, status, &n);
	buf_clear(&b);
}

void
tell_refusal(struct session *s, int status, const char *event, const char *rule,
    const char *text)
{
	refuse(s, status, event, rule, NULL, text);
}

void
tell_coded(struct session *s, int status, const char *event, const char *code,
    const char *text)
{
	refuse(s, status, event, NULL, code, text);
}

void
tell_duration(struct buf *out, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s >= 3600 && s % 3600 == 0)
		buf_printf(out, "%lluh", (unsigned long long)(s / 3600));
	else if (s >= 60 && s % 60 == 0)
		buf_printf(out, "%llum", (unsigned long long)(s / 60));
	else
		buf_printf(out, "%llus", (unsigned long long)s);
}

/* The command as people call it: "s3 rm s3://b/k", cut when long. */
static void
tell_canon(struct buf *out, const struct session *s)
{
	struct span c = span_of(s->shown);
	bool cut = c.len > 300;

	if (cut) {
		c.len = 300;
		c.len -= text_partial(c);
	}
	buf_span_put(out, c);
	if (cut)
		buf_text(out, "...");
}

static void
tell_words(struct buf *out, const struct session *s)
{
	size_t first = strcmp(words_at(s->command.words, 0), "aws") == 0 ? 1 : 0;

	veil_words(session_veil(s), s->command.words, first, 300, out);
}

void
tell_command(struct buf *out, const struct session *s)
{
	(s->remote != NULL ? tell_canon : tell_words)(out, s);
}

/* What is known of the verdict, as members. */
static struct notice
notice_of(const struct session *s, const char *event)
{
	const struct verdict *v = &s->verdict;

	return (struct notice){ .event = event,
		.rule = v->rule[0] != '\0' ? v->rule : NULL,
		.code = v->code[0] != '\0' ? v->code : NULL,
		.reason = v->reason[0] != '\0' ? v->reason : NULL,
		.allowed = v->allowed,
		.retry_after = s->retry_after };
}

void
tell_denial(struct session *s)
{
	struct notice n = notice_of(s, "denied");
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_text(&b, "denied: ");
	tell_command(&b, s);
	if (n.rule != NULL)
		buf_printf(&b, " by rule %s", n.rule);
	if (n.reason != NULL)
		buf_printf(&b, ": %s", n.reason);
	n.text = buf_cstr(&b);
	tell_notice(s, STATUS_DENIED, &n);
	buf_clear(&b);
}

void
tell_dry_run(struct session *s)
{
	static const int status[] = { [EFFECT_DENY] = STATUS_DENIED,
		[EFFECT_HOLD] = STATUS_HELD,
		[EFFECT_ALLOW] = STATUS_OK };
	static const char *const word[] = { [EFFECT_DENY] = "denied",
		[EFFECT_HOLD] = "held",
		[EFFECT_ALLOW] = "allowed" };
	enum effect e = s->verdict.effect;
	struct notice n = notice_of(s, "dry-run");
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_printf(&b, "dry-run: nothing ran; would be %s: ", word[e]);
	tell_command(&b, s);
	if (e == EFFECT_HOLD) {
		buf_text(&b, " needs ");
		tell_needs(&b, &s->verdict);
	} else if (n.rule != NULL)
		buf_printf(&b, " by rule %s", n.rule);
	if (e == EFFECT_DENY && n.reason != NULL)
		buf_printf(&b, ": %s", n.reason);
	n.text = buf_cstr(&b);
	n.escaped = true;
	tell_notice(s, status[e], &n);
	buf_clear(&b);
}

void
tell_needs(struct buf *out, const struct verdict *v)
{
	for (size_t i = 0; i < v->n_needs; i++) {
		buf_printf(out, "%s%u of ", i > 0 ? " and " : "", v->needs[i].need);
		needs_put(&v->needs[i], out);
	}
}
