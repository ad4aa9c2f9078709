/* Which operation a request names, by the three ways that AWS's protocols have for it.
 * What would fit two ways is refused. */
#include "broker/gate/resolve_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool
type_is(struct span type, const char *word)
{
	size_t n = strlen(word);

	return type.len >= n && strncasecmp((const char *)type.p, word, n) == 0 &&
	       (type.len == n || type.p[n] == ';' || type.p[n] == ' ');
}

static struct span
own_path(const struct request *r)
{
	struct span s = head_path(r->h);

	return span_make(s.p + r->p->strip, s.len - r->p->strip);
}

static bool
at_root(const struct request *r)
{
	struct span s = own_path(r);

	return s.len == 0 || span_is(s, "/");
}

/* Services that speak JSON by now while older models have them as forms. */
static const char *
target_of(const struct awsmodel_service *s)
{
	static const struct {
		const char *name, *target;
	} newer[] = { { "sqs", "AmazonSQS" },
		{ "cloudwatch", "GraniteServiceVersion20100801" } };

	for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++)
		if (strcmp(s->name, newer[i].name) == 0)
			return newer[i].target;
	return s->target;
}

/* "DynamoDB_20120810.PutItem" */
static enum rc
read_target(struct request *r, struct span target)
{
	struct span type = { 0 };

	head_find(r->h, "content-type", &type);
	if (strcmp(head_method(r->h), "POST") != 0 || !at_root(r) ||
	    head_query(r->h).len > 0)
		return refused_bad(r->why,
		    "a request with X-Amz-Target is a POST to / without parameters");
	if (!type_is(type, "application/x-amz-json-1.0") &&
	    !type_is(type, "application/x-amz-json-1.1"))
		return refused_bad(
		    r->why, "a request with X-Amz-Target has a body in JSON");
	for (size_t i = 0; i < r->p->n_services; i++) {
		struct awsmodel_service *s = &r->route.service;
		const char *prefix;
		size_t n;

		awsmodel_service_at(r->p->services[i], s);
		prefix = target_of(s);
		n = strlen(prefix);
		if (n == 0 || target.len <= n + 1 || !span_starts(target, prefix) ||
		    target.p[n] != '.')
			continue;
		r->by_name = s->protocol != AWSMODEL_JSON;
		if (awsmodel_operation(s,
			span_make(target.p + n + 1, target.len - n - 1), &r->route.op))
			return RC_OK;
	}
	return refused_denied(r->why, "X-Amz-Target names no operation that is known");
}

static bool
has_forms(const struct place *p)
{
	for (size_t i = 0; i < p->n_services; i++) {
		struct awsmodel_service s;

		awsmodel_service_at(p->services[i], &s);
		if (s.protocol == AWSMODEL_QUERY || s.protocol == AWSMODEL_EC2)
			return true;
	}
	return false;
}

static bool
has_rest(const struct place *p)
{
	for (size_t i = 0; i < p->n_services; i++) {
		struct awsmodel_service s;

		awsmodel_service_at(p->services[i], &s);
		if (s.protocol == AWSMODEL_REST_JSON || s.protocol == AWSMODEL_REST_XML)
			return true;
	}
	return false;
}

/* Each parameter that begins so, in any case; a blank or a quote is none of UTF-8. */
enum rc
request_charset(const struct request *r)
{
	static const char name[] = "charset", value[] = "=utf-8";
	struct span rest = { 0 };

	head_find(r->h, "content-type", &rest);
	for (; rest.len >= sizeof name - 1;
	     rest = span_make(rest.p + 1, rest.len - 1)) {
		const char *p = (const char *)rest.p + sizeof name - 1;
		size_t n = rest.len - (sizeof name - 1), m = sizeof value - 1;

		if (strncasecmp((const char *)rest.p, name, sizeof name - 1) != 0)
			continue;
		if (n < m || strncasecmp(p, value, m) != 0 ||
		    (n > m && p[m] != ';' && p[m] != ' '))
			return refused_bad(r->why, "only UTF-8 is read");
	}
	return RC_OK;
}

/* Bodies that nobody here reads, or that could be read in two ways. */
static enum rc
check_type(const struct request *r)
{
	struct span type = { 0 };

	if (head_find(r->h, "smithy-protocol", NULL) > 0)
		return refused_set(r->why, 400, "UnsupportedProtocol",
		    "CBOR is not read here: the client must speak JSON or XML");
	if (head_find(r->h, "content-type", &type) == 0)
		return RC_OK;
	if (type_is(type, "multipart/form-data"))
		return refused_bad(r->why, "uploads by a form are not taken");
	if (type_is(type, "application/cbor") ||
	    type_is(type, "application/x-amz-cbor-1.1"))
		return refused_set(r->why, 400, "UnsupportedProtocol",
		    "CBOR is not read here: the client must speak JSON or XML");
	/* S3's types are those of objects, too. */
	return r->p->s3 ? RC_OK : request_charset(r);
}

/* Only what presigning adds. */
static enum rc
no_query(const struct request *r)
{
	struct formbody f;
	enum rc rc = formbody_read(head_query(r->h), 0, &f, r->why);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < f.n && rc == RC_OK; i++)
		if (!route_ignored(f.v[i].name))
			rc = refused_bad(r->why,
			    "parameters stand in the path's query and in the body");
	formbody_clear(&f);
	return rc;
}

enum rc
request_read(const struct head *h, const struct place *p, struct request *ret,
    struct refused *why)
{
	static const char form[] = "application/x-www-form-urlencoded";
	struct request r = { .h = h, .p = p, .why = why };
	struct span target = { 0 }, type = { 0 };
	bool is_form, get = strcmp(head_method(h), "GET") == 0;
	enum rc rc;

	if ((rc = check_type(&r)) != RC_OK)
		return rc;
	head_find(h, "content-type", &type);
	is_form =
	    type_is(type, form) || (get && sigv4_query_has(head_query(h), "Action"));
	if (head_find(h, "x-amz-target", &target) > 0) {
		r.way = WAY_TARGET;
		rc = read_target(&r, target);
	} else if (has_forms(p) && (is_form || !has_rest(p))) {
		r.way = WAY_FORM;
		if (!get && (!type_is(type, form) || strcmp(head_method(h), "POST")))
			rc = refused_bad(why, "the request is no form");
		else if (!get)
			rc = no_query(&r);
	} else if (type_is(type, form) && !p->s3) {
		rc = refused_bad(why, "this service takes no forms");
	} else {
		rc = route_find(h, p, &r.route, why);
	}
	if (rc == RC_OK)
		*ret = r;
	else
		request_clear(&r);
	return rc;
}

/* SQS's older clients post to the queue's own path: it must be the queue's that the
 * form names. */
static enum rc
check_queue(const struct request *r)
{
	const struct span *url = formbody_find(&r->form, "QueueUrl");
	struct span path = own_path(r);

	if (at_root(r))
		return RC_OK;
	if (strcmp(r->route.service.name, "sqs") != 0 || url == NULL ||
	    url->len <= path.len || span_starts(*url, "/") ||
	    memcmp(url->p + url->len - path.len, path.p, path.len) != 0 ||
	    memchr(path.p, '%', path.len) != NULL)
		return refused_bad(r->why, "a form is posted to /");
	return RC_OK;
}

/* What presigning added is no parameter of the form. */
static void
drop_ignored(struct formbody *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (!route_ignored(f->v[i].name))
			f->v[n++] = f->v[i];
	f->n = n;
}

static enum rc
find_action(struct request *r)
{
	const struct span *action = formbody_find(&r->form, "Action"),
			  *version = formbody_find(&r->form, "Version");

	if (action == NULL || version == NULL)
		return refused_bad(r->why, "a form needs an Action and a Version");
	for (size_t i = 0; i < r->p->n_services; i++) {
		struct awsmodel_service *s = &r->route.service;

		awsmodel_service_at(r->p->services[i], s);
		if ((s->protocol == AWSMODEL_QUERY || s->protocol == AWSMODEL_EC2) &&
		    span_is(*version, s->version) &&
		    awsmodel_operation(s, *action, &r->route.op))
			return check_queue(r);
	}
	return refused_denied(r->why, "Action names no operation that is known");
}

enum rc
request_form(struct request *r, struct span body)
{
	bool get = strcmp(head_method(r->h), "GET") == 0;
	enum rc rc;

	if (get && body.len > 0)
		return refused_bad(r->why, "a GET has no body");
	rc = formbody_read(
	    get ? head_query(r->h) : body, get ? 0 : FORMBODY_PLUS, &r->form, r->why);
	if (rc != RC_OK)
		return rc;
	if (get)
		drop_ignored(&r->form);
	return find_action(r);
}

void
request_clear(struct request *r)
{
	route_clear(&r->route);
	formbody_clear(&r->form);
}
