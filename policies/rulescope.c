/* The rules as a session policy; see rulescope.h.
 *
 * A pattern in the API's spelling is one of IAM's too, where the action has the
 * operation's name; actions of other names are listed beside it.  A command of the CLI's
 * own ("s3:rm") stands for calls that only its words tell: all of its service. */
#include "policies/rulescope.h"

#include <stdio.h>
#include <string.h>

#include "policies/arnpattern.h"
#include "policies/awsmodel.h"
#include "policies/iam_parts.h"
#include "policies/ruling.h"

#define ACTIONS 160 /* in one statement: more would not fit anyway */
#define ACTION 192

struct actions {
	size_t n;
	bool full;
	char v[ACTIONS][ACTION];
};

static void
add(struct actions *a, const char *prefix, const char *name)
{
	char text[ACTION];
	int n = snprintf(text, sizeof text, "%s:%s", prefix, name);

	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], text) == 0)
			return;
	if (n < 0 || (size_t)n >= sizeof text || a->n == ACTIONS) {
		a->full = true;
		return;
	}
	memcpy(a->v[a->n++], text, (size_t)n + 1);
}

/* True when one operation of the service has this pattern's name. */
static bool
add_operations(
    struct actions *a, const struct match *m, const struct awsmodel_service *s)
{
	bool pattern = m->wild && m->api, found = false;
	struct awsmodel_operation op;

	for (uint32_t i = 0; i < s->n_operations; i++) {
		const char *name;

		awsmodel_operation_at(s, i, &op);
		if (!match_operation(m, s->name, op.cli, op.name))
			continue;
		found = true;
		name = iam_action_name(s->name, op.name);
		if (!pattern || strcmp(name, op.name) != 0)
			add(a, s->iam, name);
	}
	return found;
}

static bool
add_match(struct actions *a, const struct match *m)
{
	struct awsmodel_service s;
	bool found;

	if (!awsmodel_service(m->service, &s))
		return false;
	if (strcmp(m->operation, "*") == 0 || strcmp(s.iam, "apigateway") == 0) {
		add(a, s.iam, "*");
		return true;
	}
	found = add_operations(a, m, &s);
	/* What is no operation is an action, or a command. */
	if (m->api && (m->wild || !found))
		add(a, s.iam, m->operation);
	else if (!found && !m->wild)
		add(a, s.iam, "*");
	return true;
}

/* Patterns were read as ASCII without quotes; what is left would be a variable. */
static bool
put_text(struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7E || strchr("\"\\$", *p) != NULL)
			return false;
	buf_printf(out, "\"%s\"", text);
	return true;
}

static bool
put_resources(struct buf *out, const struct rule *r)
{
	if (r->aws->n_resources == 0)
		buf_text(out, "\"*\"");
	for (size_t i = 0; i < r->aws->n_resources; i++) {
		if (i > 0)
			buf_u8(out, ',');
		if (!put_text(out, r->aws->resources[i]))
			return false;
	}
	return true;
}

static bool
put_statement(
    struct buf *out, const struct rule *r, const char *account, struct actions *a)
{
	a->n = 0;
	a->full = false;
	for (size_t i = 0; i < r->aws->n_matches; i++)
		if (!add_match(a, &r->aws->matches[i]))
			return false;
	buf_text(out, "{\"Effect\":\"Allow\",\"Action\":[");
	for (size_t i = 0; i < a->n; i++) {
		if (i > 0)
			buf_u8(out, ',');
		if (!put_text(out, a->v[i]))
			return false;
	}
	buf_text(out, "],\"Resource\":[");
	if (!put_resources(out, r))
		return false;
	/* IfExists: not every action has a resource whose account AWS knows. */
	buf_printf(out,
	    "],\"Condition\":{\"StringEqualsIfExists\":{\"aws:ResourceAccount\":\"%s\"}"
	    "}}",
	    account);
	return !a->full && a->n > 0;
}

/* Data that a service keeps encrypted is read with a key of the account, by way of that
 * service alone. */
static void
put_keys(struct buf *out, const struct facts *f)
{
	buf_printf(out,
	    ",{\"Effect\":\"Allow\",\"Action\":[\"kms:Decrypt\",\"kms:"
	    "GenerateDataKey\"],"
	    "\"Resource\":\"arn:%s:kms:*:%s:key/*\",\"Condition\":{\"StringLike\":{"
	    "\"kms:ViaService\":\"*\"}}}",
	    f->partition, f->account);
}

enum rc
rulescope_policy(const struct ruleset *set, const struct facts *facts, struct buf *out,
    struct err *err)
{
	struct actions a;
	struct buf b;
	bool any = false, fits = true;

	buf_init(&b, RULESCOPE_MAX);
	buf_text(&b, "{\"Version\":\"2012-10-17\",\"Statement\":[");
	for (size_t i = 0; fits && i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (r->effect == EFFECT_DENY || r->aws == NULL ||
		    !ruling_about(r, facts) ||
		    (r->paths & RULE_PATH(facts->path)) == 0 ||
		    !who_holds(r->who, facts) ||
		    where_fit(r->where, facts, NULL) == FIT_NO)
			continue;
		if (any)
			buf_u8(&b, ',');
		fits = put_statement(&b, r, facts->account, &a) && buf_ok(&b);
		any = true;
	}
	put_keys(&b, facts);
	buf_text(&b, "]}");
	fits = fits && any && buf_ok(&b);
	if (fits)
		buf_span_put(out, buf_span(&b));
	buf_clear(&b);
	return fits
		   ? RC_OK
		   : err_set(err, RC_REFUSE, "the rules make no policy that AWS takes");
}
