/* Where a recording may be cut into pieces that go to an archive: between two lines, so
 * that each piece is lines, and all of them together are the file. */
#ifndef RECORDER_SEGMENT_H
#define RECORDER_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/* The length of the next piece of fd (borrowed, read with pread), which begins at from,
 * the beginning of a line: the whole lines that fit into most bytes, or a single one
 * that is longer.  size: bytes that the file has; ended: no more will come, so a torn
 * line at its end goes with what stands before it.  What has no end of a line in
 * CAST_LINE_MAX bytes is no line, and is cut at most.  RC_END: nothing to cut yet;
 * RC_FAIL: I/O, or the file is shorter than size. */
enum rc segment_cut(int fd, uint64_t from, uint64_t size, uint64_t most, bool ended,
    uint64_t *len, struct err *err);

#endif
