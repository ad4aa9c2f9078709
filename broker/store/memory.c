/* The back end for tests: rows on the heap, each in one block with the bytes its spans
 * point at, and a list of what to undo when a transaction is rolled back. */
#include "broker/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "broker/store/backend.h"

enum kind { EVENTS, HOLDS, VOTES, RECS, KINDS };

struct list {
	void **row;
	size_t n, cap;
};

struct undo {
	struct undo *next;
	enum kind kind;
	size_t at;
	void *old; /* NULL: the row was new */
};

struct memory_store {
	struct store base;
	struct list list[KINDS];
	struct undo *undo;
};

/* Where the spans of a row are. */
struct shape {
	size_t size;
	size_t nspans;
	size_t spans[5];
};

#define AT(type, member) offsetof(struct type, member)
static const struct shape shapes[KINDS] = {
	[EVENTS] = { sizeof(struct store_event), 5,
	    { AT(store_event, kind), AT(store_event, identity), AT(store_event, sid),
		AT(store_event, rule), AT(store_event, detail) } },
	[HOLDS] = { sizeof(struct store_hold), 5,
	    { AT(store_hold, id), AT(store_hold, identity), AT(store_hold, rule),
		AT(store_hold, canon), AT(store_hold, detail) } },
	[VOTES] = { sizeof(struct store_vote), 4,
	    { AT(store_vote, hold), AT(store_vote, by), AT(store_vote, proof),
		AT(store_vote, reason) } },
	[RECS] = { sizeof(struct store_rec), 0, { 0 } },
};

static struct memory_store *
self(struct store *s)
{
	return (struct memory_store *)s;
}

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

/* Add a copy of row, or put it in place of the one at `at`. */
static enum rc
put(struct memory_store *m, enum kind kind, size_t at, const void *row, struct err *err)
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
	struct memory_store *m = self(s);

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
	struct memory_store *m = self(s);

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
	struct memory_store *m = self(s);

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
	return put(self(s), EVENTS, self(s)->list[EVENTS].n, e, err);
}

static enum rc
event_each(
    struct store *s, uint64_t from, store_event_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &self(s)->list[EVENTS];
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < l->n; i++)
		if (((struct store_event *)l->row[i])->seq >= from)
			rc = fn(arg, l->row[i], err);
	return rc;
}

static enum rc
event_last(struct store *s, uint64_t *seq, uint8_t h[32], struct err *err)
{
	const struct list *l = &self(s)->list[EVENTS];
	const struct store_event none = { 0 }, *last = &none;

	(void)err;
	if (l->n > 0)
		last = l->row[l->n - 1];
	*seq = last->seq;
	memcpy(h, last->h, sizeof last->h);
	return RC_OK;
}

static enum rc
hold_put(struct store *s, const struct store_hold *h, struct err *err)
{
	return put(self(s), HOLDS, self(s)->list[HOLDS].n, h, err);
}

/* The place of a hold; the list's length when there is none. */
static size_t
find_hold(const struct list *l, struct span id)
{
	size_t i = 0;

	while (i < l->n && !span_eq(((struct store_hold *)l->row[i])->id, id))
		i++;
	return i;
}

static enum rc
hold_state(struct store *s, struct span id, enum hold_state *ret, struct err *err)
{
	const struct list *l = &self(s)->list[HOLDS];
	size_t i = find_hold(l, id);

	(void)err;
	if (i == l->n)
		return RC_END;
	*ret = ((struct store_hold *)l->row[i])->state;
	return RC_OK;
}

static enum rc
hold_move(struct store *s, struct span id, enum hold_state from, enum hold_state to,
    uint64_t at_ms, struct err *err)
{
	const struct list *l = &self(s)->list[HOLDS];
	size_t i = find_hold(l, id);
	struct store_hold h;

	if (i == l->n || ((struct store_hold *)l->row[i])->state != from)
		return err_set(err, RC_FAIL, "store: the hold moved meanwhile");
	h = *(struct store_hold *)l->row[i];
	h.state = to;
	h.changed_ms = at_ms;
	return put(self(s), HOLDS, i, &h, err);
}

static int
by_id(const void *a, const void *b)
{
	const struct store_hold *x = *(void *const *)a, *y = *(void *const *)b;
	size_t n = x->id.len < y->id.len ? x->id.len : y->id.len;
	int order = n == 0 ? 0 : memcmp(x->id.p, y->id.p, n);

	return order != 0 ? order : (x->id.len > y->id.len) - (x->id.len < y->id.len);
}

static int
by_voter(const void *a, const void *b)
{
	const struct store_vote *x = *(void *const *)a, *y = *(void *const *)b;
	size_t n = x->by.len < y->by.len ? x->by.len : y->by.len;
	int order = n == 0 ? 0 : memcmp(x->by.p, y->by.p, n);

	return order != 0 ? order : (x->by.len > y->by.len) - (x->by.len < y->by.len);
}

static int
by_sid(const void *a, const void *b)
{
	const struct store_rec *x = *(void *const *)a, *y = *(void *const *)b;

	return memcmp(x->sid, y->sid, sizeof x->sid);
}

/* The rows in order, in an array of its own: undo keeps places.  Yours to free. */
static enum rc
sorted(const struct list *l, int (*order)(const void *, const void *), void ***ret,
    struct err *err)
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

static enum rc
hold_each(struct store *s, enum hold_state state, store_hold_fn *fn, void *arg,
    struct err *err)
{
	const struct list *l = &self(s)->list[HOLDS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = sorted(l, by_id, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (((struct store_hold *)row[i])->state == state)
			rc = fn(arg, row[i], err);
	free(row);
	return rc;
}

static enum rc
vote_put(struct store *s, const struct store_vote *v, struct err *err)
{
	return put(self(s), VOTES, self(s)->list[VOTES].n, v, err);
}

static enum rc
vote_each(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &self(s)->list[VOTES];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = sorted(l, by_voter, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (span_eq(((struct store_vote *)row[i])->hold, hold))
			rc = fn(arg, row[i], err);
	free(row);
	return rc;
}

static size_t
find_rec(const struct list *l, const uint8_t sid[16])
{
	size_t i = 0;

	while (i < l->n && memcmp(((struct store_rec *)l->row[i])->sid, sid, 16) != 0)
		i++;
	return i;
}

static enum rc
rec_put(struct store *s, const struct store_rec *r, struct err *err)
{
	return put(self(s), RECS, self(s)->list[RECS].n, r, err);
}

static enum rc
rec_set(struct store *s, const struct store_rec *r, struct err *err)
{
	const struct list *l = &self(s)->list[RECS];
	size_t i = find_rec(l, r->sid);

	if (i == l->n || ((struct store_rec *)l->row[i])->gone_ms > 0)
		return err_set(err, RC_FAIL, "store: the recording went meanwhile");
	return put(self(s), RECS, i, r, err);
}

static enum rc
rec_get(struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	const struct list *l = &self(s)->list[RECS];
	size_t i = find_rec(l, sid);

	(void)err;
	if (i == l->n)
		return RC_END;
	*ret = *(struct store_rec *)l->row[i];
	return RC_OK;
}

static enum rc
rec_each(struct store *s, enum store_rec_state state, store_rec_fn *fn, void *arg,
    struct err *err)
{
	const struct list *l = &self(s)->list[RECS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = sorted(l, by_sid, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (((struct store_rec *)row[i])->state == state)
			rc = fn(arg, row[i], err);
	free(row);
	return rc;
}

static bool
here(const struct store_rec *r)
{
	return (r->state == STORE_REC_CLOSED || r->state == STORE_REC_RECOVERED) &&
	       r->gone_ms == 0;
}

static uint64_t
due_ms(const struct store_rec *r)
{
	return r->ended_ms + r->keep_s * 1000;
}

static int
by_time(uint64_t x, uint64_t y, const void *a, const void *b)
{
	return x != y ? (x > y) - (x < y) : by_sid(a, b);
}

static int
by_end(const void *a, const void *b)
{
	const struct store_rec *x = *(void *const *)a, *y = *(void *const *)b;

	return by_time(x->ended_ms, y->ended_ms, a, b);
}

static int
by_due(const void *a, const void *b)
{
	return by_time(due_ms(*(void *const *)a), due_ms(*(void *const *)b), a, b);
}

static int
by_opening(const void *a, const void *b)
{
	const struct store_rec *x = *(void *const *)a, *y = *(void *const *)b;

	return by_time(x->opened_ms, y->opened_ms, a, b);
}

static enum rc
rec_to_ship(struct store *s, store_rec_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &self(s)->list[RECS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = sorted(l, by_end, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct store_rec *r = row[i];

		if (here(r) && r->ship < STORE_SHIP_ALL)
			rc = fn(arg, r, err);
	}
	free(row);
	return rc;
}

static enum rc
rec_to_expire(
    struct store *s, uint64_t now_ms, store_rec_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &self(s)->list[RECS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = sorted(l, by_due, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct store_rec *r = row[i];

		if (here(r) && r->keep_s > 0 && due_ms(r) < now_ms)
			rc = fn(arg, r, err);
	}
	free(row);
	return rc;
}

static enum rc
rec_of(struct store *s, struct span identity, uint64_t since_ms, store_rec_fn *fn,
    void *arg, struct err *err)
{
	const struct list *l = &self(s)->list[RECS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = sorted(l, by_opening, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct store_rec *r = row[i];

		if (span_is(identity, r->identity) && r->opened_ms >= since_ms)
			rc = fn(arg, r, err);
	}
	free(row);
	return rc;
}

static const struct store_ops ops = {
	.close = close_store,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.event_put = event_put,
	.event_each = event_each,
	.event_last = event_last,
	.hold_put = hold_put,
	.hold_state = hold_state,
	.hold_move = hold_move,
	.hold_each = hold_each,
	.vote_put = vote_put,
	.vote_each = vote_each,
	.rec_put = rec_put,
	.rec_set = rec_set,
	.rec_get = rec_get,
	.rec_each = rec_each,
	.rec_to_ship = rec_to_ship,
	.rec_to_expire = rec_to_expire,
	.rec_of = rec_of,
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
