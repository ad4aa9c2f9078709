/* Identifiers; randomness from getrandom(2) alone. */
#include "lib/base/id.h"

#include <string.h>
#include <sys/random.h>

#include "lib/base/clock.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static enum rc
random_bytes(uint8_t *p, size_t n, struct err *err)
{
	if (getrandom(p, n, 0) != (ssize_t)n)
		return err_errno(err, RC_FAIL, "no randomness");
	return RC_OK;
}

enum rc
id_uuid7(uint8_t out[16], struct err *err)
{
	uint64_t ms = clock_wall_ms();
	enum rc rc;

	if ((rc = random_bytes(out, 16, err)) != RC_OK)
		return rc;
	for (unsigned i = 0; i < 6; i++)
		out[i] = (uint8_t)(ms >> (8 * (5 - i)));
	out[6] = 0x70 | (out[6] & 0x0F);
	out[8] = 0x80 | (out[8] & 0x3F);
	return RC_OK;
}

enum rc
id_uuid4(uint8_t out[16], struct err *err)
{
	enum rc rc;

	if ((rc = random_bytes(out, 16, err)) != RC_OK)
		return rc;
	out[6] = 0x40 | (out[6] & 0x0F);
	out[8] = 0x80 | (out[8] & 0x3F);
	return RC_OK;
}

void
id_hex(const uint8_t *p, size_t n, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[p[i] >> 4];
		out[2 * i + 1] = hex[p[i] & 15];
	}
	out[2 * n] = '\0';
}

static bool
is_hex(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') &&
		    !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return true;
}

bool
id_unhex(struct span s, uint8_t *out, size_t n)
{
	if (s.len != 2 * n || !is_hex(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t v = (uint8_t)(s.p[i] <= '9' ? s.p[i] - '0' : s.p[i] - 'a' + 10);

		out[i / 2] = (uint8_t)(i % 2 == 0 ? v << 4 : out[i / 2] | v);
	}
	return true;
}

/* Where the dashes stand, as bytes before them. */
static bool
dash_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void
id_uuid_text(const uint8_t id[16], char out[ID_UUID_TEXT])
{
	char *to = out;

	for (size_t i = 0; i < 16; i++) {
		if (dash_before(i))
			*to++ = '-';
		id_hex(id + i, 1, to);
		to += 2;
	}
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
id_uuid_parse(struct span s, uint8_t out[16])
{
	size_t at = 0;

	if (s.len != ID_UUID_TEXT - 1)
		return false;
	for (size_t i = 0; i < 16; i++) {
		int hi, lo;

		if (dash_before(i) && s.p[at++] != '-')
			return false;
		hi = hex_value(s.p[at++]);
		lo = hex_value(s.p[at++]);
		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

enum rc
id_hold(char out[ID_HOLD_TEXT], struct err *err)
{
	uint8_t r[8];
	enum rc rc;

	if ((rc = random_bytes(r, sizeof r, err)) != RC_OK)
		return rc;
	for (unsigned i = 0, to = 0; i < 8; i++) {
		if (i == 4)
			out[to++] = '-';
		out[to++] = digits[r[i] & 31];
	}
	out[9] = '\0';
	return RC_OK;
}

static char
hold_digit(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	return c != '\0' && strchr(digits, c) != NULL ? (char)c : '\0';
}

bool
id_hold_parse(struct span s, char out[ID_HOLD_TEXT])
{
	unsigned to = 0;

	if (s.len != 8 && (s.len != 9 || s.p[4] != '-'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.len == 9 && i == 4)
			continue;
		if (to == 4)
			out[to++] = '-';
		if ((out[to++] = hold_digit(s.p[i])) == '\0')
			return false;
	}
	out[to] = '\0';
	return true;
}

enum rc
id_nonce(char out[ID_NONCE_TEXT], struct err *err)
{
	uint8_t r[11];
	enum rc rc;

	if ((rc = random_bytes(r, sizeof r, err)) == RC_OK)
		id_hex(r, sizeof r, out);
	return rc;
}
