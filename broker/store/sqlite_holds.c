/* Holds and their votes as rows of SQLite. */
#include "broker/store/sqlite.h"

enum rc
sqlite_hold_put(struct store *s, const struct store_hold *h, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_HOLD_PUT];

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
	return sql_run(sqlite_self(s), SQL_HOLD_PUT, err);
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

enum rc
sqlite_hold_state(
    struct store *s, struct span id, enum hold_state *ret, struct err *err)
{
	sql_text(sqlite_self(s)->st[SQL_HOLD_STATE], 1, id);
	return sql_one(sqlite_self(s), SQL_HOLD_STATE, state_row, ret, err);
}

enum rc
sqlite_hold_move(struct store *s, struct span id, enum hold_state from,
    enum hold_state to, uint64_t at_ms, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_HOLD_MOVE];

	sql_text(st, 1, id);
	sql_u64(st, 2, from);
	sql_u64(st, 3, to);
	sql_u64(st, 4, at_ms);
	return sqlite_change(s, SQL_HOLD_MOVE, "the hold moved meanwhile", err);
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

enum rc
sqlite_hold_each(struct store *s, enum hold_state state, store_hold_fn *fn, void *arg,
    struct err *err)
{
	struct each_hold a = { fn, arg };

	sql_u64(sqlite_self(s)->st[SQL_HOLD_EACH], 1, state);
	return sql_each(sqlite_self(s), SQL_HOLD_EACH, hold_row, &a, err);
}

enum rc
sqlite_hold_get(
    struct store *s, struct span id, store_hold_fn *fn, void *arg, struct err *err)
{
	struct each_hold a = { fn, arg };

	sql_text(sqlite_self(s)->st[SQL_HOLD_GET], 1, id);
	return sql_one(sqlite_self(s), SQL_HOLD_GET, hold_row, &a, err);
}

enum rc
sqlite_hold_next(struct store *s, enum hold_state state, struct span after,
    uint64_t since_ms, store_hold_fn *fn, void *arg, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_HOLD_NEXT];
	struct each_hold a = { fn, arg };

	sql_u64(st, 1, state);
	sql_text(st, 2, after);
	sql_u64(st, 3, since_ms);
	return sql_one(sqlite_self(s), SQL_HOLD_NEXT, hold_row, &a, err);
}

enum rc
sqlite_holds_like(struct store *s, const struct store_like *l, store_hold_fn *fn,
    void *arg, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_HOLDS_LIKE];
	struct each_hold a = { fn, arg };

	sql_text(st, 1, l->identity);
	sql_text(st, 2, l->rule);
	sql_u64(st, 3, l->since_ms);
	sql_text(st, 4, l->without);
	sql_u64(st, 5, l->most);
	return sql_each(sqlite_self(s), SQL_HOLDS_LIKE, hold_row, &a, err);
}

enum rc
sqlite_vote_put(struct store *s, const struct store_vote *v, struct err *err)
{
	sqlite3_stmt *st = sqlite_self(s)->st[SQL_VOTE_PUT];

	sql_text(st, 1, v->hold);
	sql_text(st, 2, v->by);
	sql_u64(st, 3, v->at_ms);
	sql_u64(st, 4, v->state);
	sql_text(st, 5, v->proof);
	sql_text(st, 6, v->reason);
	sql_text(st, 7, v->key);
	sql_text(st, 8, v->source);
	sql_u64(st, 9, v->verified);
	return sql_run(sqlite_self(s), SQL_VOTE_PUT, err);
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
		.key = sql_span(st, 6),
		.source = sql_span(st, 7),
		.verified = sql_number(st, 8) != 0,
	};

	return a->fn(a->arg, &v, err);
}

enum rc
sqlite_vote_each(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err)
{
	struct each_vote a = { fn, arg };

	sql_text(sqlite_self(s)->st[SQL_VOTE_EACH], 1, hold);
	return sql_each(sqlite_self(s), SQL_VOTE_EACH, vote_row, &a, err);
}
