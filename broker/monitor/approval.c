/* People decide on holds: who may, what counts, and when it is enough. */
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
	struct hold *h = holds_find(all, id);

	return h != NULL && h->state == HOLD_PENDING ? h : NULL;
}

/* The human who answers for an identity: an agent's owner, else the identity itself.
 * Approvals are by people, so that nobody approves through an agent of their own. */
static const char *
person(const struct identity *who)
{
	return who->owner != NULL ? who->owner : who->name;
}

static const struct identity *
asker_now(const struct hold *h)
{
	return identity_by_name(
	    h->all->m->rules.config->identities, span_of(h->identity));
}

static bool
has_key(const struct identity *who, const char *print)
{
	char own[SSHKEY_FINGERPRINT];

	for (size_t i = 0; i < who->key_count; i++) {
		sshkey_fingerprint(who->keys[i].blob, own);
		if (strcmp(own, print) == 0)
			return true;
	}
	return false;
}

/* True for the key that it was asked for with, and for each that was the asker's then or
 * is now: a key is a device, whoever's it is called. */
static bool
is_askers_key(const struct hold *h, const char *print)
{
	const struct identity *asker = asker_now(h);

	if (print[0] == '\0')
		return false;
	for (size_t i = 0; i < h->n_keys; i++)
		if (strcmp(h->keys[i], print) == 0)
			return true;
	return strcmp(h->key, print) == 0 || (asker != NULL && has_key(asker, print));
}

/* True when one of this identity's keys is, or was, the asker's. */
static bool
shares_key(const struct hold *h, const struct identity *who)
{
	char own[SSHKEY_FINGERPRINT];

	for (size_t i = 0; i < who->key_count; i++) {
		sshkey_fingerprint(who->keys[i].blob, own);
		if (is_askers_key(h, own))
			return true;
	}
	return false;
}

/* True when one person stands behind the asker and this identity: by the owner as it
 * was when the command was asked for, or as it is now. */
static bool
is_tied(const struct hold *h, const struct identity *who)
{
	const struct identity *asker = asker_now(h);

	return strcmp(who->name, h->identity) == 0 ||
	       strcmp(person(who), h->owner[0] != '\0' ? h->owner : h->identity) == 0 ||
	       (asker != NULL && strcmp(person(who), person(asker)) == 0);
}

/* The voter as configured now, if the vote can count for anything: one that is gone or
 * has lost the right counts no more, nor one that turns out to be the asker. */
static const struct identity *
voter(const struct hold *h, size_t i)
{
	const struct config *c = h->all->m->rules.config;
	const struct identity *who =
	    identity_by_name(c->identities, span_of(h->voters[i].name));

	if (who == NULL || !config_may_approve(c, who) || is_tied(h, who) ||
	    is_askers_key(h, h->voters[i].key) || shares_key(h, who))
		return NULL;
	return who;
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

/* Said it, whatever became of it: the store takes nobody's word twice. */
static bool
has_spoken(const struct hold *h, const char *name)
{
	for (size_t i = 0; i < h->nvoters; i++)
		if (strcmp(h->voters[i].name, name) == 0)
			return true;
	return false;
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
	if (is_askers_key(h, call->key) || shares_key(h, call->who))
		return "a key of yours is, or was, the asker's";
	if (!call->fresh)
		return "an approval must be the first request of a connection made "
		       "within the last minute (ssh -o ControlPath=none …)";
	if (has_spoken(h, call->name) || has_voted(h, call->who, h->nvoters))
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

/* A yes and what it leads to are one change. */
static void
vote(struct hold *h, struct verb_call *call)
{
	struct hold_voter *v = &h->voters[h->nvoters++];

	span_copy(span_of(call->name), v->name, sizeof v->name);
	span_copy(span_of(call->key), v->key, sizeof v->key);
	span_copy(span_of(call->source), v->source, sizeof v->source);
	span_copy(span_of(h->why), v->reason, sizeof v->reason);
	v->ms = clock_wall_ms();
	v->proof = call->proof;
	v->verified = call->verified;
	h->voting = true;
	h->call = call;
	hold_change(h, hold_suffices(h, &h->verdict) ? HOLD_APPROVED : HOLD_PENDING);
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
	if (h->nvoters >= HOLD_VOTERS_MAX || !hold_voters(h)) {
		verb_answer(call, STATUS_FAILED, "too many approvals of one hold");
		return;
	}
	hold_set_cause(h, call->name, proof_name(call->proof), reason);
	vote(h, call);
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
