/* Chunks: ChaCha20-Poly1305 with a fresh key each, bound to the file's line 0 and to
 * the chunk's place. */
#include "recorder/chunk.h"

#include <sodium.h>
#include <string.h>

#define FLAGS (CHUNK_META | CHUNK_ZSTD | CHUNK_SYNC)

/* Nonce and additional data, the same for both ways. */
struct frame {
	uint8_t nonce[12]; /* 4 zero bytes || index */
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

enum rc
chunk_seal(const uint8_t key[RATCHET_KEY], const uint8_t h0[32], uint8_t flags,
    uint64_t index, struct span plain, struct buf *out, struct err *err)
{
	size_t pad = (CHUNK_STEP - plain.len % CHUNK_STEP) % CHUNK_STEP;
	size_t n = plain.len + pad;
	struct frame f;
	uint8_t *box;

	if (plain.len == 0 || plain.len > CHUNK_PLAIN_MAX)
		return err_set(err, RC_REFUSE, "a chunk of %zu bytes", plain.len);
	buf_u8(out, 1);
	buf_u8(out, flags);
	buf_le16(out, (uint16_t)pad);
	buf_le32(out, (uint32_t)plain.len);
	buf_le64(out, index);
	if ((box = buf_room(out, n + CHUNK_TAG)) == NULL)
		return err_memory(err);
	frame_make(&f, h0, box - CHUNK_HEAD);
	memcpy(box, plain.p, plain.len);
	memset(box + plain.len, 0, pad);
	crypto_aead_chacha20poly1305_ietf_encrypt(
	    box, NULL, box, n, f.aad, sizeof f.aad, NULL, f.nonce, key);
	out->len += n + CHUNK_TAG;
	return RC_OK;
}

enum rc
chunk_parse(struct span data, struct chunk *ret, struct err *err)
{
	struct chunk k;
	struct cur c;
	unsigned version;
	size_t n;

	cur_init(&c, data);
	version = cur_u8(&c);
	k.flags = cur_u8(&c);
	k.pad = cur_le16(&c);
	k.plen = cur_le32(&c);
	k.index = cur_le64(&c);
	k.head = span_make(data.p, CHUNK_HEAD);
	k.box = cur_rest(&c);
	if (!cur_done(&c) || k.box.len <= CHUNK_TAG)
		return err_set(
		    err, RC_REFUSE, "a chunk of %zu bytes is too short", data.len);
	if (version != 1)
		return err_set(err, RC_REFUSE, "chunk version %u is unknown", version);
	if ((k.flags & ~FLAGS) != 0)
		return err_set(
		    err, RC_REFUSE, "chunk flags 0x%02x are unknown", k.flags);
	n = k.box.len - CHUNK_TAG;
	if (k.plen == 0 || k.plen > CHUNK_PLAIN_MAX || k.pad >= CHUNK_STEP ||
	    n % CHUNK_STEP != 0 || n > CHUNK_PLAIN_MAX + 2 * CHUNK_STEP)
		return err_set(err, RC_REFUSE,
		    "a chunk of %u bytes, %u of padding, in %zu of ciphertext", k.plen,
		    k.pad, n);
	if (!(k.flags & CHUNK_ZSTD) && (size_t)k.plen + k.pad != n)
		return err_set(err, RC_REFUSE,
		    "%u bytes and %u of padding do not make %zu of ciphertext", k.plen,
		    k.pad, n);
	*ret = k;
	return RC_OK;
}

enum rc
chunk_open(const uint8_t key[RATCHET_KEY], const uint8_t h0[32], const struct chunk *c,
    struct buf *out, struct err *err)
{
	struct frame f;
	uint8_t *to;

	if (c->flags & CHUNK_ZSTD)
		return err_set(err, RC_REFUSE,
		    "compressed with zstd, which this build cannot open");
	if ((to = buf_room(out, c->box.len)) == NULL)
		return err_memory(err);
	frame_make(&f, h0, c->head.p);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(to, NULL, NULL, c->box.p,
		c->box.len, f.aad, sizeof f.aad, f.nonce, key) != 0)
		return err_set(err, RC_REFUSE, "the ciphertext is not authentic");
	if (!sodium_is_zero(to + c->plen, c->pad))
		return err_set(err, RC_REFUSE, "the padding is not zero");
	out->len += c->plen;
	return RC_OK;
}
