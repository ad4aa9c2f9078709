/* Names and values of an XML text, for redaction.c: elements, and what stands in those
 * that hold no other.  Attributes are not looked at: AWS's answers have no values there. */
#include "broker/gate/redaction_parts.h"

#include <string.h>

struct open {
	struct span name;
	size_t content; /* where it begins */
	bool parent;	/* it has elements */
	bool item;	/* of a list: it has no name of its own */
};

struct reader {
	struct redaction *r;
	struct open stack[REDACTION_LEVELS];
	size_t depth;
	bool over; /* the outermost element ended */
};

static struct span
rest(const struct redaction *r)
{
	return span_make(r->text.p + r->at, r->text.len - r->at);
}

static bool
pass(struct redaction *r, const char *end)
{
	struct span s = rest(r);
	const uint8_t *at = s.len > 0 ? memmem(s.p, s.len, end, strlen(end)) : NULL;

	if (at == NULL)
		return false;
	r->at = (size_t)(at - r->text.p) + strlen(end);
	return true;
}

static bool
blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A name's end, behind '<' or "</". */
static struct span
read_name(struct redaction *r)
{
	struct span s = rest(r);
	size_t n = 0;

	while (n < s.len && !blank(s.p[n]) && memchr("/<>=\"'&", s.p[n], 7) == NULL)
		n++;
	r->at += n;
	return span_make(s.p, n);
}

/* Behind its name, to behind '>'; *empty: it ended with "/>". */
static bool
read_attributes(struct redaction *r, bool *empty)
{
	const struct span t = r->text;

	for (; r->at < t.len; r->at++) {
		uint8_t c = t.p[r->at];

		if (c == '>') {
			*empty = t.p[r->at - 1] == '/';
			r->at++;
			return true;
		}
		if (c == '<')
			return false;
		if (c == '"' || c == '\'') {
			const uint8_t *end =
			    memchr(t.p + r->at + 1, c, t.len - r->at - 1);

			if (end == NULL)
				return false;
			r->at = (size_t)(end - t.p);
		}
	}
	return false;
}

static bool
is_item(struct span name)
{
	return span_is(name, "member") || span_is(name, "item") ||
	       span_is(name, "entry");
}

/* The element at the top of the stack gets one within: it is an object, and unless it is
 * an item its name is the member's. */
static bool
become_parent(struct reader *x)
{
	struct open *o = &x->stack[x->depth - 1];

	if (o->parent)
		return true;
	o->parent = true;
	return redaction_down(x->r);
}

static bool
open_tag(struct reader *x)
{
	struct redaction *r = x->r;
	struct span name;
	bool empty;

	r->at++;
	name = read_name(r);
	if (name.len == 0 || x->over || x->depth == REDACTION_LEVELS - 1 ||
	    !read_attributes(r, &empty))
		return false;
	if (x->depth > 0 && !become_parent(x))
		return false;
	if (r->depth > 0 && !(is_item(name) && x->depth > 1))
		redaction_name(r, name);
	else if (r->depth > 0)
		/* An item is called as what it is in. */
		redaction_name(r, x->stack[x->depth - 1].name);
	if (empty) {
		x->over = x->depth == 0;
		return true;
	}
	x->stack[x->depth++] =
	    (struct open){ .name = name, .content = r->at, .item = is_item(name) };
	return true;
}

static bool
close_tag(struct reader *x)
{
	struct redaction *r = x->r;
	size_t end = r->at;
	struct open *o;

	if (x->depth == 0)
		return false;
	o = &x->stack[x->depth - 1];
	r->at += 2;
	if (!span_eq(read_name(r), o->name))
		return false;
	while (r->at < r->text.len && blank(r->text.p[r->at]))
		r->at++;
	if (r->at >= r->text.len || r->text.p[r->at++] != '>')
		return false;
	x->depth--;
	x->over = x->depth == 0;
	if (o->parent)
		redaction_up(r);
	else if (r->depth > 0)
		return redaction_value(r, o->content, end, false);
	return true;
}

static bool
read_tag(struct reader *x)
{
	struct span s = rest(x->r);

	if (span_starts(s, "<?"))
		return pass(x->r, "?>");
	if (span_starts(s, "<!--"))
		return pass(x->r, "-->");
	if (span_starts(s, "<![CDATA["))
		return x->depth > 0 && pass(x->r, "]]>");
	if (span_starts(s, "<!"))
		return false;
	return span_starts(s, "</") ? close_tag(x) : open_tag(x);
}

/* What stands between elements of others is no value. */
static bool
read_between(struct reader *x)
{
	struct redaction *r = x->r;
	bool outside = x->depth == 0;

	while (r->at < r->text.len && r->text.p[r->at] != '<') {
		if (outside && !blank(r->text.p[r->at]))
			return false;
		r->at++;
	}
	return true;
}

bool
redaction_xml(struct redaction *r)
{
	struct reader x = { .r = r };

	while (r->at < r->text.len) {
		if (!read_between(&x))
			return false;
		if (r->at < r->text.len && !read_tag(&x))
			return false;
	}
	return x.over;
}
