/* Grants in force: taken back at a start, looked up, used, ended.  See grants.h.
 *
 * A use counts here as soon as it is asked for, and for good once the store has it, so
 * that however many come at once no more than were granted go through. */
#include "broker/monitor/grants_parts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/status.h"

enum rc
grants_new(struct monitor *m, struct grants **ret, struct err *err)
{
	struct grants *all = calloc(1, sizeof *all);
	struct hold_owner owner = { .settled = grantmake_settled };

	if (all == NULL)
		return err_memory(err);
	all->m = m;
	if (petitions_new(m, &all->petitions, err) != RC_OK) {
		free(all);
		return RC_FAIL;
	}
	owner.arg = all;
	holds_own(m->holds, "grant", &owner);
	*ret = all;
	return RC_OK;
}

static void
free_grant(struct grant *g)
{
	for (struct grant **p = &g->all->first; *p != NULL; p = &(*p)->next)
		if (*p == g) {
			*p = g->next;
			break;
		}
	timer_free(g->timer);
	if (g->call != NULL)
		g->call->done(g->call->arg, g->call, STATUS_FAILED);
	voters_clear(&g->voters);
	free(g->command);
	free(g->keys);
	free(g);
}

void
grants_free(struct grants *all)
{
	if (all == NULL)
		return;
	grantask_free(all);
	grantmake_free(all);
	petitions_free(all->petitions);
	while (all->uses != NULL) {
		struct grant_use *u = all->uses;

		all->uses = u->next;
		free(u);
	}
	while (all->first != NULL)
		free_grant(all->first);
	free(all);
}

/* ---- the end of one ---- */

void
grant_answered(struct grant *g, bool ended)
{
	g->busy--;
	if (g->busy == 0 && (ended || g->over || g->used >= g->uses))
		free_grant(g);
}

bool
grant_finish(struct grant *g, const struct grant_end *end, keep_fn *fn, void *arg)
{
	const struct msg_grant_set m = { .grant = span_of(g->id),
		.state = (uint8_t)end->state,
		.at_ms = clock_wall_ms(),
		.by = span_of(end->by),
		.proof = span_of(end->proof),
		.reason = span_of(end->reason) };

	if (keep_ask(g->all->m->keep, MSG_GRANT_SET, &m, fn, arg) != RC_OK)
		return false;
	g->over = true;
	g->busy++;
	return true;
}

static void
expired(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	(void)rc;
	(void)why;
	(void)bytes;
	(void)fd;
	grant_answered(arg, true);
}

/* Nothing is lost if the store cannot be told: it is over for its time alone. */
static void
time_over(void *arg)
{
	const struct grant_end end = { GRANT_EXPIRED, "", "", "" };
	struct grant *g = arg;

	if (!g->over)
		(void)grant_finish(g, &end, expired, g);
}

/* ---- one that the store has ---- */

/* How long it has still, by a wall clock that may have been set back: never longer than
 * it was given for. */
static uint64_t
time_left(const struct grant *g)
{
	uint64_t now = clock_wall_ms();

	if (now < g->at_ms)
		now = g->at_ms;
	return g->until_ms > now ? g->until_ms - now : 0;
}

static bool
take_keys(struct grant *g, const json_t *list)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > GRANTS_KEYS ||
	    (g->keys = calloc(n + 1, sizeof *g->keys)) == NULL)
		return false;
	for (; g->n_keys < n; g->n_keys++)
		if (!span_copy(
			span_of(json_string_value(json_array_get(list, g->n_keys))),
			g->keys[g->n_keys], sizeof *g->keys))
			return false;
	return true;
}

static bool
take_detail(struct grant *g, struct span text, struct err *err)
{
	json_t *o =
	    json_loadb((const char *)text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
	const char *owner = json_string_value(json_object_get(o, "owner"));
	const char *command = json_string_value(json_object_get(o, "command"));
	bool ok =
	    voters_read(json_object_get(o, "approvals"), &g->voters, err) == RC_OK &&
	    span_copy(span_of(json_string_value(json_object_get(o, "by"))), g->by,
		sizeof g->by) &&
	    span_copy(span_of(json_string_value(json_object_get(o, "reason"))),
		g->reason, sizeof g->reason) &&
	    span_copy(span_of(owner), g->owner, sizeof g->owner) &&
	    take_keys(g, json_object_get(o, "keys")) &&
	    (command == NULL || (g->command = strdup(command)) != NULL);

	json_decref(o);
	return ok;
}

static bool
take_row(struct grant *g, const struct msg_recalled *row, struct err *err)
{
	g->uses = row->uses;
	g->used = row->used;
	g->at_ms = row->at_ms;
	g->until_ms = row->until_ms;
	g->has_digest = row->digest.len == HOLD_DIGEST;
	if (g->has_digest)
		memcpy(g->digest, row->digest.p, HOLD_DIGEST);
	return span_copy(row->id, g->id, sizeof g->id) && g->id[0] != '\0' &&
	       span_copy(row->identity, g->identity, sizeof g->identity) &&
	       g->identity[0] != '\0' &&
	       span_copy(row->rule, g->rule, sizeof g->rule) &&
	       (row->digest.len == 0 || g->has_digest) &&
	       (g->rule[0] != '\0' || g->has_digest) && g->at_ms < g->until_ms &&
	       take_detail(g, row->detail, err);
}

static bool
is_there(const struct grants *all, struct span id)
{
	for (const struct grant *g = all->first; g != NULL; g = g->next)
		if (span_is(id, g->id))
			return true;
	return false;
}

enum rc
grants_add(struct grants *all, const struct msg_recalled *row, struct err *err)
{
	struct grant *g;

	/* Made while the others were still being taken back. */
	if (is_there(all, row->id))
		return RC_OK;
	if ((g = calloc(1, sizeof *g)) == NULL)
		return err_memory(err);
	g->all = all;
	g->timer = loop_timer(all->m->loop, time_over, g);
	if (g->timer == NULL || !take_row(g, row, err)) {
		free_grant(g);
		return err_set(err, RC_REFUSE, "grant %.*s is odd", (int)row->id.len,
		    (const char *)row->id.p);
	}
	g->end = clock_mono_ms() + time_left(g);
	timer_set(g->timer, time_left(g));
	g->next = all->first;
	all->first = g;
	return RC_OK;
}

/* ---- the recall ---- */

static void recall_next(struct grants *all, struct span after);

static void
recalled(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct grants *all = arg;
	struct err err = { "" };

	(void)why;
	if (rc != RC_OK) {
		all->done(all->done_arg, rc == RC_END ? RC_OK : rc);
		return;
	}
	/* What nobody can read any more is no grant. */
	if (row->used < row->uses && grants_add(all, row, &err) != RC_OK)
		log_line(LOG_ERROR, "left out: %s", err.text);
	recall_next(all, row->id);
}

static void
recall_next(struct grants *all, struct span after)
{
	const struct msg_recall m = { .what = RECALL_GRANT, .after = after };

	if (keep_recall(all->m->keep, &m, recalled, all) != RC_OK)
		all->done(all->done_arg, RC_FAIL);
}

void
grants_recall(struct grants *all, void (*done)(void *arg, enum rc rc), void *arg)
{
	all->done = done;
	all->done_arg = arg;
	recall_next(all, span_of(""));
}

/* ---- finding ---- */

struct grant *
grants_by_id(const struct grants *all, const char *id)
{
	char want[ID_HOLD_TEXT];

	if (!id_hold_parse(span_of(id), want))
		return NULL;
	for (struct grant *g = all->first; g != NULL; g = g->next)
		if (!g->over && strcmp(g->id, want) == 0)
			return g;
	return NULL;
}

bool
grant_usable(const struct grant *g)
{
	return !g->over && g->used < g->uses && clock_mono_ms() < g->end &&
	       clock_wall_ms() < g->until_ms;
}

/* Everything that the verdict asks people for. */
static bool
covers(const struct grant *g, const struct verdict *v, const uint8_t *digest)
{
	if (g->has_digest)
		return memcmp(g->digest, digest, HOLD_DIGEST) == 0;
	for (size_t i = 0; i < v->n_needs; i++)
		if (strcmp(v->needs[i].rule, g->rule) != 0)
			return false;
	return v->n_needs > 0;
}

static bool
lacks_reason(const struct verdict *v, const char *reason)
{
	for (size_t i = 0; i < v->n_needs; i++)
		if (v->needs[i].reason && reason[0] == '\0')
			return true;
	return false;
}

/* Those who gave it are counted again, as they and the rules are now. */
static bool
suffices(const struct grant *g, const struct verdict *v)
{
	const struct voters_for f = { .config = g->all->m->rules.config,
		.identity = g->identity,
		.owner = g->owner,
		.n_keys = g->n_keys,
		.keys = g->keys };

	return voters_suffice(&g->voters, &f, v);
}

struct grant *
grants_find(const struct grants *all, const char *identity, const struct verdict *v,
    const uint8_t digest[HOLD_DIGEST], const char *reason)
{
	struct grant *best = NULL;

	if (v->effect != EFFECT_HOLD || lacks_reason(v, reason))
		return NULL;
	for (struct grant *g = all->first; g != NULL; g = g->next) {
		if (strcmp(g->identity, identity) != 0 || !grant_usable(g) ||
		    !covers(g, v, digest) || !suffices(g, v))
			continue;
		/* What ends first is used first. */
		if (best == NULL || g->end < best->end)
			best = g;
	}
	return best;
}

/* ---- using ---- */

static void
used(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct grant_use *u = arg;
	struct grants *all = u->g->all;

	(void)bytes;
	(void)fd;
	for (struct grant_use **p = &all->uses; *p != NULL; p = &(*p)->next)
		if (*p == u) {
			*p = u->next;
			break;
		}
	/* The store knows better: it is over, whatever stands here. */
	if (rc != RC_OK)
		u->g->over = true;
	if (u->fn != NULL)
		u->fn(u->arg, rc, why);
	grant_answered(u->g, false);
	free(u);
}

static enum rc
send_use(struct grant *g, struct grant_use *u)
{
	const struct msg_grant_set m = {
		.grant = span_of(g->id), .state = GRANT_USED, .at_ms = clock_wall_ms()
	};

	return keep_ask(g->all->m->keep, MSG_GRANT_SET, &m, used, u);
}

void
grant_use(
    struct grant *g, void (*fn)(void *arg, enum rc rc, const char *why), void *arg)
{
	struct grant_use *u = grant_usable(g) ? calloc(1, sizeof *u) : NULL;

	if (u == NULL) {
		fn(arg, RC_REFUSE, "the grant is over");
		return;
	}
	*u = (struct grant_use){ .next = g->all->uses, .g = g, .fn = fn, .arg = arg };
	if (send_use(g, u) != RC_OK) {
		free(u);
		fn(arg, RC_FAIL, "the keeper is gone");
		return;
	}
	g->all->uses = u;
	g->used++;
	g->busy++;
}

void
grants_forget(struct grants *all, const void *arg)
{
	for (struct grant_use *u = all->uses; u != NULL; u = u->next)
		if (u->arg == arg)
			u->fn = NULL;
}

/* ---- what it is ---- */

const char *
grant_id(const struct grant *g)
{
	return g->id;
}

unsigned
grant_left(const struct grant *g)
{
	return g->uses - g->used;
}

json_t *
grant_approvals_json(const struct grant *g)
{
	return voters_json(&g->voters);
}
