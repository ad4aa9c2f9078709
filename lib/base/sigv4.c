/* Signing; see sigv4.h.  What both ends must spell alike is in sigv4_canon.c. */
#include "lib/base/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/uri.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define HASH 32
#define SECRET_MAX 256
#define NAME_LEN_MAX 128
#define TIME_MS_MAX 253402300799999u /* the last second of the year 9999 */

static const char scope_end[] = "aws4_request";

enum rc
sigv4_hash(struct span s, char ret[SIGV4_HEX], struct err *err)
{
	uint8_t sum[EVP_MAX_MD_SIZE];

	if (EVP_Digest(s.p == NULL ? "" : (const void *)s.p, s.len, sum, NULL,
		EVP_sha256(), NULL) != 1)
		return err_set(err, RC_FAIL, "SHA-256 failed");
	id_hex(sum, HASH, ret);
	return RC_OK;
}

static bool
hmac(const uint8_t *key, size_t key_len, struct span s, uint8_t ret[HASH])
{
	unsigned len = 0;

	return HMAC(EVP_sha256(), key, (int)key_len, s.p, s.len, ret, &len) != NULL &&
	       len == HASH;
}

/* The key of a day, a region and a service: four steps of HMAC. */
static bool
derive(const struct sigv4_key *k, const char *day, uint8_t ret[HASH])
{
	const char *const steps[] = { day, k->region, k->service, scope_end };
	uint8_t first[4 + SECRET_MAX];
	size_t len = secret_len(k->secret);
	const uint8_t *key = first;
	size_t key_len = 4 + len;
	uint8_t next[HASH];
	bool ok = true;

	memcpy(first, "AWS4", 4);
	memcpy(first + 4, secret_span(k->secret).p, len);
	for (size_t i = 0; i < 4 && ok; i++) {
		ok = hmac(key, key_len, span_of(steps[i]), next);
		memcpy(ret, next, HASH);
		key = ret;
		key_len = HASH;
	}
	explicit_bzero(first, sizeof first);
	explicit_bzero(next, sizeof next);
	return ok;
}

/* Letters, digits and marks that mean nothing in a header, a scope or a URL. */
static bool
plain_name(const char *s)
{
	static const char marks[] = "-_.";
	size_t n = s == NULL ? 0 : strlen(s);

	for (size_t i = 0; i < n; i++) {
		char c = s[i], low = (char)(c | 0x20);

		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') &&
		    strchr(marks, c) == NULL)
			return false;
	}
	return n > 0 && n <= NAME_LEN_MAX;
}

/* A token goes into a header and a URL: printable, no blank. */
static bool
token_ok(const struct secret *token)
{
	struct span s = token == NULL ? span_of("x") : secret_span(token);

	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7F)
			return false;
	return s.len > 0;
}

static enum rc
check_key(const struct sigv4_key *k, struct err *err)
{
	if (!plain_name(k->access_key_id))
		return err_set(err, RC_REFUSE, "an ill-formed access key id");
	if (!plain_name(k->region) || !plain_name(k->service))
		return err_set(err, RC_REFUSE, "an ill-formed region or service");
	if (secret_len(k->secret) == 0 || secret_len(k->secret) > SECRET_MAX)
		return err_set(err, RC_REFUSE, "a secret key of an impossible length");
	if (!token_ok(k->token))
		return err_set(err, RC_REFUSE, "an ill-formed session token");
	if (k->time_ms > TIME_MS_MAX)
		return err_set(err, RC_REFUSE, "a time that no date can show");
	return RC_OK;
}

/* "20150830/us-east-1/iam/aws4_request" */
static void
put_scope(struct buf *b, const struct sigv4_key *k)
{
	char date[17];

	clock_basic(k->time_ms, date);
	buf_printf(b, "%.8s/%s/%s/%s", date, k->region, k->service, scope_end);
}

enum rc
sigv4_signature(struct span to_sign, const struct sigv4_key *k, char ret[SIGV4_HEX],
    struct err *err)
{
	uint8_t key[HASH], sum[HASH];
	char day[17];
	enum rc rc;

	if ((rc = check_key(k, err)) != RC_OK)
		return rc;
	clock_basic(k->time_ms, day);
	day[8] = '\0';
	if (!derive(k, day, key) || !hmac(key, HASH, to_sign, sum))
		rc = err_set(err, RC_FAIL, "HMAC failed");
	else
		id_hex(sum, HASH, ret);
	explicit_bzero(key, sizeof key);
	return rc;
}

enum rc
sigv4_to_sign(
    struct span canonical, const struct sigv4_key *k, struct buf *ret, struct err *err)
{
	char hash[SIGV4_HEX], date[17];
	enum rc rc;

	if ((rc = sigv4_hash(canonical, hash, err)) != RC_OK)
		return rc;
	clock_basic(k->time_ms, date);
	buf_printf(ret, ALGORITHM "\n%s\n", date);
	put_scope(ret, k);
	buf_printf(ret, "\n%s", hash);
	return buf_ok(ret) ? RC_OK : err_memory(err);
}

/* From a request that has all that is signed to its signature. */
static enum rc
sign_request(const struct sigv4_request *r, const struct sigv4_key *k,
    char ret[SIGV4_HEX], struct err *err)
{
	struct buf canonical, text;
	enum rc rc;

	buf_init(&canonical, SIGV4_TEXT_MAX);
	buf_init(&text, 1024);
	if ((rc = sigv4_canon(r, &canonical, err)) == RC_OK &&
	    (rc = sigv4_to_sign(buf_span(&canonical), k, &text, err)) == RC_OK)
		rc = sigv4_signature(buf_span(&text), k, ret, err);
	buf_clear(&canonical);
	buf_clear(&text);
	return rc;
}

static bool
named(const struct sigv4_header *h, const char *name)
{
	return h->name.len == strlen(name) &&
	       strncasecmp((const char *)h->name.p, name, h->name.len) == 0;
}

static enum rc
check_headers(const struct sigv4_request *r, bool with_hash, struct err *err)
{
	static const char *const ours[] = { "authorization", "x-amz-date",
		"x-amz-security-token" };

	for (size_t i = 0; i < r->n_headers; i++) {
		const struct sigv4_header *h = &r->headers[i];
		bool bad = with_hash && named(h, "x-amz-content-sha256");

		for (size_t j = 0; j < sizeof ours / sizeof ours[0]; j++)
			bad = bad || named(h, ours[j]);
		if (bad)
			return err_set(err, RC_REFUSE,
			    "header %zu is one that signing adds", i + 1);
	}
	return RC_OK;
}

static void
put_line(struct buf *b, const struct sigv4_header *h)
{
	buf_span_put(b, h->name);
	buf_text(b, ": ");
	buf_span_put(b, h->value);
	buf_text(b, "\r\n");
}

static enum rc
put_authorization(const struct sigv4_request *r, const struct sigv4_key *k,
    const char *signature, struct buf *lines, struct err *err)
{
	enum rc rc;

	buf_printf(
	    lines, "Authorization: " ALGORITHM " Credential=%s/", k->access_key_id);
	put_scope(lines, k);
	buf_text(lines, ", SignedHeaders=");
	if ((rc = sigv4_names(r, lines, err)) != RC_OK)
		return rc;
	buf_printf(lines, ", Signature=%s\r\n", signature);
	return buf_ok(lines) ? RC_OK
			     : err_set(err, RC_REFUSE, "the headers are too long");
}

enum rc
sigv4_header(const struct sigv4_request *r, const struct sigv4_key *k, bool with_hash,
    struct buf *lines, char signature[SIGV4_HEX], struct err *err)
{
	struct sigv4_header all[SIGV4_HEADERS_MAX];
	struct sigv4_request full = *r;
	size_t n = r->n_headers;
	char date[17];
	enum rc rc;

	if (n > SIGV4_HEADERS_MAX - 3)
		return err_set(err, RC_REFUSE, "too many headers to sign");
	if ((rc = check_key(k, err)) != RC_OK ||
	    (rc = check_headers(r, with_hash, err)) != RC_OK)
		return rc;
	if (n > 0)
		memcpy(all, r->headers, n * sizeof *all);
	clock_basic(k->time_ms, date);
	all[n++] = (struct sigv4_header){ span_of("X-Amz-Date"), span_of(date) };
	if (k->token != NULL)
		all[n++] = (struct sigv4_header){ span_of("X-Amz-Security-Token"),
			secret_span(k->token) };
	if (with_hash)
		all[n++] = (struct sigv4_header){ span_of("X-Amz-Content-SHA256"),
			span_of(r->payload_hash) };
	full.headers = all;
	full.n_headers = n;
	if ((rc = sign_request(&full, k, signature, err)) != RC_OK)
		return rc;
	for (size_t i = r->n_headers; i < n; i++)
		put_line(lines, &all[i]);
	return put_authorization(&full, k, signature, lines, err);
}

/* What signing adds to a query may not be there already: the canonical form would
 * carry it twice, and which one counts is the server's guess. */
static enum rc
check_query(struct span query, struct err *err)
{
	static const char *const ours[] = { "X-Amz-Algorithm", "X-Amz-Credential",
		"X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
		"X-Amz-Security-Token", "X-Amz-Signature" };

	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (sigv4_query_has(query, ours[i]))
			return err_set(
			    err, RC_REFUSE, "the query holds %s already", ours[i]);
	return RC_OK;
}

static enum rc
put_query(const struct sigv4_request *r, const struct sigv4_key *k, unsigned expires,
    struct buf *q, struct err *err)
{
	struct buf part;
	char date[17], seconds[16];
	enum rc rc;

	buf_init(&part, SIGV4_TEXT_MAX);
	clock_basic(k->time_ms, date);
	snprintf(seconds, sizeof seconds, "%u", expires);
	buf_span_put(q, r->query);
	uri_form(q, "X-Amz-Algorithm", span_of(ALGORITHM));
	buf_printf(&part, "%s/", k->access_key_id);
	put_scope(&part, k);
	uri_form(q, "X-Amz-Credential", buf_span(&part));
	uri_form(q, "X-Amz-Date", span_of(date));
	uri_form(q, "X-Amz-Expires", span_of(seconds));
	buf_reset(&part);
	if ((rc = sigv4_names(r, &part, err)) == RC_OK)
		uri_form(q, "X-Amz-SignedHeaders", buf_span(&part));
	if (k->token != NULL)
		uri_form(q, "X-Amz-Security-Token", secret_span(k->token));
	if (rc == RC_OK && (!buf_ok(q) || !buf_ok(&part)))
		rc = err_set(err, RC_REFUSE, "the query is too long");
	buf_clear(&part);
	return rc;
}

enum rc
sigv4_url(const struct sigv4_request *r, const struct sigv4_key *k, unsigned expires,
    struct buf *query, char signature[SIGV4_HEX], struct err *err)
{
	struct sigv4_request full = *r;
	struct buf q;
	enum rc rc;

	if (expires == 0 || expires > SIGV4_EXPIRES_MAX)
		return err_set(err, RC_REFUSE, "a URL cannot live %u seconds", expires);
	if ((rc = check_key(k, err)) != RC_OK ||
	    (rc = check_query(r->query, err)) != RC_OK)
		return rc;
	buf_init(&q, SIGV4_TEXT_MAX);
	if ((rc = put_query(r, k, expires, &q, err)) != RC_OK)
		goto out;
	full.query = buf_span(&q);
	if ((rc = sign_request(&full, k, signature, err)) != RC_OK)
		goto out;
	buf_span_put(query, buf_span(&q));
	buf_printf(query, "&X-Amz-Signature=%s", signature);
	if (!buf_ok(query))
		rc = err_set(err, RC_REFUSE, "the query is too long");
out:
	buf_clear(&q);
	return rc;
}

static bool
is_signature(const char *s)
{
	return strlen(s) == SIGV4_HEX - 1 &&
	       strspn(s, "0123456789abcdef") == SIGV4_HEX - 1;
}

/* A step in a chain of signatures: kind, time, scope, the one before, hashes. */
static enum rc
sign_step(const char *kind, const struct sigv4_key *k, const char *prev,
    const char *hashes, char ret[SIGV4_HEX], struct err *err)
{
	struct buf text;
	char date[17];
	enum rc rc;

	if (!is_signature(prev))
		return err_set(err, RC_REFUSE, "no signature to go on from");
	buf_init(&text, 1024);
	clock_basic(k->time_ms, date);
	buf_printf(&text, "%s\n%s\n", kind, date);
	put_scope(&text, k);
	buf_printf(&text, "\n%s\n%s", prev, hashes);
	rc = buf_ok(&text) ? sigv4_signature(buf_span(&text), k, ret, err)
			   : err_memory(err);
	buf_clear(&text);
	return rc;
}

enum rc
sigv4_chunk(const struct sigv4_key *k, const char *prev, struct span data,
    char ret[SIGV4_HEX], struct err *err)
{
	char hash[SIGV4_HEX];
	enum rc rc;

	if ((rc = sigv4_hash(data, hash, err)) != RC_OK)
		return rc;
	return sigv4_chunk_hashed(k, prev, hash, ret, err);
}

enum rc
sigv4_chunk_hashed(const struct sigv4_key *k, const char *prev, const char *hash,
    char ret[SIGV4_HEX], struct err *err)
{
	char hashes[2 * SIGV4_HEX];

	snprintf(hashes, sizeof hashes, "%s\n%s", SIGV4_EMPTY_HASH, hash);
	return sign_step(ALGORITHM "-PAYLOAD", k, prev, hashes, ret, err);
}

enum rc
sigv4_trailer(const struct sigv4_key *k, const char *prev,
    const struct sigv4_header *trailers, size_t n, char ret[SIGV4_HEX], struct err *err)
{
	char hash[SIGV4_HEX];
	struct buf text;
	enum rc rc;

	buf_init(&text, SIGV4_TEXT_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_span_put(&text, trailers[i].name);
		buf_u8(&text, ':');
		buf_span_put(&text, trailers[i].value);
		buf_u8(&text, '\n');
	}
	if (!buf_ok(&text))
		rc = err_set(err, RC_REFUSE, "the trailer is too long");
	else if ((rc = sigv4_hash(buf_span(&text), hash, err)) == RC_OK)
		rc = sign_step(ALGORITHM "-TRAILER", k, prev, hash, ret, err);
	buf_clear(&text);
	return rc;
}

enum rc
sigv4_event(const struct sigv4_key *k, const char *prev, struct span payload,
    char ret[SIGV4_HEX], struct err *err)
{
	char head_hash[SIGV4_HEX], hash[SIGV4_HEX], hashes[2 * SIGV4_HEX];
	struct buf head;
	enum rc rc;

	/* The event's only signed header: name length, name, type 8 (timestamp). */
	buf_init(&head, 64);
	buf_u8(&head, 5);
	buf_text(&head, ":date");
	buf_u8(&head, 8);
	buf_u64(&head, k->time_ms);
	if ((rc = sigv4_hash(buf_span(&head), head_hash, err)) == RC_OK &&
	    (rc = sigv4_hash(payload, hash, err)) == RC_OK) {
		snprintf(hashes, sizeof hashes, "%s\n%s", head_hash, hash);
		rc = sign_step(ALGORITHM "-PAYLOAD", k, prev, hashes, ret, err);
	}
	buf_clear(&head);
	return rc;
}
