/* The change of a broker's device key, vouched for by the old one:
 *
 *	hoop-rotation 1 BROKER B64(old public key) B64(new public key) B64(signature)
 *
 * one line with its LF, in `device.rotation` beside the device key.  The signature is
 * the old key's over "hoop-rec/1 rotate\0" || BROKER || 0x00 || old || new, so that
 * whoever pins the old key can follow to the new one, and to no other.
 */
#ifndef RECORDER_ROTATION_H
#define RECORDER_ROTATION_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/header.h"
#include "recorder/keyfile.h"

#define ROTATION_TEXT_MAX 512

struct rotation {
	char broker[HEADER_BROKER_MAX + 1];
	uint8_t old[32], new[32];
	uint8_t sig[64];
};

/* Sign: both are KEYFILE_DEVICE of one broker and not the same key, else RC_REFUSE. */
enum rc rotation_make(const struct keyfile *old, const struct keyfile *new,
    struct rotation *ret, struct err *err);
/* RC_OK if the old key signed just this, else RC_REFUSE. */
enum rc rotation_verify(const struct rotation *r, struct err *err);

/* Append the line. */
void rotation_put(const struct rotation *r, struct buf *out);
/* Read a file's text and verify it.  RC_REFUSE: malformed, or the signature false. */
enum rc rotation_parse(struct span text, struct rotation *ret, struct err *err);

#endif
