/* Bytes of a stream with the places they have in it: appended at the back, forgotten at the
 * front, wiped when they go. */
#ifndef RECORDER_MASK_RING_H
#define RECORDER_MASK_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint8_t *p; /* the memory; the content begins at p + start */
	size_t start, len, cap;
	uint64_t base; /* the place of its first byte */
};

/* Wipes and frees; r is as zeroed. */
void ring_clear(struct ring *r);
/* The place behind the last byte. */
static inline uint64_t
ring_end(const struct ring *r)
{
	return r->base + r->len;
}
/* The byte at this place, which has to be in it (or be its end). */
static inline uint8_t *
ring_at(const struct ring *r, uint64_t place)
{
	return r->p + r->start + (place - r->base);
}
/* Append; what stands before keep is not needed any more.  False: no memory. */
bool ring_put(struct ring *r, const uint8_t *p, size_t n, uint64_t keep);
/* All before this place (at most the end) is forgotten. */
void ring_drop(struct ring *r, uint64_t keep);
/* All from this place (at least the base) on is taken back. */
void ring_cut(struct ring *r, uint64_t end);

#endif
