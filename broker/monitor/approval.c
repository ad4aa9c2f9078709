/* People decide on holds: who may, what counts, and when it is enough. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/holds_parts.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

bool
approval_right(const struct verb_call *call)
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
		return "an approval must be the first request of a connection made "
		       "within the "
		       "last minute (ssh -o ControlPath=none …)";
	for (size_t i = 0; i < h->nvoters; i++)
		if (strcmp(h->voters[i].name, call->name) == 0)
			return "you approved it already";
	for (size_t i = 0; i < h->verdict.n_needs; i++)
		counts |= approver_need_counts(
		    &h->verdict.needs[i], call->who, proof_of(call));
	return counts ? NULL
		      : "its rule does not count you, or not by this kind of proof";
}

/* Counted anew each time from who the voters are now: one that has lost a group, or is
 * gone, counts no more. */
unsigned
approval_votes(const struct hold *h, const struct approver_need *need)
{
	const struct identity_set *set = h->all->m->rules.config->identities;
	unsigned n = 0;

	for (size_t i = 0; i < h->nvoters; i++) {
		const struct identity *who =
		    identity_by_name(set, span_of(h->voters[i].name));

		n += who != NULL && approver_need_counts(need, who, h->voters[i].proof);
	}
	return n;
}

static bool
enough(const struct hold *h)
{
	for (size_t i = 0; i < h->verdict.n_needs; i++)
		if (approval_votes(h, &h->verdict.needs[i]) < h->verdict.needs[i].need)
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
		hold_change(h, HOLD_APPROVED);
		return;
	}
	if (h->call != NULL) {
		if (rc == RC_OK)
			buf_printf(&h->call->out,
			    "counted for %s; more approvals are needed\n", h->id);
		else
			buf_printf(&h->call->say,
			    "broker: not recorded, so not done: %s\n", why);
		hold_finish_call(h, rc == RC_OK ? STATUS_OK : STATUS_FAILED);
	}
	if (h->closed)
		hold_close(h);
}

static void
send_vote(struct hold *h, struct verb_call *call)
{
	struct keep_event e = {
		.kind = "hold.vote", .identity = call->name, .rule = h->verdict.rule
	};
	json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "hold", h->id, "proof",
	    call->proof, "key", call->key, "source", call->source);
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
	return call->argc == 4 && strcmp(call->argv[2], "--reason") == 0 &&
	       span_copy(span_of(call->argv[3]), out, 257) &&
	       text_utf8(span_of(call->argv[3]));
}

/* What both verbs check first; NULL when it has answered. */
static struct hold *
admit(struct holds *all, struct verb_call *call, char reason[257])
{
	struct hold *h;

	if (call->argc < 2 || !read_reason(call, reason)) {
		verb_answer(
		    call, STATUS_USAGE, "usage: %s ID [--reason TEXT]", call->argv[0]);
		return NULL;
	}
	if (!approval_right(call)) {
		verb_answer(
		    call, STATUS_DENIED, "you have no right to %s", call->argv[0]);
		return NULL;
	}
	if ((h = find_hold(all, call->argv[1])) == NULL || h->busy) {
		verb_answer(call, STATUS_USAGE, "no hold of that id is pending");
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
		verb_answer(call, STATUS_DENIED, "%s", why);
		return;
	}
	if (h->nvoters >= HOLD_VOTERS_MAX) {
		verb_answer(call, STATUS_FAILED, "too many approvals of one hold");
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
	hold_change(h, HOLD_DENIED);
}
