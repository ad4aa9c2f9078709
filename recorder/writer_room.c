/* How much may still be given to a writer before its quota is in the way of its own end. */
#include "recorder/writer_parts.h"

/* What a byte of output can become in the file: U+FFFD or an escape, the same once more
 * in base64 where it is no character, all that in base64; and its share of a line. */
#define BYTE_COST 12
/* A line's frame, its padding, the seal behind it, its entry in the index. */
#define CHUNK_COST 1024
/* The last events, the summary twice, the last seal, the footer without its index. */
#define END_COST 49152

/* At most so many bytes does a chunk of this much plaintext take. */
static uint64_t
chunk_cost(uint64_t plain)
{
	return plain / 3 * 4 + CHUNK_COST;
}

size_t
writer_room(const struct writer *w)
{
	uint64_t used;

	if (w->quota == 0)
		return SIZE_MAX;
	used = w->tape.spool.chain.len + w->tape.spool.torn +
	       chunk_cost(w->pending.len) + index_size(w->tape.index) / 3 * 4 +
	       END_COST + CHUNK_COST;
	return used < w->quota ? (size_t)((w->quota - used) / BYTE_COST) : 0;
}

size_t
writer_fit(struct writer *w, size_t n)
{
	size_t room = writer_room(w);

	if (n <= room)
		return n;
	w->over = true;
	return room;
}

bool
writer_over(const struct writer *w)
{
	return w->over;
}
