/* From one device key to the next: the old one signs for the new one.
 *
 * The signature is over
 *	"hoop-rec/1 rotate\0" || BROKER || 0x00 || old key 32 || new key 32
 * and stands in the DEVKEY leaf.  The first key of a log signs for itself: old and new
 * are the same then.  As the keeper never has two keys, a file beside the new one says
 * how it came about, a line for each rotation, the oldest first:
 *
 *	hoop-rotation 1 BROKER B64(old key) B64(new key) B64(signature)
 */
#ifndef RECORDER_ROTATION_H
#define RECORDER_ROTATION_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/keyfile.h"

#define ROTATION_FILE "device.rotation" /* its name, beside the device key */
#define ROTATION_TEXT_MAX 65536

struct rotation {
	uint8_t old_pk[32], new_pk[32];
	uint8_t sig[64];
};

/* Sign new_pk with the old device key, whose label is the broker's name.  Fills *ret. */
enum rc rotation_sign(const struct keyfile *old, const uint8_t new_pk[32],
    struct rotation *ret, struct err *err);
/* RC_REFUSE: not this broker's, or the signature is false. */
enum rc rotation_verify(const struct rotation *r, const char *broker, struct err *err);

/* Append its line. */
void rotation_put(const struct rotation *r, const char *broker, struct buf *out);
/* Find in a file's text the rotation of this broker away from old_pk.  Every line is
 * looked at: RC_REFUSE with the line number for a malformed one, a false signature, or
 * another broker's name.  RC_END: none begins at this key. */
enum rc rotation_find(struct span text, const char *broker, const uint8_t old_pk[32],
    struct rotation *ret, struct err *err);

#endif
