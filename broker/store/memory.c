/* The back end for tests: rows on the heap, each in one block with the bytes its spans
 * point at, and a list of what to undo when a transaction is rolled back. */
#include "broker/store/memory.h"

#include <stdlib.h>
#include <string.h>

struct undo {
	struct undo *next;
	enum kind kind;
	size_t at;
	void *old; /* NULL: the row was new */
};

/* Where the spans of a row are. */
struct shape {
	size_t size;
	size_t nspans;
	size_t spans[6];
};

#define AT(type, member) offsetof(struct type, member)
static const struct shape shapes[KINDS] = {
	[EVENTS] = { sizeof(struct store_event), 5,
	    { AT(store_event, kind), AT(store_event, identity), AT(store_event, sid),
		AT(store_event, rule), AT(store_event, detail) } },
	[HOLDS] = { sizeof(struct store_hold), 5,
	    { AT(store_hold, id), AT(store_hold, identity), AT(store_hold, rule),
		AT(store_hold, canon), AT(store_hold, detail) } },
	[VOTES] = { sizeof(struct store_vote), 6,
	    { AT(store_vote, hold), AT(store_vote, by), AT(store_vote, proof),
		AT(store_vote, reason), AT(store_vote, key), AT(store_vote, source) } },
	[GRANTS] = { sizeof(struct store_grant), 4,
	    { AT(store_grant, id), AT(store_grant, identity), AT(store_grant, rule),
		AT(store_grant, detail) } },
	[ARTICLES] = { sizeof(struct store_article), 5,
	    { AT(store_article, name), AT(store_article, content),
		AT(store_article, by), AT(store_article, hold),
		AT(store_article, detail) } },
	[NOTICES] = { sizeof(struct store_notice), 4,
	    { AT(store_notice, id), AT(store_notice, outlet), AT(store_notice, body),
		AT(store_notice, error) } },
	[RECS] = { sizeof(struct store_rec), 0, { 0 } },
};

static void *
copy_row(enum kind kind, const void *row)
{
	const struct shape *shape = &shapes[kind];
	size_t size = shape->size;
	char *copy, *tail;

	for (size_t i = 0; i < shape->nspans; i++)
		size +=
		    ((const struct span *)((const char *)row + shape->spans[i]))->len;
	if ((copy = malloc(size)) == NULL)
		return NULL;
	memcpy(copy, row, shape->size);
	tail = copy + shape->size;
	for (size_t i = 0; i < shape->nspans; i++) {
		struct span *s = (struct span *)(copy + shape->spans[i]);

		if (s->len > 0)
			memcpy(tail, s->p, s->len);
		s->p = (const uint8_t *)tail;
		tail += s->len;
	}
	return copy;
}

static bool
note_undo(struct memory_store *m, enum kind kind, size_t at, void *old)
{
	struct undo *u = malloc(sizeof *u);

	if (u == NULL)
		return false;
	*u = (struct undo){ m->undo, kind, at, old };
	m->undo = u;
	return true;
}

enum rc
memory_put(
    struct memory_store *m, enum kind kind, size_t at, const void *row, struct err *err)
{
	struct list *l = &m->list[kind];
	void *copy, **grown;

	if (at == l->cap) {
		if ((grown = realloc(l->row, (l->cap * 2 + 8) * sizeof *grown)) == NULL)
			return err_memory(err);
		l->row = grown;
		l->cap = l->cap * 2 + 8;
	}
	if ((copy = copy_row(kind, row)) == NULL ||
	    !note_undo(m, kind, at, at < l->n ? l->row[at] : NULL)) {
		free(copy);
		return err_memory(err);
	}
	l->row[at] = copy;
	if (at == l->n)
		l->n++;
	return RC_OK;
}

static enum rc
begin(struct store *s, struct err *err)
{
	(void)s;
	(void)err;
	return RC_OK;
}

static enum rc
commit(struct store *s, struct err *err)
{
	struct memory_store *m = memory_self(s);

	(void)err;
	for (struct undo *u; (u = m->undo) != NULL;) {
		m->undo = u->next;
		free(u->old);
		free(u);
	}
	return RC_OK;
}

static void
rollback(struct store *s)
{
	struct memory_store *m = memory_self(s);

	for (struct undo *u; (u = m->undo) != NULL;) {
		struct list *l = &m->list[u->kind];

		m->undo = u->next;
		free(l->row[u->at]);
		if (u->old != NULL)
			l->row[u->at] = u->old;
		else
			l->n--;
		free(u);
	}
}

static void
close_store(struct store *s)
{
	struct memory_store *m = memory_self(s);

	for (size_t k = 0; k < KINDS; k++) {
		for (size_t i = 0; i < m->list[k].n; i++)
			free(m->list[k].row[i]);
		free(m->list[k].row);
	}
	free(m);
}

static enum rc
event_put(struct store *s, const struct store_event *e, struct err *err)
{
	return memory_put(
	    memory_self(s), EVENTS, memory_self(s)->list[EVENTS].n, e, err);
}

static enum rc
event_each(
    struct store *s, uint64_t from, store_event_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[EVENTS];
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < l->n; i++)
		if (((struct store_event *)l->row[i])->seq >= from)
			rc = fn(arg, l->row[i], err);
	return rc;
}

static enum rc
event_of(struct store *s, const uint8_t sid[16], store_event_fn *fn, void *arg,
    struct err *err)
{
	const struct list *l = &memory_self(s)->list[EVENTS];
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < l->n; i++)
		if (span_eq(((struct store_event *)l->row[i])->sid, span_make(sid, 16)))
			rc = fn(arg, l->row[i], err);
	return rc;
}

static enum rc
event_last(struct store *s, uint64_t *seq, uint8_t h[32], struct err *err)
{
	const struct list *l = &memory_self(s)->list[EVENTS];
	const struct store_event none = { 0 }, *last = &none;

	(void)err;
	if (l->n > 0)
		last = l->row[l->n - 1];
	*seq = last->seq;
	memcpy(h, last->h, sizeof last->h);
	return RC_OK;
}

int
memory_order(struct span x, struct span y)
{
	size_t n = x.len < y.len ? x.len : y.len;
	int order = n == 0 ? 0 : memcmp(x.p, y.p, n);

	return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

enum rc
memory_sorted(const struct list *l, int (*order)(const void *, const void *),
    void ***ret, struct err *err)
{
	void **copy = malloc((l->n + 1) * sizeof *copy);

	if (copy == NULL)
		return err_memory(err);
	if (l->n > 0) {
		memcpy(copy, l->row, l->n * sizeof *copy);
		qsort(copy, l->n, sizeof *copy, order);
	}
	*ret = copy;
	return RC_OK;
}

static const struct store_ops ops = {
	.close = close_store,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.event_put = event_put,
	.event_each = event_each,
	.event_of = event_of,
	.event_last = event_last,
	.hold_put = memory_hold_put,
	.hold_state = memory_hold_state,
	.hold_move = memory_hold_move,
	.hold_each = memory_hold_each,
	.hold_get = memory_hold_get,
	.hold_next = memory_hold_next,
	.holds_like = memory_holds_like,
	.vote_put = memory_vote_put,
	.vote_each = memory_vote_each,
	.grant_put = memory_grant_put,
	.grant_set = memory_grant_set,
	.grant_get = memory_grant_get,
	.grant_next = memory_grant_next,
	.article_put = memory_article_put,
	.article_set = memory_article_set,
	.article_get = memory_article_get,
	.article_next = memory_article_next,
	.notice_put = memory_notice_put,
	.notice_set = memory_notice_set,
	.notice_get = memory_notice_get,
	.notice_next = memory_notice_next,
	.notice_drop = memory_notice_drop,
	.rec_put = memory_rec_put,
	.rec_set = memory_rec_set,
	.rec_get = memory_rec_get,
	.rec_each = memory_rec_each,
	.rec_to_ship = memory_rec_to_ship,
	.rec_to_expire = memory_rec_to_expire,
	.rec_of = memory_rec_of,
};

enum rc
store_open_memory(struct store **ret, struct err *err)
{
	struct memory_store *m = calloc(1, sizeof *m);

	if (m == NULL)
		return err_memory(err);
	m->base.ops = &ops;
	*ret = &m->base;
	return RC_OK;
}
