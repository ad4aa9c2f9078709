/* A class of bytes as people write it: "A-Za-z0-9_-".  Printable ASCII, each as itself or in
 * a range that goes up; a dash that stands for itself comes first or last.  There is no
 * escape: a backslash is a backslash. */
#ifndef RECORDER_MASK_CHARCLASS_H
#define RECORDER_MASK_CHARCLASS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* A bit for each byte.  NULL, or what is wrong with the text: then ret is not touched. */
const char *charclass_read(struct span text, uint32_t ret[8]);
/* Append its one spelling; charclass_read() reads it back. */
void charclass_put(struct buf *out, const uint32_t class_[8]);

static inline bool
charclass_has(const uint32_t class_[8], int c)
{
	return c >= 0 && (class_[c >> 5] >> (c & 31) & 1);
}

static inline void
charclass_add(uint32_t class_[8], unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		class_[c >> 5] |= UINT32_C(1) << (c & 31);
}

#endif
