/* Approved input; see staged.h. */
#include "broker/session/staged.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct staged {
	uint8_t sha256[32];
	uint64_t len;
	struct buf bytes;
	size_t at; /* used up to here */
	bool over, good;
};

enum rc
staged_new(struct span sha256, uint64_t len, struct staged **ret, struct err *err)
{
	struct staged *s;

	if (sha256.len != sizeof s->sha256 || len > STAGED_MAX)
		return err_set(err, RC_REFUSE, "no input can be what START says");
	if ((s = calloc(1, sizeof *s)) == NULL)
		return err_memory(err);
	memcpy(s->sha256, sha256.p, sizeof s->sha256);
	s->len = len;
	buf_init(&s->bytes, (size_t)len);
	*ret = s;
	return RC_OK;
}

void
staged_free(struct staged *s)
{
	if (s == NULL)
		return;
	buf_clear(&s->bytes);
	free(s);
}

enum rc
staged_put(struct staged *s, struct span bytes, struct err *err)
{
	uint8_t *to;

	if (s->over)
		return err_set(err, RC_REFUSE, "more after the end");
	if (bytes.len == 0)
		return RC_OK;
	if (bytes.len > s->len - s->bytes.len) {
		s->over = true;
		return err_set(
		    err, RC_REFUSE, "more than %llu bytes", (unsigned long long)s->len);
	}
	if ((to = buf_room(&s->bytes, bytes.len)) == NULL) {
		s->over = true;
		return err_memory(err);
	}
	memcpy(to, bytes.p, bytes.len);
	s->bytes.len += bytes.len;
	return RC_OK;
}

enum rc
staged_end(struct staged *s, struct err *err)
{
	uint8_t is[32];
	unsigned len = 0;

	if (s->over)
		return err_set(err, RC_REFUSE, "it had ended before");
	s->over = true;
	if (s->bytes.len != s->len)
		return err_set(err, RC_REFUSE, "%zu bytes, not %llu", s->bytes.len,
		    (unsigned long long)s->len);
	if (EVP_Digest(s->bytes.p, s->bytes.len, is, &len, EVP_sha256(), NULL) != 1 ||
	    len != sizeof is)
		return err_set(err, RC_FAIL, "hash the input");
	if (CRYPTO_memcmp(is, s->sha256, sizeof is) != 0)
		return err_set(err, RC_REFUSE, "other bytes");
	s->good = true;
	return RC_OK;
}

bool
staged_good(const struct staged *s)
{
	return s->good;
}

struct span
staged_left(const struct staged *s)
{
	if (!s->good)
		return span_make(NULL, 0);
	return span_make(s->bytes.p + s->at, s->bytes.len - s->at);
}

void
staged_use(struct staged *s, size_t n)
{
	s->at += n;
}
