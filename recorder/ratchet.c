/* The key ratchet over keyed BLAKE2b; see ratchet.h. */
#include "recorder/ratchet.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct ratchet {
	struct secret *ck;
};

/* BLAKE2b-256 of label || data under key.  The stack that libsodium worked on still
 * holds message words, the key among them: wipe below us, too. */
static void
derive(const uint8_t key[32], const char *label, struct span data, uint8_t out[32])
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, key, 32, 32);
	crypto_generichash_update(&st, (const uint8_t *)label, strlen(label));
	if (data.len > 0)
		crypto_generichash_update(&st, data.p, data.len);
	crypto_generichash_final(&st, out, 32);
	sodium_memzero(&st, sizeof st);
	sodium_stackzero(2048);
}

static const uint8_t *
key_of(const struct secret *s)
{
	return secret_span(s).p;
}

void
ratchet_commit(const struct secret *dek, const uint8_t sid[16], uint8_t out[32])
{
	derive(key_of(dek), "hoop-rec/1 commit", span_make(sid, 16), out);
}

enum rc
ratchet_new(const struct secret *dek, const uint8_t h0[32], struct ratchet **ret,
    struct err *err)
{
	struct ratchet *r;
	enum rc rc;

	if (secret_len(dek) != 32)
		return err_set(err, RC_REFUSE, "a data key has 32 bytes");
	if ((r = calloc(1, sizeof *r)) == NULL)
		return err_memory(err);
	if ((rc = secret_new(32, &r->ck, err)) != RC_OK) {
		free(r);
		return rc;
	}
	derive(key_of(dek), "hoop-rec/1 chain", span_make(h0, 32), secret_bytes(r->ck));
	*ret = r;
	return RC_OK;
}

void
ratchet_free(struct ratchet *r)
{
	if (r == NULL)
		return;
	secret_free(r->ck);
	free(r);
}

void
ratchet_next(struct ratchet *r, uint8_t key[RATCHET_KEY])
{
	uint8_t next[32];

	derive(key_of(r->ck), "k", span_make(NULL, 0), key);
	derive(key_of(r->ck), "n", span_make(NULL, 0), next);
	memcpy(secret_bytes(r->ck), next, 32);
	sodium_memzero(next, 32);
}

void
ratchet_save(const struct ratchet *r, uint8_t ck[RATCHET_KEY])
{
	memcpy(ck, key_of(r->ck), RATCHET_KEY);
}

void
ratchet_load(struct ratchet *r, const uint8_t ck[RATCHET_KEY])
{
	memcpy(secret_bytes(r->ck), ck, RATCHET_KEY);
}

void
ratchet_final(const struct ratchet *r, uint8_t key[RATCHET_KEY])
{
	derive(key_of(r->ck), "f", span_make(NULL, 0), key);
}
