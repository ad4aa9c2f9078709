/* Asciicast lines by hand: each byte that is shown passes here, and a JSON library is
 * ten times slower. */
#include "recorder/cast.h"

#include <string.h>

#include "lib/base/text.h"
#include "recorder/b64.h"

#define ESCAPE_BLOCK 512 /* bytes; each takes at most six */

/* What a byte becomes in a JSON string: 0 as it is, 'u' \u00XX, else \ and the letter.
 * Bytes over 0x7F belong to characters that were checked before. */
static const char escape[256] = {
	/* clang-format off */
	'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u',
	'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
	['"'] = '"', ['\\'] = '\\', [0x7F] = 'u',
	/* clang-format on */
};

/* Write one escaped byte at `to`; where the next belongs. */
static uint8_t *
escape_byte(uint8_t *to, uint8_t byte)
{
	static const char hex[] = "0123456789abcdef";
	char e = escape[byte];

	*to++ = '\\';
	*to++ = (uint8_t)e;
	if (e != 'u')
		return to;
	*to++ = '0';
	*to++ = '0';
	*to++ = (uint8_t)hex[byte >> 4];
	*to++ = (uint8_t)hex[byte & 15];
	return to;
}

#define EACH(byte) (0x0101010101010101ULL * (byte))

/* The top bit of a byte is set in the answer if one of the eight is `byte`. */
static uint64_t
any8(uint64_t eight, uint8_t byte)
{
	uint64_t x = eight ^ EACH(byte);

	return (x - EACH(1)) & ~x & EACH(0x80);
}

/* None of the eight bytes at p is to be escaped. */
static bool
plain8(const uint8_t *p)
{
	uint64_t eight;

	memcpy(&eight, p, 8);
	return (((eight - EACH(0x20)) & ~eight & EACH(0x80)) | any8(eight, '"')
		   | any8(eight, '\\') | any8(eight, 0x7F))
	    == 0;
}

static uint8_t *
escape_block(uint8_t *to, const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n) {
		if (n - i >= 8 && plain8(p + i)) {
			memcpy(to, p + i, 8);
			to += 8;
			i += 8;
			continue;
		}
		if (escape[p[i]] == 0)
			*to++ = p[i];
		else
			to = escape_byte(to, p[i]);
		i++;
	}
	return to;
}

/* Room for the worst case is asked for a block at a time, so that the inner loop need
 * not look. */
void
cast_escape(struct buf *out, struct span s)
{
	while (s.len > 0) {
		size_t n = s.len < ESCAPE_BLOCK ? s.len : ESCAPE_BLOCK;
		uint8_t *from = buf_room(out, n * 6);

		if (from == NULL)
			return;
		out->len += (size_t)(escape_block(from, s.p, n) - from);
		s = span_make(s.p + n, s.len - n);
	}
}

void
cast_event_put(struct buf *out, uint64_t time_us, char code, struct span text)
{
	buf_printf(out, "[%llu.%06u, \"%c\", \"",
	    (unsigned long long)(time_us / 1000000), (unsigned)(time_us % 1000000),
	    code);
	cast_escape(out, text);
	buf_text(out, "\"]\n");
}

/* The eight bytes at p are all ASCII: most text is, and one look tells. */
static bool
ascii8(const uint8_t *p)
{
	uint64_t eight;

	memcpy(&eight, p, 8);
	return (eight & 0x8080808080808080ULL) == 0;
}

size_t
cast_valid(struct span s)
{
	size_t i = 0;

	while (i < s.len) {
		uint32_t cp;
		unsigned n = 1;

		if (s.len - i >= 8 && ascii8(s.p + i))
			n = 8;
		else if (s.p[i] >= 0x80)
			n = text_char(span_make(s.p + i, s.len - i), &cp);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

void
cast_scrub(struct buf *out, struct span s)
{
	while (s.len > 0) {
		size_t n = cast_valid(s), bad = n;
		uint32_t cp;

		buf_put(out, s.p, n);
		while (bad < s.len &&
		       text_char(span_make(s.p + bad, s.len - bad), &cp) == 0)
			bad++;
		if (bad > n)
			buf_put(out, "\xEF\xBF\xBD", 3);
		s = span_make(s.p + bad, s.len - bad);
	}
}

/* Not at home in text: control characters but for BEL, BS, HT, LF, VT, FF, CR, ESC. */
static const uint8_t strange[256] = {
	/* clang-format off */
	1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1,
	[0x7F] = 1,
	/* clang-format on */
};

bool
cast_binary(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += strange[s.p[i]];
	return n > s.len / 32;
}

void
cast_raw_put(struct buf *out, uint64_t time_us, struct span raw)
{
	struct buf base64, shown;

	buf_init(&base64, raw.len * 2 + 4);
	buf_init(&shown, raw.len * 4 + 4);
	b64_put(&base64, raw);
	if (cast_binary(raw))
		buf_text(&shown, "\xEF\xBF\xBD");
	else
		cast_scrub(&shown, raw);
	cast_event_put(out, time_us, 'b', buf_span(&base64));
	cast_event_put(out, time_us, 'o', buf_span(&shown));
	out->bad |= !buf_ok(&base64) || !buf_ok(&shown);
	buf_clear(&base64);
	buf_clear(&shown);
}

static bool
digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Digits at *i of s as a number without leading zeros, at most 12 of them. */
static bool
number(struct span s, size_t *i, uint64_t *v)
{
	size_t from = *i;

	for (*v = 0; *i < s.len && digit(s.p[*i]); ++*i) {
		if (*i - from == 12)
			return false;
		*v = *v * 10 + (s.p[*i] - '0');
	}
	return *i > from && (s.p[from] != '0' || *i == from + 1);
}

bool
cast_event_time(struct span line, uint64_t *time_us)
{
	uint64_t whole, part = 0;
	unsigned places = 0;
	size_t i = 1;

	if (line.len < 2 || line.p[0] != '[' || !number(line, &i, &whole))
		return false;
	if (i < line.len && line.p[i] == '.') {
		size_t from = ++i;

		for (; i < line.len && digit(line.p[i]); i++)
			if (places < 6) {
				part = part * 10 + (line.p[i] - '0');
				places++;
			}
		if (i == from)
			return false;
	}
	if (i >= line.len || line.p[i] != ',')
		return false;
	for (; places < 6; places++)
		part *= 10;
	*time_us = whole * 1000000 + part;
	return true;
}

void
cast_line_put(struct buf *out, uint64_t time, char code, struct span data)
{
	buf_printf(out, "[%llu, \"%c\", \"", (unsigned long long)time, code);
	b64_put(out, data);
	buf_text(out, "\"]\n");
}

/* The fixed text at *i; stops early, still true, where s ends. */
static bool
literal(struct span s, size_t *i, const char *text)
{
	for (; *text != '\0' && *i < s.len; text++, ++*i)
		if (s.p[*i] != (uint8_t)*text)
			return false;
	return true;
}

static bool
code_ok(char c)
{
	return c == 'E' || c == 'S' || c == 'F';
}

bool
cast_line_parse(struct span line, struct cast_line *ret)
{
	struct cast_line l;
	size_t i = 1;

	if (line.len < 12 || line.p[0] != '[' || !number(line, &i, &l.time) ||
	    !literal(line, &i, ", \"") || i >= line.len)
		return false;
	l.code = (char)line.p[i++];
	if (!code_ok(l.code) || !literal(line, &i, "\", \"") || i + 2 > line.len)
		return false;
	if (memcmp(line.p + line.len - 2, "\"]", 2) != 0)
		return false;
	l.data = span_make(line.p + i, line.len - 2 - i);
	*ret = l;
	return true;
}

static bool
base64_char(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || digit(c) ||
	       c == '+' || c == '/' || c == '=';
}

bool
cast_line_begun(struct span torn)
{
	size_t i = 0;
	uint64_t t;

	if (torn.len > CAST_LINE_MAX || !literal(torn, &i, "["))
		return false;
	if (i < torn.len && !number(torn, &i, &t))
		return false;
	if (!literal(torn, &i, ", \""))
		return false;
	if (i < torn.len && !code_ok((char)torn.p[i++]))
		return false;
	if (!literal(torn, &i, "\", \""))
		return false;
	while (i < torn.len && base64_char(torn.p[i]))
		i++;
	return literal(torn, &i, "\"]") && i == torn.len;
}
