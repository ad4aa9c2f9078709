/* Request heads, strictly; see head.h.  Knows HTTP, nothing of AWS. */
#include "broker/gate/head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LENGTH_DIGITS 15

struct head {
	struct buf text; /* the head as it came, without its last empty line */
	char method[HEAD_METHOD];
	bool connect;
	struct span path, query;
	char host[HEAD_NAME]; /* of the authority or the Host header */
	uint16_t port;
	struct sigv4_header headers[HEAD_HEADERS];
	size_t n_headers;
	enum head_body body;
	uint64_t length;
	bool expects, keeps;
};

static bool
letter(uint8_t c)
{
	uint8_t low = c | 0x20;

	return low >= 'a' && low <= 'z';
}

static bool
digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
same_word(struct span s, const char *word)
{
	return s.len == strlen(word) &&
	       strncasecmp((const char *)s.p, word, s.len) == 0;
}

/* What stands before the separator; *rest moves behind it.  False without one. */
static bool
cut(struct span *rest, const char *separator, struct span *ret)
{
	size_t n = strlen(separator);
	const uint8_t *at = memmem(rest->p, rest->len, separator, n);

	if (at == NULL)
		return false;
	*ret = span_make(rest->p, (size_t)(at - rest->p));
	*rest = span_make(at + n, rest->len - ret->len - n);
	return true;
}

/* "name" or "name:port".  No IPv6 literal: no service of AWS is called so. */
static bool
read_authority(struct head *h, struct span s, bool need_port)
{
	struct span name = s;
	uint32_t port = 0;
	bool colon = cut(&s, ":", &name);

	if (!colon)
		s.len = 0;
	if (name.len == 0 || name.len >= sizeof h->host || s.len > 5 ||
	    (s.len == 0 && (colon || need_port)))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!digit(s.p[i]))
			return false;
		port = port * 10 + (s.p[i] - '0');
	}
	if (port > UINT16_MAX || (s.len > 0 && port == 0))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i];

		if (!letter(c) && !digit(c) && c != '-' && c != '.')
			return false;
		h->host[i] = (char)(letter(c) ? c | 0x20 : c);
	}
	h->host[name.len] = '\0';
	h->port = (uint16_t)port;
	return true;
}

/* RFC 3986 section 3.3 and 3.4: what may stand in a path and a query.  The few others
 * that clients are seen to send raw are ambiguous enough to be refused. */
static bool
target_ok(struct span s)
{
	static const char marks[] = "-._~!$&'()*+,;=:@/?%";

	for (size_t i = 0; i < s.len; i++)
		if (!letter(s.p[i]) && !digit(s.p[i]) &&
		    (s.p[i] == '\0' || strchr(marks, s.p[i]) == NULL))
			return false;
	return s.len > 0 && s.p[0] == '/';
}

static enum rc
read_target(struct head *h, struct span target, struct err *err)
{
	if (h->connect) {
		if (!read_authority(h, target, true))
			return err_set(
			    err, RC_REFUSE, "CONNECT wants a name and a port");
		return RC_OK;
	}
	if (target.len > 0 && target.p[0] != '/')
		return err_set(
		    err, RC_REFUSE, "a request must name a path, no whole URL");
	if (!target_ok(target))
		return err_set(err, RC_REFUSE, "an ill-formed path");
	h->path = target;
	if (cut(&target, "?", &h->path))
		h->query = target;
	return RC_OK;
}

static enum rc
read_request_line(struct head *h, struct span line, struct err *err)
{
	struct span method = { 0 }, target = { 0 };

	if (!cut(&line, " ", &method) || !cut(&line, " ", &target))
		return err_set(err, RC_REFUSE, "no request line");
	if (method.len == 0 || method.len >= sizeof h->method)
		return err_set(err, RC_REFUSE, "an ill-formed method");
	for (size_t i = 0; i < method.len; i++)
		if (method.p[i] < 'A' || method.p[i] > 'Z')
			return err_set(err, RC_REFUSE, "an ill-formed method");
	memcpy(h->method, method.p, method.len);
	h->connect = strcmp(h->method, "CONNECT") == 0;
	/* Python's http.client tunnels with HTTP/1.0. */
	if (!span_is(line, "HTTP/1.1") && !(h->connect && span_is(line, "HTTP/1.0")))
		return err_set(err, RC_REFUSE, "not HTTP/1.1");
	return read_target(h, target, err);
}

static bool
name_ok(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!letter(s.p[i]) && !digit(s.p[i]) && s.p[i] != '-' &&
		    s.p[i] != '_' && s.p[i] != '.')
			return false;
	return s.len > 0;
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && s.p[0] == ' ')
		s = span_make(s.p + 1, s.len - 1);
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* No header may stand twice: which one counts, or whether they are joined, is each
 * reader's own idea. */
static enum rc
read_header(struct head *h, struct span line, struct err *err)
{
	struct span name = { 0 };

	if (line.p[0] == ' ')
		return err_set(err, RC_REFUSE, "a folded header line");
	if (!cut(&line, ":", &name) || !name_ok(name))
		return err_set(err, RC_REFUSE, "an ill-formed header line");
	if (h->n_headers == HEAD_HEADERS)
		return err_set(err, RC_REFUSE, "too many headers");
	for (size_t i = 0; i < h->n_headers; i++)
		if (h->headers[i].name.len == name.len &&
		    strncasecmp((const char *)h->headers[i].name.p,
			(const char *)name.p, name.len) == 0)
			return err_set(err, RC_REFUSE, "the header %.*s stands twice",
			    (int)(name.len > 64 ? 64 : name.len), (const char *)name.p);
	h->headers[h->n_headers++] = (struct sigv4_header){ name, trim(line) };
	return RC_OK;
}

static enum rc
read_length(struct head *h, struct err *err)
{
	struct span length = { 0 }, coding = { 0 };
	bool has_length = head_find(h, "content-length", &length) > 0;
	bool has_coding = head_find(h, "transfer-encoding", &coding) > 0;

	if (has_length && has_coding)
		return err_set(err, RC_REFUSE,
		    "both Content-Length and Transfer-Encoding are named");
	if (has_coding && !same_word(coding, "chunked"))
		return err_set(
		    err, RC_REFUSE, "another transfer coding than \"chunked\"");
	h->body = has_length ? HEAD_LENGTH : has_coding ? HEAD_CHUNKED : HEAD_NONE;
	if (has_length && (length.len == 0 || length.len > LENGTH_DIGITS))
		return err_set(err, RC_REFUSE, "an ill-formed Content-Length");
	for (size_t i = 0; i < length.len; i++) {
		if (!digit(length.p[i]))
			return err_set(err, RC_REFUSE, "an ill-formed Content-Length");
		h->length = h->length * 10 + (uint64_t)(length.p[i] - '0');
	}
	if (h->connect && h->body != HEAD_NONE && h->length + has_coding > 0)
		return err_set(err, RC_REFUSE, "CONNECT has no body");
	return RC_OK;
}

/* Headers that change how the rest is read.  "Connection: NAME" would take a header
 * away from the request on one hop and not on another. */
static enum rc
read_hop(struct head *h, struct err *err)
{
	static const char *const none[] = { "upgrade", "te", "trailer",
		"http2-settings", "x-http-method-override" };
	struct span s = { 0 };

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		if (head_find(h, none[i], NULL) > 0)
			return err_set(
			    err, RC_REFUSE, "the header %s is not taken", none[i]);
	h->keeps = true;
	if (head_find(h, "connection", &s) > 0) {
		h->keeps = !same_word(s, "close");
		if (h->keeps && !same_word(s, "keep-alive"))
			return err_set(err, RC_REFUSE,
			    "Connection may say close or keep-alive only");
	}
	if (head_find(h, "expect", &s) > 0) {
		h->expects = same_word(s, "100-continue");
		if (!h->expects)
			return err_set(
			    err, RC_REFUSE, "an expectation that nobody here meets");
	}
	return RC_OK;
}

static enum rc
read_host(struct head *h, struct err *err)
{
	struct span s = { 0 };

	if (h->connect)
		return RC_OK; /* the target says it */
	if (head_find(h, "host", &s) == 0)
		return err_set(err, RC_REFUSE, "no Host header");
	if (!read_authority(h, s, false))
		return err_set(err, RC_REFUSE, "an ill-formed Host header");
	return RC_OK;
}

static enum rc
read_lines(struct head *h, struct err *err)
{
	struct span rest = buf_span(&h->text), line = { 0 };
	enum rc rc;

	cut(&rest, "\r\n", &line);
	if ((rc = read_request_line(h, line, err)) != RC_OK)
		return rc;
	while (cut(&rest, "\r\n", &line))
		if ((rc = read_header(h, line, err)) != RC_OK)
			return rc;
	if ((rc = read_length(h, err)) != RC_OK || (rc = read_hop(h, err)) != RC_OK)
		return rc;
	return read_host(h, err);
}

/* Printable ASCII, and CR and LF only as a pair.  *end: behind the empty line, 0 if it
 * has not come yet.  A tab is none: a value with one can be trimmed in two ways. */
static enum rc
find_end(struct span s, size_t *end, struct err *err)
{
	size_t start = 0; /* of the line */

	for (size_t i = 0; i < s.len && i < HEAD_BYTES; i++) {
		uint8_t c = s.p[i];

		if (c == '\r' && i + 1 == s.len)
			break;
		if (c == '\r' && s.p[i + 1] == '\n') {
			if (i == 0)
				return err_set(
				    err, RC_REFUSE, "an empty line in front");
			*end = i == start ? i + 2 : 0;
			if (*end > 0)
				return RC_OK;
			start = i + 2;
			i++;
			continue;
		}
		if (c < 0x20 || c >= 0x7F)
			return err_set(err, RC_REFUSE,
			    "byte %zu of the head is no printable ASCII", i);
	}
	*end = 0;
	return s.len < HEAD_BYTES ? RC_OK
				  : err_set(err, RC_REFUSE,
					"a head of more than %u bytes", HEAD_BYTES);
}

enum rc
head_read(struct span bytes, struct head **ret, size_t *used, struct err *err)
{
	struct head *h;
	size_t end = 0;
	enum rc rc;

	if ((rc = find_end(bytes, &end, err)) != RC_OK)
		return rc;
	if (end == 0)
		return RC_WAIT;
	if ((h = calloc(1, sizeof *h)) == NULL)
		return err_memory(err);
	buf_init(&h->text, HEAD_BYTES);
	buf_put(&h->text, bytes.p, end - 2);
	rc = buf_ok(&h->text) ? read_lines(h, err) : err_memory(err);
	if (rc != RC_OK) {
		head_free(h);
		return rc;
	}
	*ret = h;
	*used = end;
	return RC_OK;
}

void
head_free(struct head *h)
{
	if (h == NULL)
		return;
	buf_clear(&h->text);
	free(h);
}

const char *
head_method(const struct head *h)
{
	return h->method;
}

bool
head_connect(const struct head *h, const char **name, uint16_t *port)
{
	if (!h->connect)
		return false;
	*name = h->host;
	*port = h->port;
	return true;
}

struct span
head_path(const struct head *h)
{
	return h->path;
}

struct span
head_query(const struct head *h)
{
	return h->query;
}

const char *
head_host(const struct head *h)
{
	return h->host;
}

uint16_t
head_port(const struct head *h)
{
	return h->port;
}

const struct sigv4_header *
head_headers(const struct head *h, size_t *n)
{
	*n = h->n_headers;
	return h->headers;
}

size_t
head_find(const struct head *h, const char *name, struct span *value)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_headers; i++) {
		if (!same_word(h->headers[i].name, name))
			continue;
		if (n++ == 0 && value != NULL)
			*value = h->headers[i].value;
	}
	return n;
}

enum head_body
head_body(const struct head *h)
{
	return h->body;
}

uint64_t
head_length(const struct head *h)
{
	return h->length;
}

bool
head_expects(const struct head *h)
{
	return h->expects;
}

bool
head_keeps(const struct head *h)
{
	return h->keeps;
}
