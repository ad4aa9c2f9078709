/* Values that are no secrets though a field of that name has them: "true", "null", an
 * ARN, a variable's name, what is masked already.  Of this room alone.
 *
 * p[0..n) is how the value begins; ended: that is all of it.  YES: harmless; NO: not; MORE:
 * not known yet (never with ended).  An answer does not change when more is known. */
#ifndef RECORDER_MASK_HARMLESS_H
#define RECORDER_MASK_HARMLESS_H

#include "recorder/mask/mask_parts.h"

#define HARMLESS_MOST 96 /* bytes that are looked at */

/* Of any value. */
enum mask_says harmless_value(const uint8_t *p, size_t n, bool ended);
/* Of one without quotes, beside that: a call, another variable of the kind. */
enum mask_says harmless_code(const uint8_t *p, size_t n, bool ended);
/* Of a weak name's: neither a digit in it nor 16 characters. */
enum mask_says harmless_weak(const uint8_t *p, size_t n, bool ended);
/* Of a column: the name of another one, in small letters. */
enum mask_says harmless_small(const uint8_t *p, size_t n, bool ended);
/* Of a word that just stands behind the name: one of prose, a placeholder in capitals. */
enum mask_says harmless_word(const uint8_t *p, size_t n, bool ended);

#endif
