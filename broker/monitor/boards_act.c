/* What a person wants done from a list is done by the verbs themselves: they look at
 * rights, proofs and states as ever, and their answers are shown. */
#include <stdio.h>
#include <string.h>

#include "broker/monitor/boards_parts.h"
#include "lib/model/status.h"

void
view_drop_asked(struct view *v)
{
	struct verb_call *call = v->asked;

	v->asked = NULL;
	if (call != NULL)
		verb_abandon(call);
}

static void
say(struct view *v, struct span text)
{
	/* A screen needs no word on whose it is. */
	if (span_starts(text, "broker: "))
		text = span_make(text.p + 8, text.len - 8);
	board_say(v->board, text);
}

/* A verb's answer; the view is there as long as arg is. */
static void
asked_done(void *arg, struct verb_call *call, int status)
{
	struct view *v = arg;

	if (v != NULL) {
		v->asked = NULL;
		if (status != STATUS_OK)
			say(v, buf_span(&call->say));
		else if (v->why)
			board_details(v->board, v->about, buf_span(&call->out));
		else
			say(v, buf_span(&call->out));
		v->stale = true;
		view_refresh(v);
	}
	verb_call_free(call);
}

/* Ask one, as this person; over SSH never as one who has just logged in. */
static void
ask(struct view *v, void (*verb)(struct holds *all, struct verb_call *call),
    const char *const words[], unsigned n)
{
	const struct identity *who = view_who(v);
	struct verb_call *call;

	if (who == NULL || (call = verb_call_new()) == NULL) {
		board_say(v->board, span_of("not now"));
		return;
	}
	call->m = v->all->m;
	call->who = who;
	call->proof = v->call->proof;
	call->verified = v->call->verified;
	call->fresh = v->call->proof == PROOF_UID;
	snprintf(call->name, sizeof call->name, "%s", v->call->name);
	snprintf(call->key, sizeof call->key, "%s", v->call->key);
	snprintf(call->source, sizeof call->source, "%s", v->call->source);
	for (unsigned i = 0; i < n; i++)
		call->argv[call->argc++] = words[i];
	call->done = asked_done;
	call->arg = v;
	v->asked = call;
	v->why = verb == holds_why;
	verb(v->all->m->holds, call);
}

void
view_ask_details(struct view *v)
{
	const char *words[] = { "why", board_detailed(v->board) };

	/* An answer that is on its way may be older than the change. */
	if (v->asked != NULL && words[1] != NULL)
		return;
	v->recheck = false;
	if (words[1] == NULL)
		return;
	snprintf(v->about, sizeof v->about, "%s", words[1]);
	words[1] = v->about;
	ask(v, holds_why, words, 2);
}

static void
approve(struct view *v, const char *id)
{
	const char *const words[] = { "approve", id };
	char text[96];

	if (v->call->proof == PROOF_UID) {
		ask(v, holds_approve, words, 2);
		return;
	}
	snprintf(text, sizeof text, "to approve it, type: ssh broker approve %s", id);
	board_say(v->board, span_of(text));
}

void
view_act(struct view *v, const struct board_act *act)
{
	const char *const deny[] = { "deny", act->id, "--reason", act->reason };

	if (act->want == BOARD_DETAILS)
		v->recheck = true;
	if (act->want == BOARD_NOTHING || act->want == BOARD_LEAVE)
		return;
	/* What is shown gives way to what is done. */
	if (v->asked != NULL && (v->why || act->want == BOARD_DETAILS)) {
		if (!v->why)
			return;
		view_drop_asked(v);
	}
	if (v->asked != NULL)
		board_say(v->board, span_of("wait: the last one is not done yet"));
	else if (act->want == BOARD_DETAILS)
		view_ask_details(v);
	else if (act->want == BOARD_APPROVE)
		approve(v, act->id);
	else
		ask(v, holds_deny, deny, 4);
}
