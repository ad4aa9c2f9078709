/* Memory that is taken piece by piece and given back all at once: for work that is
 * bounded and over soon, a decision. */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include <stddef.h>

struct arena {
	unsigned char *p;
	size_t size, used;
	size_t peak; /* the most that was ever in use, for measurements */
};

/* One block of that many bytes; NULL when it cannot be had.  arena_free(). */
struct arena *arena_new(size_t size);
/* NULL is fine. */
void arena_free(struct arena *a);

/* n zeroed bytes, aligned for any type; NULL when no room is left (n may be 0). */
void *arena_take(struct arena *a, size_t n);
/* The same, with whatever was there before. */
void *arena_room(struct arena *a, size_t n);
/* Room for count things of size bytes; NULL also when that overflows. */
void *arena_list(struct arena *a, size_t count, size_t size);
/* All pieces are given back; the block stays. */
void arena_reset(struct arena *a);

#endif
