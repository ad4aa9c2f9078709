/* Bytes in line: put at the end, taken at the front, without moving them each time. */
#ifndef BROKER_TARGET_FIFO_H
#define BROKER_TARGET_FIFO_H

#include "lib/base/buf.h"

struct fifo {
	struct buf b;
	size_t at; /* those before are gone */
};

/* For at most max bytes.  Allocates nothing. */
void fifo_init(struct fifo *f, size_t max);
/* Wipe and free; f is as after fifo_init. */
void fifo_clear(struct fifo *f);
size_t fifo_len(const struct fifo *f);
/* What waits, borrowed until the next change. */
struct span fifo_span(const struct fifo *f);
/* False (and f as before): it would be over max, or memory is not to be had. */
bool fifo_put(struct fifo *f, struct span bytes);
/* n at the front are taken; n <= fifo_len(). */
void fifo_skip(struct fifo *f, size_t n);
/* All but n at the front are dropped; n <= fifo_len(). */
void fifo_cut(struct fifo *f, size_t n);

#endif
