/* REST requests to operations; see route.h. */
#include "broker/gate/route.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/base/uri.h"

struct path {
	struct span segments[ROUTE_SEGMENTS];
	size_t n;
	bool s3;
	bool anew;  /* its spelling is made anew when it goes on: see onward.c */
	bool slash; /* ended with one, which is not a segment of its own here */
};

/* How well a template fits; what is greater goes first. */
struct fit {
	char path[ROUTE_SEGMENTS + 1]; /* a letter a segment */
	unsigned literals;	       /* of the query */
	unsigned required;	       /* members, in query and headers */
};

enum { GREEDY = 'a', LABEL = 'b', LITERAL = 'c' };

static struct span
next_part(struct span *rest, uint8_t separator)
{
	const uint8_t *at =
	    rest->len == 0 ? NULL : memchr(rest->p, separator, rest->len);
	size_t n = at == NULL ? rest->len : (size_t)(at - rest->p);
	struct span part = span_make(rest->p, n);

	n += at != NULL;
	*rest = span_make(rest->p + n, rest->len - n);
	return part;
}

bool
route_ignored(struct span key)
{
	static const char *const names[] = { "x-id", "X-Amz-Algorithm",
		"X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
		"X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Content-Sha256" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_is(key, names[i]))
			return true;
	return false;
}

static enum rc
bad_path(struct refused *why, const char *what)
{
	return refused_bad(
	    why, "the path has %s, which could be read in two ways", what);
}

static bool
unreserved(uint8_t c)
{
	uint8_t low = c | 0x20;

	return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_' || c == '~';
}

/* Escapes of one segment: plain holds what they come to, raw of wire is what stands
 * there.  S3's path, and that of its control, is spelled anew when it goes on, with a
 * slash for an escaped one; others go as they came. */
static enum rc
check_escapes(
    struct span wire, struct span plain, const struct path *p, struct refused *why)
{
	size_t at = 0;

	for (size_t i = 0; i < wire.len; i++, at++) {
		if (wire.p[i] != '%')
			continue;
		i += 2;
		if (p->anew && plain.p[at] == '/')
			return bad_path(why, "an escaped slash");
		if (!p->s3 && unreserved(plain.p[at]))
			return bad_path(why, "an escape that nothing needs");
	}
	return RC_OK;
}

/* Parts by the slashes that were escaped, too. */
static enum rc
check_plain(struct span plain, struct refused *why)
{
	if (!text_utf8(plain))
		return refused_bad(why, "the path is no UTF-8");
	for (size_t i = 0; i < plain.len; i++)
		if (plain.p[i] < 0x20 || plain.p[i] == 0x7F)
			return refused_bad(why, "the path has a control character");
	while (plain.len > 0) {
		struct span part = next_part(&plain, '/');

		if (span_is(part, ".") || span_is(part, ".."))
			return bad_path(why, "a dot segment");
	}
	return RC_OK;
}

static enum rc
check_segment(struct span wire, const struct path *p, struct refused *why)
{
	struct buf plain;
	enum rc rc;

	buf_init(&plain, wire.len + 1);
	if (!uri_decode(&plain, wire))
		rc = refused_bad(why, "the path has a broken escape");
	else if (!buf_ok(&plain))
		rc = refused_failed(why, "out of memory");
	else if ((rc = check_escapes(wire, buf_span(&plain), p, why)) == RC_OK)
		rc = check_plain(buf_span(&plain), why);
	buf_clear(&plain);
	return rc;
}

/* An empty last segment is a slash at the end: part of a key of S3, else nothing. */
static enum rc
split(struct span s, const struct place *p, struct path *ret, struct refused *why)
{
	*ret = (struct path){ .s3 = p->s3, .anew = p->s3_rules };
	s = span_make(s.p + 1, s.len - 1);
	while (s.len > 0) {
		bool slash_follows = s.p[s.len - 1] == '/';
		struct span one = next_part(&s, '/');
		enum rc rc;

		if (one.len == 0)
			return bad_path(why, "an empty segment");
		if (ret->n == ROUTE_SEGMENTS)
			return refused_bad(why, "the path has too many segments");
		if ((rc = check_segment(one, ret, why)) != RC_OK)
			return rc;
		ret->segments[ret->n++] = one;
		ret->slash = s.len == 0 && slash_follows;
	}
	return RC_OK;
}

/* "{Key+}": a label; its name goes to wire. */
static bool
is_label(struct span t, struct route_label *ret, bool *greedy)
{
	if (t.len < 3 || t.p[0] != '{' || t.p[t.len - 1] != '}')
		return false;
	t = span_make(t.p + 1, t.len - 2);
	*greedy = t.p[t.len - 1] == '+';
	t.len -= *greedy;
	return span_copy(t, ret->wire, sizeof ret->wire);
}

/* From the first segment to behind the last, with what stands between them. */
static struct span
joined(const struct path *path, size_t from, size_t to)
{
	const uint8_t *start = path->segments[from].p;
	const struct span *last = &path->segments[to - 1];
	size_t slash = to == path->n && path->slash;

	return span_make(start, (size_t)(last->p + last->len - start) + slash);
}

static size_t
count_segments(struct span t)
{
	size_t n = 0;

	while (t.len > 0)
		n += next_part(&t, '/').len > 0;
	return n;
}

/* Segments against the template's, from left to right. */
static bool
match_path(const struct path *path, struct span t, struct route *r, struct fit *fit)
{
	size_t at = 0, n = 0;

	r->n_labels = 0;
	while (t.len > 0) {
		struct span want = next_part(&t, '/');
		struct route_label *label = &r->labels[r->n_labels];
		size_t take = 1, rest = count_segments(t);
		bool greedy = false;

		if (want.len == 0)
			continue;
		if (at == path->n || r->n_labels == ROUTE_LABELS)
			return false;
		if (!is_label(want, label, &greedy)) {
			fit->path[n++] = LITERAL;
			if (!span_eq(want, path->segments[at++]))
				return false;
			continue;
		}
		if (greedy && path->n - at < rest + 1)
			return false;
		if (greedy)
			take = path->n - at - rest;
		fit->path[n++] = greedy ? GREEDY : LABEL;
		label->raw = greedy ? joined(path, at, at + take) : path->segments[at];
		/* A slash at the end that would be lost. */
		if (greedy && !path->s3 && path->slash && rest == 0)
			return false;
		r->n_labels++;
		at += take;
	}
	fit->path[n] = '\0';
	return at == path->n &&
	       !(path->s3 && path->slash && at > 1 && fit->path[n - 1] != GREEDY);
}

/* Literals of the template's query: "uploads", "list-type=2". */
static bool
match_literals(const struct formbody *query, struct span t, struct fit *fit)
{
	fit->literals = 0;
	while (t.len > 0) {
		struct span value = next_part(&t, '&');
		struct span name = next_part(&value, '=');
		bool found = false;

		for (size_t i = 0; i < query->n; i++)
			found = found || (span_eq(query->v[i].name, name) &&
					     span_eq(query->v[i].value, value));
		if (!found)
			return false;
		fit->literals++;
	}
	return true;
}

static bool
is_literal(struct span t, struct span key)
{
	while (t.len > 0) {
		struct span value = next_part(&t, '&');

		if (span_eq(next_part(&value, '='), key))
			return true;
	}
	return false;
}

static bool
has_map(const struct awsmodel_operation *op)
{
	struct awsmodel_param param;

	for (uint32_t i = 0; i < op->n_params; i++) {
		awsmodel_param_at(op, i, &param);
		if (param.place == AWSMODEL_QUERY_MAP)
			return true;
	}
	return false;
}

/* Each key is a literal or a member, and stands as often as that may. */
static bool
match_keys(
    const struct formbody *query, const struct awsmodel_operation *op, struct span t)
{
	for (size_t i = 0; i < query->n; i++) {
		struct awsmodel_param param = { .type = AWSMODEL_STRING };
		struct span key = query->v[i].name;
		bool often = false;

		if (!route_ignored(key) && !is_literal(t, key)) {
			if (awsmodel_param_wire(op, AWSMODEL_QUERY_STRING, key, &param))
				often = param.type == AWSMODEL_TEXTS ||
					param.type == AWSMODEL_LIST;
			else if (has_map(op))
				often = true;
			else
				return false;
		}
		for (size_t j = 0; j < i && !often; j++)
			if (span_eq(query->v[j].name, key))
				return false;
	}
	return true;
}

static bool
in_query(const struct formbody *query, const char *wire)
{
	return formbody_find(query, wire) != NULL;
}

/* Members that must be there, and tell what the request is. */
static bool
match_required(const struct head *h, const struct formbody *query,
    const struct awsmodel_operation *op, struct fit *fit)
{
	fit->required = 0;
	for (uint32_t i = 0; i < op->n_params; i++) {
		struct awsmodel_param param;
		bool there;

		awsmodel_param_at(op, i, &param);
		if (!param.required || (param.place != AWSMODEL_QUERY_STRING &&
					   param.place != AWSMODEL_HEADER))
			continue;
		there = param.place == AWSMODEL_HEADER
			    ? head_find(h, param.wire, NULL) > 0
			    : in_query(query, param.wire);
		if (!there)
			return false;
		fit->required++;
	}
	return true;
}

/* Old names of operations that newer ones stand beside on the same wire. */
static bool
replaced(const struct awsmodel_service *s, const struct awsmodel_operation *op)
{
	static const char *const names[] = { "GetBucketLifecycle",
		"GetBucketNotification", "PutBucketLifecycle",
		"PutBucketNotification" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(s->name, "s3") == 0 && strcmp(op->name, names[i]) == 0)
			return true;
	return false;
}

static bool
fits(const struct head *h, const struct path *path, struct route *r, struct fit *fit)
{
	struct span query = span_of(r->op.path), t = next_part(&query, '?');

	return strcmp(r->op.method, head_method(h)) == 0 &&
	       !replaced(&r->service, &r->op) && match_path(path, t, r, fit) &&
	       match_literals(&r->query, query, fit) &&
	       match_keys(&r->query, &r->op, query) &&
	       match_required(h, &r->query, &r->op, fit);
}

static int
compare_fits(const struct fit *a, const struct fit *b)
{
	int c = strcmp(a->path, b->path);

	if (c == 0)
		c = (a->literals > b->literals) - (a->literals < b->literals);
	if (c == 0)
		c = (a->required > b->required) - (a->required < b->required);
	return c;
}

static bool
is_rest(const struct awsmodel_service *s)
{
	return s->protocol == AWSMODEL_REST_JSON || s->protocol == AWSMODEL_REST_XML;
}

static enum rc
find_best(const struct head *h, const struct place *p, const struct path *path,
    struct route *r, struct refused *why)
{
	struct route best = *r;
	struct fit best_fit = { .path = "" }, fit;
	bool found = false, twice = false;

	for (size_t i = 0; i < p->n_services; i++) {
		awsmodel_service_at(p->services[i], &r->service);
		for (uint32_t n = 0;
		     is_rest(&r->service) && n < r->service.n_operations; n++) {
			int c;

			awsmodel_operation_at(&r->service, n, &r->op);
			if (!fits(h, path, r, &fit))
				continue;
			c = found ? compare_fits(&fit, &best_fit) : 1;
			/* Of two services that share a wire the first is meant. */
			twice = c > 0 ? false
				      : twice || (c == 0 && r->service.number ==
								best.service.number);
			if (c <= 0)
				continue;
			found = true;
			best = *r;
			best_fit = fit;
		}
	}
	if (!found)
		return refused_denied(why,
		    "the request is for no operation that is known, or has parameters "
		    "that its operation does not have");
	if (twice)
		return refused_denied(why, "the request fits two operations");
	*r = best;
	return RC_OK;
}

/* As if the bucket stood in the path, as the templates have it. */
static void
put_path(const struct head *h, const struct place *p, struct buf *out)
{
	struct span s = head_path(h);

	s = span_make(s.p + p->strip, s.len - p->strip);
	if (p->bucket[0] != '\0')
		buf_printf(out, "/%s", p->bucket);
	if (s.len == 0)
		buf_u8(out, '/');
	buf_span_put(out, s);
}

enum rc
route_find(
    const struct head *h, const struct place *p, struct route *ret, struct refused *why)
{
	struct route r = { .n_labels = 0 };
	struct path path;
	enum rc rc;

	buf_init(&r.path, HEAD_BYTES + 256);
	put_path(h, p, &r.path);
	if (!buf_ok(&r.path)) {
		buf_clear(&r.path);
		return refused_failed(why, "out of memory");
	}
	if ((rc = split(buf_span(&r.path), p, &path, why)) == RC_OK &&
	    (rc = formbody_read(head_query(h), FORMBODY_REPEATS, &r.query, why)) ==
		RC_OK)
		rc = find_best(h, p, &path, &r, why);
	if (rc == RC_OK)
		*ret = r;
	else
		route_clear(&r);
	return rc;
}

void
route_clear(struct route *r)
{
	formbody_clear(&r->query);
	buf_clear(&r->path);
	*r = (struct route){ .n_labels = 0 };
}
