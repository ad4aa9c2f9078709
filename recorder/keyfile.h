/* Private keys in one-line text files, mode 0600:
 *
 *	hoop-key 1 LABEL x25519 B64(secret key)		an auditor's: opens recordings
 *	hoop-key 1 LABEL x25519 argon2id OPS MEM B64(salt16) B64(nonce24 || secretbox48)
 *	hoop-device 1 BROKER ed25519 B64(seed)		the keeper's: certifies sessions
 *	hoop-admin 1 LABEL ed25519 B64(seed)		signs recipients lists
 *
 * OPS is 1..64 passes, MEM bytes, 8 KiB .. 1 GiB.  One LF ends the line; nothing else
 * may stand in the file.  A label is 1-64 bytes of [A-Za-z0-9._@+-]; a broker's name
 * is as in header.h.
 */
#ifndef RECORDER_KEYFILE_H
#define RECORDER_KEYFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

#define KEYFILE_TEXT_MAX 4096
#define KEYFILE_LABEL_MAX 128 /* room for each kind's name */

enum keyfile_kind {
	KEYFILE_AUDITOR,
	KEYFILE_DEVICE,
	KEYFILE_ADMIN,
};

struct keyfile;

/* A fresh key.  On RC_OK *ret is yours: keyfile_free(), which wipes. */
enum rc keyfile_new(
    enum keyfile_kind kind, struct span label, struct keyfile **ret, struct err *err);
/* Wipe and free; NULL is fine. */
void keyfile_free(struct keyfile *k);

/* True when the text is an auditor's key that wants a passphrase (so ask for one,
 * then parse).  Says nothing on whether the rest is well formed. */
bool keyfile_locked(struct span text);

/* Parse the file's text; it must be of this kind.  pass may be NULL when the key is
 * not locked.  RC_REFUSE: anything malformed, another kind, locked and no passphrase,
 * or a wrong passphrase.  RC_FAIL: memory (argon2id takes MEM bytes). */
enum rc keyfile_parse(enum keyfile_kind kind, struct span text,
    const struct secret *pass, struct keyfile **ret, struct err *err);

/* Read a file into *ret (yours), as its bounded text: a regular file, owned by the
 * caller or root, not readable or writable by anyone else, at most KEYFILE_TEXT_MAX.
 * Follows no symbolic link at the last step.  RC_REFUSE says which of these failed;
 * RC_END if there is no such file. */
enum rc keyfile_read(const char *path, struct secret **ret, struct err *err);
/* keyfile_read, then keyfile_parse. */
enum rc keyfile_load(enum keyfile_kind kind, const char *path,
    const struct secret *pass, struct keyfile **ret, struct err *err);

/* Append the file's text.  out holds a secret then: buf_clear wipes it. */
enum rc keyfile_put(const struct keyfile *k, struct buf *out, struct err *err);
/* The same for an auditor's key, locked with a passphrase.  ops and mem as above. */
enum rc keyfile_put_locked(const struct keyfile *k, const struct secret *pass,
    unsigned ops, size_t mem, struct buf *out, struct err *err);

enum keyfile_kind keyfile_kind(const struct keyfile *k);
const char *keyfile_label(const struct keyfile *k);
/* The public half, 32 bytes, borrowed. */
const uint8_t *keyfile_public(const struct keyfile *k);
/* The secret half, borrowed: X25519 scalar (32 bytes) or Ed25519 seed || public key
 * (64 bytes, as libsodium takes it). */
struct span keyfile_secret(const struct keyfile *k);

#endif
