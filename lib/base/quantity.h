/* Quantities as people write them in configuration: numbers, durations, sizes.
 *
 * One spelling each: decimal digits without sign, space, leading zero or fraction,
 * then the unit.  What does not fit into 64 bits is refused, never wrapped.
 */
#ifndef LIB_BASE_QUANTITY_H
#define LIB_BASE_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* Room for any quantity as text, with the NUL. */
#define QUANTITY_TEXT 32

/* False when it is not one; *ret is then untouched. */
bool quantity_uint(struct span s, uint64_t *ret);
/* Milliseconds from a number with the unit s, m, h or d. */
bool quantity_duration(struct span s, uint64_t *ret);
/* Bytes from a plain number or one with the unit KiB, MiB, GiB or TiB. */
bool quantity_size(struct span s, uint64_t *ret);

/* The inverse, in the largest unit that divides it: 900000 gives "15m".  A duration
 * that is no whole number of seconds is shown as "1500ms". */
void quantity_duration_text(uint64_t ms, char out[QUANTITY_TEXT]);
void quantity_size_text(uint64_t bytes, char out[QUANTITY_TEXT]);

#endif
