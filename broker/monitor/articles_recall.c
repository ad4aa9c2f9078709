/* Taking articles back at a start, with those who approved them and the holds that those
 * wait for which nobody has approved yet. */
#include "broker/monitor/articles_parts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"

/* The hold that waits for it: by what was stored with the hold. */
static const struct hold *
hold_for(const struct article *a)
{
	char hex[2 * HOLD_DIGEST + 1];

	id_hex(a->digest, HOLD_DIGEST, hex);
	for (const struct hold *h = holds_first(a->all->m->holds); h != NULL;
	     h = hold_next(h)) {
		const json_t *o = json_object_get(hold_request(h), "article");
		const char *name = json_string_value(json_object_get(o, "name"));
		const char *sum = json_string_value(json_object_get(o, "sha256"));

		if (strcmp(hold_path(h), article_path(a->kind)) == 0 && name != NULL &&
		    strcmp(name, a->name) == 0 && sum != NULL && strcmp(sum, hex) == 0)
			return h;
	}
	return NULL;
}

/* "1/NAME/DIGEST" in the row's id. */
static bool
take_id(struct span id, enum msg_article_kind *kind, char name[65])
{
	const uint8_t *end = id.p + id.len;
	const size_t tail = 1 + 2 * HOLD_DIGEST;

	if (id.len < 2 + tail + 1 || (id.p[0] != '1' && id.p[0] != '2') ||
	    id.p[1] != '/' || end[-(ptrdiff_t)tail] != '/')
		return false;
	*kind = id.p[0] == '1' ? ARTICLE_SCRIPT : ARTICLE_RUNBOOK;
	return span_copy(span_make(id.p + 2, id.len - 2 - tail), name, 65);
}

static struct article *
take_row(struct articles *all, const struct msg_recalled *row)
{
	json_t *o = json_loadb(
	    (const char *)row->detail.p, row->detail.len, JSON_REJECT_DUPLICATES, NULL);
	const char *owner = json_string_value(json_object_get(o, "owner"));
	enum msg_article_kind kind;
	uint8_t digest[HOLD_DIGEST];
	struct article *a = NULL;
	char name[65];

	/* A text that is not what people approved is none of theirs. */
	if (take_id(row->id, &kind, name) && row->digest.len == HOLD_DIGEST &&
	    article_digest_of(row->text, digest) &&
	    memcmp(digest, row->digest.p, HOLD_DIGEST) == 0 &&
	    (row->state == ARTICLE_WAITING || row->state == ARTICLE_APPROVED))
		a = article_make(all, kind, row->text);
	if (a != NULL) {
		memcpy(a->name, name, sizeof a->name);
		memcpy(a->digest, digest, HOLD_DIGEST);
		a->state = (enum msg_article_state)row->state;
		a->at_ms = row->at_ms;
		span_copy(span_of(owner), a->owner, sizeof a->owner);
		span_copy(row->identity, a->by, sizeof a->by);
		span_copy(row->hold, a->hold, sizeof a->hold);
	}
	json_decref(o);
	return a;
}

static void recall_next(struct articles *all, struct span after);

/* All are there: those that wait find their holds again, or are over. */
static void
match(struct articles *all)
{
	struct article *next;

	for (struct article *a = all->first; a != NULL; a = next) {
		const struct hold *h;

		next = a->next;
		if (a->state != ARTICLE_WAITING)
			continue;
		if ((h = hold_for(a)) != NULL)
			span_copy(span_of(hold_id(h)), a->hold, sizeof a->hold);
		else
			article_discard(a, "nobody is asked about it any more");
	}
}

struct recalling {
	struct articles *all;
	struct article *a;
	char id[160];
};

/* Who approved it, from its hold. */
static void
hold_recalled(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct recalling *r = arg;
	struct articles *all = r->all;
	json_t *list;
	char after[160];

	(void)why;
	memcpy(after, r->id, sizeof after);
	if (rc == RC_OK) {
		list = json_loadb((const char *)row->votes.p, row->votes.len,
		    JSON_REJECT_DUPLICATES, NULL);
		(void)voters_read(list, &r->a->voters, NULL);
		json_decref(list);
	}
	free(r);
	if (rc == RC_OK || rc == RC_END)
		recall_next(all, span_of(after));
	else
		all->done(all->done_arg, rc);
}

static void
recall_hold(struct article *a, struct span id)
{
	const struct msg_recall m = { .what = RECALL_ONE, .after = span_of(a->hold) };
	struct articles *all = a->all;
	struct recalling *r = calloc(1, sizeof *r);

	if (r != NULL && span_copy(id, r->id, sizeof r->id)) {
		r->all = all;
		r->a = a;
		if (keep_recall(all->m->keep, &m, hold_recalled, r) == RC_OK)
			return;
	}
	free(r);
	all->done(all->done_arg, RC_FAIL);
}

static void
recalled(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct articles *all = arg;
	struct article *a;

	(void)why;
	if (rc != RC_OK) {
		if (rc == RC_END)
			match(all);
		all->done(all->done_arg, rc == RC_END ? RC_OK : rc);
		return;
	}
	if ((a = take_row(all, row)) == NULL)
		log_line(LOG_ERROR, "left out: article %.*s is odd", (int)row->id.len,
		    (const char *)row->id.p);
	if (a != NULL && a->state == ARTICLE_APPROVED)
		recall_hold(a, row->id);
	else
		recall_next(all, row->id);
}

static void
recall_next(struct articles *all, struct span after)
{
	const struct msg_recall m = { .what = RECALL_ARTICLE, .after = after };

	if (keep_recall(all->m->keep, &m, recalled, all) != RC_OK)
		all->done(all->done_arg, RC_FAIL);
}

void
articles_recall(struct articles *all, void (*done)(void *arg, enum rc rc), void *arg)
{
	all->done = done;
	all->done_arg = arg;
	recall_next(all, span_of(""));
}
