/* Names and values of a JSON text, for redaction.c.  RFC 8259, but for what stands within
 * strings: that is looked at as it is spelled. */
#include "broker/gate/redaction_parts.h"

#include <string.h>

static bool read_value(struct redaction *r, size_t lists);

static int
next(struct redaction *r)
{
	while (r->at < r->text.len && memchr(" \t\r\n", r->text.p[r->at], 4) != NULL)
		r->at++;
	return r->at < r->text.len ? r->text.p[r->at] : -1;
}

static bool
take(struct redaction *r, char c)
{
	if (next(r) != c)
		return false;
	r->at++;
	return true;
}

/* At its opening quote; *to: the closing one. */
static bool
read_string(struct redaction *r, size_t *from, size_t *to)
{
	const struct span t = r->text;

	*from = ++r->at;
	while (r->at < t.len && t.p[r->at] != '"')
		r->at += t.p[r->at] == '\\' ? 2 : 1;
	if (r->at >= t.len)
		return false;
	*to = r->at++;
	return true;
}

static bool
read_bare(struct redaction *r)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t from = r->at;
	bool number;
	struct span s;

	while (r->at < r->text.len &&
	       memchr(",]}: \t\r\n\"[{", r->text.p[r->at], 11) == NULL)
		r->at++;
	s = span_make(r->text.p + from, r->at - from);
	number = s.len > 0;
	for (size_t i = 0; i < s.len; i++)
		number &= s.p[i] != '\0' && strchr("0123456789+-.eE", s.p[i]) != NULL;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		number |= span_is(s, words[i]);
	return number && (r->depth == 0 || redaction_value(r, from, r->at, true));
}

static bool
read_member(struct redaction *r, size_t lists)
{
	size_t from, to;

	if (next(r) != '"' || !read_string(r, &from, &to) || !take(r, ':'))
		return false;
	redaction_name(r, span_make(r->text.p + from, to - from));
	return read_value(r, lists);
}

/* Behind its bracket; members or values with commas between. */
static bool
read_all(struct redaction *r, char end, size_t lists,
    bool (*one)(struct redaction *r, size_t lists))
{
	if (take(r, end))
		return true;
	do {
		if (!one(r, lists))
			return false;
	} while (take(r, ','));
	return take(r, end);
}

static bool
read_object(struct redaction *r, size_t lists)
{
	bool good;

	r->at++;
	if (!redaction_down(r))
		return false;
	good = read_all(r, '}', lists, read_member);
	redaction_up(r);
	return good;
}

/* Values of a list are their member's; lists: how many are around, which
 * bounds how deep we call ourselves. */
static bool
read_value(struct redaction *r, size_t lists)
{
	size_t from, to;

	switch (next(r)) {
	case '{':
		return read_object(r, lists);
	case '[':
		r->at++;
		return lists < REDACTION_LEVELS &&
		       read_all(r, ']', lists + 1, read_value);
	case '"':
		return read_string(r, &from, &to) &&
		       (r->depth == 0 || redaction_value(r, from, to, false));
	default:
		return read_bare(r);
	}
}

bool
redaction_json(struct redaction *r)
{
	return read_value(r, 0) && next(r) == -1;
}
