/* Recordings as rows of SQLite. */
#include "broker/store/sqlite.h"

static void
bind_rec(sqlite3_stmt *st, const struct store_rec *r)
{
	size_t sealed = r->sealed ? 32 : 0, ended = r->state == STORE_REC_OPEN ? 0 : 32;

	sql_blob(st, 1, span_make(r->sid, sizeof r->sid));
	sql_u64(st, 2, r->state);
	sql_u64(st, 3, r->opened_ms);
	sql_u64(st, 4, r->ended_ms);
	sql_blob(st, 5, span_make(r->spk, sealed));
	sql_blob(st, 6, span_make(r->h1, sealed));
	sql_u64(st, 7, r->len);
	sql_blob(st, 8, span_make(r->h, ended));
	sql_text(st, 9, span_of(r->identity));
	sql_text(st, 10, span_of(r->class_));
	sql_u64(st, 11, r->keep_s);
	sql_u64(st, 12, r->shred);
	sql_u64(st, 13, r->ship);
	sql_u64(st, 14, r->shipped);
	sql_u64(st, 15, r->parts);
	sql_u64(st, 16, r->shipped_ms);
	sql_u64(st, 17, r->gone_ms);
	sql_u64(st, 18, r->lock);
}

enum rc
sqlite_rec_put(struct store *s, const struct store_rec *r, struct err *err)
{
	bind_rec(sqlite_self(s)->st[SQL_REC_PUT], r);
	return sql_run(sqlite_self(s), SQL_REC_PUT, err);
}

enum rc
sqlite_rec_set(struct store *s, const struct store_rec *r, struct err *err)
{
	bind_rec(sqlite_self(s)->st[SQL_REC_SET], r);
	return sqlite_change(s, SQL_REC_SET, "the recording went meanwhile", err);
}

static enum rc
rec_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct store_rec r = {
		.state = (enum store_rec_state)sql_number(st, 1),
		.opened_ms = sql_number(st, 2),
		.ended_ms = sql_number(st, 3),
		.len = sql_number(st, 6),
		.keep_s = sql_number(st, 10),
		.shred = (enum store_shred)sql_number(st, 11),
		.ship = (enum store_ship)sql_number(st, 12),
		.shipped = sql_number(st, 13),
		.parts = (uint32_t)sql_number(st, 14),
		.shipped_ms = sql_number(st, 15),
		.gone_ms = sql_number(st, 16),
		.lock = (enum store_lock)sql_number(st, 17),
	};
	bool good = sql_fixed(st, 0, r.sid, sizeof r.sid) &&
		    span_copy(sql_span(st, 8), r.identity, sizeof r.identity) &&
		    span_copy(sql_span(st, 9), r.class_, sizeof r.class_);

	r.sealed = sql_fixed(st, 4, r.spk, sizeof r.spk);
	if (r.sealed)
		good = sql_fixed(st, 5, r.h1, sizeof r.h1) && good;
	if (r.state != STORE_REC_OPEN)
		good = sql_fixed(st, 7, r.h, sizeof r.h) && good;
	if (!good)
		return err_set(err, RC_FAIL, "store: a broken recording row");
	*(struct store_rec *)arg = r;
	return RC_OK;
}

enum rc
sqlite_rec_get(
    struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	sql_blob(sqlite_self(s)->st[SQL_REC_GET], 1, span_make(sid, 16));
	return sql_one(sqlite_self(s), SQL_REC_GET, rec_row, ret, err);
}

struct each_rec {
	store_rec_fn *fn;
	void *arg;
};

static enum rc
rec_each_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct each_rec *a = arg;
	struct store_rec r;
	enum rc rc = rec_row(st, &r, err);

	return rc == RC_OK ? a->fn(a->arg, &r, err) : rc;
}

enum rc
sqlite_rec_each(struct store *s, enum store_rec_state state, store_rec_fn *fn,
    void *arg, struct err *err)
{
	struct each_rec a = { fn, arg };

	sql_u64(sqlite_self(s)->st[SQL_REC_EACH], 1, state);
	return sql_each(sqlite_self(s), SQL_REC_EACH, rec_each_row, &a, err);
}

enum rc
sqlite_rec_to_ship(struct store *s, store_rec_fn *fn, void *arg, struct err *err)
{
	struct each_rec a = { fn, arg };

	return sql_each(sqlite_self(s), SQL_REC_TO_SHIP, rec_each_row, &a, err);
}

enum rc
sqlite_rec_to_expire(
    struct store *s, uint64_t now_ms, store_rec_fn *fn, void *arg, struct err *err)
{
	struct each_rec a = { fn, arg };

	sql_u64(sqlite_self(s)->st[SQL_REC_TO_EXPIRE], 1, now_ms);
	return sql_each(sqlite_self(s), SQL_REC_TO_EXPIRE, rec_each_row, &a, err);
}

enum rc
sqlite_rec_of(struct store *s, struct span identity, uint64_t since_ms,
    store_rec_fn *fn, void *arg, struct err *err)
{
	struct each_rec a = { fn, arg };

	sql_text(sqlite_self(s)->st[SQL_REC_OF], 1, identity);
	sql_u64(sqlite_self(s)->st[SQL_REC_OF], 2, since_ms);
	return sql_each(sqlite_self(s), SQL_REC_OF, rec_each_row, &a, err);
}
