/* People decide on holds: who may, what counts, and when it is enough. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/command.h"
#include "broker/monitor/holds_parts.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "policies/decide.h"

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

/* The human who answers for an identity: an agent's owner, else the identity itself.
 * Approvals are by people, so that nobody approves through an agent of their own. */
static const char *
person(const struct identity *who)
{
	return who->owner != NULL ? who->owner : who->name;
}

/* True when one person stands behind the asker and this identity: by the owner as it
 * was when the command was asked for, or as it is now. */
static bool
is_tied(const struct hold *h, const struct identity *who)
{
	const struct identity *asker =
	    identity_by_name(h->all->m->rules.config->identities, span_of(h->identity));

	return strcmp(who->name, h->identity) == 0 ||
	       strcmp(person(who), h->owner[0] != '\0' ? h->owner : h->identity) == 0 ||
	       (asker != NULL && strcmp(person(who), person(asker)) == 0);
}

/* The voter as configured now, if the vote can count for anything: one that is gone or
 * has lost the right counts no more. */
static const struct identity *
voter(const struct hold *h, size_t i)
{
	const struct config *c = h->all->m->rules.config;
	const struct identity *who =
	    identity_by_name(c->identities, span_of(h->voters[i].name));

	return who != NULL && config_may_approve(c, who) && !is_tied(h, who) ? who
									     : NULL;
}

static bool
has_voted(const struct hold *h, const struct identity *who, size_t before)
{
	for (size_t i = 0; i < before; i++) {
		const struct identity *other = voter(h, i);

		if (other != NULL && strcmp(person(other), person(who)) == 0)
			return true;
	}
	return false;
}

/* What each voter's word stands for under this condition, counted anew from who they
 * are now, each person once. */
static size_t
gather(const struct hold *h, const struct approver_need *need,
    unsigned names[HOLD_VOTERS_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < h->nvoters; i++) {
		const struct identity *who = voter(h, i);

		if (who != NULL && !has_voted(h, who, i))
			names[n++] = approver_need_names(
			    need, who, h->voters[i].proof, h->voters[i].verified);
	}
	return n;
}

unsigned
approval_votes(const struct hold *h, const struct approver_need *need)
{
	unsigned names[HOLD_VOTERS_MAX + 1];

	return approver_need_reached(need, names, gather(h, need, names));
}

/* Would one more word, by this person, come nearer to it? */
static bool
is_nearer(const struct hold *h, const struct approver_need *need, unsigned name)
{
	unsigned names[HOLD_VOTERS_MAX + 1];
	size_t n = gather(h, need, names);

	names[n] = name;
	return approver_need_reached(need, names, n + 1) >
	       approver_need_reached(need, names, n);
}

/* Why this person may not approve this hold; NULL when they may. */
static const char *
why_not(const struct hold *h, const struct verb_call *call)
{
	bool counts = false, nearer = false;

	if (strcmp(h->identity, call->name) == 0)
		return "you asked for it yourself";
	if (is_tied(h, call->who))
		return "you and the asker answer to the same person";
	if (call->key[0] != '\0' && strcmp(h->key, call->key) == 0)
		return "it was asked for with your key";
	if (!call->fresh)
		return "an approval must be the first request of a connection made "
		       "within the last minute (ssh -o ControlPath=none …)";
	if (has_voted(h, call->who, h->nvoters))
		return "you approved it already";
	for (size_t i = 0; i < h->verdict.n_needs; i++) {
		const struct approver_need *need = &h->verdict.needs[i];
		unsigned name =
		    approver_need_names(need, call->who, call->proof, call->verified);

		counts |= name != 0;
		nearer |= name != 0 && is_nearer(h, need, name);
	}
	if (!counts)
		return "its rule does not count you, or not by this kind of proof";
	return nearer ? NULL
		      : "its rule wants people of different groups, and somebody of "
			"yours has approved it";
}

bool
hold_suffices(const struct hold *h, const struct verdict *v)
{
	for (size_t i = 0; i < v->n_needs; i++)
		if (approval_votes(h, &v->needs[i]) < v->needs[i].need ||
		    (v->needs[i].reason && h->reason[0] == '\0'))
			return false;
	return v->n_needs > 0;
}

bool
hold_covers(const struct hold *h, const struct verdict *v)
{
	return h->state == HOLD_SPENT && decide_released(v, &h->verdict) &&
	       hold_suffices(h, v);
}

static void
answer_vote(struct hold *h, enum rc rc, const char *why)
{
	struct verb_call *call = h->call;

	h->call = NULL;
	if (call == NULL)
		return;
	if (rc != RC_OK) {
		verb_answer(call, STATUS_FAILED, "not recorded, so not done: %s", why);
		return;
	}
	verb_state(call, h->id, "counted, more approvals are needed for");
	call->done(call->arg, call, STATUS_OK);
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
	else if (h->state == HOLD_PENDING && !h->closed &&
		 hold_suffices(h, &h->verdict)) {
		hold_change(h, HOLD_APPROVED);
		return;
	}
	answer_vote(h, rc, why);
	if (h->closed)
		hold_close(h);
}

static void
note_voter(struct hold *h, const struct verb_call *call)
{
	size_t i = h->nvoters++;

	span_copy(span_of(call->name), h->voters[i].name, sizeof h->voters[i].name);
	span_copy(span_of(call->key), h->voters[i].key, sizeof h->voters[i].key);
	span_copy(
	    span_of(call->source), h->voters[i].source, sizeof h->voters[i].source);
	span_copy(span_of(h->why), h->voters[i].reason, sizeof h->voters[i].reason);
	h->voters[i].ms = clock_wall_ms();
	h->voters[i].proof = call->proof;
	h->voters[i].verified = call->verified;
}

static void
send_vote(struct hold *h, struct verb_call *call)
{
	struct keep_event e = {
		.kind = "hold.vote", .identity = call->name, .rule = h->verdict.rule
	};
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "hold", h->id, "proof",
	    proof_name(call->proof), "key", call->key, "source", call->source, "reason",
	    h->why);
	char *detail = keep_detail_take(o, JSON_COMPACT);

	note_voter(h, call);
	h->call = call;
	h->busy = true;
	e.detail = detail;
	if (detail == NULL || keep_event(h->all->m->keep, &e, vote_kept, h) != RC_OK) {
		int none = -1;

		vote_kept(h, RC_FAIL, "the keeper is gone", span_make(NULL, 0), &none);
	}
	free(detail);
}

/* "--reason TEXT" after the id; false when the words are anything else.  Words from the
 * control socket have not been looked at before. */
static bool
read_reason(const struct verb_call *call, char out[257])
{
	out[0] = '\0';
	if (call->argc == 2)
		return true;
	return call->argc == 4 && strcmp(call->argv[2], "--reason") == 0 &&
	       command_reason_ok(span_of(call->argv[3])) &&
	       span_copy(span_of(call->argv[3]), out, 257);
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
	if ((h = find_hold(all, call->argv[1])) == NULL) {
		verb_answer(call, STATUS_USAGE, "no hold of that id is pending");
		return NULL;
	}
	if (h->busy) {
		verb_answer(call, STATUS_HELD,
		    "somebody decides on it in this moment; look again");
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
	hold_set_cause(h, call->name, proof_name(call->proof), reason);
	send_vote(h, call);
}

void
holds_deny(struct holds *all, struct verb_call *call)
{
	char reason[257];
	struct hold *h = admit(all, call, reason);

	if (h == NULL)
		return;
	hold_set_cause(h, call->name, proof_name(call->proof), reason);
	h->call = call;
	hold_change(h, HOLD_DENIED);
}
