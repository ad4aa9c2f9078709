/* Values of fields; see value.h.  Which fields have them is not known here. */
#include "recorder/mask/value.h"

#include <string.h>

#include "recorder/mask/extent.h"
#include "recorder/mask/harmless.h"

#define BLANKS_MOST 512 /* of empty lines before a block */

static bool
line_end(int c)
{
	return c == '\n' || c == '\r' || c == SHADOW_BREAK || c == VIEW_END;
}

static bool
blank(int c)
{
	return c == ' ' || c == '\t';
}

static bool
quote(int c)
{
	return c == '"' || c == '\'' || c == '`';
}

/* How a value begins, as far as it is known. */
struct start {
	uint8_t p[HARMLESS_MOST];
	size_t n;
	bool ended; /* that is all */
	bool more;  /* only because the text ends here */
};

static void
look(const struct mask_view *v, size_t from, struct mask_open o, const struct extent *e,
    struct start *ret)
{
	size_t i = from;
	enum mask_says says = MASK_NO;

	while (i < v->len && i - from < sizeof ret->p &&
	       (says = e->ends(&o, v, i)) == MASK_NO) {
		ret->p[i - from] = v->p[i];
		extent_pass(&o, v, i++);
	}
	ret->n = i - from;
	ret->ended = says == MASK_YES || (i == v->len && v->end);
	ret->more =
	    !ret->ended && (says == MASK_MORE || i == v->len) && ret->n < sizeof ret->p;
}

static enum mask_says
hold_at(struct mask_find *ret, size_t hold)
{
	ret->hold = hold;
	return MASK_MORE;
}

/* YES: it is masked. */
static enum mask_says
weigh(const struct start *s, enum mask_says (*harmless)(const uint8_t *, size_t, bool))
{
	enum mask_says says = harmless(s->p, s->n, s->ended);

	if (says == MASK_MORE)
		return s->more ? MASK_MORE : MASK_YES;
	return says == MASK_YES ? MASK_NO : MASK_YES;
}

/* The worse for masking: NO before MORE before YES. */
static enum mask_says
least(enum mask_says a, enum mask_says b)
{
	if (a == MASK_NO || b == MASK_NO)
		return MASK_NO;
	return a == MASK_MORE ? a : b;
}

static enum mask_says
found(struct mask_find *ret, enum mask_says says, size_t from, struct mask_open o)
{
	if (says == MASK_MORE)
		return hold_at(ret, from);
	if (says == MASK_YES) {
		ret->rule = VALUE_RULE;
		ret->from = ret->to = from;
		ret->open = o;
	}
	return says;
}

static enum mask_says
judge_triple(const struct mask_view *v, size_t from, uint8_t q, struct mask_find *ret)
{
	struct mask_open o = {
		.run = extent_triple.run, .quote = q, .limit = EXTENT_LINES
	};

	return found(ret, from < v->len ? MASK_YES : MASK_MORE, from, o);
}

/* Nothing stands between the quotes: unless they are the first two of three. */
static enum mask_says
judge_empty(const struct mask_view *v, size_t from, const struct mask_open *o,
    struct mask_find *ret)
{
	int next = view_at(v, from + 1);

	if (o->level > 0 || next == VIEW_END || v->p[from] != o->quote)
		return MASK_NO;
	if (next == VIEW_MORE)
		return hold_at(ret, from);
	if (next != o->quote)
		return MASK_NO;
	if (view_at(v, from + 2) == VIEW_MORE)
		return hold_at(ret, from + 2);
	return judge_triple(v, from + 2, o->quote, ret);
}

static enum mask_says
judge_quoted(const struct mask_view *v, size_t from, const struct value_want *w,
    struct mask_open o, struct mask_find *ret)
{
	struct start s;

	o.run = extent_quoted.run;
	o.limit = EXTENT_LINES;
	if (w->how & VALUE_JSON)
		o.flag |= EXTENT_IN_LINE;
	look(v, from, o, &extent_quoted, &s);
	if (s.n == 0 && s.ended)
		return judge_empty(v, from, &o, ret);
	if ((w->how & VALUE_BLOCK) && o.quote == '\'' && o.level == 0) {
		o.flag |= EXTENT_DOUBLED;
		look(v, from, o, &extent_quoted, &s);
	}
	return found(ret, weigh(&s, harmless_value), from, o);
}

/* How the first line of a block ends: "|", ">-", "|2+ # text". */
static enum mask_says
judge_block(const struct mask_view *v, size_t at, const struct value_want *w,
    struct mask_find *ret)
{
	struct mask_open o = { .run = extent_block.run, .indent = w->indent };
	size_t i = at + 1;
	int c;

	if (w->how & VALUE_ESCAPED)
		o.flag |= EXTENT_IN_STRING;
	while ((c = view_at(v, i)) == '-' || c == '+' || (c >= '1' && c <= '9'))
		if (++i > at + 3)
			return MASK_NO;
	while (blank(c = view_at(v, i)) && i < at + BLANKS_MOST)
		i++;
	if (c == VIEW_MORE)
		return hold_at(ret, at);
	if (!line_end(c) || c == VIEW_END)
		return MASK_NO;
	if (c == SHADOW_BREAK)
		o.flag |= EXTENT_IN_STRING;
	/* The first line that says something. */
	for (size_t column = 0; i < at + 2 * BLANKS_MOST; i++) {
		c = view_at(v, i);
		if (line_end(c) && c != VIEW_END)
			column = 0;
		else if (c == ' ')
			column++;
		else if (c == VIEW_MORE)
			return hold_at(ret, v->len);
		else
			return found(ret,
			    c != VIEW_END && column > w->indent ? MASK_YES : MASK_NO, i,
			    o);
	}
	return MASK_NO;
}

/* "16 bytes", as kubectl describes secrets. */
static enum mask_says
judge_size(const struct mask_view *v, size_t from, const struct start *s)
{
	static const char unit[] = " bytes";

	for (size_t i = 0; i < s->n; i++)
		if (s->p[i] < '0' || s->p[i] > '9')
			return MASK_YES;
	if (s->n > 10 || !s->ended)
		return s->more ? MASK_MORE : MASK_YES;
	for (size_t i = 0; i < sizeof unit - 1; i++) {
		int c = view_at(v, from + s->n + i);

		if (c != unit[i])
			return c == VIEW_MORE ? MASK_MORE : MASK_YES;
	}
	return MASK_NO;
}

static enum mask_says
judge_bare(const struct mask_view *v, size_t at, const struct value_want *w,
    struct mask_find *ret)
{
	bool line = w->how & VALUE_LINE, variable = strchr("$%(", v->p[at]) != NULL;
	struct mask_open o = { .run = line ? extent_line.run : extent_bare.run };
	struct start s;
	enum mask_says says;

	if (w->how & VALUE_ESCAPED)
		o.flag |= EXTENT_IN_STRING;
	if (w->how & VALUE_URL)
		o.flag |= EXTENT_IN_URL;
	look(v, at, o, variable ? &extent_variable : &extent_bare, &s);
	says = weigh(&s, harmless_value);
	if (w->how & VALUE_WEAK)
		says = least(says, weigh(&s, harmless_weak));
	if (w->how & VALUE_PLAIN)
		says = least(says, weigh(&s, harmless_word));
	else
		says = least(says, weigh(&s, harmless_code));
	says = least(says, judge_size(v, at, &s));
	ret->quote = says == MASK_YES && (w->how & VALUE_JSON);
	return found(ret, says, at, o);
}

/* LDAP and Spring write how a value was made before it: "{SSHA}…". */
static enum mask_says
schemed(const struct mask_view *v, size_t at, struct mask_find *ret)
{
	size_t i = at + 1;
	int c;

	while (i < at + 20 && (view_word(c = view_at(v, i)) || c == '-'))
		i++;
	c = view_at(v, i);
	if (c == VIEW_MORE || (c == '}' && view_at(v, i + 1) == VIEW_MORE))
		return hold_at(ret, at);
	if (c != '}' || i < at + 3)
		return MASK_NO;
	c = view_at(v, i + 1);
	if (c < 0 || c <= ' ' || strchr(",;}])\"'`\\", c) != NULL)
		return MASK_NO;
	ret->rule = VALUE_RULE;
	ret->from = ret->to = i + 1;
	ret->open = (struct mask_open){ .run = extent_bare.run };
	return MASK_YES;
}

static enum mask_says
judge_other(const struct mask_view *v, size_t at, const struct value_want *w, int c,
    struct mask_find *ret)
{
	if (w->how & VALUE_QUOTED)
		return MASK_NO;
	if (c == '{')
		return schemed(v, at, ret);
	if ((c == '|' || c == '>') && (w->how & VALUE_BLOCK))
		return judge_block(v, at, w, ret);
	if (c <= ' ' || strchr("[,;|})&<>", c) != NULL)
		return MASK_NO;
	if (c == '(' && view_at(v, at + 1) == VIEW_MORE)
		return hold_at(ret, at);
	if (c == '(' && (quote(view_at(v, at + 1)) || view_at(v, at + 1) <= ' '))
		return MASK_NO;
	return judge_bare(v, at, w, ret);
}

/* A quote, perhaps with backslashes or a letter before it: the first place of the value in
 * it.  NO: none. */
static enum mask_says
opens(const struct mask_view *v, size_t at, struct mask_open *o, size_t *from)
{
	size_t i = at, n = 0;

	if (v->p[at] != '\0' && strchr("bBuUrRfF@$", v->p[at]) != NULL)
		i++;
	while (n < 128 && view_at(v, i + n) == '\\')
		n++;
	if (view_at(v, i + n) == VIEW_MORE)
		return MASK_MORE;
	if (!quote(view_at(v, i + n)))
		return MASK_NO;
	o->quote = (uint8_t)v->p[i + n];
	o->level = extent_level(n);
	*from = i + n + 1;
	return MASK_YES;
}

/* Between borders, tags or tabs: what stands there may be harmless, else it is masked. */
static enum mask_says
judge_fenced(const struct mask_view *v, size_t at, const struct value_want *w,
    struct mask_find *ret)
{
	struct mask_open o = { .limit = EXTENT_LINES };
	const struct extent *e = w->how & VALUE_CELL  ? &extent_cell
				 : w->how & VALUE_TAB ? &extent_tab
						      : &extent_tag;
	struct start s;
	enum mask_says says;

	o.run = e->run;
	look(v, at, o, e, &s);
	says = weigh(&s, harmless_value);
	if (w->how & VALUE_WEAK)
		says = least(says, weigh(&s, harmless_weak));
	if (w->how & VALUE_TAB)
		says = least(says, weigh(&s, harmless_small));
	if (w->how & VALUE_PLAIN)
		says = least(says, weigh(&s, harmless_word));
	return found(ret, says, at, o);
}

/* The rest of a string that began before the key. */
static enum mask_says
judge_string(const struct mask_view *v, size_t at, const struct value_want *w,
    struct mask_find *ret)
{
	struct mask_open o = { .quote = w->quote, .level = w->level };
	struct start s;
	enum mask_says says;

	o.run = extent_quoted.run;
	o.flag = EXTENT_IN_LINE;
	look(v, at, o, &extent_quoted, &s);
	says = weigh(&s, harmless_value);
	if (w->how & VALUE_WEAK)
		says = least(says, weigh(&s, harmless_weak));
	return found(ret, says, at, o);
}

enum mask_says
value_judge(const struct mask_view *v, size_t at, const struct value_want *w,
    struct mask_find *ret)
{
	struct mask_open o = { .level = 0 };
	size_t from = at;
	int c = view_at(v, at);

	if (c == VIEW_MORE)
		return hold_at(ret, at);
	if (c == VIEW_END)
		return MASK_NO;
	if (w->how & (VALUE_CELL | VALUE_TAB | VALUE_TAG))
		return judge_fenced(v, at, w, ret);
	if (w->how & VALUE_STRING)
		return judge_string(v, at, w, ret);
	switch (opens(v, at, &o, &from)) {
	case MASK_MORE:
		return hold_at(ret, at);
	case MASK_YES:
		if (view_at(v, from) == VIEW_MORE)
			return hold_at(ret, from);
		return judge_quoted(v, from, w, o, ret);
	default:
		return judge_other(v, at, w, c, ret);
	}
}
