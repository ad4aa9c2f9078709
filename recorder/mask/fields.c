/* Values of fields whose names say that they are secrets, in all the forms in which names
 * and values are written.  Where the name is itself a value, see siblings.c. */
#include "recorder/mask/mask_parts.h"

#include <string.h>

#include "recorder/mask/extent.h"
#include "recorder/mask/keyform.h"
#include "recorder/mask/keyname.h"
#include "recorder/mask/siblings.h"
#include "recorder/mask/value.h"

#define ARN_BACK 600
#define NETRC_BACK 400
#define TAG_MOST 256
#define CELL_BACK 256
#define COLUMN_TELLS 12
#define WORD_TELLS 20
#define TELLS_MOST 32
#define TYPE_MOST 24

/* What is asked, with all that is known about it. */
struct ask {
	const struct mask_view *v;
	struct keyform k;
	enum keyname is;
	bool spoken; /* the name has blanks between its words */
	struct keyform_line line;
	struct mask_find *ret;
};

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

/* The byte n places before i; '\n' before the text. */
static int
before(const struct mask_view *v, size_t i, size_t n)
{
	return i >= n ? v->p[i - n] : '\n';
}

static enum mask_says
judge(struct ask *a, unsigned how)
{
	struct value_want want = { .how = how, .indent = a->line.column };

	if (a->is == KEYNAME_WEAK)
		want.how |= VALUE_WEAK;
	if (a->k.breaks)
		want.how |= VALUE_QUOTED;
	return value_judge(a->v, a->k.value, &want, a->ret);
}

/* "key: Type = v" and "key: Some(v)" of programs: the value stands further on. */
static enum mask_says
by_type(struct ask *a)
{
	const struct mask_view *v = a->v;
	size_t i = a->k.value, end = i + TYPE_MOST;
	int c;

	while (i < end && ((c = view_at(v, i)) >= 'A') && c <= 'z' && c != '\\')
		i++;
	c = view_at(v, i);
	if (c == '(' && i == a->k.value + 4 && memcmp(v->p + i - 4, "Some", 4) == 0) {
		a->k.value = i + 1;
		return MASK_YES;
	}
	if (c != ' ' || i == a->k.value)
		return c == VIEW_MORE && i < end ? MASK_MORE : MASK_YES;
	if (view_at(v, i + 1) != '=' || view_at(v, i + 2) != ' ')
		return view_at(v, i + 1) == VIEW_MORE ||
			       (view_at(v, i + 1) == '=' &&
				   view_at(v, i + 2) == VIEW_MORE)
			   ? MASK_MORE
			   : MASK_YES;
	a->k.value = i + 3;
	return MASK_YES;
}

/* key: v.  At the beginning of a line it is YAML, or a header: the value is what the line
 * has. */
static enum mask_says
by_colon(struct ask *a)
{
	unsigned how = VALUE_BLOCK;

	if (a->k.quote == '"')
		return judge(a, a->k.level == 0 ? how | VALUE_JSON : how);
	if (a->k.quote == 0 && by_type(a) == MASK_MORE) {
		a->ret->hold = a->k.value;
		return MASK_MORE;
	}
	if (a->k.quote == 0 && a->line.start && a->is == KEYNAME_YES)
		how |= VALUE_LINE;
	if (a->line.escaped)
		how |= VALUE_ESCAPED;
	return judge(a, how);
}

/* Is the word in which the key stands an ARN, a URL, a path? */
static bool
in_name(const struct mask_view *v, size_t from)
{
	size_t i = from;
	int c = before(v, from, 1);

	if (c == ':' || c == '/' || c == '@')
		return true;
	while (i > 0 && from - i < ARN_BACK && v->p[i - 1] > ' ' && !quote(v->p[i - 1]))
		i--;
	return from - i >= 4 && memcmp(v->p + i, "arn:", 4) == 0;
}

/* key:v */
static enum mask_says
by_tight(struct ask *a)
{
	if (a->spoken || in_name(a->v, a->k.from))
		return MASK_NO;
	return judge(a, 0);
}

static bool
capitals(const struct mask_view *v, const struct keyform *k)
{
	for (size_t i = k->from; i < k->to; i++)
		if (v->p[i] >= 'a' && v->p[i] <= 'z')
			return false;
	return true;
}

/* "KEY=v" as a string of its own: all of it is the value. */
static enum mask_says
by_string(struct ask *a)
{
	const struct mask_view *v = a->v;
	size_t i = a->k.from - 1, n = 0;
	struct value_want want = { .how = VALUE_STRING, .quote = v->p[i] };

	while (n < 128 && before(v, i, n + 1) == '\\')
		n++;
	want.level = extent_level(n);
	return value_judge(v, a->k.value, &want, a->ret);
}

/* key=v, key = v */
static enum mask_says
by_equals(struct ask *a)
{
	unsigned how = 0;

	if (a->k.quote == 0 && a->is == KEYNAME_YES && !a->k.gap &&
	    quote(before(a->v, a->k.from, 1)) && capitals(a->v, &a->k))
		return by_string(a);
	if (a->k.gap && a->line.start && a->k.quote == 0 && a->is == KEYNAME_YES)
		how |= VALUE_LINE;
	if (a->k.url)
		how |= VALUE_URL;
	if (a->line.escaped)
		how |= VALUE_ESCAPED;
	return judge(a, how);
}

/* Is the name a cell of its own, parted by borders (or tabs)?  At a line's beginning the
 * border may be missing. */
static bool
whole_cell(const struct mask_view *v, size_t from, bool tabs)
{
	size_t i = from;

	while (i > 0 && from - i < CELL_BACK && v->p[i - 1] > ' ' &&
	       v->p[i - 1] != '|' && v->p[i - 1] != SHADOW_BREAK)
		i--;
	if (tabs)
		return before(v, i, 1) == '\t' || line_end(before(v, i, 1));
	while (i > 0 && from - i < CELL_BACK && v->p[i - 1] == ' ')
		i--;
	return before(v, i, 1) == '|' || line_end(before(v, i, 1)) ||
	       (i >= 3 && v->p[i - 3] == 0xe2 && v->p[i - 2] == 0x94);
}

/* What may stand between a name's cell and its value's: the kind of value. */
static bool
kind_cell(const struct mask_view *v, size_t at, size_t *next, bool *more)
{
	static const char *const kinds[] = { "PLAINTEXT", "String", "SecureString",
		"StringList", "PARAMETER_STORE", "SECRETS_MANAGER" };

	for (size_t w = 0; w < sizeof kinds / sizeof kinds[0]; w++) {
		size_t n = strlen(kinds[w]), i = 0;

		while (i < n && view_at(v, at + i) == kinds[w][i])
			i++;
		if (i < n) {
			*more |= view_at(v, at + i) == VIEW_MORE;
			continue;
		}
		for (i = at + n; i < at + n + KEYFORM_GAP && view_at(v, i) == ' ';)
			i++;
		*more |= view_at(v, i) == VIEW_MORE;
		if (view_at(v, i) != '|')
			continue;
		for (i++; i < at + n + 2 * KEYFORM_GAP && view_at(v, i) == ' ';)
			i++;
		*more |= view_at(v, i) == VIEW_MORE;
		*next = i;
		return true;
	}
	return false;
}

/* That a value is not encrypted is said in this word, in capitals. */
static bool
says_plaintext(const struct ask *a)
{
	return a->k.to - a->k.from == 9 &&
	       memcmp(a->v->p + a->k.from, "PLAINTEXT", 9) == 0;
}

/* |  key  |  v  | */
static enum mask_says
by_cell(struct ask *a)
{
	bool more = false;
	size_t next;

	if (!whole_cell(a->v, a->k.from, false) || says_plaintext(a))
		return MASK_NO;
	if (kind_cell(a->v, a->k.value, &next, &more))
		a->k.value = next;
	if (more) {
		a->ret->hold = a->k.value;
		return MASK_MORE;
	}
	if (line_end(view_at(a->v, a->k.value)) || view_at(a->v, a->k.value) == '|')
		return MASK_NO;
	return judge(a, VALUE_CELL);
}

/* Columns of --output text. */
static enum mask_says
by_tab(struct ask *a)
{
	if (a->k.quote != 0 || !whole_cell(a->v, a->k.from, true) || says_plaintext(a))
		return MASK_NO;
	return judge(a, VALUE_TAB | VALUE_PLAIN);
}

/* The word that ends before i, and where it begins. */
static struct span
word_back(const struct mask_view *v, size_t *i, size_t least)
{
	size_t end;

	while (*i > least && (blank(v->p[*i - 1]) || line_end(v->p[*i - 1])))
		--*i;
	end = *i;
	while (*i > least && v->p[*i - 1] > ' ')
		--*i;
	return span_make(v->p + *i, end - *i);
}

/* "machine NAME [login NAME] [account NAME]" before it, as in .netrc. */
static bool
in_netrc(const struct mask_view *v, size_t from)
{
	size_t least = from > NETRC_BACK ? from - NETRC_BACK : 0, i = from;

	for (size_t pairs = 0; pairs < 3; pairs++) {
		struct span value = word_back(v, &i, least), name;

		if (pairs > 0 && span_is(value, "default"))
			return true;
		name = word_back(v, &i, least);
		if (span_is(name, "machine"))
			return true;
		if (!span_is(name, "login") && !span_is(name, "account"))
			return false;
	}
	return false;
}

/* ENV of a Dockerfile, set -x of fish, setx of Windows. */
static bool
set_before(const struct mask_view *v, size_t from)
{
	static const char *const words[] = { "ENV", "setenv", "setx", "-x", "-gx",
		"-Ux" };
	size_t least = from > 64 ? from - 64 : 0, i = from;
	struct span word = word_back(v, &i, least);

	for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
		if (span_is(word, words[w]))
			return true;
	return false;
}

/* So many characters with both cases and a digit among them: nothing that people say. */
static enum mask_says
telling(const struct mask_view *v, size_t at, size_t need)
{
	bool small = false, capital = false, digit = false;

	for (size_t i = at; i < at + TELLS_MOST; i++) {
		int c = view_at(v, i);

		if (c == VIEW_MORE)
			return MASK_MORE;
		if (!view_word(c) && (c <= ' ' || strchr("+/=-", c) == NULL))
			return MASK_NO;
		small |= c >= 'a' && c <= 'z';
		capital |= c >= 'A' && c <= 'Z';
		digit |= c >= '0' && c <= '9';
		if (small && capital && digit && i - at + 1 >= need)
			return MASK_YES;
	}
	return MASK_NO;
}

/* <key attribute="…">v */
static enum mask_says
by_attributes(struct ask *a)
{
	for (size_t i = a->k.value; i < a->k.value + TAG_MOST; i++) {
		int c = view_at(a->v, i);

		if (c == VIEW_MORE) {
			a->ret->hold = a->v->len;
			return MASK_MORE;
		}
		if (c < 0 || c == '<' || c == '\n')
			return MASK_NO;
		if (c != '>')
			continue;
		a->k.value = i + 1;
		return a->v->p[i - 1] == '/' ? MASK_NO : judge(a, VALUE_TAG);
	}
	return MASK_NO;
}

/* key v: only where the place says that this is one. */
static enum mask_says
by_gap(struct ask *a)
{
	const struct mask_view *v = a->v;
	size_t from = a->k.from;
	int c = view_at(v, a->k.value);
	enum mask_says says;

	if (a->k.quote != 0)
		return MASK_NO;
	if (v->p[from] == '-')
		return before(v, from, 1) == '\\' ? MASK_NO : judge(a, VALUE_PLAIN);
	if (before(v, from, 1) == '<')
		return by_attributes(a);
	if (in_netrc(v, from))
		return judge(a, 0);
	if (set_before(v, from))
		return judge(a, VALUE_PLAIN);
	if (c == '\'' && a->is == KEYNAME_YES)
		return judge(a, VALUE_QUOTED);
	if (a->is != KEYNAME_YES)
		return MASK_NO;
	/* Two columns, or just words in a row. */
	says = telling(v, a->k.value,
	    a->line.start && a->k.value > a->k.to + 1 ? COLUMN_TELLS : WORD_TELLS);
	if (says == MASK_MORE)
		a->ret->hold = a->k.value;
	return says == MASK_YES ? judge(a, 0) : says;
}

/* <key>v, <entry key="name">v; a usage's "<password>" has no such value. */
static enum mask_says
by_tag(struct ask *a)
{
	const struct mask_view *v = a->v;
	static const char cdata[] = "<![CDATA[";
	size_t from = keyform_begins(v, &a->k), n = 0;
	int c = view_at(v, a->k.value);

	if (a->k.quote != 0 ? before(v, from, 1) != '='
			    : before(v, from, 1) != '<' && before(v, from, 1) != ':')
		return MASK_NO;
	while (cdata[n] != '\0' && view_at(v, a->k.value + n) == cdata[n])
		n++;
	if (cdata[n] == '\0') {
		a->k.value += n;
	} else if (view_at(v, a->k.value + n) == VIEW_MORE) {
		a->ret->hold = v->len;
		return MASK_MORE;
	} else if (c <= ' ' || strchr("<@:,)]};.|\"'`\\", c) != NULL) {
		return MASK_NO;
	}
	return judge(a, VALUE_TAG);
}

/* Is the key in quotes the first argument of a call? */
static bool
called(const struct ask *a)
{
	size_t from = keyform_begins(a->v, &a->k);

	if (from == a->k.from)
		return false;
	while (from > 0 && a->k.from - from < 32 && blank(a->v->p[from - 1]))
		from--;
	return before(a->v, from, 1) == '(';
}

/* Does another option follow this one? */
static enum mask_says
option_next(const struct ask *a)
{
	size_t i = a->k.value, end = i + 32;

	while (i < end && (view_at(a->v, i) == '\\' || quote(view_at(a->v, i))))
		i++;
	if (view_at(a->v, i) == VIEW_MORE)
		return MASK_MORE;
	return view_at(a->v, i) == '-' ? MASK_YES : MASK_NO;
}

/* define('KEY', 'v'), ["--key", "v"] */
static enum mask_says
by_comma(struct ask *a)
{
	enum mask_says says;

	if (a->v->p[a->k.from] == '-') {
		if ((says = option_next(a)) != MASK_NO) {
			a->ret->hold = a->v->len;
			return says == MASK_MORE ? says : MASK_NO;
		}
	} else if (!called(a)) {
		return MASK_NO;
	}
	return judge(a, VALUE_QUOTED | (a->k.quote == '"' ? VALUE_JSON : 0));
}

/* The value's quote is one of a level further out than the key's: it closes what both
 * stand in. */
static bool
outer_quote(const struct ask *a)
{
	return a->k.level > 0 && view_at(a->v, a->k.value) == a->k.quote;
}

/* "Password: " as a string of its own: the quote behind it closes what one before it
 * opened. */
static enum mask_says
in_string(const struct ask *a)
{
	const struct mask_view *v = a->v;
	int q = view_at(v, a->k.value), c;
	size_t n = 0, i = a->k.from;

	if (a->k.quote != 0 || !quote(q))
		return MASK_NO;
	for (; i > 0 && a->k.from - i < KEYFORM_LINE && !line_end(v->p[i - 1]); i--)
		if (v->p[i - 1] == q &&
		    !(view_word(v->p[i]) && i > 1 && view_word(v->p[i - 2])))
			n++;
	if (n % 2 == 0 || (a->k.from - i >= KEYFORM_LINE))
		return MASK_NO;
	c = view_at(v, a->k.value + 1);
	if (c == VIEW_MORE)
		return MASK_MORE;
	return c < 0 || c <= ' ' || strchr("),;]}+.\\", c) != NULL ? MASK_YES : MASK_NO;
}

static enum mask_says (*const by_sign[])(struct ask *a) = {
	[SIGN_COLON] = by_colon,
	[SIGN_TIGHT] = by_tight,
	[SIGN_EQUALS] = by_equals,
	[SIGN_CELL] = by_cell,
	[SIGN_TAB] = by_tab,
	[SIGN_GAP] = by_gap,
	[SIGN_TAG] = by_tag,
	[SIGN_COMMA] = by_comma,
};

/* {"S": "v"}: DynamoDB says the type of each value. */
static enum mask_says
by_typed(struct ask *a, struct mask_context *c)
{
	static const char want[] = "{\"S\":\"";
	const struct mask_view *v = a->v;
	size_t n = 0, i = a->k.value;

	for (; i < a->k.value + 128 && want[n] != '\0'; i++) {
		int b = view_at(v, i);

		if (b == want[n])
			n++;
		else if (b == VIEW_MORE)
			break;
		else if (b != ' ' && b != '\n' && b != '\r')
			break;
	}
	if (want[n] == '\0') {
		a->k.value = i - 1;
		return judge(a, VALUE_JSON);
	}
	if (view_at(v, i) == VIEW_MORE) {
		a->ret->hold = v->len;
		return MASK_MORE;
	}
	sibling_object(v, &a->k, c);
	return MASK_NO;
}

/* PWD of a shell says where it stands. */
static bool
is_place(const struct ask *a)
{
	int c = view_at(a->v, a->k.value);

	return a->k.to - a->k.from == 3 && a->is == KEYNAME_WEAK &&
	       a->k.sign == SIGN_EQUALS && (c == '/' || c == '~');
}

static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	const struct keyname_literal *l = arg;
	struct ask a = { .v = v, .ret = ret };
	enum mask_says says = keyform_read(v, at, at + l->len, &a.k);

	if (says == MASK_MORE)
		ret->hold = v->len;
	if (says != MASK_YES)
		return says;
	a.spoken = memchr(v->p + at, ' ', l->len) != NULL;
	a.is = keyname_judge(l->names, span_make(v->p + a.k.from, a.k.to - a.k.from));
	if (a.is == KEYNAME_NO)
		return MASK_NO;
	keyform_line(v, keyform_begins(v, &a.k), &a.line);
	if ((a.k.sign == SIGN_COLON || a.k.sign == SIGN_EQUALS) && !a.k.breaks &&
	    view_at(v, a.k.value) == '{' && a.k.level == 0 && a.k.quote == '"')
		return by_typed(&a, c);
	if (a.k.sign != SIGN_NONE && (says = in_string(&a)) != MASK_NO) {
		ret->hold = a.k.value;
		return says == MASK_MORE ? says : MASK_NO;
	}
	says = a.k.sign == SIGN_NONE || is_place(&a) || outer_quote(&a)
		   ? MASK_NO
		   : by_sign[a.k.sign](&a);
	if (says == MASK_NO)
		sibling_named(v, &a.k, c);
	else if (says == MASK_YES && a.k.sign == SIGN_EQUALS && a.k.gap &&
		 v->p[a.k.value] == '"')
		sibling_change(v, &a.k, c);
	return says;
}

void
fields_build(struct mask_build *b)
{
	const struct keynames *k;

	if (!mask_build_on(b, MASK_SECRETS, NULL))
		return;
	if ((k = keynames_build(b)) != NULL)
		keyname_literals(b, k, verify);
}
