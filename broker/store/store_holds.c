/* The rules of holds: the order of their states, who is heard, and how often. */
#include "broker/store/backend.h"
#include "lib/base/id.h"

bool
store_hold_id_ok(struct span id)
{
	char canonical[ID_HOLD_TEXT];

	return id_hold_parse(id, canonical) && span_is(id, canonical);
}

enum rc
store_hold_add(struct store *s, const struct store_hold *h, struct err *err)
{
	struct store_hold row = *h;
	enum hold_state old;
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!store_hold_id_ok(h->id) || !store_time_ok(h->at_ms) ||
	    !store_time_ok(h->until_ms))
		return err_set(err, RC_REFUSE, "store: a hold with an odd id or time");
	rc = s->ops->hold_state(s, h->id, &old, err);
	if (rc == RC_OK)
		return err_set(err, RC_REFUSE, "store: hold %.*s exists",
		    (int)h->id.len, (const char *)h->id.p);
	if (rc != RC_END)
		return rc;
	row.state = HOLD_PENDING;
	row.changed_ms = row.at_ms;
	return s->ops->hold_put(s, &row, err);
}

/* A word, and how many others spoke. */
struct voter {
	const struct store_vote *v;
	unsigned others;
};

static enum rc
compare_voter(void *arg, const struct store_vote *v, struct err *err)
{
	struct voter *voter = arg;
	const struct store_vote *mine = voter->v;

	voter->others++;
	/* Who said yes may still say no. */
	if (!span_eq(v->by, mine->by) ||
	    (v->state == HOLD_DENIED) != (mine->state == HOLD_DENIED))
		return RC_OK;
	return err_set(err, RC_REFUSE, "store: voted already");
}

/* A name, an address, a fingerprint: what takes no more room wherever it is shown. */
static bool
plain(struct span s, size_t most)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < ' ' || s.p[i] >= 0x7f)
			return false;
	return s.len <= most;
}

/* A yes or no by a person is one row, once; what the broker does itself is none. */
static enum rc
add_vote(struct store *s, const struct store_vote *v, struct err *err)
{
	struct voter voter = { v, 0 };
	enum rc rc;

	if (v->by.len == 0 || v->state > HOLD_DENIED)
		return RC_OK;
	if (!plain(v->by, 64) || !plain(v->proof, 32) || !plain(v->key, 128) ||
	    !plain(v->source, 128))
		return err_set(err, RC_REFUSE, "store: an odd name, proof or source");
	rc = s->ops->vote_each(s, v->hold, compare_voter, &voter, err);
	if (rc == RC_OK && v->state != HOLD_DENIED && voter.others >= STORE_VOTES)
		return err_set(err, RC_REFUSE, "store: too many have spoken");
	return rc == RC_OK ? s->ops->vote_put(s, v, err) : rc;
}

enum rc
store_hold_set(struct store *s, const struct store_vote *v, struct err *err)
{
	enum hold_state from = HOLD_PENDING;
	bool counted = v->state == HOLD_PENDING && v->by.len > 0;
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!store_hold_id_ok(v->hold) || !store_time_ok(v->at_ms))
		return err_set(err, RC_REFUSE, "store: a hold with an odd id or time");
	rc = s->ops->hold_state(s, v->hold, &from, err);
	if (rc == RC_END)
		return err_set(err, RC_REFUSE, "store: no such hold");
	if (rc != RC_OK)
		return rc;
	if (v->state == HOLD_APPROVED && v->by.len == 0)
		return err_set(err, RC_REFUSE, "store: nobody approves");
	if (counted ? from != HOLD_PENDING : !hold_may(from, v->state))
		return err_set(err, RC_REFUSE,
		    "store: hold %.*s is %s, not to be made %s", (int)v->hold.len,
		    (const char *)v->hold.p, hold_state_name(from),
		    hold_state_name(v->state));
	if ((rc = add_vote(s, v, err)) != RC_OK || counted)
		return rc;
	return s->ops->hold_move(s, v->hold, from, v->state, v->at_ms, err);
}

enum rc
store_hold_state(struct store *s, struct span id, enum hold_state *ret, struct err *err)
{
	return s->ops->hold_state(s, id, ret, err);
}

enum rc
store_holds(struct store *s, enum hold_state state, store_hold_fn *fn, void *arg,
    struct err *err)
{
	return s->ops->hold_each(s, state, fn, arg, err);
}

enum rc
store_votes(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err)
{
	return s->ops->vote_each(s, hold, fn, arg, err);
}

enum rc
store_hold_get(
    struct store *s, struct span id, store_hold_fn *fn, void *arg, struct err *err)
{
	return s->ops->hold_get(s, id, fn, arg, err);
}

enum rc
store_hold_next(struct store *s, enum hold_state state, struct span after,
    uint64_t since_ms, store_hold_fn *fn, void *arg, struct err *err)
{
	if (!store_time_ok(since_ms))
		return RC_END;
	return s->ops->hold_next(s, state, after, since_ms, fn, arg, err);
}

enum rc
store_holds_like(struct store *s, struct span identity, struct span rule,
    uint64_t since_ms, struct span without, unsigned most, store_hold_fn *fn, void *arg,
    struct err *err)
{
	const struct store_like l = { identity, rule, without, since_ms, most };

	return store_time_ok(since_ms) ? s->ops->holds_like(s, &l, fn, arg, err)
				       : RC_OK;
}

enum rc
store_hold_spend(struct store *s, struct span id, uint64_t at_ms, struct err *err)
{
	const struct store_vote v = { .hold = id, .state = HOLD_SPENT, .at_ms = at_ms };

	return store_hold_set(s, &v, err);
}
