/* Secrets of Kubernetes; see kube.h. */
#include "recorder/mask/kube.h"

#include <string.h>

#include "recorder/mask/keyform.h"

#define KIND_BACK 900
#define DATA_MOST 1048576 /* bytes of all data of a secret, as Kubernetes bounds them */
#define GUESS_MOST 24	  /* bytes of base64 that are looked at */
#define DIGITS_MOST 64

enum form { IN_LINES = 1, IN_BRACES = 2, SURE = 4 };

static bool
line_end(int c)
{
	return c == '\n' || c == '\r' || c == SHADOW_BREAK;
}

/* Does this stand in the text before at, not further back than the object or document
 * reaches? */
static bool
said(const struct mask_view *v, size_t at, const char *what)
{
	size_t n = strlen(what), least = at > KIND_BACK ? at - KIND_BACK : 0;

	for (size_t i = at; i >= least + n; i--) {
		if (memcmp(v->p + i - n, what, n) == 0)
			return true;
		if (v->p[i - 1] == '-' && i >= 4 &&
		    memcmp(v->p + i - 4, "\n---", 4) == 0)
			return false;
	}
	return false;
}

/* The end of the line before the one in which at stands is "apiVersion: v1". */
static bool
version_before(const struct mask_view *v, size_t at, bool braces)
{
	static const char plain[] = "apiVersion: v1",
			  quoted[] = "apiVersion\": \"v1\",",
			  tight[] = "apiVersion\":\"v1\",";
	size_t i = at, n;
	const char *want[] = { plain, quoted, tight };

	while (i > 0 && at - i < KEYFORM_LINE &&
	       (v->p[i - 1] == ' ' || line_end(v->p[i - 1])))
		i--;
	for (size_t w = braces ? 1 : 0; w < (braces ? 3u : 1u); w++) {
		n = strlen(want[w]);
		if (i >= n && memcmp(v->p + i - n, want[w], n) == 0)
			return true;
	}
	return false;
}

static bool
secret_said(const struct mask_view *v, size_t at)
{
	return said(v, at, "kind: Secret\n") || said(v, at, "kind: Secret\r") ||
	       said(v, at, "\"kind\": \"Secret\"") ||
	       said(v, at, "\"kind\":\"Secret\"");
}

static void
enter(const struct mask_view *v, struct mask_context *c, const struct keyform *k,
    uint32_t indent, uint8_t form)
{
	c->data = v->base + k->value;
	c->data_indent = indent;
	c->data_form = form;
}

/* "data" and "stringData" begin. */
static enum mask_says
verify_data(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	bool string = arg != NULL, braces;
	struct keyform_line line;
	struct keyform k;
	enum mask_says says;
	size_t begins;

	says = keyform_read(v, at, at + (string ? strlen("stringData") : 4), &k);
	if (says == MASK_MORE)
		ret->hold = v->len;
	if (says != MASK_YES || k.from != at)
		return says == MASK_YES ? MASK_NO : says;
	braces = k.quote == '"' && k.sign == SIGN_COLON && k.value < v->len &&
		 v->p[k.value] == '{';
	if (!braces && (k.quote != 0 || k.next >= v->len || v->p[k.next] != ':' ||
			   k.sign != SIGN_NONE))
		return MASK_NO;
	begins = keyform_begins(v, &k);
	keyform_line(v, begins, &line);
	if (!braces && !line.start)
		return MASK_NO;
	if (string || secret_said(v, begins))
		enter(v, c, &k, line.column, (braces ? IN_BRACES : IN_LINES) | SURE);
	else if (version_before(v, begins, braces))
		enter(v, c, &k, line.column, braces ? IN_BRACES : IN_LINES);
	return MASK_NO;
}

static bool
armed(const struct mask_context *c, uint64_t at)
{
	return c->data != 0 && (at < c->data || at - c->data < DATA_MOST);
}

static int
base64(int c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c > 0 ? strchr(digits, c) : NULL;

	return p == NULL ? -1 : (int)(p - digits);
}

/* Is what these digits say text?  A character at the end may be cut. */
static bool
text(const uint8_t *p, size_t n)
{
	uint32_t bits = 0;
	unsigned left = 0, follow = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		bits = bits << 6 | (uint32_t)base64(p[i]);
		if ((left += 6) < 8)
			continue;
		byte = bits >> (left -= 8) & 0xff;
		if (follow > 0 ? (byte & 0xc0) != 0x80 : byte >= 0x80 && byte < 0xc2)
			return false;
		if (follow > 0)
			follow--;
		else if (byte >= 0xc2)
			follow = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
		else if (byte < ' ' ? strchr("\t\n\r", (int)byte) == NULL || byte == 0
				    : byte == 0x7f)
			return false;
	}
	return true;
}

/* Letters of both cases and a digit among them. */
static bool
mixed(const uint8_t *p, size_t n)
{
	bool small = false, capital = false, digit = false;

	for (size_t i = 0; i < n; i++) {
		small |= p[i] >= 'a' && p[i] <= 'z';
		capital |= p[i] >= 'A' && p[i] <= 'Z';
		digit |= p[i] >= '0' && p[i] <= '9';
	}
	return small && capital && digit;
}

/* Is the value at i base64 of something? */
static enum mask_says
guess(const struct mask_view *v, size_t i)
{
	uint8_t p[GUESS_MOST];
	size_t n = 0, pads = 0;
	int c;

	while (n < GUESS_MOST && base64(c = view_at(v, i + n)) >= 0)
		p[n++] = (uint8_t)c;
	if (n == GUESS_MOST)
		return text(p, n) || mixed(p, n) ? MASK_YES : MASK_NO;
	while (pads < 3 && (c = view_at(v, i + n + pads)) == '=')
		pads++;
	if (c == VIEW_MORE)
		return MASK_MORE;
	if (n < 2 || pads > 2 || (n + pads) % 4 != 0)
		return MASK_NO;
	if (c >= 0 && c > ' ' && c != '"' && c != '\'' && c != '\\')
		return MASK_NO;
	return text(p, n) || (n >= 16 && mixed(p, n)) ? MASK_YES : MASK_NO;
}

/* Did an object close between the last key and this one? */
static bool
closed(const struct mask_view *v, size_t at)
{
	for (size_t i = at; i > 0 && at - i < KEYFORM_LINE; i--) {
		if (v->p[i - 1] == '}')
			return true;
		if (view_word(v->p[i - 1]))
			return false;
	}
	return false;
}

static enum mask_says
leave(struct mask_context *c)
{
	c->data = 0;
	c->data_form = 0;
	c->data_indent = 0;
	return MASK_NO;
}

/* The first word behind "data:" on, the keys: each begins a run. */
static enum mask_says
verify_key(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	struct value_want want = { .how = VALUE_BLOCK };
	struct keyform_line line;
	struct keyform k;
	enum mask_says says;
	size_t end = at, begins;

	(void)arg;
	if (v->base + at < c->data)
		return MASK_NO;
	while (end < at + KEYFORM_NAME &&
	       (view_word(view_at(v, end)) || view_at(v, end) == '-' ||
		   view_at(v, end) == '.'))
		end++;
	says = view_at(v, end) == VIEW_MORE ? MASK_MORE : keyform_read(v, at, end, &k);
	if (says == MASK_MORE)
		ret->hold = v->len;
	if (says != MASK_YES)
		return says;
	begins = keyform_begins(v, &k);
	keyform_line(v, begins, &line);
	if (c->data_form & IN_LINES) {
		if (!line.start)
			return MASK_NO;
		if (line.column <= c->data_indent)
			return leave(c);
		if (k.sign == SIGN_COLON && k.quote == 0)
			want.how |= VALUE_LINE;
		want.indent = line.column;
	} else {
		if (closed(v, begins))
			return leave(c);
		want.how = VALUE_QUOTED | VALUE_JSON;
	}
	if (k.sign != SIGN_COLON)
		return MASK_NO;
	if (!(c->data_form & SURE)) {
		size_t i = k.value;

		while (
		    i < k.value + 8 && (view_at(v, i) == '"' || view_at(v, i) == '\\'))
			i++;
		says = guess(v, i);
		if (says == MASK_MORE)
			ret->hold = k.value;
		if (says != MASK_YES)
			return says;
	}
	return value_judge(v, k.value, &want, ret);
}

void
kube_build(struct mask_build *b)
{
	static const char string[] = "stringData";
	uint32_t names[8] = { 0 };

	for (int c = '-'; c < 128; c++)
		if (view_word(c) || c == '-' || c == '.')
			names[c >> 5] |= (uint32_t)1 << (c & 31);
	mask_build_literal(
	    b, span_of("data"), MASK_EXACT | MASK_WORD | MASK_SHOWN, verify_data, NULL);
	mask_build_literal(b, span_of(string), MASK_EXACT | MASK_WORD | MASK_SHOWN,
	    verify_data, string);
	mask_build_run(b, names, armed, verify_key, NULL);
}
