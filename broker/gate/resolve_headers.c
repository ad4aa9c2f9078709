/* Headers that are members of an operation; and none may come along that is neither one
 * nor on the list of carry.h. */
#include "broker/gate/resolve_parts.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "broker/gate/carry.h"

static bool
named(struct span name, const char *word)
{
	return name.len == strlen(word) &&
	       strncasecmp((const char *)name.p, word, name.len) == 0;
}

/* "x-amz-meta-": each header that begins so is a key of the map. */
static bool
find_map(
    const struct awsmodel_operation *op, struct span name, struct awsmodel_param *ret)
{
	for (uint32_t i = 0; i < op->n_params; i++) {
		struct awsmodel_param p;
		size_t n;

		awsmodel_param_at(op, i, &p);
		n = strlen(p.wire);
		if (p.place == AWSMODEL_HEADERS && n > 0 && name.len > n &&
		    strncasecmp((const char *)name.p, p.wire, n) == 0) {
			*ret = p;
			return true;
		}
	}
	return false;
}

static enum rc
put_map(struct gather *g, const struct awsmodel_param *p, struct span name)
{
	size_t n = strlen(p->wire), at;
	char key[HEAD_NAME];
	enum rc rc;

	if (name.len - n >= sizeof key)
		return refused_bad(g->why, "too long a name of a header");
	for (size_t i = n; i < name.len; i++)
		key[i - n] = (char)tolower(name.p[i]);
	if ((rc = gather_present(g, p)) != RC_OK ||
	    (rc = gather_enter(g, p->name, &at)) != RC_OK)
		return rc;
	rc = gather_key(g, span_make(key, name.len - n));
	gather_leave(g, at);
	return rc;
}

/* "aws-chunked" names the framing of this request, not of the object. */
static struct span
without_framing(struct span value)
{
	static const char word[] = "aws-chunked";
	size_t n = sizeof word - 1;

	if (value.len >= n && strncasecmp((const char *)value.p, word, n) == 0)
		value = span_make(value.p + n, value.len - n);
	else if (value.len >= n &&
		 strncasecmp((const char *)value.p + value.len - n, word, n) == 0)
		value.len -= n;
	while (value.len > 0 && (value.p[0] == ',' || value.p[0] == ' '))
		value = span_make(value.p + 1, value.len - 1);
	while (value.len > 0 &&
	       (value.p[value.len - 1] == ',' || value.p[value.len - 1] == ' '))
		value.len--;
	return value;
}

/* A list stands in one header with commas between. */
static enum rc
put_member(struct gather *g, const struct awsmodel_param *p, struct span value)
{
	enum rc rc = RC_OK;

	if (p->type != AWSMODEL_TEXTS)
		return gather_text(g, p, value);
	while (value.len > 0 && rc == RC_OK) {
		const uint8_t *comma = memchr(value.p, ',', value.len);
		size_t n = comma == NULL ? value.len : (size_t)(comma - value.p);
		struct span one = span_make(value.p, n);

		n += comma != NULL;
		value = span_make(value.p + n, value.len - n);
		while (one.len > 0 && one.p[0] == ' ')
			one = span_make(one.p + 1, one.len - 1);
		rc = gather_text(g, p, one);
	}
	return rc;
}

static enum rc
put_header(const struct request *r, struct gather *g, const struct sigv4_header *h)
{
	enum carry kind = carry_kind(h->name);
	struct span value = h->value;
	struct awsmodel_param p;

	if (kind == CARRY_HOP)
		return RC_OK;
	if (named(h->name, "content-encoding")) {
		value = without_framing(value);
		if (value.len == 0 || (named(value, "gzip") && !r->p->s3))
			return RC_OK; /* undone before the body is judged */
		kind = CARRY_NONE;
	}
	if (awsmodel_param_wire(&r->route.op, AWSMODEL_HEADER, h->name, &p))
		return put_member(g, &p, value);
	if (find_map(&r->route.op, h->name, &p))
		return put_map(g, &p, h->name);
	if (kind != CARRY_NONE)
		return RC_OK;
	return refused_denied(r->why, "the header %.*s is no part of %s",
	    (int)(h->name.len > 64 ? 64 : h->name.len), (const char *)h->name.p,
	    r->route.op.name);
}

enum rc
request_headers(const struct request *r, struct gather *g)
{
	const struct sigv4_header *headers;
	size_t n;
	enum rc rc;

	headers = head_headers(r->h, &n);
	for (size_t i = 0; i < n; i++)
		if ((rc = put_header(r, g, &headers[i])) != RC_OK)
			return rc;
	return RC_OK;
}
