/* See unit.h: how terminals read escape sequences (ECMA-48, xterm) and JSON its escapes.  A
 * sequence that is broken or longer than its cap hides nothing: only its ESC is gone, the
 * rest is data. */
#include "recorder/mask/unit.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "recorder/mask/mask_parts.h"

static bool
is_plain(uint8_t c)
{
	return c >= 0x20 ? c != '\\' && c != 0x7f : c == '\t' || c == '\n' || c == '\r';
}

#ifdef __SSE2__
/* A bit for each of 16 bytes that is not plain. */
static unsigned
special16(const uint8_t *p)
{
	__m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(0x1f)), c);
	__m128i fine = _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('\n')),
	    _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('\r')),
		_mm_cmpeq_epi8(c, _mm_set1_epi8('\t'))));
	__m128i odd = _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('\\')),
	    _mm_cmpeq_epi8(c, _mm_set1_epi8(0x7f)));

	return (unsigned)_mm_movemask_epi8(
	    _mm_or_si128(_mm_andnot_si128(fine, low), odd));
}
#endif

size_t
unit_plain(struct span raw)
{
	size_t n = 0;

#ifdef __SSE2__
	for (unsigned bits; n + 16 <= raw.len; n += 16)
		if ((bits = special16(raw.p + n)) != 0)
			return n + (size_t)__builtin_ctz(bits);
#endif
	while (n < raw.len && is_plain(raw.p[n]))
		n++;
	return n;
}

static void
says(struct unit *u, enum unit_kind kind, size_t raw)
{
	u->kind = kind;
	u->raw = raw;
}

static void
stands_for(struct unit *u, enum unit_kind kind, size_t raw, uint8_t c)
{
	says(u, kind, raw);
	u->text[0] = c;
	u->len = 1;
}

/* The first number of a control sequence; none and 0 are 1. */
static uint32_t
first_number(const uint8_t *p, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n && p[i] >= '0' && p[i] <= '9' && v < 100000; i++)
		v = 10 * v + (uint32_t)(p[i] - '0');
	return v == 0 ? 1 : v;
}

/* What the sequence of this final byte does to the text around it. */
static void
csi_final(struct unit *u, const uint8_t *params, size_t n, size_t raw)
{
	switch (params[n]) {
	case 'A':
	case 'B':
	case 'E':
	case 'F':
	case 'd':
		stands_for(u, UNIT_MOVE, raw, SHADOW_BREAK);
		break;
	case 'C':
		stands_for(u, UNIT_MOVE, raw, ' ');
		break;
	case 'H':
	case 'f':
		stands_for(u, UNIT_ROW, raw, SHADOW_BREAK);
		u->row = first_number(params, n);
		break;
	default:
		says(u, UNIT_GONE, raw);
		break;
	}
}

/* intro: the bytes of ESC itself, in whatever form; at: behind the bracket. */
static void
read_csi(struct span raw, size_t intro, size_t at, bool end, struct unit *u)
{
	size_t i = at;

	while (i < raw.len && i - at < UNIT_CSI && raw.p[i] >= 0x20 && raw.p[i] < 0x40)
		i++;
	if (i - at >= UNIT_CSI)
		says(u, UNIT_GONE, intro);
	else if (i == raw.len)
		says(u, end ? UNIT_GONE : UNIT_WAIT, i);
	else if (raw.p[i] >= 0x40 && raw.p[i] < 0x7f)
		csi_final(u, raw.p + at, i - at, i + 1);
	else
		says(u, UNIT_GONE, i);
}

/* Up to BEL or ESC \; a line's end or another escape breaks it. */
static void
read_string(struct span raw, size_t intro, size_t at, bool end, struct unit *u)
{
	for (size_t i = at; i < raw.len && i - at < UNIT_STRING; i++) {
		uint8_t c = raw.p[i];

		if (c == 0x07 || c == 0x18 || c == 0x1a) {
			says(u, UNIT_GONE, i + 1);
			return;
		}
		if (c == '\n' || c == '\r')
			break;
		if (c != 0x1b)
			continue;
		if (i + 1 == raw.len && !end)
			says(u, UNIT_WAIT, i);
		else if (i + 1 < raw.len && raw.p[i + 1] == '\\')
			says(u, UNIT_GONE, i + 2);
		else
			says(u, UNIT_GONE, intro);
		return;
	}
	says(u, UNIT_GONE, intro);
	if (!end && raw.len - at < UNIT_STRING &&
	    memchr(raw.p + at, '\n', raw.len - at) == NULL &&
	    memchr(raw.p + at, '\r', raw.len - at) == NULL)
		says(u, UNIT_WAIT, raw.len);
}

/* ESC, some of 0x20 to 0x2f, a final byte: charsets and the like. */
static void
read_charset(struct span raw, size_t intro, size_t at, bool end, struct unit *u)
{
	size_t i = at;

	while (i < raw.len && i - at < 4 && raw.p[i] >= 0x20 && raw.p[i] < 0x30)
		i++;
	if (i == raw.len && !end)
		says(u, UNIT_WAIT, i);
	else if (i < raw.len && raw.p[i] >= 0x30 && raw.p[i] < 0x7f)
		says(u, UNIT_GONE, i + 1);
	else
		says(u, UNIT_GONE, intro);
}

static void
read_escape(struct span raw, size_t intro, bool end, struct unit *u)
{
	uint8_t c;

	if (intro == raw.len) {
		says(u, end ? UNIT_GONE : UNIT_WAIT, intro);
		return;
	}
	c = raw.p[intro];
	if (c == '[')
		read_csi(raw, intro, intro + 1, end, u);
	else if (c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X')
		read_string(raw, intro, intro + 1, end, u);
	else if (c >= 0x20 && c < 0x30)
		read_charset(raw, intro, intro, end, u);
	else if (c == 'D' || c == 'E' || c == 'M')
		stands_for(u, UNIT_MOVE, intro + 1, SHADOW_BREAK);
	else if (c >= 0x30 && c < 0x7f)
		says(u, UNIT_GONE, intro + 1);
	else
		says(u, UNIT_GONE, intro);
}

static size_t
utf8_put(uint8_t *p, uint32_t cp)
{
	if (cp < 0x80) {
		p[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		p[0] = (uint8_t)(0xc0 | cp >> 6);
		p[1] = (uint8_t)(0x80 | (cp & 0x3f));
		return 2;
	}
	p[0] = (uint8_t)(0xe0 | cp >> 12);
	p[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
	p[2] = (uint8_t)(0x80 | (cp & 0x3f));
	return 3;
}

/* Half of a surrogate pair is a character of three bytes here: no rule looks at them. */
static void
stands_for_char(struct unit *u, size_t slashes, size_t raw, uint32_t cp)
{
	says(u, UNIT_FOLD, raw);
	if (cp == '"' || cp == '\\') {
		/* It is no quote of the text around it: written as \" of its depth, and
		 * a backslash as two. */
		u->len = cp == '"' ? 2 * slashes : 2 * slashes - 1;
		memset(u->text, '\\', sizeof u->text);
		u->text[u->len - 1] = (uint8_t)cp;
		if (cp == '\\')
			u->len++;
	} else if (cp == '\n' || cp == '\r') {
		stands_for(u, UNIT_FOLD, raw, SHADOW_BREAK);
	} else if ((cp < 0x20 && cp != '\t') || cp == 0x7f) {
		says(u, UNIT_DROP, raw);
	} else {
		u->len = utf8_put(u->text, cp);
	}
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* slashes backslashes and a u. */
static void
read_codepoint(struct span raw, size_t slashes, bool end, struct unit *u)
{
	uint32_t cp = 0;
	size_t i, at = slashes + 1;

	for (i = 0; i < 4 && at + i < raw.len && hex_value(raw.p[at + i]) >= 0; i++)
		cp = cp << 4 | (uint32_t)hex_value(raw.p[at + i]);
	if (i < 4) {
		says(u, at + i == raw.len && !end ? UNIT_WAIT : UNIT_PLAIN, slashes);
		return;
	}
	if (cp == 0x1b)
		read_escape(raw, at + 4, end, u);
	else
		stands_for_char(u, slashes, at + 4, cp);
}

static void
read_slashes(struct span raw, bool end, struct unit *u)
{
	size_t n = 0;

	while (n < raw.len && n < UNIT_SLASHES && raw.p[n] == '\\')
		n++;
	if (n == raw.len || n == UNIT_SLASHES) {
		says(u, n == UNIT_SLASHES || end ? UNIT_PLAIN : UNIT_WAIT, n);
		return;
	}
	switch (raw.p[n]) {
	case 'n':
	case 'r':
		stands_for(u, UNIT_FOLD, n + 1, SHADOW_BREAK);
		break;
	case 't':
		stands_for(u, UNIT_FOLD, n + 1, '\t');
		break;
	case '/':
		stands_for(u, UNIT_FOLD, n + 1, '/');
		break;
	case 'u':
		read_codepoint(raw, n, end, u);
		break;
	default:
		says(u, UNIT_PLAIN, n);
		break;
	}
}

void
unit_read(struct span raw, bool end, struct unit *ret)
{
	ret->len = 0;
	switch (raw.p[0]) {
	case 0x1b:
		read_escape(raw, 1, end, ret);
		break;
	case '\\':
		read_slashes(raw, end, ret);
		break;
	case '\b':
		says(ret, UNIT_ERASE, 1);
		break;
	case '\v':
	case '\f':
	case SHADOW_BREAK:
		stands_for(ret, UNIT_FOLD, 1, SHADOW_BREAK);
		break;
	default:
		says(ret, UNIT_DROP, 1);
		break;
	}
}
