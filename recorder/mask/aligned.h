/* Base64 of a text that stands somewhere in another one: the letters that are made of its
 * bits alone are the same whatever stands around it, but for its place in a group of three
 * bytes. */
#ifndef RECORDER_MASK_ALIGNED_H
#define RECORDER_MASK_ALIGNED_H

#include <stdbool.h>

#include "lib/base/buf.h"

#define ALIGNED_SKEWS 3

/* Append those letters, where skew bytes (0 to 2) of something else stand before it in its
 * group; url: of the alphabet with '-' and '_'. */
void aligned_put(struct buf *out, struct span text, unsigned skew, bool url);
/* The first bit of the text that such a letter has. */
unsigned aligned_first(unsigned skew);
/* A letter of either alphabet as its six bits; -1: none. */
int aligned_six(int letter);

#endif
