/* Base64.  Decoding is strict, where EVP_DecodeBlock takes spaces, '=' in the middle and
 * stray bits at the end.  Each byte of a recording passes here at least three times: so
 * the bulk goes 24 bytes at a time where the CPU has AVX2, the rest and all other CPUs
 * by tables. */
#include "recorder/b64.h"

#include <sodium.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define NO 0x80 /* not of the alphabet */

static const uint8_t value[256] = {
	/* clang-format off */
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
	NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	/* clang-format on */
};

static const char alphabet[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789+/";

#ifdef __x86_64__
#define WIDE __attribute__((target("avx2")))

static bool
wide_cpu(void)
{
	return __builtin_cpu_supports("avx2");
}

/* The same 16 bytes in both halves. */
static WIDE __m256i
twice(const void *sixteen)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128(sixteen));
}

/* 24 bytes at p, of which 28 can be read, as 32 values of six bits: each half gets the
 * bytes of its values side by side, then they are shifted into place by multiplying. */
static WIDE __m256i
split24(const uint8_t *p)
{
	static const uint8_t order[16] = { 1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9,
		11, 10 };
	__m256i x = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(p + 12)),
	    _mm_loadu_si128((const __m128i *)p));
	__m256i high, low;

	x = _mm256_shuffle_epi8(x, twice(order));
	high = _mm256_mulhi_epu16(_mm256_and_si256(x, _mm256_set1_epi32(0x0FC0FC00)),
	    _mm256_set1_epi32(0x04000040));
	low = _mm256_mullo_epi16(_mm256_and_si256(x, _mm256_set1_epi32(0x003F03F0)),
	    _mm256_set1_epi32(0x01000010));
	return _mm256_or_si256(high, low);
}

/* Values to characters: by range, what is to be added. */
static WIDE __m256i
to_text(__m256i v)
{
	static const int8_t add[16] = { 'A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52,
		'0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
		'+' - 62, '/' - 63 };
	__m256i range = _mm256_subs_epu8(v, _mm256_set1_epi8(51));

	range = _mm256_sub_epi8(range, _mm256_cmpgt_epi8(v, _mm256_set1_epi8(25)));
	return _mm256_add_epi8(v, _mm256_shuffle_epi8(twice(add), range));
}

/* How many bytes at the front were encoded: a multiple of 24. */
static WIDE size_t
encode_wide(struct span bytes, uint8_t *to)
{
	size_t i = 0;

	for (; bytes.len - i >= 28; i += 24, to += 32)
		_mm256_storeu_si256((__m256i *)to, to_text(split24(bytes.p + i)));
	return i;
}

/* 32 characters into values.  False for one outside the alphabet: the two nibbles of a
 * character each name the sets in which it would be wrong, and have one in common. */
static WIDE bool
to_values(__m256i text, __m256i *v)
{
	static const int8_t low[16] = { 0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
		0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A };
	static const int8_t high[16] = { 0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,
		0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10 };
	static const int8_t add[16] = { 0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A',
		26 - 'a', 26 - 'a' };
	__m256i mask = _mm256_set1_epi8(0x2F);
	__m256i hi = _mm256_and_si256(_mm256_srli_epi32(text, 4), mask);
	__m256i lo = _mm256_and_si256(text, mask);
	__m256i row = _mm256_add_epi8(_mm256_cmpeq_epi8(text, mask), hi);

	*v = _mm256_add_epi8(text, _mm256_shuffle_epi8(twice(add), row));
	return _mm256_testz_si256(_mm256_shuffle_epi8(twice(low), lo),
		   _mm256_shuffle_epi8(twice(high), hi)) != 0;
}

/* 32 values into 24 bytes at `to`, where 32 are written. */
static WIDE void
join24(__m256i v, uint8_t *to)
{
	static const int8_t order[16] = { 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1,
		-1, -1, -1 };

	v = _mm256_maddubs_epi16(v, _mm256_set1_epi32(0x01400140));
	v = _mm256_madd_epi16(v, _mm256_set1_epi32(0x00011000));
	v = _mm256_shuffle_epi8(v, twice(order));
	v = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
	_mm256_storeu_si256((__m256i *)to, v);
}

/* How many characters at the front were decoded: a multiple of 32, and 12 at least are
 * left, whose bytes make up for the eight that are written too far.  It stops at what is
 * no base64: the tables find out what. */
static WIDE size_t
decode_wide(struct span text, uint8_t *to)
{
	size_t i = 0;
	__m256i v;

	for (; text.len - i >= 44; i += 32, to += 24) {
		if (!to_values(_mm256_loadu_si256((const __m256i *)(text.p + i)), &v))
			break;
		join24(v, to);
	}
	return i;
}
#else
static bool
wide_cpu(void)
{
	return false;
}

static size_t
encode_wide(struct span bytes, uint8_t *to)
{
	(void)bytes, (void)to;
	return 0;
}

static size_t
decode_wide(struct span text, uint8_t *to)
{
	(void)text, (void)to;
	return 0;
}
#endif

static void
encode_tail(struct span rest, uint8_t *to)
{
	uint32_t v = (uint32_t)rest.p[0] << 16;

	v |= rest.len > 1 ? (uint32_t)rest.p[1] << 8 : 0;
	to[0] = (uint8_t)alphabet[v >> 18];
	to[1] = (uint8_t)alphabet[v >> 12 & 63];
	to[2] = rest.len > 1 ? (uint8_t)alphabet[v >> 6 & 63] : '=';
	to[3] = '=';
}

static void
encode(struct span bytes, uint8_t *to)
{
	size_t i = wide_cpu() ? encode_wide(bytes, to) : 0;

	for (to += i / 3 * 4; bytes.len - i >= 3; i += 3, to += 4) {
		const uint8_t *p = bytes.p + i;
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		to[0] = (uint8_t)alphabet[v >> 18];
		to[1] = (uint8_t)alphabet[v >> 12 & 63];
		to[2] = (uint8_t)alphabet[v >> 6 & 63];
		to[3] = (uint8_t)alphabet[v & 63];
	}
	if (i < bytes.len)
		encode_tail(span_make(bytes.p + i, bytes.len - i), to);
}

void
b64_put(struct buf *out, struct span bytes)
{
	size_t n = (bytes.len + 2) / 3 * 4;
	uint8_t *to;

	if (bytes.len == 0 || (to = buf_room(out, n)) == NULL)
		return;
	encode(bytes, to);
	out->len += n;
}

/* Four characters into 24 bits; false if one is not of the alphabet. */
static bool
quad(const uint8_t *p, uint32_t *v)
{
	uint32_t a = value[p[0]], b = value[p[1]], c = value[p[2]], d = value[p[3]];

	*v = a << 18 | b << 12 | c << 6 | d;
	return ((a | b | c | d) & NO) == 0;
}

/* The last four characters, which may be padded; the number of bytes, 0 if false. */
static size_t
last_quad(const uint8_t *p, uint32_t *v)
{
	uint8_t full[4] = { p[0], p[1], p[2], p[3] };
	size_t n = 3;

	if (full[3] == '=') {
		full[3] = 'A';
		n = 2;
		if (full[2] == '=') {
			full[2] = 'A';
			n = 1;
		}
	}
	if (!quad(full, v) || (*v & ((1u << (8 * (3 - n))) - 1)) != 0)
		return 0;
	return n;
}

static void
put_bytes(uint8_t *to, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> (16 - 8 * i));
}

/* Decode into `to`, which has room for text.len / 4 * 3 bytes.  SIZE_MAX if false. */
static size_t
decode(struct span text, uint8_t *to)
{
	size_t done = 0, tail;
	uint32_t v = 0;

	if (text.len == 0)
		return 0;
	if (text.len % 4 != 0)
		return SIZE_MAX;
	if (wide_cpu()) {
		size_t n = decode_wide(text, to);

		done = n / 4 * 3;
		text = span_make(text.p + n, text.len - n);
	}
	for (; text.len > 4; text.p += 4, text.len -= 4, done += 3) {
		if (!quad(text.p, &v))
			return SIZE_MAX;
		to[done] = (uint8_t)(v >> 16);
		to[done + 1] = (uint8_t)(v >> 8);
		to[done + 2] = (uint8_t)v;
	}
	if ((tail = last_quad(text.p, &v)) == 0)
		return SIZE_MAX;
	put_bytes(to + done, v, tail);
	return done + tail;
}

bool
b64_read(struct buf *out, struct span text)
{
	uint8_t *to = buf_room(out, text.len / 4 * 3);
	size_t n;

	if (to == NULL || (n = decode(text, to)) == SIZE_MAX)
		return false;
	out->len += n;
	return true;
}

bool
b64_fixed(struct span text, uint8_t *out, size_t n)
{
	uint8_t room[B64_FIXED_MAX + 2]; /* whole groups */
	bool ok;

	if (n > B64_FIXED_MAX || text.len != (n + 2) / 3 * 4)
		return false;
	ok = decode(text, room) == n;
	if (ok)
		memcpy(out, room, n);
	sodium_memzero(room, sizeof room);
	return ok;
}
