/* The keeper's own events.  Details are built by jansson, so that no text of others can
 * break out of its string. */
#include "broker/keeper/audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/id.h"
#include "lib/base/text.h"
#include "lib/wire/msg.h"

enum rc
audit_detail_ok(struct span text, struct err *err)
{
	json_error_t e;
	json_t *j = json_loadb((const char *)text.p, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	bool good = json_is_object(j);

	json_decref(j);
	return good ? RC_OK : err_set(err, RC_REFUSE, "the detail is no JSON object");
}

json_t *
audit_text(struct span s)
{
	struct buf b;
	json_t *j;

	if (text_utf8(s))
		return json_stringn(s.len == 0 ? "" : (const char *)s.p, s.len);
	buf_init(&b, 4 * s.len + 1);
	text_escape(&b, s);
	j = json_string(buf_cstr(&b));
	buf_clear(&b);
	return j;
}

static json_t *
hex_value(const uint8_t p[32])
{
	char hex[65];

	id_hex(p, 32, hex);
	return json_string(hex);
}

/* Add the event with this detail, which is taken (NULL: memory). */
static enum rc
add_take(struct store *s, struct store_event *e, json_t *detail, struct err *err)
{
	char *text = detail == NULL ? NULL : json_dumps(detail, JSON_COMPACT);
	enum rc rc;

	json_decref(detail);
	if (text == NULL)
		return err_memory(err);
	e->detail = span_of(text);
	rc = store_event_add(s, e, err);
	free(text);
	return rc;
}

enum rc
audit_recording(struct store *s, const struct store_rec *r, uint64_t at_ms,
    const char *why, struct err *err)
{
	char kind[32];
	struct store_event e = { .at_ms = at_ms, .sid = span_make(r->sid, 16) };
	json_t *d = json_object();

	/* An open one has just been opened. */
	snprintf(kind, sizeof kind, "recording.%s",
	    r->state == STORE_REC_OPEN ? "opened" : store_rec_name(r->state));
	e.kind = span_of(kind);
	if (r->state == STORE_REC_CLOSED || r->state == STORE_REC_RECOVERED) {
		json_object_set_new(d, "len", json_integer((json_int_t)r->len));
		json_object_set_new(d, "h", hex_value(r->h));
	}
	if (why != NULL)
		json_object_set_new(d, "why", audit_text(span_of(why)));
	return add_take(s, &e, d, err);
}

enum rc
audit_alarm(struct store *s, const char *kind, const uint8_t sid[16], uint64_t at_ms,
    const char *why, struct err *err)
{
	struct store_event e = { .at_ms = at_ms,
		.kind = span_of(kind),
		.sid = span_make(sid, sid == NULL ? 0 : 16) };
	json_t *d = json_object();

	if (why != NULL)
		json_object_set_new(d, "why", audit_text(span_of(why)));
	return add_take(s, &e, d, err);
}

enum rc
audit_unproven(struct store *s, const uint8_t sid[16], uint64_t at_ms, const char *why,
    struct err *err)
{
	return audit_alarm(s, "recording.unproven", sid, at_ms, why, err);
}

enum rc
audit_hold_new(struct store *s, const struct store_hold *h, struct err *err)
{
	struct store_event e = { .at_ms = h->at_ms,
		.kind = span_of("hold.pending"),
		.identity = h->identity,
		.rule = h->rule };
	json_t *d = json_object();

	json_object_set_new(d, "hold", audit_text(h->id));
	json_object_set_new(d, "digest", hex_value(h->digest));
	json_object_set_new(d, "policy", hex_value(h->policy));
	json_object_set_new(d, "until_ms", json_integer((json_int_t)h->until_ms));
	return add_take(s, &e, d, err);
}

enum rc
audit_hold_set(struct store *s, const struct store_vote *v, struct err *err)
{
	char kind[32];
	struct store_event e = { .at_ms = v->at_ms, .identity = v->by };
	json_t *d = json_object();

	snprintf(kind, sizeof kind, "hold.%s",
	    v->state == HOLD_PENDING ? "vote" : hold_state_name(v->state));
	e.kind = span_of(kind);
	json_object_set_new(d, "hold", audit_text(v->hold));
	json_object_set_new(d, "proof", audit_text(v->proof));
	json_object_set_new(d, "reason", audit_text(v->reason));
	if (v->key.len > 0)
		json_object_set_new(d, "key", audit_text(v->key));
	if (v->source.len > 0)
		json_object_set_new(d, "source", audit_text(v->source));
	if (v->verified)
		json_object_set_new(d, "verified", json_true());
	return add_take(s, &e, d, err);
}

enum rc
audit_grant_made(struct store *s, const struct store_grant *g, const json_t *approvals,
    struct err *err)
{
	struct store_event e = { .at_ms = g->at_ms,
		.kind = span_of("grant.made"),
		.identity = g->identity,
		.rule = g->rule };
	json_t *d = json_object();

	json_object_set_new(d, "grant", audit_text(g->id));
	if (g->has_digest)
		json_object_set_new(d, "digest", hex_value(g->digest));
	json_object_set_new(d, "until_ms", json_integer((json_int_t)g->until_ms));
	json_object_set_new(d, "uses", json_integer(g->uses));
	json_object_set_new(d, "approvals", json_deep_copy(approvals));
	return add_take(s, &e, d, err);
}

enum rc
audit_grant_set(struct store *s, const struct store_grant *g, uint64_t at_ms,
    const char *what, const struct audit_word *w, struct err *err)
{
	char kind[32];
	struct store_event e = { .at_ms = at_ms,
		.identity = w->by.len > 0 ? w->by : g->identity,
		.rule = g->rule };
	json_t *d = json_object();

	snprintf(kind, sizeof kind, "grant.%s", what);
	e.kind = span_of(kind);
	json_object_set_new(d, "grant", audit_text(g->id));
	json_object_set_new(d, "for", audit_text(g->identity));
	json_object_set_new(d, "used", json_integer(g->used));
	json_object_set_new(d, "uses", json_integer(g->uses));
	json_object_set_new(d, "proof", audit_text(w->proof));
	json_object_set_new(d, "reason", audit_text(w->reason));
	return add_take(s, &e, d, err);
}

enum rc
audit_article(struct store *s, const struct store_article *a, uint64_t at_ms,
    const char *what, const struct audit_word *w, const json_t *approvals,
    struct err *err)
{
	char kind[32];
	struct store_event e = { .at_ms = at_ms, .identity = w->by };
	json_t *d = json_object();

	snprintf(kind, sizeof kind, "article.%s", what);
	e.kind = span_of(kind);
	json_object_set_new(
	    d, "kind", json_string(a->kind == ARTICLE_SCRIPT ? "script" : "runbook"));
	json_object_set_new(d, "name", audit_text(a->name));
	json_object_set_new(d, "digest", hex_value(a->digest));
	if (a->hold.len > 0)
		json_object_set_new(d, "hold", audit_text(a->hold));
	json_object_set_new(d, "proof", audit_text(w->proof));
	json_object_set_new(d, "reason", audit_text(w->reason));
	if (approvals != NULL)
		json_object_set_new(d, "approvals", json_deep_copy(approvals));
	return add_take(s, &e, d, err);
}

enum rc
audit_notice_aside(
    struct store *s, const struct store_notice *n, uint64_t at_ms, struct err *err)
{
	struct store_event e = { .at_ms = at_ms, .kind = span_of("notice.set-aside") };
	json_t *d = json_object();

	json_object_set_new(d, "notice", audit_text(n->id));
	json_object_set_new(d, "outlet", audit_text(n->outlet));
	json_object_set_new(d, "tries", json_integer(n->tries));
	json_object_set_new(d, "reason", audit_text(n->error));
	return add_take(s, &e, d, err);
}
