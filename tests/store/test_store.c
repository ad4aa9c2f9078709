/* One contract, each back end; then what SQLite alone must hold. */
#include "tests/support/unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "broker/store/store.h"

struct fixture {
	char dir[64];
	struct store *s;
	struct err err;
};

static enum rc
reopen(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
	return store_open_sqlite(f->dir, &f->s, &f->err);
}

static int
setup_sqlite(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/test_store.XXXXXX");
	*state = f;
	if (mkdtemp(f->dir) == NULL)
		return -1;
	return reopen(f) == RC_OK ? 0 : -1;
}

static int
setup_memory(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	return store_open_memory(&f->s, &f->err) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "broker.db", "broker.db-wal",
		"broker.db-shm" };
	struct fixture *f = *state;
	char path[128];

	store_close(f->s);
	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof path, "%s/%s", f->dir, names[i]);
		unlink(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

#define OK(call) assert_int_equal((call), RC_OK)

static enum rc
add_event(struct fixture *f, const char *kind, uint64_t at)
{
	struct store_event e = { .at_ms = at,
		.kind = span_of(kind),
		.identity = span_of("ci"),
		.sid = span_of("0123456789abcdef"),
		.rule = span_of("p/r"),
		.detail = span_of("{\"a\":1}") };

	return store_event_add(f->s, &e, &f->err);
}

static struct store_rec
some_rec(const uint8_t sid[16], uint64_t at_ms)
{
	struct store_rec r = { .opened_ms = at_ms,
		.identity = "ci",
		.class_ = "std-400d",
		.keep_s = 60,
		.lock = STORE_LOCK_GOVERNANCE,
		.shred = STORE_SHRED_KEY };

	memcpy(r.sid, sid, sizeof r.sid);
	return r;
}

static enum rc
add_rec(struct fixture *f, const uint8_t sid[16], uint64_t at_ms)
{
	struct store_rec r = some_rec(sid, at_ms);

	return store_rec_add(f->s, &r, &f->err);
}

static enum rc
count_event(void *arg, const struct store_event *e, struct err *err)
{
	(void)e;
	(void)err;
	++*(size_t *)arg;
	return RC_OK;
}

static size_t
events(struct fixture *f)
{
	size_t n = 0;

	OK(store_events(f->s, 0, count_event, &n, &f->err));
	return n;
}

static enum rc
check_event(void *arg, const struct store_event *e, struct err *err)
{
	(void)err;
	assert_int_equal(e->seq, ++*(uint64_t *)arg);
	assert_int_equal(e->at_ms, 100 + e->seq);
	assert_true(span_is(e->kind, "kind"));
	assert_true(span_is(e->identity, "ci"));
	assert_true(span_is(e->sid, "0123456789abcdef"));
	assert_true(span_is(e->rule, "p/r"));
	assert_true(span_is(e->detail, "{\"a\":1}"));
	return RC_OK;
}

static void
events_come_back_in_order(void **state)
{
	struct fixture *f = *state;
	uint64_t seq = 0, last;
	uint8_t h[32], zero[32] = { 0 };

	OK(store_last(f->s, &last, h, &f->err));
	assert_int_equal(last, 0);
	assert_memory_equal(h, zero, 32);
	OK(store_begin(f->s, &f->err));
	for (uint64_t i = 1; i <= 5; i++)
		OK(add_event(f, "kind", 100 + i));
	OK(store_commit(f->s, &f->err));
	OK(store_events(f->s, 1, check_event, &seq, &f->err));
	assert_int_equal(seq, 5);
	seq = 3;
	OK(store_events(f->s, 4, check_event, &seq, &f->err));
	assert_int_equal(seq, 5);
	OK(store_last(f->s, &last, h, &f->err));
	assert_int_equal(last, 5);
	OK(store_verify(f->s, 1, &f->err));
	OK(store_verify(f->s, 3, &f->err));
}

static enum rc
stop_at_two(void *arg, const struct store_event *e, struct err *err)
{
	*(uint64_t *)arg = e->seq;
	return e->seq == 2 ? err_set(err, RC_RETRY, "enough") : RC_OK;
}

static void
a_walk_ends_when_told(void **state)
{
	struct fixture *f = *state;
	uint64_t seen = 0;

	OK(store_begin(f->s, &f->err));
	for (uint64_t i = 1; i <= 4; i++)
		OK(add_event(f, "kind", i));
	OK(store_commit(f->s, &f->err));
	assert_int_equal(store_events(f->s, 1, stop_at_two, &seen, &f->err), RC_RETRY);
	assert_int_equal(seen, 2);
}

static void
a_rollback_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16] = { 1 }, h[32] = { 0 };
	struct store_rec r;

	OK(store_begin(f->s, &f->err));
	OK(add_event(f, "kind", 101));
	OK(add_rec(f, sid, 5));
	OK(store_commit(f->s, &f->err));
	OK(store_begin(f->s, &f->err));
	OK(add_event(f, "gone", 7));
	OK(store_rec_end(f->s, sid, STORE_REC_CLOSED, 6, 10, h, &f->err));
	assert_true(store_busy(f->s));
	store_rollback(f->s);
	assert_false(store_busy(f->s));
	store_rollback(f->s);
	assert_int_equal(events(f), 1);
	OK(store_rec_get(f->s, sid, &r, &f->err));
	assert_int_equal(r.state, STORE_REC_OPEN);
	/* The chain goes on from the row that stayed. */
	OK(store_begin(f->s, &f->err));
	OK(add_event(f, "kind", 102));
	OK(store_commit(f->s, &f->err));
	OK(store_verify(f->s, 1, &f->err));
	assert_int_equal(events(f), 2);
}

static void
odd_events_are_refused(void **state)
{
	struct fixture *f = *state;
	struct store_event e = { .kind = span_of("k"), .detail = span_of("{}") };
	uint8_t *big = calloc(1, 1 << 20);

	assert_int_equal(store_event_add(f->s, &e, &f->err), RC_FAIL); /* no begin */
	assert_int_equal(store_commit(f->s, &f->err), RC_FAIL);
	OK(store_begin(f->s, &f->err));
	assert_int_equal(store_begin(f->s, &f->err), RC_FAIL);
	e.kind = span_of("");
	assert_int_equal(store_event_add(f->s, &e, &f->err), RC_REFUSE);
	e.kind = span_of("k");
	e.sid = span_of("short");
	assert_int_equal(store_event_add(f->s, &e, &f->err), RC_REFUSE);
	e.sid = span_of("");
	e.at_ms = UINT64_MAX;
	assert_int_equal(store_event_add(f->s, &e, &f->err), RC_REFUSE);
	e.at_ms = 1;
	e.detail = span_make(big, 1 << 20);
	assert_int_equal(store_event_add(f->s, &e, &f->err), RC_REFUSE);
	OK(store_commit(f->s, &f->err));
	assert_int_equal(events(f), 0);
	free(big);
}

static enum rc
add_hold(struct fixture *f, const char *id)
{
	struct store_hold h = { .id = span_of(id),
		.identity = span_of("ci"),
		.rule = span_of("p/r"),
		.canon = span_make("a\0b", 3),
		.at_ms = 10,
		.until_ms = 20,
		.detail = span_of("{}") };

	memset(h.digest, 1, sizeof h.digest);
	memset(h.policy, 2, sizeof h.policy);
	return store_hold_add(f->s, &h, &f->err);
}

static enum rc
set_hold(struct fixture *f, const char *id, enum hold_state to, const char *by)
{
	struct store_vote v = { .hold = span_of(id),
		.state = to,
		.at_ms = 15,
		.by = span_of(by),
		.proof = span_of("key"),
		.reason = span_of("fine") };

	return store_hold_set(f->s, &v, &f->err);
}

static enum hold_state
state_of(struct fixture *f, const char *id)
{
	enum hold_state s = 0;

	OK(store_hold_state(f->s, span_of(id), &s, &f->err));
	return s;
}

static enum rc
check_hold(void *arg, const struct store_hold *h, struct err *err)
{
	uint8_t one[32], two[32];

	(void)err;
	memset(one, 1, sizeof one);
	memset(two, 2, sizeof two);
	++*(size_t *)arg;
	assert_true(span_is(h->id, "7F3K-Q2MX"));
	assert_true(span_is(h->identity, "ci"));
	assert_memory_equal(h->digest, one, 32);
	assert_memory_equal(h->policy, two, 32);
	assert_true(span_eq(h->canon, span_make("a\0b", 3)));
	assert_int_equal(h->at_ms, 10);
	assert_int_equal(h->until_ms, 20);
	assert_int_equal(h->changed_ms, 10);
	assert_true(span_is(h->detail, "{}"));
	return RC_OK;
}

static void
holds_are_kept_as_given(void **state)
{
	struct fixture *f = *state;
	enum hold_state s;
	size_t n = 0;

	OK(store_begin(f->s, &f->err));
	OK(add_hold(f, "7F3K-Q2MX"));
	assert_int_equal(add_hold(f, "7F3K-Q2MX"), RC_REFUSE);
	assert_int_equal(add_hold(f, "7f3k-q2mx"), RC_REFUSE);
	assert_int_equal(add_hold(f, ""), RC_REFUSE);
	OK(store_commit(f->s, &f->err));
	OK(store_holds(f->s, HOLD_PENDING, check_hold, &n, &f->err));
	assert_int_equal(n, 1);
	OK(store_holds(f->s, HOLD_APPROVED, check_hold, &n, &f->err));
	assert_int_equal(n, 1);
	assert_int_equal(
	    store_hold_state(f->s, span_of("7F3K-Q2MY"), &s, &f->err), RC_END);
}

static void
an_approval_is_spent_once(void **state)
{
	struct fixture *f = *state;

	OK(store_begin(f->s, &f->err));
	OK(add_hold(f, "7F3K-Q2MX"));
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_SPENT, "ci"), RC_REFUSE);
	OK(set_hold(f, "7F3K-Q2MX", HOLD_APPROVED, "alice"));
	OK(set_hold(f, "7F3K-Q2MX", HOLD_SPENT, "ci"));
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_SPENT, "ci"), RC_REFUSE);
	OK(store_commit(f->s, &f->err));
	OK(store_begin(f->s, &f->err));
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_SPENT, ""), RC_REFUSE);
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_APPROVED, "bob"), RC_REFUSE);
	store_rollback(f->s);
	assert_int_equal(state_of(f, "7F3K-Q2MX"), HOLD_SPENT);
}

static void
every_transition_is_as_the_table_says(void **state)
{
	static const enum hold_state on_the_way[] = { [HOLD_SPENT] = HOLD_APPROVED };
	struct fixture *f = *state;
	char id[] = "7F3K-Q200";

	for (unsigned from = HOLD_PENDING; from <= HOLD_SPENT; from++)
		for (unsigned to = HOLD_PENDING; to <= HOLD_SPENT + 1; to++) {
			enum rc rc;

			id[7] = (char)('0' + from);
			id[8] = (char)('0' + to);
			OK(store_begin(f->s, &f->err));
			OK(add_hold(f, id));
			if (from < ROWS(on_the_way) && on_the_way[from] != 0)
				OK(set_hold(f, id, on_the_way[from], "alice"));
			if (from != HOLD_PENDING)
				OK(set_hold(f, id, from, "alicia"));
			/* Approving takes a person. */
			rc = set_hold(f, id, to, to == HOLD_APPROVED ? "carl" : "");
			assert_int_equal(rc, hold_may(from, to) ? RC_OK : RC_REFUSE);
			OK(store_commit(f->s, &f->err));
			assert_int_equal(state_of(f, id), rc == RC_OK ? to : from);
		}
}

static enum rc
collect_vote(void *arg, const struct store_vote *v, struct err *err)
{
	struct buf *b = arg;

	(void)err;
	buf_printf(b, "%.*s:%s ", (int)v->by.len, (const char *)v->by.p,
	    hold_state_name(v->state));
	assert_true(span_is(v->proof, "key"));
	return RC_OK;
}

static void
people_vote_once(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	OK(store_begin(f->s, &f->err));
	OK(add_hold(f, "7F3K-Q2MX"));
	OK(set_hold(f, "7F3K-Q2MX", HOLD_PENDING, "bob"));
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_PENDING, "bob"), RC_REFUSE);
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_APPROVED, "bob"), RC_REFUSE);
	/* A vote needs somebody. */
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_PENDING, ""), RC_REFUSE);
	assert_int_equal(state_of(f, "7F3K-Q2MX"), HOLD_PENDING);
	OK(set_hold(f, "7F3K-Q2MX", HOLD_APPROVED, "alice"));
	assert_int_equal(set_hold(f, "7F3K-Q2MX", HOLD_PENDING, "carol"), RC_REFUSE);
	/* What the asker or the broker does is no vote. */
	OK(set_hold(f, "7F3K-Q2MX", HOLD_CANCELLED, "ci"));
	/* Who said yes may change their mind. */
	OK(add_hold(f, "7F3K-Q2MZ"));
	OK(set_hold(f, "7F3K-Q2MZ", HOLD_PENDING, "bob"));
	OK(set_hold(f, "7F3K-Q2MZ", HOLD_DENIED, "bob"));
	OK(store_commit(f->s, &f->err));
	buf_init(&b, 1000);
	OK(store_votes(f->s, span_of("7F3K-Q2MX"), collect_vote, &b, &f->err));
	assert_string_equal(buf_cstr(&b), "alice:approved bob:pending ");
	buf_reset(&b);
	OK(store_votes(f->s, span_of("7F3K-Q2MZ"), collect_vote, &b, &f->err));
	assert_string_equal(buf_cstr(&b), "bob:pending bob:denied ");
	buf_clear(&b);
}

static enum rc
count_rec(void *arg, const struct store_rec *r, struct err *err)
{
	(void)r;
	(void)err;
	++*(size_t *)arg;
	return RC_OK;
}

static void
recordings_open_seal_and_end_once(void **state)
{
	struct fixture *f = *state;
	uint8_t a[16] = { 1 }, b[16] = { 2 }, k[32] = { 3 }, h1[32] = { 4 },
		h[32] = { 5 };
	struct store_rec r;
	size_t n = 0;

	OK(store_begin(f->s, &f->err));
	OK(add_rec(f, a, 10));
	assert_int_equal(add_rec(f, a, 10), RC_REFUSE);
	assert_int_equal(store_rec_seal(f->s, b, k, h1, &f->err), RC_REFUSE);
	OK(store_rec_seal(f->s, a, k, h1, &f->err));
	assert_int_equal(store_rec_seal(f->s, a, k, h1, &f->err), RC_REFUSE);
	OK(store_rec_get(f->s, a, &r, &f->err));
	assert_int_equal(r.state, STORE_REC_OPEN);
	assert_true(r.sealed);
	assert_memory_equal(r.spk, k, 32);
	assert_memory_equal(r.h1, h1, 32);
	OK(store_recs(f->s, STORE_REC_OPEN, count_rec, &n, &f->err));
	assert_int_equal(n, 1);
	assert_int_equal(
	    store_rec_end(f->s, a, STORE_REC_OPEN, 20, 99, h, &f->err), RC_REFUSE);
	OK(store_rec_end(f->s, a, STORE_REC_CLOSED, 20, 99, h, &f->err));
	assert_int_equal(
	    store_rec_end(f->s, a, STORE_REC_RECOVERED, 20, 99, h, &f->err), RC_REFUSE);
	assert_int_equal(store_rec_seal(f->s, a, k, h1, &f->err), RC_REFUSE);
	OK(store_commit(f->s, &f->err));
	OK(store_rec_get(f->s, a, &r, &f->err));
	assert_int_equal(r.state, STORE_REC_CLOSED);
	assert_int_equal(r.opened_ms, 10);
	assert_int_equal(r.ended_ms, 20);
	assert_int_equal(r.len, 99);
	assert_memory_equal(r.h, h, 32);
	assert_int_equal(store_rec_get(f->s, b, &r, &f->err), RC_END);
	n = 0;
	OK(store_recs(f->s, STORE_REC_OPEN, count_rec, &n, &f->err));
	assert_int_equal(n, 0);
	assert_string_equal(store_rec_name(r.state), "closed");
	assert_string_equal(store_rec_name(9), "?");
}

static void
odd_recordings_are_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16] = { 1 };
	struct store_rec r;

	OK(store_begin(f->s, &f->err));
	r = some_rec(sid, UINT64_MAX);
	assert_int_equal(store_rec_add(f->s, &r, &f->err), RC_REFUSE);
	r = some_rec(sid, 1);
	r.keep_s = INT64_MAX / 1000;
	assert_int_equal(store_rec_add(f->s, &r, &f->err), RC_REFUSE);
	r = some_rec(sid, 1);
	r.shred = STORE_SHRED_DONE;
	assert_int_equal(store_rec_add(f->s, &r, &f->err), RC_REFUSE);
	r = some_rec(sid, 1);
	r.lock = (enum store_lock)(STORE_LOCK_COMPLIANCE + 1);
	assert_int_equal(store_rec_add(f->s, &r, &f->err), RC_REFUSE);
	/* What belongs to a later state is not taken from a new one. */
	r = some_rec(sid, 1);
	r.state = STORE_REC_CLOSED;
	r.ship = STORE_SHIP_ALL;
	r.shipped = 7;
	r.gone_ms = 9;
	OK(store_rec_add(f->s, &r, &f->err));
	OK(store_rec_get(f->s, sid, &r, &f->err));
	assert_int_equal(r.state, STORE_REC_OPEN);
	assert_int_equal(r.ship, STORE_SHIP_PART);
	assert_int_equal(r.shipped, 0);
	assert_int_equal(r.gone_ms, 0);
	assert_string_equal(r.identity, "ci");
	assert_string_equal(r.class_, "std-400d");
	assert_int_equal(r.keep_s, 60);
	assert_int_equal(r.lock, STORE_LOCK_GOVERNANCE);
	assert_int_equal(r.shred, STORE_SHRED_KEY);
	OK(store_commit(f->s, &f->err));
}

static enum rc
ship(struct fixture *f, const uint8_t sid[16], enum store_ship to, uint64_t bytes,
    uint32_t parts)
{
	struct store_rec r = {
		.ship = to, .shipped = bytes, .parts = parts, .shipped_ms = 44
	};

	memcpy(r.sid, sid, sizeof r.sid);
	return store_rec_ship(f->s, &r, &f->err);
}

static void
archiving_goes_forward_only(void **state)
{
	struct fixture *f = *state;
	uint8_t a[16] = { 1 }, b[16] = { 2 }, h[32] = { 5 };
	struct store_rec r;

	OK(store_begin(f->s, &f->err));
	OK(add_rec(f, a, 10));
	assert_int_equal(ship(f, b, STORE_SHIP_PART, 1, 1), RC_REFUSE);
	OK(ship(f, a, STORE_SHIP_PART, 100, 2));
	assert_int_equal(ship(f, a, STORE_SHIP_PART, 99, 2), RC_REFUSE);
	assert_int_equal(ship(f, a, STORE_SHIP_PART, 100, 1), RC_REFUSE);
	assert_int_equal(ship(f, a, STORE_SHIP_FILE, 100, 2), RC_REFUSE); /* open */
	assert_int_equal(store_rec_gone(f->s, a, 50, &f->err), RC_REFUSE);
	assert_int_equal(store_rec_shred(f->s, a, &f->err), RC_REFUSE);
	OK(store_rec_end(f->s, a, STORE_REC_CLOSED, 20, 120, h, &f->err));
	OK(ship(f, a, STORE_SHIP_FILE, 120, 3));
	assert_int_equal(ship(f, a, STORE_SHIP_PART, 120, 3), RC_REFUSE);
	OK(ship(f, a, STORE_SHIP_ALL, 120, 3));
	OK(store_rec_shred(f->s, a, &f->err));
	assert_int_equal(store_rec_shred(f->s, a, &f->err), RC_REFUSE);
	assert_int_equal(store_rec_gone(f->s, a, 0, &f->err), RC_REFUSE);
	OK(store_rec_gone(f->s, a, 77, &f->err));
	assert_int_equal(store_rec_gone(f->s, a, 78, &f->err), RC_REFUSE);
	assert_int_equal(ship(f, a, STORE_SHIP_ALL, 130, 4), RC_REFUSE);
	OK(store_commit(f->s, &f->err));
	OK(store_rec_get(f->s, a, &r, &f->err));
	assert_int_equal(r.ship, STORE_SHIP_ALL);
	assert_int_equal(r.shipped, 120);
	assert_int_equal(r.parts, 3);
	assert_int_equal(r.shipped_ms, 44);
	assert_int_equal(r.shred, STORE_SHRED_DONE);
	assert_int_equal(r.gone_ms, 77);
}

static enum rc
first_bytes(void *arg, const struct store_rec *r, struct err *err)
{
	(void)err;
	buf_printf(arg, "%u ", r->sid[0]);
	return RC_OK;
}

static void
lists_of_recordings_are_in_order(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16] = { 0 }, h[32] = { 0 };
	struct store_rec r;
	struct buf b;

	buf_init(&b, 1000);
	OK(store_begin(f->s, &f->err));
	for (uint8_t i = 1; i <= 6; i++) {
		sid[0] = i;
		r = some_rec(sid, 100 - i);
		r.keep_s = i == 3 ? 0 : i;
		if (i == 2)
			strcpy(r.identity, "bob");
		OK(store_rec_add(f->s, &r, &f->err));
		if (i != 6)
			OK(store_rec_end(f->s, sid,
			    i == 5 ? STORE_REC_LOST : STORE_REC_CLOSED,
			    20000 - 2000 * i, 9, h, &f->err));
	}
	sid[0] = 2;
	OK(ship(f, sid, STORE_SHIP_ALL, 9, 0));
	sid[0] = 1;
	OK(ship(f, sid, STORE_SHIP_FILE, 9, 0));
	OK(store_recs_to_ship(f->s, first_bytes, &b, &f->err));
	assert_string_equal(buf_cstr(&b), "4 3 1 ");
	buf_reset(&b);
	/* due at 19000, 18000, never, 16000 */
	OK(store_recs_to_expire(f->s, 18000, first_bytes, &b, &f->err));
	assert_string_equal(buf_cstr(&b), "4 ");
	buf_reset(&b);
	OK(store_recs_to_expire(f->s, 18001, first_bytes, &b, &f->err));
	assert_string_equal(buf_cstr(&b), "4 2 ");
	buf_reset(&b);
	OK(store_recs_of(f->s, span_of("ci"), 96, first_bytes, &b, &f->err));
	assert_string_equal(buf_cstr(&b), "4 3 1 ");
	buf_reset(&b);
	sid[0] = 4;
	OK(store_rec_gone(f->s, sid, 50000, &f->err));
	OK(store_recs_to_expire(f->s, 99999, first_bytes, &b, &f->err));
	OK(store_recs_to_ship(f->s, first_bytes, &b, &f->err));
	assert_string_equal(buf_cstr(&b), "2 1 3 1 ");
	OK(store_commit(f->s, &f->err));
	buf_clear(&b);
}

/* From here on: what only the file must hold. */

static int
sql(struct fixture *f, const char *text)
{
	char path[128];
	sqlite3 *db = NULL;
	int r;

	snprintf(path, sizeof path, "%s/broker.db", f->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	r = sqlite3_exec(db, text, NULL, NULL, NULL);
	sqlite3_close(db);
	return r;
}

static void
fill(struct fixture *f)
{
	OK(store_begin(f->s, &f->err));
	for (uint64_t i = 1; i <= 9; i++)
		OK(add_event(f, "kind", 100 + i));
	OK(add_hold(f, "7F3K-Q2MX"));
	OK(set_hold(f, "7F3K-Q2MX", HOLD_PENDING, "bob"));
	OK(set_hold(f, "7F3K-Q2MX", HOLD_DENIED, "alice"));
	OK(add_rec(f, (const uint8_t *)"0123456789abcdef", 1));
	OK(store_commit(f->s, &f->err));
}

static void
committed_rows_survive(void **state)
{
	struct fixture *f = *state;
	uint64_t seq = 0;

	fill(f);
	OK(store_begin(f->s, &f->err));
	OK(add_event(f, "uncommitted", 1));
	OK(reopen(f));
	OK(store_events(f->s, 1, check_event, &seq, &f->err));
	assert_int_equal(seq, 9);
	assert_int_equal(state_of(f, "7F3K-Q2MX"), HOLD_DENIED);
}

static void
the_file_refuses_edits(void **state)
{
	static const char *const edits[] = {
		"UPDATE events SET detail = '{}' WHERE seq = 4",
		"DELETE FROM events WHERE seq = 9",
		"DELETE FROM events",
		"INSERT OR REPLACE INTO events SELECT 4, 0, 'x', '', x'', '', '', h "
		"FROM events WHERE seq = 4",
		"INSERT INTO events SELECT 12, 0, 'x', '', x'', '', '', h FROM events "
		"WHERE seq = 4",
		"UPDATE holds SET state = 2",
		"UPDATE holds SET digest = zeroblob(32)",
		"UPDATE holds SET state = 7",
		"DELETE FROM holds",
		"UPDATE votes SET by = 'mallory'",
		"DELETE FROM votes",
		"PRAGMA foreign_keys = ON; INSERT INTO votes VALUES "
		"('0000-0000', 'x', 1, 2, '', '')",
		"DELETE FROM recordings",
		"UPDATE recordings SET keep_s = 1",
		"UPDATE recordings SET lock = 0",
		"UPDATE recordings SET class = ''",
		"UPDATE recordings SET shred = 0",
		"UPDATE recordings SET ship = 3",
	};
	struct fixture *f = *state;

	fill(f);
	for (size_t i = 0; i < ROWS(edits); i++)
		if (sql(f, edits[i]) == SQLITE_OK)
			fail_msg("taken: %s", edits[i]);
	OK(reopen(f));
	assert_int_equal(events(f), 9);
}

static void
edits_around_the_triggers_show(void **state)
{
	static const struct {
		const char *edit, *says;
	} rows[] = {
		{ "UPDATE events SET at_ms = 1 WHERE seq = 4", "event 4 was changed" },
		{ "UPDATE events SET kind = 'kinD' WHERE seq = 1",
		    "event 1 was changed" },
		{ "UPDATE events SET identity = 'cj' WHERE seq = 5",
		    "event 5 was changed" },
		{ "UPDATE events SET sid = zeroblob(16) WHERE seq = 5", "event 5 was" },
		{ "UPDATE events SET rule = '' WHERE seq = 9", "event 9 was changed" },
		{ "UPDATE events SET detail = '{}' WHERE seq = 2",
		    "event 2 was changed" },
		{ "UPDATE events SET h = zeroblob(32) WHERE seq = 8",
		    "event 8 was changed" },
		{ "DELETE FROM events WHERE seq = 6", "event 6 is missing" },
		{ "DELETE FROM events WHERE seq = 1", "event 1 is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		void *own = NULL;
		struct fixture *f;

		assert_int_equal(setup_sqlite(&own), 0);
		f = own;
		fill(f);
		store_close(f->s);
		f->s = NULL;
		assert_int_equal(sql(f, "DROP TRIGGER events_no_update;"
					"DROP TRIGGER events_no_delete"),
		    SQLITE_OK);
		assert_int_equal(sql(f, rows[i].edit), SQLITE_OK);
		assert_int_equal(reopen(f), RC_REFUSE);
		assert_non_null(strstr(f->err.text, rows[i].says));
		assert_null(f->s);
		/* teardown closes nothing then */
		assert_int_equal(store_open_memory(&f->s, &f->err), RC_OK);
		teardown(&own);
	}
}

static void
strange_files_are_refused(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	f->s = NULL;
	assert_int_equal(sql(f, "PRAGMA user_version = 4"), SQLITE_OK);
	assert_int_equal(reopen(f), RC_REFUSE);
	assert_non_null(strstr(f->err.text, "version 4"));
	assert_int_equal(
	    sql(f, "PRAGMA user_version = 1; PRAGMA application_id = 5"), SQLITE_OK);
	assert_int_equal(reopen(f), RC_REFUSE);
	assert_non_null(strstr(f->err.text, "another program"));
	assert_int_equal(
	    store_open_sqlite("/tmp/no/such/place", &f->s, &f->err), RC_FAIL);
	assert_int_equal(store_open_memory(&f->s, &f->err), RC_OK);
}

static const char version_1[] =
#include "broker/store/schema.inc"
    ;

/* A file of version 1 with a row, opened by us: nothing is lost, and it can be used
 * as a new one. */
static void
an_old_file_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16], other[16] = { 9 };
	char path[128];
	struct store_rec r;
	size_t n = 0;

	memset(sid, 'a', sizeof sid);
	store_close(f->s);
	f->s = NULL;
	snprintf(path, sizeof path, "%s/broker.db", f->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sql(f, version_1), SQLITE_OK);
	assert_int_equal(
	    sql(f, "INSERT INTO recordings VALUES (CAST('aaaaaaaaaaaaaaaa' AS BLOB), "
		   "2, 5, 6, x'', x'', 7, zeroblob(32))"),
	    SQLITE_OK);
	for (int i = 0; i < 2; i++) {
		OK(reopen(f));
		OK(store_rec_get(f->s, sid, &r, &f->err));
		assert_int_equal(r.state, STORE_REC_CLOSED);
		assert_int_equal(r.opened_ms, 5);
		assert_int_equal(r.len, 7);
		assert_string_equal(r.identity, "");
		assert_int_equal(r.keep_s, 0);
		assert_int_equal(r.shred, STORE_SHRED_NONE);
	}
	OK(store_recs_to_expire(f->s, INT64_MAX, count_rec, &n, &f->err));
	assert_int_equal(n, 0);
	OK(store_recs_to_ship(f->s, count_rec, &n, &f->err));
	assert_int_equal(n, 1);
	OK(store_begin(f->s, &f->err));
	OK(add_rec(f, other, 10));
	OK(ship(f, sid, STORE_SHIP_ALL, 7, 0));
	OK(store_rec_gone(f->s, sid, 10, &f->err));
	OK(store_commit(f->s, &f->err));
	assert_int_not_equal(
	    sql(f, "UPDATE recordings SET gone_ms = 0 WHERE gone_ms > 0"), SQLITE_OK);
	assert_int_not_equal(sql(f, "UPDATE recordings SET keep_s = 1"), SQLITE_OK);
}

static void
a_linked_file_is_not_followed(void **state)
{
	struct fixture *f = *state;
	char path[128], other[128];

	store_close(f->s);
	f->s = NULL;
	snprintf(path, sizeof path, "%s/broker.db", f->dir);
	snprintf(other, sizeof other, "%s/other.db", f->dir);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink("other.db", path), 0);
	assert_int_equal(reopen(f), RC_FAIL);
	unlink(other);
	assert_int_equal(store_open_memory(&f->s, &f->err), RC_OK);
}

/* A disk that takes no more: RC_FAIL, and after a restart all that was committed and
 * nothing else is there.  In a child, since the limit stays. */
static void
a_full_disk_fails_closed(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	fill(f);
	store_close(f->s);
	f->s = NULL;
	fflush(stdout);
	if ((pid = fork()) == 0) {
		struct rlimit limit = { 96 << 10, 96 << 10 };
		enum rc rc = reopen(f);

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		for (unsigned i = 0; rc == RC_OK && i < 10000; i++) {
			if ((rc = store_begin(f->s, &f->err)) == RC_OK &&
			    (rc = add_event(f, "kind", 110 + i)) == RC_OK &&
			    (rc = store_commit(f->s, &f->err)) == RC_OK)
				continue;
			store_rollback(f->s);
		}
		_exit(rc == RC_FAIL ? 17 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 17);
	OK(reopen(f));
	assert_true(events(f) > 9);
	OK(store_verify(f->s, 1, &f->err));
}

#define BOTH(t)                                                                        \
	{ #t " (sqlite)", t, setup_sqlite, teardown, NULL },                           \
	{                                                                              \
#t " (memory)", t, setup_memory, teardown, NULL                        \
	}
#define SQLITE(t) cmocka_unit_test_setup_teardown(t, setup_sqlite, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(events_come_back_in_order),
		BOTH(a_walk_ends_when_told),
		BOTH(a_rollback_leaves_nothing),
		BOTH(odd_events_are_refused),
		BOTH(holds_are_kept_as_given),
		BOTH(an_approval_is_spent_once),
		BOTH(every_transition_is_as_the_table_says),
		BOTH(people_vote_once),
		BOTH(recordings_open_seal_and_end_once),
		BOTH(odd_recordings_are_refused),
		BOTH(archiving_goes_forward_only),
		BOTH(lists_of_recordings_are_in_order),
		SQLITE(committed_rows_survive),
		SQLITE(the_file_refuses_edits),
		cmocka_unit_test(edits_around_the_triggers_show),
		SQLITE(strange_files_are_refused),
		SQLITE(an_old_file_is_brought_up_to_date),
		SQLITE(a_linked_file_is_not_followed),
		SQLITE(a_full_disk_fails_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
