/* Chunks: ChaCha20-Poly1305 with a fresh key each, bound to the file's line 0 and to
 * the chunk's place. */
#include "recorder/chunk.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/comp.h"

struct chunk_work {
	uint8_t h0[32];
	struct aead *aead;
	bool pack;
	struct comp *comp; /* NULL where the build has none */
	struct buf box;	   /* opened, and to be expanded */
};

enum rc
chunk_work_new(
    const uint8_t h0[32], bool pack, struct chunk_work **ret, struct err *err)
{
	struct chunk_work *w = calloc(1, sizeof *w);
	enum rc rc;

	if (w == NULL)
		return err_memory(err);
	memcpy(w->h0, h0, 32);
	w->pack = pack;
	buf_init(&w->box, CHUNK_OPEN_ROOM);
	if ((rc = aead_new(&w->aead, err)) != RC_OK ||
	    (comp_there() && (rc = comp_new(&w->comp, err)) != RC_OK)) {
		chunk_work_free(w);
		return rc;
	}
	*ret = w;
	return RC_OK;
}

void
chunk_work_free(struct chunk_work *w)
{
	if (w == NULL)
		return;
	aead_free(w->aead);
	comp_free(w->comp);
	buf_clear(&w->box);
	free(w);
}

struct aead *
chunk_work_aead(struct chunk_work *w)
{
	return w->aead;
}

/* Nonce and additional data, the same for both ways. */
struct frame {
	uint8_t nonce[AEAD_NONCE]; /* 4 zero bytes || index */
	uint8_t aad[32 + CHUNK_HEAD];
};

static void
frame_make(struct frame *f, const uint8_t h0[32], const uint8_t head[CHUNK_HEAD])
{
	memset(f->nonce, 0, 4);
	memcpy(f->nonce + 4, head + 8, 8);
	memcpy(f->aad, h0, 32);
	memcpy(f->aad + 32, head, CHUNK_HEAD);
}

/* Bytes of padding behind n. */
static size_t
padding(size_t n)
{
	return (CHUNK_STEP - n % CHUNK_STEP) % CHUNK_STEP;
}

/* What is to be encrypted, to `to`, without padding; sets CHUNK_ZSTD.  A frame counts
 * if it saves at least one step: all else a reader would unpack for nothing. */
static size_t
fill(struct chunk_work *w, struct span plain, uint8_t *to, uint8_t *flags)
{
	size_t whole = plain.len + padding(plain.len), n = 0;

	if (w->pack && w->comp != NULL && whole > CHUNK_STEP)
		n = comp_pack(w->comp, plain, to, whole - CHUNK_STEP);
	if (n > 0) {
		*flags |= CHUNK_ZSTD;
		return n;
	}
	memcpy(to, plain.p, plain.len);
	return plain.len;
}

static void
put_head(struct buf *out, uint8_t flags, size_t pad, size_t plen, uint64_t index)
{
	buf_u8(out, 1);
	buf_u8(out, flags);
	buf_le16(out, (uint16_t)pad);
	buf_le32(out, (uint32_t)plen);
	buf_le64(out, index);
}

enum rc
chunk_seal(struct chunk_work *w, const uint8_t key[RATCHET_KEY], uint8_t flags,
    uint64_t index, struct span plain, struct buf *out, struct err *err)
{
	size_t n, pad, begin = out->len;
	struct frame f;
	uint8_t *box;
	enum rc rc;

	if (plain.len == 0 || plain.len > CHUNK_PLAIN_MAX)
		return err_set(err, RC_REFUSE, "a chunk of %zu bytes", plain.len);
	n = plain.len + padding(plain.len);
	if ((box = buf_room(out, CHUNK_HEAD + n + CHUNK_TAG)) == NULL)
		return err_memory(err);
	box += CHUNK_HEAD;
	n = fill(w, plain, box, &flags);
	pad = padding(n);
	memset(box + n, 0, pad);
	put_head(out, flags, pad, plain.len, index);
	frame_make(&f, w->h0, box - CHUNK_HEAD);
	rc = aead_seal(w->aead, key, f.nonce, span_make(f.aad, sizeof f.aad),
	    span_make(box, n + pad), box, err);
	out->len = rc == RC_OK ? out->len + n + pad + CHUNK_TAG : begin;
	return rc;
}

/* What is in the box, with its padding, at `to`. */
static enum rc
unbox(struct chunk_work *w, const uint8_t key[RATCHET_KEY], const struct chunk *c,
    uint8_t *to, struct err *err)
{
	size_t n = c->box.len - CHUNK_TAG;
	struct frame f;
	enum rc rc;

	frame_make(&f, w->h0, c->head.p);
	if ((rc = aead_open(w->aead, key, f.nonce, span_make(f.aad, sizeof f.aad),
		 c->box, to, err)) != RC_OK)
		return rc;
	if (!sodium_is_zero(to + n - c->pad, c->pad))
		return err_set(err, RC_REFUSE, "the padding is not zero");
	return RC_OK;
}

enum rc
chunk_open(struct chunk_work *w, const uint8_t key[RATCHET_KEY], const struct chunk *c,
    struct buf *out, struct err *err)
{
	bool packed = (c->flags & CHUNK_ZSTD) != 0;
	size_t n = c->box.len - CHUNK_TAG;
	uint8_t *box, *to = buf_room(out, packed ? c->plen : n);
	enum rc rc;

	buf_reset(&w->box);
	box = packed ? buf_room(&w->box, n) : to;
	if (to == NULL || box == NULL)
		return err_memory(err);
	if ((rc = unbox(w, key, c, box, err)) != RC_OK)
		return rc;
	if (packed && (rc = comp_expand(w->comp, span_make(box, n - c->pad), to,
			   c->plen, err)) != RC_OK)
		return rc;
	out->len += c->plen;
	return RC_OK;
}
