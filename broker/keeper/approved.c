/* What approvals are made into: grants, articles, and the notices that tell of them.  Each
 * request is checked before its first change: what is refused has changed nothing, and
 * what fails behind the first change spoils the batch. */
#include "broker/keeper/keeper.h"

#include <string.h>

#include <jansson.h>

#include "broker/keeper/audit.h"
#include "broker/keeper/votes.h"
#include "lib/base/clock.h"

#define PATH_TEXT 16

/* A change was made already. */
static enum rc
whole(enum rc rc)
{
	return rc == RC_OK ? RC_OK : RC_FAIL;
}

static enum rc
take_path(void *arg, const struct store_hold *h, struct err *err)
{
	json_t *detail = json_loadb((const char *)h->detail.p, h->detail.len, 0, NULL);
	const char *path = json_string_value(json_object_get(detail, "path"));

	(void)err;
	/* One that is too long is none of ours. */
	(void)span_copy(span_of(path), arg, PATH_TEXT);
	json_decref(detail);
	return RC_OK;
}

/* People who approved a command have approved no grant. */
static enum rc
check_path(struct keeper *k, struct span hold, const char *want, struct err *err)
{
	char path[PATH_TEXT] = "";
	enum rc rc = store_hold_get(k->store, hold, take_path, path, err);

	if (rc == RC_END)
		return err_set(err, RC_REFUSE, "no such hold");
	if (rc == RC_OK && strcmp(path, want) != 0)
		return err_set(err, RC_REFUSE, "the hold is for no %s", want);
	return rc;
}

enum rc
approved_may_run(struct keeper *k, struct span hold, struct err *err)
{
	static const char *const made[] = { "grant", "script", "runbook" };
	char path[PATH_TEXT] = "";
	enum rc rc = store_hold_get(k->store, hold, take_path, path, err);

	if (rc != RC_OK)
		return rc == RC_END ? RC_OK : rc;
	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
		if (strcmp(path, made[i]) == 0)
			return err_set(
			    err, RC_REFUSE, "the hold is for a %s alone", path);
	return RC_OK;
}

/* The hold was spent for something: its event, and what people said of it (yours). */
static enum rc
note_spent(struct keeper *k, struct span hold, uint64_t at_ms, const char *what,
    json_t **approvals, struct err *err)
{
	const struct store_vote v = { .hold = hold,
		.state = HOLD_SPENT,
		.at_ms = at_ms,
		.reason = span_of(what) };
	enum rc rc = votes_json(k->store, hold, approvals, err);

	return rc == RC_OK ? audit_hold_set(k->store, &v, err) : rc;
}

enum rc
keep_grant_new(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_grant_new *g = &m->grant_new;
	struct store_grant row = { .id = g->hold,
		.identity = g->identity,
		.rule = g->rule,
		.has_digest = g->digest.len > 0,
		.at_ms = g->at_ms,
		.until_ms = g->until_ms,
		.uses = g->uses,
		.detail = g->detail };
	json_t *approvals = NULL;
	enum rc rc;

	(void)id;
	(void)kept;
	if (g->digest.len != 0 && g->digest.len != sizeof row.digest)
		return err_set(err, RC_REFUSE, "an odd digest");
	if (row.has_digest)
		memcpy(row.digest, g->digest.p, sizeof row.digest);
	if ((rc = audit_detail_ok(g->detail, err)) != RC_OK ||
	    (rc = check_path(k, g->hold, "grant", err)) != RC_OK ||
	    (rc = store_grant_add(k->store, &row, err)) != RC_OK)
		return rc;
	rc = note_spent(k, g->hold, g->at_ms, "for a grant", &approvals, err);
	if (rc == RC_OK)
		rc = audit_grant_made(k->store, &row, approvals, err);
	json_decref(approvals);
	return whole(rc);
}

struct grant_note {
	struct store *s;
	const struct msg_grant_set *set;
	const char *what;
};

static enum rc
note_grant(void *arg, const struct store_grant *g, struct err *err)
{
	const struct grant_note *n = arg;
	const struct audit_word w = { n->set->by, n->set->proof, n->set->reason };

	return audit_grant_set(n->s, g, n->set->at_ms, n->what, &w, err);
}

enum rc
keep_grant_set(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	static const char *const names[] = {
		[GRANT_USED] = "used",
		[GRANT_REVOKED] = "revoked",
		[GRANT_EXPIRED] = "expired",
	};
	const struct msg_grant_set *g = &m->grant_set;
	struct grant_note note = { k->store, g, NULL };
	enum rc rc;

	(void)id;
	(void)kept;
	if (g->state < GRANT_USED || g->state > GRANT_EXPIRED)
		return err_set(err, RC_REFUSE, "no change of a grant");
	note.what = names[g->state];
	if (g->state == GRANT_USED)
		rc = store_grant_use(k->store, g->grant, g->at_ms, err);
	else
		rc = store_grant_end(k->store, g->grant, g->state, g->at_ms, err);
	if (rc != RC_OK)
		return rc;
	return whole(store_grant_get(k->store, g->grant, note_grant, &note, err));
}

enum rc
keep_article_new(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err)
{
	const struct msg_article_new *a = &m->article_new;
	const struct audit_word w = { .by = a->by };
	struct store_article row = { .kind = a->kind,
		.name = a->name,
		.content = a->content,
		.at_ms = a->at_ms,
		.by = a->by,
		.detail = a->detail };
	enum rc rc;

	(void)id;
	(void)kept;
	memcpy(row.digest, a->digest.p, sizeof row.digest);
	if ((rc = audit_detail_ok(a->detail, err)) != RC_OK ||
	    (rc = store_article_add(k->store, &row, err)) != RC_OK)
		return rc;
	return whole(audit_article(k->store, &row, a->at_ms, "waiting", &w, NULL, err));
}

/* What is approved spends its hold. */
static enum rc
approve_article(struct keeper *k, const struct store_article *row,
    const struct audit_word *w, struct err *err)
{
	const char *path = row->kind == ARTICLE_SCRIPT ? "script" : "runbook";
	json_t *approvals = NULL;
	enum rc rc;

	if ((rc = check_path(k, row->hold, path, err)) != RC_OK ||
	    (rc = store_article_set(k->store, row, err)) != RC_OK)
		return rc;
	rc = note_spent(k, row->hold, row->at_ms, "for an article", &approvals, err);
	if (rc == RC_OK)
		rc = audit_article(
		    k->store, row, row->at_ms, "approved", w, approvals, err);
	json_decref(approvals);
	return whole(rc);
}

enum rc
keep_article_set(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err)
{
	const struct msg_article_set *a = &m->article_set;
	const struct audit_word w = { a->by, a->proof, a->reason };
	struct store_article row = { .kind = a->kind,
		.name = a->name,
		.state = a->state,
		.hold = a->hold,
		.at_ms = a->at_ms };
	enum rc rc;

	(void)id;
	(void)kept;
	memcpy(row.digest, a->digest.p, sizeof row.digest);
	if (a->state == ARTICLE_APPROVED)
		return approve_article(k, &row, &w, err);
	if ((rc = store_article_set(k->store, &row, err)) != RC_OK)
		return rc;
	return whole(audit_article(k->store, &row, a->at_ms, "removed", &w, NULL, err));
}

enum rc
keep_notice_new(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err)
{
	const struct msg_notice_new *n = &m->notice_new;
	const struct store_notice row = {
		.id = n->notice, .outlet = n->outlet, .at_ms = n->at_ms, .body = n->body
	};

	(void)id;
	(void)kept;
	return store_notice_add(k->store, &row, err);
}

static enum rc
note_notice(void *arg, const struct store_notice *n, struct err *err)
{
	return audit_notice_aside(arg, n, clock_wall_ms(), err);
}

enum rc
keep_notice_set(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err)
{
	const struct msg_notice_set *n = &m->notice_set;
	const struct store_notice row = { .id = n->notice,
		.state = n->state,
		.tries = n->tries,
		.next_ms = n->next_ms,
		.error = n->text };
	enum rc rc;

	(void)id;
	(void)kept;
	if ((rc = store_notice_set(k->store, &row, err)) != RC_OK ||
	    n->state != NOTICE_SET_ASIDE)
		return rc;
	return whole(store_notice_get(k->store, n->notice, note_notice, k->store, err));
}
