/* One block and a mark; see arena.h. */
#include "lib/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct arena *
arena_new(size_t size)
{
	struct arena *a = malloc(sizeof *a);

	if (a == NULL)
		return NULL;
	*a = (struct arena){ .p = malloc(size > 0 ? size : 1), .size = size };
	if (a->p == NULL) {
		free(a);
		return NULL;
	}
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	free(a->p);
	free(a);
}

void *
arena_room(struct arena *a, size_t n)
{
	size_t mask = alignof(max_align_t) - 1;
	size_t at = (a->used + mask) & ~mask;

	if (at > a->size || n > a->size - at)
		return NULL;
	a->used = at + n;
	if (a->used > a->peak)
		a->peak = a->used;
	return a->p + at;
}

void *
arena_take(struct arena *a, size_t n)
{
	void *p = arena_room(a, n);

	return p == NULL ? NULL : memset(p, 0, n);
}

void *
arena_list(struct arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return arena_take(a, count * size);
}

void
arena_reset(struct arena *a)
{
	a->used = 0;
}
