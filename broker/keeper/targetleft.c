/* Whoever dies says nothing any more of what it had open at AWS.  Its events do: what was
 * opened there and not ended, of recordings that did not end well. */
#include "broker/keeper/targetleft.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/id.h"

#define DIGITS 20

/* A session opens at most eight at once, but a broken store may say anything. */
#define OPEN_MOST 64
#define NAME_MOST 129

struct open {
	uint64_t seq;
	char name[NAME_MOST];
};

struct look {
	uint8_t sid[16]; /* of the recording looked at, or where to begin */
	uint64_t seq;	 /* after this event of it */
	uint64_t since_ms;
	uint8_t (*sids)[16];
	size_t n_sids, cap;
	struct open open[OPEN_MOST];
	size_t n_open;
	/* what is found, to be sent */
	uint64_t found;
	store_event_fn *fn;
	void *arg;
};

static bool
read_after(struct span after, struct look *l)
{
	size_t n = ID_UUID_TEXT - 1;

	if (after.len == 0)
		return true;
	if (after.len != n + 1 + DIGITS || after.p[n] != '/' ||
	    !id_uuid_parse(span_make(after.p, n), l->sid))
		return false;
	for (size_t i = n + 1; i < after.len; i++) {
		if (after.p[i] < '0' || after.p[i] > '9' ||
		    l->seq > (uint64_t)INT64_MAX / 10 - 1)
			return false;
		l->seq = l->seq * 10 + (uint64_t)(after.p[i] - '0');
	}
	return true;
}

/* Rows in the order of their sids. */
static enum rc
gather(void *arg, const struct store_rec *r, struct err *err)
{
	struct look *l = arg;

	if (r->ended_ms < l->since_ms || memcmp(r->sid, l->sid, 16) < 0)
		return RC_OK;
	if (l->n_sids == l->cap) {
		size_t cap = l->cap * 2 + 64;
		void *grown = realloc(l->sids, cap * sizeof *l->sids);

		if (grown == NULL)
			return err_memory(err);
		l->sids = grown;
		l->cap = cap;
	}
	memcpy(l->sids[l->n_sids++], r->sid, 16);
	return RC_OK;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* What the event calls it: ours say "session", those of its end "id". */
static bool
name_of(struct span detail, char ret[NAME_MOST])
{
	json_t *o = json_loadb((const char *)detail.p, detail.len, 0, NULL);
	const char *s = json_string_value(json_object_get(o, "session"));
	bool ok;

	if (s == NULL)
		s = json_string_value(json_object_get(o, "id"));
	ok = s != NULL && span_copy(span_of(s), ret, NAME_MOST);
	json_decref(o);
	return ok;
}

static void
forget(struct look *l, const char *name)
{
	for (size_t i = 0; i < l->n_open; i++)
		if (strcmp(l->open[i].name, name) == 0) {
			l->n_open--;
			memmove(&l->open[i], &l->open[i + 1],
			    (l->n_open - i) * sizeof l->open[0]);
			return;
		}
}

static enum rc
follow(void *arg, const struct store_event *e, struct err *err)
{
	struct look *l = arg;
	bool opened = span_is(e->kind, "target.opened");
	struct open o = { .seq = e->seq };

	(void)err;
	if ((!opened && !span_is(e->kind, "target.closed") &&
		!span_is(e->kind, "target.ended") &&
		!span_is(e->kind, "target.left")) ||
	    !name_of(e->detail, o.name))
		return RC_OK;
	forget(l, o.name);
	if (opened && l->n_open < OPEN_MOST)
		l->open[l->n_open++] = o;
	return RC_OK;
}

static enum rc
send(void *arg, const struct store_event *e, struct err *err)
{
	struct look *l = arg;

	return e->seq == l->found ? l->fn(l->arg, e, err) : RC_OK;
}

/* The first of this recording's, behind l->seq. */
static enum rc
look_at(struct store *s, struct look *l, const uint8_t sid[16], struct err *err)
{
	uint64_t after = memcmp(sid, l->sid, 16) == 0 ? l->seq : 0;
	enum rc rc;

	l->n_open = 0;
	if ((rc = store_events_of(s, sid, follow, l, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < l->n_open; i++)
		if (l->open[i].seq > after) {
			l->found = l->open[i].seq;
			return store_events_of(s, sid, send, l, err);
		}
	return RC_END;
}

enum rc
targetleft_next(struct store *s, struct span after, uint64_t since_ms,
    store_event_fn *fn, void *arg, struct err *err)
{
	struct look l = { .since_ms = since_ms, .fn = fn, .arg = arg };
	enum rc rc;

	if (!read_after(after, &l))
		return err_set(err, RC_REFUSE, "an odd id of a session on a target");
	if ((rc = store_recs(s, STORE_REC_RECOVERED, gather, &l, err)) == RC_OK)
		rc = store_recs(s, STORE_REC_LOST, gather, &l, err);
	if (rc == RC_OK) {
		if (l.n_sids > 1)
			qsort(l.sids, l.n_sids, sizeof *l.sids, by_bytes);
		rc = RC_END;
	}
	for (size_t i = 0; rc == RC_END && i < l.n_sids; i++)
		rc = look_at(s, &l, l.sids[i], err);
	free(l.sids);
	return rc;
}
