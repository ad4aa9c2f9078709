/* Credentials at rest: files in the broker's own folder, sealed with a key that is kept
 * outside of it, so that a copy of the folder gives nobody AWS.
 *
 * A file NAME.sealed is "broker-sealed-1\n", a nonce of 24 bytes, and XChaCha20-Poly1305
 * (libsodium's IETF form) over three strings: access key id, secret, session token
 * (often empty).  Bound to it as additional data: the first line and the name, so that
 * one file cannot stand in for another.  The key is a file with one line,
 * "broker-sealing-key-1 BASE64" of 32 random bytes. */
#ifndef BROKER_VAULT_SEALED_H
#define BROKER_VAULT_SEALED_H

#include <stdbool.h>
#include <sys/types.h>

#include "broker/vault/sources.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Where a credential is, or goes; all borrowed. */
struct sealed_place {
	const char *folder;
	const char *name; /* 1 to 64 bytes of [A-Za-z0-9._-], no dot first */
	const char *key;  /* the sealing key's file */
};

/* Who is to read what is made; only root can give it away. */
struct sealed_owner {
	bool give;
	uid_t uid;
};

bool sealed_name(struct span name);

/* Make a sealing key.  A file that stands there is never replaced: RC_REFUSE.
 * RC_FAIL: disk, libsodium. */
enum rc sealed_make_key(
    const char *path, const struct sealed_owner *owner, struct err *err);

/* Seal and write.  RC_REFUSE: an ill-formed name, a key that cannot be read as
 * secretfile_read() reads, or, without replace, one of that name is there; RC_FAIL:
 * disk, memory, libsodium. */
enum rc sealed_add(const struct sealed_place *at, const struct sources_key *k,
    bool replace, const struct sealed_owner *owner, struct err *err);

/* Read and open.  On RC_OK *ret is yours: sources_free().  RC_REFUSE: as
 * secretfile_read() for either file, an ill-formed one, or it was not sealed with this
 * key under this name; RC_FAIL: memory, libsodium. */
enum rc sealed_load(
    const struct sealed_place *at, struct sources_key **ret, struct err *err);

/* RC_REFUSE: an ill-formed name, or none of that name. */
enum rc sealed_remove(const char *folder, const char *name, struct err *err);

/* Append the names in the folder, sorted, a line each.  RC_REFUSE: no such folder. */
enum rc sealed_list(const char *folder, struct buf *ret, struct err *err);

#endif
