/* Grants in memory. */
#include "broker/store/memory.h"

static const struct store_grant *
find_grant(const struct list *l, struct span id, size_t *at)
{
	for (*at = 0; *at < l->n; ++*at)
		if (span_eq(((struct store_grant *)l->row[*at])->id, id))
			return l->row[*at];
	return NULL;
}

enum rc
memory_grant_put(struct store *s, const struct store_grant *g, struct err *err)
{
	struct memory_store *m = memory_self(s);

	return memory_put(m, GRANTS, m->list[GRANTS].n, g, err);
}

enum rc
memory_grant_set(
    struct store *s, const struct store_grant *g, uint64_t at_ms, struct err *err)
{
	struct memory_store *m = memory_self(s);
	const struct store_grant *old;
	struct store_grant row;
	size_t at;

	(void)at_ms;
	old = find_grant(&m->list[GRANTS], g->id, &at);
	if (old == NULL || old->state != GRANT_OPEN || g->used < old->used ||
	    g->used > old->used + 1)
		return err_set(err, RC_FAIL, "store: the grant moved meanwhile");
	row = *old;
	row.state = g->state;
	row.used = g->used;
	return memory_put(m, GRANTS, at, &row, err);
}

enum rc
memory_grant_get(
    struct store *s, struct span id, store_grant_fn *fn, void *arg, struct err *err)
{
	size_t at;
	const struct store_grant *g =
	    find_grant(&memory_self(s)->list[GRANTS], id, &at);

	return g == NULL ? RC_END : fn(arg, g, err);
}

enum rc
memory_grant_next(
    struct store *s, struct span after, store_grant_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[GRANTS];
	const struct store_grant *best = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const struct store_grant *g = l->row[i];

		if (g->state == GRANT_OPEN && memory_order(g->id, after) > 0 &&
		    (best == NULL || memory_order(g->id, best->id) < 0))
			best = g;
	}
	return best == NULL ? RC_END : fn(arg, best, err);
}
