/* The gateway's credentials over time; see gateway.h.  One fetch at a time, and none in
 * a circle: after a failure there is a pause, a longer one after a refusal. */
#include "broker/vault/gateway.h"

#include <sodium.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/loop.h"

#define S 1000ull
#define M (60 * S)
#define MARGIN_MS (1 * M)      /* before the end: who asks waits for new ones */
#define PAUSE_MS (5 * S)       /* after trouble; doubled each time … */
#define PAUSE_MOST_MS (1 * M)  /* … up to this; after a refusal at once */
#define KEEP_LEAST_MS (12 * M) /* what keep adds */
#define KEEP_DICE_MS (8 * M)
#define KEEP_BEFORE_MS (10 * M)
#define TIMER_MOST_MS (60 * M) /* the wall clock may be set meanwhile */

struct gateway {
	struct loop *loop;
	struct http *http;
	const struct fetch_how *how; /* NULL: what was given stays */
	gateway_fn *fn;
	void *arg;
	struct timer *timer;
	struct fetch *fetch; /* under way */
	struct sources_key *key;
	struct gateway_plan plan;
	enum rc failed; /* how the last fetch ended */
	uint64_t pause_ms;
	uint64_t next_ms; /* monotonic: no fetch before */
};

bool
gateway_plan(uint64_t now_ms, uint64_t expires_ms, bool keep, uint32_t dice,
    struct gateway_plan *ret)
{
	uint64_t least = KEEP_LEAST_MS + dice % KEEP_DICE_MS, life, margin;

	if (keep && expires_ms < now_ms + least) {
		ret->until_ms = now_ms + least;
		ret->refresh_ms = ret->until_ms - KEEP_BEFORE_MS;
		ret->fresh_ms = ret->until_ms - MARGIN_MS;
		return true;
	}
	if (expires_ms <= now_ms)
		return false;
	life = expires_ms - now_ms;
	margin = life / 10 < MARGIN_MS ? life / 10 : MARGIN_MS;
	ret->until_ms = expires_ms;
	ret->fresh_ms = expires_ms - margin;
	ret->refresh_ms = now_ms + life / 3 * 2 - dice % (life / 15 + 1);
	return true;
}

static const char *
source_name(const struct gateway *g)
{
	static const char *const names[] = {
		[FETCH_WEB_IDENTITY] = "web identity",
		[FETCH_CONTAINER] = "container endpoint",
		[FETCH_INSTANCE] = "instance metadata",
	};

	return names[g->how->source];
}

static void
wake_at(struct gateway *g, uint64_t wall_ms)
{
	uint64_t now = clock_wall_ms(), ms = wall_ms > now ? wall_ms - now : 0;

	timer_set(g->timer, ms < TIMER_MOST_MS ? ms : TIMER_MOST_MS);
}

static void
keep_failure(struct gateway *g, enum rc rc, const struct err *err)
{
	uint64_t pause = PAUSE_MOST_MS;

	if (rc == RC_RETRY) {
		g->pause_ms = g->pause_ms == 0 ? PAUSE_MS : 2 * g->pause_ms;
		if (g->pause_ms > PAUSE_MOST_MS)
			g->pause_ms = PAUSE_MOST_MS;
		pause = g->pause_ms - randombytes_uniform((uint32_t)(g->pause_ms / 4));
	}
	g->failed = rc == RC_RETRY ? RC_RETRY : RC_FAIL;
	g->next_ms = clock_mono_ms() + pause;
	log_line(LOG_ERROR, "the gateway's credentials cannot be had: %s", err->text);
	/* A refusal is not asked about again until somebody needs to know. */
	if (rc == RC_RETRY && g->key != NULL)
		timer_set(g->timer, pause);
	else
		timer_stop(g->timer);
}

static void
keep_key(struct gateway *g, struct sources_key *key)
{
	bool keep = g->how->source == FETCH_INSTANCE;
	uint64_t now = clock_wall_ms();
	struct gateway_plan plan;
	struct err err;
	char until[21];

	if (!gateway_plan(now, key->expires_ms, keep, randombytes_random(), &plan)) {
		sources_free(key);
		err_set(&err, RC_RETRY,
		    "those of %s had expired when they came: is this clock right?",
		    source_name(g));
		keep_failure(g, RC_RETRY, &err);
		return;
	}
	sources_free(g->key);
	g->key = key;
	g->plan = plan;
	g->failed = RC_OK;
	g->pause_ms = g->next_ms = 0;
	clock_iso(plan.until_ms, until);
	log_line(LOG_NOTICE, "the gateway's credentials from %s are good until %s%s",
	    source_name(g), until,
	    plan.until_ms > key->expires_ms ? ", which is past what they say" : "");
	wake_at(g, plan.refresh_ms);
}

static void
on_fetched(void *arg, enum rc rc, struct sources_key *key, const struct err *err)
{
	struct gateway *g = arg;

	g->fetch = NULL;
	if (rc == RC_OK)
		keep_key(g, key);
	else
		keep_failure(g, rc, err);
	g->fn(g->arg);
}

static void
set_out(struct gateway *g)
{
	struct err err;
	enum rc rc;

	err_clear(&err);
	if (g->fetch != NULL || clock_mono_ms() < g->next_ms)
		return;
	rc = fetch_start(g->loop, g->http, g->how, on_fetched, g, &g->fetch, &err);
	if (rc != RC_OK)
		keep_failure(g, rc, &err);
}

static void
on_timer(void *arg)
{
	struct gateway *g = arg;

	if (g->key != NULL && clock_wall_ms() < g->plan.refresh_ms)
		wake_at(g, g->plan.refresh_ms);
	else
		set_out(g);
}

enum rc
gateway_take(struct sources_key *key, struct gateway **ret, struct err *err)
{
	struct gateway *g = calloc(1, sizeof *g);

	if (g == NULL) {
		sources_free(key);
		return err_memory(err);
	}
	g->key = key;
	*ret = g;
	return RC_OK;
}

enum rc
gateway_new(struct loop *l, struct http *h, const struct fetch_how *how, gateway_fn *fn,
    void *arg, struct gateway **ret, struct err *err)
{
	struct gateway *g;
	enum rc rc;

	if ((rc = fetch_check(how, err)) != RC_OK)
		return rc;
	if ((g = calloc(1, sizeof *g)) == NULL)
		return err_memory(err);
	g->loop = l;
	g->http = h;
	g->how = how;
	g->fn = fn;
	g->arg = arg;
	if ((g->timer = loop_timer(l, on_timer, g)) == NULL) {
		gateway_free(g);
		return err_memory(err);
	}
	timer_set(g->timer, 0);
	*ret = g;
	return RC_OK;
}

void
gateway_move(struct gateway *g, const struct fetch_how *how)
{
	if (g->how == NULL)
		return;
	g->how = how;
	if (g->fetch == NULL)
		return;
	fetch_cancel(g->fetch); /* it borrows the other */
	g->fetch = NULL;
	timer_set(g->timer, 0);
}

enum rc
gateway_key(struct gateway *g, const struct sources_key **ret, struct err *err)
{
	uint64_t now = clock_wall_ms();

	if (g->how != NULL && (g->key == NULL || now >= g->plan.fresh_ms)) {
		set_out(g);
		if (g->fetch != NULL)
			return RC_WAIT;
		if (g->key == NULL || now >= g->plan.until_ms)
			return err_set(err, g->failed,
			    "the gateway's own credentials cannot be had now");
	}
	*ret = g->key;
	return RC_OK;
}

void
gateway_free(struct gateway *g)
{
	if (g == NULL)
		return;
	fetch_cancel(g->fetch);
	timer_free(g->timer);
	sources_free(g->key);
	free(g);
}
