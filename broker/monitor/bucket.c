/* PutObject; see bucket.h. */
#include "broker/monitor/bucket.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "broker/monitor/objectname.h"
#include "lib/base/clock.h"
#include "lib/base/http.h"
#include "lib/base/id.h"
#include "lib/base/sigv4.h"
#include "lib/base/text.h"
#include "lib/base/uri.h"
#include "lib/base/xml.h"
#include "recorder/b64.h"

#define PUT_MS 120000u
#define ANSWER_MAX 65536u
#define LINES_MAX 32768u
#define HOST_MAX 320
#define DATE_TEXT 24
#define MOST_HEADERS 6

struct bucket {
	struct http *http;
	struct vault *vault;
	struct bucket_call *calls;
};

struct bucket_call {
	struct bucket *bucket;
	struct bucket_call *next, *prev;
	struct http_call *http;
	char checksum[48]; /* base64 of the body's SHA-256 */
	bucket_fn *fn;
	void *arg;
};

static const char *const lock_words[] = {
	[BUCKET_GOVERNANCE] = "GOVERNANCE",
	[BUCKET_COMPLIANCE] = "COMPLIANCE",
};

/* ---- the answer ---- */

static void
call_free(struct bucket_call *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else if (c->bucket->calls == c)
		c->bucket->calls = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	http_cancel(c->http);
	free(c);
}

/* What S3 calls it: "HTTP 403 AccessDenied". */
static enum rc
judge(unsigned status, struct span body, struct err *err)
{
	struct xml_field code = { .path = "Error/Code" };
	char room[256] = "";
	struct buf shown;
	enum rc rc =
	    status >= 500 || status == 429 || status == 408 ? RC_RETRY : RC_REFUSE;

	buf_over(&shown, room, sizeof room);
	if (xml_read(body, &code, 1, NULL) == RC_OK && code.found && code.raw.len < 64)
		text_escape(&shown, code.raw);
	if (span_is(buf_span(&shown), "RequestTimeTooSkewed") ||
	    span_is(buf_span(&shown), "OperationAborted"))
		rc = RC_RETRY;
	return err_set(err, rc, "HTTP %u %s", status, buf_cstr(&shown));
}

static void
on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err)
{
	struct bucket_call *c = arg;
	struct err err = *http_err;
	struct span sum = http_header(c->http, "x-amz-checksum-sha256");

	if (rc == RC_OK && status != 200)
		rc = judge(status, body, &err);
	else if (rc == RC_OK && !span_is(sum, c->checksum))
		rc = err_set(&err, RC_REFUSE,
		    sum.len == 0 ? "the answer has no checksum of what was stored"
				 : "the checksum of what was stored is another one");
	c->http = NULL;
	c->fn(c->arg, rc, &err);
	call_free(c);
}

/* ---- the request ---- */

struct request {
	char host[HOST_MAX];
	struct buf path;
	char hash[SIGV4_HEX];
	char until[DATE_TEXT];
	struct sigv4_header headers[MOST_HEADERS];
	size_t n;
};

static void
add(struct request *q, const char *name, const char *value)
{
	q->headers[q->n++] = (struct sigv4_header){ span_of(name), span_of(value) };
}

/* A dot in its name would not fit the certificate: such a bucket goes into the path. */
static enum rc
put_target(struct request *q, const struct bucket_place *at,
    const struct bucket_object *o, struct err *err)
{
	bool in_path = at->endpoint != NULL || strchr(at->bucket, '.') != NULL;
	struct buf host;

	buf_over(&host, q->host, sizeof q->host);
	if (at->endpoint != NULL)
		buf_text(&host, at->endpoint);
	else
		buf_printf(&host, "%s%ss3.%s.amazonaws.com%s",
		    in_path ? "" : at->bucket, in_path ? "" : ".", at->region,
		    strncmp(at->region, "cn-", 3) == 0 ? ".cn" : "");
	(void)buf_cstr(&host);
	buf_text(&q->path, "/");
	if (in_path)
		buf_printf(&q->path, "%s/", at->bucket);
	uri_encode(&q->path, o->key, "/");
	return buf_ok(&host) && buf_ok(&q->path) ? RC_OK : err_memory(err);
}

/* Whole seconds, and never earlier than asked for. */
static enum rc
put_lock(struct request *q, const struct bucket_object *o, struct err *err)
{
	time_t t = (time_t)(o->until_ms / 1000 + (o->until_ms % 1000 != 0));
	struct tm tm;

	if (o->lock == BUCKET_OPEN)
		return RC_OK;
	if (o->until_ms <= clock_wall_ms() || gmtime_r(&t, &tm) == NULL ||
	    strftime(q->until, sizeof q->until, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return err_set(err, RC_REFUSE, "a lock that ends before it begins");
	add(q, "x-amz-object-lock-mode", lock_words[o->lock]);
	add(q, "x-amz-object-lock-retain-until-date", q->until);
	return RC_OK;
}

static enum rc
put_checksum(
    struct request *q, const struct bucket_object *o, char out[48], struct err *err)
{
	uint8_t digest[32];
	struct buf b;

	/* One that does not fit is the service's to notice, by both headers. */
	if (o->sha256 != NULL)
		memcpy(digest, o->sha256, sizeof digest);
	else if (EVP_Digest(o->body.p, o->body.len, digest, NULL, EVP_sha256(), NULL) !=
		 1)
		return err_set(err, RC_FAIL, "SHA-256");
	id_hex(digest, sizeof digest, q->hash);
	buf_over(&b, out, 48);
	b64_put(&b, span_make(digest, sizeof digest));
	(void)buf_cstr(&b);
	add(q, "x-amz-checksum-sha256", out);
	return buf_ok(&b) ? RC_OK : err_memory(err);
}

static enum rc
sign(const struct bucket *b, const struct request *q, const struct bucket_place *at,
    const struct lease *l, struct buf *lines, struct err *err)
{
	char signature[SIGV4_HEX];
	const struct sigv4_request r = { .method = "PUT",
		.path = buf_span(&q->path),
		.headers = q->headers,
		.n_headers = q->n,
		.payload_hash = q->hash,
		.s3_rules = true };

	if (l == NULL)
		return vault_sign(b->vault, &r, at->region, "s3", lines, err);
	return sigv4_header(&r,
	    &(struct sigv4_key){ .access_key_id = l->access_key_id,
		.secret = l->secret,
		.token = l->token,
		.region = at->region,
		.service = "s3",
		.time_ms = clock_wall_ms() },
	    true, lines, signature, err);
}

static enum rc
send_put(struct bucket_call *c, const struct request *q, const struct bucket_place *at,
    const struct bucket_object *o, struct buf *lines, struct err *err)
{
	const struct http_options how = { .connect_to = at->connect_to,
		.n_connect_to = at->n_connect_to,
		.ca_file = at->ca_file,
		.timeout_ms = PUT_MS,
		.max_body = ANSWER_MAX,
		.keep_head = true };
	struct buf url;
	enum rc rc;

	/* host is curl's to send */
	for (size_t i = 1; i < q->n; i++)
		buf_printf(lines, "%.*s: %.*s\r\n", (int)q->headers[i].name.len,
		    (const char *)q->headers[i].name.p, (int)q->headers[i].value.len,
		    (const char *)q->headers[i].value.p);
	buf_init(&url, 8192);
	buf_printf(&url, "https://%s", q->host);
	buf_span_put(&url, buf_span(&q->path));
	rc = !buf_ok(lines) || !buf_ok(&url)
		 ? err_memory(err)
		 : http_ask(c->bucket->http, HTTP_PUT, buf_cstr(&url), buf_span(lines),
		       o->body, &how, on_answer, c, &c->http, err);
	buf_clear(&url);
	return rc;
}

static enum rc
make_and_send(struct bucket_call *c, const struct bucket_place *at,
    const struct lease *l, const struct bucket_object *o, struct err *err)
{
	struct request q = { .n = 0 };
	struct buf lines;
	enum rc rc;

	buf_init(&q.path, 8192);
	buf_init(&lines, LINES_MAX);
	add(&q, "host", q.host);
	add(&q, "content-type", o->type);
	if ((rc = put_target(&q, at, o, err)) == RC_OK &&
	    (rc = put_checksum(&q, o, c->checksum, err)) == RC_OK &&
	    (rc = put_lock(&q, o, err)) == RC_OK) {
		q.headers[0].value = span_of(q.host);
		if ((rc = sign(c->bucket, &q, at, l, &lines, err)) == RC_OK)
			rc = send_put(c, &q, at, o, &lines, err);
	}
	buf_clear(&lines);
	buf_clear(&q.path);
	return rc;
}

enum rc
bucket_put(struct bucket *b, const struct bucket_place *at, const struct lease *l,
    const struct bucket_object *o, bucket_fn *fn, void *arg, struct bucket_call **ret,
    struct err *err)
{
	struct bucket_call *c;
	enum rc rc;

	if (!objectname_bucket(span_of(at->bucket)))
		return err_set(err, RC_REFUSE, "no name of a bucket");
	if (o->key.len == 0 || !objectname_key(o->key) || o->body.len > BUCKET_BODY_MAX)
		return err_set(err, RC_REFUSE, "an object with an odd name or size");
	if ((c = calloc(1, sizeof *c)) == NULL)
		return err_memory(err);
	*c =
	    (struct bucket_call){ .bucket = b, .next = b->calls, .fn = fn, .arg = arg };
	if (b->calls != NULL)
		b->calls->prev = c;
	b->calls = c;
	if ((rc = make_and_send(c, at, l, o, err)) != RC_OK) {
		call_free(c);
		return rc;
	}
	if (ret != NULL)
		*ret = c;
	return RC_OK;
}

void
bucket_cancel(struct bucket_call *c)
{
	if (c != NULL)
		call_free(c);
}

enum rc
bucket_new(struct loop *l, struct vault *v, struct bucket **ret, struct err *err)
{
	struct bucket *b = calloc(1, sizeof *b);
	enum rc rc;

	if (b == NULL)
		return err_memory(err);
	b->vault = v;
	if ((rc = http_new(l, &b->http, err)) != RC_OK) {
		free(b);
		return rc;
	}
	*ret = b;
	return RC_OK;
}

void
bucket_free(struct bucket *b)
{
	if (b == NULL)
		return;
	while (b->calls != NULL)
		call_free(b->calls);
	http_free(b->http);
	free(b);
}
