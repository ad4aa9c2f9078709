/* Holds in flight; see holds.h.
 *
 * A hold is made when its row is durable and changes when the change is.  While a
 * change is on its way to the store the hold is busy, and no other change may begin. */
#include "broker/monitor/holds.h"

#include "broker/monitor/holds_parts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/needs.h"
#include "lib/model/status.h"

enum rc
holds_new(struct monitor *m, struct holds **ret, struct err *err)
{
	struct holds *all = calloc(1, sizeof *all);

	if (all == NULL)
		return err_memory(err);
	all->m = m;
	*ret = all;
	return RC_OK;
}

/* Answer the call that this hold's change is for, if there is one. */
static void
finish_call(struct hold *h, int status)
{
	struct verb_call *call = h->call;

	h->call = NULL;
	if (call != NULL)
		call->done(call->arg, call, status);
}

static void
free_hold(struct hold *h)
{
	for (struct hold **p = &h->all->first; *p != NULL; p = &(*p)->next)
		if (*p == h) {
			*p = h->next;
			break;
		}
	timer_free(h->timer);
	finish_call(h, STATUS_FAILED);
	json_decref(h->request);
	free(h->canon);
	free(h);
}

void
holds_free(struct holds *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		free_hold(all->first);
	free(all);
}

const char *
hold_id(const struct hold *h)
{
	return h->id;
}

const char *
hold_identity(const struct hold *h)
{
	return h->identity;
}

const char *
hold_path(const struct hold *h)
{
	return h->path;
}

const char *
hold_canon(const struct hold *h)
{
	return h->canon;
}

const char *
hold_reason(const struct hold *h)
{
	return h->reason;
}

const uint8_t *
hold_digest_of(const struct hold *h)
{
	return h->digest;
}

const struct verdict *
hold_verdict(const struct hold *h)
{
	return &h->verdict;
}

const json_t *
hold_request(const struct hold *h)
{
	return h->request;
}

const struct hold *
holds_first(const struct holds *all)
{
	return all->first;
}

const struct hold *
hold_next(const struct hold *h)
{
	return h->next;
}

json_t *
hold_approvers_json(const struct hold *h)
{
	json_t *a = json_array();

	for (size_t i = 0; i < h->nvoters; i++)
		if (json_array_append_new(a, json_string(h->voters[i].name)) != 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

json_t *
hold_approvals_json(const struct hold *h)
{
	json_t *a = json_array(), *one;
	char at[21];

	for (size_t i = 0; i < h->nvoters; i++) {
		clock_iso(h->voters[i].ms, at);
		one = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:s}", "name",
		    h->voters[i].name, "proof", proof_name(h->voters[i].proof), "key",
		    given(h->voters[i].key), "source", given(h->voters[i].source),
		    "reason", given(h->voters[i].reason), "time", at);
		if (one == NULL || json_array_append_new(a, one) != 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

const char *
hold_proof(const struct hold *h)
{
	return h->proof;
}

uint64_t
hold_decide_ms(const struct hold *h)
{
	return h->decide_ms;
}

uint64_t
hold_asked_ms(const struct hold *h)
{
	return h->asked_ms;
}

uint64_t
hold_age_ms(const struct hold *h)
{
	return clock_mono_ms() - h->since;
}

bool
hold_binds(const struct hold *h, const uint8_t *digest)
{
	return memcmp(h->digest, digest, HOLD_DIGEST) == 0;
}

/* The configuration's bound and a rule's, which says nothing with 0. */
static uint64_t
shorter(uint64_t configured, uint64_t ruled)
{
	return ruled != 0 && ruled < configured ? ruled : configured;
}

/* ---- changes of state ---- */

static void
cancel(struct hold *h)
{
	hold_set_cause(h, "", "", "nobody waits for it any more");
	hold_change(h, HOLD_CANCELLED);
}

/* The deciding person's answer. */
static void
answer_call(struct hold *h, enum rc rc, const char *why)
{
	struct verb_call *call = h->call;

	h->call = NULL;
	if (call == NULL)
		return;
	if (rc == RC_OK) {
		verb_state(call, h->id, hold_state_name(h->to));
		call->done(call->arg, call, STATUS_OK);
	} else
		verb_answer(call, STATUS_FAILED, "not recorded, so not done: %s", why);
}

/* Nobody waits for this hold any more.  A cancel that the store did not take is not
 * tried again: with the keeper gone there would be no end, and a keeper that starts
 * cancels what it finds pending. */
static void
changed_when_closed(struct hold *h, enum rc rc)
{
	if (hold_may(h->state, HOLD_CANCELLED) &&
	    (rc == RC_OK || h->to != HOLD_CANCELLED))
		cancel(h);
	else
		free_hold(h);
}

/* Nobody waits for it now, but somebody may come back: the time for that runs on.  What
 * the store did not take is no use to anybody. */
static void
changed_when_left(struct hold *h, enum rc rc)
{
	if (rc != RC_OK)
		hold_close(h);
	else if (hold_state_final(h->state))
		free_hold(h);
}

static void
changed(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct hold *h = arg;
	void (*spent)(void *, enum rc, const char *) = h->spent;

	(void)bytes;
	(void)fd;
	h->busy = false;
	h->spent = NULL;
	if (rc == RC_OK)
		h->state = h->to;
	if (rc == RC_OK && h->state == HOLD_APPROVED) {
		uint64_t use =
		    shorter(h->all->m->rules.config->holds.use, h->verdict.use_ms);

		h->until = clock_mono_ms() + use;
		timer_set(h->timer, use);
	}
	answer_call(h, rc, why);
	if (h->closed)
		changed_when_closed(h, rc);
	else if (h->left)
		changed_when_left(h, rc);
	else if (spent != NULL)
		spent(h->arg, rc, why);
	else if (rc == RC_OK)
		h->settled(h->arg, h->state, h->by, h->why);
	else /* The store did not take it: nothing may come of this hold any more. */
		h->settled(h->arg, HOLD_CANCELLED, "", why);
}

void
hold_set_cause(struct hold *h, const char *by, const char *proof, const char *why)
{
	span_copy(span_of(by), h->by, sizeof h->by);
	span_copy(span_of(why), h->why, sizeof h->why);
	h->proof = proof;
}

void
hold_change(struct hold *h, enum hold_state to)
{
	struct msg_hold_set m = {
		.hold = span_of(h->id),
		.state = (uint8_t)to,
		.at_ms = clock_wall_ms(),
		.by = span_of(h->by),
		.proof = span_of(h->proof),
		.reason = span_of(h->why),
	};

	h->to = to;
	h->busy = true;
	if (keep_ask(h->all->m->keep, MSG_HOLD_SET, &m, changed, h) != RC_OK) {
		int none = -1;

		changed(h, RC_FAIL, "the keeper is gone", span_make(NULL, 0), &none);
	}
}

static void
expire(void *arg)
{
	struct hold *h = arg;

	if (h->busy) {
		timer_set(h->timer, 50);
		return;
	}
	if (!hold_may(h->state, HOLD_EXPIRED))
		return;
	hold_set_cause(h, "", "", "nobody decided in time");
	hold_change(h, HOLD_EXPIRED);
}

void
hold_spend(struct hold *h, void (*fn)(void *arg, enum rc rc, const char *why))
{
	if (h->busy || h->state != HOLD_APPROVED || clock_mono_ms() >= h->until) {
		fn(h->arg, RC_REFUSE, "the approval is not there to be spent");
		return;
	}
	h->spent = fn;
	hold_set_cause(h, "", "", "");
	hold_change(h, HOLD_SPENT);
}

enum hold_state
hold_state(const struct hold *h)
{
	return h->state;
}

void
hold_leave(struct hold *h)
{
	if (h == NULL)
		return;
	h->left = true;
	/* Denied, expired or spent: it ended by itself already. */
	if (!h->busy && hold_state_final(h->state))
		free_hold(h);
}

void
hold_close(struct hold *h)
{
	if (h == NULL)
		return;
	h->closed = true;
	if (h->busy)
		return;
	if (hold_may(h->state, HOLD_CANCELLED))
		cancel(h);
	else
		free_hold(h);
}

/* ---- opening ---- */

static void
opened(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct hold *h = arg;

	(void)bytes;
	(void)fd;
	h->busy = false;
	if (rc != RC_OK) {
		/* There is no row: nothing to cancel. */
		if (!h->closed && !h->left)
			h->opened(h->arg, rc, why);
		free_hold(h);
		return;
	}
	h->state = HOLD_PENDING;
	if (h->closed) {
		hold_close(h);
		return;
	}
	h->until = clock_mono_ms() + h->decide_ms;
	timer_set(h->timer, h->decide_ms);
	if (!h->left)
		h->opened(h->arg, RC_OK, "");
}

static char *
detail_text(const struct hold *h)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:o}", "profile", h->profile, "key",
	    h->key, "source", h->source, "reason", h->reason, "needs",
	    needs_json(&h->verdict));

	return keep_detail_take(o, JSON_COMPACT);
}

static enum rc
send_new(struct hold *h, struct err *err)
{
	char *detail = detail_text(h);
	struct msg_hold_new m = {
		.hold = span_of(h->id),
		.identity = span_of(h->identity),
		.digest = span_make(h->digest, HOLD_DIGEST),
		.rule = span_of(h->verdict.rule),
		.policy = span_make(h->verdict.policy, 32),
		.canon = span_of(h->canon),
		.at_ms = clock_wall_ms(),
		.until_ms = clock_wall_ms() + h->decide_ms,
		.detail = span_of(detail),
	};
	enum rc rc;

	if (detail == NULL)
		return err_memory(err);
	h->busy = true;
	rc = keep_ask(h->all->m->keep, MSG_HOLD_NEW, &m, opened, h);
	free(detail);
	return rc == RC_OK ? RC_OK : err_set(err, RC_FAIL, "the keeper is gone");
}

static struct hold *
make_hold(struct holds *all, const struct hold_init *init)
{
	struct hold *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->all = all;
	h->opened = init->opened;
	h->settled = init->settled;
	h->joined = init->joined;
	h->arg = init->arg;
	h->path = init->path;
	h->request = init->request != NULL ? json_deep_copy(init->request) : NULL;
	h->cancel_on_disconnect = init->cancel_on_disconnect;
	h->decide_ms = shorter(init->decide_ms, init->verdict->decide_ms);
	h->proof = "";
	h->verdict = *init->verdict;
	memcpy(h->digest, init->digest, HOLD_DIGEST);
	h->since = clock_mono_ms();
	h->asked_ms = clock_wall_ms();
	h->until = h->since + h->decide_ms;
	h->canon = strdup(init->canon);
	h->timer = loop_timer(all->m->loop, expire, h);
	if (h->canon == NULL || h->timer == NULL ||
	    (init->request != NULL && h->request == NULL) ||
	    !span_copy(span_of(init->identity), h->identity, sizeof h->identity) ||
	    !span_copy(span_of(init->owner), h->owner, sizeof h->owner) ||
	    !span_copy(span_of(init->key), h->key, sizeof h->key) ||
	    !span_copy(span_of(init->source), h->source, sizeof h->source) ||
	    !span_copy(span_of(init->profile), h->profile, sizeof h->profile) ||
	    !span_copy(span_of(init->reason), h->reason, sizeof h->reason)) {
		timer_free(h->timer);
		json_decref(h->request);
		free(h->canon);
		free(h);
		return NULL;
	}
	h->next = all->first;
	all->first = h;
	return h;
}

static unsigned
open_of(const struct holds *all, const char *identity)
{
	unsigned n = 0;

	for (const struct hold *h = all->first; h != NULL; h = h->next)
		n += !h->closed && !hold_state_final(h->state) &&
		     strcmp(h->identity, identity) == 0;
	return n;
}

static bool
id_taken(const struct holds *all, const char *id)
{
	for (const struct hold *h = all->first; h != NULL; h = h->next)
		if (strcmp(h->id, id) == 0)
			return true;
	return false;
}

enum rc
hold_open(
    struct holds *all, const struct hold_init *init, struct hold **ret, struct err *err)
{
	struct hold *h;
	enum rc rc;

	if (open_of(all, init->identity) >=
	    all->m->rules.config->holds.open_per_identity)
		return err_set(err, RC_WAIT, "too many open holds");
	if ((h = make_hold(all, init)) == NULL)
		return err_memory(err);
	do
		rc = id_hold(h->id, err);
	while (rc == RC_OK && h->next != NULL &&
	       id_taken(&(struct holds){ .first = h->next }, h->id));
	if (rc != RC_OK || (rc = send_new(h, err)) != RC_OK) {
		free_hold(h);
		return rc;
	}
	*ret = h;
	return RC_OK;
}

/* An asker that still waits is told that the hold is another's now: an approval is spent
 * once, by whoever asked last. */
struct hold *
hold_join(struct holds *all, const struct hold_init *init)
{
	for (struct hold *h = all->first; h != NULL; h = h->next) {
		if (h->joined == NULL || h->closed || h->spent != NULL ||
		    hold_state_final(h->state) || !hold_binds(h, init->digest) ||
		    strcmp(h->identity, init->identity) != 0)
			continue;
		if (!h->left)
			h->joined(h->arg);
		h->left = false;
		h->opened = init->opened;
		h->settled = init->settled;
		h->joined = init->joined;
		h->arg = init->arg;
		return h;
	}
	return NULL;
}

void
hold_withdraw(struct hold *h)
{
	if (h == NULL)
		return;
	if (h->busy || !hold_may(h->state, HOLD_CANCELLED)) {
		hold_close(h);
		return;
	}
	h->closed = true;
	hold_set_cause(h, h->identity, "", "withdrawn");
	hold_change(h, HOLD_CANCELLED);
}
