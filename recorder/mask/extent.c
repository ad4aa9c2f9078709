/* Where values end; see extent.h.  Whether they are secrets is not known here. */
#include "recorder/mask/extent.h"

#include <string.h>

#define LEVEL_MOST 6
#define BLANKS_MOST 512 /* of empty lines within a block */

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

static enum mask_says
yes_if(bool is)
{
	return is ? MASK_YES : MASK_NO;
}

/* What follows the run of backslashes at i. */
static int
behind(const struct mask_view *v, size_t i, size_t most)
{
	size_t n = 0;

	while (n <= most && view_at(v, i + n) == '\\')
		n++;
	return view_at(v, i + n);
}

/* A quote with all its backslashes begins at i. */
static enum mask_says
any_quote(const struct mask_view *v, size_t i)
{
	int c = behind(v, i, 128);

	if (c == VIEW_MORE)
		return MASK_MORE;
	return yes_if(quote(c));
}

uint8_t
extent_level(size_t backslashes)
{
	uint8_t level = 0;

	while (level < LEVEL_MOST && ((size_t)2 << level) - 1 <= backslashes)
		level++;
	return level;
}

enum mask_says
extent_closes(const struct mask_view *v, size_t i, uint8_t q, uint8_t level)
{
	size_t k = ((size_t)1 << level) - 1, ahead = 0, back = 0, all;

	while (ahead <= k && view_at(v, i + ahead) == '\\')
		ahead++;
	if (view_at(v, i + ahead) == VIEW_MORE && ahead <= k)
		return MASK_MORE;
	if (view_at(v, i + ahead) != q)
		return MASK_NO;
	while (back < 2 * BLANKS_MOST && back < i && v->p[i - back - 1] == '\\')
		back++;
	all = back + ahead;
	if (all < k)
		return yes_if(back == 0);
	return yes_if(ahead == k && (all & (2 * k + 1)) == k);
}

/* The bounds of what spans lines. */
static bool
over(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	if (o->count == 0)
		return false;
	return o->count > o->limit || v->base + i - o->since >= EXTENT_SPAN;
}

static enum mask_says
ends_quoted(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	int c = v->p[i];
	enum mask_says says;

	if (over(o, v, i) || (c == '\n' && (o->flag & EXTENT_IN_LINE)))
		return MASK_YES;
	if (c == '\r' && (o->flag & EXTENT_IN_LINE))
		return MASK_YES;
	if (c != '\\' && c != o->quote)
		return MASK_NO;
	if (o->phase) /* the second of two */
		return MASK_NO;
	says = extent_closes(v, i, o->quote, o->level);
	if (says != MASK_YES || !(o->flag & EXTENT_DOUBLED))
		return says;
	if (view_at(v, i + 1) == VIEW_MORE)
		return MASK_MORE;
	return yes_if(view_at(v, i + 1) != o->quote);
}

static enum mask_says
ends_triple(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	if (over(o, v, i))
		return MASK_YES;
	for (size_t n = 0; n < 3; n++)
		if (view_at(v, i + n) != o->quote)
			return view_at(v, i + n) == VIEW_MORE ? MASK_MORE : MASK_NO;
	return MASK_YES;
}

static enum mask_says
ends_bare(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	int c = v->p[i], next;

	if (c <= ' ' || c == 0x7f)
		return yes_if(blank(c) || line_end(c));
	if (c == '\\')
		return any_quote(v, i);
	if (c == '%' && (o->flag & EXTENT_IN_URL)) {
		next = view_at(v, i + 1);
		if (next == '2')
			next = view_at(v, i + 2);
		if (next == VIEW_MORE)
			return MASK_MORE;
		return yes_if(view_at(v, i + 1) == '2' && (next == '6' || next == '2'));
	}
	if (c != ']')
		return yes_if(strchr(",;|})&<\"'`", c) != NULL);
	next = view_at(v, i + 1);
	if (next == VIEW_MORE)
		return MASK_MORE;
	return yes_if(
	    next < 0 || next <= ' ' || strchr(",;|})]&<\"'`\\", next) != NULL);
}

/* Of a variable: its brackets belong to it. */
static enum mask_says
ends_variable(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	int c = v->p[i];

	return c != '\0' && strchr("}|)&<]", c) != NULL ? MASK_NO : ends_bare(o, v, i);
}

static enum mask_says
ends_line(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	int c = v->p[i], next;

	if (line_end(c) || c == '\t')
		return MASK_YES;
	if ((o->flag & EXTENT_IN_STRING) && (c == '\\' || quote(c)))
		return any_quote(v, i);
	if (c != ' ' && c != ',')
		return MASK_NO;
	next = view_at(v, i + 1);
	if (next == VIEW_MORE)
		return MASK_MORE;
	return yes_if(line_end(next) || blank(next) || (c == ' ' && next == '#'));
}

/* The border of a table: '|', or what draws one. */
static bool
border(const struct mask_view *v, size_t i)
{
	return v->p[i] == '|' || (v->p[i] == 0xe2 && view_at(v, i + 1) == 0x94);
}

static enum mask_says
ends_cell(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	int c = v->p[i], next = view_at(v, i + 1);

	(void)o;
	if (line_end(c) || c == '|' || c == '\t')
		return MASK_YES;
	if (c != ' ' && c != 0xe2)
		return MASK_NO;
	if (next == VIEW_MORE)
		return MASK_MORE;
	if (c == 0xe2)
		return yes_if(border(v, i));
	return yes_if(
	    next < 0 || next == ' ' || line_end(next) || next == '|' || next == 0xe2);
}

static enum mask_says
ends_tab(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	(void)o;
	return yes_if(v->p[i] == '\t' || line_end(v->p[i]));
}

static enum mask_says
ends_tag(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	return yes_if(v->p[i] == '<' || over(o, v, i));
}

/* The line behind the one that ends at i: does it still belong to the block? */
static enum mask_says
ends_block(const struct mask_open *o, const struct mask_view *v, size_t i)
{
	uint32_t column = 0;

	if ((o->flag & EXTENT_IN_STRING) && (v->p[i] == '\\' || quote(v->p[i])))
		return any_quote(v, i);
	if (!line_end(v->p[i]))
		return MASK_NO;
	for (size_t n = 0; n < BLANKS_MOST; n++) {
		int c = view_at(v, i + n);

		if (c == VIEW_MORE)
			return MASK_MORE;
		if (c == VIEW_END)
			return MASK_YES;
		if (line_end(c))
			column = 0;
		else if (c == ' ')
			column++;
		else
			return yes_if(column <= o->indent);
	}
	return MASK_YES;
}

void
extent_pass(struct mask_open *o, const struct mask_view *v, size_t i)
{
	if (v->p[i] == '\n') {
		if (o->count == 0)
			o->since = v->base + i;
		o->count++;
	}
	if ((o->flag & EXTENT_DOUBLED) && v->p[i] == o->quote)
		o->phase = !o->phase;
}

static enum mask_says
go(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to,
    extent_ends_fn *ends)
{
	size_t i = from;
	enum mask_says says = MASK_NO;

	while (i < v->len && (says = ends(o, v, i)) == MASK_NO)
		extent_pass(o, v, i++);
	*to = i;
	if (says == MASK_NO)
		return v->end ? MASK_YES : MASK_MORE;
	return says;
}

#define EXTENT(kind)                                                                   \
	static enum mask_says run_##kind(                                              \
	    struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)   \
	{                                                                              \
		return go(o, v, from, to, ends_##kind);                                \
	}                                                                              \
	const struct extent extent_##kind = { ends_##kind, run_##kind };
EXTENT(quoted)
EXTENT(triple)
EXTENT(bare)
EXTENT(variable)
EXTENT(line)
EXTENT(cell)
EXTENT(tab)
EXTENT(tag)
EXTENT(block)
