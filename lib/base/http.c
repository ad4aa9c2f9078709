/* HTTPS calls out; see http.h.  Parses nothing of what comes back. */
#include "lib/base/http.h"

#include <curl/curl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "lib/base/loop.h"
#include "lib/base/metadata.h"
#include "lib/base/multi.h"

#define CONNECT_MS 10000L
/* Connections at once; requests beyond wait for theirs. */
#define TOGETHER 64L

struct http {
	struct loop *loop;
	CURLM *multi;
	struct timer *timer;
	struct http_call *calls; /* in flight */
	size_t n_calls;
	unsigned depth; /* callbacks on the stack */
	bool dead;	/* freed in a callback: goes when the stack is empty */
};

struct http_call {
	struct http *http;
	struct http_call *next, *prev;
	enum http_method method;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	struct buf request, answer, head;
	size_t head_len;
	bool keep_head;
	bool too_long;
	char curl_text[CURL_ERROR_SIZE];
	http_fn *fn;
	void *arg;
	bool (*trust)(void *trust_arg, void *ssl_ctx);
	void *trust_arg;
};

/* ---- curl's memory: it holds session tokens, so what it frees is wiped ---- */

static void
wiping_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *
wiping_realloc(void *p, size_t size)
{
	size_t old = p == NULL ? 0 : malloc_usable_size(p);
	void *q = malloc(size);

	if (q == NULL)
		return NULL;
	if (p != NULL)
		memcpy(q, p, old < size ? old : size);
	wiping_free(p);
	return q;
}

/* ---- the loop's side ---- */

static void
call_free(struct http_call *c)
{
	struct http *h = c->http;

	if (c->prev != NULL)
		c->prev->next = c->next;
	else if (h->calls == c)
		h->calls = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (c->easy != NULL) {
		(void)curl_multi_remove_handle(h->multi, c->easy);
		curl_easy_cleanup(c->easy);
		h->n_calls--;
	}
	curl_slist_free_all(c->headers);
	curl_slist_free_all(c->connect_to);
	buf_clear(&c->request);
	buf_clear(&c->answer);
	buf_clear(&c->head);
	free(c);
}

static void
destroy(struct http *h)
{
	while (h->calls != NULL)
		call_free(h->calls);
	/* Closes idle connections, which takes their watches away. */
	curl_multi_cleanup(h->multi);
	timer_free(h->timer);
	free(h);
	curl_global_cleanup();
}

static const struct {
	CURLcode code;
	enum rc rc;
	const char *text;
} ends[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, RC_RETRY, "its name is not known" },
	{ CURLE_COULDNT_CONNECT, RC_RETRY, "no connection" },
	{ CURLE_OPERATION_TIMEDOUT, RC_RETRY, "no answer in time" },
	{ CURLE_SEND_ERROR, RC_RETRY, "the connection broke" },
	{ CURLE_RECV_ERROR, RC_RETRY, "the connection broke" },
	{ CURLE_GOT_NOTHING, RC_RETRY, "closed without an answer" },
	{ CURLE_PARTIAL_FILE, RC_RETRY, "the answer is cut short" },
	{ CURLE_SSL_CONNECT_ERROR, RC_RETRY, "no TLS connection" },
	{ CURLE_PEER_FAILED_VERIFICATION, RC_REFUSE, "its certificate is not trusted" },
	{ CURLE_SSL_CACERT_BADFILE, RC_FAIL, "the file of trusted CAs cannot be read" },
	{ CURLE_OUT_OF_MEMORY, RC_FAIL, "out of memory" },
};

static enum rc
judge(const struct http_call *c, CURLcode code, struct err *err)
{
	if (c->too_long)
		return err_set(err, RC_REFUSE, "the answer is too long");
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (ends[i].code == code)
			return err_set(err, ends[i].rc, "%s", ends[i].text);
	return err_set(err, RC_REFUSE, "%s",
	    c->curl_text[0] != '\0' ? c->curl_text : curl_easy_strerror(code));
}

static void
finish(struct http_call *c, CURLcode code)
{
	struct span body = { 0 };
	struct err err;
	long status = 0;
	enum rc rc = RC_OK;

	err_clear(&err);
	if (code != CURLE_OK)
		rc = judge(c, code, &err);
	else if (!buf_ok(&c->answer))
		rc = err_memory(&err);
	if (rc == RC_OK) {
		(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
		body = buf_span(&c->answer);
	}
	/* Unlinked first: the callback may cancel, post or free as it likes. */
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		c->http->calls = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->next = c->prev = NULL;
	c->fn(c->arg, rc, (unsigned)status, body, &err);
	call_free(c);
}

/* What curl says is over. */
static void
drain(struct http *h)
{
	struct http_call *c;
	CURLMsg *m;
	int left;

	while (!h->dead && (m = curl_multi_info_read(h->multi, &left)) != NULL) {
		CURLcode code = m->data.result;

		c = NULL;
		if (m->msg == CURLMSG_DONE)
			(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
		if (c != NULL)
			finish(c, code);
	}
}

static void
turn(struct http *h, curl_socket_t fd, int events)
{
	int running;

	h->depth++;
	(void)curl_multi_socket_action(h->multi, fd, events, &running);
	drain(h);
	if (--h->depth == 0 && h->dead)
		destroy(h);
}

/* A watch must know its descriptor and its handle. */
struct plug {
	struct http *http;
	curl_socket_t fd;
	struct watch *watch;
};

static void
on_fd(void *arg, short revents)
{
	struct plug *p = arg;
	int events = 0;

	if (revents & (POLLIN | POLLHUP))
		events |= CURL_CSELECT_IN;
	if (revents & POLLOUT)
		events |= CURL_CSELECT_OUT;
	if (revents & (POLLERR | POLLNVAL))
		events |= CURL_CSELECT_ERR;
	turn(p->http, p->fd, events);
}

static void
on_timer(void *arg)
{
	turn(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct http *h = arg;

	(void)multi;
	if (ms < 0)
		timer_stop(h->timer);
	else
		timer_set(h->timer, (uint64_t)ms);
	return 0;
}

static int
unplug(struct http *h, curl_socket_t fd, struct plug *p)
{
	if (p != NULL) {
		(void)curl_multi_assign(h->multi, fd, NULL);
		loop_fd_close(p->watch);
		free(p);
	}
	return 0;
}

static struct plug *
plug_in(struct http *h, curl_socket_t fd)
{
	struct plug *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->http = h;
	p->fd = fd;
	if ((p->watch = loop_fd(h->loop, fd, 0, on_fd, p)) == NULL) {
		free(p);
		return NULL;
	}
	(void)curl_multi_assign(h->multi, fd, p);
	return p;
}

static int
set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http *h = arg;
	struct plug *p = socket_arg;
	short events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE)
		return unplug(h, fd, p);
	if (p == NULL && (p = plug_in(h, fd)) == NULL)
		return -1;
	if (what & CURL_POLL_IN)
		events |= POLLIN;
	if (what & CURL_POLL_OUT)
		events |= POLLOUT;
	loop_fd_events(p->watch, events);
	return 0;
}

enum rc
http_new(struct loop *l, struct http **ret, struct err *err)
{
	struct http *h = calloc(1, sizeof *h);

	if (h == NULL)
		return err_memory(err);
	/* libcurl would write the keys of each connection to the file it names. */
	(void)unsetenv("SSLKEYLOGFILE");
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free,
		wiping_realloc, strdup, calloc) != CURLE_OK) {
		free(h);
		return err_set(err, RC_FAIL, "libcurl cannot start");
	}
	h->loop = l;
	h->multi = curl_multi_init();
	h->timer = loop_timer(l, on_timer, h);
	if (h->multi == NULL || h->timer == NULL) {
		destroy(h);
		return err_memory(err);
	}
	(void)curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	(void)curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	(void)curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	(void)curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, 8L);
	(void)curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, TOGETHER);
	*ret = h;
	return RC_OK;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	h->dead = true;
	if (h->depth == 0)
		destroy(h);
}

/* ---- a call ---- */

static size_t
take_body(char *p, size_t one, size_t n, void *arg)
{
	struct http_call *c = arg;

	(void)one;
	if (n > c->answer.max - c->answer.len) {
		c->too_long = true;
		return 0; /* ends the call */
	}
	buf_put(&c->answer, p, n);
	return n;
}

static size_t
take_head(char *p, size_t one, size_t n, void *arg)
{
	struct http_call *c = arg;

	(void)one;
	c->head_len += n;
	c->too_long = c->head_len > HTTP_HEAD_MAX;
	/* What stood before belongs to an answer like "100 Continue". */
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0)
		buf_reset(&c->head);
	if (c->keep_head)
		buf_put(&c->head, p, n);
	return c->too_long ? 0 : n;
}

static CURLcode
set_trust(CURL *easy, void *ctx, void *arg)
{
	struct http_call *c = arg;

	(void)easy;
	return c->trust(c->trust_arg, ctx) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

static bool
append(struct curl_slist **list, const char *text)
{
	struct curl_slist *more = curl_slist_append(*list, text);

	if (more != NULL)
		*list = more;
	return more != NULL;
}

/* One line without its end: a name, a colon, and no control character. */
static bool
good_line(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7F)
			return false;
	return line.len > 1 && line.p[0] != ':' &&
	       memchr(line.p, ':', line.len) != NULL;
}

static enum rc
add_header(struct http_call *c, struct span line, struct err *err)
{
	char *text;
	bool ok;

	if (!good_line(line))
		return err_set(err, RC_REFUSE, "an ill-formed header to send");
	if ((text = span_dup(line)) == NULL)
		return err_memory(err);
	ok = append(&c->headers, text);
	explicit_bzero(text, line.len);
	free(text);
	return ok ? RC_OK : err_memory(err);
}

static enum rc
add_headers(struct http_call *c, struct span lines, struct err *err)
{
	enum rc rc = RC_OK;

	/* curl's own: an expectation would cost a round trip, the rest is not signed.
	 */
	if (!append(&c->headers, "Expect:") || !append(&c->headers, "Accept:"))
		return err_memory(err);
	if (c->request.len == 0 && !append(&c->headers, "Content-Type:"))
		return err_memory(err);
	while (lines.len > 0 && rc == RC_OK) {
		const uint8_t *end = memmem(lines.p, lines.len, "\r\n", 2);
		size_t n = end == NULL ? 0 : (size_t)(end - lines.p);

		if (end == NULL)
			return err_set(err, RC_REFUSE, "a header without its end");
		rc = add_header(c, span_make(lines.p, n), err);
		lines = span_make(lines.p + n + 2, lines.len - n - 2);
	}
	return rc;
}

static enum rc
add_connect_to(struct http_call *c, const struct http_options *o, struct err *err)
{
	for (size_t i = 0; i < o->n_connect_to; i++)
		if (!append(&c->connect_to, o->connect_to[i]))
			return err_memory(err);
	return RC_OK;
}

/* A PUT is sent as a POST of another name: so curl says its length, 0 too. */
static CURLcode
set_method(struct http_call *c)
{
	CURLcode code;

	if (c->method == HTTP_GET)
		return curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
	if (c->method == HTTP_HEAD)
		return curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L);
	if ((code = curl_easy_setopt(c->easy, CURLOPT_POST, 1L)) ||
	    (code = curl_easy_setopt(
		 c->easy, CURLOPT_POSTFIELDSIZE, (long)c->request.len)) ||
	    (code = curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS,
		 c->request.len > 0 ? (char *)c->request.p : "")))
		return code;
	return c->method == HTTP_PUT
		   ? curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, "PUT")
		   : CURLE_OK;
}

static CURLcode
set_own_trust(struct http_call *c, const struct http_options *o)
{
	CURLcode code;

	if (o->trust == NULL)
		return CURLE_OK;
	c->trust = o->trust;
	c->trust_arg = o->trust_arg;
	if ((code = curl_easy_setopt(c->easy, CURLOPT_CAINFO, NULL)) ||
	    (code = curl_easy_setopt(c->easy, CURLOPT_CAPATH, NULL)) ||
	    (code = curl_easy_setopt(
		 c->easy, CURLOPT_OPENSOCKETFUNCTION, multi_socket)) ||
	    (code = curl_easy_setopt(c->easy, CURLOPT_SSL_CTX_FUNCTION, set_trust)))
		return code;
	return curl_easy_setopt(c->easy, CURLOPT_SSL_CTX_DATA, c);
}

static enum rc
set_options(
    struct http_call *c, const char *url, const struct http_options *o, struct err *err)
{
	const struct {
		CURLoption name;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_PATH_AS_IS, 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_TIMEOUT_MS, (long)o->timeout_ms },
		{ CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS },
		/* Else a CA that was taken out of the file is trusted for a day more. */
		{ CURLOPT_CA_CACHE_TIMEOUT, o->ca_file != NULL ? 0 : 60 },
	};
	const struct {
		CURLoption name;
		const void *value;
	} pointers[] = {
		{ CURLOPT_URL, url },
		{ CURLOPT_PROTOCOLS_STR, metadata_url(url) ? "http" : "https" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_USERAGENT, "broker" },
		{ CURLOPT_HTTPHEADER, c->headers },
		{ CURLOPT_CONNECT_TO, c->connect_to },
		{ CURLOPT_ERRORBUFFER, c->curl_text },
		{ CURLOPT_WRITEDATA, c },
		{ CURLOPT_HEADERDATA, c },
		{ CURLOPT_PRIVATE, c },
	};
	CURLcode code = set_method(c);

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && !code; i++)
		code = curl_easy_setopt(c->easy, numbers[i].name, numbers[i].value);
	for (size_t i = 0; i < sizeof pointers / sizeof pointers[0] && !code; i++)
		code = curl_easy_setopt(c->easy, pointers[i].name, pointers[i].value);
	if (!code)
		code = curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, take_body);
	if (!code)
		code = curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, take_head);
	if (!code && o->ca_file != NULL)
		code = curl_easy_setopt(c->easy, CURLOPT_CAINFO, o->ca_file);
	if (!code && o->ca_file != NULL)
		code = curl_easy_setopt(c->easy, CURLOPT_CAPATH, NULL);
	if (!code)
		code = set_own_trust(c, o);
	return code ? err_set(err, RC_FAIL, "libcurl: %s", curl_easy_strerror(code))
		    : RC_OK;
}

static enum rc
check(const struct http *h, const char *url, const struct http_options *o,
    struct err *err)
{
	if (strncmp(url, "https://", 8) != 0 && !(o->plain && metadata_url(url)))
		return err_set(err, RC_REFUSE, "only https is spoken");
	if (o->timeout_ms == 0 || o->timeout_ms > HTTP_TIMEOUT_MAX)
		return err_set(err, RC_REFUSE, "a timeout out of bounds");
	if (o->max_body > HTTP_BODY_MAX)
		return err_set(err, RC_REFUSE, "an answer's bound out of bounds");
	if (h->dead)
		return err_set(err, RC_FAIL, "a call on a handle that was freed");
	if (h->n_calls >= HTTP_CALLS_MAX)
		return err_set(err, RC_RETRY, "too many calls in flight");
	return RC_OK;
}

static void
link_call(struct http *h, struct http_call *c)
{
	c->next = h->calls;
	if (h->calls != NULL)
		h->calls->prev = c;
	h->calls = c;
}

enum rc
http_ask(struct http *h, enum http_method method, const char *url, struct span headers,
    struct span body, const struct http_options *o, http_fn *fn, void *arg,
    struct http_call **ret, struct err *err)
{
	struct http_call *c;
	enum rc rc;

	if ((rc = check(h, url, o, err)) != RC_OK)
		return rc;
	if ((method == HTTP_GET || method == HTTP_HEAD) && body.len > 0)
		return err_set(err, RC_REFUSE, "a GET or HEAD with a body");
	if ((c = calloc(1, sizeof *c)) == NULL)
		return err_memory(err);
	c->http = h;
	c->method = method;
	c->fn = fn;
	c->arg = arg;
	buf_init(&c->request, body.len);
	buf_init(&c->answer, o->max_body);
	buf_init(&c->head, HTTP_HEAD_MAX);
	c->keep_head = o->keep_head;
	buf_span_put(&c->request, body);
	link_call(h, c);
	if (!buf_ok(&c->request) || (c->easy = curl_easy_init()) == NULL) {
		rc = err_memory(err);
		goto out;
	}
	h->n_calls++;
	if ((rc = add_headers(c, headers, err)) != RC_OK ||
	    (rc = add_connect_to(c, o, err)) != RC_OK ||
	    (rc = set_options(c, url, o, err)) != RC_OK)
		goto out;
	if (curl_multi_add_handle(h->multi, c->easy) != CURLM_OK) {
		rc = err_set(err, RC_FAIL, "libcurl takes no call");
		goto out;
	}
	if (ret != NULL)
		*ret = c;
	return RC_OK;
out:
	call_free(c);
	return rc;
}

enum rc
http_post(struct http *h, const char *url, struct span headers, struct span body,
    const struct http_options *o, http_fn *fn, void *arg, struct http_call **ret,
    struct err *err)
{
	return http_ask(h, HTTP_POST, url, headers, body, o, fn, arg, ret, err);
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.p[s.len - 1]) != NULL)
		s.len--;
	while (s.len > 0 && (*s.p == ' ' || *s.p == '\t'))
		s = span_make(s.p + 1, s.len - 1);
	return s;
}

struct span
http_header(const struct http_call *c, const char *name)
{
	struct span rest = buf_span(&c->head), found = { 0 };
	size_t n = strlen(name);
	unsigned seen = 0;

	while (buf_ok(&c->head) && rest.len > 0) {
		const uint8_t *end = memchr(rest.p, '\n', rest.len);
		size_t len = end == NULL ? rest.len : (size_t)(end - rest.p) + 1;

		if (len > n && rest.p[n] == ':' &&
		    strncasecmp((const char *)rest.p, name, n) == 0) {
			found = trim(span_make(rest.p + n + 1, len - n - 1));
			seen++;
		}
		rest = span_make(rest.p + len, rest.len - len);
	}
	return seen == 1 ? found : (struct span){ 0 };
}

bool
http_too_long(const struct http_call *c)
{
	return c->too_long;
}

bool
http_unsent(const struct http_call *c)
{
	long sent = 1;

	return curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK &&
	       sent == 0;
}

void
http_cancel(struct http_call *c)
{
	if (c != NULL)
		call_free(c);
}
