/* Events of API calls; see callrecord.h. */
#include "broker/gate/callrecord.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "recorder/b64.h"

/* A text of anybody's. */
static json_t *
text(struct span s)
{
	struct buf shown;
	json_t *j;

	if (text_utf8(s))
		return json_stringn((const char *)s.p, s.len);
	buf_init(&shown, s.len * 4 + 1);
	text_escape(&shown, s);
	j = json_stringn((const char *)shown.p, shown.len);
	buf_clear(&shown);
	return j;
}

static json_t *
cut_text(struct span s, size_t most)
{
	json_t *j;

	if (s.len <= most)
		return text(s);
	s.len = most;
	s.len -= text_partial(s);
	j = text(s);
	return j;
}

static void
set_text(json_t *o, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		json_object_set_new(o, name, text(span_of(value)));
}

static enum rc
dump(json_t *o, bool good, char **ret, struct err *err)
{
	char *s = good ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	if (s == NULL)
		return err_memory(err);
	*ret = s;
	return RC_OK;
}

/* All that stands before the last dot: members of one structure share it. */
static struct span
structure(const char *name)
{
	const char *dot = strrchr(name, '.');

	return span_make(name, dot != NULL ? (size_t)(dot - name) : 0);
}

/* Where it is known whether a structure's values are secrets: of the last one alone,
 * since values come in rows. */
struct beside {
	const struct apicall *call;
	struct span of;
	bool asked, secret;
};

/* Does a sibling say so?  Of a list of structures, one speaks for all: which value
 * belongs to which name is not known any more. */
static bool
beside_secret(struct beside *b, const struct apicall_param *p)
{
	struct span of = structure(p->name);
	const struct apicall_param *q;
	size_t n = apicall_count(b->call);

	if (b->asked && span_eq(b->of, of))
		return b->secret;
	*b = (struct beside){ .call = b->call, .of = of, .asked = true };
	b->secret = of.len > 0 && fields_secret(of);
	for (size_t i = 0; i < n && !b->secret; i++) {
		q = apicall_at(b->call, i);
		b->secret = q->known && span_eq(structure(q->name), of) &&
			    fields_tells(span_of(q->name), q->value);
	}
	return b->secret;
}

static json_t *
value_of(struct beside *b, const struct apicall_param *p)
{
	struct span name = span_of(p->name);
	struct buf masked;
	json_t *j;

	if (!p->known)
		return json_null();
	if (fields_presigned(p->value))
		return json_string(FIELDS_MASK);
	if (!fields_harmless(p->value) &&
	    (fields_secret(name) || fields_secret_of(b->call, name) ||
		(fields_value(name) && beside_secret(b, p))))
		return json_string(FIELDS_MASK);
	buf_init(&masked, 2 * APICALL_VALUE + 4096);
	fields_mask(fields_form(span_of(NULL), p->value), NULL, p->value, &masked);
	if (!buf_ok(&masked)) {
		buf_clear(&masked);
		return json_string(FIELDS_MASK);
	}
	j = cut_text(buf_span(&masked), CALLRECORD_VALUE);
	buf_clear(&masked);
	return j;
}

/* A list of values, or null when one of them is not known. */
static void
add_param(json_t *params, struct beside *b, const struct apicall_param *p, size_t *left)
{
	json_t *list = json_object_get(params, p->name);
	size_t size = strlen(p->name) + (p->known ? p->value.len : 0) + 8;

	if (size > *left)
		*left = 0;
	if (*left == 0)
		return;
	*left -= size;
	if (!p->known)
		json_object_set_new(params, p->name, json_null());
	else if (list == NULL)
		json_object_set_new(params, p->name, json_pack("[o]", value_of(b, p)));
	else if (json_is_array(list))
		json_array_append_new(list, value_of(b, p));
}

static void
add_call(json_t *o, const struct apicall *call)
{
	json_t *params = json_object();
	struct beside b = { .call = call };
	size_t left = CALLRECORD_PARAMS, n = apicall_count(call);

	json_object_set_new(o, "service", text(span_of(apicall_service(call))));
	json_object_set_new(o, "operation", text(span_of(apicall_operation(call))));
	json_object_set_new(o, "region", text(span_of(apicall_region(call))));
	for (size_t i = 0; i < n && left > 0; i++)
		add_param(params, &b, apicall_at(call, i), &left);
	json_object_set_new(o, "params", params);
	if (left == 0)
		json_object_set_new(o, "params_cut", json_true());
}

static void
add_once(json_t *list, const char *value)
{
	const char *s;
	json_t *v;
	size_t i;

	json_array_foreach(list, i,
	    v) if ((s = json_string_value(v)) != NULL && strcmp(s, value) == 0) return;
	json_array_append_new(list, cut_text(span_of(value), 2 * CALLRECORD_VALUE));
}

static void
add_needs(json_t *o, const struct iam_needs *needs)
{
	json_t *arns = json_array(), *actions = json_array();
	size_t n = needs->n < CALLRECORD_RESOURCES ? needs->n : CALLRECORD_RESOURCES;

	for (size_t i = 0; i < n; i++) {
		add_once(arns, needs->v[i].arn);
		add_once(actions, needs->v[i].action);
	}
	json_object_set_new(o, "resources", arns);
	json_object_set_new(o, "actions", actions);
	if (n < needs->n)
		json_object_set_new(o, "needs", json_integer((json_int_t)needs->n));
}

static void
add_known(json_t *o, const struct callrecord *c)
{
	if (c->number != 0)
		json_object_set_new(o, "call", json_integer(c->number));
	if (c->call != NULL)
		add_call(o, c->call);
	if (c->needs != NULL)
		add_needs(o, c->needs);
	set_text(o, "method", c->method);
	set_text(o, "host", c->host);
	if (c->path.len > 0)
		json_object_set_new(o, "path", cut_text(c->path, 2048));
	if (c->agent.len > 0)
		json_object_set_new(o, "agent", cut_text(c->agent, CALLRECORD_VALUE));
}

enum rc
callrecord_begin(const struct callrecord *c, char **ret, struct err *err)
{
	json_t *o = json_pack("{s:s}", "t", "aws.call");

	if (o == NULL)
		return err_memory(err);
	add_known(o, c);
	json_object_set_new(o, "bytes",
	    c->has_bytes ? json_integer((json_int_t)c->bytes) : json_null());
	json_object_set_new(
	    o, "sha256", c->sha256 != NULL ? json_string(c->sha256) : json_null());
	json_object_set_new(o, "verdict", json_string("allow"));
	set_text(o, "rule", c->rule);
	set_text(o, "hold", c->hold);
	set_text(o, "policy", c->policy);
	return dump(o, true, ret, err);
}

enum rc
callrecord_refused(const struct callrecord *c, const char *code, const char *reason,
    char **ret, struct err *err)
{
	json_t *o = json_pack("{s:s}", "t", "aws.refused");

	if (o == NULL)
		return err_memory(err);
	set_text(o, "code", code);
	set_text(o, "reason", reason);
	add_known(o, c);
	set_text(o, "rule", c->rule);
	set_text(o, "hold", c->hold);
	set_text(o, "policy", c->policy);
	return dump(o, true, ret, err);
}

enum rc
callrecord_done(const struct callrecord_end *e, char **ret, struct err *err)
{
	json_t *o = json_pack("{s:s,s:I,s:i,s:I,s:I,s:I}", "t", "aws.done", "call",
	    (json_int_t)e->number, "status", (int)e->status, "sent",
	    (json_int_t)e->sent, "received", (json_int_t)e->received, "ms",
	    (json_int_t)e->ms);

	if (o == NULL)
		return err_memory(err);
	if (e->request_id.len > 0)
		json_object_set_new(o, "request_id", cut_text(e->request_id, 256));
	set_text(o, "sent_sha256", e->sent_sha256);
	set_text(o, "received_sha256", e->received_sha256);
	set_text(o, "error", e->error);
	set_text(o, "cut", e->cut);
	if (e->masked > 0)
		json_object_set_new(o, "masked", json_integer((json_int_t)e->masked));
	if (e->revealed)
		json_object_set_new(o, "revealed", json_true());
	return dump(o, true, ret, err);
}

enum rc
callrecord_body(uint32_t number, const char *of, unsigned part, bool last,
    struct span bytes, bool truncated, char **ret, struct err *err)
{
	json_t *o = json_pack("{s:s,s:I,s:s,s:i,s:b,s:b}", "t", "aws.body", "call",
	    (json_int_t)number, "of", of, "part", (int)part, "last", last, "truncated",
	    truncated);
	struct buf b64;

	if (o == NULL)
		return err_memory(err);
	if (text_utf8(bytes)) {
		json_object_set_new(
		    o, "text", json_stringn((const char *)bytes.p, bytes.len));
		return dump(o, true, ret, err);
	}
	buf_init(&b64, 4 * (CALLRECORD_PIECE / 3 + 2));
	b64_put(&b64, bytes);
	json_object_set_new(o, "b64", json_stringn((const char *)b64.p, b64.len));
	buf_clear(&b64);
	return dump(o, true, ret, err);
}

/* ---- codes ---- */

static bool
plain_code(struct span code)
{
	for (size_t i = 0; i < code.len; i++)
		if (!isalnum(code.p[i]) &&
		    (code.p[i] == '\0' || strchr("._-:/", code.p[i]) == NULL))
			return false;
	return code.len > 0;
}

/* The text behind a mark, to the byte that ends it. */
static bool
take_code(struct span body, const char *mark, char end, char *ret, size_t size)
{
	const uint8_t *at = memmem(body.p, body.len, mark, strlen(mark)), *stop, *hash;
	const uint8_t *limit = body.p + body.len;

	if (at == NULL)
		return false;
	at += strlen(mark);
	/* What JSON allows between a name and its value. */
	while (end == '"' && at < limit && memchr(": \"", *at, 3) != NULL)
		at++;
	if ((stop = memchr(at, end, (size_t)(limit - at))) == NULL)
		return false;
	/* "com.amazon.coral#Name" */
	if ((hash = memrchr(at, '#', (size_t)(stop - at))) != NULL)
		at = hash + 1;
	return plain_code(span_make(at, (size_t)(stop - at))) &&
	       span_copy(span_make(at, (size_t)(stop - at)), ret, size);
}

bool
callrecord_code(struct span body, char *ret, size_t size)
{
	ret[0] = '\0';
	return body.len > 0 && (take_code(body, "<Code>", '<', ret, size) ||
				   take_code(body, "\"__type\"", '"', ret, size) ||
				   take_code(body, "\"code\"", '"', ret, size));
}
