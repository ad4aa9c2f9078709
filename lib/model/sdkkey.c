/* Key pairs of SDKs; see sdkkey.h.  Nothing is kept: a pair is made anew wherever it is
 * needed. */
#include "lib/model/sdkkey.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "lib/base/id.h"

#define PREFIX_LEN (sizeof SDKKEY_PREFIX - 1)
#define SUM 32 /* bytes of SHA-256 */
#define DIGITS (SDKKEY_ID - PREFIX_LEN)
#define MARK_BITS 20
#define SECRET_BYTES 30
#define END_MOST (((uint64_t)1 << 40) - 1)
/* Clocks of one machine that is set back a little. */
#define SLACK_S 300

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static enum rc
hmac(struct span key, struct span text, uint8_t ret[SUM], struct err *err)
{
	unsigned len = 0;

	if (HMAC(EVP_sha256(), key.p, (int)key.len, text.p, text.len, ret, &len) ==
		NULL ||
	    len != SUM)
		return err_set(err, RC_FAIL, "HMAC failed");
	return RC_OK;
}

enum rc
sdkkey_root(struct span master, const char *identity, const char *profile,
    struct secret **ret, struct err *err)
{
	struct secret *s = NULL;
	uint8_t sum[SUM];
	struct buf b;
	enum rc rc;

	buf_init(&b, 4096);
	/* Counted, so that no two pairs of names give one text. */
	buf_text(&b, "broker-sdk/1");
	buf_string(&b, span_of(identity));
	buf_string(&b, span_of(profile));
	rc = buf_ok(&b) ? secret_new(SDKKEY_ROOT, &s, err) : err_memory(err);
	if (rc == RC_OK)
		rc = hmac(master, buf_span(&b), sum, err);
	if (rc == RC_OK)
		id_hex(sum, sizeof sum, (char *)secret_bytes(s));
	OPENSSL_cleanse(sum, sizeof sum);
	buf_clear(&b);
	if (rc == RC_OK)
		*ret = s;
	else
		secret_free(s);
	return rc;
}

/* HMAC(root, what || u64 end). */
static enum rc
derive(struct span root, const char *what, uint64_t end_s, uint8_t ret[SUM],
    struct err *err)
{
	uint8_t text[32];
	size_t n = strlen(what);

	memcpy(text, what, n);
	for (unsigned i = 0; i < 8; i++)
		text[n + i] = (uint8_t)(end_s >> (56 - 8 * i));
	return hmac(root, span_make(text, n + 8), ret, err);
}

static enum rc
put_id(struct span root, uint64_t end_s, char id[SDKKEY_ID + 1], struct err *err)
{
	uint8_t sum[SUM];
	uint64_t v;
	enum rc rc;

	if ((rc = derive(root, "mark", end_s, sum, err)) != RC_OK)
		return rc;
	v = end_s << MARK_BITS | (uint64_t)sum[0] << 12 | (uint64_t)sum[1] << 4 |
	    sum[2] >> 4;
	memcpy(id, SDKKEY_PREFIX, PREFIX_LEN);
	for (size_t i = SDKKEY_ID; i > PREFIX_LEN; v >>= 5)
		id[--i] = digits[v & 31];
	id[SDKKEY_ID] = '\0';
	return RC_OK;
}

static enum rc
make_secret(struct span root, uint64_t end_s, struct secret **ret, struct err *err)
{
	struct secret *s = NULL;
	uint8_t sum[SUM];
	enum rc rc = derive(root, "secret", end_s, sum, err);

	if (rc == RC_OK)
		rc = secret_new(SDKKEY_SECRET, &s, err);
	if (rc == RC_OK) {
		/* It writes a NUL behind them, where the secret has one anyway. */
		EVP_EncodeBlock(secret_bytes(s), sum, SECRET_BYTES);
		*ret = s;
	}
	OPENSSL_cleanse(sum, sizeof sum);
	return rc;
}

enum rc
sdkkey_pair(struct span root, uint64_t end_s, char id[SDKKEY_ID + 1],
    struct secret **secret, struct err *err)
{
	char made[SDKKEY_ID + 1];
	enum rc rc;

	if (end_s > END_MOST)
		return err_set(err, RC_REFUSE, "no key can last so long");
	if ((rc = put_id(root, end_s, made, err)) != RC_OK ||
	    (rc = make_secret(root, end_s, secret, err)) != RC_OK)
		return rc;
	memcpy(id, made, sizeof made);
	return RC_OK;
}

static bool
read_end(struct span id, uint64_t *end_s)
{
	uint64_t v = 0;

	if (id.len != SDKKEY_ID || !span_starts(id, SDKKEY_PREFIX))
		return false;
	for (size_t i = 0; i < DIGITS; i++) {
		const char *at = memchr(digits, id.p[PREFIX_LEN + i], 32);

		if (at == NULL)
			return false;
		v = v << 5 | (uint64_t)(at - digits);
	}
	*end_s = v >> MARK_BITS;
	return true;
}

enum rc
sdkkey_find(struct span root, struct span id, uint64_t now_ms, struct secret **secret,
    struct err *err)
{
	uint64_t end_s = 0, now_s = now_ms / 1000;
	char want[SDKKEY_ID + 1];
	enum rc rc;

	if (!read_end(id, &end_s))
		return err_set(err, RC_REFUSE,
		    "the access key is none of this broker's: get one from sdk-env");
	if ((rc = put_id(root, end_s, want, err)) != RC_OK)
		return rc;
	if (CRYPTO_memcmp(want, id.p, SDKKEY_ID) != 0)
		return err_set(err, RC_REFUSE,
		    "the access key belongs to another identity or profile");
	if (end_s <= now_s)
		return err_set(err, RC_REFUSE,
		    "the access key has ended: get a new one from sdk-env");
	if (end_s > now_s + SDKKEY_MOST_S + SLACK_S)
		return err_set(err, RC_REFUSE, "the access key lasts too long");
	return make_secret(root, end_s, secret, err);
}
