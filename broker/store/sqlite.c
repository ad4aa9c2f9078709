/* The embedded back end: what a row is in SQL.  The statements stand in a table; no SQL
 * is ever put together from values. */
#include "broker/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "broker/store/backend.h"
#include "broker/store/sql.h"

enum statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_EVENT_PUT,
	SQL_EVENT_EACH,
	SQL_EVENT_LAST,
	SQL_HOLD_PUT,
	SQL_HOLD_STATE,
	SQL_HOLD_MOVE,
	SQL_HOLD_EACH,
	SQL_VOTE_PUT,
	SQL_VOTE_EACH,
	SQL_REC_PUT,
	SQL_REC_SET,
	SQL_REC_GET,
	SQL_REC_EACH,
	SQL_REC_TO_SHIP,
	SQL_REC_TO_EXPIRE,
	SQL_REC_OF,
	SQL_COUNT
};

#define REC_COLUMNS                                                                    \
	"sid, state, opened_ms, ended_ms, spk, h1, len, h, identity, class, keep_s, "  \
	"shred, ship, shipped, parts, shipped_ms, gone_ms, lock"
#define REC_HERE "state IN (2, 3) AND gone_ms = 0"

static const char *const texts[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_EVENT_PUT] = "INSERT INTO events (seq, at_ms, kind, identity, sid, rule, "
			  "detail, h) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_EVENT_EACH] = "SELECT seq, at_ms, kind, identity, sid, rule, detail, h "
			   "FROM events WHERE seq >= ?1 ORDER BY seq",
	[SQL_EVENT_LAST] = "SELECT seq, h FROM events ORDER BY seq DESC LIMIT 1",
	[SQL_HOLD_PUT] =
	    "INSERT INTO holds (id, identity, digest, rule, policy, canon, "
	    "at_ms, until_ms, state, changed_ms, detail) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[SQL_HOLD_STATE] = "SELECT state FROM holds WHERE id = ?1",
	[SQL_HOLD_MOVE] = "UPDATE holds SET state = ?3, changed_ms = ?4 "
			  "WHERE id = ?1 AND state = ?2",
	[SQL_HOLD_EACH] = "SELECT id, identity, digest, rule, policy, canon, at_ms, "
			  "until_ms, state, changed_ms, detail FROM holds "
			  "WHERE state = ?1 ORDER BY id",
	[SQL_VOTE_PUT] = "INSERT INTO votes (hold, by, at_ms, state, proof, reason) "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_VOTE_EACH] = "SELECT hold, by, at_ms, state, proof, reason FROM votes "
			  "WHERE hold = ?1 ORDER BY by, state",
	[SQL_REC_PUT] = "INSERT INTO recordings (" REC_COLUMNS ") "
			"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
			"?13, ?14, ?15, ?16, ?17, ?18)",
	[SQL_REC_SET] = "UPDATE recordings SET state = ?2, ended_ms = ?4, spk = ?5, "
			"h1 = ?6, len = ?7, h = ?8, shred = ?12, ship = ?13, "
			"shipped = ?14, parts = ?15, shipped_ms = ?16, gone_ms = ?17 "
			"WHERE sid = ?1 AND gone_ms = 0",
	[SQL_REC_GET] = "SELECT " REC_COLUMNS " FROM recordings WHERE sid = ?1",
	[SQL_REC_EACH] =
	    "SELECT " REC_COLUMNS " FROM recordings WHERE state = ?1 ORDER BY sid",
	[SQL_REC_TO_SHIP] = "SELECT " REC_COLUMNS " FROM recordings WHERE " REC_HERE
			    " AND ship < 2 ORDER BY ended_ms, sid",
	[SQL_REC_TO_EXPIRE] = "SELECT " REC_COLUMNS " FROM recordings WHERE " REC_HERE
			      " AND keep_s > 0 AND ended_ms + keep_s * 1000 < ?1 "
			      "ORDER BY ended_ms + keep_s * 1000, sid",
	[SQL_REC_OF] = "SELECT " REC_COLUMNS " FROM recordings "
		       "WHERE identity = ?1 AND opened_ms >= ?2 "
		       "ORDER BY opened_ms, sid",
};

struct sqlite_store {
	struct store base;
	struct sql sql;
};

static struct sql *
self(struct store *s)
{
	return &((struct sqlite_store *)s)->sql;
}

static enum rc
begin(struct store *s, struct err *err)
{
	return sql_run(self(s), SQL_BEGIN, err);
}

static enum rc
commit(struct store *s, struct err *err)
{
	return sql_run(self(s), SQL_COMMIT, err);
}

static void
rollback(struct store *s)
{
	struct sql *q = self(s);

	/* Some failures (a full disk) have rolled back by themselves. */
	if (!sqlite3_get_autocommit(q->db))
		(void)sql_run(q, SQL_ROLLBACK, NULL);
}

static enum rc
event_put(struct store *s, const struct store_event *e, struct err *err)
{
	sqlite3_stmt *st = self(s)->st[SQL_EVENT_PUT];

	sql_u64(st, 1, e->seq);
	sql_u64(st, 2, e->at_ms);
	sql_text(st, 3, e->kind);
	sql_text(st, 4, e->identity);
	sql_blob(st, 5, e->sid);
	sql_text(st, 6, e->rule);
	sql_text(st, 7, e->detail);
	sql_blob(st, 8, span_make(e->h, sizeof e->h));
	return sql_run(self(s), SQL_EVENT_PUT, err);
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

	sql_u64(self(s)->st[SQL_EVENT_EACH], 1, from > INT64_MAX ? INT64_MAX : from);
	return sql_each(self(s), SQL_EVENT_EACH, event_row, &a, err);
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
	enum rc rc = sql_one(self(s), SQL_EVENT_LAST, last_row, &l, err);

	if (rc != RC_OK && rc != RC_END)
		return rc;
	*seq = l.seq;
	memcpy(h, l.h, sizeof l.h);
	return RC_OK;
}

static enum rc
hold_put(struct store *s, const struct store_hold *h, struct err *err)
{
	sqlite3_stmt *st = self(s)->st[SQL_HOLD_PUT];

	sql_text(st, 1, h->id);
	sql_text(st, 2, h->identity);
	sql_blob(st, 3, span_make(h->digest, sizeof h->digest));
	sql_text(st, 4, h->rule);
	sql_blob(st, 5, span_make(h->policy, sizeof h->policy));
	sql_blob(st, 6, h->canon);
	sql_u64(st, 7, h->at_ms);
	sql_u64(st, 8, h->until_ms);
	sql_u64(st, 9, h->state);
	sql_u64(st, 10, h->changed_ms);
	sql_text(st, 11, h->detail);
	return sql_run(self(s), SQL_HOLD_PUT, err);
}

static enum rc
state_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	uint64_t state = sql_number(st, 0);

	if (state > UINT8_MAX || !hold_state_ok((unsigned)state))
		return err_set(err, RC_FAIL, "store: a broken hold");
	*(enum hold_state *)arg = (enum hold_state)state;
	return RC_OK;
}

static enum rc
hold_state(struct store *s, struct span id, enum hold_state *ret, struct err *err)
{
	sql_text(self(s)->st[SQL_HOLD_STATE], 1, id);
	return sql_one(self(s), SQL_HOLD_STATE, state_row, ret, err);
}

static enum rc
hold_move(struct store *s, struct span id, enum hold_state from, enum hold_state to,
    uint64_t at_ms, struct err *err)
{
	struct sql *q = self(s);
	sqlite3_stmt *st = q->st[SQL_HOLD_MOVE];
	enum rc rc;

	sql_text(st, 1, id);
	sql_u64(st, 2, from);
	sql_u64(st, 3, to);
	sql_u64(st, 4, at_ms);
	if ((rc = sql_run(q, SQL_HOLD_MOVE, err)) != RC_OK)
		return rc;
	if (sqlite3_changes(q->db) != 1)
		return err_set(err, RC_FAIL, "store: the hold moved meanwhile");
	return RC_OK;
}

struct each_hold {
	store_hold_fn *fn;
	void *arg;
};

static enum rc
hold_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct each_hold *a = arg;
	struct store_hold h = {
		.id = sql_span(st, 0),
		.identity = sql_span(st, 1),
		.rule = sql_span(st, 3),
		.canon = sql_span(st, 5),
		.at_ms = sql_number(st, 6),
		.until_ms = sql_number(st, 7),
		.state = (enum hold_state)sql_number(st, 8),
		.changed_ms = sql_number(st, 9),
		.detail = sql_span(st, 10),
	};

	if (!sql_fixed(st, 2, h.digest, sizeof h.digest) ||
	    !sql_fixed(st, 4, h.policy, sizeof h.policy))
		return err_set(err, RC_FAIL, "store: a broken hold");
	return a->fn(a->arg, &h, err);
}

static enum rc
hold_each(struct store *s, enum hold_state state, store_hold_fn *fn, void *arg,
    struct err *err)
{
	struct each_hold a = { fn, arg };

	sql_u64(self(s)->st[SQL_HOLD_EACH], 1, state);
	return sql_each(self(s), SQL_HOLD_EACH, hold_row, &a, err);
}

static enum rc
vote_put(struct store *s, const struct store_vote *v, struct err *err)
{
	sqlite3_stmt *st = self(s)->st[SQL_VOTE_PUT];

	sql_text(st, 1, v->hold);
	sql_text(st, 2, v->by);
	sql_u64(st, 3, v->at_ms);
	sql_u64(st, 4, v->state);
	sql_text(st, 5, v->proof);
	sql_text(st, 6, v->reason);
	return sql_run(self(s), SQL_VOTE_PUT, err);
}

struct each_vote {
	store_vote_fn *fn;
	void *arg;
};

static enum rc
vote_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct each_vote *a = arg;
	struct store_vote v = {
		.hold = sql_span(st, 0),
		.by = sql_span(st, 1),
		.at_ms = sql_number(st, 2),
		.state = (enum hold_state)sql_number(st, 3),
		.proof = sql_span(st, 4),
		.reason = sql_span(st, 5),
	};

	return a->fn(a->arg, &v, err);
}

static enum rc
vote_each(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err)
{
	struct each_vote a = { fn, arg };

	sql_text(self(s)->st[SQL_VOTE_EACH], 1, hold);
	return sql_each(self(s), SQL_VOTE_EACH, vote_row, &a, err);
}

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

static enum rc
rec_put(struct store *s, const struct store_rec *r, struct err *err)
{
	bind_rec(self(s)->st[SQL_REC_PUT], r);
	return sql_run(self(s), SQL_REC_PUT, err);
}

static enum rc
rec_set(struct store *s, const struct store_rec *r, struct err *err)
{
	struct sql *q = self(s);
	enum rc rc;

	bind_rec(q->st[SQL_REC_SET], r);
	if ((rc = sql_run(q, SQL_REC_SET, err)) != RC_OK)
		return rc;
	if (sqlite3_changes(q->db) != 1)
		return err_set(err, RC_FAIL, "store: the recording went meanwhile");
	return RC_OK;
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

static enum rc
rec_get(struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	sql_blob(self(s)->st[SQL_REC_GET], 1, span_make(sid, 16));
	return sql_one(self(s), SQL_REC_GET, rec_row, ret, err);
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

static enum rc
rec_each(struct store *s, enum store_rec_state state, store_rec_fn *fn, void *arg,
    struct err *err)
{
	struct each_rec a = { fn, arg };

	sql_u64(self(s)->st[SQL_REC_EACH], 1, state);
	return sql_each(self(s), SQL_REC_EACH, rec_each_row, &a, err);
}

static enum rc
rec_to_ship(struct store *s, store_rec_fn *fn, void *arg, struct err *err)
{
	struct each_rec a = { fn, arg };

	return sql_each(self(s), SQL_REC_TO_SHIP, rec_each_row, &a, err);
}

static enum rc
rec_to_expire(
    struct store *s, uint64_t now_ms, store_rec_fn *fn, void *arg, struct err *err)
{
	struct each_rec a = { fn, arg };

	sql_u64(self(s)->st[SQL_REC_TO_EXPIRE], 1, now_ms);
	return sql_each(self(s), SQL_REC_TO_EXPIRE, rec_each_row, &a, err);
}

static enum rc
rec_of(struct store *s, struct span identity, uint64_t since_ms, store_rec_fn *fn,
    void *arg, struct err *err)
{
	struct each_rec a = { fn, arg };

	sql_text(self(s)->st[SQL_REC_OF], 1, identity);
	sql_u64(self(s)->st[SQL_REC_OF], 2, since_ms);
	return sql_each(self(s), SQL_REC_OF, rec_each_row, &a, err);
}

static void
close_store(struct store *s)
{
	sql_close(self(s));
	free(s);
}

static const struct store_ops ops = {
	.close = close_store,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.event_put = event_put,
	.event_each = event_each,
	.event_last = event_last,
	.hold_put = hold_put,
	.hold_state = hold_state,
	.hold_move = hold_move,
	.hold_each = hold_each,
	.vote_put = vote_put,
	.vote_each = vote_each,
	.rec_put = rec_put,
	.rec_set = rec_set,
	.rec_get = rec_get,
	.rec_each = rec_each,
	.rec_to_ship = rec_to_ship,
	.rec_to_expire = rec_to_expire,
	.rec_of = rec_of,
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
	if ((rc = sql_open(&q->sql, dir, texts, SQL_COUNT, err)) != RC_OK ||
	    (rc = check_chain(&q->base, err)) != RC_OK) {
		err_add(err, "%s/broker.db", dir);
		close_store(&q->base);
		return rc;
	}
	*ret = &q->base;
	return RC_OK;
}
