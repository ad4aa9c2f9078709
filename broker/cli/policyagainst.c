/* broker policy test --against; see policyagainst.h.  Each recorded decision is made once
 * more, with the facts of then as far as they were kept; --facts adds or replaces. */
#include "broker/cli/policyagainst.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/policyask.h"
#include "broker/cli/policyaudit.h"
#include "broker/cli/policysay.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "policies/decide.h"

struct against {
	const struct policyopts *o;
	const struct ruleset *set;
	struct policyfacts base, own;
	struct policyanswer answer;
	struct auditcounts counts;
	size_t judged, changed, elsewise; /* elsewise: the same, by another rule */
	size_t thin;			  /* calls of which too little was recorded */
	size_t unknown;			  /* of somebody whose groups nobody knows */
};

/* ---- the facts of then ---- */

/* What --facts says of somebody by name counts more than what was recorded. */
static enum rc
recall(struct against *a, const struct auditrecord *r, struct err *err)
{
	const json_t *who = json_object_get(r->facts, "identity");
	const char *name = json_string_value(json_object_get(who, "name"));
	bool known = name != NULL && json_object_get(a->base.identities, name) != NULL;
	enum rc rc;

	if (name == NULL)
		return err_set(err, RC_REFUSE, "nobody asked");
	policyfacts_copy(&a->own, &a->base);
	if ((rc = policyfacts_as(&a->own, name, err)) != RC_OK ||
	    (rc = policyfacts_read(&a->own, r->facts, err)) != RC_OK ||
	    (known && (rc = policyfacts_as(&a->own, name, err)) != RC_OK))
		return rc;
	if (a->o->at != NULL)
		a->own.facts.now = a->base.facts.now;
	if (!known && json_object_get(who, "groups") == NULL)
		a->unknown++;
	return policyfacts_profile(&a->own, NULL, err);
}

/* ---- calls of SDKs ---- */

static enum rc
add_param(struct apicall *api, const char *name, const json_t *list, struct err *err)
{
	enum rc rc = RC_OK;

	if (json_is_null(list))
		return apicall_member(api, name, err);
	if (!json_is_array(list))
		return err_set(err, RC_REFUSE, "params.%.64s", name);
	for (size_t i = 0; i < json_array_size(list) && rc == RC_OK; i++) {
		const json_t *v = json_array_get(list, i);

		if (!json_is_string(v))
			return err_set(err, RC_REFUSE, "params.%.64s", name);
		rc = apicall_value(api, name,
		    span_make(json_string_value(v), json_string_length(v)), err);
	}
	return rc;
}

static enum rc
new_call(
    const struct against *a, const json_t *o, struct apicall **ret, struct err *err)
{
	const char *service = json_string_value(json_object_get(o, "service"));
	const char *operation = json_string_value(json_object_get(o, "operation"));
	const char *region = json_string_value(json_object_get(o, "region"));
	const char *name;
	struct apicall *api = NULL;
	json_t *list;
	enum rc rc;

	if (service == NULL || operation == NULL)
		return err_set(err, RC_REFUSE, "no service or operation");
	rc = apicall_new(service, operation,
	    region != NULL ? region : a->own.facts.region, &api, err);
	if (rc != RC_OK)
		return rc;
	json_object_foreach(json_object_get(o, "params"), name, list)
	{
		if ((rc = add_param(api, name, list, err)) != RC_OK) {
			apicall_free(api);
			return rc;
		}
	}
	*ret = api;
	return RC_OK;
}

static enum rc
judge_call(struct against *a, const json_t *o, struct err *err)
{
	const struct facts *f = &a->own.facts;
	struct iam_place place = { f->partition, f->account, f->region };
	struct iam_needs needs = { 0 };
	struct apicall *api = NULL;
	enum rc rc;

	if ((rc = new_call(a, o, &api, err)) != RC_OK)
		return rc;
	place.region = apicall_region(api);
	a->own.facts.path = PATH_API;
	rc = place.account == NULL ? RC_REFUSE : iam_needs(api, &place, &needs, err);
	if (rc == RC_OK)
		decide_call(a->set, NULL, api, &needs, f, &a->answer.verdict);
	iam_clear(&needs);
	apicall_free(api);
	return rc;
}

/* ---- telling ---- */

static void
say_json(const struct against *a, const struct auditrecord *r, const char *when)
{
	const struct verdict *v = &a->answer.verdict;

	policysay_json_take(
	    json_pack("{s:s, s:s, s:o, s:o*, s:O*, s:[s, s], s:[o, o], s:o, s:o}", "at",
		when, "identity", a->own.who.name, "path",
		policysay_value(span_of(path_name(r->path))), "command",
		r->call == NULL ? policysay_value(r->line) : NULL, "call", r->call,
		"verdict", effect_name(r->effect), effect_name(v->effect), "rule",
		policysay_value_or_null(r->rule), policysay_value_or_null(v->rule),
		"code", policysay_value_or_null(v->code), "reason",
		policysay_value_or_null(v->reason)));
}

static void
say_change(const struct against *a, const struct auditrecord *r)
{
	const struct verdict *v = &a->answer.verdict;
	char when[21];

	clock_iso(a->own.facts.now, when);
	if (a->o->json) {
		say_json(a, r, when);
		return;
	}
	printf("%s -> %s  %s %s ", effect_name(r->effect), effect_name(v->effect), when,
	    a->own.who.name);
	if (r->call == NULL)
		policysay_bytes(r->line);
	else
		policysay_text(v->call);
	printf("\n    was ");
	policysay_text(r->rule[0] != '\0' ? r->rule : "no rule");
	printf(", now %s", v->rule[0] != '\0' ? v->rule : "no rule");
	if (v->reason[0] != '\0') {
		printf(": ");
		policysay_text(v->reason);
	}
	putchar('\n');
}

/* What a broker refuses beyond its rules' own yes, by their word: it would again. */
static void
refuse_again(const struct auditrecord *r, struct verdict *v)
{
	bool same = false;

	if (r->effect != EFFECT_DENY || v->effect == EFFECT_DENY)
		return;
	if (strcmp(r->code, "rate") == 0)
		for (size_t i = 0; i < v->n_rates; i++)
			same |= strcmp(v->rates[i].rule, r->rule) == 0;
	else if (strcmp(r->code, "reason") == 0)
		for (size_t i = 0; i < v->n_needs; i++)
			same |= v->needs[i].reason &&
				strcmp(v->needs[i].rule, r->rule) == 0;
	else if (strcmp(r->code, "unsupported") == 0)
		same = v->asks != 0;
	if (!same)
		return;
	v->effect = EFFECT_DENY;
	snprintf(v->rule, sizeof v->rule, "%s", r->rule);
}

static enum rc
judge(void *arg, const struct auditrecord *r, struct err *err)
{
	struct against *a = arg;
	struct policyask q = { .path = r->path, .line = r->line };
	struct err why = { "" };
	enum rc rc;

	if (r->thin) {
		a->thin++;
		return RC_OK;
	}
	rc = recall(a, r, &why);
	if (rc == RC_OK && r->call != NULL)
		rc = judge_call(a, r->call, &why);
	else if (rc == RC_OK)
		policyask_put(a->set, &q, &a->own, &a->answer);
	if (rc == RC_REFUSE) {
		*(r->call != NULL ? &a->thin : &a->counts.unread) += 1;
		return RC_OK;
	}
	if (rc != RC_OK) {
		*err = why;
		return rc;
	}
	a->judged++;
	refuse_again(r, &a->answer.verdict);
	if (a->answer.verdict.effect != r->effect) {
		a->changed++;
		say_change(a, r);
	} else if (strcmp(a->answer.verdict.rule, r->rule) != 0) {
		a->elsewise++;
	}
	return RC_OK;
}

static void
say_counts(const struct against *a)
{
	const struct auditcounts *c = &a->counts;

	if (a->o->json) {
		policysay_json_take(json_pack("{s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}",
		    "judged", (json_int_t)a->judged, "changed", (json_int_t)a->changed,
		    "other_rule", (json_int_t)a->elsewise, "unknown_groups",
		    (json_int_t)a->unknown, "not_judged", "connections",
		    (json_int_t)c->connections, "calls", (json_int_t)a->thin, "unread",
		    (json_int_t)c->unread));
		return;
	}
	printf("%zu judged, %zu would change, %zu by another rule\n", a->judged,
	    a->changed, a->elsewise);
	if (c->connections + a->thin + c->unread > 0)
		printf("not judged: %zu connections, %zu calls of which too little was "
		       "recorded, %zu that cannot be read\n",
		    c->connections, a->thin, c->unread);
	if (a->unknown > 0)
		printf("%zu of somebody whose groups were not recorded: name them "
		       "under identities in --facts\n",
		    a->unknown);
}

int
policyagainst(const struct policyopts *o, const struct ruleset *set)
{
	struct against *a = calloc(1, sizeof *a);
	struct policyopts own = *o;
	struct err err = { "" };
	json_t *doc = NULL;
	int status;
	enum rc rc;

	if (a == NULL)
		return policysay_error(err_memory(&err), &err);
	own.as = own.as != NULL ? own.as : "nobody";
	a->o = o;
	a->set = set;
	policyanswer_init(&a->answer);
	if ((rc = policyopts_facts(&own, &a->base, &doc, &err)) == RC_OK)
		rc = policyaudit_each(o->against, judge, a, &a->counts, &err);
	if (rc == RC_OK) {
		say_counts(a);
		status = a->changed == 0 ? STATUS_OK : POLICYAGAINST_CHANGED;
	} else {
		status = policysay_error(rc, &err);
	}
	policyanswer_clear(&a->answer);
	json_decref(doc);
	free(a);
	return status;
}
