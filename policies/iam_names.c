/* Names of resources out of a call's members, by the table of iam_rows.c. */
#include "policies/iam_parts.h"

#include <string.h>

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

static enum rc
add_filled(struct iam_work *w, const struct iam_row *row, struct span v)
{
	struct iam_resource r = { 0 };
	enum rc rc;

	if (strcmp(row->arn, "{v}") == 0 || span_starts(v, "arn:"))
		rc = iam_verbatim(w, v, &r);
	else
		rc = iam_fill(w, row->arn, row->policy, v, &r);
	if (rc == RC_OK && row->policy != NULL && strcmp(row->policy, "*") == 0)
		r.policy = "*";
	return rc == RC_OK ? iam_add_own(w, &r) : rc;
}

/* A function's name, with a qualifier of its own or beside it. */
static enum rc
add_function(struct iam_work *w, const struct iam_row *row, struct span v)
{
	const uint8_t *mark = memmem(v.p, v.len, ":function:", 10);
	struct span qualifier = { 0 };
	bool there = false;
	struct buf b;
	enum rc rc;

	if ((rc = iam_value(w, "Qualifier", &qualifier, &there)) != RC_OK)
		return rc;
	buf_init(&b, 4 * APICALL_VALUE);
	if (!span_starts(v, "arn:") && mark != NULL) {
		buf_printf(
		    &b, "arn:%s:lambda:%s:", w->place->partition, w->place->region);
		buf_span_put(&b, v);
	} else {
		buf_span_put(&b, v);
	}
	if (there) {
		buf_text(&b, ":");
		buf_span_put(&b, qualifier);
	}
	rc = buf_ok(&b) ? add_filled(w, row, buf_span(&b)) : err_memory(w->err);
	buf_clear(&b);
	return rc;
}

static struct span
take_part(struct span *rest, char end)
{
	const uint8_t *at = rest->len == 0 ? NULL : memchr(rest->p, end, rest->len);
	size_t n = at == NULL ? rest->len : (size_t)(at - rest->p);
	struct span part = span_make(rest->p, n);

	n += at != NULL;
	*rest = span_make(rest->p + n, rest->len - n);
	return part;
}

/* https://sqs.REGION.amazonaws.com/ACCOUNT/IAM_NAME, the older REGION.queue.amazonaws.com,
 * or a bare name, which the service takes too. */
static enum rc
add_queue(struct iam_work *w, const struct iam_row *row, struct span v)
{
	struct span rest = v, host, account, region;
	struct buf b;
	enum rc rc;

	if (!span_starts(v, "https://") && !span_starts(v, "http://"))
		return memchr(v.p, '/', v.len) == NULL
			   ? add_filled(w,
				 &(struct iam_row){
				     .arn = "sqs:{r}:{a}:{v}", .form = IAM_NAME },
				 v)
			   : err_set(w->err, RC_REFUSE, "QueueUrl is malformed");
	take_part(&rest, ':');
	rest = span_make(rest.p + 2, rest.len - 2);
	host = take_part(&rest, '/');
	account = take_part(&rest, '/');
	region = take_part(&host, '.');
	if (span_is(region, "sqs"))
		region = take_part(&host, '.');
	if (region.len == 0 || account.len == 0 || rest.len == 0 ||
	    memchr(rest.p, '/', rest.len) != NULL)
		return err_set(w->err, RC_REFUSE, "QueueUrl is malformed");
	buf_init(&b, 2 * APICALL_VALUE);
	buf_span_put(&b, span_is(region, "queue") ? span_of("us-east-1") : region);
	buf_text(&b, ":");
	buf_span_put(&b, account);
	buf_text(&b, ":");
	buf_span_put(&b, rest);
	rc = buf_ok(&b) ? add_filled(w, row, buf_span(&b)) : err_memory(w->err);
	buf_clear(&b);
	return rc;
}

static enum rc
add_parameter(struct iam_work *w, const struct iam_row *row, struct span v)
{
	if (span_starts(v, "arn:"))
		return add_filled(w, row, v);
	if (v.len > 0 && v.p[0] == '/')
		v = span_make(v.p + 1, v.len - 1);
	/* A version or label behind a colon is no part of the name. */
	return add_filled(w, row, take_part(&v, ':'));
}

/* The folder itself and all that is in it. */
static enum rc
add_path(struct iam_work *w, const struct iam_row *row, struct span v)
{
	const struct iam_row below = { .arn = "ssm:{r}:{a}:parameter{v}/*" };
	enum rc rc;

	if (v.len == 0 || v.p[0] != '/')
		return err_set(w->err, RC_REFUSE, "Path begins with no slash");
	if (v.len > 1 && v.p[v.len - 1] == '/')
		v.len--;
	if (v.len == 1)
		return add_filled(
		    w, &(struct iam_row){ .arn = "ssm:{r}:{a}:parameter{v}*" }, v);
	rc = add_filled(w, row, v);
	return rc == RC_OK ? add_filled(w, &below, v) : rc;
}

static enum rc
add_zone(struct iam_work *w, const struct iam_row *row, struct span v)
{
	struct span rest = v;

	while (rest.len > 0)
		v = take_part(&rest, '/');
	return add_filled(w, row, v);
}

static enum rc
add_key(struct iam_work *w, const struct iam_row *row, struct span v)
{
	const struct iam_row alias = { .arn = "kms:{r}:{a}:{v}",
		.policy = "kms:{r}:{a}:key/*" };

	return add_filled(w, span_starts(v, "alias/") ? &alias : row, v);
}

/* A revision is named, or any of the family's. */
static enum rc
add_family(struct iam_work *w, const struct iam_row *row, struct span v)
{
	struct iam_row exact = *row;

	if (v.len > 0 && memchr(v.p, ':', v.len) != NULL && row->policy != NULL &&
	    strcmp(row->policy, "*") != 0)
		exact.policy = NULL;
	return add_filled(w, &exact, v);
}

static enum rc (*const forms[])(
    struct iam_work *w, const struct iam_row *row, struct span v) = {
	[IAM_NAME] = add_filled,
	[IAM_FUNCTION] = add_function,
	[IAM_QUEUE_URL] = add_queue,
	[IAM_PARAMETER] = add_parameter,
	[IAM_PATH] = add_path,
	[IAM_ZONE_ID] = add_zone,
	[IAM_KEY] = add_key,
	[IAM_FAMILY] = add_family,
};

static enum rc
use(struct iam_work *w, const struct iam_row *row)
{
	const struct apicall_param *p;
	size_t at = 0;
	enum rc rc = RC_OK;

	if (row->arn == NULL)
		return RC_OK;
	if (row->member[0] == 0)
		return add_filled(w, row, span_of(NULL));
	while (rc == RC_OK && (p = apicall_next(w->call, row->member, &at)) != NULL) {
		if (!p->known)
			return err_set(w->err, RC_REFUSE,
			    "the value of %s is not known", row->member);
		if (p->value.len == 0)
			return err_set(w->err, RC_REFUSE, "%s is empty", row->member);
		rc = forms[row->form](w, row, p->value);
	}
	return rc;
}

enum rc
iam_names(struct iam_work *w)
{
	bool own = false;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < iam_rows_n && rc == RC_OK; i++) {
		const struct iam_row *row = &iam_rows[i];

		if (!iam_same(row->service, w->service.name) ||
		    (row->operations != NULL ? !iam_listed(row->operations, w->op.name)
					     : own))
			continue;
		own = own || row->operations != NULL;
		rc = use(w, row);
	}
	return rc;
}
