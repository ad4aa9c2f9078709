/* Canonical requests; see sigv4_canon.h.  Signs nothing. */
#include "lib/base/sigv4_canon.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/uri.h"

/* One segment of a path, without slashes. */
static struct span
next_segment(struct span *rest)
{
	const uint8_t *slash = memchr(rest->p, '/', rest->len);
	size_t n = slash == NULL ? rest->len : (size_t)(slash - rest->p);
	struct span segment = span_make(rest->p, n);

	n += slash != NULL;
	*rest = span_make(rest->p + n, rest->len - n);
	return segment;
}

/* Drop the last segment and its slash from what was built; the root's slash stays. */
static void
drop_segment(struct buf *out, size_t root)
{
	while (out->len > root && out->p[out->len - 1] != '/')
		out->len--;
	if (out->len > root)
		out->len--;
}

/* RFC 3986 section 5.2.4 with empty segments gone as well; but a last "." or ".."
 * leaves no slash behind, as in the AWS SDKs. */
static void
normalise(struct span path, struct buf *out)
{
	bool slash = path.p[path.len - 1] == '/';
	size_t root = out->len;

	while (path.len > 0) {
		struct span s = next_segment(&path);

		if (span_is(s, ".."))
			drop_segment(out, root);
		if (s.len == 0 || span_is(s, ".") || span_is(s, ".."))
			continue;
		buf_u8(out, '/');
		uri_encode(out, s, "");
	}
	if (out->len == root || slash)
		buf_u8(out, '/');
}

enum rc
sigv4_path(struct span path, bool s3_rules, struct buf *ret, struct err *err)
{
	struct buf plain;
	enum rc rc = RC_OK;

	if (path.len == 0)
		path = span_of("/");
	if (path.p[0] != '/')
		return err_set(
		    err, RC_REFUSE, "a path to sign must begin with a slash");
	if (!s3_rules) {
		normalise(path, ret);
		return RC_OK;
	}
	buf_init(&plain, path.len);
	if (uri_decode(&plain, path))
		uri_encode(ret, buf_span(&plain), "/");
	else
		rc = err_set(err, RC_REFUSE, "a broken percent escape in the path");
	buf_clear(&plain);
	return rc;
}

/* A parameter in its canonical spelling: offsets into the text beside it, since that
 * text moves while it grows. */
struct param {
	size_t key, key_len;
	size_t value, value_len;
	const uint8_t *text;
};

static int
compare_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	int c = n == 0 ? 0 : memcmp(a, b, n);

	return c != 0 ? c : (a_len > b_len) - (a_len < b_len);
}

/* When all names and values are empty there is no text. */
static const uint8_t *
text_at(const struct param *p, size_t at)
{
	return p->text != NULL ? p->text + at : NULL;
}

static int
compare_params(const void *left, const void *right)
{
	const struct param *a = left, *b = right;
	int c = compare_bytes(
	    text_at(a, a->key), a->key_len, text_at(b, b->key), b->key_len);

	return c != 0 ? c
		      : compare_bytes(text_at(a, a->value), a->value_len,
			    text_at(b, b->value), b->value_len);
}

static bool
recode(struct span s, struct buf *plain, struct buf *out)
{
	buf_reset(plain);
	if ((s.len > 0 && memchr(s.p, '+', s.len) != NULL) || !uri_decode(plain, s))
		return false;
	uri_encode(out, buf_span(plain), "");
	return buf_ok(out);
}

/* Read "key=value" or "key" into p, its text appended to out. */
static bool
read_param(struct span s, struct buf *plain, struct buf *out, struct param *p)
{
	const uint8_t *eq = memchr(s.p, '=', s.len);
	size_t n = eq == NULL ? s.len : (size_t)(eq - s.p);
	struct span value = { 0 };

	if (eq != NULL)
		value = span_make(eq + 1, s.len - n - 1);
	p->key = out->len;
	if (!recode(span_make(s.p, n), plain, out))
		return false;
	p->key_len = out->len - p->key;
	p->value = out->len;
	if (!recode(value, plain, out))
		return false;
	p->value_len = out->len - p->value;
	return true;
}

static struct span
next_param(struct span *rest)
{
	const uint8_t *amp = memchr(rest->p, '&', rest->len);
	size_t n = amp == NULL ? rest->len : (size_t)(amp - rest->p);
	struct span s = span_make(rest->p, n);

	n += amp != NULL;
	*rest = span_make(rest->p + n, rest->len - n);
	return s;
}

bool
sigv4_query_has(struct span query, const char *key)
{
	bool found = false;
	struct buf plain;

	buf_init(&plain, query.len);
	while (query.len > 0 && !found) {
		struct span s = next_param(&query);
		const uint8_t *eq = s.len == 0 ? NULL : memchr(s.p, '=', s.len);

		if (eq != NULL)
			s.len = (size_t)(eq - s.p);
		buf_reset(&plain);
		found = uri_decode(&plain, s) && span_is(buf_span(&plain), key);
	}
	buf_clear(&plain);
	return found;
}

static enum rc
read_params(struct span query, struct buf *text, struct param *params, size_t *count,
    struct err *err)
{
	struct buf plain;
	enum rc rc = RC_OK;

	buf_init(&plain, query.len);
	while (query.len > 0 && rc == RC_OK) {
		struct span s = next_param(&query);

		if (s.len == 0)
			continue;
		if (*count == SIGV4_PARAMS_MAX)
			rc = err_set(err, RC_REFUSE,
			    "more than %d parameters in the query", SIGV4_PARAMS_MAX);
		else if (!read_param(s, &plain, text, &params[*count]))
			rc = err_set(err, RC_REFUSE,
			    "parameter %zu of the query: a raw plus or a broken escape",
			    *count + 1);
		else
			++*count;
	}
	buf_clear(&plain);
	return rc;
}

static void
write_params(
    struct param *params, size_t count, const struct buf *text, struct buf *ret)
{
	bool first = true;

	for (size_t i = 0; i < count; i++)
		params[i].text = text->p;
	qsort(params, count, sizeof *params, compare_params);
	for (size_t i = 0; i < count; i++) {
		struct span key = span_make(text->p + params[i].key, params[i].key_len);

		if (span_is(key, "X-Amz-Signature"))
			continue;
		if (!first)
			buf_u8(ret, '&');
		first = false;
		buf_span_put(ret, key);
		buf_u8(ret, '=');
		buf_put(ret, text->p + params[i].value, params[i].value_len);
	}
}

enum rc
sigv4_query(struct span query, struct buf *ret, struct err *err)
{
	struct param *params;
	struct buf text;
	size_t count = 0;
	enum rc rc;

	if (query.len == 0)
		return RC_OK;
	if ((params = calloc(SIGV4_PARAMS_MAX, sizeof *params)) == NULL)
		return err_memory(err);
	buf_init(&text, SIGV4_TEXT_MAX);
	if ((rc = read_params(query, &text, params, &count, err)) == RC_OK && count > 0)
		write_params(params, count, &text, ret);
	buf_clear(&text);
	free(params);
	return rc;
}

/* A header with its place among those of the request: the sort must be stable, or
 * repeated headers change their order. */
struct row {
	const struct sigv4_header *header;
	size_t place;
};

static int
compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	struct span x = a->header->name, y = b->header->name;
	int c = strncasecmp(
	    (const char *)x.p, (const char *)y.p, x.len < y.len ? x.len : y.len);

	/* By name alone: as whole lines, "x-a:…" would stand behind "x-a-b:…". */
	if (c == 0)
		c = (x.len > y.len) - (x.len < y.len);
	return c != 0 ? c : (a->place > b->place) - (a->place < b->place);
}

static bool
same_name(struct span a, struct span b)
{
	return a.len == b.len &&
	       strncasecmp((const char *)a.p, (const char *)b.p, a.len) == 0;
}

/* RFC 9110 section 5.6.2: token. */
static bool
token(struct span s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i], low = c | 0x20;

		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr(marks, c) == NULL))
			return false;
	}
	return s.len > 0;
}

static bool
one_line(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || s.p[i] == '\r' || s.p[i] == '\n')
			return false;
	return true;
}

static enum rc
sort_headers(const struct sigv4_request *r, struct row *rows, struct err *err)
{
	bool host = false;

	if (r->n_headers > SIGV4_HEADERS_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d headers to sign", SIGV4_HEADERS_MAX);
	for (size_t i = 0; i < r->n_headers; i++) {
		const struct sigv4_header *h = &r->headers[i];

		if (!token(h->name) || !one_line(h->value))
			return err_set(
			    err, RC_REFUSE, "header %zu is ill-formed", i + 1);
		host = host || same_name(h->name, span_of("host"));
		rows[i] = (struct row){ .header = h, .place = i };
	}
	if (!host)
		return err_set(err, RC_REFUSE, "a request to sign has no host");
	qsort(rows, r->n_headers, sizeof *rows, compare_rows);
	return RC_OK;
}

static void
write_lower(struct span name, struct buf *ret)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i];

		buf_u8(ret, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c);
	}
}

/* Trimmed, and runs of blanks made one space. */
static void
write_value(struct span s, struct buf *ret)
{
	bool gap = false, any = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == ' ' || s.p[i] == '\t') {
			gap = any;
			continue;
		}
		if (gap)
			buf_u8(ret, ' ');
		gap = false;
		any = true;
		buf_u8(ret, s.p[i]);
	}
}

static bool
continues(const struct row *rows, size_t i)
{
	return i > 0 && same_name(rows[i].header->name, rows[i - 1].header->name);
}

static void
write_headers(const struct row *rows, size_t n, struct buf *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (continues(rows, i)) {
			ret->len -= ret->len > 0; /* the line end: the value goes on */
			buf_u8(ret, ',');
		} else {
			write_lower(rows[i].header->name, ret);
			buf_u8(ret, ':');
		}
		write_value(rows[i].header->value, ret);
		buf_u8(ret, '\n');
	}
}

static void
write_names(const struct row *rows, size_t n, struct buf *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (continues(rows, i))
			continue;
		if (i > 0)
			buf_u8(ret, ';');
		write_lower(rows[i].header->name, ret);
	}
}

enum rc
sigv4_names(const struct sigv4_request *r, struct buf *ret, struct err *err)
{
	struct row rows[SIGV4_HEADERS_MAX];
	enum rc rc;

	if ((rc = sort_headers(r, rows, err)) == RC_OK)
		write_names(rows, r->n_headers, ret);
	return rc;
}

enum rc
sigv4_canon(const struct sigv4_request *r, struct buf *ret, struct err *err)
{
	struct row rows[SIGV4_HEADERS_MAX];
	enum rc rc;

	if ((rc = sort_headers(r, rows, err)) != RC_OK)
		return rc;
	buf_printf(ret, "%s\n", r->method);
	if ((rc = sigv4_path(r->path, r->s3_rules, ret, err)) != RC_OK)
		return rc;
	buf_u8(ret, '\n');
	if ((rc = sigv4_query(r->query, ret, err)) != RC_OK)
		return rc;
	buf_u8(ret, '\n');
	write_headers(rows, r->n_headers, ret);
	buf_u8(ret, '\n');
	write_names(rows, r->n_headers, ret);
	buf_printf(ret, "\n%s", r->payload_hash);
	if (!buf_ok(ret))
		return err_set(err, RC_REFUSE, "the request to sign is too long");
	return RC_OK;
}
