/* Asciicast lines by hand: each byte that is shown passes here, and a JSON library is
 * ten times slower. */
#include "recorder/cast.h"

#include <string.h>

#include "lib/base/text.h"
#include "recorder/b64.h"

/* What a byte becomes in a JSON string: 0 as it is, 'u' \u00XX, else \ and the letter.
 * Bytes over 0x7F belong to characters that were checked before. */
static const char escape[256] = {
	/* clang-format off */
	'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u',
	'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
	['"'] = '"', ['\\'] = '\\', [0x7F] = 'u',
	/* clang-format on */
};

static void
escape_byte(struct buf *out, uint8_t byte)
{
	static const char hex[] = "0123456789abcdef";
	char e = escape[byte];
	char text[6] = { '\\', e, '0', '0', hex[byte >> 4], hex[byte & 15] };

	buf_put(out, text, e == 'u' ? 6 : 2);
}

void
cast_escape(struct buf *out, struct span s)
{
	while (s.len > 0) {
		size_t run = 0;

		while (run < s.len && escape[s.p[run]] == 0)
			run++;
		buf_put(out, s.p, run);
		if (run < s.len)
			escape_byte(out, s.p[run++]);
		s = span_make(s.p + run, s.len - run);
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

size_t
cast_valid(struct span s)
{
	size_t i = 0;

	while (i < s.len) {
		uint64_t eight;
		uint32_t cp;
		unsigned n;

		/* Most text is ASCII: eight bytes in one look. */
		if (s.len - i >= 8) {
			memcpy(&eight, s.p + i, 8);
			if ((eight & 0x8080808080808080ULL) == 0) {
				i += 8;
				continue;
			}
		}
		if ((n = text_char(span_make(s.p + i, s.len - i), &cp)) == 0)
			break;
		i += n;
	}
	return i;
}

void
cast_scrub(struct buf *out, struct span s)
{
	bool in_run = false;

	while (s.len > 0) {
		size_t n = cast_valid(s);

		if (n > 0) {
			buf_put(out, s.p, n);
			in_run = false;
		} else {
			if (!in_run)
				buf_text(out, "\xEF\xBF\xBD");
			in_run = true;
			n = 1;
		}
		s = span_make(s.p + n, s.len - n);
	}
}

/* BEL, BS, HT, LF, VT, FF, CR and ESC are at home in text. */
static bool
strange(uint8_t c)
{
	return c == 0x7F || (c < 0x20 && !(c >= 0x07 && c <= 0x0D) && c != 0x1B);
}

bool
cast_binary(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += strange(s.p[i]);
	return n > s.len / 32;
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
