/* Requests by libcurl; see upstream.h. */
#include "broker/gate/upstream.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <openssl/ssl.h>

#include "lib/base/multi.h"

/* Idle connections kept; one transfer's pieces. */
#define KEPT 16
#define PIECE (128L * 1024)
/* How long AWS may be silent on an Expect before the body is sent all the same. */
#define EXPECT_MS 3000L

struct upstream {
	struct multi *multi;
	struct curl_slist *connect_to;
	X509_STORE *trust;
	struct upstream_call *calls; /* in flight, or dead and not yet freed */
};

struct upstream_call {
	struct upstream *upstream;
	struct upstream_call *next;
	struct upstream_owner owner;
	CURL *easy;
	struct curl_slist *headers;
	struct buf head; /* lines of the answer being read */
	unsigned status;
	char reason[64];
	char curl_text[CURL_ERROR_SIZE];
	bool told; /* the final head was given on */
	bool dead;
	bool in_waits, out_waits; /* paused */
};

static void
call_free(struct upstream_call *c)
{
	if (c->easy != NULL) {
		multi_remove(c->upstream->multi, c->easy);
		curl_easy_cleanup(c->easy);
	}
	curl_slist_free_all(c->headers);
	buf_clear(&c->head);
	free(c);
}

/* Dead calls go when curl is off the stack. */
static void
sweep(void *arg)
{
	struct upstream *u = arg;

	for (struct upstream_call **at = &u->calls; *at != NULL;) {
		struct upstream_call *c = *at;

		if (!c->dead) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		call_free(c);
	}
}

/* ---- how it ended ---- */

static const struct {
	CURLcode code;
	enum rc rc;
	const char *text;
} ends[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, RC_RETRY, "its name is not known" },
	{ CURLE_COULDNT_CONNECT, RC_RETRY, "no connection" },
	{ CURLE_OPERATION_TIMEDOUT, RC_RETRY, "no answer in time" },
	{ CURLE_SEND_ERROR, RC_RETRY, "the connection broke" },
	{ CURLE_SEND_FAIL_REWIND, RC_RETRY, "the connection broke" },
	{ CURLE_RECV_ERROR, RC_RETRY, "the connection broke" },
	{ CURLE_GOT_NOTHING, RC_RETRY, "closed without an answer" },
	{ CURLE_PARTIAL_FILE, RC_RETRY, "the answer is cut short" },
	{ CURLE_SSL_CONNECT_ERROR, RC_RETRY, "no TLS connection" },
	{ CURLE_PEER_FAILED_VERIFICATION, RC_REFUSE, "its certificate is not trusted" },
	{ CURLE_OUT_OF_MEMORY, RC_FAIL, "out of memory" },
};

static enum rc
judge(const struct upstream_call *c, CURLcode code, struct err *err)
{
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (ends[i].code == code)
			return err_set(err, ends[i].rc, "%s", ends[i].text);
	return err_set(err, RC_REFUSE, "%s",
	    c->curl_text[0] != '\0' ? c->curl_text : curl_easy_strerror(code));
}

static void
finished(void *arg, CURL *easy, CURLcode code)
{
	struct upstream_call *c = NULL;
	struct err err = { "" };
	enum rc rc = RC_OK;

	(void)arg;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c);
	if (c == NULL || c->dead)
		return;
	if (code != CURLE_OK)
		rc = judge(c, code, &err);
	else if (!c->told)
		rc = err_set(&err, RC_REFUSE, "no answer in HTTP");
	c->dead = true;
	c->owner.done(c->owner.arg, rc, &err);
}

/* ---- curl's questions ---- */

static size_t
give_body(char *p, size_t one, size_t n, void *arg)
{
	struct upstream_call *c = arg;
	size_t got = 0;

	if (c->dead)
		return CURL_READFUNC_ABORT;
	switch (c->owner.fill(c->owner.arg, (uint8_t *)p, one * n, &got)) {
	case RC_OK:
		return got;
	case RC_END:
		return 0;
	case RC_WAIT:
		c->out_waits = true;
		return CURL_READFUNC_PAUSE;
	default:
		return CURL_READFUNC_ABORT;
	}
}

static size_t
take_body(char *p, size_t one, size_t n, void *arg)
{
	struct upstream_call *c = arg;

	if (c->dead)
		return 0;
	switch (c->owner.body(c->owner.arg, span_make(p, one * n))) {
	case RC_OK:
		return one * n;
	case RC_WAIT:
		c->in_waits = true;
		return CURL_WRITEFUNC_PAUSE;
	default:
		return 0;
	}
}

/* "HTTP/1.1 200 OK": what comes before it was of an answer that was not the last. */
static bool
status_line(struct upstream_call *c, struct span line)
{
	char text[128];
	int at = 0;

	if (!span_starts(line, "HTTP/"))
		return false;
	buf_reset(&c->head);
	c->status = 0;
	c->reason[0] = '\0';
	if (span_copy(
		span_make(line.p, line.len < sizeof text ? line.len : sizeof text - 1),
		text, sizeof text) &&
	    sscanf(text, "HTTP/1.%*1[01] %3u %n", &c->status, &at) == 1 && at > 0) {
		snprintf(c->reason, sizeof c->reason, "%.*s",
		    (int)strcspn(text + at, "\r\n"), text + at);
	}
	return true;
}

static size_t
take_head(char *p, size_t one, size_t n, void *arg)
{
	struct upstream_call *c = arg;
	struct span line = span_make(p, one * n);

	if (c->dead)
		return 0;
	/* A trailer. */
	if (c->told)
		return line.len;
	if (status_line(c, line))
		return line.len;
	if (line.len > 2) {
		buf_span_put(&c->head, line);
		return buf_ok(&c->head) ? line.len : 0;
	}
	if (c->status < 200)
		return c->status >= 100 ? line.len : 0;
	c->told = true;
	return c->owner.head(c->owner.arg, c->status, c->reason, buf_span(&c->head)) ==
		       RC_OK
		   ? line.len
		   : 0;
}

static CURLcode
set_trust(CURL *easy, void *ctx, void *arg)
{
	struct upstream_call *c = arg;

	(void)easy;
	SSL_CTX_set1_cert_store(ctx, c->upstream->trust);
	return CURLE_OK;
}

/* ---- a call ---- */

static bool
append(struct curl_slist **list, const char *text)
{
	struct curl_slist *more = curl_slist_append(*list, text);

	if (more != NULL)
		*list = more;
	return more != NULL;
}

/* One line without its end: a name, a colon, no control character.  A header without a
 * value would be one to leave out, for curl. */
static enum rc
add_header(struct upstream_call *c, struct span line, struct err *err)
{
	const uint8_t *colon = memchr(line.p, ':', line.len);
	char *text;
	bool good;
	size_t n;

	for (size_t i = 0; i < line.len; i++)
		if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7F)
			colon = NULL;
	if (colon == NULL || colon == line.p || (text = span_dup(line)) == NULL)
		return err_set(err, RC_REFUSE, "an ill-formed header to send");
	n = (size_t)(colon - line.p);
	if (text[n + 1 + strspn(text + n + 1, " \t")] == '\0') {
		text[n] = ';';
		text[n + 1] = '\0';
	}
	good = append(&c->headers, text);
	explicit_bzero(text, line.len);
	free(text);
	return good ? RC_OK : err_memory(err);
}

static enum rc
add_headers(struct upstream_call *c, const struct upstream_request *r, struct err *err)
{
	struct span lines = r->headers;
	enum rc rc = RC_OK;
	bool accepts = false, types = false;

	while (lines.len > 0 && rc == RC_OK) {
		const uint8_t *end = memmem(lines.p, lines.len, "\r\n", 2);
		size_t n = end == NULL ? 0 : (size_t)(end - lines.p);

		if (end == NULL)
			return err_set(err, RC_REFUSE, "a header without its end");
		accepts |=
		    n > 7 && strncasecmp((const char *)lines.p, "Accept:", 7) == 0;
		types |= n > 13 &&
			 strncasecmp((const char *)lines.p, "Content-Type:", 13) == 0;
		rc = add_header(c, span_make(lines.p, n), err);
		lines = span_make(lines.p + n + 2, lines.len - n - 2);
	}
	/* What curl would add of itself. */
	if (rc == RC_OK &&
	    (!append(&c->headers, r->expects ? "Expect: 100-continue" : "Expect:") ||
		(!accepts && !append(&c->headers, "Accept:")) ||
		(!types && !append(&c->headers, "Content-Type:")) ||
		(r->chunked && !append(&c->headers, "Transfer-Encoding: chunked"))))
		return err_memory(err);
	return rc;
}

struct setting {
	CURLoption name;
	long value;
};
struct setting_ptr {
	CURLoption name;
	const void *value;
};

static CURLcode
set_common(struct upstream_call *c, const char *url, const struct upstream_request *r)
{
	const struct setting numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_PATH_AS_IS, 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSL_ENABLE_ALPN, 0 },
		{ CURLOPT_CONNECTTIMEOUT_MS, UPSTREAM_CONNECT_MS },
		{ CURLOPT_LOW_SPEED_LIMIT, 1 },
		{ CURLOPT_LOW_SPEED_TIME, UPSTREAM_STALL_S },
		{ CURLOPT_EXPECT_100_TIMEOUT_MS, EXPECT_MS },
		{ CURLOPT_BUFFERSIZE, PIECE },
		{ CURLOPT_UPLOAD_BUFFERSIZE, PIECE },
		{ CURLOPT_TCP_NODELAY, 1 },
	};
	const struct setting_ptr pointers[] = {
		{ CURLOPT_URL, url },
		{ CURLOPT_REQUEST_TARGET, r->target },
		{ CURLOPT_CUSTOMREQUEST, r->method },
		{ CURLOPT_PROTOCOLS_STR, "https" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_NETRC_FILE, NULL },
		{ CURLOPT_CAINFO, NULL },
		{ CURLOPT_CAPATH, NULL },
		{ CURLOPT_HTTPHEADER, c->headers },
		{ CURLOPT_CONNECT_TO, c->upstream->connect_to },
		{ CURLOPT_ERRORBUFFER, c->curl_text },
		{ CURLOPT_WRITEDATA, c },
		{ CURLOPT_HEADERDATA, c },
		{ CURLOPT_READDATA, c },
		{ CURLOPT_SSL_CTX_DATA, c },
		{ CURLOPT_PRIVATE, c },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && !code; i++)
		code = curl_easy_setopt(c->easy, numbers[i].name, numbers[i].value);
	for (size_t i = 0; i < sizeof pointers / sizeof pointers[0] && !code; i++)
		code = curl_easy_setopt(c->easy, pointers[i].name, pointers[i].value);
	return code;
}

static CURLcode
set_functions(struct upstream_call *c)
{
	CURLcode code = curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, take_body);

	if (!code)
		code = curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, take_head);
	if (!code)
		code = curl_easy_setopt(c->easy, CURLOPT_READFUNCTION, give_body);
	if (!code)
		code =
		    curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETFUNCTION, multi_socket);
	if (!code)
		code = curl_easy_setopt(c->easy, CURLOPT_SSL_CTX_FUNCTION, set_trust);
	return code;
}

static CURLcode
set_body(struct upstream_call *c, const struct upstream_request *r)
{
	CURLcode code;

	if (!r->has_body)
		return strcmp(r->method, "HEAD") == 0
			   ? curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L)
			   : CURLE_OK;
	code = curl_easy_setopt(c->easy, CURLOPT_UPLOAD, 1L);
	if (!code && !r->chunked)
		code = curl_easy_setopt(
		    c->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->length);
	return code;
}

static enum rc
set_options(struct upstream_call *c, const struct upstream_request *r, struct err *err)
{
	char url[512];
	CURLcode code;

	/* The path is said by the request's target alone: curl has no say in it. */
	if ((size_t)snprintf(url, sizeof url, "https://%s/", r->host) >= sizeof url)
		return err_set(err, RC_REFUSE, "too long a host");
	code = set_common(c, url, r);
	if (!code)
		code = set_functions(c);
	if (!code)
		code = set_body(c, r);
	return code ? err_set(err, RC_FAIL, "libcurl: %s", curl_easy_strerror(code))
		    : RC_OK;
}

enum rc
upstream_start(struct upstream *u, const struct upstream_request *r,
    const struct upstream_owner *owner, struct upstream_call **ret, struct err *err)
{
	struct upstream_call *c = calloc(1, sizeof *c);
	enum rc rc;

	if (c == NULL)
		return err_memory(err);
	c->upstream = u;
	c->owner = *owner;
	buf_init(&c->head, UPSTREAM_HEAD);
	rc = add_headers(c, r, err);
	if (rc == RC_OK && (c->easy = curl_easy_init()) == NULL)
		rc = err_memory(err);
	if (rc == RC_OK)
		rc = set_options(c, r, err);
	if (rc == RC_OK)
		rc = multi_add(u->multi, c->easy, err);
	if (rc != RC_OK) {
		call_free(c);
		return rc;
	}
	c->next = u->calls;
	u->calls = c;
	*ret = c;
	return RC_OK;
}

/* curl takes both directions at once. */
static void
resume(struct upstream_call *c)
{
	multi_pause(c->upstream->multi, c->easy,
	    (c->in_waits ? CURLPAUSE_RECV : 0) | (c->out_waits ? CURLPAUSE_SEND : 0));
}

void
upstream_more(struct upstream_call *c)
{
	if (c->dead || !c->out_waits)
		return;
	c->out_waits = false;
	resume(c);
}

void
upstream_go(struct upstream_call *c)
{
	if (c->dead || !c->in_waits)
		return;
	c->in_waits = false;
	resume(c);
}

void
upstream_cancel(struct upstream_call *c)
{
	if (c == NULL || c->dead)
		return;
	c->dead = true;
	if (!multi_busy(c->upstream->multi))
		sweep(c->upstream);
}

enum rc
upstream_new(const struct upstream_init *init, struct upstream **ret, struct err *err)
{
	struct upstream *u = calloc(1, sizeof *u);
	enum rc rc;

	if (u == NULL)
		return err_memory(err);
	if ((rc = multi_new(init->loop,
		 &(struct multi_owner){ .arg = u, .done = finished, .turned = sweep },
		 &u->multi, err)) != RC_OK)
		goto out;
	multi_keep(u->multi, KEPT);
	for (size_t i = 0; i < init->n_connect_to; i++)
		if (!append(&u->connect_to, init->connect_to[i])) {
			rc = err_memory(err);
			goto out;
		}
	X509_STORE_up_ref(init->trust);
	u->trust = init->trust;
	*ret = u;
	return RC_OK;
out:
	upstream_free(u);
	return rc;
}

void
upstream_free(struct upstream *u)
{
	if (u == NULL)
		return;
	for (struct upstream_call *c = u->calls; c != NULL; c = c->next)
		c->dead = true;
	sweep(u);
	multi_free(u->multi);
	curl_slist_free_all(u->connect_to);
	X509_STORE_free(u->trust);
	free(u);
}
