/* The rules of the store, above any back end: transactions, the chain of events, the
 * order of a recording's states.  Those of what people approve stand beside it. */
#include "broker/store/store.h"

#include <string.h>

#include <openssl/evp.h>

#include "broker/store/backend.h"

/* Room for one event: its detail and the short fields. */
#define EVENT_MAX (256u << 10)
/* Seconds that anything is kept: past that, milliseconds would not fit any more. */
#define STORE_KEEP_MAX (INT64_MAX / 4000)

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_rollback(s);
	s->ops->close(s);
}

enum rc
store_begin(struct store *s, struct err *err)
{
	enum rc rc;

	if (s->busy)
		return err_set(err, RC_FAIL, "store: a transaction is open");
	if ((rc = s->ops->begin(s, err)) == RC_OK)
		s->busy = true;
	return rc;
}

enum rc
store_commit(struct store *s, struct err *err)
{
	enum rc rc;

	if (!s->busy)
		return err_set(err, RC_FAIL, "store: no transaction is open");
	if ((rc = s->ops->commit(s, err)) != RC_OK)
		return rc;
	s->busy = false;
	return RC_OK;
}

void
store_rollback(struct store *s)
{
	if (!s->busy)
		return;
	s->ops->rollback(s);
	s->busy = false;
	s->last_known = false;
}

bool
store_busy(const struct store *s)
{
	return s->busy;
}

enum rc
store_changing(const struct store *s, struct err *err)
{
	return s->busy ? RC_OK : err_set(err, RC_FAIL, "store: no transaction is open");
}

bool
store_time_ok(uint64_t ms)
{
	return ms <= INT64_MAX;
}

enum rc
store_chain(
    const struct store_event *e, const uint8_t prev[32], uint8_t h[32], struct err *err)
{
	struct buf b;
	enum rc rc = RC_OK;

	buf_init(&b, EVENT_MAX);
	buf_put(&b, "broker-event/1", sizeof "broker-event/1");
	buf_put(&b, prev, 32);
	buf_u64(&b, e->seq);
	buf_u64(&b, e->at_ms);
	buf_string(&b, e->kind);
	buf_string(&b, e->identity);
	buf_string(&b, e->sid);
	buf_string(&b, e->rule);
	buf_string(&b, e->detail);
	if (!buf_ok(&b))
		rc = err_set(err, RC_REFUSE, "store: the event is too long");
	else if (EVP_Digest(b.p, b.len, h, NULL, EVP_sha256(), NULL) != 1)
		rc = err_set(err, RC_FAIL, "store: SHA-256");
	buf_clear(&b);
	return rc;
}

enum rc
store_last(struct store *s, uint64_t *seq, uint8_t h[32], struct err *err)
{
	enum rc rc;

	if (!s->last_known) {
		if ((rc = s->ops->event_last(s, &s->last_seq, s->last_h, err)) != RC_OK)
			return rc;
		s->last_known = true;
	}
	*seq = s->last_seq;
	memcpy(h, s->last_h, 32);
	return RC_OK;
}

enum rc
store_event_add(struct store *s, const struct store_event *e, struct err *err)
{
	struct store_event row = *e;
	uint8_t prev[32];
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (e->kind.len == 0 || (e->sid.len != 0 && e->sid.len != 16) ||
	    !store_time_ok(e->at_ms))
		return err_set(err, RC_REFUSE,
		    "store: an event without kind, or with an "
		    "odd session or time");
	if ((rc = store_last(s, &row.seq, prev, err)) != RC_OK)
		return rc;
	row.seq++;
	if ((rc = store_chain(&row, prev, row.h, err)) != RC_OK ||
	    (rc = s->ops->event_put(s, &row, err)) != RC_OK)
		return rc;
	s->last_seq = row.seq;
	memcpy(s->last_h, row.h, sizeof row.h);
	return RC_OK;
}

enum rc
store_events(
    struct store *s, uint64_t from, store_event_fn *fn, void *arg, struct err *err)
{
	return s->ops->event_each(s, from, fn, arg, err);
}

enum rc
store_events_of(struct store *s, const uint8_t sid[16], store_event_fn *fn, void *arg,
    struct err *err)
{
	return s->ops->event_of(s, sid, fn, arg, err);
}

struct verify {
	uint64_t next; /* seq that must come */
	bool blind;    /* take its h as it is: what stood before is not known */
	uint8_t h[32];
};

static enum rc
verify_event(void *arg, const struct store_event *e, struct err *err)
{
	struct verify *v = arg;
	uint8_t h[32];
	enum rc rc;

	if (e->seq != v->next)
		return err_set(err, RC_REFUSE, "event %llu is missing",
		    (unsigned long long)v->next);
	if (!v->blind) {
		if ((rc = store_chain(e, v->h, h, err)) != RC_OK)
			return rc;
		if (memcmp(h, e->h, sizeof h) != 0)
			return err_set(err, RC_REFUSE, "event %llu was changed",
			    (unsigned long long)e->seq);
	}
	v->blind = false;
	v->next = e->seq + 1;
	memcpy(v->h, e->h, sizeof v->h);
	return RC_OK;
}

enum rc
store_verify(struct store *s, uint64_t from, struct err *err)
{
	/* The row before the first one is needed for its h. */
	struct verify v = { .next = from <= 1 ? 1 : from - 1, .blind = from > 1 };

	return store_events(s, v.next, verify_event, &v, err);
}

const char *
store_rec_name(unsigned state)
{
	static const char *const names[] = {
		[STORE_REC_OPEN] = "open",
		[STORE_REC_CLOSED] = "closed",
		[STORE_REC_RECOVERED] = "recovered",
		[STORE_REC_LOST] = "lost",
	};

	return state >= STORE_REC_OPEN && state <= STORE_REC_LOST ? names[state] : "?";
}

enum rc
store_rec_add(struct store *s, const struct store_rec *r, struct err *err)
{
	struct store_rec old, row = { .state = STORE_REC_OPEN,
		.opened_ms = r->opened_ms,
		.keep_s = r->keep_s,
		.lock = r->lock,
		.shred = r->shred };
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!store_time_ok(r->opened_ms) || r->keep_s > STORE_KEEP_MAX ||
	    r->shred > STORE_SHRED_KEY || r->lock > STORE_LOCK_COMPLIANCE)
		return err_set(err, RC_REFUSE, "store: a recording with an odd time");
	if (!span_copy(span_of(r->identity), row.identity, sizeof row.identity) ||
	    !span_copy(span_of(r->class_), row.class_, sizeof row.class_))
		return err_set(err, RC_REFUSE, "store: a recording with an odd name");
	rc = s->ops->rec_get(s, r->sid, &old, err);
	if (rc == RC_OK)
		return err_set(err, RC_REFUSE, "store: the recording exists");
	if (rc != RC_END)
		return rc;
	memcpy(row.sid, r->sid, sizeof row.sid);
	return s->ops->rec_put(s, &row, err);
}

/* The row, if it may still be changed. */
static enum rc
our_rec(struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	rc = s->ops->rec_get(s, sid, ret, err);
	if (rc == RC_END)
		return err_set(err, RC_REFUSE, "store: no such recording");
	if (rc == RC_OK && ret->gone_ms > 0)
		return err_set(err, RC_REFUSE, "store: the recording has expired");
	return rc;
}

static enum rc
open_rec(struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	enum rc rc = our_rec(s, sid, ret, err);

	if (rc == RC_OK && ret->state != STORE_REC_OPEN)
		return err_set(err, RC_REFUSE, "store: the recording is %s",
		    store_rec_name(ret->state));
	return rc;
}

static enum rc
ended_rec(
    struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	enum rc rc = our_rec(s, sid, ret, err);

	if (rc == RC_OK && ret->state != STORE_REC_CLOSED &&
	    ret->state != STORE_REC_RECOVERED)
		return err_set(err, RC_REFUSE, "store: the recording is %s",
		    store_rec_name(ret->state));
	return rc;
}

enum rc
store_rec_seal(struct store *s, const uint8_t sid[16], const uint8_t spk[32],
    const uint8_t h1[32], struct err *err)
{
	struct store_rec row;
	enum rc rc;

	if ((rc = open_rec(s, sid, &row, err)) != RC_OK)
		return rc;
	if (row.sealed)
		return err_set(err, RC_REFUSE, "store: the recording has its seal");
	row.sealed = true;
	memcpy(row.spk, spk, sizeof row.spk);
	memcpy(row.h1, h1, sizeof row.h1);
	return s->ops->rec_set(s, &row, err);
}

enum rc
store_rec_end(struct store *s, const uint8_t sid[16], enum store_rec_state state,
    uint64_t at_ms, uint64_t len, const uint8_t h[32], struct err *err)
{
	struct store_rec row;
	enum rc rc;

	if ((rc = open_rec(s, sid, &row, err)) != RC_OK)
		return rc;
	if (state <= STORE_REC_OPEN || state > STORE_REC_LOST ||
	    !store_time_ok(at_ms) || len > INT64_MAX)
		return err_set(err, RC_REFUSE, "store: an odd end of a recording");
	row.state = state;
	row.ended_ms = at_ms;
	row.len = len;
	memcpy(row.h, h, sizeof row.h);
	return s->ops->rec_set(s, &row, err);
}

enum rc
store_rec_ship(struct store *s, const struct store_rec *r, struct err *err)
{
	struct store_rec row;
	enum rc rc;

	if ((rc = our_rec(s, r->sid, &row, err)) != RC_OK)
		return rc;
	if (r->ship < row.ship || r->ship > STORE_SHIP_ALL ||
	    r->shipped < row.shipped || r->shipped > INT64_MAX ||
	    r->parts < row.parts || !store_time_ok(r->shipped_ms) ||
	    (r->ship != STORE_SHIP_PART && row.state == STORE_REC_OPEN))
		return err_set(err, RC_REFUSE, "store: an odd step of archiving");
	row.ship = r->ship;
	row.shipped = r->shipped;
	row.parts = r->parts;
	row.shipped_ms = r->shipped_ms;
	return s->ops->rec_set(s, &row, err);
}

enum rc
store_rec_shred(struct store *s, const uint8_t sid[16], struct err *err)
{
	struct store_rec row;
	enum rc rc;

	if ((rc = ended_rec(s, sid, &row, err)) != RC_OK)
		return rc;
	if (row.shred != STORE_SHRED_KEY)
		return err_set(err, RC_REFUSE,
		    row.shred == STORE_SHRED_DONE ? "store: the recording is shredded"
						  : "store: it has no shred key");
	row.shred = STORE_SHRED_DONE;
	return s->ops->rec_set(s, &row, err);
}

enum rc
store_rec_gone(struct store *s, const uint8_t sid[16], uint64_t at_ms, struct err *err)
{
	struct store_rec row;
	enum rc rc;

	if ((rc = ended_rec(s, sid, &row, err)) != RC_OK)
		return rc;
	if (at_ms == 0 || !store_time_ok(at_ms))
		return err_set(err, RC_REFUSE, "store: an odd time");
	row.gone_ms = at_ms;
	return s->ops->rec_set(s, &row, err);
}

enum rc
store_rec_get(
    struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err)
{
	return s->ops->rec_get(s, sid, ret, err);
}

enum rc
store_recs(struct store *s, enum store_rec_state state, store_rec_fn *fn, void *arg,
    struct err *err)
{
	return s->ops->rec_each(s, state, fn, arg, err);
}

enum rc
store_recs_to_ship(struct store *s, store_rec_fn *fn, void *arg, struct err *err)
{
	return s->ops->rec_to_ship(s, fn, arg, err);
}

enum rc
store_recs_to_expire(
    struct store *s, uint64_t now_ms, store_rec_fn *fn, void *arg, struct err *err)
{
	return s->ops->rec_to_expire(s, now_ms, fn, arg, err);
}

enum rc
store_recs_of(struct store *s, struct span identity, uint64_t since_ms,
    store_rec_fn *fn, void *arg, struct err *err)
{
	return s->ops->rec_of(s, identity, since_ms, fn, arg, err);
}
