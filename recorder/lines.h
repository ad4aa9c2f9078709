/* The lines of a file, one after the other, in bounded memory. */
#ifndef RECORDER_LINES_H
#define RECORDER_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct lines;

struct line {
	struct span text; /* without LF, borrowed until the next call */
	uint64_t offset;  /* of its first byte in the file */
	bool torn;	  /* the file ends before its LF */
};

/* Read fd (borrowed) with pread, from offset 0; a line has at most max bytes. */
enum rc lines_open(int fd, size_t max, struct lines **ret, struct err *err);
/* NULL is fine. */
void lines_close(struct lines *l);
/* Go on at this offset, which should begin a line. */
void lines_seek(struct lines *l, uint64_t offset);
/* RC_END at the end of the file.  RC_REFUSE: a line over max bytes; ret->offset is then
 * set.  RC_FAIL: I/O, and text says what. */
enum rc lines_next(struct lines *l, struct line *ret, struct err *err);

#endif
