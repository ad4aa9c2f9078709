/* Articles as rows of SQLite. */
#include "broker/store/sqlite.h"

static void
bind_key(sqlite3_stmt *st, const struct store_article *a)
{
	sql_u64(st, 1, a->kind);
	sql_text(st, 2, a->name);
	sql_blob(st, 3, span_make(a->digest, sizeof a->digest));
}

enum rc
sqlite_article_put(struct store *s, const struct store_article *a, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_ARTICLE_PUT];

	bind_key(st, a);
	sql_text(st, 4, a->content);
	sql_u64(st, 5, a->at_ms);
	sql_u64(st, 6, a->changed_ms);
	sql_u64(st, 7, a->state);
	sql_text(st, 8, a->by);
	sql_text(st, 9, a->hold);
	sql_text(st, 10, a->detail);
	return sql_run(sqlite_self(s), SQL_ARTICLE_PUT, err);
}

enum rc
sqlite_article_set(struct store *s, const struct store_article *a, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_ARTICLE_SET];

	bind_key(st, a);
	sql_u64(st, 4, a->at_ms);
	sql_u64(st, 5, a->changed_ms);
	sql_u64(st, 6, a->state);
	sql_text(st, 7, a->by);
	sql_text(st, 8, a->hold);
	sql_text(st, 9, a->detail);
	return sqlite_change(s, SQL_ARTICLE_SET, "the article went meanwhile", err);
}

struct each_article {
	store_article_fn *fn;
	void *arg;
};

static enum rc
article_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct each_article *a = arg;
	struct store_article row = {
		.kind = (uint8_t)sql_number(st, 0),
		.name = sql_span(st, 1),
		.content = sql_span(st, 3),
		.at_ms = sql_number(st, 4),
		.changed_ms = sql_number(st, 5),
		.state = (uint8_t)sql_number(st, 6),
		.by = sql_span(st, 7),
		.hold = sql_span(st, 8),
		.detail = sql_span(st, 9),
	};

	if (!sql_fixed(st, 2, row.digest, sizeof row.digest))
		return err_set(err, RC_FAIL, "store: a broken article");
	return a->fn(a->arg, &row, err);
}

enum rc
sqlite_article_get(struct store *s, const struct store_article *key,
    store_article_fn *fn, void *arg, struct err *err)
{
	struct each_article a = { fn, arg };

	bind_key(sqlite_self(s)->st[SQL_ARTICLE_GET], key);
	return sql_one(sqlite_self(s), SQL_ARTICLE_GET, article_row, &a, err);
}

enum rc
sqlite_article_next(struct store *s, const struct store_article *after,
    store_article_fn *fn, void *arg, struct err *err)
{
	struct each_article a = { fn, arg };

	bind_key(sqlite_self(s)->st[SQL_ARTICLE_NEXT], after);
	return sql_one(sqlite_self(s), SQL_ARTICLE_NEXT, article_row, &a, err);
}
