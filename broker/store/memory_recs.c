/* Recordings in memory. */
#include "broker/store/memory.h"

#include <stdlib.h>
#include <string.h>

static int
by_sid(const void *a, const void *b)
{
	const struct store_rec *x = *(void *const *)a, *y = *(void *const *)b;

	return memcmp(x->sid, y->sid, sizeof x->sid);
}

static size_t
find_rec(const struct list *l, const uint8_t sid[16])
{
	size_t i = 0;

	while (i < l->n && memcmp(((struct store_rec *)l->row[i])->sid, sid, 16) != 0)
		i++;
	return i;
}

enum rc
memory_rec_put(struct store *s, const struct store_rec *r, struct err *err)
{
	return memory_put(memory_self(s), RECS, memory_self(s)->list[RECS].n, r, err);
}

enum rc
memory_rec_set(struct store *s, const struct store_rec *r, struct err *err)
{
	const struct list *l = &memory_self(s)->list[RECS];
	size_t i = find_rec(l, r->sid);

	if (i == l->n || ((struct store_rec *)l->row[i])->gone_ms > 0)
		return err_set(err, RC_FAIL, "store: the recording went meanwhile");
	return memory_put(memory_self(s), RECS, i, r, err);
}

enum rc
memory_rec_get(
    struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	const struct list *l = &memory_self(s)->list[RECS];
	size_t i = find_rec(l, sid);

	(void)err;
	if (i == l->n)
		return RC_END;
	*ret = *(struct store_rec *)l->row[i];
	return RC_OK;
}

enum rc
memory_rec_each(struct store *s, enum store_rec_state state, store_rec_fn *fn,
    void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[RECS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = memory_sorted(l, by_sid, &row, err)) != RC_OK)
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

enum rc
memory_rec_to_ship(struct store *s, store_rec_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[RECS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = memory_sorted(l, by_end, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct store_rec *r = row[i];

		if (here(r) && r->ship < STORE_SHIP_ALL)
			rc = fn(arg, r, err);
	}
	free(row);
	return rc;
}

enum rc
memory_rec_to_expire(
    struct store *s, uint64_t now_ms, store_rec_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[RECS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = memory_sorted(l, by_due, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct store_rec *r = row[i];

		if (here(r) && r->keep_s > 0 && due_ms(r) < now_ms)
			rc = fn(arg, r, err);
	}
	free(row);
	return rc;
}

enum rc
memory_rec_of(struct store *s, struct span identity, uint64_t since_ms,
    store_rec_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[RECS];
	size_t n = l->n;
	void **row;
	enum rc rc;

	if ((rc = memory_sorted(l, by_opening, &row, err)) != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct store_rec *r = row[i];

		if (span_is(identity, r->identity) && r->opened_ms >= since_ms)
			rc = fn(arg, r, err);
	}
	free(row);
	return rc;
}
