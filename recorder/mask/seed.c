/* Rows of digests for a value that has to be masked, in each form in which programs write
 * it; see seed.h.  What a value is good for is not known here. */
#include "recorder/mask/seed.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "recorder/mask/aligned.h"

#define START 4
#define SALT 16
#define DIGEST 32
/* Every byte as %XX. */
#define FORM_LONGEST (3 * SEED_LONGEST)

typedef void form_fn(struct span value, struct buf *out);

static void
form_raw(struct span value, struct buf *out)
{
	buf_span_put(out, value);
}

static void
form_base64_0(struct span value, struct buf *out)
{
	aligned_put(out, value, 0, false);
}

static void
form_base64_1(struct span value, struct buf *out)
{
	aligned_put(out, value, 1, false);
}

static void
form_base64_2(struct span value, struct buf *out)
{
	aligned_put(out, value, 2, false);
}

static void
form_urls_0(struct span value, struct buf *out)
{
	aligned_put(out, value, 0, true);
}

static void
form_urls_1(struct span value, struct buf *out)
{
	aligned_put(out, value, 1, true);
}

static void
form_urls_2(struct span value, struct buf *out)
{
	aligned_put(out, value, 2, true);
}

static void
hex(struct span value, const char *digits, const char *before, struct buf *out)
{
	for (size_t i = 0; i < value.len; i++) {
		buf_text(out, before);
		buf_u8(out, (uint8_t)digits[value.p[i] >> 4]);
		buf_u8(out, (uint8_t)digits[value.p[i] & 15]);
	}
}

static void
form_hex(struct span value, struct buf *out)
{
	hex(value, "0123456789abcdef", "", out);
}

static void
form_hex_upper(struct span value, struct buf *out)
{
	hex(value, "0123456789ABCDEF", "", out);
}

/* RFC 3986 section 2.3: what needs no percent sign, and as many programs have it, the slash. */
static void
percent(struct span value, const char *digits, bool slash, struct buf *out)
{
	for (size_t i = 0; i < value.len; i++) {
		struct span one = span_make(value.p + i, 1);
		uint8_t c = value.p[i], small = c | 0x20;

		if ((small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '.' || c == '_' || c == '~' || (slash && c == '/'))
			buf_u8(out, c);
		else
			hex(one, digits, "%", out);
	}
}

static void
form_percent(struct span value, struct buf *out)
{
	percent(value, "0123456789ABCDEF", false, out);
}

static void
form_percent_lower(struct span value, struct buf *out)
{
	percent(value, "0123456789abcdef", false, out);
}

static void
form_percent_path(struct span value, struct buf *out)
{
	percent(value, "0123456789ABCDEF", true, out);
}

/* JSON (RFC 8259 section 7) as shadow text shows it: of its escapes only these two are
 * not undone there. */
static void
form_json(struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] == '"' || value.p[i] == '\\')
			buf_u8(out, '\\');
		buf_u8(out, value.p[i]);
	}
}

static form_fn *const forms[] = {
	form_raw,
	form_json,
	form_percent,
	form_percent_lower,
	form_percent_path,
	form_hex,
	form_hex_upper,
	form_base64_0,
	form_base64_1,
	form_base64_2,
	form_urls_0,
	form_urls_1,
	form_urls_2,
};

_Static_assert(sizeof forms / sizeof forms[0] <= SEED_FORMS, "a row for each form");

static bool
digest_of(const uint8_t *salt, struct span text, uint8_t ret[DIGEST])
{
	unsigned n = DIGEST;

	return HMAC(EVP_sha256(), salt, SALT, text.p, text.len, ret, &n) != NULL &&
	       n == DIGEST;
}

/* The same form came before exactly when the same digest did: the salt is the same. */
static bool
there_already(const struct buf *out, size_t since, const uint8_t digest[DIGEST])
{
	for (size_t at = since; at + SEED_ROW <= out->len; at += SEED_ROW)
		if (memcmp(out->p + at + SEED_ROW - DIGEST, digest, DIGEST) == 0)
			return true;
	return false;
}

static enum rc
put_row(const uint8_t salt[SALT], struct span form, size_t since, struct buf *out,
    struct err *err)
{
	uint8_t digest[DIGEST];

	if (form.len < SEED_SHORTEST)
		return RC_OK;
	if (form.len > SEED_FORM)
		form.len = SEED_FORM;
	if (!digest_of(salt, form, digest))
		return err_set(err, RC_FAIL, "HMAC-SHA256 is not available");
	if (there_already(out, since, digest))
		return RC_OK;
	buf_u16(out, (uint16_t)form.len);
	buf_put(out, form.p, START);
	buf_put(out, salt, SALT);
	buf_put(out, digest, DIGEST);
	return RC_OK;
}

enum rc
seed_make(const uint8_t salt[16], struct span value, struct buf *out, struct err *err)
{
	size_t since = out->len;
	struct buf form;
	enum rc rc = RC_OK;

	if (value.len < SEED_SHORTEST)
		return RC_OK;
	if (value.len > SEED_LONGEST)
		return err_set(err, RC_FAIL, "a value to mask has more than %d bytes",
		    SEED_LONGEST);
	buf_init(&form, FORM_LONGEST);
	for (size_t i = 0; i < sizeof forms / sizeof forms[0] && rc == RC_OK; i++) {
		buf_reset(&form);
		forms[i](value, &form);
		rc = buf_ok(&form) ? put_row(salt, buf_span(&form), since, out, err)
				   : err_memory(err);
	}
	/* Wipes it. */
	buf_clear(&form);
	return rc != RC_OK || buf_ok(out) ? rc : err_memory(err);
}

bool
seed_read(struct span row, struct seed *ret)
{
	struct seed s;
	struct cur c;

	if (row.len != SEED_ROW)
		return false;
	cur_init(&c, row);
	s.len = cur_u16(&c);
	memcpy(s.start, cur_bytes(&c, START).p, START);
	s.salt = cur_bytes(&c, SALT).p;
	s.digest = cur_bytes(&c, DIGEST).p;
	if (s.len < SEED_SHORTEST || s.len > SEED_FORM)
		return false;
	*ret = s;
	return true;
}

bool
seed_is(const struct seed *s, const uint8_t *text)
{
	uint8_t digest[DIGEST];
	bool is;

	/* Where it cannot be told, it is: who masks errs towards masking. */
	if (!digest_of(s->salt, span_make(text, s->len), digest))
		return true;
	is = CRYPTO_memcmp(digest, s->digest, DIGEST) == 0;
	sodium_memzero(digest, sizeof digest);
	return is;
}
