/* Whom a verifier believes: the `hoop-trust 1` file, which pins device keys. */
#ifndef RECORDER_TRUST_H
#define RECORDER_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define TRUST_TEXT_MAX 65536 /* bytes of a trust file */
#define TRUST_KEYS_MAX 256   /* lines in it */

struct trust;

/* An empty one.  On RC_OK *ret is yours: trust_free(). */
enum rc trust_new(struct trust **ret, struct err *err);
/* NULL is fine. */
void trust_free(struct trust *t);
/* Pin a device key (is_log: a checkpoint signer).  RC_REFUSE: bad name, a key that is
 * no Ed25519 point, the same line twice, too many. */
enum rc trust_add(struct trust *t, bool is_log, struct span broker,
    const uint8_t pk[32], struct err *err);
/* How many keys are pinned. */
size_t trust_count(const struct trust *t);

/* Parse the file's text: UTF-8, LF, nothing but
 *	hoop-trust 1
 *	device BROKER B64(Ed25519 public key)
 *	log BROKER B64(Ed25519 public key)
 * RC_REFUSE with the line number for anything else. */
enum rc trust_parse(struct span text, struct trust **ret, struct err *err);
/* Read a file and parse it.  RC_REFUSE also when others may write to it. */
enum rc trust_load(const char *path, struct trust **ret, struct err *err);
/* The file's text, appended. */
void trust_put(const struct trust *t, struct buf *out);

/* The first 8 bytes of SHA-256(device public key), by which a SealOpen names it. */
enum rc trust_dkid(const uint8_t pk[32], uint8_t dkid[8], struct err *err);
/* The pinned device key of this broker with this id, borrowed; NULL if none. */
const uint8_t *trust_device(
    const struct trust *t, const char *broker, const uint8_t dkid[8]);

/* The keys that are believed when they sign this broker's checkpoints: its `log` lines,
 * or, where there are none, its `device` lines.  The i-th, borrowed; NULL past the last
 * one. */
const uint8_t *trust_signer(const struct trust *t, const char *broker, size_t i);
/* True when it has `log` lines. */
bool trust_has_log(const struct trust *t, const char *broker);
/* True when exactly this device key is pinned for the broker. */
bool trust_has(const struct trust *t, const char *broker, const uint8_t pk[32]);

#endif
