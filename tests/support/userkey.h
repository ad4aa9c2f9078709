/* Users' keys for tests: made by OpenSSL, with SSH blobs and signatures. */
#ifndef TESTS_SUPPORT_USERKEY_H
#define TESTS_SUPPORT_USERKEY_H

#include <openssl/evp.h>

#include "lib/base/buf.h"

struct userkey {
	const char *algorithm;
	const char *digest;
	const char *application; /* of a security key, else NULL */
	EVP_PKEY *key;
	struct buf blob;
};

/* A fresh key: "ssh-ed25519", "ecdsa-sha2-nistp256/384/521", "rsa-sha2-256/512" (of so
 * many bits); security keys of "ssh:", sk-ssh-ed25519@openssh.com and
 * sk-ecdsa-sha2-nistp256@openssh.com.  Exits on failure. */
void userkey_make(struct userkey *k, const char *algorithm, unsigned bits);
void userkey_clear(struct userkey *k);
/* Sign as an SSH server's verifier gets it: raw for Ed25519 and RSA, DER for ECDSA. */
void userkey_sign(const struct userkey *k, struct span bytes, struct buf *sig);
/* The same by a security key: over what PROTOCOL.u2f makes of bytes, flags, counter. */
void userkey_sign_sk(const struct userkey *k, struct span bytes, uint8_t flags,
    uint32_t counter, struct buf *sig);

#endif
