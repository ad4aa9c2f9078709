/* Letters of base64 that are fixed by a part of the text; see aligned.h. */
#include "recorder/mask/aligned.h"

static const char standard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char for_urls[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

unsigned
aligned_first(unsigned skew)
{
	static const unsigned first[ALIGNED_SKEWS] = { 0, 4, 2 };

	return first[skew];
}

int
aligned_six(int c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* Six bits of the text, from bit at on; they all are of it. */
static unsigned
six(struct span text, size_t at)
{
	unsigned two = (unsigned)text.p[at / 8] << 8;

	if (at / 8 + 1 < text.len)
		two |= text.p[at / 8 + 1];
	return two >> (10 - at % 8) & 63;
}

void
aligned_put(struct buf *out, struct span text, unsigned skew, bool url)
{
	const char *letters = url ? for_urls : standard;

	for (size_t at = aligned_first(skew); at + 6 <= 8 * text.len; at += 6)
		buf_u8(out, (uint8_t)letters[six(text, at)]);
}
