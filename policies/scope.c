/* Needs into statements: actions with the same resources share one. */
#include "policies/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "policies/iam_parts.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

struct pair {
	const char *action, *resource;
	bool bind; /* to the account */
};

/* Pairs of one action, as a range of the sorted ones. */
struct run {
	size_t at, n;
	bool done;
};

struct draft {
	struct pair *pairs;
	size_t n_pairs;
	struct run *runs;
	size_t n_runs;
	struct buf text;
};

/* Actions on data that may lie encrypted, and how the service is called by KMS. */
static const struct {
	const char *service;
	const char *actions; /* parted by blanks */
} encrypted[] = {
	{ "s3", "GetObject GetObjectVersion PutObject" },
	{ "ssm", "GetParameter GetParameters GetParametersByPath GetParameterHistory "
		 "PutParameter" },
	{ "secretsmanager",
	    "GetSecretValue BatchGetSecretValue CreateSecret PutSecretValue "
	    "UpdateSecret" },
	{ "sqs", "SendMessage ReceiveMessage" },
	{ "sns", "Publish" },
	{ "dynamodb", "GetItem BatchGetItem Query Scan PutItem UpdateItem DeleteItem "
		      "BatchWriteItem ConditionCheckItem PartiQLSelect PartiQLInsert "
		      "PartiQLUpdate PartiQLDelete" },
	{ "kinesis", "GetRecords PutRecord PutRecords" },
};

static int
by_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = (int)x->bind - (int)y->bind;

	if (c == 0)
		c = strcmp(x->action, y->action);
	return c != 0 ? c : strcmp(x->resource, y->resource);
}

/* A bucket that is being made has no owner yet. */
static bool
must_bind(const struct iam_need *need)
{
	const char *bucket = strstr(need->resource, ":s3:::");

	return bucket != NULL && strchr(need->resource + 4, ':') == bucket &&
	       strcmp(need->action, "s3:CreateBucket") != 0;
}

/* "*" or an ARN of six parts, the only texts that a policy may have there. */
static bool
can_be_named(const char *resource)
{
	unsigned colons = 0;

	if (strcmp(resource, "*") == 0)
		return true;
	for (const char *at = resource; *at != 0; at++)
		colons += *at == ':';
	return strncmp(resource, "arn:", 4) == 0 && colons >= 5;
}

static enum rc
gather(struct draft *d, const struct iam_needs *needs, struct err *err)
{
	size_t n = 0;

	if (needs->n == 0)
		return err_set(err, RC_REFUSE, "nothing is needed");
	if ((d->pairs = calloc(needs->n, sizeof d->pairs[0])) == NULL ||
	    (d->runs = calloc(needs->n, sizeof d->runs[0])) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < needs->n; i++) {
		const struct iam_need *need = &needs->v[i];

		if (!can_be_named(need->resource))
			return err_set(
			    err, RC_REFUSE, "a resource has no ARN for a policy");
		d->pairs[i] =
		    (struct pair){ need->action, need->resource, must_bind(need) };
	}
	qsort(d->pairs, needs->n, sizeof d->pairs[0], by_pair);
	for (size_t i = 0; i < needs->n; i++)
		if (n == 0 || by_pair(&d->pairs[n - 1], &d->pairs[i]) != 0)
			d->pairs[n++] = d->pairs[i];
	d->n_pairs = n;
	return RC_OK;
}

static void
find_runs(struct draft *d)
{
	for (size_t i = 0; i < d->n_pairs; i++) {
		struct run *r = d->n_runs == 0 ? NULL : &d->runs[d->n_runs - 1];

		if (r != NULL && d->pairs[r->at].bind == d->pairs[i].bind &&
		    strcmp(d->pairs[r->at].action, d->pairs[i].action) == 0)
			r->n++;
		else
			d->runs[d->n_runs++] = (struct run){ .at = i, .n = 1 };
	}
}

static bool
same(const struct draft *d, const struct run *a, const struct run *b)
{
	const struct pair *x = d->pairs + a->at, *y = d->pairs + b->at;

	if (a->n != b->n || x->bind != y->bind)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(x[i].resource, y[i].resource) != 0)
			return false;
	return true;
}

/* A JSON string in ASCII: what STS takes goes no further than U+00FF. */
static bool
put_string(struct buf *b, const char *text)
{
	struct span s = span_of(text);
	uint32_t c = 0;
	unsigned n;

	buf_u8(b, '"');
	for (; s.len > 0; s = span_make(s.p + n, s.len - n)) {
		if ((n = text_char(s, &c)) == 0)
			return false;
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (int)c);
		else if (c >= 0x20 && c < 0x7f)
			buf_u8(b, (uint8_t)c);
		else if (c < 0x10000)
			buf_printf(b, "\\u%04x", c);
		else
			buf_printf(b, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	buf_u8(b, '"');
	return true;
}

static void
put_actions(struct draft *d, const struct run *like)
{
	bool first = true;

	for (size_t i = 0; i < d->n_runs; i++) {
		if (d->runs[i].done || !same(d, like, &d->runs[i]))
			continue;
		buf_text(&d->text, first ? "" : ",");
		put_string(&d->text, d->pairs[d->runs[i].at].action);
		d->runs[i].done = true;
		first = false;
	}
}

static bool
put_statement(struct draft *d, const struct run *r, const struct iam_place *place)
{
	buf_text(&d->text, "{\"Effect\":\"Allow\",\"Action\":[");
	put_actions(d, r);
	buf_text(&d->text, "],\"Resource\":[");
	for (size_t i = 0; i < r->n; i++) {
		buf_text(&d->text, i == 0 ? "" : ",");
		if (!put_string(&d->text, d->pairs[r->at + i].resource))
			return false;
	}
	buf_text(&d->text, "]");
	if (d->pairs[r->at].bind)
		buf_printf(&d->text,
		    ",\"Condition\":{\"StringEquals\":{\"aws:ResourceAccount\":\"%s\"}"
		    "}",
		    place->account);
	buf_text(&d->text, "}");
	return true;
}

static bool
takes_key(const struct draft *d, size_t row)
{
	size_t n = strlen(encrypted[row].service);

	for (size_t i = 0; i < d->n_runs; i++) {
		const char *action = d->pairs[d->runs[i].at].action;

		if (strncmp(action, encrypted[row].service, n) == 0 &&
		    action[n] == ':' &&
		    iam_listed(encrypted[row].actions, action + n + 1))
			return true;
	}
	return false;
}

static void
put_keys(struct draft *d, const struct iam_place *place)
{
	const char *end = strcmp(place->partition, "aws-cn") == 0 ? ".cn" : "";
	bool any = false;

	for (size_t i = 0; i < ROWS(encrypted); i++) {
		if (!takes_key(d, i))
			continue;
		if (!any)
			buf_printf(&d->text,
			    ",{\"Effect\":\"Allow\",\"Action\":[\"kms:Decrypt\","
			    "\"kms:GenerateDataKey\"],\"Resource\":"
			    "\"arn:%s:kms:*:%s:key/*\",\"Condition\":{\"StringLike\":"
			    "{\"kms:ViaService\":[",
			    place->partition, place->account);
		buf_printf(&d->text, "%s\"%s.*.amazonaws.com%s\"", any ? "," : "",
		    encrypted[i].service, end);
		any = true;
	}
	if (any)
		buf_text(&d->text, "]}}}");
}

static enum rc
write_policy(struct draft *d, const struct iam_place *place, bool keys, struct err *err)
{
	bool first = true;

	buf_text(&d->text, "{\"Version\":\"2012-10-17\",\"Statement\":[");
	for (size_t i = 0; i < d->n_runs && buf_ok(&d->text); i++) {
		if (d->runs[i].done)
			continue;
		buf_text(&d->text, first ? "" : ",");
		if (!put_statement(d, &d->runs[i], place))
			return err_set(err, RC_REFUSE, "a resource is no UTF-8");
		first = false;
	}
	if (keys)
		put_keys(d, place);
	buf_text(&d->text, "]}");
	if (!buf_ok(&d->text))
		return err_set(err, RC_REFUSE,
		    "a session policy for this is longer than %d characters",
		    SCOPE_MAX);
	return RC_OK;
}

static enum rc
make(const struct iam_needs *needs, const struct iam_place *place, bool keys,
    struct buf *out, struct err *err)
{
	struct draft d = { 0 };
	enum rc rc;

	buf_init(&d.text, SCOPE_MAX);
	if ((rc = gather(&d, needs, err)) == RC_OK) {
		find_runs(&d);
		rc = write_policy(&d, place, keys, err);
	}
	if (rc == RC_OK) {
		buf_span_put(out, buf_span(&d.text));
		if (!buf_ok(out))
			rc = err_memory(err);
	}
	buf_clear(&d.text);
	free(d.pairs);
	free(d.runs);
	return rc;
}

enum rc
scope_policy(const struct iam_needs *needs, const struct iam_place *place,
    struct buf *out, struct err *err)
{
	return make(needs, place, true, out, err);
}

enum rc
scope_bare(const struct iam_needs *needs, const struct iam_place *place,
    struct buf *out, struct err *err)
{
	return make(needs, place, false, out, err);
}
