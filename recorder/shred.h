/* Crypto-shredding: a recording whose data key is sealed under a second key, which
 * stays beside the recording and can be destroyed, where copies of the recording itself
 * cannot.
 *
 * What recipients' stanzas of type 2 hold is DEK xor BLAKE2b-256(shred key, "hoop-rec/1
 * shred"): without the shred key it says nothing about DEK, to a recipient too.  The key
 * is a line in a file of its own, mode 0600:
 *
 *	hoop-shred 1 SID B64(32 bytes)
 */
#ifndef RECORDER_SHRED_H
#define RECORDER_SHRED_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

#define SHRED_KEY 32
#define SHRED_TEXT_MAX 256

/* Put the mask of this shred key over 32 bytes, or take it off again. */
void shred_mask(const uint8_t key[SHRED_KEY], uint8_t bytes[32]);

/* Append the file's text.  out holds a secret then: buf_clear wipes it. */
void shred_put(const uint8_t sid[16], const uint8_t key[SHRED_KEY], struct buf *out);
/* Read it, strictly.  On RC_OK *ret is yours: secret_free().  RC_REFUSE: malformed, or
 * of another session than sid; RC_FAIL: memory. */
enum rc shred_parse(
    struct span text, const uint8_t sid[16], struct secret **ret, struct err *err);
/* Read the file at path: a regular one, readable by its owner alone, who is the caller
 * or root.  RC_END: there is none; else as shred_parse(). */
enum rc shred_load(
    const char *path, const uint8_t sid[16], struct secret **ret, struct err *err);

#endif
