/* Articles; see articles.h.
 *
 * A text is durable before people are asked about it, so that whoever approves its
 * digest can read what that is of. */
#include "broker/monitor/articles_parts.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/model/status.h"

const char *
article_path(enum msg_article_kind kind)
{
	return kind == ARTICLE_SCRIPT ? "script" : "runbook";
}

static void settled(void *arg, struct hold *h, enum hold_state state, const char *by,
    const char *reason);

enum rc
articles_new(struct monitor *m, struct articles **ret, struct err *err)
{
	struct articles *all = calloc(1, sizeof *all);
	const struct hold_owner owner = { all, settled };

	if (all == NULL)
		return err_memory(err);
	all->m = m;
	if (petitions_new(m, &all->petitions, err) != RC_OK) {
		free(all);
		return RC_FAIL;
	}
	holds_own(m->holds, article_path(ARTICLE_SCRIPT), &owner);
	holds_own(m->holds, article_path(ARTICLE_RUNBOOK), &owner);
	*ret = all;
	return RC_OK;
}

void
article_drop(struct article *a)
{
	for (struct article **p = &a->all->first; *p != NULL; p = &(*p)->next)
		if (*p == a) {
			*p = a->next;
			break;
		}
	if (a->call != NULL)
		a->call->done(a->call->arg, a->call, STATUS_FAILED);
	voters_clear(&a->voters);
	free(a->content);
	free(a->asked);
	free(a->reason);
	free(a);
}

struct article *
article_make(struct articles *all, enum msg_article_kind kind, struct span content)
{
	struct article *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->all = all;
	a->kind = kind;
	a->at_ms = clock_wall_ms();
	a->len = content.len;
	a->next = all->first;
	all->first = a;
	if ((a->content = malloc(content.len + 1)) == NULL) {
		article_drop(a);
		return NULL;
	}
	if (content.len > 0)
		memcpy(a->content, content.p, content.len);
	a->content[content.len] = '\0';
	return a;
}

void
articles_free(struct articles *all)
{
	if (all == NULL)
		return;
	petitions_free(all->petitions);
	while (all->first != NULL)
		article_drop(all->first);
	free(all);
}

/* ---- finding ---- */

static struct article *
find(const struct articles *all, enum msg_article_kind kind, const char *name,
    const uint8_t *digest)
{
	for (struct article *a = all->first; a != NULL; a = a->next)
		if (a->kind == kind && a->state != ARTICLE_REMOVED &&
		    strcmp(a->name, name) == 0 &&
		    memcmp(a->digest, digest, HOLD_DIGEST) == 0)
			return a;
	return NULL;
}

bool
articles_approved(const struct articles *all, enum msg_article_kind kind,
    const char *name, const uint8_t *digest, const struct verdict *needs)
{
	const struct article *a = find(all, kind, name, digest);
	struct voters_for f;

	if (a == NULL || a->state != ARTICLE_APPROVED)
		return false;
	f = (struct voters_for){
		.config = all->m->rules.config, .identity = a->by, .owner = a->owner
	};
	return needs == NULL || voters_suffice(&a->voters, &f, needs);
}

const char *
articles_hold(const struct articles *all, enum msg_article_kind kind, const char *name,
    const uint8_t *digest)
{
	const struct article *a = find(all, kind, name, digest);

	return a != NULL && a->state == ARTICLE_APPROVED ? a->hold : NULL;
}

struct article *
articles_find(const struct articles *all, enum msg_article_kind kind, const char *name,
    const char *digits, bool *many)
{
	char hex[2 * HOLD_DIGEST + 1];
	struct article *found = NULL;

	*many = false;
	for (struct article *a = all->first; a != NULL; a = a->next) {
		id_hex(a->digest, HOLD_DIGEST, hex);
		if (a->kind != kind || a->state == ARTICLE_REMOVED ||
		    strcmp(a->name, name) != 0 ||
		    strncmp(hex, digits, strlen(digits)) != 0)
			continue;
		*many = found != NULL;
		if (*many)
			return NULL;
		found = a;
	}
	return found;
}

const struct article *
articles_next(
    const struct articles *all, enum msg_article_kind kind, const struct article *after)
{
	const struct article *a = after == NULL ? all->first : after->next;

	while (a != NULL && (a->kind != kind || a->state == ARTICLE_REMOVED))
		a = a->next;
	return a;
}

/* ---- what it is ---- */

const char *
article_name(const struct article *a)
{
	return a->name;
}

const uint8_t *
article_digest(const struct article *a)
{
	return a->digest;
}

struct span
article_content(const struct article *a)
{
	return span_make(a->content, a->len);
}

const char *
article_by(const struct article *a)
{
	return a->by;
}

bool
article_is_approved(const struct article *a)
{
	return a->state == ARTICLE_APPROVED;
}

json_t *
article_json(const struct article *a)
{
	const bool approved = a->state == ARTICLE_APPROVED;
	char hex[2 * HOLD_DIGEST + 1], at[21];

	id_hex(a->digest, HOLD_DIGEST, hex);
	clock_iso(a->at_ms, at);
	return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:o*}", "name", a->name,
	    "sha256", hex, "bytes", (json_int_t)a->len, "state",
	    approved ? "approved" : "waiting", "brought_by", a->by, "at", at, "hold",
	    a->hold, "approvals", approved ? voters_json(&a->voters) : NULL);
}

bool
article_digest_of(struct span content, uint8_t ret[HOLD_DIGEST])
{
	size_t n = 0;

	return EVP_Q_digest(NULL, "SHA256", NULL, content.p, content.len, ret, &n) ==
		   1 &&
	       n == HOLD_DIGEST;
}

/* ---- changes ---- */

static enum rc
set_state(struct article *a, enum msg_article_state state, const struct verb_call *by,
    const char *reason, keep_fn *fn)
{
	const struct msg_article_set m = { .kind = (uint8_t)a->kind,
		.name = span_of(a->name),
		.digest = span_make(a->digest, HOLD_DIGEST),
		.state = (uint8_t)state,
		.hold = span_of(state == ARTICLE_APPROVED ? a->hold : ""),
		.at_ms = clock_wall_ms(),
		.by = span_of(by != NULL ? by->name : ""),
		.proof = span_of(by != NULL ? proof_name(by->proof) : ""),
		.reason = span_of(reason) };
	enum rc rc = keep_ask(a->all->m->keep, MSG_ARTICLE_SET, &m, fn, a);

	a->busy += rc == RC_OK;
	return rc;
}

/* It is gone here at once; the store follows, and tells nobody but its caller. */
static void
removed(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct article *a = arg;
	struct verb_call *call = a->call;

	(void)bytes;
	(void)fd;
	a->busy--;
	a->call = NULL;
	if (call != NULL && rc == RC_OK) {
		buf_printf(&call->out,
		    call->json ? "{\"name\":\"%s\",\"state\":\"removed\"}\n"
			       : "%s is removed\n",
		    a->name);
		call->done(call->arg, call, STATUS_OK);
	} else if (call != NULL)
		verb_answer(call, STATUS_FAILED, "not recorded, so not done: %s", why);
	if (a->busy == 0)
		article_drop(a);
}

/* Nobody approves it any more. */
void
article_discard(struct article *a, const char *reason)
{
	a->state = ARTICLE_REMOVED;
	if (set_state(a, ARTICLE_REMOVED, NULL, reason, removed) != RC_OK &&
	    a->busy == 0)
		article_drop(a);
}

void
articles_remove(
    struct articles *all, struct article *a, const char *reason, struct verb_call *call)
{
	struct hold *h =
	    a->state == ARTICLE_WAITING ? holds_find(all->m->holds, a->hold) : NULL;

	if (a->call != NULL || a->busy > 0) {
		verb_answer(call, STATUS_HELD, "it is being changed; look again");
		return;
	}
	a->state = ARTICLE_REMOVED;
	if (set_state(a, ARTICLE_REMOVED, call, reason, removed) != RC_OK) {
		verb_answer(call, STATUS_FAILED, "the keeper is gone");
		return;
	}
	a->call = call;
	hold_close(h);
}

static void
approved(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct article *a = arg;
	struct articles *all = a->all;
	struct hold *h = holds_find(all->m->holds, a->hold);
	json_t *said = h != NULL ? hold_approvals_json(h) : NULL;
	char text[256];

	(void)bytes;
	(void)fd;
	a->busy--;
	if (rc == RC_OK) {
		a->state = ARTICLE_APPROVED;
		(void)voters_read(said, &a->voters, NULL);
		petitions_end(all->petitions, a->hold, RC_OK, "approved");
		if (h != NULL)
			hold_was_spent(h);
	} else {
		snprintf(text, sizeof text, "not recorded, so not done: %.200s", why);
		petitions_end(all->petitions, a->hold, RC_FAIL, text);
		hold_close(h);
		article_discard(a, "its approval was not recorded");
	}
	json_decref(said);
}

static struct article *
of_hold(const struct articles *all, const char *id)
{
	for (struct article *a = all->first; a != NULL; a = a->next)
		if (a->state == ARTICLE_WAITING && strcmp(a->hold, id) == 0)
			return a;
	return NULL;
}

static void
settled(void *arg, struct hold *h, enum hold_state state, const char *by,
    const char *reason)
{
	struct articles *all = arg;
	struct article *a = of_hold(all, hold_id(h));

	(void)by;
	if (state == HOLD_APPROVED && a != NULL && a->busy == 0 &&
	    article_was_shown(a, h) &&
	    set_state(a, ARTICLE_APPROVED, NULL, "", approved) == RC_OK)
		return;
	petitions_end(all->petitions, hold_id(h), RC_REFUSE,
	    reason[0] != '\0' ? reason : hold_state_name(state));
	/* An approval of what is not there any more is one of nothing. */
	if (state == HOLD_APPROVED)
		hold_close(h);
	if (a != NULL)
		article_discard(a, reason);
}
