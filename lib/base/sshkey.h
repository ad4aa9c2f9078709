/* Ed25519 keys as SSH writes them: the public blob (RFC 8709), its fingerprint, and
 * the private key's text form "openssh-key-v1" (OpenSSH's PROTOCOL.key), unencrypted.
 */
#ifndef LIB_BASE_SSHKEY_H
#define LIB_BASE_SSHKEY_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

#define SSHKEY_RAW 32
#define SSHKEY_BLOB 51
#define SSHKEY_FINGERPRINT 51 /* "SHA256:", 43 digits of base 64, NUL */
#define SSHKEY_TEXT_MAX 8192  /* a longer private key file is refused */

/* string "ssh-ed25519", string key. */
void sshkey_blob(const uint8_t pub[SSHKEY_RAW], uint8_t blob[SSHKEY_BLOB]);

/* "SHA256:…" of any key blob, as ssh-keygen -l shows it. */
void sshkey_fingerprint(struct span blob, char out[SSHKEY_FINGERPRINT]);

/* Append "ssh-ed25519 AAAA… COMMENT\n". */
void sshkey_public_line(
    const uint8_t pub[SSHKEY_RAW], const char *comment, struct buf *out);

/* Append the private key file's text.  pub is written as given, whether it belongs to
 * the seed or not.  RC_FAIL: no randomness, or out takes no more. */
enum rc sshkey_write(const uint8_t pub[SSHKEY_RAW], const uint8_t seed[SSHKEY_RAW],
    const char *comment, struct buf *out, struct err *err);

/* Read such a text: exactly one unencrypted Ed25519 key, every length, check number and
 * padding byte as they must be.  That pub belongs to the seed is not checked here.
 * On RC_OK *seed (32 bytes) is yours.  RC_REFUSE says what is wrong with the text. */
enum rc sshkey_read(
    struct span text, uint8_t pub[SSHKEY_RAW], struct secret **seed, struct err *err);

#endif
