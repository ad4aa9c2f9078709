/* Paths under patterns; see pathset.h.  One walk over pattern and word, part by part;
 * nothing is compiled, since a part that is compared costs as much as one looked up. */
#include "policies/pathset.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "policies/vocab.h"

#define PATTERN 1024

static bool
is_dots(const char *p, size_t n)
{
	return (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.');
}

static enum rc
check_pattern(const struct yaml_node *n, struct err *err)
{
	const char *p;
	enum rc rc;

	if ((rc = yaml_line_text(n, 1, PATTERN, &p, err)) != RC_OK)
		return rc;
	if (*p != '/')
		return yaml_expected(n, err, "an absolute path");
	if (p[1] == '\0')
		return RC_OK;
	while (*p == '/') {
		size_t len = strcspn(++p, "/");

		if (len == 0)
			return yaml_fail(n, err, "a path with an empty part");
		if (is_dots(p, len))
			return yaml_fail(n, err, "a path with a part . or ..");
		if (strcmp(p, "**") == 0)
			return RC_OK;
		for (size_t i = 1; i < len; i++)
			if (p[i - 1] == '*' && p[i] == '*')
				return yaml_fail(
				    n, err, "** stands alone, as the last part");
		p += len;
	}
	return RC_OK;
}

enum rc
pathset_check(const struct yaml_node *list, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(list, YAML_LIST, 1, PATHSET_MOST, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(list); v != NULL; v = yaml_next(v))
		if ((rc = check_pattern(v, err)) != RC_OK)
			return rc;
	return RC_OK;
}

/* One part of a word.  Bytes from open to close belong to brackets; open is len when
 * there are none. */
struct part {
	const char *p;
	const uint8_t *live; /* NULL: no glob in it */
	size_t len;
	size_t open, close;
};

static bool
acts(const struct part *w, size_t i)
{
	return w->live != NULL && (w->live[i] || (i >= w->open && i <= w->close));
}

/* All that the part stands for is within the pattern's: so what a glob stands for is
 * taken by * alone, which takes anything. */
static bool
part_fits(const char *p, size_t pn, const struct part *w)
{
	const char *end = p + pn, *star = NULL;
	size_t at = 0, back = 0;

	while (at < w->len) {
		if (p < end && *p == '*') {
			star = p++;
			back = at;
		} else if (p < end && !acts(w, at) && (*p == '?' || *p == w->p[at])) {
			p++;
			at++;
		} else if (star != NULL) {
			p = star + 1;
			at = ++back;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

static struct part
part_at(const struct shell_word *w, size_t at, size_t end)
{
	struct part s = { .p = w->text + at };
	const char *slash = memchr(s.p, '/', end - at);
	bool live = false;

	s.len = slash == NULL ? end - at : (size_t)(slash - s.p);
	s.open = s.len;
	for (size_t i = 0; w->live != NULL && i < s.len; i++) {
		if (!w->live[at + i])
			continue;
		live = true;
		if (s.p[i] == '[' && s.open == s.len)
			s.open = i;
		if (s.p[i] == ']')
			s.close = i;
	}
	if (live)
		s.live = w->live + at;
	return s;
}

/* A bracket of letters and digits alone: no dot comes out of it. */
static bool
bracket_plain(const struct part *s)
{
	size_t i = 1;

	for (; i < s->len && s->p[i] != ']'; i++)
		if (!isalnum((unsigned char)s->p[i]) &&
		    (s->p[i] != '-' || i == 1 || !isalnum((unsigned char)s->p[i + 1])))
			return false;
	return i > 1 && i < s->len;
}

/* What can only be what is written there, or names below this folder. */
static bool
part_plain(const struct part *s)
{
	if (s->len == 0 || is_dots(s->p, s->len))
		return false;
	if (s->live == NULL)
		return true;
	/* An open bracket may end in another part, for some shells. */
	return s->p[0] != '.' && (s->p[0] != '[' || bracket_plain(s)) &&
	       (s->open == s->len || s->close > s->open);
}

/* A slash at the end is no part. */
static size_t
end_of(const struct shell_word *w)
{
	return w->len > 1 && w->text[w->len - 1] == '/' ? w->len - 1 : w->len;
}

static bool
word_plain(const struct shell_word *w, size_t end)
{
	if (end == 1 && w->len > 1) /* two slashes alone */
		return false;
	if (w->live == NULL && strstr(w->text, "//") == NULL &&
	    strstr(w->text, "/.") == NULL)
		return true;
	for (size_t at = 1; at < end;) {
		struct part s = part_at(w, at, end);

		if (!part_plain(&s))
			return false;
		at += s.len + 1;
		if (at == end) /* another slash, behind which nothing is left */
			return false;
	}
	return true;
}

/* Most of a path is the same bytes: behind the last slash that both share. */
static const char *
skip_same(const char *p, const struct shell_word *w, size_t *at)
{
	size_t i = 0, slash = 0;

	while (p[i] != '\0' && p[i] != '*' && p[i] != '?' && p[i] == w->text[1 + i] &&
	       (w->live == NULL || !w->live[1 + i]))
		if (p[i++] == '/')
			slash = i;
	*at += slash;
	return p + slash;
}

static bool
within(const char *p, const struct shell_word *w, size_t end)
{
	size_t at = 1;

	p = skip_same(p + 1, w, &at);
	for (;;) {
		size_t pn = strcspn(p, "/");
		struct part s;

		if (strcmp(p, "**") == 0)
			return true;
		if (at >= end || pn == 0)
			return at >= end && pn == 0;
		s = part_at(w, at, end);
		if (!part_fits(p, pn, &s))
			return false;
		p += pn;
		p += *p == '/';
		at += s.len + 1;
	}
}

/* Up to the first byte of either that is not fixed, they are the same. */
static bool
may_meet(const char *p, const struct shell_word *w)
{
	for (size_t i = 0; i < w->len && p[i] != '\0'; i++) {
		if (w->live[i] || p[i] == '*' || p[i] == '?')
			return true;
		if (p[i] != w->text[i])
			return false;
	}
	return true;
}

/* The same word behind its base, which no folder of that name is longer than. */
static unsigned
fit_relative(const struct yaml_node *list, const struct shell_word *w)
{
	char text[PATHSET_BASE + SHELL_WORD + 2];
	uint8_t live[sizeof text] = { 0 };
	size_t n = strlen(w->base), from = 0;
	struct shell_word whole;

	while (w->text[from] == '.' && w->text[from + 1] == '/')
		from += 2 + strspn(w->text + from + 2, "/");
	if (w->len > SHELL_WORD || n > PATHSET_BASE)
		return FIT_MAYBE;
	memcpy(text, w->base, n);
	if (n == 0 || text[n - 1] != '/')
		text[n++] = '/';
	memcpy(text + n, w->text + from, w->len - from);
	text[n + w->len - from] = '\0';
	if (w->live != NULL)
		memcpy(live + n, w->live + from, w->len - from);
	whole = (struct shell_word){ .text = text,
		.len = n + w->len - from,
		.live = w->live == NULL ? NULL : live };
	return pathset_fit(list, &whole) & FIT_MAYBE;
}

unsigned
pathset_fit(const struct yaml_node *list, const struct shell_word *w)
{
	size_t end = end_of(w);
	unsigned fit = FIT_NO;

	if (w->len > 0 && w->text[0] != '/' && w->base != NULL)
		return fit_relative(list, w);
	if (w->len == 0 || w->text[0] != '/')
		return FIT_NO;
	if (!word_plain(w, end))
		return FIT_MAYBE;
	for (const struct yaml_node *v = yaml_first(list); v != NULL;
	     v = yaml_next(v)) {
		if (within(yaml_cstr(v), w, end))
			return FIT_BOTH;
		if (w->live != NULL && may_meet(yaml_cstr(v), w))
			fit = FIT_MAYBE;
	}
	return fit;
}
