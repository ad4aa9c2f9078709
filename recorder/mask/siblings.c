/* Values that are secrets by what stands beside them: after {"name": "DB_PASSWORD" comes
 * "value", after "Type": "SecureString" too; and what terraform calls the value of an
 * output.  In JSON at any level of nesting, YAML, tables, columns, tags.
 *
 * fields.c finds the names and has them noted here; the literals of this family are those
 * of values.  Between the two the object must not end. */
#include "recorder/mask/siblings.h"

#include <string.h>

#include "recorder/mask/harmless.h"
#include "recorder/mask/keyname.h"
#include "recorder/mask/kube.h"

#define APART_MOST 900	/* bytes between name and value */
#define TABLE_MOST 4096 /* … as rows of a table */
#define NAME_BACK 256	/* bytes of a name's value before the word it ends in */
#define FIELD_MOST 64	/* bytes of a field's name */

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

/* The field whose value ends in front of i, where blanks, a sign and perhaps a quote come
 * before: its name, and where it begins. */
static struct span
field_before(const struct mask_view *v, size_t i, size_t *begins)
{
	size_t least = i > FIELD_MOST ? i - FIELD_MOST : 0, end;

	while (i > least && (blank(v->p[i - 1]) || line_end(v->p[i - 1])))
		i--;
	if (i == least || (v->p[i - 1] != ':' && v->p[i - 1] != '='))
		return span_make(v->p, 0);
	for (i--; i > least && (blank(v->p[i - 1]) || v->p[i - 1] == '"' ||
				   v->p[i - 1] == '\'' || v->p[i - 1] == '\\');)
		i--;
	end = i;
	while (i > least && view_word(v->p[i - 1]))
		i--;
	*begins = i;
	return span_make(v->p + i, end - i);
}

static bool
ends_in(struct span s, const char *word)
{
	size_t n = strlen(word);

	if (s.len < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((s.p[s.len - n + i] | 0x20) != word[i])
			return false;
	return true;
}

static void
note(const struct mask_view *v, struct mask_context *c, size_t at, uint8_t form,
    uint32_t depth)
{
	c->pair = v->base + at + 1;
	c->pair_form = form;
	c->pair_depth = depth;
}

/* The string that ends with k's quote: where it begins (its quote and backslashes), or
 * SIZE_MAX. */
static size_t
string_begins(const struct mask_view *v, const struct keyform *k)
{
	size_t i = k->to;

	while (i > 0 && k->to - i < NAME_BACK && v->p[i - 1] != k->quote &&
	       !line_end(v->p[i - 1]))
		i--;
	if (i == 0 || v->p[i - 1] != k->quote)
		return SIZE_MAX;
	for (i--; i > 0 && v->p[i - 1] == '\\';)
		i--;
	return i;
}

/* A field's name in quotes: an object in braces; bare: lines of YAML, where the column
 * tells. */
static void
note_field(const struct mask_view *v, const struct keyform *k, size_t begins,
    struct mask_context *c)
{
	struct keyform_line line;
	bool quoted =
	    begins > 0 && (v->p[begins - 1] == '"' || v->p[begins - 1] == '\'');

	keyform_line(v, begins, &line);
	if (!quoted && line.start)
		note(v, c, k->to, SIBLING_LINE, line.column);
	else
		note(v, c, k->to, SIBLING_QUOTED, k->quote == 0 ? 0 : k->level);
}

/* <Name>KEY</Name>, <key>KEY</key> */
static bool
tagged(const struct mask_view *v, const struct keyform *k)
{
	size_t i = k->from, end;

	if (k->next + 1 >= v->len || v->p[k->next] != '<' || v->p[k->next + 1] != '/')
		return false;
	while (i > 0 && k->to - i < NAME_BACK && v->p[i - 1] != '>' &&
	       !line_end(v->p[i - 1]))
		i--;
	if (i == 0 || v->p[i - 1] != '>')
		return false;
	end = --i;
	while (i > 0 && end - i < FIELD_MOST && view_word(v->p[i - 1]))
		i--;
	return ends_in(span_make(v->p + i, end - i), "name") ||
	       ends_in(span_make(v->p + i, end - i), "key");
}

/* |  Name  |  KEY  |, and the value in the next row */
static bool
last_cell(const struct mask_view *v, const struct keyform *k)
{
	size_t i = k->from, end;

	if (k->quote != 0 || k->next >= v->len || v->p[k->next] != '|')
		return false;
	if (k->sign == SIGN_CELL && v->p[k->value] != '|')
		return false;
	while (
	    i > 0 && k->to - i < NAME_BACK && v->p[i - 1] > ' ' && v->p[i - 1] != '|')
		i--;
	while (i > 0 && k->to - i < NAME_BACK && v->p[i - 1] == ' ')
		i--;
	if (i == 0 || v->p[i - 1] != '|')
		return false;
	for (i--; i > 0 && v->p[i - 1] == ' ' && k->to - i < KEYFORM_GAP;)
		i--;
	end = i;
	while (i > 0 && end - i < FIELD_MOST && view_word(v->p[i - 1]))
		i--;
	return ends_in(span_make(v->p + i, end - i), "name") ||
	       ends_in(span_make(v->p + i, end - i), "key");
}

void
sibling_named(
    const struct mask_view *v, const struct keyform *k, struct mask_context *c)
{
	size_t i = k->to, begins = 0;
	struct span name;

	if (tagged(v, k)) {
		note(v, c, k->to, SIBLING_TAG, 0);
		return;
	}
	if (last_cell(v, k)) {
		note(v, c, k->to, SIBLING_TABLE, 0);
		return;
	}
	if (k->quote != 0) {
		if ((i = string_begins(v, k)) == SIZE_MAX)
			return;
	} else { /* all of the line's value */
		if (k->next < v->len && !line_end(v->p[k->next]) &&
		    v->p[k->next] != ',' && v->p[k->next] != '}')
			return;
		while (i > 0 && k->to - i < NAME_BACK && v->p[i - 1] > ' ')
			i--;
	}
	name = field_before(v, i, &begins);
	if (ends_in(name, "name") || ends_in(name, "key"))
		note_field(v, k, begins, c);
}

void
sibling_object(
    const struct mask_view *v, const struct keyform *k, struct mask_context *c)
{
	note(v, c, k->value, SIBLING_QUOTED, k->level);
}

void
sibling_change(
    const struct mask_view *v, const struct keyform *k, struct mask_context *c)
{
	note(v, c, k->value, SIBLING_CHANGE, 0);
}

/* Do the braces between a and b leave us in the object in which a stands?  Text in quotes
 * is jumped over. */
static bool
same_object(const struct mask_view *v, size_t a, size_t b, uint8_t level)
{
	size_t depth = 0, backslashes = ((size_t)1 << level) - 1, n = 0;
	bool quoted = false;

	for (size_t i = a; i < b; i++) {
		int c = v->p[i];

		if (c == '\\') {
			n++;
			continue;
		}
		if (c == '"' && n == backslashes)
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && depth-- == 0)
			return false;
		n = 0;
	}
	return depth == 0;
}

/* Is no line between a and b outside of the item whose keys stand in this column? */
static bool
same_item(const struct mask_view *v, size_t a, size_t b, uint32_t column)
{
	for (size_t i = a; i < b; i++) {
		uint32_t n = 0;

		if (!line_end(v->p[i]))
			continue;
		while (i + 1 < b && v->p[i + 1] == ' ') {
			i++;
			n++;
		}
		if (i + 1 < b && !line_end(v->p[i + 1]) && n < column)
			return false;
	}
	return true;
}

struct ask {
	const struct mask_view *v;
	struct keyform k;
	struct mask_context *c;
	struct mask_find *ret;
};

static enum mask_says
judge(struct ask *a, unsigned how)
{
	struct keyform_line line;
	struct value_want want = { .how = how };

	if (a->k.breaks)
		want.how |= VALUE_QUOTED;
	keyform_line(a->v, keyform_begins(a->v, &a->k), &line);
	want.indent = line.column;
	if (line.escaped)
		want.how |= VALUE_ESCAPED;
	return value_judge(a->v, a->k.value, &want, a->ret);
}

static enum mask_says
value_quoted(struct ask *a, size_t pair)
{
	unsigned how = a->k.quote == '"' && a->k.level == 0 ? VALUE_JSON : 0;

	if (a->k.sign == SIGN_EQUALS && a->k.quote == 0) /* <add key="K" value="v"/> */
		return judge(a, VALUE_QUOTED);
	if (a->k.sign != SIGN_COLON && a->k.sign != SIGN_EQUALS &&
	    a->k.sign != SIGN_TIGHT)
		return MASK_NO;
	/* A key's own quotes close before what is between begins. */
	while (pair < a->k.from && (a->v->p[pair] == '\\' || a->v->p[pair] == '"'))
		pair++;
	if (a->v->p[pair] == '{' && pair < a->k.from)
		pair++;
	if (!same_object(
		a->v, pair, keyform_begins(a->v, &a->k), (uint8_t)a->c->pair_depth))
		return MASK_NO;
	return judge(a, how | VALUE_BLOCK);
}

static enum mask_says
value_line(struct ask *a, size_t pair)
{
	struct keyform_line line;

	keyform_line(a->v, keyform_begins(a->v, &a->k), &line);
	if (!line.start || line.item || line.column != a->c->pair_depth ||
	    !same_item(a->v, pair, a->k.from, line.column))
		return MASK_NO;
	if (a->k.sign != SIGN_COLON && a->k.sign != SIGN_EQUALS)
		return MASK_NO;
	return judge(a, VALUE_BLOCK | VALUE_LINE);
}

static enum mask_says
value_cell(struct ask *a)
{
	enum mask_says says;
	size_t from = a->k.from;

	while (from > 0 && blank(a->v->p[from - 1]))
		from--;
	if (a->k.sign != SIGN_CELL || from == 0 || a->v->p[from - 1] != '|')
		return MASK_NO;
	says = judge(a, VALUE_CELL);
	if (says == MASK_YES)
		a->c->pair = 0;
	return says;
}

static enum mask_says
value_tag(struct ask *a)
{
	size_t from = keyform_begins(a->v, &a->k);

	if (a->k.sign != SIGN_TAG || from == 0 || a->v->p[from - 1] != '<')
		return MASK_NO;
	if (view_at(a->v, a->k.value) == '<')
		return MASK_NO;
	return judge(a, VALUE_TAG);
}

/* What has the value of a name beside it. */
struct holder {
	size_t len;
	bool tag; /* only between tags */
};

/* A field that has the value of a name beside it: "value", "ParameterValue". */
static enum mask_says
verify_value(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	const struct holder *h = arg;
	struct ask a = { .v = v, .c = c, .ret = ret };
	uint64_t apart = v->base + at + 1 - c->pair;
	enum mask_says says;
	size_t pair;

	if (c->pair == 0 ||
	    apart > (c->pair_form == SIBLING_TABLE ? TABLE_MOST : APART_MOST))
		return MASK_NO;
	if (c->pair_form == SIBLING_CHANGE || (h->tag && c->pair_form != SIBLING_TAG))
		return MASK_NO;
	says = keyform_read(v, at, at + h->len, &a.k);
	if (says == MASK_MORE)
		ret->hold = v->len;
	if (says != MASK_YES || a.k.sign == SIGN_NONE)
		return says == MASK_YES ? MASK_NO : says;
	if (c->pair_form == SIBLING_TABLE)
		return value_cell(&a);
	pair = (size_t)(c->pair - 1 - v->base);
	if (c->pair_form == SIBLING_TAG)
		return value_tag(&a);
	if (c->pair_form == SIBLING_LINE)
		return value_line(&a, pair);
	return value_quoted(&a, pair);
}

/* key = "old" -> "new", as terraform plans */
static enum mask_says
verify_change(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	struct value_want want = { .how = VALUE_QUOTED | VALUE_JSON };
	uint64_t place = v->base + at;

	(void)arg;
	if (c->pair_form != SIBLING_CHANGE || place < c->pair ||
	    place - c->pair > APART_MOST)
		return MASK_NO;
	for (size_t i = (size_t)(c->pair - v->base); i < at; i++)
		if (line_end(v->p[i]))
			return MASK_NO;
	if (view_at(v, at + strlen(" -> ")) == VIEW_MORE) {
		ret->hold = v->len;
		return MASK_MORE;
	}
	return value_judge(v, at + strlen(" -> "), &want, ret);
}

/* A column that has a number and nothing behind it is a version, not a value. */
static enum mask_says
version(const struct mask_view *v, size_t at, bool cell)
{
	size_t i = at;
	int c;

	while (i < at + 10 && (c = view_at(v, i)) >= '0' && c <= '9')
		i++;
	if (i == at)
		return view_at(v, i) == VIEW_MORE ? MASK_MORE : MASK_NO;
	while (cell && view_at(v, i) == ' ' && i < at + KEYFORM_GAP)
		i++;
	while (cell && view_at(v, i) == '|' && i < at + KEYFORM_GAP)
		i++;
	c = view_at(v, i);
	if (c == VIEW_MORE)
		return MASK_MORE;
	return c == VIEW_END || line_end(c) ? MASK_YES : MASK_NO;
}

/* The column behind the one that says SecureString. */
static enum mask_says
secure_column(struct ask *a)
{
	bool cell = a->k.sign == SIGN_CELL;
	enum mask_says says = version(a->v, a->k.value, cell);

	if (says == MASK_MORE)
		a->ret->hold = a->k.value;
	if (says != MASK_NO)
		return says == MASK_YES ? MASK_NO : says;
	return judge(a, cell ? VALUE_CELL : VALUE_TAB);
}

/* The parameter whose type is this has a value to hide. */
static enum mask_says
verify_secure(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	struct ask a = { .v = v, .c = c, .ret = ret };
	enum mask_says says;
	size_t begins = 0, i;
	struct span name;

	(void)arg;
	says = keyform_read(v, at, at + strlen("SecureString"), &a.k);
	if (says == MASK_MORE)
		ret->hold = v->len;
	if (says != MASK_YES)
		return says;
	i = keyform_begins(v, &a.k);
	if (a.k.sign == SIGN_TAB)
		return i > 0 && v->p[i - 1] == '\t' ? secure_column(&a) : MASK_NO;
	if (a.k.next < v->len && v->p[a.k.next] == '|') {
		if (a.k.sign == SIGN_CELL && v->p[a.k.value] != '|')
			return secure_column(&a);
		note(v, c, a.k.to, SIBLING_TABLE, 0);
		return MASK_NO;
	}
	name = field_before(v, i, &begins);
	if (ends_in(name, "type"))
		note_field(v, &a.k, begins, c);
	else if (a.k.next + 1 < v->len && v->p[a.k.next] == '<')
		note(v, c, a.k.to, SIBLING_TAG, 0);
	return MASK_NO;
}

void
siblings_build(struct mask_build *b)
{
	static const struct holder value = { 5, false }, string = { 6, true };

	if (!mask_build_on(b, MASK_SECRETS, NULL))
		return;
	mask_build_literal(b, span_of("value"), MASK_SHOWN, verify_value, &value);
	mask_build_literal(b, span_of("string"), MASK_SHOWN, verify_value, &string);
	mask_build_literal(b, span_of(" -> \""), MASK_SHOWN, verify_change, NULL);
	mask_build_literal(
	    b, span_of("SecureString"), MASK_EXACT | MASK_SHOWN, verify_secure, NULL);
	kube_build(b);
}
