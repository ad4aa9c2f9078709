/* The hash chain over the lines of a file, as written:
 * h_0 = SHA-256("hoop-rec/1\0" || line_0 || LF), h_j = SHA-256(h_{j-1} || line_j ||
 * LF). A plain value: copy it to go on from the same place twice. */
#ifndef RECORDER_CHAIN_H
#define RECORDER_CHAIN_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct chain {
	uint8_t h[32]; /* over all lines so far; zero before the first */
	uint64_t lines;
	uint64_t len; /* bytes of these lines with their LFs */
};

/* Add the next line, given without its LF.  RC_FAIL: no SHA-256; c is unchanged. */
enum rc chain_add(struct chain *c, struct span line, struct err *err);

#endif
