/* Asciicast lines by hand: each byte that is shown passes here, and a JSON library is
 * ten times slower. */
#include "recorder/cast.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "lib/base/text.h"
#include "recorder/b64.h"

#define ESCAPE_BLOCK 512 /* bytes; each takes at most six */

/* What a byte becomes in a JSON string, and how long that is; nothing: it stays.  Bytes
 * over 0x7F belong to characters that were checked before. */
#define U(hex)                                                                         \
	{                                                                              \
		6, "\\u00" hex                                                         \
	}
static const struct {
	uint8_t n;
	char text[8]; /* copied whole: one move */
} escape[256] = {
	/* clang-format off */
	U("00"), U("01"), U("02"), U("03"), U("04"), U("05"), U("06"), U("07"),
	{ 2, "\\b" }, { 2, "\\t" }, { 2, "\\n" }, U("0b"), { 2, "\\f" }, { 2, "\\r" },
	U("0e"), U("0f"),
	U("10"), U("11"), U("12"), U("13"), U("14"), U("15"), U("16"), U("17"),
	U("18"), U("19"), U("1a"), U("1b"), U("1c"), U("1d"), U("1e"), U("1f"),
	['"'] = { 2, "\\\"" }, ['\\'] = { 2, "\\\\" }, [0x7F] = U("7f"),
	/* clang-format on */
};

#define SPARE 16

static uint8_t *
escape_byte(uint8_t *to, uint8_t c)
{
	if (escape[c].n == 0) {
		*to = c;
		return to + 1;
	}
	memcpy(to, escape[c].text, 8);
	return to + escape[c].n;
}

#ifdef __SSE2__
#define STEP 16

/* A bit for each of the 16 bytes at p that is to be escaped; they are copied to `to` in
 * passing. */
static unsigned
look(uint8_t *to, const uint8_t *p)
{
	__m128i x = _mm_loadu_si128((const __m128i *)p);
	__m128i bad = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1F)), x);

	_mm_storeu_si128((__m128i *)to, x);
	bad = _mm_or_si128(bad, _mm_cmpeq_epi8(x, _mm_set1_epi8('"')));
	bad = _mm_or_si128(bad, _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
	bad = _mm_or_si128(bad, _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7F)));
	return (unsigned)_mm_movemask_epi8(bad);
}

/* The STEP bytes at p; twice as many can be read.  What is behind an escape is copied
 * behind it, more than is needed: the next of the block overwrites it. */
static uint8_t *
escape_step(uint8_t *to, const uint8_t *p)
{
	unsigned bits = look(to, p), done = 0;

	for (; bits != 0; bits &= bits - 1) {
		unsigned at = (unsigned)__builtin_ctz(bits);

		to = escape_byte(to + (at - done), p[at]);
		done = at + 1;
		memcpy(to, p + done, STEP);
	}
	return to + (STEP - done);
}

/* How many bytes at the front were escaped. */
static size_t
escape_wide(uint8_t **to, const uint8_t *p, size_t n)
{
	size_t i = 0;

	for (; n - i >= 2 * STEP; i += STEP)
		*to = escape_step(*to, p + i);
	return i;
}
#else
static size_t
escape_wide(uint8_t **to, const uint8_t *p, size_t n)
{
	(void)to, (void)p, (void)n;
	return 0;
}
#endif

/* `to` has room for six bytes for each of p, and SPARE more. */
static uint8_t *
escape_block(uint8_t *to, const uint8_t *p, size_t n)
{
	for (size_t i = escape_wide(&to, p, n); i < n; i++)
		to = escape_byte(to, p[i]);
	return to;
}

/* Room for the worst case is asked for a block at a time, so that the inner loop need
 * not look. */
void
cast_escape(struct buf *out, struct span s)
{
	while (s.len > 0) {
		size_t n = s.len < ESCAPE_BLOCK ? s.len : ESCAPE_BLOCK;
		uint8_t *from = buf_room(out, n * 6 + SPARE);

		if (from == NULL)
			return;
		out->len += (size_t)(escape_block(from, s.p, n) - from);
		s = span_make(s.p + n, s.len - n);
	}
}

/* v, with zeros before it up to so many digits, in front of `end`; where it begins.  By
 * hand, for printf costs as much as a screenful of text. */
static uint8_t *
put_digits(uint8_t *end, uint64_t v, unsigned least)
{
	for (unsigned n = 0; n < least || v > 0; n++, v /= 10)
		*--end = (uint8_t)('0' + v % 10);
	return end;
}

static void
put_head(struct buf *out, const uint8_t *from, const uint8_t *end, char code)
{
	uint8_t tail[] = { ',', ' ', '"', (uint8_t)code, '"', ',', ' ', '"' };

	buf_u8(out, '[');
	buf_put(out, from, (size_t)(end - from));
	buf_put(out, tail, sizeof tail);
}

static void
event_begin(struct buf *out, uint64_t time_us, char code)
{
	uint8_t digits[32], *end = digits + sizeof digits, *from;

	from = put_digits(end, time_us % 1000000, 6);
	*--from = '.';
	put_head(out, put_digits(from, time_us / 1000000, 1), end, code);
}

void
cast_event_put(struct buf *out, uint64_t time_us, char code, struct span text)
{
	event_begin(out, time_us, code);
	cast_escape(out, text);
	buf_text(out, "\"]\n");
}

#define WIDE 32

/* The WIDE bytes at p are all ASCII: most text is, and one look tells. */
static bool
ascii(const uint8_t *p)
{
	uint64_t v[WIDE / 8];

	memcpy(v, p, WIDE);
	return ((v[0] | v[1] | v[2] | v[3]) & 0x8080808080808080ULL) == 0;
}

/* How many ASCII bytes follow one that is none: the way back to wide steps. */
static size_t
ascii_run(struct span s)
{
	uint64_t eight;
	size_t n = 0;

	for (; s.len - n >= 8; n += 8) {
		memcpy(&eight, s.p + n, 8);
		if ((eight & 0x8080808080808080ULL) != 0)
			break;
	}
	while (n < s.len && s.p[n] < 0x80)
		n++;
	return n;
}

size_t
cast_valid(struct span s)
{
	size_t i = 0;

	while (i < s.len) {
		uint32_t cp;
		size_t n;

		if (s.len - i >= WIDE && ascii(s.p + i)) {
			i += WIDE;
			continue;
		}
		i += ascii_run(span_make(s.p + i, s.len - i));
		if (i == s.len)
			break;
		if ((n = text_char(span_make(s.p + i, s.len - i), &cp)) == 0)
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

#define BLOCK 256

bool
cast_binary(struct span s)
{
	size_t n = 0, most = s.len / 32;

	/* Whether one is strange cannot be foretold in noise: so it is counted without a
	 * question, and asked once a block. */
	for (size_t i = 0; i < s.len && n <= most;) {
		size_t end = s.len - i < BLOCK ? s.len : i + BLOCK;

		for (; i < end; i++)
			n += strange[s.p[i]];
	}
	return n > most;
}

void
cast_raw_put(struct buf *out, uint64_t time_us, struct span raw)
{
	struct buf shown;

	event_begin(out, time_us, 'b');
	b64_put(out, raw);
	buf_text(out, "\"]\n");
	if (cast_binary(raw)) {
		cast_event_put(out, time_us, 'o', span_of("\xEF\xBF\xBD"));
		return;
	}
	buf_init(&shown, raw.len * 4 + 4);
	cast_scrub(&shown, raw);
	cast_event_put(out, time_us, 'o', buf_span(&shown));
	out->bad |= !buf_ok(&shown);
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
	uint8_t digits[32], *end = digits + sizeof digits;

	put_head(out, put_digits(end, time, 1), end, code);
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

enum rc
cast_data(const struct cast_line *l, struct buf *data, struct err *err)
{
	buf_reset(data);
	if (l->data.len > 0 && b64_read(data, l->data))
		return RC_OK;
	return buf_ok(data) ? err_set(err, RC_REFUSE, "the base64 is not canonical")
			    : err_memory(err);
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
