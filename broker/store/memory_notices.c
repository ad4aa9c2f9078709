/* Notices in memory.  One that is delivered stays as a row, since undo keeps places, and
 * is not found any more. */
#include "broker/store/memory.h"

static const struct store_notice *
find_notice(const struct list *l, struct span id, size_t *at)
{
	for (*at = 0; *at < l->n; ++*at) {
		const struct store_notice *n = l->row[*at];

		if (n->state != NOTICE_DELIVERED && span_eq(n->id, id))
			return n;
	}
	return NULL;
}

enum rc
memory_notice_put(struct store *s, const struct store_notice *n, struct err *err)
{
	struct memory_store *m = memory_self(s);

	return memory_put(m, NOTICES, m->list[NOTICES].n, n, err);
}

enum rc
memory_notice_set(struct store *s, const struct store_notice *n, struct err *err)
{
	struct memory_store *m = memory_self(s);
	const struct store_notice *old;
	struct store_notice row;
	size_t at;

	if ((old = find_notice(&m->list[NOTICES], n->id, &at)) == NULL)
		return err_set(err, RC_FAIL, "store: the notice went meanwhile");
	row = *old;
	row.state = n->state;
	row.tries = n->tries;
	row.next_ms = n->next_ms;
	row.error = n->error;
	return memory_put(m, NOTICES, at, &row, err);
}

enum rc
memory_notice_get(
    struct store *s, struct span id, store_notice_fn *fn, void *arg, struct err *err)
{
	size_t at;
	const struct store_notice *n =
	    find_notice(&memory_self(s)->list[NOTICES], id, &at);

	return n == NULL ? RC_END : fn(arg, n, err);
}

enum rc
memory_notice_next(
    struct store *s, struct span after, store_notice_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[NOTICES];
	const struct store_notice *best = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const struct store_notice *n = l->row[i];

		if (n->state != NOTICE_DELIVERED && memory_order(n->id, after) > 0 &&
		    (best == NULL || memory_order(n->id, best->id) < 0))
			best = n;
	}
	return best == NULL ? RC_END : fn(arg, best, err);
}

enum rc
memory_notice_drop(struct store *s, struct span id, struct err *err)
{
	(void)s;
	(void)id;
	(void)err;
	return RC_OK;
}
