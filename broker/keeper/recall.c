/* What the monitor asks for to begin again: one row after the other, and what similar
 * requests did lately.  Nothing is changed here. */
#include "broker/keeper/keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "broker/keeper/audit.h"
#include "broker/keeper/targetleft.h"
#include "broker/keeper/votes.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/text.h"

#define SIMILAR_MOST 10
#define SIMILAR_MS (30ull * 24 * 60 * 60 * 1000)
/* Bytes of a command that is one of several: ten of them fit whatever they are. */
#define SIMILAR_COMMAND 512

/* One question. */
struct job {
	struct keeper *k;
	uint32_t id;
	const struct msg_recall *ask;
};

static enum rc
send_row(const struct job *j, struct msg_recalled *row, struct err *err)
{
	enum rc rc;

	row->what = j->ask->what;
	rc = port_send(j->k->port, MSG_RECALLED, j->id, row, NULL, 0);
	if (rc == RC_REFUSE)
		return err_set(err, RC_REFUSE, "the row fits in no message");
	/* A monitor that is gone is heard of elsewhere. */
	return RC_OK;
}

static enum rc
send_hold(void *arg, const struct store_hold *h, struct err *err)
{
	const struct job *j = arg;
	char *votes = NULL;
	struct msg_recalled row = { .id = h->id,
		.identity = h->identity,
		.digest = span_make(h->digest, sizeof h->digest),
		.rule = h->rule,
		.policy = span_make(h->policy, sizeof h->policy),
		.text = h->canon,
		.at_ms = h->at_ms,
		.until_ms = h->until_ms,
		.changed_ms = h->changed_ms,
		.state = (uint8_t)h->state,
		.hold = h->id,
		.detail = h->detail };
	enum rc rc = votes_text(j->k->store, h->id, &votes, err);

	if (rc == RC_OK) {
		row.votes = span_of(votes);
		rc = send_row(j, &row, err);
	}
	free(votes);
	return rc;
}

static enum rc
send_grant(void *arg, const struct store_grant *g, struct err *err)
{
	struct msg_recalled row = { .id = g->id,
		.identity = g->identity,
		.digest = span_make(g->digest, g->has_digest ? sizeof g->digest : 0),
		.rule = g->rule,
		.at_ms = g->at_ms,
		.until_ms = g->until_ms,
		.state = g->state,
		.uses = g->uses,
		.used = g->used,
		.hold = g->id,
		.detail = g->detail };

	return send_row(arg, &row, err);
}

static enum rc
send_article(void *arg, const struct store_article *a, struct err *err)
{
	struct msg_recalled row = { .identity = a->by,
		.digest = span_make(a->digest, sizeof a->digest),
		.text = a->content,
		.at_ms = a->at_ms,
		.changed_ms = a->changed_ms,
		.state = a->state,
		.hold = a->hold,
		.detail = a->detail };
	char hex[2 * sizeof a->digest + 1];
	struct buf id;
	enum rc rc;

	id_hex(a->digest, sizeof a->digest, hex);
	buf_init(&id, STORE_ARTICLE_NAME + sizeof hex + 8);
	buf_printf(&id, "%u/", a->kind);
	buf_span_put(&id, a->name);
	buf_printf(&id, "/%s", hex);
	row.id = buf_span(&id);
	rc = buf_ok(&id) ? send_row(arg, &row, err) : err_memory(err);
	buf_clear(&id);
	return rc;
}

static enum rc
send_notice(void *arg, const struct store_notice *n, struct err *err)
{
	json_t *detail = json_object();
	char *text = NULL;
	struct msg_recalled row = { .id = n->id,
		.text = n->body,
		.at_ms = n->at_ms,
		.until_ms = n->next_ms,
		.state = n->state,
		.used = n->tries,
		.outlet = n->outlet };
	enum rc rc = RC_OK;

	if (json_object_set_new(detail, "error", audit_text(n->error)) != 0 ||
	    (text = json_dumps(detail, JSON_COMPACT)) == NULL)
		rc = err_memory(err);
	row.detail = span_of(text);
	if (rc == RC_OK)
		rc = send_row(arg, &row, err);
	free(text);
	json_decref(detail);
	return rc;
}

static enum rc
take_id(void *arg, const struct store_hold *h, struct err *err)
{
	return span_copy(h->id, arg, ID_HOLD_TEXT)
		   ? RC_OK
		   : err_set(err, RC_FAIL, "a hold with an odd id");
}

/* Pending and approved ones in one order. */
static enum rc
next_hold(struct job *j, struct err *err)
{
	char pending[ID_HOLD_TEXT] = "", approved[ID_HOLD_TEXT] = "";
	struct store *s = j->k->store;
	struct span after = j->ask->after;
	const char *first = pending;
	enum rc rc;

	rc = store_hold_next(s, HOLD_PENDING, after, 0, take_id, pending, err);
	if (rc == RC_OK || rc == RC_END)
		rc =
		    store_hold_next(s, HOLD_APPROVED, after, 0, take_id, approved, err);
	if (rc != RC_OK && rc != RC_END)
		return rc;
	if (*pending == '\0' || (*approved != '\0' && strcmp(approved, pending) < 0))
		first = approved;
	return *first == '\0' ? RC_END
			      : store_hold_get(s, span_of(first), send_hold, j, err);
}

static enum rc
next_denied(struct job *j, struct err *err)
{
	return store_hold_next(j->k->store, HOLD_DENIED, j->ask->after,
	    j->ask->since_ms, send_hold, j, err);
}

static enum rc
this_hold(struct job *j, struct err *err)
{
	return store_hold_get(j->k->store, j->ask->after, send_hold, j, err);
}

static enum rc
next_grant(struct job *j, struct err *err)
{
	return store_grant_next(j->k->store, j->ask->after, send_grant, j, err);
}

static enum rc
next_article(struct job *j, struct err *err)
{
	return store_article_next(j->k->store, j->ask->after, send_article, j, err);
}

static enum rc
next_notice(struct job *j, struct err *err)
{
	return store_notice_next(j->k->store, j->ask->after, send_notice, j, err);
}

static enum rc
send_target(void *arg, const struct store_event *e, struct err *err)
{
	struct msg_recalled row = {
		.identity = e->identity, .at_ms = e->at_ms, .detail = e->detail
	};
	char sid[ID_UUID_TEXT], id[ID_UUID_TEXT + 24];

	id_uuid_text(e->sid.p, sid);
	snprintf(id, sizeof id, "%s/%020llu", sid, (unsigned long long)e->seq);
	row.id = span_of(id);
	return send_row(arg, &row, err);
}

static enum rc
next_target(struct job *j, struct err *err)
{
	return targetleft_next(
	    j->k->store, j->ask->after, j->ask->since_ms, send_target, j, err);
}

/* The hold that others are held against. */
struct model {
	struct store *s;
	char *identity, *rule;
	uint8_t digest[HOLD_DIGEST];
	json_t *list;
};

static enum rc
take_model(void *arg, const struct store_hold *h, struct err *err)
{
	struct model *m = arg;

	m->identity = span_dup(h->identity);
	m->rule = span_dup(h->rule);
	memcpy(m->digest, h->digest, sizeof m->digest);
	return m->identity == NULL || m->rule == NULL ? err_memory(err) : RC_OK;
}

static enum rc
take_decider(void *arg, const struct store_vote *v, struct err *err)
{
	json_t **by = arg;

	(void)err;
	/* Who denied came after those who approved. */
	if (v->state == HOLD_DENIED || (v->state == HOLD_APPROVED && *by == NULL)) {
		json_decref(*by);
		*by = audit_text(v->by);
	}
	return RC_OK;
}

/* Not in the middle of a character. */
static struct span
cut(struct span s)
{
	if (s.len <= SIMILAR_COMMAND)
		return s;
	s.len = SIMILAR_COMMAND;
	while (s.len > 0 && (s.p[s.len] & 0xc0) == 0x80)
		s.len--;
	return s;
}

static enum rc
add_similar(void *arg, const struct store_hold *h, struct err *err)
{
	struct model *m = arg;
	struct span command = cut(h->canon);
	json_t *o = json_object(), *by = NULL;
	char at[21];
	enum rc rc = store_votes(m->s, h->id, take_decider, &by, err);
	int bad = 0;

	clock_iso(h->at_ms, at);
	bad |= json_object_set_new(o, "id", audit_text(h->id));
	bad |= json_object_set_new(o, "state", json_string(hold_state_name(h->state)));
	bad |= json_object_set_new(o, "at", json_string(at));
	bad |= json_object_set_new(o, "at_ms", json_integer((json_int_t)h->at_ms));
	bad |= json_object_set_new(o, "by", by == NULL ? json_string("") : by);
	bad |= json_object_set_new(o, "command", audit_text(command));
	if (command.len < h->canon.len)
		bad |= json_object_set_new(
		    o, "command_bytes", json_integer((json_int_t)h->canon.len));
	bad |= json_object_set_new(o, "same",
	    json_boolean(memcmp(h->digest, m->digest, sizeof m->digest) == 0));
	if (bad != 0) {
		json_decref(o);
		return err_memory(err);
	}
	if (json_array_append_new(m->list, o) != 0)
		return err_memory(err);
	return rc;
}

static enum rc
send_similar(struct job *j, const struct model *m, struct err *err)
{
	char *text = json_dumps(m->list, JSON_COMPACT);
	struct msg_recalled row = { .id = j->ask->after, .text = span_of(text) };
	enum rc rc = text == NULL ? err_memory(err) : send_row(j, &row, err);

	free(text);
	return rc;
}

static enum rc
similar(struct job *j, struct err *err)
{
	struct model m = { .s = j->k->store, .list = json_array() };
	uint64_t now = clock_wall_ms(), since = now - SIMILAR_MS;
	enum rc rc;

	if (j->ask->since_ms > since)
		since = j->ask->since_ms;
	rc = m.list == NULL ? err_memory(err)
			    : store_hold_get(m.s, j->ask->after, take_model, &m, err);
	if (rc == RC_OK)
		rc = store_holds_like(m.s, span_of(m.identity), span_of(m.rule), since,
		    j->ask->after, SIMILAR_MOST, add_similar, &m, err);
	if (rc == RC_OK)
		rc = send_similar(j, &m, err);
	json_decref(m.list);
	free(m.identity);
	free(m.rule);
	return rc;
}

static const struct {
	enum rc (*find)(struct job *j, struct err *err);
	bool hold; /* after is a hold's id */
	bool one;  /* and must be given */
} questions[] = {
	[RECALL_HOLD] = { next_hold, true, false },
	[RECALL_DENIED] = { next_denied, true, false },
	[RECALL_ONE] = { this_hold, true, true },
	[RECALL_SIMILAR] = { similar, true, true },
	[RECALL_GRANT] = { next_grant, true, false },
	[RECALL_ARTICLE] = { next_article, false, false },
	[RECALL_NOTICE] = { next_notice, false, false },
	[RECALL_TARGET] = { next_target, false, false },
};

static enum rc
find(struct job *j, struct err *err)
{
	const struct msg_recall *a = j->ask;
	char id[ID_HOLD_TEXT];

	if (a->what < RECALL_HOLD || a->what > RECALL_TARGET)
		return err_set(err, RC_REFUSE, "nothing to recall of that kind");
	if (questions[a->what].one && a->after.len == 0)
		return err_set(err, RC_REFUSE, "which hold?");
	if (questions[a->what].hold && a->after.len > 0 &&
	    !(id_hold_parse(a->after, id) && span_is(a->after, id)))
		return err_set(err, RC_REFUSE, "an odd id of a hold");
	return questions[a->what].find(j, err);
}

void
recall_answer(struct keeper *k, uint32_t id, const struct msg_recall *ask)
{
	struct job j = { k, id, ask };
	struct kept kept = { .fd = -1 };
	struct err err = { "" };

	/* What was asked for before is durable, or nothing is said. */
	if (store_busy(k->store))
		kept.rc = commit_finish(k->commit, &err);
	if (kept.rc == RC_OK && (kept.rc = find(&j, &err)) == RC_OK)
		return;
	memcpy(kept.text, err.text, sizeof kept.text);
	commit_answer_take(k->commit, id, &kept);
}
