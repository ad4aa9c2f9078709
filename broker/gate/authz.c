/* Signatures of clients; see authz.h.  What a presigned URL says is in the query, else
 * in the headers; both are brought into the same struct and verified alike. */
#include "broker/gate/authz.h"

#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clock.h"
#include "lib/base/uri.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define UNSIGNED "UNSIGNED-PAYLOAD"

/* The parts as they stand in the request, before anything is made of them. */
struct parts {
	struct span credential, names, signature, date, expires;
};

static bool
digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0;
}

static bool
hex_digest(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') &&
		    !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.len == SIGV4_HEX - 1;
}

/* Letters, digits, '-' (and in a key id '_', '.'). */
static bool
word(struct span s, const char *marks)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i], low = c | 0x20;

		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr(marks, c) == NULL))
			return false;
	}
	return s.len > 0 && s.len < AUTHZ_WORD;
}

/* Up to the separator or the end; *rest moves behind it. */
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

/* AKID/20261121/eu-west-1/s3/aws4_request */
static enum rc
read_credential(struct span s, struct authz *a, struct refused *why)
{
	struct span id = next_part(&s, '/'), date = next_part(&s, '/'),
		    region = next_part(&s, '/'), service = next_part(&s, '/');

	if (!word(id, "-_.") || !digits(date) || date.len != 8 || !word(region, "-") ||
	    !word(service, "-") || !span_is(s, "aws4_request"))
		return refused_set(why, 400, "AuthorizationHeaderMalformed",
		    "the signature's credential is no scope of AWS4");
	span_copy(id, a->id, sizeof a->id);
	span_copy(date, a->date, sizeof a->date);
	span_copy(region, a->region, sizeof a->region);
	span_copy(service, a->service, sizeof a->service);
	return RC_OK;
}

/* "20261121T081500Z" */
static bool
read_time(struct span s, uint64_t *ret)
{
	static const unsigned before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273,
		304, 334 };
	unsigned part[6], n = 0; /* year … second */
	uint64_t days;

	if (s.len != 16 || s.p[8] != 'T' || s.p[15] != 'Z' ||
	    !digits(span_make(s.p, 8)) || !digits(span_make(s.p + 9, 6)))
		return false;
	for (size_t at = 0; at < 15; n++) {
		size_t len = at == 0 ? 4 : 2;

		part[n] = 0;
		for (size_t i = 0; i < len; i++)
			part[n] = part[n] * 10 + (unsigned)(s.p[at + i] - '0');
		at += len + (at + len == 8);
	}
	if (part[0] < 1970 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
	    part[2] > 31 || part[3] > 23 || part[4] > 59 || part[5] > 59)
		return false;
	days = (uint64_t)(part[0] - 1970) * 365 + (part[0] - 1969) / 4 -
	       (part[0] - 1901) / 100 + (part[0] - 1601) / 400 + before[part[1] - 1] +
	       part[2] - 1;
	if (part[1] > 2 && part[0] % 4 == 0 &&
	    (part[0] % 100 != 0 || part[0] % 400 == 0))
		days++;
	*ret = ((days * 24 + part[3]) * 60 + part[4]) * 60000 + part[5] * 1000u;
	return true;
}

static enum rc
bad_header(struct refused *why)
{
	return refused_set(why, 400, "AuthorizationHeaderMalformed",
	    "the Authorization header is ill-formed");
}

/* "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…", each once. */
static enum rc
parse_header(struct span s, struct parts *p, struct refused *why)
{
	struct {
		const char *name;
		struct span *value;
	} wanted[] = { { "Credential=", &p->credential },
		{ "SignedHeaders=", &p->names }, { "Signature=", &p->signature } };

	if (!span_is(next_part(&s, ' '), ALGORITHM))
		return refused_set(why, 400, "InvalidRequest",
		    "only signatures by " ALGORITHM " are taken");
	while (s.len > 0) {
		struct span part = next_part(&s, ',');
		bool known = false;

		while (part.len > 0 && part.p[0] == ' ')
			part = span_make(part.p + 1, part.len - 1);
		for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
			size_t n = strlen(wanted[i].name);

			if (!span_starts(part, wanted[i].name))
				continue;
			if (wanted[i].value->p != NULL)
				return bad_header(why);
			*wanted[i].value = span_make(part.p + n, part.len - n);
			known = true;
		}
		if (!known)
			return bad_header(why);
	}
	if (p->credential.p == NULL || p->names.p == NULL || p->signature.p == NULL)
		return bad_header(why);
	return RC_OK;
}

/* A parameter of the query, decoded into text.  *n: how many there are. */
static struct span
parameter(struct span query, const char *name, struct buf *text, size_t *n)
{
	size_t start = text->len, len = 0;

	*n = 0;
	while (query.len > 0) {
		struct span value = next_part(&query, '&');
		struct span key = next_part(&value, '=');
		size_t at = text->len;

		if (!uri_decode(text, key))
			continue; /* sigv4_query refuses it */
		if (!span_is(span_make(text->p + at, text->len - at), name)) {
			text->len = at;
			continue;
		}
		text->len = at;
		if ((*n)++ > 0)
			continue;
		if (!uri_decode(text, value))
			*n = 2; /* as bad as two of them */
		len = text->len - start;
	}
	text->len = start + len;
	return span_make(text->p + start, len);
}

/* text has been given room for all of them, so that it does not move. */
static enum rc
parse_query(struct span query, struct parts *p, struct authz *a, struct buf *text,
    struct refused *why)
{
	struct span algorithm = { 0 }, token = { 0 }, hash = { 0 };
	struct {
		const char *name;
		struct span *value;
		bool optional;
	} wanted[] = {
		{ "X-Amz-Algorithm", &algorithm, false },
		{ "X-Amz-Credential", &p->credential, false },
		{ "X-Amz-Date", &p->date, false },
		{ "X-Amz-Expires", &p->expires, false },
		{ "X-Amz-SignedHeaders", &p->names, false },
		{ "X-Amz-Signature", &p->signature, false },
		{ "X-Amz-Security-Token", &token, true },
		{ "X-Amz-Content-Sha256", &hash, true },
	};
	size_t n;

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		*wanted[i].value = parameter(query, wanted[i].name, text, &n);
		if (n > 1 || (n == 0 && !wanted[i].optional))
			return refused_set(why, 400,
			    "AuthorizationQueryParametersError",
			    "a presigned URL needs %s, once", wanted[i].name);
	}
	if (!buf_ok(text))
		return refused_failed(why, "out of memory");
	if (!span_is(algorithm, ALGORITHM))
		return refused_bad(why, "only signatures by " ALGORITHM " are taken");
	if (token.len > 0)
		return refused_set(why, 403, "InvalidToken",
		    "the keys that were given out have no session token");
	if (hash.len > 0 && !span_is(hash, UNSIGNED))
		return refused_bad(
		    why, "X-Amz-Content-Sha256 may say " UNSIGNED " only");
	a->presigned = true;
	return RC_OK;
}

static enum rc
read_expires(struct span s, struct authz *a, struct refused *why)
{
	if (!a->presigned)
		return RC_OK;
	if (!digits(s) || s.len > 6)
		return refused_set(why, 400, "AuthorizationQueryParametersError",
		    "X-Amz-Expires is no number of seconds");
	for (size_t i = 0; i < s.len; i++)
		a->expires = a->expires * 10 + (unsigned)(s.p[i] - '0');
	if (a->expires == 0 || a->expires > SIGV4_EXPIRES_MAX)
		return refused_set(why, 400, "AuthorizationQueryParametersError",
		    "X-Amz-Expires must be 1 to %u", SIGV4_EXPIRES_MAX);
	return RC_OK;
}

/* S3 and its kin, whose paths are encoded once and whose bodies may be streams. */
static bool
s3_like(const struct authz *a)
{
	static const char *const names[] = { "s3", "s3-outposts", "s3-object-lambda" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(a->service, names[i]) == 0)
			return true;
	return false;
}

static enum rc
read_payload(const struct head *h, struct authz *a, struct refused *why)
{
	static const struct {
		const char *text;
		enum authz_payload kind;
		bool s3_only;
	} words[] = {
		{ UNSIGNED, AUTHZ_UNSIGNED, false },
		{ "STREAMING-UNSIGNED-PAYLOAD-TRAILER", AUTHZ_STREAM_UNSIGNED, true },
		{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", AUTHZ_STREAM_SIGNED, true },
		{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
		    AUTHZ_STREAM_SIGNED_TRAILER, true },
	};
	struct span s = { 0 };

	if (head_find(h, "x-amz-content-sha256", &s) == 0) {
		if (strcmp(a->service, "s3") == 0 && !a->presigned)
			return refused_bad(
			    why, "S3 wants the header x-amz-content-sha256");
		a->payload =
		    strcmp(a->service, "s3") == 0 ? AUTHZ_UNSIGNED : AUTHZ_NONE;
		return RC_OK;
	}
	if (hex_digest(s)) {
		a->payload = AUTHZ_HASH;
		span_copy(s, a->hash, sizeof a->hash);
		return RC_OK;
	}
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!span_is(s, words[i].text) || (words[i].s3_only && !s3_like(a)))
			continue;
		a->payload = words[i].kind;
		return RC_OK;
	}
	return refused_bad(
	    why, "x-amz-content-sha256 names no hash, and no form that is taken");
}

static bool
lower_case(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return false;
	return true;
}

/* Is the name in the list "a;b;c"? */
static bool
listed(const char *list, struct span name)
{
	struct span rest = span_of(list);

	while (rest.len > 0) {
		struct span one = next_part(&rest, ';');

		if (one.len == name.len && strncasecmp((const char *)one.p,
					       (const char *)name.p, one.len) == 0)
			return true;
	}
	return false;
}

static bool
must_be_signed(struct span name)
{
	static const char amz[] = "x-amz-";

	return (name.len == 4 && strncasecmp((const char *)name.p, "host", 4) == 0) ||
	       (name.len >= sizeof amz - 1 &&
		   strncasecmp((const char *)name.p, amz, sizeof amz - 1) == 0);
}

/* The names: lower case, in order, each once, each in the head; and with all of those
 * that must be signed. */
static enum rc
check_names(const struct head *h, const struct authz *a, struct refused *why)
{
	struct span rest = span_of(a->names), before = { 0 };
	const struct sigv4_header *headers;
	size_t n;

	while (rest.len > 0) {
		struct span one = next_part(&rest, ';');
		size_t least = one.len < before.len ? one.len : before.len;
		int c = least == 0 ? 0 : memcmp(before.p, one.p, least);
		char name[HEAD_NAME];

		if (!word(one, "-_.") || !lower_case(one) || c > 0 ||
		    (c == 0 && before.len >= one.len) ||
		    !span_copy(one, name, sizeof name) || head_find(h, name, NULL) == 0)
			return refused_set(why, 403, "SignatureDoesNotMatch",
			    "the signature covers headers that are not there");
		before = one;
	}
	headers = head_headers(h, &n);
	for (size_t i = 0; i < n; i++)
		if (must_be_signed(headers[i].name) &&
		    !listed(a->names, headers[i].name))
			return refused_set(why, 403, "AccessDenied",
			    "the header %.*s is not signed",
			    (int)(headers[i].name.len > 64 ? 64 : headers[i].name.len),
			    (const char *)headers[i].name.p);
	return RC_OK;
}

static enum rc
fill(const struct head *h, const struct parts *p, struct authz *a, struct refused *why)
{
	enum rc rc;

	if ((rc = read_credential(p->credential, a, why)) != RC_OK)
		return rc;
	if (!read_time(p->date, &a->time_ms) || memcmp(p->date.p, a->date, 8) != 0)
		return refused_set(why, 403, "SignatureDoesNotMatch",
		    "the date is ill-formed or not the scope's");
	if (!hex_digest(p->signature) ||
	    !span_copy(p->names, a->names, sizeof a->names))
		return refused_set(
		    why, 403, "SignatureDoesNotMatch", "the signature is ill-formed");
	span_copy(p->signature, a->signature, sizeof a->signature);
	if ((rc = read_expires(p->expires, a, why)) != RC_OK ||
	    (rc = read_payload(h, a, why)) != RC_OK)
		return rc;
	return check_names(h, a, why);
}

enum rc
authz_read(const struct head *h, struct authz *ret, struct refused *why)
{
	bool query = sigv4_query_has(head_query(h), "X-Amz-Signature") ||
		     sigv4_query_has(head_query(h), "X-Amz-Credential");
	struct parts p = { 0 };
	struct span header = { 0 };
	struct authz a = { 0 };
	struct buf text;
	enum rc rc;

	if (head_find(h, "x-amz-security-token", NULL) > 0)
		return refused_set(why, 403, "InvalidToken",
		    "the keys that were given out have no session token");
	if (head_find(h, "authorization", &header) > 0 && query)
		return refused_bad(why, "two signatures, in the head and in the query");
	if (!query && header.p == NULL)
		return refused_set(why, 403, "MissingAuthenticationToken",
		    "the request is not signed");
	buf_init(&text, 2 * HEAD_BYTES);
	buf_room(&text, 2 * HEAD_BYTES);
	if (query) {
		rc = parse_query(head_query(h), &p, &a, &text, why);
	} else {
		head_find(h, "x-amz-date", &p.date);
		rc = parse_header(header, &p, why);
	}
	if (rc == RC_OK && (rc = fill(h, &p, &a, why)) == RC_OK)
		*ret = a;
	buf_clear(&text);
	return rc;
}

static enum rc
check_time(const struct authz *a, uint64_t now_ms, struct refused *why)
{
	uint64_t last =
	    a->time_ms + (a->presigned ? a->expires * 1000ull : AUTHZ_SKEW_MS);

	if (a->time_ms > now_ms + AUTHZ_SKEW_MS)
		return refused_set(why, 403, "RequestTimeTooSkewed",
		    "the request is dated in the future: is the clock right?");
	if (now_ms <= last)
		return RC_OK;
	if (a->presigned)
		return refused_denied(why, "the presigned URL has expired");
	return refused_set(why, 403, "RequestTimeTooSkewed",
	    "the request's date is more than five minutes old: is the clock right?");
}

static const char *
payload_text(const struct authz *a, const char *body_hash)
{
	switch (a->payload) {
	case AUTHZ_NONE:
		return body_hash;
	case AUTHZ_HASH:
		return a->hash;
	case AUTHZ_UNSIGNED:
		return UNSIGNED;
	case AUTHZ_STREAM_UNSIGNED:
		return "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
	case AUTHZ_STREAM_SIGNED:
		return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
	case AUTHZ_STREAM_SIGNED_TRAILER:
		return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
	}
	return NULL;
}

void
authz_key(const struct authz *a, const struct secret *secret, struct sigv4_key *ret)
{
	*ret = (struct sigv4_key){ .access_key_id = a->id,
		.secret = secret,
		.region = a->region,
		.service = a->service,
		.time_ms = a->time_ms };
}

/* The signature that the request should have. */
static enum rc
compute(const struct authz *a, const struct head *h, const struct secret *secret,
    const char *payload, char ret[SIGV4_HEX], struct err *err)
{
	struct sigv4_header signed_ones[HEAD_HEADERS];
	const struct sigv4_header *all;
	struct sigv4_request r = { .method = head_method(h),
		.path = head_path(h),
		.query = head_query(h),
		.headers = signed_ones,
		.payload_hash = payload,
		.s3_rules = s3_like(a) };
	struct sigv4_key key;
	struct buf canonical, text;
	size_t n;
	enum rc rc;

	all = head_headers(h, &n);
	for (size_t i = 0; i < n; i++)
		if (listed(a->names, all[i].name))
			signed_ones[r.n_headers++] = all[i];
	authz_key(a, secret, &key);
	buf_init(&canonical, SIGV4_TEXT_MAX);
	buf_init(&text, 1024);
	if ((rc = sigv4_canon(&r, &canonical, err)) == RC_OK &&
	    (rc = sigv4_to_sign(buf_span(&canonical), &key, &text, err)) == RC_OK)
		rc = sigv4_signature(buf_span(&text), &key, ret, err);
	buf_clear(&canonical);
	buf_clear(&text);
	return rc;
}

enum rc
authz_verify(const struct authz *a, const struct head *h, struct span id,
    const struct secret *secret, uint64_t now_ms, const char *body_hash,
    struct refused *why)
{
	const char *payload = payload_text(a, body_hash);
	char right[SIGV4_HEX];
	struct err err = { "" };
	enum rc rc;

	if (!span_is(id, a->id))
		return refused_set(why, 403, "InvalidClientTokenId",
		    "the access key id is not the one that was given out");
	if ((rc = check_time(a, now_ms, why)) != RC_OK)
		return rc;
	if (payload == NULL)
		return refused_failed(why, "the body was not hashed");
	rc = compute(a, h, secret, payload, right, &err);
	if (rc == RC_REFUSE)
		return refused_bad(why, "the request cannot be signed: %s", err.text);
	if (rc != RC_OK)
		return refused_failed(why, "signing failed");
	if (CRYPTO_memcmp(right, a->signature, SIGV4_HEX - 1) != 0)
		return refused_set(why, 403, "SignatureDoesNotMatch",
		    "the request is not signed with the keys that were given out");
	if (a->payload == AUTHZ_HASH && body_hash != NULL &&
	    strcmp(a->hash, body_hash) != 0)
		return refused_set(why, 400, "XAmzContentSHA256Mismatch",
		    "the body is not the one that was signed");
	return RC_OK;
}
