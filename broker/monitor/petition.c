/* Verbs that ask people for something; see petition.h. */
#include "broker/monitor/petition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/monitor.h"
#include "broker/monitor/verbcall.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/base/quantity.h"
#include "lib/model/needs.h"
#include "lib/model/notice.h"
#include "lib/model/status.h"

#define TEXT_MAX 32768

struct waiting {
	struct waiting *next;
	struct petitions *all;
	struct verb_call *call;
	bool vote;
	void (*opened)(void *arg, const struct hold *h);
	void *arg;
	char reason[257];
	struct hold *hold; /* until it is open */
	char id[ID_HOLD_TEXT];
	bool voting; /* the caller's own word is on its way, … */
	bool ended;  /* … and petitions_end() came before its answer */
	enum rc rc;
	char word[256];
};

struct petitions {
	struct monitor *m;
	struct waiting *first;
};

enum rc
petitions_new(struct monitor *m, struct petitions **ret, struct err *err)
{
	struct petitions *all = calloc(1, sizeof *all);

	if (all == NULL)
		return err_memory(err);
	all->m = m;
	*ret = all;
	return RC_OK;
}

/* Out of the list and freed; its call is the caller's. */
static struct verb_call *
drop(struct waiting *w)
{
	struct verb_call *call = w->call;

	for (struct waiting **p = &w->all->first; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			break;
		}
	free(w);
	return call;
}

void
petitions_free(struct petitions *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL) {
		struct verb_call *call = drop(all->first);

		call->done(call->arg, call, STATUS_FAILED);
	}
	free(all);
}

static void
fail(struct waiting *w, int status, const char *why)
{
	struct verb_call *call = drop(w);

	verb_answer(call, status, "%s", why);
}

/* ---- people have to be waited for ---- */

static void
put_text(const struct hold *h, const char *note, struct buf *out)
{
	const struct verdict *v = hold_verdict(h);
	char duration[QUANTITY_TEXT];

	buf_printf(out, "held: %s needs ", hold_id(h));
	for (size_t i = 0; i < v->n_needs; i++) {
		buf_printf(out, "%s%u of ", i > 0 ? ", and " : "", v->needs[i].need);
		needs_put(&v->needs[i], out);
	}
	quantity_duration_text(hold_decide_ms(h), duration);
	buf_printf(out, "; expires in %s%s", duration, note);
}

/* note: what became of the caller's own word. */
static void
answer_pending(struct waiting *w, const struct hold *h, const char *note)
{
	struct verb_call *call = drop(w);
	struct notice n = { .event = "held", .id = hold_id(h), .retry_after = -1 };
	struct buf text;

	buf_init(&text, TEXT_MAX);
	put_text(h, note, &text);
	n.rule = hold_verdict(h)->rule;
	n.text = buf_cstr(&text);
	(void)notice_put(&call->say, &n, call->json, NULL);
	if (!call->json)
		buf_printf(
		    &call->say, "broker: approver runs: broker approve %s\n", n.id);
	verb_state(call, hold_id(h), "pending");
	buf_clear(&text);
	call->done(call->arg, call, STATUS_HELD);
}

/* ---- what it was for is there, or never will be ---- */

static void
answer_end(struct waiting *w)
{
	char id[ID_HOLD_TEXT], word[sizeof w->word];
	enum rc rc = w->rc;
	struct verb_call *call;

	memcpy(id, w->id, sizeof id);
	memcpy(word, w->word, sizeof word);
	call = drop(w);
	if (rc == RC_OK) {
		verb_state(call, id, word);
		call->done(call->arg, call, STATUS_OK);
	} else
		verb_answer(
		    call, rc == RC_REFUSE ? STATUS_DENIED : STATUS_FAILED, "%s", word);
}

void
petitions_end(struct petitions *all, const char *hold, enum rc rc, const char *word)
{
	struct waiting *w = all->first;

	while (w != NULL && strcmp(w->id, hold) != 0)
		w = w->next;
	if (w == NULL)
		return;
	w->ended = true;
	w->rc = rc;
	snprintf(w->word, sizeof w->word, "%s", word);
	if (!w->voting)
		answer_end(w);
}

/* ---- the caller's own word ---- */

/* What stands behind "broker: denied: " in the answer to it. */
static void
put_refusal(struct verb_call *own, struct buf *out)
{
	static const char prefix[] = "broker: denied: ";
	const char *text = buf_cstr(&own->say);

	if (strncmp(text, prefix, sizeof prefix - 1) == 0)
		text += sizeof prefix - 1;
	buf_printf(out, "; your own word does not count for it: %.*s",
	    (int)strcspn(text, "\n"), text);
}

static void
voted(void *arg, struct verb_call *own, int status)
{
	struct waiting *w = arg;
	const struct hold *h = holds_find(w->all->m->holds, w->id);
	struct buf note;

	w->voting = false;
	buf_init(&note, 1024);
	if (status == STATUS_OK)
		buf_text(&note, "; your own word is counted");
	else
		put_refusal(own, &note);
	/* Once it is approved its owner makes what it is for, and ends the petition. */
	if (w->ended)
		answer_end(w);
	else if (h != NULL && hold_state(h) == HOLD_PENDING)
		answer_pending(w, h, buf_cstr(&note));
	else if (h == NULL)
		fail(w, STATUS_FAILED, "what was asked for is over already");
	buf_clear(&note);
	verb_call_free(own);
}

/* `approve ID --reason TEXT`, in the caller's name and by the same proof. */
static bool
vote(struct waiting *w)
{
	const struct verb_call *call = w->call;
	struct verb_call *own = verb_call_new();

	if (own == NULL)
		return false;
	own->m = call->m;
	own->who =
	    identity_by_name(w->all->m->rules.config->identities, span_of(call->name));
	own->proof = call->proof;
	own->verified = call->verified;
	own->fresh = call->fresh;
	memcpy(own->name, call->name, sizeof own->name);
	memcpy(own->key, call->key, sizeof own->key);
	memcpy(own->source, call->source, sizeof own->source);
	own->argv[own->argc++] = "approve";
	own->argv[own->argc++] = w->id;
	if (w->reason[0] != '\0') {
		own->argv[own->argc++] = "--reason";
		own->argv[own->argc++] = w->reason;
	}
	own->done = voted;
	own->arg = w;
	/* Gone by a reload in between. */
	if (own->who == NULL) {
		verb_call_free(own);
		return false;
	}
	w->voting = true;
	holds_approve(w->all->m->holds, own);
	return true;
}

/* ---- the hold ---- */

static void
opened(void *arg, enum rc rc, const char *why)
{
	struct waiting *w = arg;
	const struct hold *h = w->hold;

	if (w->opened != NULL)
		w->opened(w->arg, rc == RC_OK ? h : NULL);
	if (rc != RC_OK) {
		log_line(LOG_ERROR, "a petition was not recorded: %s", why);
		fail(w, STATUS_FAILED,
		    "it could not be recorded, so it is not asked for");
		return;
	}
	memcpy(w->id, hold_id(h), sizeof w->id);
	if (!w->vote || !vote(w))
		answer_pending(w, h, "");
}

/* Why there is no hold. */
static void
refuse(struct waiting *w, enum rc rc, const char *who, const struct err *err)
{
	struct verb_call *call;
	char name[65];

	/* Whoever is told may take the name along. */
	span_copy(span_of(who), name, sizeof name);
	if (w->opened != NULL)
		w->opened(w->arg, NULL);
	call = drop(w);
	if (rc == RC_WAIT)
		verb_answer(call, STATUS_HELD,
		    "%s has too many open holds; decide on one or wait", name);
	else {
		log_line(LOG_ERROR, "cannot hold a petition: %s", err->text);
		verb_answer(call, STATUS_FAILED,
		    "it could not be recorded, so it is not asked for");
	}
}

void
petitions_begin(struct petitions *all, const struct petition *p)
{
	struct waiting *w = calloc(1, sizeof *w);
	struct hold_init init = *p->hold;
	struct err err = { "" };
	enum rc rc;

	if (w == NULL) {
		if (p->opened != NULL)
			p->opened(p->arg, NULL);
		verb_answer(p->call, STATUS_FAILED, "out of memory");
		return;
	}
	w->all = all;
	w->call = p->call;
	w->vote = p->vote;
	w->opened = p->opened;
	w->arg = p->arg;
	span_copy(span_of(p->hold->reason), w->reason, sizeof w->reason);
	w->next = all->first;
	all->first = w;
	init.opened = opened;
	init.arg = w;
	if ((rc = hold_open(all->m->holds, &init, &w->hold, &err)) != RC_OK)
		refuse(w, rc, init.identity, &err);
}
