/* Articles in memory. */
#include "broker/store/memory.h"

#include <string.h>

static int
order(const struct store_article *x, const struct store_article *y)
{
	int by_name = memory_order(x->name, y->name);

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return by_name != 0 ? by_name : memcmp(x->digest, y->digest, sizeof x->digest);
}

static const struct store_article *
find_article(const struct list *l, const struct store_article *key, size_t *at)
{
	for (*at = 0; *at < l->n; ++*at)
		if (order(l->row[*at], key) == 0)
			return l->row[*at];
	return NULL;
}

enum rc
memory_article_put(struct store *s, const struct store_article *a, struct err *err)
{
	struct memory_store *m = memory_self(s);

	return memory_put(m, ARTICLES, m->list[ARTICLES].n, a, err);
}

enum rc
memory_article_set(struct store *s, const struct store_article *a, struct err *err)
{
	struct memory_store *m = memory_self(s);
	const struct store_article *old;
	struct store_article row = *a;
	size_t at;

	if ((old = find_article(&m->list[ARTICLES], a, &at)) == NULL)
		return err_set(err, RC_FAIL, "store: the article went meanwhile");
	row.content = old->content;
	return memory_put(m, ARTICLES, at, &row, err);
}

enum rc
memory_article_get(struct store *s, const struct store_article *key,
    store_article_fn *fn, void *arg, struct err *err)
{
	size_t at;
	const struct store_article *a =
	    find_article(&memory_self(s)->list[ARTICLES], key, &at);

	return a == NULL ? RC_END : fn(arg, a, err);
}

enum rc
memory_article_next(struct store *s, const struct store_article *after,
    store_article_fn *fn, void *arg, struct err *err)
{
	const struct list *l = &memory_self(s)->list[ARTICLES];
	const struct store_article *best = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const struct store_article *a = l->row[i];

		if (a->state != ARTICLE_REMOVED && order(a, after) > 0 &&
		    (best == NULL || order(a, best) < 0))
			best = a;
	}
	return best == NULL ? RC_END : fn(arg, best, err);
}
