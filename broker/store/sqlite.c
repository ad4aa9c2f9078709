/* The embedded back end: transactions and events.  What else is a row stands in the other
 * files of this name. */
#include "broker/store/sqlite.h"

#include <stdlib.h>
#include <string.h>

enum rc
sqlite_change(struct store *s, unsigned which, const char *none, struct err *err)
{
	struct sql *q = sqlite_self(s);
	enum rc rc = sql_run(q, which, err);

	if (rc == RC_OK && sqlite3_changes(q->db) != 1)
		return err_set(err, RC_FAIL, "store: %s", none);
	return rc;
}

static enum rc
begin(struct store *s, struct err *err)
{
	return sql_run(sqlite_self(s), SQL_BEGIN, err);
}

static enum rc
commit(struct store *s, struct err *err)
{
	return sql_run(sqlite_self(s), SQL_COMMIT, err);
}

static void
rollback(struct store *s)
{
	struct sql *q = sqlite_self(s);

	/* Some failures (a full disk) have rolled back by themselves. */
	if (!sqlite3_get_autocommit(q->db))
		(void)sql_run(q, SQL_ROLLBACK, NULL);
}

static enum rc
event_put(struct store *s, const struct store_event *e, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_EVENT_PUT];

	sql_u64(st, 1, e->seq);
	sql_u64(st, 2, e->at_ms);
	sql_text(st, 3, e->kind);
	sql_text(st, 4, e->identity);
	sql_blob(st, 5, e->sid);
	sql_text(st, 6, e->rule);
	sql_text(st, 7, e->detail);
	sql_blob(st, 8, span_make(e->h, sizeof e->h));
	return sql_run(sqlite_self(s), SQL_EVENT_PUT, err);
}

struct each_event {
	store_event_fn *fn;
	void *arg;
};

static enum rc
event_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct each_event *a = arg;
	struct store_event e = {
		.seq = sql_number(st, 0),
		.at_ms = sql_number(st, 1),
		.kind = sql_span(st, 2),
		.identity = sql_span(st, 3),
		.sid = sql_span(st, 4),
		.rule = sql_span(st, 5),
		.detail = sql_span(st, 6),
	};

	if (!sql_fixed(st, 7, e.h, sizeof e.h))
		return err_set(err, RC_FAIL, "store: a broken event");
	return a->fn(a->arg, &e, err);
}

static enum rc
event_each(
    struct store *s, uint64_t from, store_event_fn *fn, void *arg, struct err *err)
{
	struct each_event a = { fn, arg };

	sql_u64(
	    sqlite_self(s)->st[SQL_EVENT_EACH], 1, from > INT64_MAX ? INT64_MAX : from);
	return sql_each(sqlite_self(s), SQL_EVENT_EACH, event_row, &a, err);
}

static enum rc
event_of(struct store *s, const uint8_t sid[16], store_event_fn *fn, void *arg,
    struct err *err)
{
	struct each_event a = { fn, arg };

	sql_blob(sqlite_self(s)->st[SQL_EVENT_OF], 1, span_make(sid, 16));
	return sql_each(sqlite_self(s), SQL_EVENT_OF, event_row, &a, err);
}

struct last {
	uint64_t seq;
	uint8_t h[32];
};

static enum rc
last_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct last *l = arg;

	l->seq = sql_number(st, 0);
	if (!sql_fixed(st, 1, l->h, sizeof l->h))
		return err_set(err, RC_FAIL, "store: a broken event");
	return RC_OK;
}

static enum rc
event_last(struct store *s, uint64_t *seq, uint8_t h[32], struct err *err)
{
	struct last l = { 0 };
	enum rc rc = sql_one(sqlite_self(s), SQL_EVENT_LAST, last_row, &l, err);

	if (rc != RC_OK && rc != RC_END)
		return rc;
	*seq = l.seq;
	memcpy(h, l.h, sizeof l.h);
	return RC_OK;
}

static void
close_store(struct store *s)
{
	sql_close(sqlite_self(s));
	free(s);
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
	.hold_put = sqlite_hold_put,
	.hold_state = sqlite_hold_state,
	.hold_move = sqlite_hold_move,
	.hold_each = sqlite_hold_each,
	.hold_get = sqlite_hold_get,
	.hold_next = sqlite_hold_next,
	.holds_like = sqlite_holds_like,
	.vote_put = sqlite_vote_put,
	.vote_each = sqlite_vote_each,
	.grant_put = sqlite_grant_put,
	.grant_set = sqlite_grant_set,
	.grant_get = sqlite_grant_get,
	.grant_next = sqlite_grant_next,
	.article_put = sqlite_article_put,
	.article_set = sqlite_article_set,
	.article_get = sqlite_article_get,
	.article_next = sqlite_article_next,
	.notice_put = sqlite_notice_put,
	.notice_set = sqlite_notice_set,
	.notice_get = sqlite_notice_get,
	.notice_next = sqlite_notice_next,
	.notice_drop = sqlite_notice_drop,
	.rec_put = sqlite_rec_put,
	.rec_set = sqlite_rec_set,
	.rec_get = sqlite_rec_get,
	.rec_each = sqlite_rec_each,
	.rec_to_ship = sqlite_rec_to_ship,
	.rec_to_expire = sqlite_rec_to_expire,
	.rec_of = sqlite_rec_of,
};

static enum rc
check_chain(struct store *s, struct err *err)
{
	uint64_t seq;
	uint8_t h[32];
	enum rc rc;

	if ((rc = store_last(s, &seq, h, err)) != RC_OK)
		return rc;
	return store_verify(s, seq > STORE_CHECKED ? seq - STORE_CHECKED : 1, err);
}

enum rc
store_open_sqlite(const char *dir, struct store **ret, struct err *err)
{
	struct sqlite_store *q = calloc(1, sizeof *q);
	enum rc rc;

	if (q == NULL)
		return err_memory(err);
	q->base.ops = &ops;
	if ((rc = sql_open(&q->sql, dir, sqlite_texts, SQL_COUNT, err)) != RC_OK ||
	    (rc = check_chain(&q->base, err)) != RC_OK) {
		err_add(err, "%s/broker.db", dir);
		close_store(&q->base);
		return rc;
	}
	*ret = &q->base;
	return RC_OK;
}
