/* Previews under way; see preview.h.  One is a lease, an event that the keeper has, and
 * then one read after the other, until the plan is through or its time is over.
 *
 * Whatever goes wrong becomes a text for approvers: nothing here ends a session. */
#include "broker/monitor/preview.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/answertree.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/preview_parts.h"
#include "broker/monitor/rates.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "policies/iam.h"
#include "policies/scope.h"

#define LEASE_SECONDS 900u /* AWS gives none that is shorter */
#define SUMMARY_MAX 2048
#define POLICY_MAX (SCOPE_MAX + 1)
#define PARTITION 32

static void step_begin(struct preview *p);

/* ---- the end ---- */

static void
preview_free(struct preview *p)
{
	struct previews *all = p->all;

	if (p->prev != NULL)
		p->prev->next = p->next;
	else if (all->first == p) {
		all->first = p->next;
	}
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
static void
finish(struct preview *p, const char *state)
{
	void (*done)(void *arg, json_t *preview) = p->done;
	json_t *o = result(p, state);
	void *arg = p->arg;

	preview_free(p);
	done(arg, o);
}

/* The first thing that went wrong is the one that is told. */
static void
note_why(struct preview *p, const char *what, const char *why)
{
	if (p->why[0] == '\0')
		snprintf(p->why, sizeof p->why, "%s%s%s", what,
		    what[0] != '\0' ? ": " : "", why);
}

static void
fail(struct preview *p, const char *why)
{
	note_why(p, "", why);
	finish(p, "failed");
}

/* ---- what was told ---- */

static void
put_bytes(struct buf *b, uint64_t n)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB",
		"PiB" };
	double v = (double)n;
	size_t u = 0;

	for (; v >= 1024 && u + 1 < sizeof units / sizeof units[0]; u++)
		v /= 1024;
	buf_printf(b, u == 0 ? "%.0f %s" : "%.1f %s", v, units[u]);
}

static void
put_separator(struct preview *p)
{
	if (p->summary.len > 0)
		buf_text(&p->summary, "; ");
}

/* "at least 5000 objects under s3://logs/2026/, 1.2 GiB" */
static void
summarize(struct preview *p, bool whole)
{
	const struct previewtable_step *step = &p->plan.v[p->at];
	const struct previewread_sum *s = &p->sum;
	char where[PREVIEW_WHERE];

	preview_where(step, where);
	put_separator(p);
	buf_printf(&p->summary, "%s%" PRIu64 " %s%s", whole ? "" : "at least ",
	    s->count, s->count == 1 ? step->read->one : step->read->many,
	    step->target && where[0] == '\0' ? " now where it goes to" : where);
	if (s->sized) {
		buf_text(&p->summary, ", ");
		put_bytes(&p->summary, s->bytes);
	}
	p->more = p->more || !whole;
}

static void
add_up(struct preview *p)
{
	/* What stands at a target is no part of what is moved there. */
	if (p->plan.v[p->at].target)
		return;
	p->total.count += p->sum.count;
	p->total.sized = p->total.sized || p->sum.sized;
	p->total.bytes += p->sum.bytes < UINT64_MAX - p->total.bytes ? p->sum.bytes : 0;
}

/* How the words of the command bound what was found. */
static void
put_limits(struct preview *p)
{
	if (p->plan.more)
		p->more = true;
	if (p->plan.filtered)
		buf_text(&p->summary,
		    "; before --exclude and --include, which take some out");
	if (p->plan.at_most)
		buf_text(&p->summary, "; only what differs is touched");
	if (p->plan.more)
		buf_text(&p->summary, "; there is more that was not asked about");
}

static void
step_next(struct preview *p)
{
	p->at++;
	p->page = 0;
	p->region[0] = '\0';
	p->sum = (struct previewread_sum){ .count = 0 };
	apicall_free(p->asked);
	p->asked = NULL;
	step_begin(p);
}

static void
step_failed(struct preview *p, const char *why)
{
	note_why(p, apicall_operation(p->plan.v[p->at].call), why);
	/* Pages that came count. */
	if (p->page > 0) {
		p->answered++;
		summarize(p, false);
		add_up(p);
	}
	step_next(p);
}

/* ---- answers ---- */

/* The call of the next page: as before, with the token. */
static enum rc
ask_page(struct preview *p, const char *member, struct span token, struct err *err)
{
	const struct apicall *from = p->plan.v[p->at].call;
	struct apicall *to = NULL;
	enum rc rc = apicall_new(apicall_service(from), apicall_operation(from),
	    p->region[0] != '\0' ? p->region : apicall_region(from), &to, err);

	for (size_t i = 0; rc == RC_OK && i < apicall_count(from); i++)
		rc = apicall_value(
		    to, apicall_at(from, i)->name, apicall_at(from, i)->value, err);
	if (rc == RC_OK && member != NULL)
		rc = apicall_value(to, member, token, err);
	if (rc != RC_OK) {
		apicall_free(to);
		return rc;
	}
	apicall_free(p->asked);
	p->asked = to;
	return RC_OK;
}

static void on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err);

/* AWS has done nothing, and says whether it would have. */
static void
dry_answer(struct preview *p, unsigned status, const char *code)
{
	const char *operation = apicall_operation(p->plan.v[p->at].call);

	if (status < 400) {
		/* It cannot be: DryRun went out and was signed. */
		log_line(LOG_ERROR, "AWS answered %u to a dry %s", status, operation);
		step_failed(p, "the answer to a dry run is not one");
		return;
	}
	if (status >= 500 || code[0] == '\0') {
		step_failed(p, "no answer that means anything");
		return;
	}
	p->answered++;
	put_separator(p);
	if (strcmp(code, "DryRunOperation") == 0)
		buf_printf(
		    &p->summary, "a dry run of %s would have gone through", operation);
	else
		buf_printf(
		    &p->summary, "a dry run of %s was refused: %s", operation, code);
	step_next(p);
}

static json_t *
head_tree(const struct preview *p, const struct previewtable_read *r)
{
	char word[192];
	json_t *o = json_object();

	for (const char *at = r->shown; o != NULL && at != NULL && *at != '\0';) {
		size_t n = strcspn(at, " ");
		struct span v;

		if (!span_copy(span_make(at, n), word, sizeof word))
			break;
		at += n + strspn(at + n, " ");
		v = http_header(p->call, word + strcspn(word, "=@") + 1);
		if (v.len > 0)
			(void)json_object_set_new(o, word + strcspn(word, "=@") + 1,
			    json_stringn((const char *)v.p, v.len));
	}
	if (o != NULL && r->bytes != NULL) {
		struct span v = http_header(p->call, r->bytes);

		if (v.len > 0)
			(void)json_object_set_new(
			    o, r->bytes, json_stringn((const char *)v.p, v.len));
	}
	return o;
}

static enum rc
read_tree(const struct preview *p, const struct previewtable_read *r, struct span body,
    json_t **ret, struct err *err)
{
	if (r->form == PREVIEWTABLE_HEAD)
		return (*ret = head_tree(p, r)) != NULL ? RC_OK : err_memory(err);
	return p->protocol == AWSMODEL_JSON || p->protocol == AWSMODEL_REST_JSON
		   ? answertree_json(body, ret, err)
		   : answertree_xml(body, ret, err);
}

/* RC_WAIT: another page is on its way. */
static enum rc
next_page(struct preview *p, const struct previewtable_read *r, const json_t *tree,
    bool *whole, struct err *err)
{
	char member[PREVIEWREAD_CODE];
	struct buf token;
	enum rc rc = RC_OK;

	buf_init(&token, APICALL_VALUE + 1);
	*whole = !previewread_next(r, tree, member, &token);
	if (!*whole && ++p->page < p->most_pages &&
	    (rc = ask_page(p, member, buf_span(&token), err)) == RC_OK &&
	    (rc = preview_send(p, on_answer, err)) == RC_OK)
		rc = RC_WAIT;
	buf_clear(&token);
	return rc;
}

static void
take_answer(struct preview *p, struct span body)
{
	const struct previewtable_step *step = &p->plan.v[p->at];
	json_t *tree = NULL;
	struct err err = { "" };
	struct buf name;
	bool whole = true;
	enum rc rc;

	buf_init(&name, 4096);
	if (step->read->form == PREVIEWTABLE_HEAD)
		preview_object(step, &name);
	rc = read_tree(p, step->read, body, &tree, &err);
	p->call = NULL;
	if (rc == RC_OK)
		rc = previewread_take(step, buf_cstr(&name), tree, p->most_items,
		    p->items, &p->sum, &err);
	if (rc == RC_OK)
		rc = next_page(p, step->read, tree, &whole, &err);
	json_decref(tree);
	buf_clear(&name);
	if (rc == RC_WAIT)
		return;
	if (rc != RC_OK) {
		step_failed(p, err.text);
		return;
	}
	p->answered++;
	summarize(p, whole);
	add_up(p);
	step_next(p);
}

/* S3 says where the bucket is: once, and only to a name that a region can have. */
static bool
sent_elsewhere(struct preview *p, unsigned status)
{
	const struct previewtable_read *r = p->plan.v[p->at].read;
	struct span to = http_header(p->call, "x-amz-bucket-region");
	struct err err = { "" };

	if (r == NULL || strcmp(r->service, "s3") != 0 || p->region[0] != '\0' ||
	    (status != 301 && status != 400) || !profile_region(to) ||
	    !span_copy(to, p->region, sizeof p->region))
		return false;
	p->call = NULL;
	return ask_page(p, NULL, span_make(NULL, 0), &err) == RC_OK &&
	       preview_send(p, on_answer, &err) == RC_OK;
}

static void
take_refusal(struct preview *p, unsigned status, struct span body)
{
	const struct previewtable_step *step = &p->plan.v[p->at];
	char code[PREVIEWREAD_CODE], why[PREVIEWREAD_CODE + 32];

	if (sent_elsewhere(p, status))
		return;
	previewread_error(p->protocol,
	    p->call == NULL ? span_make(NULL, 0)
			    : http_header(p->call, "x-amzn-errortype"),
	    body, code);
	p->call = NULL;
	if (step->read == NULL) {
		dry_answer(p, status, code);
		return;
	}
	if (step->read->form == PREVIEWTABLE_HEAD && status == 404) {
		p->answered++;
		summarize(p, true);
		step_next(p);
		return;
	}
	snprintf(why, sizeof why, "HTTP %u %s", status, code);
	step_failed(p, why);
}

static void
on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err)
{
	struct preview *p = arg;
	const bool too_long = rc != RC_OK && http_too_long(p->call);

	if (rc == RC_OK && status == 200 && p->plan.v[p->at].read != NULL) {
		take_answer(p, body);
		return;
	}
	if (rc == RC_OK) {
		take_refusal(p, status, body);
		return;
	}
	p->call = NULL;
	p->more = p->more || too_long;
	step_failed(p, http_err->text);
}

/* ---- from step to step ---- */

static void
step_begin(struct preview *p)
{
	struct err err = { "" };

	if (p->at == p->plan.n) {
		if (p->answered > 0)
			put_limits(p);
		finish(p, p->answered > 0 ? "done" : "failed");
		return;
	}
	if (ask_page(p, NULL, span_make(NULL, 0), &err) != RC_OK ||
	    preview_send(p, on_answer, &err) != RC_OK)
		step_failed(p, err.text);
}

static void
too_late(void *arg)
{
	struct preview *p = arg;

	note_why(p, "", "not told in the time that there is");
	if (p->sum.count > 0) {
		summarize(p, false);
		p->answered++;
		add_up(p);
	}
	p->more = p->more || p->answered > 0;
	finish(p, "late");
}

/* ---- the lease ---- */

static void
noted(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct preview *p = arg;

	(void)bytes;
	(void)fd;
	if (rc == RC_OK) {
		step_begin(p);
		return;
	}
	log_line(LOG_ERROR, "a preview was not recorded: %s", why);
	fail(p, "it could not be recorded, so nothing was asked");
}

static char *
detail_text(const struct preview *p)
{
	json_t *calls = json_array();

	for (size_t i = 0; i < p->plan.n; i++) {
		const struct apicall *c = p->plan.v[i].call;

		(void)json_array_append_new(calls,
		    json_sprintf("%s:%s%s", apicall_service(c), apicall_operation(c),
			p->plan.v[i].read == NULL ? " (dry run)" : ""));
	}
	return keep_detail_take(
	    json_pack("{s:s, s:s, s:I, s:o}", "role", p->lease->role, "access_key_id",
		p->lease->access_key_id, "expires_ms", (json_int_t)p->lease->expires_ms,
		"calls", calls),
	    JSON_COMPACT);
}

/* As of any lease, the audit knows before anybody uses it. */
static void
leased(void *arg, enum rc rc, struct lease *l, const struct err *err)
{
	struct preview *p = arg;
	struct keep_event e = { .kind = "preview",
		.identity = p->identity,
		.sid = p->sid,
		.rule = p->rule[0] != '\0' ? p->rule : NULL };
	char *detail;

	p->leasing = NULL;
	if (rc != RC_OK) {
		fail(p, err->text);
		return;
	}
	p->lease = l;
	e.detail = detail = detail_text(p);
	if (detail == NULL || keep_event(p->all->m->keep, &e, noted, p) != RC_OK)
		noted(
		    p, RC_FAIL, "the keeper did not take it", span_make(NULL, 0), NULL);
	free(detail);
}

/* "aws", "aws-cn", … of arn:PARTITION:… */
static bool
place_of(
    const struct preview_ask *ask, char partition[PARTITION], struct iam_place *ret)
{
	const char *arn = ask->profile->role;
	const char *first = strchr(arn, ':'), *second;

	if (first == NULL || (second = strchr(first + 1, ':')) == NULL ||
	    !span_copy(span_make(first + 1, (size_t)(second - first - 1)), partition,
		PARTITION))
		return false;
	*ret = (struct iam_place){ partition, ask->profile->account, ask->region };
	return true;
}

/* All that the steps need, and no more. */
static enum rc
put_policy(const struct preview *p, const struct iam_place *place, struct buf *out,
    struct err *err)
{
	struct iam_needs each[PREVIEWTABLE_STEPS], all = { 0 };
	size_t n = 0;
	enum rc rc = RC_OK;

	memset(each, 0, sizeof each);
	for (size_t i = 0; i < p->plan.n && rc == RC_OK; i++) {
		const struct apicall *c = p->plan.v[i].call;
		struct iam_place at = *place;

		at.region = apicall_region(c);
		if ((rc = iam_needs(c, &at, &each[i], err)) == RC_OK)
			n += each[i].n;
	}
	if (rc == RC_OK && (all.v = calloc(n + 1, sizeof all.v[0])) == NULL)
		rc = err_memory(err);
	for (size_t i = 0; i < p->plan.n && rc == RC_OK; i++)
		for (size_t k = 0; k < each[i].n; k++)
			all.v[all.n++] = each[i].v[k];
	if (rc == RC_OK)
		rc = scope_bare(&all, place, out, err);
	free(all.v);
	for (size_t i = 0; i < p->plan.n; i++)
		iam_clear(&each[i]);
	return rc;
}

static enum rc
ask_lease(struct preview *p, const struct preview_ask *ask, struct err *err)
{
	char partition[PARTITION], sid[ID_UUID_TEXT];
	struct lease_ask lease = { .identity = p->identity,
		.session = sid,
		.role = ask->profile->role,
		.region = ask->profile->region,
		.external_id = ask->profile->external_id,
		.rule = p->rule[0] != '\0' ? p->rule : NULL,
		.seconds = LEASE_SECONDS };
	struct iam_place place;
	struct buf policy;
	enum rc rc;

	if (!place_of(ask, partition, &place))
		return err_set(err, RC_REFUSE, "the profile's role is none");
	id_uuid_text(p->sid, sid);
	buf_init(&policy, POLICY_MAX);
	if ((rc = put_policy(p, &place, &policy, err)) == RC_OK) {
		lease.policy = buf_cstr(&policy);
		rc = vault_lease(p->all->m->vault, &lease, leased, p, &p->leasing, err);
	}
	buf_clear(&policy);
	return rc;
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
	if (ask_lease(p, ask, &err) != RC_OK)
		fail(p, err.text);
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
