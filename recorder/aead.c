/* ChaCha20-Poly1305 by OpenSSL, which is twice as fast as libsodium's at the size of a
 * chunk; see aead.h. */
#include "recorder/aead.h"

#include <limits.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct aead {
	EVP_CIPHER *cipher; /* looked up once: that takes longer than a small chunk */
	EVP_CIPHER_CTX *ctx;
};

enum rc
aead_new(struct aead **ret, struct err *err)
{
	struct aead *a = calloc(1, sizeof *a);

	if (a == NULL)
		return err_memory(err);
	a->cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	a->ctx = EVP_CIPHER_CTX_new();
	if (a->cipher == NULL || a->ctx == NULL) {
		aead_free(a);
		return err_set(err, RC_FAIL, "ChaCha20-Poly1305 is not available");
	}
	*ret = a;
	return RC_OK;
}

void
aead_free(struct aead *a)
{
	if (a == NULL)
		return;
	EVP_CIPHER_CTX_free(a->ctx);
	EVP_CIPHER_free(a->cipher);
	free(a);
}

static enum rc
unable(struct err *err)
{
	return err_set(err, RC_FAIL, "ChaCha20-Poly1305 does not work");
}

/* All but the tag; a->ctx is then at its end. */
static bool
run(struct aead *a, int seal, const uint8_t *key, const uint8_t *nonce, struct span aad,
    struct span text, uint8_t *to)
{
	int n = 0;

	return aad.len <= INT_MAX && text.len <= INT_MAX &&
	       EVP_CipherInit_ex(a->ctx, a->cipher, NULL, key, nonce, seal) &&
	       EVP_CipherUpdate(a->ctx, NULL, &n, aad.p, (int)aad.len) &&
	       (text.len == 0 ||
		   EVP_CipherUpdate(a->ctx, to, &n, text.p, (int)text.len));
}

enum rc
aead_seal(struct aead *a, const uint8_t key[AEAD_KEY], const uint8_t nonce[AEAD_NONCE],
    struct span aad, struct span text, uint8_t *to, struct err *err)
{
	uint8_t none[1];
	int n = 0;
	bool ok =
	    run(a, 1, key, nonce, aad, text, to) &&
	    EVP_CipherFinal_ex(a->ctx, none, &n) &&
	    EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, to + text.len);

	/* Frees what holds the key, and wipes it. */
	EVP_CIPHER_CTX_reset(a->ctx);
	sodium_stackzero(1024);
	return ok ? RC_OK : unable(err);
}

enum rc
aead_open(struct aead *a, const uint8_t key[AEAD_KEY], const uint8_t nonce[AEAD_NONCE],
    struct span aad, struct span box, uint8_t *to, struct err *err)
{
	struct span text = span_make(box.p, box.len - AEAD_TAG);
	uint8_t tag[AEAD_TAG], none[1];
	int n = 0;
	bool ok, true_text;

	if (box.len < AEAD_TAG)
		return err_set(err, RC_REFUSE, "the ciphertext is not authentic");
	memcpy(tag, box.p + text.len, AEAD_TAG);
	ok = run(a, 0, key, nonce, aad, text, to) &&
	     EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, tag);
	true_text = ok && EVP_CipherFinal_ex(a->ctx, none, &n);
	EVP_CIPHER_CTX_reset(a->ctx);
	sodium_stackzero(1024);
	if (!ok)
		return unable(err);
	if (true_text)
		return RC_OK;
	sodium_memzero(to, text.len);
	return err_set(err, RC_REFUSE, "the ciphertext is not authentic");
}
