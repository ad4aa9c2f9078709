/* How keys and values stand together; see keyform.h.  What a name means is not known
 * here. */
#include "recorder/mask/keyform.h"

#include <string.h>

#include "recorder/mask/extent.h"

static bool
blank(int c)
{
	return c == ' ' || c == '\t';
}

static bool
line_end(int c)
{
	return c == '\n' || c == '\r' || c == SHADOW_BREAK;
}

static bool
quote(int c)
{
	return c == '"' || c == '\'' || c == '`';
}

static bool
named(int c)
{
	return view_word(c) || c == '-' || c == '.';
}

/* Behind the blanks at i. */
static size_t
skip(const struct mask_view *v, size_t i, size_t most)
{
	size_t end = i + most;

	while (i < end && blank(view_at(v, i)))
		i++;
	return i;
}

/* The quote and the bracket that close the name. */
static enum mask_says
closers(const struct mask_view *v, struct keyform *k, size_t *i)
{
	size_t n = 0;

	while (n < 128 && view_at(v, *i + n) == '\\')
		n++;
	if (view_at(v, *i + n) == VIEW_MORE)
		return MASK_MORE;
	if (quote(view_at(v, *i + n))) {
		k->quote = v->p[*i + n];
		k->level = extent_level(n);
		*i += n + 1;
	} else if (n > 0) {
		return MASK_NO;
	}
	if (view_at(v, *i) == VIEW_MORE)
		return MASK_MORE;
	if (view_at(v, *i) == ']') {
		k->bracket = true;
		++*i;
	}
	return view_at(v, *i) == VIEW_MORE ? MASK_MORE : MASK_YES;
}

/* The value's first byte behind a sign that ends at i; over line ends where the key is
 * quoted. */
static enum mask_says
seek(const struct mask_view *v, struct keyform *k, size_t i)
{
	size_t end;

	i = skip(v, i, KEYFORM_GAP);
	if (line_end(view_at(v, i)) && k->quote != 0) {
		k->breaks = true;
		for (end = i + KEYFORM_BREAK;
		     i < end && (blank(view_at(v, i)) || line_end(view_at(v, i))); i++)
			;
	}
	if (view_at(v, i) == VIEW_MORE)
		return MASK_MORE;
	if (view_at(v, i) == VIEW_END || line_end(view_at(v, i)) ||
	    blank(view_at(v, i)))
		k->sign = SIGN_NONE;
	k->value = i;
	return MASK_YES;
}

static enum mask_says
colon(const struct mask_view *v, struct keyform *k, size_t i)
{
	int c = view_at(v, i + 1);

	if (c == VIEW_MORE)
		return MASK_MORE;
	k->sign = SIGN_COLON;
	if (c == '=')
		return seek(v, k, i + 2);
	if (c ==
	    ':') { /* "::" parts scopes, but before a blank it says base64 (LDIF) */
		c = view_at(v, i + 2);
		if (c == VIEW_MORE)
			return MASK_MORE;
		if (c == ' ')
			return seek(v, k, i + 2);
		k->sign = SIGN_NONE;
		return MASK_YES;
	}
	if (k->quote == 0 && !blank(c) && !quote(c) && c != '\\' && !line_end(c))
		k->sign = SIGN_TIGHT;
	return seek(v, k, i + 1);
}

static enum mask_says
equals(const struct mask_view *v, struct keyform *k, size_t i)
{
	int c = view_at(v, i + 1);

	if (c == VIEW_MORE)
		return MASK_MORE;
	k->sign = c == '=' || c == '~' ? SIGN_NONE : SIGN_EQUALS;
	return seek(v, k, c == '>' ? i + 2 : i + 1);
}

/* "?=" and "+=" of makefiles. */
static enum mask_says
assigns(const struct mask_view *v, struct keyform *k, size_t i)
{
	int c = view_at(v, i + 1);

	if (c == VIEW_MORE)
		return MASK_MORE;
	if (c == '=')
		return equals(v, k, i + 1);
	return MASK_YES;
}

/* An equals sign in a part of a URL that is encoded as a whole. */
static enum mask_says
encoded(const struct mask_view *v, struct keyform *k, size_t i)
{
	int a = view_at(v, i + 1), b = view_at(v, i + 2);

	if (a == VIEW_MORE || (a == '3' && b == VIEW_MORE))
		return MASK_MORE;
	if (a != '3' || (b != 'D' && b != 'd') || k->gap)
		return MASK_YES;
	k->url = true;
	k->sign = SIGN_EQUALS;
	return seek(v, k, i + 3);
}

/* A border: '|', or a line drawn in UTF-8. */
static enum mask_says
cell(const struct mask_view *v, struct keyform *k, size_t i)
{
	size_t n = 1;

	if (v->p[i] == 0xe2) {
		if (view_at(v, i + 1) == VIEW_MORE || view_at(v, i + 2) == VIEW_MORE)
			return MASK_MORE;
		if (view_at(v, i + 1) != 0x94)
			return MASK_YES;
		n = 3;
	}
	k->sign = SIGN_CELL;
	return seek(v, k, i + n);
}

/* Blanks, and then what is no sign. */
static enum mask_says
gap(const struct mask_view *v, struct keyform *k, size_t i)
{
	size_t n = k->next - i;

	k->value = k->next;
	if (n == 0 || line_end(view_at(v, k->next)))
		return MASK_YES;
	k->sign = n == 1 && v->p[i] == '\t' ? SIGN_TAB : SIGN_GAP;
	return MASK_YES;
}

static enum mask_says
sign(const struct mask_view *v, struct keyform *k, size_t i)
{
	size_t at = k->next;

	switch (v->p[at]) {
	case ':':
		return colon(v, k, at);
	case '=':
		return equals(v, k, at);
	case '?':
	case '+':
		return assigns(v, k, at);
	case '<': /* "</" closes a tag: siblings.c asks */
		return view_at(v, at + 1) == VIEW_MORE ? MASK_MORE : gap(v, k, i);
	case '%':
		return encoded(v, k, at);
	case '|':
	case 0xe2:
		return cell(v, k, at);
	case '>':
		k->sign = k->gap ? SIGN_NONE : SIGN_TAG;
		k->value = at + 1;
		return view_at(v, at + 1) == VIEW_MORE ? MASK_MORE : MASK_YES;
	case ',':
		k->sign = k->quote == 0 || k->gap ? SIGN_NONE : SIGN_COMMA;
		return k->sign == SIGN_NONE ? MASK_YES : seek(v, k, at + 1);
	default:
		return gap(v, k, i);
	}
}

enum mask_says
keyform_read(const struct mask_view *v, size_t at, size_t end, struct keyform *ret)
{
	struct keyform k = { .from = at, .to = end };
	size_t i = end;
	int c = view_at(v, i);
	enum mask_says says;

	if (view_word(c))
		return MASK_NO;
	if (c == VIEW_MORE)
		return MASK_MORE;
	if (c == '\\' || c == ']' || quote(c)) {
		says = closers(v, &k, &i);
		if (says != MASK_YES)
			return says;
	}
	k.next = skip(v, i, KEYFORM_GAP);
	k.gap = k.next > i;
	if (view_at(v, k.next) == VIEW_MORE)
		return MASK_MORE;
	if (view_at(v, k.next) != VIEW_END && (says = sign(v, &k, i)) != MASK_YES)
		return says;
	while (k.from > 0 && at - k.from < KEYFORM_NAME && named(v->p[k.from - 1]))
		k.from--;
	*ret = k;
	return MASK_YES;
}

size_t
keyform_begins(const struct mask_view *v, const struct keyform *k)
{
	size_t i = k->from;

	if (k->quote == 0 || i == 0 || v->p[i - 1] != k->quote)
		return i;
	for (i--; i > 0 && v->p[i - 1] == '\\' && k->from - i < 128;)
		i--;
	return i;
}

/* Does the text before i end in this word, with a blank or nothing before it? */
static bool
word_before(const struct mask_view *v, size_t i, const char *word)
{
	size_t n = strlen(word);

	return i >= n && memcmp(v->p + i - n, word, n) == 0 &&
	       (i == n || blank(v->p[i - n - 1]) || line_end(v->p[i - n - 1]));
}

/* Back over what may stand before a key: "export", marks of lists, diffs, comments. */
static size_t
back(const struct mask_view *v, size_t i)
{
	static const char *const words[] = { "export", "set", "declare", "local",
		"env" };

	for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
		if (word_before(v, i, words[w]))
			return i - strlen(words[w]);
	if (strchr("-+<>#;?", v->p[i - 1]) != NULL && v->p[i - 1] != '\0')
		return i - 1;
	return i;
}

void
keyform_line(const struct mask_view *v, size_t at, struct keyform_line *ret)
{
	struct keyform_line l = { .start = false };
	size_t i = at, before;
	bool other = false;

	while (i > 0 && at - i < KEYFORM_LINE && !line_end(v->p[i - 1])) {
		if (blank(v->p[i - 1])) {
			i--;
			continue;
		}
		before = back(v, i);
		if (before == i)
			break;
		other |= v->p[i - 1] != '-';
		l.item |= v->p[i - 1] == '-';
		i = before;
	}
	l.start = i == 0 ? v->base == 0 : line_end(v->p[i - 1]);
	if (l.start && i > 0)
		l.escaped = v->p[i - 1] == SHADOW_BREAK;
	l.column = l.start && !other ? (uint32_t)(at - i) : 0;
	*ret = l;
}
