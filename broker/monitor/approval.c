/* People decide on holds: who may, what counts, and when it is enough. */
#include <string.h>

#include "broker/monitor/command.h"
#include "broker/monitor/veiling.h"
#include "broker/monitor/holds_parts.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "recorder/mask/mask.h"
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

struct voters_for
hold_asker(const struct hold *h)
{
	return (struct voters_for){ .config = h->all->m->rules.config,
		.identity = h->identity,
		.owner = h->owner,
		.key = h->key,
		.n_keys = h->n_keys,
		.keys = h->keys };
}

unsigned
approval_votes(const struct hold *h, const struct approver_need *need)
{
	const struct voters_for f = hold_asker(h);

	return voters_reached(&h->voters, &f, need);
}

/* Said it, whatever became of it: the store takes nobody's word twice. */
static bool
has_spoken(const struct hold *h, const char *name)
{
	for (size_t i = 0; i < h->voters.n; i++)
		if (strcmp(h->voters.v[i].name, name) == 0)
			return true;
	return false;
}

/* Why this person may not approve this hold; NULL when they may. */
static const char *
why_not(const struct hold *h, const struct verb_call *call)
{
	const struct voters_for f = hold_asker(h);
	bool counts = false, nearer = false;

	if (strcmp(h->identity, call->name) == 0)
		return "you asked for it yourself";
	if (voters_tied(&f, call->who))
		return "you and the asker answer to the same person";
	if (voters_same_key(&f, call->who, call->key))
		return "a key of yours is, or was, the asker's";
	if (call->who->kind != IDENTITY_HUMAN)
		return "people approve; an agent does not, whoever owns it";
	if (!call->fresh)
		return "an approval must be the first request of a connection made "
		       "within the last minute (ssh -o ControlPath=none …)";
	if (has_spoken(h, call->name) || voters_have(&h->voters, &f, call->who))
		return "you approved it already";
	for (size_t i = 0; i < h->verdict.n_needs; i++) {
		const struct approver_need *need = &h->verdict.needs[i];
		unsigned name =
		    approver_need_names(need, call->who, call->proof, call->verified);

		counts |= name != 0;
		nearer |= name != 0 && voters_nearer(&h->voters, &f, need, name);
	}
	if (!counts)
		return "its rule does not count you, or not by this kind of proof "
		       "(why ID says what it wants)";
	return nearer ? NULL
		      : "its rule wants people of different groups, and somebody of "
			"yours has approved it";
}

bool
hold_suffices(const struct hold *h, const struct verdict *v)
{
	const struct voters_for f = hold_asker(h);

	for (size_t i = 0; i < v->n_needs; i++)
		if (v->needs[i].reason && h->reason[0] == '\0')
			return false;
	return voters_suffice(&h->voters, &f, v);
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
	struct voter *v = &h->voters.v[h->voters.n++];

	span_copy(span_of(call->name), v->name, sizeof v->name);
	span_copy(span_of(call->key), v->key, sizeof v->key);
	span_copy(span_of(call->source), v->source, sizeof v->source);
	span_copy(span_of(h->why), v->reason, sizeof v->reason);
	clock_iso(clock_wall_ms(), v->time);
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
	struct buf shown;
	bool good;

	out[0] = '\0';
	if (call->argc == 2)
		return true;
	if (call->argc != 4 || strcmp(call->argv[2], "--reason") != 0 ||
	    !command_reason_ok(span_of(call->argv[3])))
		return false;
	/* It is for people and the audit alone: nothing is ever made of it. */
	buf_init(&shown, mask_growth(COMMAND_REASON));
	veil_line(veil_of(call->m), span_of(call->argv[3]), &shown);
	good = buf_ok(&shown) && span_copy(buf_span(&shown), out, 257);
	buf_clear(&shown);
	return good || span_copy(span_of("[MASKED]"), out, 257);
}

/* What both verbs check first; NULL when it has answered. */
static struct hold *
admit(struct holds *all, struct verb_call *call, char reason[257])
{
	/* A no is told to the asker, who is to learn from it. */
	const bool must = strcmp(call->argv[0], "deny") == 0;
	struct hold *h;

	if (call->argc < (must ? 4 : 2) || !read_reason(call, reason)) {
		verb_answer(call, STATUS_USAGE, "usage: %s ID %s", call->argv[0],
		    must ? "--reason TEXT" : "[--reason TEXT]");
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
	if (h->voters.n >= VOTERS_MAX || !hold_voters(h)) {
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
