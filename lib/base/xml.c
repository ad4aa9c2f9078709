/* A strict reader of small XML documents; see xml.h. */
#include "lib/base/xml.h"

#include <string.h>
#include <strings.h>

#include "lib/base/text.h"

struct reader {
	struct span doc;
	size_t at;
	struct span names[XML_DEPTH_MAX]; /* the open elements */
	size_t starts[XML_DEPTH_MAX];	  /* where the content of each begins */
	bool parents[XML_DEPTH_MAX];	  /* has had an element inside */
	size_t depth, count;
	bool ended; /* the root is closed */
	const struct xml_visitor *visitor;
};

static enum rc
malformed(const struct reader *r, const char *what, struct err *err)
{
	return err_set(err, RC_REFUSE, "XML at byte %zu: %s", r->at, what);
}

static bool
left(const struct reader *r)
{
	return r->at < r->doc.len;
}

static uint8_t
peek(const struct reader *r)
{
	return left(r) ? r->doc.p[r->at] : 0;
}

static bool
blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
name_byte(uint8_t c)
{
	uint8_t low = c | 0x20;

	return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-' || c == '.' || c == ':';
}

static void
skip_blanks(struct reader *r)
{
	while (left(r) && blank(peek(r)))
		r->at++;
}

static bool
take(struct reader *r, const char *text)
{
	if (!span_starts(span_make(r->doc.p + r->at, r->doc.len - r->at), text))
		return false;
	r->at += strlen(text);
	return true;
}

/* Empty when no name stands here or it is too long. */
static struct span
take_name(struct reader *r)
{
	size_t start = r->at;

	while (left(r) && name_byte(peek(r)) && r->at - start <= XML_NAME_MAX)
		r->at++;
	if (r->at - start > XML_NAME_MAX)
		return (struct span){ 0 };
	return span_make(r->doc.p + start, r->at - start);
}

/* name="value" and blanks, up to '>' or '/>'. */
static enum rc
skip_attributes(struct reader *r, struct err *err)
{
	for (;;) {
		const uint8_t *end;
		uint8_t quote;

		skip_blanks(r);
		if (!left(r) || peek(r) == '>' || peek(r) == '/')
			return RC_OK;
		if (take_name(r).len == 0 || !take(r, "="))
			return malformed(r, "no attribute", err);
		quote = peek(r);
		if (quote != '"' && quote != '\'')
			return malformed(r, "an attribute without quotes", err);
		r->at++;
		end = memchr(r->doc.p + r->at, quote, r->doc.len - r->at);
		if (end == NULL ||
		    memchr(r->doc.p + r->at, '<', (size_t)(end - r->doc.p) - r->at))
			return malformed(r, "an attribute without its end", err);
		r->at = (size_t)(end - r->doc.p) + 1;
	}
}

/* The element on top ends: its content is [start, end). */
static enum rc
close_element(struct reader *r, size_t start, size_t end, struct err *err)
{
	const struct xml_visitor *v = r->visitor;
	struct span raw = span_make(r->doc.p + start, end - start);

	r->depth--;
	r->ended = r->depth == 0;
	return v->close(v->arg, raw, r->parents[r->depth], err);
}

/* Behind "</". */
static enum rc
read_close(struct reader *r, struct err *err)
{
	size_t end = r->at - 2;
	struct span name = take_name(r);

	skip_blanks(r);
	if (r->depth == 0 || !span_eq(name, r->names[r->depth - 1]) || !take(r, ">"))
		return malformed(r, "an end that fits no element", err);
	return close_element(r, r->starts[r->depth - 1], end, err);
}

/* Behind "<". */
static enum rc
read_open(struct reader *r, struct err *err)
{
	struct span name = take_name(r);
	enum rc rc;

	if (name.len == 0)
		return malformed(r, "no element name", err);
	if (r->ended || r->depth == XML_DEPTH_MAX || ++r->count > r->visitor->most)
		return malformed(r, "too many elements, or too deep", err);
	if (left(r) && !blank(peek(r)) && peek(r) != '>' && peek(r) != '/')
		return malformed(r, "an ill-formed element", err);
	if ((rc = skip_attributes(r, err)) != RC_OK)
		return rc;
	if (r->depth > 0)
		r->parents[r->depth - 1] = true;
	r->names[r->depth] = name;
	r->parents[r->depth++] = false;
	if ((rc = r->visitor->open(r->visitor->arg, name, err)) != RC_OK)
		return rc;
	if (take(r, "/>"))
		return close_element(r, r->at, r->at, err);
	if (!take(r, ">"))
		return malformed(r, "an element without its end", err);
	r->starts[r->depth - 1] = r->at;
	return RC_OK;
}

/* Text up to the next '<'; between and behind elements only blanks. */
static enum rc
read_text(struct reader *r, struct err *err)
{
	while (left(r) && peek(r) != '<') {
		if (r->depth == 0 && !blank(peek(r)))
			return malformed(r, "text outside the root", err);
		r->at++;
	}
	return RC_OK;
}

static enum rc
check_bytes(struct span doc, struct err *err)
{
	if (!text_utf8(doc))
		return err_set(err, RC_REFUSE, "XML that is not UTF-8");
	for (size_t i = 0; i < doc.len; i++)
		if (doc.p[i] < 0x20 && !blank(doc.p[i]))
			return err_set(
			    err, RC_REFUSE, "XML at byte %zu: a control character", i);
	return RC_OK;
}

/* Blanks, a name, "=" and a value in quotes; false when the name does not stand here. */
static bool
take_pair(struct reader *r, const char *name, struct span *value)
{
	const uint8_t *end;
	uint8_t quote;

	skip_blanks(r);
	if (!take(r, name))
		return false;
	skip_blanks(r);
	*value = span_make(NULL, 0);
	if (!take(r, "="))
		return true;
	skip_blanks(r);
	quote = peek(r);
	if (quote != '"' && quote != '\'')
		return true;
	r->at++;
	if ((end = memchr(r->doc.p + r->at, quote, r->doc.len - r->at)) == NULL)
		return true;
	*value = span_make(r->doc.p + r->at, (size_t)(end - r->doc.p) - r->at);
	r->at = (size_t)(end - r->doc.p) + 1;
	return true;
}

/* It may say nothing but what is so: a reader that believes another encoding or
 * version would read other names and texts in the same bytes. */
static enum rc
read_declaration(struct reader *r, struct err *err)
{
	struct span v = { 0 };

	if (!take(r, "<?xml") || !blank(peek(r))) {
		r->at = 0; /* no declaration: elements and their names are read later */
		return RC_OK;
	}
	if (!take_pair(r, "version", &v) || !span_is(v, "1.0"))
		return malformed(r, "another version than 1.0", err);
	if (take_pair(r, "encoding", &v) &&
	    (v.len != 5 || strncasecmp((const char *)v.p, "UTF-8", 5) != 0))
		return malformed(r, "another encoding than UTF-8", err);
	if (take_pair(r, "standalone", &v) && !span_is(v, "yes") && !span_is(v, "no"))
		return malformed(r, "an ill-formed declaration", err);
	skip_blanks(r);
	return take(r, "?>") ? RC_OK : malformed(r, "an ill-formed declaration", err);
}

enum rc
xml_walk(struct span doc, const struct xml_visitor *visitor, struct err *err)
{
	struct reader r = { .doc = doc, .visitor = visitor };
	enum rc rc;

	if (doc.len == 0)
		return malformed(&r, "an empty document", err);
	if ((rc = check_bytes(doc, err)) == RC_OK)
		rc = read_declaration(&r, err);
	while (rc == RC_OK && left(&r)) {
		if ((rc = read_text(&r, err)) != RC_OK || !left(&r))
			break;
		if (take(&r, "</"))
			rc = read_close(&r, err);
		else if (take(&r, "<"))
			rc = read_open(&r, err);
	}
	if (rc == RC_OK && !r.ended)
		rc = malformed(&r, "it is cut short", err);
	return rc;
}

/* What xml_read looks for, and where the walk stands. */
struct search {
	struct span names[XML_DEPTH_MAX];
	size_t depth;
	struct xml_field *fields;
	size_t n;
};

/* Is the element on top of the stack the one that path names? */
static bool
stands_at(const struct search *s, const char *path)
{
	char have[XML_PATH_MAX];
	size_t len = 0;

	for (size_t i = 0; i < s->depth; i++) {
		struct span name = s->names[i];

		if (len + name.len + 2 > sizeof have)
			return false;
		if (i > 0)
			have[len++] = '/';
		memcpy(have + len, name.p, name.len);
		len += name.len;
	}
	return span_is(span_make(have, len), path);
}

static enum rc
search_open(void *arg, struct span name, struct err *err)
{
	struct search *s = arg;

	(void)err;
	s->names[s->depth++] = name;
	return RC_OK;
}

static enum rc
search_close(void *arg, struct span raw, bool parent, struct err *err)
{
	struct search *s = arg;

	for (size_t i = 0; i < s->n; i++) {
		struct xml_field *f = &s->fields[i];

		if (!stands_at(s, f->path))
			continue;
		if (f->found || parent)
			return err_set(err, RC_REFUSE,
			    "XML: a field twice, or with elements in it");
		f->raw = raw;
		f->found = true;
	}
	s->depth--;
	return RC_OK;
}

enum rc
xml_read(struct span doc, struct xml_field *fields, size_t n, struct err *err)
{
	struct search search = { .fields = fields, .n = n };
	const struct xml_visitor visitor = { &search, search_open, search_close,
		XML_COUNT_MAX };

	for (size_t i = 0; i < n; i++) {
		fields[i].raw = (struct span){ 0 };
		fields[i].found = false;
	}
	return xml_walk(doc, &visitor, err);
}

/* A character reference, "#65" or "#x41".  0 when it is none. */
static uint32_t
reference(struct span s)
{
	bool hex = s.len > 1 && s.p[1] == 'x';
	uint32_t cp = 0;

	if (s.len < (hex ? 3u : 2u) || s.len > 8 || s.p[0] != '#')
		return 0;
	for (size_t i = hex ? 2 : 1; i < s.len; i++) {
		uint8_t c = s.p[i], low = c | 0x20;

		if (c >= '0' && c <= '9')
			cp = cp * (hex ? 16 : 10) + (c - '0');
		else if (hex && low >= 'a' && low <= 'f')
			cp = cp * 16 + 10 + (low - 'a');
		else
			return 0;
	}
	return cp;
}

/* XML 1.0 section 2.2. */
static bool
allowed(uint32_t cp)
{
	return cp == '\t' || cp == '\n' || cp == '\r' || (cp >= 0x20 && cp <= 0xD7FF) ||
	       (cp >= 0xE000 && cp <= 0xFFFD) || (cp >= 0x10000 && cp <= 0x10FFFF);
}

static void
put_utf8(struct buf *b, uint32_t cp)
{
	if (cp < 0x80) {
		buf_u8(b, (uint8_t)cp);
		return;
	}
	if (cp < 0x800) {
		buf_u8(b, (uint8_t)(0xC0 | cp >> 6));
	} else {
		if (cp < 0x10000) {
			buf_u8(b, (uint8_t)(0xE0 | cp >> 12));
		} else {
			buf_u8(b, (uint8_t)(0xF0 | cp >> 18));
			buf_u8(b, (uint8_t)(0x80 | (cp >> 12 & 0x3F)));
		}
		buf_u8(b, (uint8_t)(0x80 | (cp >> 6 & 0x3F)));
	}
	buf_u8(b, (uint8_t)(0x80 | (cp & 0x3F)));
}

static bool
put_entity(struct span name, struct buf *ret)
{
	static const struct {
		const char *name;
		char c;
	} five[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
		{ "apos", '\'' } };
	uint32_t cp = reference(name);

	for (size_t i = 0; i < sizeof five / sizeof five[0]; i++)
		if (span_is(name, five[i].name))
			cp = (uint32_t)five[i].c;
	if (cp == 0 || !allowed(cp))
		return false;
	put_utf8(ret, cp);
	return true;
}

enum rc
xml_decode(struct span raw, struct buf *ret, struct err *err)
{
	for (size_t i = 0; i < raw.len; i++) {
		const uint8_t *end;
		size_t n;

		/* Ends of lines come to a line feed (XML 1.0 section 2.11). */
		if (raw.p[i] == '\r') {
			buf_u8(ret, '\n');
			i += i + 1 < raw.len && raw.p[i + 1] == '\n';
			continue;
		}
		if (raw.p[i] != '&') {
			buf_u8(ret, raw.p[i]);
			continue;
		}
		end = memchr(raw.p + i, ';', raw.len - i);
		n = end == NULL ? 0 : (size_t)(end - raw.p) - i;
		if (n < 2 || !put_entity(span_make(raw.p + i + 1, n - 1), ret))
			return err_set(err, RC_REFUSE, "an unknown entity in XML");
		i += n;
	}
	return buf_ok(ret) ? RC_OK : err_set(err, RC_REFUSE, "a text is too long");
}
