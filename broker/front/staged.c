/* Staged input; see staged.h.  The digest goes along with the bytes, so that its cost
 * is spread over the turns in which they come. */
#include "broker/front/staged.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct staged {
	struct staged_room *room;
	struct buf bytes;
	size_t at; /* the command has them up to here */
	crypto_hash_sha256_state hash;
	bool ended, over;
};

enum rc
staged_new(
    struct staged_room *room, uint64_t most, struct staged **ret, struct err *err)
{
	struct staged *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(err);
	s->room = room;
	buf_init(&s->bytes, most < STAGED_MAX ? (size_t)most : STAGED_MAX);
	(void)crypto_hash_sha256_init(&s->hash);
	*ret = s;
	return RC_OK;
}

void
staged_free(struct staged *s)
{
	if (s == NULL)
		return;
	s->room->used -= s->bytes.len;
	buf_clear(&s->bytes);
	sodium_memzero(s, sizeof *s);
	free(s);
}

bool
staged_put(struct staged *s, struct span bytes)
{
	uint8_t *to = NULL;

	if (s->ended || s->over)
		return false;
	if (bytes.len == 0)
		return true;
	if (bytes.len <= s->bytes.max - s->bytes.len &&
	    bytes.len <= STAGED_ROOM - s->room->used)
		to = buf_room(&s->bytes, bytes.len);
	if (to == NULL) {
		s->over = true;
		return false;
	}
	memcpy(to, bytes.p, bytes.len);
	s->bytes.len += bytes.len;
	s->room->used += bytes.len;
	(void)crypto_hash_sha256_update(&s->hash, bytes.p, bytes.len);
	return true;
}

void
staged_end(struct staged *s)
{
	s->ended = true;
}

bool
staged_settled(const struct staged *s)
{
	return s->ended || s->over;
}

bool
staged_whole(const struct staged *s)
{
	return s->ended && !s->over;
}

void
staged_tell(const struct staged *s, uint8_t sha256[32], struct msg_staged *ret)
{
	crypto_hash_sha256_state copy = s->hash;

	memset(sha256, 0, 32);
	*ret = (struct msg_staged){ .fits = staged_whole(s),
		.sha256 = span_make(sha256, 32) };
	if (!ret->fits)
		return;
	ret->len = s->bytes.len;
	(void)crypto_hash_sha256_final(&copy, sha256);
}

struct span
staged_left(const struct staged *s)
{
	return span_make(s->bytes.p + s->at, s->bytes.len - s->at);
}

void
staged_use(struct staged *s, size_t n)
{
	s->at += n;
}
