#include "tests/monitor/holdbed.h"

#include "lib/base/clock.h"

const struct verdict bed_verdict = { .effect = EFFECT_HOLD,
	.rule = "p/delete",
	.call = "s3:DeleteObject",
	.code = "rule",
	.reason = "Deletes are looked at.",
	.n_needs = 1,
	.needs = { { .rule = "p/delete",
	    .need = 1,
	    .proofs = PROOF_BIT(PROOF_KEY),
	    .n_from = 1,
	    .from = { { true, "sre" } } } } };

static const uint8_t digest[HOLD_DIGEST] = { 7, 1, 2, 3 };

/* ---- a caller ---- */

static void
opened(void *arg, enum rc rc, const char *why)
{
	struct waiter *w = arg;

	(void)why;
	w->opened++;
	if (rc != RC_OK)
		w->h = NULL;
}

static void
settled(void *arg, enum hold_state state, const char *by, const char *reason)
{
	struct waiter *w = arg;

	w->settled++;
	w->state = state;
	snprintf(w->by, sizeof w->by, "%s", by);
	snprintf(w->why, sizeof w->why, "%s", reason);
}

static void
joined(void *arg)
{
	struct waiter *w = arg;

	w->joined++;
	w->h = NULL;
}

static void
spent(void *arg, enum rc rc, const char *why)
{
	struct waiter *w = arg;

	(void)why;
	w->spent++;
	w->spent_ok += rc == RC_OK;
	w->spent_rc = rc;
}

void
bed_spend(struct waiter *w)
{
	hold_spend(w->h, spent);
}

void
bed_callbacks(struct hold_init *init, struct waiter *w)
{
	init->opened = opened;
	init->settled = settled;
	init->joined = strcmp(init->path, "api") == 0 ? joined : NULL;
	init->arg = w;
}

struct hold_init
bed_init(struct waiter *w)
{
	struct hold_init init = { .path = "exec",
		.identity = "ci",
		.owner = "alice",
		.key = "SHA256:ci's",
		.source = "192.0.2.7",
		.profile = "staging",
		.canon = "'aws' s3 rm s3://logs/a",
		.reason = "ticket 42",
		.digest = digest,
		.verdict = &bed_verdict,
		.decide_ms = 900000 };

	memset(w, 0, sizeof *w);
	bed_callbacks(&init, w);
	return init;
}

void
bed_open(struct desk *d, const struct hold_init *init, struct waiter *w)
{
	struct err err = { "" };

	if (hold_open(d->m.holds, init, &w->h, &err) != RC_OK)
		fail_msg("%s", err.text);
	end_want(d, &d->keeper, MSG_HOLD_NEW);
}

void
bed_held(struct desk *d, const struct hold_init *init, struct waiter *w)
{
	w->opened = w->settled = 0;
	bed_open(d, init, w);
	keeper_says(d, RC_OK);
	assert_int_equal(w->opened, init->opened != NULL);
}

/* ---- people ---- */

static void
done(void *arg, struct verb_call *call, int status)
{
	struct said *s = arg;
	struct buf all;

	call->over = true;
	call->status = status;
	buf_init(&all, 64u << 20);
	do {
		buf_span_put(&all, buf_span(&call->out));
		buf_reset(&call->out);
	} while (verb_next(call));
	buf_span_put(&all, buf_span(&call->say));
	if (s != NULL) {
		s->over = true;
		s->status = call->status;
		s->text = strdup(buf_cstr(&all));
		s->call = NULL;
	}
	buf_clear(&all);
	verb_call_free(call);
}

void
bed_say(struct desk *d, const struct speaker *who, const char *id, const char *line,
    bool json, struct said *s)
{
	char words[2048], *save = NULL, *word;
	struct verb_call *call = verb_call_new();

	memset(s, 0, sizeof *s);
	assert_non_null(call);
	call->m = &d->m;
	call->who = identity_by_name(d->m.rules.config->identities, span_of(who->name));
	assert_non_null(call->who);
	span_copy(span_of(who->name), call->name, sizeof call->name);
	call->proof = who->proof == PROOF_NONE ? PROOF_KEY : who->proof;
	call->verified = who->verified;
	call->fresh = !who->stale;
	snprintf(call->key, sizeof call->key, "SHA256:of-%s", who->name);
	if (who->key != NULL)
		span_copy(span_of(who->key), call->key, sizeof call->key);
	span_copy(span_of("192.0.2.9"), call->source, sizeof call->source);
	call->json = json;
	call->done = done;
	call->arg = s;
	s->call = call;
	snprintf(words, sizeof words, line, id); /* NOLINT */
	for (word = strtok_r(words, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		call->argv[call->argc++] = word;
	if (strcmp(call->argv[0], "approve") == 0)
		holds_approve(d->m.holds, call);
	else if (strcmp(call->argv[0], "deny") == 0)
		holds_deny(d->m.holds, call);
	else if (strcmp(call->argv[0], "why") == 0)
		holds_why(d->m.holds, call);
	else
		holds_pending(d->m.holds, call);
}

void
bed_says(struct desk *d, const char *name, const char *id, const char *line, int status,
    const char *part)
{
	struct speaker who = { .name = name };
	struct said s;

	bed_say(d, &who, id, line, false, &s);
	if (!s.over)
		keeper_drain(d);
	assert_true(s.over);
	if (s.status != status || strstr(s.text, part) == NULL)
		fail_msg("%s: %s: status %d, want %d and \"%s\": %s", name, line,
		    s.status, status, part, s.text);
	said_clear(&s);
}

void
said_clear(struct said *s)
{
	free(s->text);
	s->text = NULL;
}

/* ---- rows ---- */

static void *copies[20000];
static size_t n_copies;

char *
bed_copy(struct span s)
{
	char *p = malloc(s.len + 1);

	assert_non_null(p);
	assert_true(n_copies < ROWS(copies));
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	copies[n_copies++] = p;
	return p;
}

static struct span
kept(struct span s)
{
	return span_make(bed_copy(s), s.len);
}

void
bed_rows_free(void)
{
	while (n_copies > 0)
		free(copies[--n_copies]);
}

struct msg_recalled
bed_row(struct desk *d)
{
	const struct msg_hold_new *m = &d->keeper.m.hold_new;

	return (struct msg_recalled){ .what = RECALL_HOLD,
		.id = kept(m->hold),
		.identity = kept(m->identity),
		.digest = kept(m->digest),
		.rule = kept(m->rule),
		.policy = kept(m->policy),
		.text = kept(m->canon),
		.at_ms = m->at_ms,
		.until_ms = m->until_ms,
		.changed_ms = m->at_ms,
		.state = HOLD_PENDING,
		.detail = kept(m->detail) };
}

struct msg_recalled
bed_row_with(const struct msg_recalled *row, const char *detail, const char *votes)
{
	struct msg_recalled r = *row;

	if (detail != NULL)
		r.detail = kept(span_of(detail));
	if (votes != NULL)
		r.votes = kept(span_of(votes));
	return r;
}

const char *
bed_detail(const struct msg_recalled *row, const char *from, const char *to)
{
	const char *old = bed_copy(row->detail), *at = strstr(old, from);
	size_t size = strlen(old) + strlen(to) + 1;
	char *now;

	if (at == NULL)
		fail_msg("no %s in %s", from, old);
	now = malloc(size);
	assert_non_null(now);
	copies[n_copies++] = now;
	snprintf(now, size, "%.*s%s%s", (int)(at - old), old, to, at + strlen(from));
	return now;
}

struct desk *
bed_restart(const char *more, const struct msg_recalled *rows, size_t n)
{
	struct desk *d = desk_new_early(more);

	d->recalls = true;
	desk_keeper_known(d);
	keeper_recalls(d, rows, n);
	return d;
}

void
bed_ended(struct desk *d, const char *id, enum hold_state state, const char *why)
{
	if (d->n_sets == 0) {
		end_want(d, &d->keeper, MSG_HOLD_SET);
		d->set_state = d->keeper.m.hold_set.state;
		assert_true(
		    span_copy(d->keeper.m.hold_set.hold, d->set_id, sizeof d->set_id));
		assert_true(span_copy(
		    d->keeper.m.hold_set.reason, d->set_why, sizeof d->set_why));
		keeper_says(d, RC_OK);
	}
	assert_true(d->n_sets <= 1);
	d->n_sets = 0;
	assert_int_equal(d->set_state, state);
	assert_string_equal(d->set_id, id);
	if (strstr(d->set_why, why) == NULL)
		fail_msg("no \"%s\" in %s", why, d->set_why);
}
