/* A user's public key: an SSH blob from a stranger becomes a key that verifies. */
#ifndef BROKER_IDENTITY_LOGINKEY_H
#define BROKER_IDENTITY_LOGINKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define LOGINKEY_BLOB_MIN 20
#define LOGINKEY_BLOB_MAX 16384
#define LOGINKEY_SIGNATURE_MAX 2048

struct loginkey;

/* Read blob for signatures by algorithm (RFC 4253 section 6.6, RFC 5656 section 3.1,
 * RFC 8332, RFC 8709): ssh-ed25519, ecdsa-sha2-nistp256/384/521, rsa-sha2-256/512 with
 * 2048 to 16384 bits; of security keys (OpenSSH's PROTOCOL.u2f)
 * sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com.  The algorithm must
 * belong to the blob's type, and the blob must end where its key ends.  Everything else
 * is RC_REFUSE: ssh-rsa (SHA-1) and ssh-dss signatures, WebAuthn's and certificates too.  RC_FAIL: memory.  On RC_OK *ret is yours:
 * loginkey_free(). */
enum rc loginkey_new(
    struct span algorithm, struct span blob, struct loginkey **ret, struct err *err);

/* NULL is fine. */
void loginkey_free(struct loginkey *k);

/* True when sig is the key's signature over bytes, in the algorithm named above.  sig
 * is as OpenSSL takes it: 64 bytes for Ed25519, DER for ECDSA, the modulus' length for
 * RSA.  False for anything else, also when OpenSSL fails, and for security keys, which
 * never sign bytes as they are. */
bool loginkey_verify(const struct loginkey *k, struct span sig, struct span bytes);

/* What the device says of itself as it signs: bits of flags. */
#define LOGINKEY_TOUCHED 0x01  /* somebody was there */
#define LOGINKEY_VERIFIED 0x04 /* and has proven, to the device, to be its owner */

/* True for the algorithms of security keys, whose signatures come with flags. */
bool loginkey_algorithm_sk(struct span algorithm);

/* True when sig (64 bytes, or DER for sk-ecdsa) is this security key's signature over
 * bytes, made for the key's application with exactly these flags and this counter.  What
 * the flags are is for the caller to judge.  False for keys that are none. */
bool loginkey_verify_sk(const struct loginkey *k, struct span sig, struct span bytes,
    uint8_t flags, uint32_t counter);

#endif
