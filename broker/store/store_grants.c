/* The rules of grants: each is made of one approved hold, used so often and no more, and
 * ends once. */
#include "broker/store/backend.h"

#include "lib/wire/msg.h"

/* What stands in a row and decides. */
struct standing {
	uint8_t state;
	uint32_t uses, used;
	uint64_t at_ms, until_ms;
};

static enum rc
take_standing(void *arg, const struct store_grant *g, struct err *err)
{
	(void)err;
	*(struct standing *)arg =
	    (struct standing){ g->state, g->uses, g->used, g->at_ms, g->until_ms };
	return RC_OK;
}

static enum rc
ignore_grant(void *arg, const struct store_grant *g, struct err *err)
{
	(void)arg;
	(void)g;
	(void)err;
	return RC_OK;
}

static bool
grant_ok(const struct store_grant *g)
{
	return store_hold_id_ok(g->id) && g->identity.len > 0 &&
	       (g->rule.len > 0 || g->has_digest) && store_time_ok(g->at_ms) &&
	       store_time_ok(g->until_ms) && g->until_ms > g->at_ms && g->uses > 0 &&
	       g->uses <= STORE_GRANT_USES;
}

enum rc
store_grant_add(struct store *s, const struct store_grant *g, struct err *err)
{
	struct store_grant row = *g;
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!grant_ok(g))
		return err_set(err, RC_REFUSE,
		    "store: a grant with an odd id, time, bound or purpose");
	rc = s->ops->grant_get(s, g->id, ignore_grant, NULL, err);
	if (rc == RC_OK)
		return err_set(err, RC_REFUSE, "store: the grant exists");
	if (rc != RC_END)
		return rc;
	if ((rc = store_hold_spend(s, g->id, g->at_ms, err)) != RC_OK)
		return rc;
	row.state = GRANT_OPEN;
	row.used = 0;
	/* The hold is spent: what fails from here on must not be committed. */
	return s->ops->grant_put(s, &row, err) == RC_OK ? RC_OK : RC_FAIL;
}

/* The grant, if it is open. */
static enum rc
open_grant(struct store *s, struct span id, uint64_t at_ms, struct standing *ret,
    struct err *err)
{
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!store_hold_id_ok(id) || !store_time_ok(at_ms))
		return err_set(err, RC_REFUSE, "store: a grant with an odd id or time");
	rc = s->ops->grant_get(s, id, take_standing, ret, err);
	if (rc == RC_END)
		return err_set(err, RC_REFUSE, "store: no such grant");
	if (rc == RC_OK && ret->state != GRANT_OPEN)
		return err_set(err, RC_REFUSE, "store: the grant is over");
	return rc;
}

enum rc
store_grant_use(struct store *s, struct span id, uint64_t at_ms, struct err *err)
{
	struct store_grant row = { .id = id, .state = GRANT_OPEN };
	struct standing g;
	enum rc rc;

	if ((rc = open_grant(s, id, at_ms, &g, err)) != RC_OK)
		return rc;
	/* A clock that was set back makes no grant last longer. */
	if (at_ms < g.at_ms || at_ms >= g.until_ms)
		return err_set(err, RC_REFUSE, "store: not within the grant's time");
	row.used = g.used + 1;
	if (row.used == g.uses)
		row.state = GRANT_USED;
	return s->ops->grant_set(s, &row, at_ms, err);
}

enum rc
store_grant_end(
    struct store *s, struct span id, uint8_t state, uint64_t at_ms, struct err *err)
{
	struct store_grant row = { .id = id, .state = state };
	struct standing g;
	enum rc rc;

	if ((rc = open_grant(s, id, at_ms, &g, err)) != RC_OK)
		return rc;
	if (state != GRANT_REVOKED && state != GRANT_EXPIRED)
		return err_set(err, RC_REFUSE, "store: no end of a grant");
	row.used = g.used;
	return s->ops->grant_set(s, &row, at_ms, err);
}

enum rc
store_grant_get(
    struct store *s, struct span id, store_grant_fn *fn, void *arg, struct err *err)
{
	return s->ops->grant_get(s, id, fn, arg, err);
}

enum rc
store_grant_next(
    struct store *s, struct span after, store_grant_fn *fn, void *arg, struct err *err)
{
	return s->ops->grant_next(s, after, fn, arg, err);
}
