/* Holds in flight; see holds.h.
 *
 * A hold is made when its row is durable and changes when the change is.  While a change
 * is on its way to the store the hold is busy, and no other change may begin. */
#include "broker/monitor/holds.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/monitor.h"
#include "broker/monitor/verb.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

#define VOTERS_MAX 32

struct hold {
	struct hold *next;
	struct holds *all;
	struct hold_init init;	/* its texts are copies below; verdict is NULL */
	char id[ID_HOLD_TEXT];
	char identity[65], owner[65], key[64], source[64], profile[65];
	char reason[257];
	char *canon;
	struct verdict verdict;
	uint8_t digest[HOLD_DIGEST];
	enum hold_state state;
	bool busy;		/* a change is on its way to the store */
	bool closed;		/* the asker has gone: free it when it is not busy */
	uint64_t since, until;	/* clock_mono_ms */
	struct timer *timer;
	struct {
		char name[65];
		enum proof proof;
	} voters[VOTERS_MAX];
	size_t nvoters;
	/* What the change on its way is for. */
	struct verb_call *call;
	enum hold_state to;
	char by[65], why[257];
	void (*spent)(void *arg, enum rc rc, const char *why);
};

struct holds {
	struct monitor *m;
	struct hold *first;
};

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

static void
free_hold(struct hold *h)
{
	for (struct hold **p = &h->all->first; *p != NULL; p = &(*p)->next)
		if (*p == h) {
			*p = h->next;
			break;
		}
	timer_free(h->timer);
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

uint64_t
hold_age_ms(const struct hold *h)
{
	return clock_mono_ms() - h->since;
}

/* ---- changes of state ------------------------------------------------------------- */

static void change(struct hold *h, enum hold_state to);

static void
finish_call(struct hold *h, int status)
{
	struct verb_call *call = h->call;

	h->call = NULL;
	if (call != NULL)
		call->done(call->arg, call, status);
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
	if (h->call != NULL) {
		struct verb_call *call = h->call;

		if (rc == RC_OK)
			buf_printf(&call->out, "%s %s\n", hold_state_name(h->to), h->id);
		else
			buf_printf(&call->say, "broker: not recorded, so not done: %s\n", why);
		finish_call(h, rc == RC_OK ? STATUS_OK : STATUS_FAILED);
	}
	if (h->closed) {
		if (hold_may(h->state, HOLD_CANCELLED))
			change(h, HOLD_CANCELLED);
		else
			free_hold(h);
		return;
	}
	if (spent != NULL)
		spent(h->init.arg, rc, why);
	else if (rc == RC_OK)
		h->init.settled(h->init.arg, h->state, h->by, h->why);
	else /* The store did not take it: nothing may come of this hold any more. */
		h->init.settled(h->init.arg, HOLD_CANCELLED, "", why);
}

static void
change(struct hold *h, enum hold_state to)
{
	struct msg_hold_set m = {
		.hold = span_of(h->id),
		.state = (uint8_t)to,
		.at_ms = clock_wall_ms(),
		.by = span_of(h->by),
		.proof = span_of(h->nvoters > 0 ? proof_name(h->voters[h->nvoters - 1].proof)
						: ""),
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
	snprintf(h->why, sizeof h->why, "nobody decided in time");
	change(h, HOLD_EXPIRED);
}

void
hold_spend(struct hold *h, void (*fn)(void *arg, enum rc rc, const char *why))
{
	if (h->busy || h->state != HOLD_APPROVED || clock_mono_ms() >= h->until) {
		fn(h->init.arg, RC_REFUSE, "the approval is not there to be spent");
		return;
	}
	h->spent = fn;
	change(h, HOLD_SPENT);
}

void
hold_close(struct hold *h)
{
	if (h == NULL)
		return;
	h->closed = true;
	if (h->busy)
		return;
	if (!hold_may(h->state, HOLD_CANCELLED)) {
		free_hold(h);
		return;
	}
	snprintf(h->why, sizeof h->why, "the asker has gone");
	change(h, HOLD_CANCELLED);
}

/* ---- opening ---------------------------------------------------------------------- */

static void
opened(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct hold *h = arg;

	(void)bytes;
	(void)fd;
	h->busy = false;
	if (rc != RC_OK) {
		/* There is no row: nothing to cancel. */
		if (!h->closed)
			h->init.opened(h->init.arg, rc, why);
		free_hold(h);
		return;
	}
	h->state = HOLD_PENDING;
	if (h->closed) {
		hold_close(h);
		return;
	}
	timer_set(h->timer, h->init.decide_ms);
	h->init.opened(h->init.arg, RC_OK, "");
}

static json_t *
needs_json(const struct verdict *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->n_needs; i++) {
		json_t *from = json_array();

		for (size_t j = 0; j < v->needs[i].n_from; j++)
			json_array_append_new(from,
			    json_sprintf("%s%s", v->needs[i].from[j].group ? "group:" : "",
				v->needs[i].from[j].name));
		json_array_append_new(a, json_pack("{s:s, s:i, s:o}", "rule", v->needs[i].rule,
					     "need", (int)v->needs[i].need, "from", from));
	}
	return a;
}

static char *
detail_text(const struct hold *h)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:o}", "profile", h->profile, "key", h->key,
	    "source", h->source, "reason", h->reason, "needs", needs_json(&h->verdict));
	char *s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);

	json_decref(o);
	return s;
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
		.until_ms = clock_wall_ms() + h->init.decide_ms,
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
	h->init = *init;
	h->init.verdict = NULL;
	h->verdict = *init->verdict;
	memcpy(h->digest, init->digest, HOLD_DIGEST);
	h->since = clock_mono_ms();
	h->until = h->since + init->decide_ms;
	h->canon = strdup(init->canon);
	h->timer = loop_timer(all->m->loop, expire, h);
	if (h->canon == NULL || h->timer == NULL
	    || !span_copy(span_of(init->identity), h->identity, sizeof h->identity)
	    || !span_copy(span_of(init->owner), h->owner, sizeof h->owner)
	    || !span_copy(span_of(init->key), h->key, sizeof h->key)
	    || !span_copy(span_of(init->source), h->source, sizeof h->source)
	    || !span_copy(span_of(init->profile), h->profile, sizeof h->profile)
	    || !span_copy(span_of(init->reason), h->reason, sizeof h->reason)) {
		timer_free(h->timer);
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
		n += !h->closed && strcmp(h->identity, identity) == 0;
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
hold_open(struct holds *all, const struct hold_init *init, struct hold **ret, struct err *err)
{
	struct hold *h;
	enum rc rc;

	if (open_of(all, init->identity)
	    >= all->m->rules.config->holds.open_per_identity)
		return err_set(err, RC_WAIT, "too many open holds");
	if ((h = make_hold(all, init)) == NULL)
		return err_memory(err);
	do
		rc = id_hold(h->id, err);
	while (rc == RC_OK && h->next != NULL && id_taken(&(struct holds) { .first = h->next }, h->id));
	if (rc != RC_OK || (rc = send_new(h, err)) != RC_OK) {
		free_hold(h);
		return rc;
	}
	*ret = h;
	return RC_OK;
}

/* ---- deciding --------------------------------------------------------------------- */

static void
answer(struct verb_call *call, int status, const char *fmt, const char *word)
{
	buf_printf(&call->say, "broker: ");
	buf_printf(&call->say, fmt, word); /* NOLINT: fmt is one of our literals */
	buf_u8(&call->say, '\n');
	call->done(call->arg, call, status);
}

static bool
has_right(const struct verb_call *call)
{
	return config_may_approve(call->m->rules.config, call->who);
}

static struct hold *
find_hold(struct holds *all, const char *id)
{
	char want[ID_HOLD_TEXT];

	if (!id_hold_parse(span_of(id), want))
		return NULL;
	for (struct hold *h = all->first; h != NULL; h = h->next)
		if (!h->closed && h->state == HOLD_PENDING && strcmp(h->id, want) == 0)
			return h;
	return NULL;
}

static enum proof
proof_of(const struct verb_call *call)
{
	return strcmp(call->proof, "uid") == 0 ? PROOF_UID : PROOF_KEY;
}

/* Why this person may not approve this hold; NULL when they may. */
static const char *
why_not(const struct hold *h, const struct verb_call *call)
{
	bool counts = false;

	if (strcmp(h->identity, call->name) == 0)
		return "you asked for it yourself";
	if (h->owner[0] != '\0' && strcmp(h->owner, call->name) == 0)
		return "the asker is your own agent";
	if (call->key[0] != '\0' && strcmp(h->key, call->key) == 0)
		return "it was asked for with your key";
	if (!call->fresh)
		return "an approval must be the first request of a connection made within the "
		       "last minute (ssh -o ControlPath=none …)";
	for (size_t i = 0; i < h->nvoters; i++)
		if (strcmp(h->voters[i].name, call->name) == 0)
			return "you approved it already";
	for (size_t i = 0; i < h->verdict.n_needs; i++)
		counts |= approver_need_counts(&h->verdict.needs[i], call->who, proof_of(call));
	return counts ? NULL : "its rule does not count you, or not by this kind of proof";
}

/* Counted anew each time from who the voters are now: one that has lost a group, or is
 * gone, counts no more. */
static unsigned
votes_for(const struct hold *h, const struct approver_need *need)
{
	const struct identity_set *set = h->all->m->rules.config->identities;
	unsigned n = 0;

	for (size_t i = 0; i < h->nvoters; i++) {
		const struct identity *who
		    = identity_by_name(set, span_of(h->voters[i].name));

		n += who != NULL && approver_need_counts(need, who, h->voters[i].proof);
	}
	return n;
}

static bool
enough(const struct hold *h)
{
	for (size_t i = 0; i < h->verdict.n_needs; i++)
		if (votes_for(h, &h->verdict.needs[i]) < h->verdict.needs[i].need)
			return false;
	return h->verdict.n_needs > 0;
}

static void
vote_kept(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct hold *h = arg;

	(void)bytes;
	(void)fd;
	h->busy = false;
	if (rc != RC_OK)
		h->nvoters--;
	else if (h->state == HOLD_PENDING && !h->closed && enough(h)) {
		change(h, HOLD_APPROVED);
		return;
	}
	if (h->call != NULL) {
		if (rc == RC_OK)
			buf_printf(&h->call->out, "counted for %s; more approvals are needed\n",
			    h->id);
		else
			buf_printf(&h->call->say, "broker: not recorded, so not done: %s\n", why);
		finish_call(h, rc == RC_OK ? STATUS_OK : STATUS_FAILED);
	}
	if (h->closed)
		hold_close(h);
}

static void
send_vote(struct hold *h, struct verb_call *call)
{
	struct keep_event e = { .kind = "hold.vote", .identity = call->name,
		.rule = h->verdict.rule };
	json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "hold", h->id, "proof", call->proof, "key",
	    call->key, "source", call->source);
	char *detail = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);

	json_decref(o);
	span_copy(span_of(call->name), h->by, sizeof h->by);
	span_copy(span_of(call->name), h->voters[h->nvoters].name, 65);
	h->voters[h->nvoters++].proof = proof_of(call);
	h->call = call;
	h->busy = true;
	e.detail = detail;
	if (detail == NULL || keep_event(h->all->m->keep, &e, vote_kept, h) != RC_OK) {
		int none = -1;

		vote_kept(h, RC_FAIL, "the keeper is gone", span_make(NULL, 0), &none);
	}
	free(detail);
}

/* "--reason TEXT" after the id; false when the words are anything else. */
static bool
read_reason(const struct verb_call *call, char out[257])
{
	out[0] = '\0';
	if (call->argc == 2)
		return true;
	return call->argc == 4 && strcmp(call->argv[2], "--reason") == 0
	    && span_copy(span_of(call->argv[3]), out, 257)
	    && text_utf8(span_of(call->argv[3]));
}

/* What both verbs check first; NULL when it has answered. */
static struct hold *
admit(struct holds *all, struct verb_call *call, char reason[257])
{
	struct hold *h;

	if (call->argc < 2 || !read_reason(call, reason)) {
		answer(call, STATUS_USAGE, "usage: %s ID [--reason TEXT]", call->argv[0]);
		return NULL;
	}
	if (!has_right(call)) {
		answer(call, STATUS_DENIED, "denied: you have no right to %s", call->argv[0]);
		return NULL;
	}
	if ((h = find_hold(all, call->argv[1])) == NULL || h->busy) {
		answer(call, STATUS_USAGE, "no hold of that id is pending%s", "");
		return NULL;
	}
	return h;
}

void
holds_approve(struct holds *all, struct verb_call *call)
{
	char reason[257];
	struct hold *h = admit(all, call, reason);
	const char *why;

	if (h == NULL)
		return;
	if ((why = why_not(h, call)) != NULL) {
		answer(call, STATUS_DENIED, "denied: %s", why);
		return;
	}
	if (h->nvoters >= VOTERS_MAX) {
		answer(call, STATUS_FAILED, "too many approvals of one hold%s", "");
		return;
	}
	span_copy(span_of(reason), h->why, sizeof h->why);
	send_vote(h, call);
}

void
holds_deny(struct holds *all, struct verb_call *call)
{
	char reason[257];
	struct hold *h = admit(all, call, reason);

	if (h == NULL)
		return;
	span_copy(span_of(call->name), h->by, sizeof h->by);
	span_copy(span_of(reason), h->why, sizeof h->why);
	h->call = call;
	change(h, HOLD_DENIED);
}

/* ---- showing ---------------------------------------------------------------------- */

static void
put_line(struct buf *out, const char *label, const char *text)
{
	buf_printf(out, "  %-9s", label);
	text_escape(out, span_of(text));
	buf_u8(out, '\n');
}

static void
show_needs(const struct hold *h, struct buf *out)
{
	for (size_t i = 0; i < h->verdict.n_needs; i++) {
		const struct approver_need *n = &h->verdict.needs[i];

		buf_printf(out, "  %-9s%u of %u from", i == 0 ? "needs" : "",
		    votes_for(h, n), n->need);
		for (size_t j = 0; j < n->n_from; j++)
			buf_printf(out, " %s%s", n->from[j].group ? "group " : "",
			    n->from[j].name);
		buf_printf(out, " (rule %s)\n", n->rule);
	}
}

static void
show_text(const struct hold *h, struct buf *out)
{
	uint64_t now = clock_mono_ms();
	uint64_t left = h->until > now ? (h->until - now) / 1000 : 0;
	char hex[2 * HOLD_DIGEST + 1];

	buf_printf(out, "%s\n", h->id);
	put_line(out, "who", h->identity);
	put_line(out, "from", h->source);
	put_line(out, "profile", h->profile);
	put_line(out, "command", h->canon);
	if (h->reason[0] != '\0')
		put_line(out, "reason", h->reason);
	if (h->reason[0] != '\0')
		buf_text(out, "           (the asker's own words, unverified)\n");
	show_needs(h, out);
	id_hex(h->digest, HOLD_DIGEST, hex);
	put_line(out, "digest", hex);
	buf_printf(out, "  %-9s%llu s\n", "expires", (unsigned long long)left);
}

static void
show_json(const struct hold *h, struct buf *out)
{
	uint64_t now = clock_mono_ms();
	char hex[2 * HOLD_DIGEST + 1];
	json_t *o;
	char *s;

	id_hex(h->digest, HOLD_DIGEST, hex);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I}", "id", h->id, "identity",
	    h->identity, "source", h->source, "profile", h->profile, "command", h->canon,
	    "asker_says", h->reason, "digest", hex, "needs", needs_json(&h->verdict),
	    "expires_in", (json_int_t)(h->until > now ? (h->until - now) / 1000 : 0));
	s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	if (s == NULL) {
		out->bad = true;
		return;
	}
	buf_printf(out, "%s\n", s);
	free(s);
}

void
holds_pending(struct holds *all, struct verb_call *call)
{
	if (!has_right(call)) {
		answer(call, STATUS_DENIED, "denied: you have no right to see what is %s",
		    "pending");
		return;
	}
	for (const struct hold *h = all->first; h != NULL; h = h->next) {
		if (h->closed || h->state != HOLD_PENDING)
			continue;
		if (call->json)
			show_json(h, &call->out);
		else
			show_text(h, &call->out);
	}
	if (!buf_ok(&call->out)) {
		buf_reset(&call->out);
		answer(call, STATUS_FAILED, "too much is %s", "pending");
		return;
	}
	call->done(call->arg, call, STATUS_OK);
}
