/* The request as it goes on; see onward.h.  Decides nothing: what may not go on was
 * refused by resolve. */
#include "broker/gate/onward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "broker/gate/carry.h"
#include "broker/gate/route.h"
#include "lib/base/uri.h"

#define TEXT_MAX (4 * HEAD_BYTES)
#define LENGTH_DIGITS 15

struct store {
	struct buf text; /* has its room from the start, so that it does not move */
	struct sigv4_header headers[HEAD_HEADERS + 2];
};

static bool
named(struct span name, const char *word)
{
	return name.len == strlen(word) &&
	       strncasecmp((const char *)name.p, word, name.len) == 0;
}

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

static struct span
since(const struct buf *b, size_t start)
{
	return span_make(b->p + start, b->len - start);
}

/* S3's path in its canonical spelling, others as they came: that is what each side
 * signs and decodes alike. */
static enum rc
put_path(const struct head *h, const struct place *p, struct buf *text,
    struct span *ret, struct refused *why)
{
	struct span path = head_path(h);
	size_t start = text->len;
	struct err err = { "" };

	path = span_make(path.p + p->strip, path.len - p->strip);
	if (path.len == 0)
		buf_u8(text, '/');
	else if (!p->s3_rules)
		buf_span_put(text, path);
	else if (sigv4_path(path, true, text, &err) != RC_OK)
		return refused_bad(why, "%s", err.text);
	*ret = since(text, start);
	return RC_OK;
}

static enum rc
put_query(const struct head *h, struct buf *text, struct span *ret, struct refused *why)
{
	struct span rest = head_query(h);
	struct err err = { "" };
	struct buf kept, key;
	size_t start = text->len;
	enum rc rc = RC_OK;

	buf_init(&kept, HEAD_BYTES);
	buf_init(&key, HEAD_BYTES);
	while (rest.len > 0) {
		struct span pair = next_part(&rest, '&'), value = pair;

		buf_reset(&key);
		uri_decode(&key, next_part(&value, '='));
		if (pair.len == 0 || route_ignored(buf_span(&key)))
			continue;
		if (kept.len > 0)
			buf_u8(&kept, '&');
		buf_span_put(&kept, pair);
	}
	if (!buf_ok(&kept) || !buf_ok(&key))
		rc = refused_failed(why, "out of memory");
	else if (sigv4_query(buf_span(&kept), text, &err) != RC_OK)
		rc = refused_bad(why, "%s", err.text);
	*ret = since(text, start);
	buf_clear(&kept);
	buf_clear(&key);
	return rc;
}

/* Content-Encoding without what was undone. */
static struct span
put_coding(struct span value, bool drop_framing, bool inflated, struct buf *text)
{
	size_t start = text->len;

	while (value.len > 0) {
		struct span one = next_part(&value, ',');

		while (one.len > 0 && one.p[0] == ' ')
			one = span_make(one.p + 1, one.len - 1);
		while (one.len > 0 && one.p[one.len - 1] == ' ')
			one.len--;
		if (one.len == 0 || (drop_framing && named(one, "aws-chunked")) ||
		    (inflated && named(one, "gzip")))
			continue;
		if (text->len > start)
			buf_u8(text, ',');
		buf_span_put(text, one);
	}
	return since(text, start);
}

static void
put_header(struct onward *o, struct store *s, struct span name, struct span value)
{
	s->headers[o->n_headers++] = (struct sigv4_header){ name, value };
}

static void
put_headers(const struct head *h, const struct place *p, bool inflated,
    struct onward *o, struct store *s, enum carry kind)
{
	bool drop = o->framed && o->chunks.mode == AWSCHUNKS_DECODE;
	const struct sigv4_header *all;
	size_t n;

	all = head_headers(h, &n);
	for (size_t i = 0; i < n; i++) {
		enum carry this = carry_kind(all[i].name);
		struct span value = all[i].value;

		if (this == CARRY_NONE)
			this = CARRY_SIGN; /* a member: resolve let it pass */
		if (this != kind ||
		    (drop && (named(all[i].name, "x-amz-decoded-content-length") ||
				 named(all[i].name, "x-amz-trailer"))))
			continue;
		if (named(all[i].name, "content-encoding")) {
			value = put_coding(value, drop, inflated && !p->s3, &s->text);
			if (value.len == 0)
				continue;
		}
		/* What is packed cannot be masked. */
		if (named(all[i].name, "accept-encoding"))
			value = span_of("identity");
		put_header(o, s, all[i].name, value);
	}
}

static bool
read_length(const struct head *h, uint64_t *ret)
{
	struct span s = { 0 };

	if (head_find(h, "x-amz-decoded-content-length", &s) == 0 || s.len == 0 ||
	    s.len > LENGTH_DIGITS)
		return false;
	*ret = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*ret = *ret * 10 + (uint64_t)(s.p[i] - '0');
	}
	return true;
}

/* Trailers are sums over the body; anything else would be a header that nobody
 * judged. */
static bool
sums_only(struct span names)
{
	static const char sum[] = "x-amz-checksum-";

	while (names.len > 0) {
		struct span one = next_part(&names, ',');

		while (one.len > 0 && one.p[0] == ' ')
			one = span_make(one.p + 1, one.len - 1);
		if (one.len < sizeof sum ||
		    strncasecmp((const char *)one.p, sum, sizeof sum - 1) != 0)
			return false;
	}
	return true;
}

static enum rc
set_frames(
    const struct head *h, const struct authz *a, struct onward *o, struct refused *why)
{
	static const enum awschunks_mode modes[] = {
		[AUTHZ_STREAM_UNSIGNED] = AWSCHUNKS_FOLLOW,
		[AUTHZ_STREAM_SIGNED] = AWSCHUNKS_DECODE,
		[AUTHZ_STREAM_SIGNED_TRAILER] = AWSCHUNKS_REFRAME,
	};

	o->framed = a->payload >= AUTHZ_STREAM_UNSIGNED;
	head_find(h, "x-amz-trailer", &o->chunks.trailers);
	if (o->chunks.trailers.len > 0 &&
	    (!o->framed || a->payload == AUTHZ_STREAM_SIGNED ||
		!sums_only(o->chunks.trailers)))
		return refused_bad(why, "x-amz-trailer names what is not taken");
	if (!o->framed)
		return RC_OK;
	o->chunks.mode = modes[a->payload];
	if (!read_length(h, &o->chunks.length))
		return refused_set(why, 411, "MissingContentLength",
		    "x-amz-decoded-content-length is not there or ill-formed");
	return RC_OK;
}

static void
set_payload(const struct head *h, const struct authz *a, const struct place *p,
    bool inflated, struct onward *o)
{
	static const char unsigned_payload[] = "UNSIGNED-PAYLOAD",
			  trailer[] = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
	const char *const payloads[] = {
		[AUTHZ_NONE] = NULL,
		[AUTHZ_HASH] = a->hash,
		[AUTHZ_UNSIGNED] = unsigned_payload,
		[AUTHZ_STREAM_UNSIGNED] = trailer,
		[AUTHZ_STREAM_SIGNED] = unsigned_payload,
		[AUTHZ_STREAM_SIGNED_TRAILER] = trailer,
	};

	o->payload = inflated ? NULL : payloads[a->payload];
	o->with_hash = a->payload != AUTHZ_NONE || p->s3_rules;
	o->s3_rules = p->s3_rules;
	o->has_length = head_body(h) != HEAD_CHUNKED;
	o->length = head_length(h);
	if (!o->framed || o->chunks.mode == AWSCHUNKS_FOLLOW)
		return;
	o->has_length = o->chunks.mode == AWSCHUNKS_DECODE;
	o->length = o->has_length ? o->chunks.length : 0;
}

static enum rc
fill(const struct head *h, const struct authz *a, const struct place *p, bool inflated,
    struct onward *o, struct store *s, struct refused *why)
{
	enum rc rc;

	o->method = head_method(h);
	o->host = p->host;
	if ((rc = put_path(h, p, &s->text, &o->path, why)) != RC_OK ||
	    (rc = put_query(h, &s->text, &o->query, why)) != RC_OK ||
	    (rc = set_frames(h, a, o, why)) != RC_OK)
		return rc;
	set_payload(h, a, p, inflated, o);
	put_header(o, s, span_of("host"), span_of(p->host));
	put_headers(h, p, inflated, o, s, CARRY_SIGN);
	o->n_signed = o->n_headers;
	put_headers(h, p, inflated, o, s, CARRY_PLAIN);
	o->headers = s->headers;
	return buf_ok(&s->text) ? RC_OK : refused_failed(why, "out of memory");
}

enum rc
onward_new(const struct head *h, const struct authz *a, const struct place *p,
    bool inflated, struct onward *ret, struct refused *why)
{
	struct store *s = calloc(1, sizeof *s);
	struct onward o = { .store = s };
	enum rc rc;

	if (s == NULL)
		return refused_failed(why, "out of memory");
	buf_init(&s->text, TEXT_MAX);
	if (buf_room(&s->text, TEXT_MAX) == NULL)
		rc = refused_failed(why, "out of memory");
	else
		rc = fill(h, a, p, inflated, &o, s, why);
	if (rc == RC_OK)
		*ret = o;
	else
		onward_clear(&o);
	return rc;
}

void
onward_clear(struct onward *o)
{
	struct store *s = o->store;

	if (s != NULL)
		buf_clear(&s->text);
	free(s);
	*o = (struct onward){ .n_headers = 0 };
}
