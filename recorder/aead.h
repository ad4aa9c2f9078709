/* ChaCha20-Poly1305 (RFC 8439) for many texts in a row, each under a key of its own. */
#ifndef RECORDER_AEAD_H
#define RECORDER_AEAD_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define AEAD_KEY 32
#define AEAD_NONCE 12
#define AEAD_TAG 16

struct aead;

/* On RC_OK *ret is yours: aead_free().  RC_FAIL: memory, or OpenSSL has no such cipher. */
enum rc aead_new(struct aead **ret, struct err *err);
/* NULL is fine. */
void aead_free(struct aead *a);

/* Encrypt text to `to`, which has room for text.len + AEAD_TAG bytes and may be text.p.
 * The key is in no memory of a's afterwards.  RC_FAIL: OpenSSL cannot (memory). */
enum rc aead_seal(struct aead *a, const uint8_t key[AEAD_KEY],
    const uint8_t nonce[AEAD_NONCE], struct span aad, struct span text, uint8_t *to,
    struct err *err);
/* Decrypt box, text with its tag, to `to`, which has room for box.len - AEAD_TAG bytes
 * and may be box.p.  RC_REFUSE: not authentic; what stands in `to` is then not to be
 * used, and is wiped. */
enum rc aead_open(struct aead *a, const uint8_t key[AEAD_KEY],
    const uint8_t nonce[AEAD_NONCE], struct span aad, struct span box, uint8_t *to,
    struct err *err);

#endif
