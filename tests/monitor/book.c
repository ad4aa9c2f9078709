#include "tests/monitor/book.h"

#include "lib/base/clock.h"
#include "lib/base/id.h"

struct book *
book_new(struct desk *d)
{
	struct book *b = calloc(1, sizeof *b);

	b->d = d;
	return b;
}

void
book_free(struct book *b)
{
	for (size_t i = 0; i < b->n_holds; i++) {
		free(b->holds[i].canon);
		free(b->holds[i].detail);
		json_decref(b->holds[i].votes);
	}
	for (size_t i = 0; i < b->n_grants; i++)
		free(b->grants[i].detail);
	for (size_t i = 0; i < b->n_articles; i++) {
		free(b->articles[i].content);
		free(b->articles[i].detail);
	}
	free(b);
}

struct book_hold *
book_hold(struct book *b)
{
	assert_true(b->n_holds > 0);
	return &b->holds[b->n_holds - 1];
}

struct book_grant *
book_grant(struct book *b)
{
	assert_true(b->n_grants > 0);
	return &b->grants[b->n_grants - 1];
}

struct book_article *
book_article(struct book *b)
{
	assert_true(b->n_articles > 0);
	return &b->articles[b->n_articles - 1];
}

/* ---- rows ---- */

static struct book_hold *
hold_of(struct book *b, struct span id)
{
	for (size_t i = 0; i < b->n_holds; i++)
		if (span_is(id, b->holds[i].id))
			return &b->holds[i];
	return NULL;
}

static bool
hold_new(struct book *b, const union msg_any *m)
{
	const struct msg_hold_new *n = &m->hold_new;
	struct book_hold *h = &b->holds[b->n_holds++];

	assert_true(b->n_holds <= BOOK_MOST);
	span_copy(n->hold, h->id, sizeof h->id);
	span_copy(n->identity, h->identity, sizeof h->identity);
	span_copy(n->rule, h->rule, sizeof h->rule);
	memcpy(h->digest, n->digest.p, HOLD_DIGEST);
	memcpy(h->policy, n->policy.p, 32);
	h->canon = span_dup(n->canon);
	h->detail = span_dup(n->detail);
	h->at_ms = n->at_ms;
	h->until_ms = n->until_ms;
	h->state = HOLD_PENDING;
	h->votes = json_array();
	return true;
}

static json_t *
text_of(struct span s)
{
	return json_stringn((const char *)s.p, s.len);
}

/* What a person said. */
static void
add_vote(struct book_hold *h, const struct msg_hold_set *m)
{
	if (m->by.len > 0)
		json_array_append_new(h->votes,
		    json_pack("{s:o, s:o, s:s, s:o, s:o, s:b, s:o, s:I}", "name",
			text_of(m->by), "proof", text_of(m->proof), "state",
			hold_state_name(m->state), "key", text_of(m->key), "source",
			text_of(m->source), "verified", m->verified, "reason",
			text_of(m->reason), "at_ms", (json_int_t)m->at_ms));
}

static bool
hold_set(struct book *b, const union msg_any *m)
{
	struct book_hold *h = hold_of(b, m->hold_set.hold);
	enum hold_state to = (enum hold_state)m->hold_set.state;

	if (h == NULL)
		return false;
	if (to == HOLD_PENDING ? h->state != HOLD_PENDING : !hold_may(h->state, to))
		return false;
	add_vote(h, &m->hold_set);
	h->state = to;
	h->changed_ms = m->hold_set.at_ms;
	return true;
}

static bool
spend(struct book *b, struct span id)
{
	struct book_hold *h = hold_of(b, id);

	if (h == NULL || h->state != HOLD_APPROVED)
		return false;
	h->state = HOLD_SPENT;
	return true;
}

static bool
grant_new(struct book *b, const union msg_any *m)
{
	const struct msg_grant_new *n = &m->grant_new;
	struct book_grant *g;

	if (!spend(b, n->hold))
		return false;
	g = &b->grants[b->n_grants++];
	assert_true(b->n_grants <= BOOK_MOST);
	span_copy(n->hold, g->id, sizeof g->id);
	span_copy(n->identity, g->identity, sizeof g->identity);
	span_copy(n->rule, g->rule, sizeof g->rule);
	g->digest_len = n->digest.len;
	if (n->digest.len > 0)
		memcpy(g->digest, n->digest.p, HOLD_DIGEST);
	g->at_ms = n->at_ms;
	g->until_ms = n->until_ms;
	g->uses = n->uses;
	g->detail = span_dup(n->detail);
	g->state = GRANT_OPEN;
	return true;
}

static bool
grant_set(struct book *b, const union msg_any *m)
{
	const struct msg_grant_set *n = &m->grant_set;
	struct book_grant *g = NULL;

	for (size_t i = 0; i < b->n_grants; i++)
		if (span_is(n->grant, b->grants[i].id))
			g = &b->grants[i];
	if (g == NULL || g->state != GRANT_OPEN)
		return false;
	if (n->state == GRANT_USED) {
		if (g->used >= g->uses || n->at_ms >= g->until_ms)
			return false;
		g->used++;
		return true;
	}
	g->state = (enum msg_grant_state)n->state;
	span_copy(n->by, g->by, sizeof g->by);
	span_copy(n->proof, g->proof, sizeof g->proof);
	span_copy(n->reason, g->reason, sizeof g->reason);
	return true;
}

static struct book_article *
article_of(struct book *b, unsigned kind, struct span name, struct span digest)
{
	for (size_t i = 0; i < b->n_articles; i++) {
		struct book_article *a = &b->articles[i];

		if (a->kind == kind && span_is(name, a->name) &&
		    memcmp(a->digest, digest.p, 32) == 0)
			return a;
	}
	return NULL;
}

static bool
article_new(struct book *b, const union msg_any *m)
{
	const struct msg_article_new *n = &m->article_new;
	struct book_article *a = article_of(b, n->kind, n->name, n->digest);

	if (a != NULL && a->state != ARTICLE_REMOVED)
		return false;
	if (a != NULL) {
		free(a->content);
		free(a->detail);
	} else
		a = &b->articles[b->n_articles++];
	assert_true(b->n_articles <= BOOK_MOST);
	memset(a, 0, sizeof *a);
	a->kind = (enum msg_article_kind)n->kind;
	span_copy(n->name, a->name, sizeof a->name);
	span_copy(n->by, a->by, sizeof a->by);
	memcpy(a->digest, n->digest.p, 32);
	a->content = span_dup(n->content);
	a->detail = span_dup(n->detail);
	a->at_ms = n->at_ms;
	a->state = ARTICLE_WAITING;
	return true;
}

static bool
article_set(struct book *b, const union msg_any *m)
{
	const struct msg_article_set *n = &m->article_set;
	struct book_article *a = article_of(b, n->kind, n->name, n->digest);

	if (a == NULL || a->state == ARTICLE_REMOVED)
		return false;
	if (n->state == ARTICLE_APPROVED) {
		if (a->state != ARTICLE_WAITING || !spend(b, n->hold))
			return false;
		span_copy(n->hold, a->hold, sizeof a->hold);
	}
	a->state = (enum msg_article_state)n->state;
	return true;
}

/* ---- what is asked for again ---- */

static bool
is_behind(const char *id, const char *after, const char *best)
{
	return strcmp(id, after) > 0 && (best == NULL || strcmp(id, best) < 0);
}

static bool
recall_grant(struct book *b, const char *after, struct msg_recalled *row)
{
	const struct book_grant *g = NULL;

	for (size_t i = 0; i < b->n_grants; i++)
		if (b->grants[i].state == GRANT_OPEN &&
		    is_behind(b->grants[i].id, after, g == NULL ? NULL : g->id))
			g = &b->grants[i];
	if (g == NULL)
		return false;
	*row = (struct msg_recalled){ .what = RECALL_GRANT,
		.id = span_of(g->id),
		.identity = span_of(g->identity),
		.rule = span_of(g->rule),
		.digest = span_make(g->digest, g->digest_len),
		.at_ms = g->at_ms,
		.until_ms = g->until_ms,
		.uses = g->uses,
		.used = g->used,
		.detail = span_of(g->detail) };
	return true;
}

static bool
hold_row(const struct book_hold *h, unsigned what, struct msg_recalled *row)
{
	static char votes[24576];
	size_t n = json_dumpb(h->votes, votes, sizeof votes - 1, JSON_COMPACT);

	assert_true(n < sizeof votes);
	votes[n] = '\0';
	*row = (struct msg_recalled){ .what = (uint8_t)what,
		.id = span_of(h->id),
		.identity = span_of(h->identity),
		.digest = span_make(h->digest, HOLD_DIGEST),
		.rule = span_of(h->rule),
		.policy = span_make(h->policy, 32),
		.text = span_of(h->canon),
		.at_ms = h->at_ms,
		.until_ms = h->until_ms,
		.changed_ms = h->changed_ms,
		.state = (uint8_t)h->state,
		.detail = span_of(h->detail),
		.votes = span_of(votes) };
	return true;
}

static bool
recall_hold(struct book *b, const char *after, struct msg_recalled *row)
{
	const struct book_hold *h = NULL;

	for (size_t i = 0; i < b->n_holds; i++)
		if (!hold_state_final(b->holds[i].state) &&
		    is_behind(b->holds[i].id, after, h == NULL ? NULL : h->id))
			h = &b->holds[i];
	return h != NULL && hold_row(h, RECALL_HOLD, row);
}

static void
article_key(const struct book_article *a, char out[160])
{
	int n = snprintf(out, 160, "%d/%s/", (int)a->kind, a->name);

	id_hex(a->digest, 32, out + n);
}

static bool
recall_article(struct book *b, const char *after, struct msg_recalled *row)
{
	static char best[160];
	const struct book_article *found = NULL;
	char key[160];

	for (size_t i = 0; i < b->n_articles; i++) {
		article_key(&b->articles[i], key);
		if (b->articles[i].state == ARTICLE_REMOVED ||
		    !is_behind(key, after, found == NULL ? NULL : best))
			continue;
		found = &b->articles[i];
		memcpy(best, key, sizeof best);
	}
	if (found == NULL)
		return false;
	*row = (struct msg_recalled){ .what = RECALL_ARTICLE,
		.id = span_of(best),
		.identity = span_of(found->by),
		.digest = span_make(found->digest, 32),
		.text = span_of(found->content),
		.at_ms = found->at_ms,
		.state = (uint8_t)found->state,
		.hold = span_of(found->hold),
		.detail = span_of(found->detail) };
	return true;
}

static void
recall(struct book *b, uint32_t id, const struct msg_recall *m)
{
	const struct msg_kept end = { .rc = RC_END };
	struct msg_recalled row;
	struct book_hold *h;
	char after[160];
	bool found = false;

	span_copy(m->after, after, sizeof after);
	switch (m->what) {
	case RECALL_ONE:
		h = hold_of(b, m->after);
		found = h != NULL && hold_row(h, RECALL_ONE, &row);
		break;
	case RECALL_HOLD:
		found = recall_hold(b, after, &row);
		break;
	case RECALL_GRANT:
		found = recall_grant(b, after, &row);
		break;
	case RECALL_ARTICLE:
		found = recall_article(b, after, &row);
		break;
	}
	if (found)
		end_send(b->d, &b->d->keeper, MSG_RECALLED, id, &row, NULL, 0);
	else
		end_send(b->d, &b->d->keeper, MSG_KEPT, id, &end, NULL, 0);
}

/* ---- answering ---- */

static bool
any(struct book *b, const union msg_any *m)
{
	(void)b;
	(void)m;
	return true;
}

static const struct {
	enum msg type;
	bool (*take)(struct book *b, const union msg_any *m);
} rows[] = {
	{ MSG_HOLD_NEW, hold_new },
	{ MSG_HOLD_SET, hold_set },
	{ MSG_GRANT_NEW, grant_new },
	{ MSG_GRANT_SET, grant_set },
	{ MSG_ARTICLE_NEW, article_new },
	{ MSG_ARTICLE_SET, article_set },
	{ MSG_EVENT, any },
};

static void
answer(struct book *b, enum msg type)
{
	struct end *k = &b->d->keeper;
	struct msg_kept kept = { .rc = RC_REFUSE, .text = span_of("not so") };

	if (type == b->mute)
		return;
	if (type == MSG_RECALL) {
		recall(b, k->f.id, &k->m.recall);
		return;
	}
	if (b->refuse == type)
		kept = (struct msg_kept){ RC_FAIL, span_of("the disk is full"), { 0 } };
	else
		for (size_t i = 0; i < ROWS(rows); i++)
			if (rows[i].type == type && rows[i].take(b, &k->m))
				kept = (struct msg_kept){ .rc = RC_OK };
	b->refused += kept.rc != RC_OK;
	end_send(b->d, k, MSG_KEPT, k->f.id, &kept, NULL, 0);
}

void
book_turn(struct book *b)
{
	int got;

	while ((got = end_poll(b->d, &b->d->keeper)) > 0)
		answer(b, (enum msg)got);
}

int
book_verb_on(struct book *b, struct front *f, uint32_t chan, const char *line,
    char *out, size_t size)
{
	uint64_t until = clock_mono_ms() + 60000;
	size_t n = 0;
	int got = -1;

	front_exec(f, chan, line);
	front_verdict(f, chan, VERDICT_VERB);
	out[0] = '\0';
	while (got != MSG_DONE && clock_mono_ms() < until) {
		book_turn(b);
		got = end_poll(b->d, &f->talk);
		if (got != MSG_ROW && got != MSG_SAY)
			continue;
		n += (size_t)snprintf(out + n, size - n, "%.*s",
		    (int)f->talk.m.text.text.len, (const char *)f->talk.m.text.text.p);
		assert_true(n < size);
	}
	assert_int_equal(got, MSG_DONE);
	book_turn(b);
	return f->talk.m.done.status;
}

int
book_verb(struct book *b, enum person who, const char *line, char *out, size_t size)
{
	struct front *f = front_login(b->d, who);
	int status = book_verb_on(b, f, 1, line, out, size);

	front_free(f);
	return status;
}

void
book_wants(
    struct book *b, enum person who, const char *line, int status, const char *part)
{
	char out[16384];
	int got = book_verb(b, who, line, out, sizeof out);

	if (got != status || strstr(out, part) == NULL)
		fail_msg(
		    "%s: %d, wanted %d and \"%s\": %s", line, got, status, part, out);
}

/* ---- a restart ---- */

static void
no_step(void *arg, enum rc rc)
{
	assert_int_equal(rc, RC_OK);
	holds_resume(((struct desk *)arg)->m.holds);
}

static void
after_grants(void *arg, enum rc rc)
{
	assert_int_equal(rc, RC_OK);
	articles_recall(((struct desk *)arg)->m.articles, no_step, arg);
}

static void
after_holds(void *arg, enum rc rc)
{
	assert_int_equal(rc, RC_OK);
	grants_recall(((struct desk *)arg)->m.grants, after_grants, arg);
}

void
book_restart(struct book *b)
{
	struct monitor *m = &b->d->m;

	holds_free(m->holds);
	grants_free(m->grants);
	articles_free(m->articles);
	/* What was asked for before is answered to nobody. */
	b->d->m.holds = NULL;
	assert_int_equal(holds_new(m, &m->holds, NULL), RC_OK);
	assert_int_equal(grants_new(m, &m->grants, NULL), RC_OK);
	assert_int_equal(articles_new(m, &m->articles, NULL), RC_OK);
	holds_recall(m->holds, after_holds, b->d);
	book_turn(b);
}
