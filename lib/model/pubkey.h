/* An SSH user key as configured: one line of an OpenSSH .pub file, or the blob that a
 * client presents (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4, and for
 * security keys OpenSSH's PROTOCOL.u2f).
 *
 * What is checked is the layout: the type outside and inside agree, lengths are those
 * of the type, nothing is left over.  That an elliptic curve point lies on its curve is
 * for the one who verifies with it.
 */
#ifndef LIB_MODEL_PUBKEY_H
#define LIB_MODEL_PUBKEY_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define PUBKEY_MOST_BLOB 4096
#define PUBKEY_LEAST_RSA 2048 /* bits */
#define PUBKEY_MOST_RSA 16384
#define PUBKEY_MOST_APPLICATION 255 /* bytes of a security key's application */

/* Types of security keys. */
#define PUBKEY_SK_ED25519 "sk-ssh-ed25519@openssh.com"
#define PUBKEY_SK_P256 "sk-ecdsa-sha2-nistp256@openssh.com"

struct pubkey {
	const char *type; /* constant: "ssh-ed25519", … */
	unsigned bits;
	struct span blob; /* owned: pubkey_clear() */
};

/* Read a blob of ssh-ed25519, ecdsa-sha2-nistp256/384/521, ssh-rsa (2048 bits and more),
 * or one of the two types of security keys.  *type is constant text.  RC_REFUSE with what
 * was expected: certificates are "not in this version". */
enum rc pubkey_blob(
    struct span blob, const char **type, unsigned *bits, struct err *err);

/* Read "TYPE BASE64 [COMMENT]".  Options before the type are refused.  On RC_OK *ret
 * is yours to clear; else it is untouched. */
enum rc pubkey_parse(struct span line, struct pubkey *ret, struct err *err);

/* Free the blob.  NULL is fine. */
void pubkey_clear(struct pubkey *k);

#endif
