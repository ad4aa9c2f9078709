/* Previews under way; see preview.h.  One is a lease, an event that the keeper has, and
 * then one read after the other, until the plan is through or its time is over.
 *
 * Whatever goes wrong becomes a text for approvers: nothing here ends a session. */
#include "broker/monitor/preview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/monitor.h"
#include "broker/monitor/preview_parts.h"
#include "broker/monitor/rates.h"
#include "lib/base/clock.h"

#define SUMMARY_MAX 8192
#define ITEMS_BYTES 24576u /* as JSON: a hold's row and a notice have to hold them */

/* ---- the end ---- */

static void
preview_free(struct preview *p)
{
	struct previews *all = p->all;

	if (p->prev != NULL)
		p->prev->next = p->next;
	else
		all->first = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
	all->n--;
	vault_cancel(p->leasing);
	http_cancel(p->call);
	keep_forget(all->m->keep, p);
	timer_free(p->timer);
	lease_free(p->lease);
	previewtable_clear(&p->plan);
	apicall_free(p->asked);
	json_decref(p->items);
	buf_clear(&p->summary);
	free(p);
}

/* Of many long ones the last go: they are counted all the same. */
static void
cut_items(struct preview *p)
{
	size_t bytes = 0, n = 0;

	while (n < json_array_size(p->items)) {
		bytes += json_dumpb(json_array_get(p->items, n), NULL, 0, JSON_COMPACT);
		if (bytes > ITEMS_BYTES)
			break;
		n++;
	}
	while (json_array_size(p->items) > n)
		json_array_remove(p->items, json_array_size(p->items) - 1);
}

static json_t *
result(const struct preview *p, const char *state)
{
	json_t *o = json_pack(
	    "{s:s, s:O, s:b}", "state", state, "items", p->items, "more", p->more);

	if (o == NULL)
		return NULL;
	if (p->why[0] != '\0')
		(void)json_object_set_new(o, "why", json_string(p->why));
	if (p->summary.len > 0)
		(void)json_object_set_new(o, "summary",
		    json_stringn((const char *)p->summary.p, p->summary.len));
	if (p->answered > 0)
		(void)json_object_set_new(
		    o, "count", json_integer((json_int_t)p->total.count));
	if (p->total.sized && p->total.bytes <= INT64_MAX)
		(void)json_object_set_new(
		    o, "bytes", json_integer((json_int_t)p->total.bytes));
	return o;
}

/* Last: hand over, then forget. */
void
preview_finish(struct preview *p, const char *state)
{
	void (*done)(void *arg, json_t *preview) = p->done;
	void *arg = p->arg;
	json_t *o;

	cut_items(p);
	o = result(p, state);
	preview_free(p);
	done(arg, o);
}

/* The first thing that went wrong is the one that is told. */
void
preview_why(struct preview *p, const char *what, const char *why)
{
	if (p->why[0] == '\0')
		snprintf(p->why, sizeof p->why, "%s%s%s", what,
		    what[0] != '\0' ? ": " : "", why);
}

void
preview_fail(struct preview *p, const char *why)
{
	preview_why(p, "", why);
	preview_finish(p, "failed");
}

static void
too_late(void *arg)
{
	preview_late(arg);
}

/* ---- the beginning ---- */

static void
say(const struct preview_ask *ask, const char *state, const char *why)
{
	ask->done(ask->arg, json_pack("{s:s, s:s, s:[], s:b}", "state", state, "why",
				why, "items", "more", 0));
}

static bool
within_budget(struct previews *all, const char *identity)
{
	const struct config *c = all->m->rules.config;
	struct verdict v = { .n_rates = 1 };
	const struct rates_ask ask = { &v, identity, NULL, clock_mono_ms() };
	struct rates_over over;

	v.rates[0] = (struct verdict_rate){ .rule = "preview",
		.n = (unsigned)c->holds.preview.per_identity,
		.per_ms = c->holds.preview.per,
		.by_identity = true };
	return rates_take(all->rates, &ask, &over);
}

static struct preview *
preview_new(
    struct previews *all, const struct preview_ask *ask, struct previewtable_plan *plan)
{
	const struct config *c = all->m->rules.config;
	struct preview *p = calloc(1, sizeof *p);

	if (p == NULL) {
		previewtable_clear(plan);
		return NULL;
	}
	p->all = all;
	p->done = ask->done;
	p->arg = ask->arg;
	p->plan = *plan;
	p->most_items = c->holds.preview.items;
	p->most_bytes = c->holds.preview.bytes;
	p->most_pages = (unsigned)c->holds.preview.pages;
	p->until_ms = clock_mono_ms() + c->holds.preview.time;
	memcpy(p->sid, ask->sid, sizeof p->sid);
	snprintf(p->identity, sizeof p->identity, "%s", ask->identity);
	snprintf(p->rule, sizeof p->rule, "%s", ask->rule == NULL ? "" : ask->rule);
	buf_init(&p->summary, SUMMARY_MAX);
	p->next = all->first;
	if (p->next != NULL)
		p->next->prev = p;
	all->first = p;
	all->n++;
	p->items = json_array();
	p->timer = loop_timer(all->m->loop, too_late, p);
	if (p->items == NULL || p->timer == NULL) {
		preview_free(p);
		return NULL;
	}
	timer_set(p->timer, c->holds.preview.time);
	return p;
}

void
preview_begin(struct previews *all, const struct preview_ask *ask, struct preview **ret)
{
	struct previewtable_plan plan = { .n = 0 };
	struct err err = { "" };
	struct preview *p;
	enum rc rc;

	*ret = NULL;
	if (all == NULL || !all->m->rules.config->holds.preview.enabled) {
		say(ask, "none", "previews are switched off");
		return;
	}
	rc = previewtable_plan(ask->aws, ask->region, &plan, &err);
	if (rc == RC_OK && !within_budget(all, ask->identity)) {
		previewtable_clear(&plan);
		say(ask, "budget", "this identity has had too many previews of late");
		return;
	}
	if (rc == RC_OK && all->n >= PREVIEW_FLYING) {
		previewtable_clear(&plan);
		say(ask, "failed", "too many previews are being made");
		return;
	}
	if (rc != RC_OK) {
		say(ask, rc == RC_END ? "none" : "failed", err.text);
		return;
	}
	if ((p = preview_new(all, ask, &plan)) == NULL) {
		say(ask, "failed", "out of memory");
		return;
	}
	/* From inside neither vault nor keeper answers. */
	if (preview_lease(p, ask, &err) != RC_OK)
		preview_fail(p, err.text);
	else
		*ret = p;
}

void
preview_cancel(struct preview *p)
{
	if (p != NULL)
		preview_free(p);
}

enum rc
previews_new(struct monitor *m, struct previews **ret, struct err *err)
{
	struct previews *all = calloc(1, sizeof *all);
	enum rc rc;

	if (all == NULL)
		return err_memory(err);
	all->m = m;
	if ((rc = http_new(m->loop, &all->http, err)) == RC_OK &&
	    (rc = rates_new(&all->rates, err)) == RC_OK) {
		*ret = all;
		return RC_OK;
	}
	previews_free(all);
	return rc;
}

void
previews_free(struct previews *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		preview_free(all->first);
	http_free(all->http);
	rates_free(all->rates);
	free(all);
}
