/* A user's public key: an SSH blob from a stranger becomes a key that verifies. */
#ifndef BROKER_IDENTITY_LOGINKEY_H
#define BROKER_IDENTITY_LOGINKEY_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define LOGINKEY_BLOB_MIN 20
#define LOGINKEY_BLOB_MAX 16384
#define LOGINKEY_SIGNATURE_MAX 2048

struct loginkey;

/* Read blob for signatures by algorithm (RFC 4253 section 6.6, RFC 5656 section 3.1,
 * RFC 8332, RFC 8709): ssh-ed25519, ecdsa-sha2-nistp256/384/521, rsa-sha2-256/512 with
 * 2048 to 16384 bits.  The algorithm must belong to the blob's type, and the blob must
 * end where its key ends.  Everything else is RC_REFUSE: ssh-rsa (SHA-1) and ssh-dss
 * signatures, sk- keys and certificates too.  RC_FAIL: memory.  On RC_OK *ret is yours:
 * loginkey_free(). */
enum rc loginkey_new(
    struct span algorithm, struct span blob, struct loginkey **ret, struct err *err);

/* NULL is fine. */
void loginkey_free(struct loginkey *k);

/* True when sig is the key's signature over bytes, in the algorithm named above.  sig
 * is as OpenSSL takes it: 64 bytes for Ed25519, DER for ECDSA, the modulus' length for
 * RSA.  False for anything else, also when OpenSSL fails. */
bool loginkey_verify(const struct loginkey *k, struct span sig, struct span bytes);

#endif
