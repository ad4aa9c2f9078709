/* Base64.  Encoding is OpenSSL's; decoding is ours, because EVP_DecodeBlock takes
 * spaces, '=' in the middle and stray bits at the end. */
#include "recorder/b64.h"

#include <openssl/evp.h>
#include <string.h>

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

void
b64_put(struct buf *out, struct span bytes)
{
	size_t n = (bytes.len + 2) / 3 * 4;
	uint8_t *to;

	/* One more: EVP_EncodeBlock ends its text with a NUL, for which buf_room always
	 * has a place. */
	if (bytes.len == 0 || (to = buf_room(out, n)) == NULL)
		return;
	EVP_EncodeBlock(to, bytes.p, (int)bytes.len);
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
	struct buf b;
	bool ok;

	if (text.len != (n + 2) / 3 * 4)
		return false;
	buf_init(&b, text.len);
	ok = b64_read(&b, text) && b.len == n;
	if (ok)
		memcpy(out, b.p, n);
	buf_clear(&b);
	return ok;
}
