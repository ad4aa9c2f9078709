/* Bringing an article: its text is made durable, then people are asked about it. */
#include "broker/monitor/articles_parts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/model/status.h"

static json_t *
request_json(const struct article *a)
{
	char hex[2 * HOLD_DIGEST + 1];

	id_hex(a->digest, HOLD_DIGEST, hex);
	return json_pack("{s:{s:s, s:s, s:s, s:I}}", "article", "kind",
	    article_path(a->kind), "name", a->name, "sha256", hex, "bytes",
	    (json_int_t)a->len);
}

static void
put_canon(const struct article *a, struct buf *out)
{
	char hex[2 * HOLD_DIGEST + 1];

	id_hex(a->digest, HOLD_DIGEST, hex);
	buf_printf(out, "%s %s, sha256 %s, %zu bytes, brought by %s",
	    article_path(a->kind), a->name, hex, a->len, a->by);
}

static enum rc
digest_of(const struct article *a, const char *canon, const char *reason,
    uint8_t ret[HOLD_DIGEST])
{
	const struct hold_facts f = { .identity = span_of(a->by),
		.path = span_of(article_path(a->kind)),
		.canon = span_of(canon),
		.stdin_kind = HOLD_STDIN_NONE,
		.reason = span_of(reason) };

	return hold_digest(&f, ret, NULL);
}

bool
article_was_shown(const struct article *a, const struct hold *h)
{
	uint8_t digest[HOLD_DIGEST];
	struct buf canon;
	bool same;

	buf_init(&canon, 1024);
	put_canon(a, &canon);
	same = buf_ok(&canon) && strcmp(buf_cstr(&canon), hold_canon(h)) == 0 &&
	       digest_of(a, hold_canon(h), hold_reason(h), digest) == RC_OK &&
	       hold_binds(h, digest);
	buf_clear(&canon);
	return same;
}

static void
opened(void *arg, const struct hold *h)
{
	struct article *a = arg;

	if (h != NULL)
		span_copy(span_of(hold_id(h)), a->hold, sizeof a->hold);
	else
		article_discard(a, "nobody could be asked");
}

static void
ask_people(struct article *a, struct verb_call *call)
{
	struct monitor *m = a->all->m;
	uint8_t digest[HOLD_DIGEST];
	json_t *request = request_json(a);
	struct buf canon;
	struct hold_init init = { .path = article_path(a->kind),
		.request = request,
		.identity = a->by,
		.owner = a->owner,
		.key = call->key,
		.source = call->source,
		.profile = "",
		.reason = a->reason,
		.digest = digest,
		.verdict = a->asked,
		.decide_ms = m->rules.config->holds.decide };
	const struct petition p = {
		.hold = &init, .call = call, .opened = opened, .arg = a
	};

	buf_init(&canon, 1024);
	put_canon(a, &canon);
	init.canon = buf_cstr(&canon);
	if (request == NULL || !buf_ok(&canon) ||
	    digest_of(a, init.canon, a->reason, digest) != RC_OK) {
		article_discard(a, "nobody could be asked");
		verb_answer(call, STATUS_FAILED, "out of memory");
	} else
		petitions_begin(a->all->petitions, &p);
	json_decref(request);
	buf_clear(&canon);
}

/* The text is there: people may be asked about it. */
static void
brought(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct article *a = arg;
	struct verb_call *call = a->call;

	(void)bytes;
	(void)fd;
	a->busy--;
	a->call = NULL;
	if (rc == RC_OK) {
		a->state = ARTICLE_WAITING;
		ask_people(a, call);
		return;
	}
	article_drop(a);
	verb_answer(call, STATUS_FAILED, "not recorded, so not done: %s", why);
}

static enum rc
send_new(struct article *a)
{
	char *detail = keep_detail_take(
	    json_pack("{s:s, s:s}", "owner", a->owner, "reason", a->reason),
	    JSON_COMPACT);
	const struct msg_article_new m = { .kind = (uint8_t)a->kind,
		.name = span_of(a->name),
		.digest = span_make(a->digest, HOLD_DIGEST),
		.content = article_content(a),
		.at_ms = a->at_ms,
		.by = span_of(a->by),
		.detail = span_of(detail) };
	enum rc rc = detail == NULL
			 ? RC_FAIL
			 : keep_ask(a->all->m->keep, MSG_ARTICLE_NEW, &m, brought, a);

	a->busy += rc == RC_OK;
	free(detail);
	return rc;
}

static struct article *
make_asked(struct articles *all, const struct article_ask *ask,
    const struct verb_call *call, const uint8_t digest[HOLD_DIGEST])
{
	struct article *a = article_make(all, ask->kind, ask->content);

	if (a == NULL)
		return NULL;
	memcpy(a->digest, digest, HOLD_DIGEST);
	if (!span_copy(span_of(ask->name), a->name, sizeof a->name) ||
	    !span_copy(span_of(call->name), a->by, sizeof a->by) ||
	    !span_copy(span_of(call->who->owner), a->owner, sizeof a->owner) ||
	    (a->reason = strdup(ask->reason)) == NULL ||
	    (a->asked = malloc(sizeof *a->asked)) == NULL) {
		article_drop(a);
		return NULL;
	}
	*a->asked = *ask->verdict;
	return a;
}

/* It is there already, in one state or the other. */
static void
answer_known(const struct article *a, struct verb_call *call)
{
	const bool done = a->state == ARTICLE_APPROVED;

	if (a->hold[0] == '\0') {
		verb_answer(call, STATUS_HELD, "it is being brought; look again");
		return;
	}
	verb_state(call, a->hold, done ? "approved" : "pending");
	call->done(call->arg, call, done ? STATUS_OK : STATUS_HELD);
}

static size_t
count(const struct articles *all)
{
	size_t n = 0;

	for (const struct article *a = all->first; a != NULL; a = a->next)
		n++;
	return n;
}

/* The same text by the same name, also while it is on its way or out. */
static const struct article *
known(const struct articles *all, const struct article_ask *ask, const uint8_t *digest)
{
	for (const struct article *a = all->first; a != NULL; a = a->next)
		if (a->kind == ask->kind && strcmp(a->name, ask->name) == 0 &&
		    memcmp(a->digest, digest, HOLD_DIGEST) == 0)
			return a;
	return NULL;
}

void
articles_request(
    struct articles *all, const struct article_ask *ask, struct verb_call *call)
{
	const struct article *there;
	uint8_t digest[HOLD_DIGEST];
	struct article *a;

	if (ask->content.len > ARTICLE_BYTES) {
		verb_answer(
		    call, STATUS_USAGE, "it is longer than %d bytes", ARTICLE_BYTES);
		return;
	}
	if (!article_digest_of(ask->content, digest)) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	if ((there = known(all, ask, digest)) != NULL) {
		answer_known(there, call);
		return;
	}
	if (count(all) >= ARTICLES_MAX) {
		verb_answer(call, STATUS_DENIED,
		    "there are too many scripts and runbooks; remove one");
		return;
	}
	if ((a = make_asked(all, ask, call, digest)) == NULL) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	if (send_new(a) != RC_OK) {
		article_drop(a);
		verb_answer(call, STATUS_FAILED, "it cannot be recorded");
		return;
	}
	a->call = call;
}
