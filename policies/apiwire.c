/* Members to where they stand on the wire; see apiwire.h.  The gate's onward.c does not
 * fit: it passes on what a client wrote. */
#include "policies/apiwire.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/uri.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

struct maker {
	const struct apicall *c;
	struct awsmodel_service service;
	struct awsmodel_operation op;
	struct apiwire *w;
	bool in_host; /* the bucket is in the host's name */
	struct err *err;
};

/* ---- where it goes ---- */

/* Services of one endpoint in a partition; elsewhere the model says it. */
static const struct {
	const char *service, *partition, *host, *region;
} homes[] = {
	{ "iam", "cn-", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1" },
	{ "iam", "us-gov-", "iam.us-gov.amazonaws.com", "us-gov-west-1" },
	{ "route53", "cn-", "route53.amazonaws.com.cn", "cn-northwest-1" },
	{ "route53", "us-gov-", "route53.us-gov.amazonaws.com", "us-gov-west-1" },
};

/* Services that want a version of JSON other than 1.1 in the content type. */
static const char *const json10[] = { "dynamodb", "stepfunctions", "sqs" };

static bool
lower_label(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    (s.p[i] != '-' || i == 0 || i + 1 == s.len))
			return false;
	return s.len > 0;
}

/* Labels of small letters, digits and inner dashes; none of the endings that lead
 * elsewhere than to a bucket. */
static bool
bucket_name(struct span s)
{
	static const char *const others[] = { "-s3alias", "--ol-s3", ".mrap", "--x-s3",
		"--xa-s3", "--op-s3", "--table-s3" };
	struct span left = s;

	for (size_t i = 0; i < ROWS(others); i++) {
		size_t n = strlen(others[i]);

		if (s.len >= n && memcmp(s.p + s.len - n, others[i], n) == 0)
			return false;
	}
	while (left.len > 0) {
		const uint8_t *dot = memchr(left.p, '.', left.len);
		size_t n = dot == NULL ? left.len : (size_t)(dot - left.p);

		if (!lower_label(span_make(left.p, n)))
			return false;
		if (dot != NULL && n + 1 == left.len)
			return false;
		n += dot != NULL;
		left = span_make(left.p + n, left.len - n);
	}
	return s.len >= 3 && s.len <= 63;
}

static const struct apicall_param *
value_of(const struct apicall *c, const char *name)
{
	size_t at = 0;

	return apicall_next(c, name, &at);
}

/* A dot in the bucket's name would not fit the certificate: then it goes into the
 * path. */
static enum rc
put_bucket(struct maker *m, char prefix[APIWIRE_HOST])
{
	const struct apicall_param *p = value_of(m->c, "Bucket");

	prefix[0] = '\0';
	if (p == NULL)
		return RC_OK;
	if (!p->known || !bucket_name(p->value))
		return err_set(m->err, RC_REFUSE, "the bucket is no plain name");
	m->in_host = memchr(p->value.p, '.', p->value.len) == NULL;
	if (m->in_host)
		snprintf(prefix, APIWIRE_HOST, "%.*s.", (int)p->value.len,
		    (const char *)p->value.p);
	return RC_OK;
}

static enum rc
put_host(struct maker *m)
{
	const char *region = apicall_region(m->c);
	const char *end = strncmp(region, "cn-", 3) == 0 ? ".cn" : "";
	const bool here = m->service.global[0] == '\0';
	char prefix[APIWIRE_HOST] = "";
	struct apiwire *w = m->w;
	enum rc rc;
	int n;

	if (!lower_label(span_of(region)) || strlen(region) >= APIWIRE_REGION)
		return err_set(m->err, RC_REFUSE, "an ill-formed region");
	for (size_t i = 0; i < ROWS(homes); i++) {
		if (strcmp(homes[i].service, m->service.name) != 0 ||
		    strncmp(region, homes[i].partition, strlen(homes[i].partition)))
			continue;
		snprintf(w->host, sizeof w->host, "%s", homes[i].host);
		snprintf(w->region, sizeof w->region, "%s", homes[i].region);
		return RC_OK;
	}
	if (w->s3 && (rc = put_bucket(m, prefix)) != RC_OK)
		return rc;
	snprintf(w->region, sizeof w->region, "%s",
	    here || w->s3 ? region : m->service.global);
	if (here || w->s3)
		n = snprintf(w->host, sizeof w->host, "%s%s.%s.amazonaws.com%s", prefix,
		    m->service.endpoint, region, end);
	else
		n = snprintf(w->host, sizeof w->host, "%s.amazonaws.com%s",
		    m->service.endpoint, end);
	return n > 0 && (size_t)n < sizeof w->host
		   ? RC_OK
		   : err_set(m->err, RC_REFUSE, "a host name that is too long");
}

/* ---- members ---- */

static enum rc
unfit(const struct maker *m, const char *name)
{
	return err_set(
	    m->err, RC_REFUSE, "%s: %s cannot be asked for here", m->op.name, name);
}

/* A member that may stand in a body or query: itself, or a list's element. */
static bool
plain(const struct awsmodel_param *p)
{
	return p->type == AWSMODEL_STRING || p->type == AWSMODEL_NUMBER ||
	       p->type == AWSMODEL_BOOLEAN || p->type == AWSMODEL_TEXTS;
}

static void
put_form(struct maker *m, const struct awsmodel_param *p, struct span value, unsigned i)
{
	char name[APICALL_TOP + 64];

	if (p->type != AWSMODEL_TEXTS)
		snprintf(name, sizeof name, "%s", p->wire);
	else if (p->item[0] == '\0')
		snprintf(name, sizeof name, "%s.%u", p->wire, i);
	else
		snprintf(name, sizeof name, "%s.%s.%u", p->wire, p->item, i);
	uri_form(&m->w->body, name, value);
}

static void
put_json_text(struct buf *b, struct span s)
{
	buf_u8(b, '"');
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_printf(b, "\\%c", s.p[i]);
		else if (s.p[i] < 0x20)
			buf_printf(b, "\\u%04x", s.p[i]);
		else
			buf_u8(b, s.p[i]);
	buf_u8(b, '"');
}

/* A number or boolean as the words had it goes out only if it is one. */
static bool
bare(const struct awsmodel_param *p, struct span s)
{
	if (p->type == AWSMODEL_BOOLEAN)
		return span_is(s, "true") || span_is(s, "false");
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0 && s.len < 20 && (s.len == 1 || s.p[0] != '0');
}

static void
put_json(struct maker *m, const struct awsmodel_param *p, struct span value, unsigned i)
{
	struct buf *b = &m->w->body;

	if (i == 1) {
		buf_text(b, b->len > 1 ? "," : "");
		put_json_text(b, span_of(p->wire));
		buf_text(b, p->type == AWSMODEL_TEXTS ? ":[" : ":");
	} else
		buf_text(b, ",");
	if (p->type == AWSMODEL_STRING || p->type == AWSMODEL_TEXTS)
		put_json_text(b, value);
	else
		buf_span_put(b, value);
}

/* All values of one member, which stand together. */
static enum rc
put_values(struct maker *m, const struct awsmodel_param *p)
{
	const bool json = m->w->protocol == AWSMODEL_JSON;
	const struct apicall_param *v;
	unsigned i = 0;
	size_t at = 0;

	while ((v = apicall_next(m->c, p->name, &at)) != NULL) {
		if (!v->known || !text_utf8(v->value) ||
		    (i > 0 && p->type != AWSMODEL_TEXTS))
			return unfit(m, p->name);
		if ((p->type == AWSMODEL_NUMBER || p->type == AWSMODEL_BOOLEAN) &&
		    !bare(p, v->value))
			return unfit(m, p->name);
		i++;
		if (p->place == AWSMODEL_QUERY_STRING)
			uri_form(&m->w->query, p->wire, v->value);
		else if (json)
			put_json(m, p, v->value, i);
		else
			put_form(m, p, v->value, i);
	}
	if (json && p->place == AWSMODEL_BODY && p->type == AWSMODEL_TEXTS)
		buf_text(&m->w->body, "]");
	return RC_OK;
}

static enum rc
put_member(struct maker *m, const char *name)
{
	const bool rest =
	    m->w->protocol == AWSMODEL_REST_JSON || m->w->protocol == AWSMODEL_REST_XML;
	struct awsmodel_param p;

	if (!awsmodel_param(&m->op, span_of(name), &p) || !plain(&p))
		return unfit(m, name);
	if (p.place == AWSMODEL_PATH)
		return RC_OK; /* the template asks for it */
	if (p.place == AWSMODEL_QUERY_STRING || (p.place == AWSMODEL_BODY && !rest))
		return put_values(m, &p);
	return unfit(m, name);
}

/* Each once, in the order of the call. */
static enum rc
put_members(struct maker *m)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < apicall_count(m->c) && rc == RC_OK; i++) {
		const char *name = apicall_at(m->c, i)->name;
		size_t first;

		for (first = 0; strcmp(apicall_at(m->c, first)->name, name) != 0;
		     first++)
			;
		if (first == i)
			rc = put_member(m, name);
	}
	return rc;
}

/* ---- the path ---- */

/* "", "." and ".." would be taken for something else on the way. */
static bool
segments_ok(struct span s)
{
	while (true) {
		const uint8_t *slash = s.len == 0 ? NULL : memchr(s.p, '/', s.len);
		size_t n = slash == NULL ? s.len : (size_t)(slash - s.p);

		if (span_is(span_make(s.p, n), ".") ||
		    span_is(span_make(s.p, n), "..") || (n == 0 && slash != NULL))
			return false;
		if (slash == NULL)
			return true;
		s = span_make(slash + 1, s.len - n - 1);
	}
}

/* One label "{Name}" or "{Name+}", at its brace; *at is moved behind it. */
static enum rc
put_label(struct maker *m, const char **at)
{
	const size_t n = strcspn(*at + 1, "+}");
	const bool greedy = (*at)[1 + n] == '+';
	const struct apicall_param *v;
	struct awsmodel_param p;
	char wire[APICALL_TOP];

	if (!span_copy(span_make(*at + 1, n), wire, sizeof wire) ||
	    !awsmodel_param_wire(&m->op, AWSMODEL_PATH, span_of(wire), &p))
		return unfit(m, "a label of its path");
	*at += n + 2 + greedy;
	if ((v = value_of(m->c, p.name)) == NULL || !v->known || v->value.len == 0 ||
	    !segments_ok(v->value))
		return unfit(m, p.name);
	if (m->in_host && strcmp(p.name, "Bucket") == 0) {
		m->w->path.len--; /* with the slash before it */
		return RC_OK;
	}
	uri_encode(&m->w->path, v->value, greedy ? "/" : "");
	return RC_OK;
}

static enum rc
put_path(struct maker *m)
{
	const struct apicall_param *b = value_of(m->c, "Bucket");
	const char *at = m->op.path;
	enum rc rc;

	/* Later models leave the bucket to whoever makes the host. */
	if (m->w->s3 && b != NULL && !m->in_host && strstr(at, "{Bucket}") == NULL) {
		buf_text(&m->w->path, "/");
		buf_span_put(&m->w->path, b->value);
	}
	while (*at != '\0' && *at != '?') {
		if (*at != '{')
			buf_u8(&m->w->path, (uint8_t)*at++);
		else if ((rc = put_label(m, &at)) != RC_OK)
			return rc;
	}
	if (m->w->path.len == 0)
		buf_text(&m->w->path, "/");
	if (*at == '?')
		buf_text(&m->w->query, at + 1);
	return RC_OK;
}

/* ---- the whole ---- */

static enum rc
begin_body(struct maker *m, bool dry)
{
	struct apiwire *w = m->w;

	switch (w->protocol) {
	case AWSMODEL_JSON:
		w->type = "application/x-amz-json-1.1";
		for (size_t i = 0; i < ROWS(json10); i++)
			if (strcmp(json10[i], m->service.name) == 0)
				w->type = "application/x-amz-json-1.0";
		snprintf(w->target, sizeof w->target, "%s.%s", m->service.target,
		    m->op.name);
		buf_text(&w->body, "{");
		break;
	case AWSMODEL_QUERY:
	case AWSMODEL_EC2:
		w->type = "application/x-www-form-urlencoded; charset=utf-8";
		uri_form(&w->body, "Action", span_of(m->op.name));
		uri_form(&w->body, "Version", span_of(m->service.version));
		break;
	default:
		break;
	}
	if (!dry)
		return RC_OK;
	if (w->protocol != AWSMODEL_EC2 || value_of(m->c, "DryRun") != NULL)
		return unfit(m, "DryRun");
	uri_form(&w->body, "DryRun", span_of("true"));
	return RC_OK;
}

static enum rc
make(struct maker *m, bool dry)
{
	struct apiwire *w = m->w;
	enum rc rc;

	if (!awsmodel_service(apicall_service(m->c), &m->service) ||
	    !awsmodel_operation(
		&m->service, span_of(apicall_operation(m->c)), &m->op) ||
	    (m->op.flags & (AWSMODEL_HOST_PREFIX | AWSMODEL_NO_AUTH)))
		return err_set(m->err, RC_REFUSE, "an operation that is not asked for");
	w->method = m->op.method;
	w->service = m->service.signing;
	w->protocol = m->service.protocol;
	w->s3 = strcmp(m->service.name, "s3") == 0;
	if ((rc = put_host(m)) != RC_OK || (rc = put_path(m)) != RC_OK ||
	    (rc = begin_body(m, dry)) != RC_OK || (rc = put_members(m)) != RC_OK)
		return rc;
	if (w->protocol == AWSMODEL_JSON)
		buf_text(&w->body, "}");
	return buf_ok(&w->path) && buf_ok(&w->query) && buf_ok(&w->body)
		   ? RC_OK
		   : err_set(m->err, RC_REFUSE, "%s: too long", m->op.name);
}

enum rc
apiwire_make(const struct apicall *c, bool dry, struct apiwire *ret, struct err *err)
{
	struct apiwire w = { .method = NULL };
	struct maker m = { .c = c, .w = &w, .err = err };
	enum rc rc;

	buf_init(&w.path, APIWIRE_BODY);
	buf_init(&w.query, APIWIRE_BODY);
	buf_init(&w.body, APIWIRE_BODY);
	if ((rc = make(&m, dry)) == RC_OK)
		*ret = w;
	else
		apiwire_clear(&w);
	return rc;
}

void
apiwire_clear(struct apiwire *w)
{
	buf_clear(&w->path);
	buf_clear(&w->query);
	buf_clear(&w->body);
}
