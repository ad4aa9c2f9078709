/* The beginning of a character whose end has not come: output arrives in pieces that
 * end anywhere, and an event holds whole characters only. */
#ifndef RECORDER_CARRY_H
#define RECORDER_CARRY_H

#include <stdint.h>

#include "lib/base/buf.h"

/* All zero: nothing is carried. */
struct carry {
	uint8_t p[4];
	size_t n; /* 0 to 3 between calls */
	uint64_t since_us;
};

/* Add to what is carried from the front of *bytes.  Gives the character once it is
 * whole, or what cannot become one any more: borrowed until the next call, then nothing
 * is carried.  Empty while the end has not come, or when nothing was carried. */
struct span carry_join(struct carry *c, struct span *bytes);

/* Cut the next piece of at most `most` bytes (4 or more) from *bytes, to be called when
 * nothing is carried.  It ends between two characters.  Empty when there is nothing, or
 * only the beginning of a character: that is carried from now_us on. */
struct span carry_cut(
    struct carry *c, struct span *bytes, size_t most, uint64_t now_us);

/* What is carried, whole or not; borrowed until the next call, then nothing is. */
struct span carry_take(struct carry *c);

#endif
