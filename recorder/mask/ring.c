/* See ring.h.  Moving is amortised: the content goes to the front of the memory only when
 * its back is full, and there is always several times as much memory as content. */
#include "recorder/mask/ring.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define LEAST 1024

void
ring_clear(struct ring *r)
{
	if (r->p != NULL)
		sodium_memzero(r->p, r->cap);
	free(r->p);
	*r = (struct ring){ 0 };
}

void
ring_drop(struct ring *r, uint64_t keep)
{
	size_t n;

	if (keep <= r->base)
		return;
	n = (size_t)(keep - r->base);
	r->start += n;
	r->len -= n;
	r->base = keep;
}

void
ring_cut(struct ring *r, uint64_t end)
{
	uint64_t old = ring_end(r);

	if (end >= old)
		return;
	sodium_memzero(ring_at(r, end), (size_t)(old - end));
	r->len = (size_t)(end - r->base);
}

static bool
make_room(struct ring *r, size_t n)
{
	size_t need = r->len + n, used = r->start + r->len, cap = LEAST;
	uint8_t *p;

	if (r->p != NULL && 2 * need <= r->cap) {
		memmove(r->p, r->p + r->start, r->len);
		sodium_memzero(r->p + r->len, used - r->len);
		r->start = 0;
		return true;
	}
	while (cap < 4 * need)
		cap *= 2;
	if ((p = malloc(cap)) == NULL)
		return false;
	if (r->p != NULL) {
		memcpy(p, r->p + r->start, r->len);
		sodium_memzero(r->p, r->cap);
		free(r->p);
	}
	r->p = p;
	r->cap = cap;
	r->start = 0;
	return true;
}

bool
ring_put(struct ring *r, const uint8_t *p, size_t n, uint64_t keep)
{
	if (r->start + r->len + n > r->cap || r->p == NULL) {
		ring_drop(r, keep);
		if (!make_room(r, n))
			return false;
	}
	if (n > 0)
		memcpy(r->p + r->start + r->len, p, n);
	r->len += n;
	return true;
}
