/* Standard base64 with padding (RFC 4648 section 4), canonical form only: one text for
 * each byte string, so that a changed character is always a changed value. */
#ifndef RECORDER_B64_H
#define RECORDER_B64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* Append the text of bytes. */
void b64_put(struct buf *out, struct span bytes);

/* Append the bytes of text.  False (out as before) for any character outside the
 * alphabet, wrong padding, stray bits behind the last byte, or no room in out. */
bool b64_read(struct buf *out, struct span text);

#define B64_FIXED_MAX 256

/* Exactly n bytes (B64_FIXED_MAX at most), or false with out untouched.  Takes no memory,
 * so that false says something about the text. */
bool b64_fixed(struct span text, uint8_t *out, size_t n);

#endif
