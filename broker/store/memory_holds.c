/* Holds and votes in memory. */
#include "broker/store/memory.h"

#include <stdlib.h>

enum rc
memory_hold_put(struct store *s, const struct store_hold *h, struct err *err)
{
	return memory_put(memory_self(s), HOLDS, memory_self(s)->list[HOLDS].n, h, err);
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

enum rc
memory_hold_state(
    struct store *s, struct span id, enum hold_state *ret, struct err *err)
{
	const struct list *l = &memory_self(s)->list[HOLDS];
	size_t i = find_hold(l, id);

	(void)err;
	if (i == l->n)
		return RC_END;
	*ret = ((struct store_hold *)l->row[i])->state;
	return RC_OK;
}

enum rc
memory_hold_move(struct store *s, struct span id, enum hold_state from,
    enum hold_state to, uint64_t at_ms, struct err *err)
{
	const struct list *l = &memory_self(s)->list[HOLDS];
	size_t i = find_hold(l, id);
	struct store_hold h;

	if (i == l->n || ((struct store_hold *)l->row[i])->state != from)
		return err_set(err, RC_FAIL, "store: the hold moved meanwhile");
	h = *(struct store_hold *)l->row[i];
	h.state = to;
	h.changed_ms = at_ms;
	return memory_put(memory_self(s), HOLDS, i, &h, err);
}

static int
by_id(const void *a, const void *b)
{
	const struct store_hold *x = *(void *const *)a, *y = *(void *const *)b;

	return memory_order(x->id, y->id);
}

static int
by_voter(const void *a, const void *b)
{
	const struct store_vote *x = *(void *const *)a, *y = *(void *const *)b;
	int order = memory_order(x->by, y->by);

	return order != 0 ? order : (x->state > y->state) - (x->state < y->state);
}

static int
by_newest(const void *a, const void *b)
{
	const struct store_hold *x = *(void *const *)a, *y = *(void *const *)b;

	return x->at_ms != y->at_ms ? (x->at_ms < y->at_ms) - (x->at_ms > y->at_ms)
				    : by_id(a, b);
}

enum rc
memory_hold_each(struct store *s, enum hold_state state, store_hold_fn *fn, void *arg,
    struct err *err)
{
	const struct list *l = &memory_self(s)->list[HOLDS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = memory_sorted(l, by_id, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (((struct store_hold *)row[i])->state == state)
			rc = fn(arg, row[i], err);
	free(row);
	return rc;
}

enum rc
memory_vote_put(struct store *s, const struct store_vote *v, struct err *err)
{
	return memory_put(memory_self(s), VOTES, memory_self(s)->list[VOTES].n, v, err);
}

enum rc
memory_vote_each(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[VOTES];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = memory_sorted(l, by_voter, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (span_eq(((struct store_vote *)row[i])->hold, hold))
			rc = fn(arg, row[i], err);
	free(row);
	return rc;
}

enum rc
memory_hold_get(
    struct store *s, struct span id, store_hold_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[HOLDS];
	size_t i = find_hold(l, id);

	return i == l->n ? RC_END : fn(arg, l->row[i], err);
}

enum rc
memory_hold_next(struct store *s, enum hold_state state, struct span after,
    uint64_t since_ms, store_hold_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[HOLDS];
	const struct store_hold *best = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const struct store_hold *h = l->row[i];

		if (h->state == state && h->changed_ms >= since_ms &&
		    memory_order(h->id, after) > 0 &&
		    (best == NULL || memory_order(h->id, best->id) < 0))
			best = h;
	}
	return best == NULL ? RC_END : fn(arg, best, err);
}

static bool
is_like(const struct store_hold *h, const struct store_like *l)
{
	return span_eq(h->identity, l->identity) && span_eq(h->rule, l->rule) &&
	       h->at_ms >= l->since_ms && !span_eq(h->id, l->without);
}

enum rc
memory_holds_like(struct store *s, const struct store_like *like, store_hold_fn *fn,
    void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[HOLDS];
	size_t n = l->n, left = like->most;
	void **row;
	enum rc rc;

	if ((rc = memory_sorted(l, by_newest, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && left > 0 && i < n; i++)
		if (is_like(row[i], like)) {
			rc = fn(arg, row[i], err);
			left--;
		}
	free(row);
	return rc;
}
