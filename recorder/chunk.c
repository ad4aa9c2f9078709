/* The head of a chunk, which everybody can read; what takes a key is in chunk_work.c, so
 * that who has none does not carry a cipher and a decompressor. */
#include "recorder/chunk.h"

#define FLAGS (CHUNK_META | CHUNK_ZSTD | CHUNK_SYNC)

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
	    n % CHUNK_STEP != 0 || n > CHUNK_OPEN_ROOM)
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
