/* Secrets over libsodium's guarded heap. */
#include "lib/base/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MAX 65536

struct secret {
	uint8_t *p;
	size_t len;
};

enum rc
secret_new(size_t len, struct secret **ret, struct err *err)
{
	struct secret *s;

	if (len > SECRET_MAX)
		return err_set(
		    err, RC_REFUSE, "a secret of %zu bytes is too long", len);
	/* sodium_malloc needs this once; it may be called any number of times. */
	if (sodium_init() < 0)
		return err_set(err, RC_FAIL, "libsodium cannot start");
	if ((s = calloc(1, sizeof *s)) == NULL)
		return err_memory(err);
	if ((s->p = sodium_malloc(len + 1)) == NULL) {
		free(s);
		return err_memory(err);
	}
	memset(s->p, 0, len + 1);
	s->len = len;
	*ret = s;
	return RC_OK;
}

enum rc
secret_copy(struct span from, struct secret **ret, struct err *err)
{
	struct secret *s = NULL;
	enum rc rc;

	if ((rc = secret_new(from.len, &s, err)) != RC_OK)
		return rc;
	if (from.len > 0)
		memcpy(s->p, from.p, from.len);
	*ret = s;
	return RC_OK;
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	sodium_free(s->p); /* wipes */
	free(s);
}

uint8_t *
secret_bytes(struct secret *s)
{
	return s->p;
}

size_t
secret_len(const struct secret *s)
{
	return s->len;
}

struct span
secret_span(const struct secret *s)
{
	return span_make(s->p, s->len);
}
