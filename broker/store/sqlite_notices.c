/* Notices as rows of SQLite. */
#include "broker/store/sqlite.h"

enum rc
sqlite_notice_put(struct store *s, const struct store_notice *n, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_NOTICE_PUT];

	sql_text(st, 1, n->id);
	sql_text(st, 2, n->outlet);
	sql_u64(st, 3, n->at_ms);
	sql_u64(st, 4, n->next_ms);
	sql_u64(st, 5, n->tries);
	sql_u64(st, 6, n->state);
	sql_text(st, 7, n->body);
	sql_text(st, 8, n->error);
	return sql_run(sqlite_self(s), SQL_NOTICE_PUT, err);
}

enum rc
sqlite_notice_set(struct store *s, const struct store_notice *n, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_NOTICE_SET];

	sql_text(st, 1, n->id);
	sql_u64(st, 2, n->next_ms);
	sql_u64(st, 3, n->tries);
	sql_u64(st, 4, n->state);
	sql_text(st, 5, n->error);
	return sqlite_change(s, SQL_NOTICE_SET, "the notice went meanwhile", err);
}

struct each_notice {
	store_notice_fn *fn;
	void *arg;
};

static enum rc
notice_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct each_notice *a = arg;
	struct store_notice n = {
		.id = sql_span(st, 0),
		.outlet = sql_span(st, 1),
		.at_ms = sql_number(st, 2),
		.next_ms = sql_number(st, 3),
		.tries = (uint32_t)sql_number(st, 4),
		.state = (uint8_t)sql_number(st, 5),
		.body = sql_span(st, 6),
		.error = sql_span(st, 7),
	};

	return a->fn(a->arg, &n, err);
}

enum rc
sqlite_notice_get(
    struct store *s, struct span id, store_notice_fn *fn, void *arg, struct err *err)
{
	struct each_notice a = { fn, arg };

	sql_text(sqlite_self(s)->st[SQL_NOTICE_GET], 1, id);
	return sql_one(sqlite_self(s), SQL_NOTICE_GET, notice_row, &a, err);
}

enum rc
sqlite_notice_next(
    struct store *s, struct span after, store_notice_fn *fn, void *arg, struct err *err)
{
	struct each_notice a = { fn, arg };

	sql_text(sqlite_self(s)->st[SQL_NOTICE_NEXT], 1, after);
	return sql_one(sqlite_self(s), SQL_NOTICE_NEXT, notice_row, &a, err);
}

enum rc
sqlite_notice_drop(struct store *s, struct span id, struct err *err)
{
	sql_text(sqlite_self(s)->st[SQL_NOTICE_DROP], 1, id);
	return sqlite_change(s, SQL_NOTICE_DROP, "the notice went meanwhile", err);
}
