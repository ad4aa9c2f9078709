/* What the aws reader says of command lines, for comparison with what the CLI does.
 *
 * stdin: JSON Lines {"line": TEXT} or {"argv": [TEXT…]}, with "sent": [[HEAD, BODY]…] (in
 * hex) where the CLI's requests for it are known.  stdout, a line for each: either
 * {"status": N, "why": TEXT} or what the words ask for; and of each request what the
 * gate reads in it and whether the words cover that. */
#include "tests/support/unit.h"

#include <jansson.h>

#include "broker/gate/onward.h"
#include "broker/gate/resolve.h"
#include "policies/aws.h"
#include "policies/awsfacts.h"
#include "policies/awsmodel.h"
#include "policies/cover.h"
#include "policies/iam.h"

#define LINE_MOST (64u << 20)

static const struct iam_place place = { "aws", "111122223333", "eu-west-1" };

static void
set_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, text == NULL ? json_null() : json_string(text));
}

static json_t *
value_of(struct span v)
{
	json_t *text = json_stringn(v.len > 0 ? (const char *)v.p : "", v.len);

	return text == NULL ? json_null() : text;
}

/* [[NAME, VALUE]…] or [[NAME]…] where the value is not known. */
static json_t *
members_of(const struct apicall *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < apicall_count(c); i++) {
		const struct apicall_param *p = apicall_at(c, i);
		json_t *pair = json_pack("[s]", p->name);

		if (p->known)
			json_array_append_new(pair, value_of(p->value));
		json_array_append_new(list, pair);
	}
	return list;
}

/* What it needs, ["ACTION ARN"…]; or null where that cannot be told. */
static json_t *
needs_of(const struct apicall *c)
{
	struct iam_place there = place;
	struct iam_needs n = { 0 };
	json_t *list;

	if (strcmp(apicall_region(c), AWS_NO_REGION) != 0)
		there.region = apicall_region(c);
	if (iam_needs(c, &there, &n, NULL) != RC_OK)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < n.n; i++) {
		char text[APICALL_VALUE + 512];

		snprintf(text, sizeof text, "%s %s", n.v[i].action, n.v[i].arn);
		json_array_append_new(list, json_string(text));
	}
	iam_clear(&n);
	return list;
}

/* Members that any client fills by itself. */
static json_t *
harmless_of(const struct apicall *c)
{
	json_t *list = json_array();
	struct awsmodel_service s;
	struct awsmodel_operation op;
	struct awsmodel_param p;

	if (!awsmodel_service(apicall_service(c), &s) ||
	    !awsmodel_operation(&s, span_of(apicall_operation(c)), &op))
		return list;
	for (uint32_t i = 0; i < op.n_params; i++) {
		awsmodel_param_at(&op, i, &p);
		if (iam_harmless(apicall_service(c), apicall_operation(c), p.name))
			json_array_append_new(list, json_string(p.name));
	}
	return list;
}

static json_t *
call_of(const struct aws_call *c)
{
	json_t *o = json_object();
	struct awsmodel_service s;

	set_text(o, "service", c->service);
	set_text(o, "operation", apicall_operation(c->api));
	set_text(o, "cli", c->operation);
	set_text(o, "region", apicall_region(c->api));
	json_object_set_new(o, "prefix", json_boolean(c->prefix));
	set_text(o, "own", c->own == NULL ? "" : c->own);
	set_text(o, "global", awsmodel_service(c->service, &s) ? s.global : "");
	json_object_set_new(o, "members", members_of(c->api));
	json_object_set_new(o, "harmless", harmless_of(c->api));
	json_object_set_new(o, "needs", needs_of(c->api));
	return o;
}

static json_t *
child_of(const struct words *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < words_count(w); i++)
		json_array_append_new(list, json_string(words_at(w, i)));
	return list;
}

static json_t *
request_of(const struct aws_request *r)
{
	json_t *o = json_object(), *list = json_array();

	json_object_set_new(o, "status", json_integer(0));
	set_text(o, "service", r->name.service);
	set_text(o, "operation", r->name.operation);
	set_text(o, "profile", r->profile);
	set_text(o, "region", r->region);
	json_object_set_new(o, "file_in", json_boolean(r->file_in));
	json_object_set_new(o, "file_out", json_boolean(r->file_out));
	json_object_set_new(o, "takes_stdin", json_boolean(r->takes_stdin));
	json_object_set_new(o, "child", child_of(r->child));
	for (size_t i = 0; i < r->n_calls; i++)
		json_array_append_new(list, call_of(&r->calls[i]));
	json_object_set_new(o, "calls", list);
	list = json_array();
	for (size_t i = 0; i < r->n_resources; i++)
		json_array_append_new(list,
		    json_pack("[s, s]", r->resources[i].bucket, r->resources[i].key));
	json_object_set_new(o, "resources", list);
	list = json_array();
	for (size_t i = 0; i < r->n_options; i++)
		json_array_append_new(list,
		    json_pack("[s, s?]", r->options[i].name, r->options[i].value));
	json_object_set_new(o, "options", list);
	return o;
}

/* The bytes of an even number of hex digits; the buffer's own. */
static struct span
unhex(const char *text, struct buf *out)
{
	char pair[3] = "";

	for (; text[0] != '\0' && text[1] != '\0'; text += 2) {
		memcpy(pair, text, 2);
		buf_u8(out, (uint8_t)strtoul(pair, NULL, 16));
	}
	return buf_span(out);
}

static enum rc
gate_reads(
    struct span head, struct span body, struct apicall **ret, struct refused *why)
{
	struct resolve_plan plan;
	struct err err = { "" };
	struct onward o = { 0 };
	struct head *h = NULL;
	struct authz a;
	struct place p;
	size_t used;
	enum rc rc;

	if ((rc = head_read(head, &h, &used, &err)) != RC_OK)
		return refused_bad(why, "%s", err.text);
	if ((rc = authz_read(h, &a, why)) == RC_OK &&
	    (rc = place_proxy(head_host(h), head_host(h), h, &a, &p, why)) == RC_OK &&
	    (rc = resolve_plan(h, &a, &p, &plan, why)) == RC_OK) {
		if (plan.streamed)
			body.len = 0;
		if ((rc = resolve_call(h, &a, &p, body, ret, why)) == RC_OK)
			rc = onward_new(h, &a, &p, false, &o, why);
		onward_clear(&o);
	}
	head_free(h);
	return rc;
}

static json_t *
sent_of(const struct aws_request *r, json_t *pair)
{
	const char *head = json_string_value(json_array_get(pair, 0));
	const char *body = json_string_value(json_array_get(pair, 1));
	struct buf h, b;
	struct refused why = { 0 };
	struct apicall *call = NULL;
	struct err err = { "" };
	json_t *o = json_object();
	bool covered = false;

	buf_init(&h, 1u << 20);
	buf_init(&b, LINE_MOST);
	if (gate_reads(unhex(head, &h), unhex(body, &b), &call, &why) == RC_OK) {
		set_text(o, "service", apicall_service(call));
		set_text(o, "operation", apicall_operation(call));
		set_text(o, "region", apicall_region(call));
		json_object_set_new(o, "members", members_of(call));
		json_object_set_new(o, "needs", needs_of(call));
		covered = cover_allows(r, call, &place, &err);
		set_text(o, "why", err.text);
	} else
		set_text(o, "refused", why.text);
	json_object_set_new(o, "covered", json_boolean(covered));
	apicall_free(call);
	buf_clear(&h);
	buf_clear(&b);
	return o;
}

static json_t *
refused_of(int status, const char *why)
{
	json_t *o = json_object();

	json_object_set_new(o, "status", json_integer(status));
	set_text(o, "why", why);
	return o;
}

static enum rc
words_of(const json_t *row, struct words **ret, struct err *err)
{
	json_t *line = json_object_get(row, "line"), *argv, *v;
	struct span list[WORDS_MOST + 8];
	size_t i, n = 0;

	if (line != NULL)
		return words_split(
		    span_make(json_string_value(line), json_string_length(line)), ret,
		    err);
	argv = json_object_get(row, "argv");
	json_array_foreach(argv, i, v)
	{
		if (n < ROWS(list))
			list[n++] =
			    span_make(json_string_value(v), json_string_length(v));
	}
	return words_from_list(list, n, ret, err);
}

static json_t *
answer(const json_t *row)
{
	struct words *w = NULL;
	struct aws_request *r = NULL;
	struct refusal refusal = { 0 };
	struct err err = { "" };
	json_t *o, *sent = json_object_get(row, "sent"), *pair, *list;
	size_t i;

	if (words_of(row, &w, &err) != RC_OK)
		return refused_of(STATUS_USAGE, err.text);
	if (aws_read(w, &r, &refusal) != RC_OK) {
		words_free(w);
		return refused_of(refusal.status, refusal.err.text);
	}
	o = request_of(r);
	if (sent != NULL) {
		list = json_array();
		json_array_foreach(sent, i, pair)
		{
			json_array_append_new(list, sent_of(r, pair));
		}
		json_object_set_new(o, "sent", list);
	}
	aws_free(r);
	words_free(w);
	return o;
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		json_t *row = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL), *o;

		if (row == NULL)
			return 1;
		o = answer(row);
		json_dumpf(o, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
		putchar('\n');
		json_decref(o);
		json_decref(row);
	}
	free(line);
	return 0;
}
