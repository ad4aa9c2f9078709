/* Grants as rows of SQLite. */
#include "broker/store/sqlite.h"

enum rc
sqlite_grant_put(struct store *s, const struct store_grant *g, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_GRANT_PUT];

	sql_text(st, 1, g->id);
	sql_text(st, 2, g->identity);
	sql_text(st, 3, g->rule);
	sql_blob(st, 4, span_make(g->digest, g->has_digest ? sizeof g->digest : 0));
	sql_u64(st, 5, g->at_ms);
	sql_u64(st, 6, g->until_ms);
	sql_u64(st, 7, g->uses);
	sql_u64(st, 8, g->used);
	sql_u64(st, 9, g->state);
	sql_u64(st, 10, g->at_ms);
	sql_text(st, 11, g->detail);
	return sql_run(sqlite_self(s), SQL_GRANT_PUT, err);
}

enum rc
sqlite_grant_set(
    struct store *s, const struct store_grant *g, uint64_t at_ms, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_GRANT_SET];

	sql_text(st, 1, g->id);
	sql_u64(st, 2, g->used);
	sql_u64(st, 3, g->state);
	sql_u64(st, 4, at_ms);
	return sqlite_change(s, SQL_GRANT_SET, "the grant moved meanwhile", err);
}

struct each_grant {
	store_grant_fn *fn;
	void *arg;
};

static enum rc
grant_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct each_grant *a = arg;
	struct store_grant g = {
		.id = sql_span(st, 0),
		.identity = sql_span(st, 1),
		.rule = sql_span(st, 2),
		.at_ms = sql_number(st, 4),
		.until_ms = sql_number(st, 5),
		.uses = (uint32_t)sql_number(st, 6),
		.used = (uint32_t)sql_number(st, 7),
		.state = (uint8_t)sql_number(st, 8),
		.detail = sql_span(st, 10),
	};

	g.has_digest = sql_fixed(st, 3, g.digest, sizeof g.digest);
	return a->fn(a->arg, &g, err);
}

enum rc
sqlite_grant_get(
    struct store *s, struct span id, store_grant_fn *fn, void *arg, struct err *err)
{
	struct each_grant a = { fn, arg };

	sql_text(sqlite_self(s)->st[SQL_GRANT_GET], 1, id);
	return sql_one(sqlite_self(s), SQL_GRANT_GET, grant_row, &a, err);
}

enum rc
sqlite_grant_next(
    struct store *s, struct span after, store_grant_fn *fn, void *arg, struct err *err)
{
	struct each_grant a = { fn, arg };

	sql_text(sqlite_self(s)->st[SQL_GRANT_NEXT], 1, after);
	return sql_one(sqlite_self(s), SQL_GRANT_NEXT, grant_row, &a, err);
}
