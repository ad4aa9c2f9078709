/* The embedded back end: one SQLite file in WAL mode, synced at every commit.  The
 * statements stand in a table; no SQL is ever put together from values. */
#include "broker/store/store.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "broker/store/backend.h"

static const char schema[] =
#include "broker/store/schema.inc"
    ;

#define APPLICATION 1651666795 /* as in schema.sql */
#define VERSION 1

enum sql {
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
	SQL_COUNT
};

#define REC_COLUMNS "sid, state, opened_ms, ended_ms, spk, h1, len, h"

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
			"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_REC_SET] =
	    "UPDATE recordings SET state = ?2, opened_ms = ?3, ended_ms = ?4, "
	    "spk = ?5, h1 = ?6, len = ?7, h = ?8 WHERE sid = ?1 AND state = 1",
	[SQL_REC_GET] = "SELECT " REC_COLUMNS " FROM recordings WHERE sid = ?1",
	[SQL_REC_EACH] =
	    "SELECT " REC_COLUMNS " FROM recordings WHERE state = ?1 ORDER BY sid",
};

struct sqlite_store {
	struct store base;
	sqlite3 *db;
	sqlite3_stmt *st[SQL_COUNT];
};

static struct sqlite_store *
self(struct store *s)
{
	return (struct sqlite_store *)s;
}

static enum rc
sql_error(struct sqlite_store *q, const char *what, struct err *err)
{
	return err_set(err, RC_FAIL, "store: %s: %s", what, sqlite3_errmsg(q->db));
}

/* Values are bound for the time of one use only; an empty span is empty, not NULL. */
static void
bind_text(sqlite3_stmt *st, int i, struct span s)
{
	sqlite3_bind_text(
	    st, i, s.len == 0 ? "" : (const char *)s.p, (int)s.len, SQLITE_STATIC);
}

static void
bind_blob(sqlite3_stmt *st, int i, struct span s)
{
	if (s.len == 0)
		sqlite3_bind_zeroblob(st, i, 0);
	else
		sqlite3_bind_blob(st, i, s.p, (int)s.len, SQLITE_STATIC);
}

static void
bind_u64(sqlite3_stmt *st, int i, uint64_t v)
{
	sqlite3_bind_int64(st, i, (sqlite3_int64)v);
}

static struct span
column_span(sqlite3_stmt *st, int i)
{
	const void *p = sqlite3_column_blob(st, i);

	return span_make(p, (size_t)sqlite3_column_bytes(st, i));
}

static uint64_t
column_u64(sqlite3_stmt *st, int i)
{
	return (uint64_t)sqlite3_column_int64(st, i);
}

/* A blob of exactly n bytes; false leaves out as it is. */
static bool
column_fixed(sqlite3_stmt *st, int i, uint8_t *out, size_t n)
{
	struct span s = column_span(st, i);

	if (s.len != n)
		return false;
	memcpy(out, s.p, n);
	return true;
}

static void
finish(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

/* Run a bound statement that gives no rows. */
static enum rc
run(struct sqlite_store *q, enum sql which, struct err *err)
{
	int r = sqlite3_step(q->st[which]);
	enum rc rc = r == SQLITE_DONE ? RC_OK : sql_error(q, texts[which], err);

	finish(q->st[which]);
	return rc;
}

typedef enum rc row_fn(sqlite3_stmt *st, void *arg, struct err *err);

/* Call row for each row of a bound statement. */
static enum rc
each(struct sqlite_store *q, enum sql which, row_fn *row, void *arg, struct err *err)
{
	sqlite3_stmt *st = q->st[which];
	enum rc rc = RC_OK;
	int r = SQLITE_ROW;

	while (rc == RC_OK && (r = sqlite3_step(st)) == SQLITE_ROW)
		rc = row(st, arg, err);
	if (rc == RC_OK && r != SQLITE_DONE)
		rc = sql_error(q, texts[which], err);
	finish(st);
	return rc;
}

/* The same for at most one row: RC_END when there is none. */
static enum rc
one(struct sqlite_store *q, enum sql which, row_fn *row, void *arg, struct err *err)
{
	sqlite3_stmt *st = q->st[which];
	int r = sqlite3_step(st);
	enum rc rc = RC_END;

	if (r == SQLITE_ROW)
		rc = row(st, arg, err);
	else if (r != SQLITE_DONE)
		rc = sql_error(q, texts[which], err);
	finish(st);
	return rc;
}

static enum rc
begin(struct store *s, struct err *err)
{
	return run(self(s), SQL_BEGIN, err);
}

static enum rc
commit(struct store *s, struct err *err)
{
	return run(self(s), SQL_COMMIT, err);
}

static void
rollback(struct store *s)
{
	struct sqlite_store *q = self(s);

	/* Some failures (a full disk) have rolled back by themselves. */
	if (!sqlite3_get_autocommit(q->db))
		(void)run(q, SQL_ROLLBACK, NULL);
}

static enum rc
event_put(struct store *s, const struct store_event *e, struct err *err)
{
	sqlite3_stmt *st = self(s)->st[SQL_EVENT_PUT];

	bind_u64(st, 1, e->seq);
	bind_u64(st, 2, e->at_ms);
	bind_text(st, 3, e->kind);
	bind_text(st, 4, e->identity);
	bind_blob(st, 5, e->sid);
	bind_text(st, 6, e->rule);
	bind_text(st, 7, e->detail);
	bind_blob(st, 8, span_make(e->h, sizeof e->h));
	return run(self(s), SQL_EVENT_PUT, err);
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
		.seq = column_u64(st, 0),
		.at_ms = column_u64(st, 1),
		.kind = column_span(st, 2),
		.identity = column_span(st, 3),
		.sid = column_span(st, 4),
		.rule = column_span(st, 5),
		.detail = column_span(st, 6),
	};

	if (!column_fixed(st, 7, e.h, sizeof e.h))
		return err_set(err, RC_FAIL, "store: a broken event");
	return a->fn(a->arg, &e, err);
}

static enum rc
event_each(
    struct store *s, uint64_t from, store_event_fn *fn, void *arg, struct err *err)
{
	struct each_event a = { fn, arg };

	bind_u64(self(s)->st[SQL_EVENT_EACH], 1, from > INT64_MAX ? INT64_MAX : from);
	return each(self(s), SQL_EVENT_EACH, event_row, &a, err);
}

struct last {
	uint64_t seq;
	uint8_t h[32];
};

static enum rc
last_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct last *l = arg;

	l->seq = column_u64(st, 0);
	if (!column_fixed(st, 1, l->h, sizeof l->h))
		return err_set(err, RC_FAIL, "store: a broken event");
	return RC_OK;
}

static enum rc
event_last(struct store *s, uint64_t *seq, uint8_t h[32], struct err *err)
{
	struct last l = { 0 };
	enum rc rc = one(self(s), SQL_EVENT_LAST, last_row, &l, err);

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

	bind_text(st, 1, h->id);
	bind_text(st, 2, h->identity);
	bind_blob(st, 3, span_make(h->digest, sizeof h->digest));
	bind_text(st, 4, h->rule);
	bind_blob(st, 5, span_make(h->policy, sizeof h->policy));
	bind_blob(st, 6, h->canon);
	bind_u64(st, 7, h->at_ms);
	bind_u64(st, 8, h->until_ms);
	bind_u64(st, 9, h->state);
	bind_u64(st, 10, h->changed_ms);
	bind_text(st, 11, h->detail);
	return run(self(s), SQL_HOLD_PUT, err);
}

static enum rc
state_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	uint64_t state = column_u64(st, 0);

	if (state > UINT8_MAX || !hold_state_ok((unsigned)state))
		return err_set(err, RC_FAIL, "store: a broken hold");
	*(enum hold_state *)arg = (enum hold_state)state;
	return RC_OK;
}

static enum rc
hold_state(struct store *s, struct span id, enum hold_state *ret, struct err *err)
{
	bind_text(self(s)->st[SQL_HOLD_STATE], 1, id);
	return one(self(s), SQL_HOLD_STATE, state_row, ret, err);
}

static enum rc
hold_move(struct store *s, struct span id, enum hold_state from, enum hold_state to,
    uint64_t at_ms, struct err *err)
{
	struct sqlite_store *q = self(s);
	sqlite3_stmt *st = q->st[SQL_HOLD_MOVE];
	enum rc rc;

	bind_text(st, 1, id);
	bind_u64(st, 2, from);
	bind_u64(st, 3, to);
	bind_u64(st, 4, at_ms);
	if ((rc = run(q, SQL_HOLD_MOVE, err)) != RC_OK)
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
		.id = column_span(st, 0),
		.identity = column_span(st, 1),
		.rule = column_span(st, 3),
		.canon = column_span(st, 5),
		.at_ms = column_u64(st, 6),
		.until_ms = column_u64(st, 7),
		.state = (enum hold_state)column_u64(st, 8),
		.changed_ms = column_u64(st, 9),
		.detail = column_span(st, 10),
	};

	if (!column_fixed(st, 2, h.digest, sizeof h.digest) ||
	    !column_fixed(st, 4, h.policy, sizeof h.policy))
		return err_set(err, RC_FAIL, "store: a broken hold");
	return a->fn(a->arg, &h, err);
}

static enum rc
hold_each(struct store *s, enum hold_state state, store_hold_fn *fn, void *arg,
    struct err *err)
{
	struct each_hold a = { fn, arg };

	bind_u64(self(s)->st[SQL_HOLD_EACH], 1, state);
	return each(self(s), SQL_HOLD_EACH, hold_row, &a, err);
}

static enum rc
vote_put(struct store *s, const struct store_vote *v, struct err *err)
{
	sqlite3_stmt *st = self(s)->st[SQL_VOTE_PUT];

	bind_text(st, 1, v->hold);
	bind_text(st, 2, v->by);
	bind_u64(st, 3, v->at_ms);
	bind_u64(st, 4, v->state);
	bind_text(st, 5, v->proof);
	bind_text(st, 6, v->reason);
	return run(self(s), SQL_VOTE_PUT, err);
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
		.hold = column_span(st, 0),
		.by = column_span(st, 1),
		.at_ms = column_u64(st, 2),
		.state = (enum hold_state)column_u64(st, 3),
		.proof = column_span(st, 4),
		.reason = column_span(st, 5),
	};

	return a->fn(a->arg, &v, err);
}

static enum rc
vote_each(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err)
{
	struct each_vote a = { fn, arg };

	bind_text(self(s)->st[SQL_VOTE_EACH], 1, hold);
	return each(self(s), SQL_VOTE_EACH, vote_row, &a, err);
}

static void
bind_rec(sqlite3_stmt *st, const struct store_rec *r)
{
	size_t sealed = r->sealed ? 32 : 0, ended = r->state == STORE_REC_OPEN ? 0 : 32;

	bind_blob(st, 1, span_make(r->sid, sizeof r->sid));
	bind_u64(st, 2, r->state);
	bind_u64(st, 3, r->opened_ms);
	bind_u64(st, 4, r->ended_ms);
	bind_blob(st, 5, span_make(r->spk, sealed));
	bind_blob(st, 6, span_make(r->h1, sealed));
	bind_u64(st, 7, r->len);
	bind_blob(st, 8, span_make(r->h, ended));
}

static enum rc
rec_put(struct store *s, const struct store_rec *r, struct err *err)
{
	bind_rec(self(s)->st[SQL_REC_PUT], r);
	return run(self(s), SQL_REC_PUT, err);
}

static enum rc
rec_set(struct store *s, const struct store_rec *r, struct err *err)
{
	struct sqlite_store *q = self(s);
	enum rc rc;

	bind_rec(q->st[SQL_REC_SET], r);
	if ((rc = run(q, SQL_REC_SET, err)) != RC_OK)
		return rc;
	if (sqlite3_changes(q->db) != 1)
		return err_set(err, RC_FAIL, "store: the recording ended meanwhile");
	return RC_OK;
}

static enum rc
rec_row(sqlite3_stmt *st, void *arg, struct err *err)
{
	struct store_rec r = {
		.state = (enum store_rec_state)column_u64(st, 1),
		.opened_ms = column_u64(st, 2),
		.ended_ms = column_u64(st, 3),
		.len = column_u64(st, 6),
	};
	bool good = column_fixed(st, 0, r.sid, sizeof r.sid);

	r.sealed = column_fixed(st, 4, r.spk, sizeof r.spk);
	if (r.sealed)
		good = column_fixed(st, 5, r.h1, sizeof r.h1) && good;
	if (r.state != STORE_REC_OPEN)
		good = column_fixed(st, 7, r.h, sizeof r.h) && good;
	if (!good)
		return err_set(err, RC_FAIL, "store: a broken recording row");
	*(struct store_rec *)arg = r;
	return RC_OK;
}

static enum rc
rec_get(struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	bind_blob(self(s)->st[SQL_REC_GET], 1, span_make(sid, 16));
	return one(self(s), SQL_REC_GET, rec_row, ret, err);
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

	bind_u64(self(s)->st[SQL_REC_EACH], 1, state);
	return each(self(s), SQL_REC_EACH, rec_each_row, &a, err);
}

static void
close_store(struct store *s)
{
	struct sqlite_store *q = self(s);

	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(q->st[i]);
	sqlite3_close(q->db);
	free(q);
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
};

static enum rc
execute(struct sqlite_store *q, const char *sql, struct err *err)
{
	if (sqlite3_exec(q->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sql_error(q, "set up", err);
	return RC_OK;
}

static enum rc
number(struct sqlite_store *q, const char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum rc rc = RC_OK;

	if (sqlite3_prepare_v2(q->db, sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		rc = sql_error(q, sql, err);
	else
		*ret = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return rc;
}

/* Make the tables in an empty file; refuse any other than our own version. */
static enum rc
check_version(struct sqlite_store *q, struct err *err)
{
	int64_t app, version, tables;
	enum rc rc;

	if ((rc = number(q, "PRAGMA application_id", &app, err)) != RC_OK ||
	    (rc = number(q, "PRAGMA user_version", &version, err)) != RC_OK ||
	    (rc = number(q, "SELECT count(*) FROM sqlite_schema", &tables, err)) !=
		RC_OK)
		return rc;
	if (app == 0 && version == 0 && tables == 0) {
		if ((rc = execute(q, "BEGIN IMMEDIATE", err)) != RC_OK ||
		    (rc = execute(q, schema, err)) != RC_OK)
			return rc;
		return execute(q, "COMMIT", err);
	}
	if (app != APPLICATION)
		return err_set(err, RC_REFUSE, "store: the file is another program's");
	if (version != VERSION)
		return err_set(err, RC_REFUSE,
		    "store: the file has version %lld, not %d", (long long)version,
		    VERSION);
	return RC_OK;
}

static enum rc
prepare(struct sqlite_store *q, struct err *err)
{
	for (size_t i = 0; i < SQL_COUNT; i++)
		if (sqlite3_prepare_v3(q->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			&q->st[i], NULL) != SQLITE_OK)
			return sql_error(q, texts[i], err);
	return RC_OK;
}

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

/* Everything but the open itself.  The pragmas come in this order: first those that
 * guard us from a file that somebody else made. */
static enum rc
set_up(struct sqlite_store *q, struct err *err)
{
	char byte;
	enum rc rc;

	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* SQLite seeds itself from a device file: now, since a confined keeper cannot.
	 */
	sqlite3_randomness(sizeof byte, &byte);
	if ((rc = execute(q,
		 "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; "
		 "PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; "
		 "PRAGMA recursive_triggers = ON; "
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
		 err)) != RC_OK)
		return rc;
	if ((rc = check_version(q, err)) != RC_OK || (rc = prepare(q, err)) != RC_OK)
		return rc;
	return check_chain(&q->base, err);
}

static enum rc
open_file(struct sqlite_store *q, const char *dir, struct err *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			  SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
	struct buf path;
	enum rc rc = RC_OK;
	char *real;

	/* SQLite's "no follow" is about the whole path; ours is about the file. */
	if ((real = realpath(dir, NULL)) == NULL)
		return err_errno(err, RC_FAIL, "store");
	buf_init(&path, 8192);
	buf_printf(&path, "%s/broker.db", real);
	if (sqlite3_open_v2(buf_cstr(&path), &q->db, flags, NULL) != SQLITE_OK)
		rc = sql_error(q, "open", err);
	buf_clear(&path);
	free(real);
	return rc;
}

enum rc
store_open_sqlite(const char *dir, struct store **ret, struct err *err)
{
	struct sqlite_store *q = calloc(1, sizeof *q);
	enum rc rc;

	if (q == NULL)
		return err_memory(err);
	q->base.ops = &ops;
	if ((rc = open_file(q, dir, err)) != RC_OK || (rc = set_up(q, err)) != RC_OK) {
		err_add(err, "%s/broker.db", dir);
		close_store(&q->base);
		return rc;
	}
	*ret = &q->base;
	return RC_OK;
}
