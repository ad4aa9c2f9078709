/* Holds in flight; see holds.h.
 *
 * A hold is made when its row is durable and changes when the change is.  While a
 * change is on its way to the store the hold is busy, and no other change may begin. */
#include "broker/monitor/holds.h"

#include "broker/monitor/holds_parts.h"
#include "broker/monitor/veiling.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
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

struct hold *
hold_blank(struct holds *all)
{
	struct hold *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->all = all;
	h->proof = "";
	return h;
}

void
hold_drop(struct hold *h)
{
	if (h == NULL)
		return;
	timer_free(h->timer);
	json_decref(h->request);
	voters_clear(&h->voters);
	free(h->keys);
	free(h->canon);
	free(h->shown);
	free(h);
}

bool
hold_voters(struct hold *h)
{
	if (h->voters.v == NULL)
		h->voters.v = calloc(VOTERS_MAX, sizeof *h->voters.v);
	return h->voters.v != NULL;
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
	hold_unlist(h);
	finish_call(h, STATUS_FAILED);
	hold_drop(h);
}

void
holds_free(struct holds *all)
{
	if (all == NULL)
		return;
	hold_whys_end(all);
	while (all->first != NULL)
		free_hold(all->first);
	holds_forget_denials(all);
	free(all);
}

/* ---- changes of state ---- */

uint64_t
hold_shorter(uint64_t configured, uint64_t ruled)
{
	return ruled != 0 && ruled < configured ? ruled : configured;
}

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
		verb_state(call, h->id,
		    h->to == HOLD_PENDING ? "counted, more approvals are needed for"
					  : hold_state_name(h->to));
		call->done(call->arg, call, STATUS_OK);
	} else
		verb_answer(call, STATUS_FAILED, "not recorded, so not done: %s", why);
}

/* Nobody waits for this hold any more.  A cancel that the store did not take is not
 * tried again: with the keeper gone there would be no end, and what it still has is
 * taken back at the next start. */
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
	const struct hold_owner *owner = hold_owner(h);
	bool final = hold_state_final(h->state);

	if (rc != RC_OK) {
		hold_close(h);
		return;
	}
	if (owner != NULL && h->state != HOLD_SPENT)
		owner->settled(owner->arg, h, h->state, h->by, h->why);
	if (final)
		free_hold(h);
}

/* The store has the change. */
static void
took(struct hold *h)
{
	struct holds *all = h->all;

	h->changed_ms = clock_wall_ms();
	if (h->to == HOLD_PENDING) {
		hold_tell(h, "vote");
		return;
	}
	h->state = h->to;
	if (h->state == HOLD_APPROVED) {
		uint64_t use =
		    hold_shorter(all->m->rules.config->holds.use, h->verdict.use_ms);

		h->until = clock_mono_ms() + use;
		timer_set(h->timer, use);
	} else if (h->state == HOLD_DENIED)
		holds_note_denial(all, h->identity, h->digest, h->by, 0);
	hold_tell(h, hold_state_name(h->state));
}

static void
changed(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct hold *h = arg;
	void (*spent)(void *, enum rc, const char *) = h->spent;
	/* A word that the store refuses was not said: the hold is as it was. */
	bool stays = h->to == HOLD_PENDING || (rc == RC_REFUSE && h->call != NULL);

	(void)bytes;
	(void)fd;
	h->busy = false;
	h->spent = NULL;
	if (h->voting && rc != RC_OK)
		h->voters.n--;
	h->voting = false;
	if (rc == RC_OK)
		took(h);
	answer_call(h, rc, why);
	if (h->closed)
		changed_when_closed(h, rc);
	else if (stays)
		return;
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

	if (h->call != NULL) {
		m.key = span_of(h->call->key);
		m.source = span_of(h->call->source);
		m.verified = h->call->verified;
	}
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
	hold_set_cause(h, "", "",
	    h->state == HOLD_APPROVED ? "nobody used the approval in time"
				      : "nobody decided in time");
	hold_change(h, HOLD_EXPIRED);
}

enum rc
hold_arm(struct hold *h)
{
	uint64_t now = clock_mono_ms();

	if (h->timer == NULL &&
	    (h->timer = loop_timer(h->all->m->loop, expire, h)) == NULL)
		return RC_FAIL;
	timer_set(h->timer, h->until > now ? h->until - now : 0);
	return RC_OK;
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

void
hold_was_spent(struct hold *h)
{
	if (h->state != HOLD_APPROVED)
		return;
	h->state = HOLD_SPENT;
	h->changed_ms = clock_wall_ms();
	hold_set_cause(h, "", "", "");
	hold_tell(h, hold_state_name(h->state));
	if (h->busy) /* its end by time came too late: the store will say so */
		h->closed = true;
	else
		free_hold(h);
}

void
hold_leave(struct hold *h)
{
	if (h == NULL)
		return;
	h->left = true;
	h->opened = NULL;
	h->settled = NULL;
	h->joined = NULL;
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
		if (!h->closed && h->opened != NULL)
			h->opened(h->arg, rc, why);
		free_hold(h);
		return;
	}
	h->state = HOLD_PENDING;
	hold_tell(h, hold_state_name(h->state));
	if (h->closed) {
		hold_close(h);
		return;
	}
	h->until = clock_mono_ms() + h->decide_ms;
	timer_set(h->timer, h->decide_ms);
	if (h->opened != NULL)
		h->opened(h->arg, RC_OK, "");
}

static enum rc
send_new(struct hold *h, struct err *err)
{
	char *detail = hold_row_detail(h, err);
	struct msg_hold_new m = {
		.hold = span_of(h->id),
		.identity = span_of(h->identity),
		.digest = span_make(h->digest, HOLD_DIGEST),
		.rule = span_of(h->verdict.rule),
		.policy = span_make(h->verdict.policy, 32),
		.canon = span_of(h->canon),
		.at_ms = h->asked_ms,
		.until_ms = h->asked_ms + h->decide_ms,
		.detail = span_of(detail),
	};
	enum rc rc;

	if (detail == NULL)
		return RC_FAIL;
	h->busy = true;
	rc = keep_ask(h->all->m->keep, MSG_HOLD_NEW, &m, opened, h);
	free(detail);
	return rc == RC_OK ? RC_OK : err_set(err, RC_FAIL, "the keeper is gone");
}

/* The asker's keys, also those that it does not use now. */
static bool
note_keys(struct hold *h)
{
	const struct identity *who =
	    identity_by_name(h->all->m->rules.config->identities, span_of(h->identity));

	if (who == NULL || who->key_count == 0)
		return true;
	if ((h->keys = calloc(who->key_count, sizeof *h->keys)) == NULL)
		return false;
	while (h->n_keys < who->key_count && h->n_keys < HOLD_KEYS_MAX) {
		sshkey_fingerprint(who->keys[h->n_keys].blob, h->keys[h->n_keys]);
		h->n_keys++;
	}
	return true;
}

static bool
copy_texts(struct hold *h, const struct hold_init *init)
{
	return span_copy(span_of(init->identity), h->identity, sizeof h->identity) &&
	       span_copy(span_of(init->owner), h->owner, sizeof h->owner) &&
	       span_copy(span_of(init->key), h->key, sizeof h->key) &&
	       span_copy(span_of(init->source), h->source, sizeof h->source) &&
	       span_copy(span_of(init->profile), h->profile, sizeof h->profile) &&
	       span_copy(span_of(init->reason), h->reason, sizeof h->reason) &&
	       (h->canon = strdup(init->canon)) != NULL &&
	       (h->shown = veil_command_text(veil_of(h->all->m), h->canon)) != NULL &&
	       (init->request == NULL ||
		   (h->request = json_deep_copy(init->request)) != NULL);
}

/* Who is told from now on. */
static void
take_callbacks(struct hold *h, const struct hold_init *init)
{
	h->opened = init->opened;
	h->settled = init->settled;
	h->joined = init->joined;
	h->arg = init->arg;
	h->left = init->settled == NULL;
}

static struct hold *
make_hold(struct holds *all, const struct hold_init *init)
{
	struct hold *h = hold_blank(all);

	if (h == NULL)
		return NULL;
	take_callbacks(h, init);
	h->path = init->path;
	h->cancel_on_disconnect = init->cancel_on_disconnect;
	h->joinable = init->joined != NULL;
	h->decide_ms = hold_shorter(init->decide_ms, init->verdict->decide_ms);
	h->use_ms =
	    hold_shorter(all->m->rules.config->holds.use, init->verdict->use_ms);
	h->verdict = *init->verdict;
	memcpy(h->digest, init->digest, HOLD_DIGEST);
	h->since = clock_mono_ms();
	h->asked_ms = clock_wall_ms();
	h->until = h->since + h->decide_ms;
	if (!copy_texts(h, init) || !note_keys(h) || hold_arm(h) != RC_OK) {
		hold_drop(h);
		return NULL;
	}
	hold_list(h);
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
id_taken(const struct hold *others, const char *id)
{
	for (const struct hold *h = others; h != NULL; h = h->next)
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
	while (rc == RC_OK && id_taken(h->next, h->id));
	if (rc != RC_OK || (rc = send_new(h, err)) != RC_OK) {
		free_hold(h);
		return rc;
	}
	*ret = h;
	return RC_OK;
}

bool
hold_take_over(struct hold *h, const struct hold_init *init)
{
	if (!h->left || !hold_live(h) || h->spent != NULL || init->settled == NULL)
		return false;
	take_callbacks(h, init);
	return true;
}

/* An asker that still waits is told that the hold is another's now: an approval is spent
 * once, by whoever asked last. */
struct hold *
hold_join(struct holds *all, const struct hold_init *init)
{
	for (struct hold *h = all->first; h != NULL; h = h->next) {
		if (!h->joinable || h->closed || h->spent != NULL ||
		    hold_state_final(h->state) || !hold_binds(h, init->digest) ||
		    strcmp(h->identity, init->identity) != 0)
			continue;
		if (!h->left)
			h->joined(h->arg);
		take_callbacks(h, init);
		return h;
	}
	return NULL;
}
