/* From the wire to a call; see resolve.h. */
#include "broker/gate/resolve_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "broker/gate/jsonbody.h"
#include "lib/base/uri.h"
#include "policies/iam.h"

static const struct awsmodel_operation *
op_of(const struct request *r)
{
	return &r->route.op;
}

/* The member that is the whole body. */
static bool
find_payload(const struct awsmodel_operation *op, struct awsmodel_param *ret)
{
	for (uint32_t i = 0; i < op->n_params; i++) {
		awsmodel_param_at(op, i, ret);
		if (ret->place == AWSMODEL_PAYLOAD)
			return true;
	}
	return false;
}

static bool
has_body_members(const struct awsmodel_operation *op, bool *blob)
{
	struct awsmodel_param p;
	bool found = false;

	*blob = false;
	for (uint32_t i = 0; i < op->n_params; i++) {
		awsmodel_param_at(op, i, &p);
		if (p.place != AWSMODEL_BODY && p.place != AWSMODEL_PAYLOAD)
			continue;
		found = true;
		*blob =
		    *blob || p.type == AWSMODEL_BLOB || p.type == AWSMODEL_STRUCTURE;
	}
	return found;
}

static bool
framed(const struct authz *a)
{
	return a->payload == AUTHZ_STREAM_UNSIGNED ||
	       a->payload == AUTHZ_STREAM_SIGNED ||
	       a->payload == AUTHZ_STREAM_SIGNED_TRAILER;
}

enum rc
resolve_plan(const struct head *h, const struct authz *a, const struct place *p,
    struct resolve_plan *ret, struct refused *why)
{
	struct request r;
	bool blob = false, gzip = head_find(h, "content-encoding", NULL) > 0 && !p->s3;
	enum rc rc;

	if ((rc = request_read(h, p, &r, why)) != RC_OK)
		return rc;
	ret->streamed = false;
	ret->most = RESOLVE_BODY;
	if (r.way != WAY_FORM && op_of(&r)->flags & AWSMODEL_EVENTS_IN)
		rc = refused_set(why, 501, "NotImplemented",
		    "requests that are streams of events are not taken");
	else if (r.way == WAY_REST && op_of(&r)->flags & AWSMODEL_STREAM_IN && !gzip)
		ret->streamed = a->payload != AUTHZ_NONE;
	if (rc == RC_OK && r.way != WAY_FORM) {
		has_body_members(op_of(&r), &blob);
		ret->most = blob ? RESOLVE_BODY_BLOB : RESOLVE_BODY;
	}
	if (rc == RC_OK && framed(a) && !ret->streamed)
		rc = refused_bad(
		    why, "the body of %s is not sent in chunks", op_of(&r)->name);
	request_clear(&r);
	return rc;
}

static enum rc
inflate_all(struct span body, struct buf *plain, struct refused *why)
{
	z_stream z = { .next_in = (Bytef *)body.p, .avail_in = (uInt)body.len };
	int code = inflateInit2(&z, 16 + MAX_WBITS);

	if (code != Z_OK)
		return refused_failed(why, "out of memory");
	while (code == Z_OK && plain->len <= RESOLVE_INFLATED) {
		uint8_t *room = buf_room(plain, 65536);

		if (room == NULL)
			break;
		z.next_out = room;
		z.avail_out = 65536;
		code = inflate(&z, Z_NO_FLUSH);
		plain->len += 65536 - z.avail_out;
		/* Nothing is left, and no end was seen: it is cut short. */
		if (code == Z_OK && z.avail_in == 0 && z.avail_out > 0)
			break;
	}
	inflateEnd(&z);
	if (plain->len > RESOLVE_INFLATED)
		return refused_set(why, 413, "RequestEntityTooLarge",
		    "the body is too long once it is decoded");
	if (!buf_ok(plain))
		return refused_failed(why, "out of memory");
	if (code != Z_STREAM_END || z.avail_in > 0)
		return refused_bad(why, "the body is no gzip, or not one alone");
	return RC_OK;
}

enum rc
resolve_body(const struct head *h, const struct place *p, struct span body,
    struct buf *plain, bool *same, struct refused *why)
{
	struct span coding = { 0 };

	buf_reset(plain);
	*same = true;
	if (p->s3 || head_find(h, "content-encoding", &coding) == 0)
		return RC_OK;
	if (coding.len != 4 || strncasecmp((const char *)coding.p, "gzip", 4) != 0)
		return refused_bad(why, "another coding of the body than gzip");
	if (body.len > RESOLVE_BODY_BLOB)
		return refused_set(
		    why, 413, "RequestEntityTooLarge", "the body is too long");
	*same = false;
	return inflate_all(body, plain, why);
}

/* Labels of the path. */
static enum rc
put_labels(const struct request *r, struct gather *g)
{
	struct buf text;
	enum rc rc = RC_OK;

	buf_init(&text, HEAD_BYTES + 256);
	for (size_t i = 0; i < r->route.n_labels && rc == RC_OK; i++) {
		const struct route_label *label = &r->route.labels[i];
		struct awsmodel_param p;

		buf_reset(&text);
		uri_decode(&text, label->raw);
		if (!buf_ok(&text))
			rc = refused_failed(g->why, "out of memory");
		else if (!awsmodel_param_wire(
			     op_of(r), AWSMODEL_PATH, span_of(label->wire), &p))
			rc = gather_unknown(g, span_of(label->wire));
		else if (r->p->s3 && strcmp(p.name, "Bucket") == 0 &&
			 !place_bucket(buf_span(&text)))
			rc = refused_denied(g->why,
			    "what stands for the bucket is no bucket's name (access "
			    "points and directory buckets are not taken)");
		else
			rc = gather_text(g, &p, buf_span(&text));
	}
	buf_clear(&text);
	return rc;
}

static enum rc
put_query_map(struct gather *g, const struct formbody_pair *pair)
{
	struct awsmodel_param p;
	size_t at;
	enum rc rc;

	for (uint32_t i = 0; i < g->op->n_params; i++) {
		awsmodel_param_at(g->op, i, &p);
		if (p.place != AWSMODEL_QUERY_MAP)
			continue;
		if ((rc = gather_present(g, &p)) != RC_OK ||
		    (rc = gather_enter(g, p.name, &at)) != RC_OK)
			return rc;
		rc = gather_key(g, pair->name);
		gather_leave(g, at);
		return rc;
	}
	return RC_OK; /* a literal of the template: the route matched it */
}

static enum rc
put_query(const struct request *r, struct gather *g)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < r->route.query.n && rc == RC_OK; i++) {
		const struct formbody_pair *pair = &r->route.query.v[i];
		struct awsmodel_param p;

		if (route_ignored(pair->name))
			continue;
		if (awsmodel_param_wire(
			op_of(r), AWSMODEL_QUERY_STRING, pair->name, &p))
			rc = gather_text(g, &p, pair->value);
		else
			rc = put_query_map(g, pair);
	}
	return rc;
}

static enum rc
put_json(
    struct gather *g, struct span body, const struct awsmodel_param *payload, bool amz)
{
	json_t *v = NULL;
	enum rc rc;

	/* A service may take nothing for an object without members. */
	if (body.len == 0 && !amz)
		return RC_OK;
	if ((rc = jsonbody_read(body, &v, g->why)) != RC_OK)
		return rc;
	rc = gather_json(g, v, payload);
	json_decref(v);
	return rc;
}

static enum rc
put_xml(const struct request *r, struct gather *g, struct span body,
    const struct awsmodel_param *payload)
{
	struct xmlbody x;
	enum rc rc;

	if (body.len == 0)
		return RC_OK;
	if ((rc = request_charset(r)) != RC_OK ||
	    (rc = xmlbody_read(body, &x, g->why)) != RC_OK)
		return rc;
	rc = gather_xml(g, &x, payload);
	xmlbody_clear(&x);
	return rc;
}

/* JSON is judged, so JSON it must be called. */
static enum rc
check_json_type(const struct request *r)
{
	static const char *const types[] = { "application/json",
		"application/x-amz-json-1.0", "application/x-amz-json-1.1" };
	struct span type = { 0 };

	if (head_find(r->h, "content-type", &type) == 0)
		return RC_OK;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		size_t n = strlen(types[i]);

		if (type.len >= n &&
		    strncasecmp((const char *)type.p, types[i], n) == 0 &&
		    (type.len == n || type.p[n] == ';'))
			return RC_OK;
	}
	return refused_bad(r->why, "the body should be called application/json");
}

static enum rc
put_rest_body(
    const struct request *r, struct gather *g, struct span body, bool streamed)
{
	bool json = r->route.service.protocol == AWSMODEL_REST_JSON, blob;
	struct awsmodel_param payload;
	bool whole = find_payload(op_of(r), &payload);
	enum rc rc;

	if (whole && (payload.type == AWSMODEL_BLOB || streamed))
		return body.len > 0 || streamed ? gather_present(g, &payload) : RC_OK;
	if (whole && payload.type == AWSMODEL_STRING)
		return body.len > 0 ? gather_text(g, &payload, body) : RC_OK;
	if (body.len == 0)
		return RC_OK;
	if (!whole && !has_body_members(op_of(r), &blob) &&
	    !(json && span_is(body, "{}")))
		return refused_bad(g->why, "%s has no body", op_of(r)->name);
	if (!json)
		return put_xml(r, g, body, whole ? &payload : NULL);
	if ((rc = check_json_type(r)) != RC_OK)
		return rc;
	return put_json(g, body, whole ? &payload : NULL, false);
}

static enum rc
put_all(const struct request *r, struct gather *g, struct span body, bool streamed)
{
	enum rc rc;

	if ((rc = request_headers(r, g)) != RC_OK)
		return rc;
	if (r->way == WAY_FORM)
		return gather_form(g, &r->form);
	if (r->way == WAY_TARGET)
		return put_json(g, body, NULL, true);
	if ((rc = put_labels(r, g)) != RC_OK || (rc = put_query(r, g)) != RC_OK)
		return rc;
	return put_rest_body(r, g, body, streamed);
}

/* Copies between regions carry a URL that the client signed for the other one: with keys
 * that AWS does not know.  Said here, it is clearer than what AWS would say. */
static enum rc
no_url_within(const struct apicall *call, struct refused *why)
{
	static const char *const names[] = { "PreSignedUrl", "PresignedUrl" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t at = 0;

		if (apicall_next(call, names[i], &at) != NULL)
			return refused_set(why, 501, "NotImplemented",
			    "copies from another region are not taken: their %s is "
			    "signed with the keys that were given out",
			    names[i]);
	}
	return RC_OK;
}

static enum rc
make_call(struct request *r, const struct place *p, struct span body, bool streamed,
    struct apicall **ret, struct refused *why)
{
	struct gather g = { .service = &r->route.service,
		.op = &r->route.op,
		.by_name = r->by_name,
		.why = why };
	struct err err = { "" };
	enum rc rc;

	rc = apicall_new(g.service->name, g.op->name, p->region, &g.call, &err);
	if (rc != RC_OK)
		return refused_failed(why, "%s", err.text);
	g.paths = iam_paths(g.service->name, g.op->name);
	if ((rc = put_all(r, &g, body, streamed)) == RC_OK)
		rc = no_url_within(g.call, why);
	if (rc == RC_OK)
		*ret = g.call;
	else
		apicall_free(g.call);
	return rc;
}

enum rc
resolve_call(const struct head *h, const struct authz *a, const struct place *p,
    struct span body, struct apicall **ret, struct refused *why)
{
	struct resolve_plan plan;
	struct request r;
	enum rc rc;

	if ((rc = resolve_plan(h, a, p, &plan, why)) != RC_OK ||
	    (rc = request_read(h, p, &r, why)) != RC_OK)
		return rc;
	if (r.way == WAY_FORM)
		rc = request_form(&r, body);
	if (rc == RC_OK)
		rc = make_call(&r, p, body, plan.streamed, ret, why);
	request_clear(&r);
	return rc;
}
