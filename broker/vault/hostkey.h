/* The broker's SSH host key: an Ed25519 key in a file that OpenSSH's tools read.  It
 * lives in the monitor and never leaves it; fronts get signatures. */
#ifndef BROKER_VAULT_HOSTKEY_H
#define BROKER_VAULT_HOSTKEY_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define HOSTKEY_SIGNATURE 64

struct hostkey;

/* Read the key at path.  The file must be a plain file of this uid (or root's) that
 * group and others cannot touch, hold one unencrypted key, and its public half must
 * belong to its private half.  On RC_OK *ret is yours: hostkey_free().  RC_REFUSE: the
 * file is missing or not like that; the text says how. */
enum rc hostkey_load(const char *path, struct hostkey **ret, struct err *err);

/* Make a key: path (0600) and path.pub (0644), durable on return.  A file that stands
 * there already is never replaced: RC_REFUSE.  RC_FAIL: disk or randomness. */
enum rc hostkey_make(const char *path, struct hostkey **ret, struct err *err);

/* hostkey_load; where nothing stands at path, hostkey_make. */
enum rc hostkey_open(const char *path, struct hostkey **ret, struct err *err);

/* Wipe and free; NULL is fine. */
void hostkey_free(struct hostkey *k);

/* The 32 bytes of the public key; its SSH blob (51 bytes); "SHA256:…".  Borrowed. */
const uint8_t *hostkey_public(const struct hostkey *k);
struct span hostkey_blob(const struct hostkey *k);
const char *hostkey_fingerprint(const struct hostkey *k);

/* Sign any bytes (RFC 8032).  What may be signed is the caller's to decide: see
 * broker/identity/authn.h.  RC_FAIL only. */
enum rc hostkey_sign(const struct hostkey *k, struct span bytes,
    uint8_t sig[HOSTKEY_SIGNATURE], struct err *err);

#endif
