/* Base64 whose bytes are a text with a secret in it: for whole texts (an answer's values, an
 * export), since a stream would have to hold each run to its end. */
#ifndef RECORDER_MASK_DECODED_H
#define RECORDER_MASK_DECODED_H

#include "recorder/mask/mask.h"

#define DECODED_LEAST 24 /* letters of a run */
#define DECODED_MOST 8192

/* Append the text, with "[MASKED:base64-secret]" (or asterisks) in place of each such run.
 * All else is as it was: mask_text() comes after.  Runs that are not UTF-8 inside stay.
 * RC_FAIL: memory, or out is full. */
enum rc decoded_text(
    const struct mask_rules *r, struct span text, struct buf *out, struct err *err);

#endif
