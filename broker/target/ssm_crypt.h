/* What the two ends of an encrypted session seal for each other: AES-256-GCM under the
 * halves of one data key.  A sealed payload is nonce (12) || ciphertext || tag (16). */
#ifndef BROKER_TARGET_SSM_CRYPT_H
#define BROKER_TARGET_SSM_CRYPT_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

#define SSM_KEY 64u    /* bytes of a data key */
#define SSM_SEALED 28u /* what sealing adds */

struct ssm_crypt;

/* From a data key of SSM_KEY bytes (a struct secret's, as a rule): the first half opens
 * what the agent sends, the second seals what we do.  Nothing of key is kept but the
 * ciphers' own state, which OpenSSL wipes at the end.  Nonces start at random and count
 * up.  On RC_OK *ret is yours: ssm_crypt_free().  RC_REFUSE: another length; RC_FAIL:
 * memory, randomness, OpenSSL. */
enum rc ssm_crypt_new(struct span key, struct ssm_crypt **ret, struct err *err);
/* NULL is fine. */
void ssm_crypt_free(struct ssm_crypt *c);

/* Append the sealed form of plain, SSM_SEALED bytes longer, to out.  RC_FAIL: out is
 * full, or OpenSSL fails; out is then as before. */
enum rc ssm_crypt_seal(
    struct ssm_crypt *c, struct span plain, struct buf *out, struct err *err);
/* Append what was sealed to out.  RC_REFUSE: too short, or not sealed by the agent with
 * this key: the session cannot go on.  RC_FAIL as above.  Nothing is appended then. */
enum rc ssm_crypt_open(
    struct ssm_crypt *c, struct span sealed, struct buf *out, struct err *err);

/* Answer the agent's challenge (payload type 8): append to out the payload of type 9.
 * RC_REFUSE: a challenge that cannot be read or is not sealed with this key. */
enum rc ssm_crypt_answer(
    struct ssm_crypt *c, struct span challenge, struct buf *out, struct err *err);

#endif
