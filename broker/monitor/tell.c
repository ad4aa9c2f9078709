/* What the caller is told instead of a run: refusals, and the words they share.
 *
 * A refusal is committed before anybody hears it. */
#include <jansson.h>
#include <stdlib.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/text.h"
#include "lib/model/notice.h"
#include "lib/model/status.h"
#include "policies/canon.h"

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

void
tell_notice(struct session *s, int status, const struct notice *n)
{
	json_t *o = json_object();
	char *detail;
	struct buf shown;

	buf_init(&shown, 2 * TELL_TEXT);
	(n->escaped ? text_say : text_escape)(&shown, span_of(n->text));
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
	/* From here on nobody's yes may bring it back, and no lease. */
	if (s->leasing != NULL)
		vault_cancel(s->leasing);
	s->leasing = NULL;
	hold_close(s->hold);
	s->hold = NULL;
	if (session_event(s, n->event, n->rule, detail, refused) != RC_OK)
		refused(s, RC_FAIL, "", span_make(NULL, 0), NULL);
	free(detail);
}

void
tell_refusal(struct session *s, int status, const char *event, const char *rule,
    const char *text)
{
	bool later = status == STATUS_HELD || status == STATUS_UNREACHABLE;
	struct notice n = { .event = event,
		.escaped = true,
		.rule = rule != NULL && rule[0] != '\0' ? rule : NULL,
		.retry_after = later ? RETRY_SECONDS : -1 };
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_printf(&b, "%s: %s", event, text);
	n.text = buf_cstr(&b);
	tell_notice(s, status, &n);
	buf_clear(&b);
}

/* The command as people call it: "s3 rm s3://b/k", cut when long. */
void
tell_command(struct buf *out, const struct session *s)
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

void
tell_denial(struct session *s)
{
	struct notice n = { .event = "denied",
		.retry_after = -1,
		.rule = s->verdict.rule[0] ? s->verdict.rule : NULL,
		.reason = s->verdict.reason };
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_text(&b, "denied: ");
	tell_command(&b, s);
	if (n.rule != NULL)
		buf_printf(&b, " by rule %s", n.rule);
	if (s->verdict.reason[0] != '\0')
		buf_printf(&b, ": %s", s->verdict.reason);
	n.text = buf_cstr(&b);
	tell_notice(s, STATUS_DENIED, &n);
	buf_clear(&b);
}

void
tell_needs(struct buf *out, const struct verdict *v)
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
