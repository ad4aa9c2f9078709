/* zstd behind a narrow door; see comp.h.  The library would also take formats of its
 * past, dictionaries and frames in a row: a head is read here first. */
#include "recorder/comp.h"

#include "config.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZSTD
#include <zstd.h>

#define LEVEL 1 /* level 3 gains next to nothing for a quarter of the speed */

struct comp {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *expand;
};

bool
comp_there(void)
{
	return true;
}

enum rc
comp_new(struct comp **ret, struct err *err)
{
	struct comp *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_memory(err);
	*ret = c;
	return RC_OK;
}

void
comp_free(struct comp *c)
{
	if (c == NULL)
		return;
	ZSTD_freeCCtx(c->pack);
	ZSTD_freeDCtx(c->expand);
	free(c);
}

size_t
comp_pack(struct comp *c, struct span plain, uint8_t *to, size_t room)
{
	size_t n;

	if (c->pack == NULL && (c->pack = ZSTD_createCCtx()) == NULL)
		return 0;
	n = ZSTD_compressCCtx(c->pack, to, room, plain.p, plain.len, LEVEL);
	return ZSTD_isError(n) ? 0 : n;
}

static enum rc
expand(struct comp *c, struct span frame, uint8_t *to, size_t n, struct err *err)
{
	size_t got;

	if (c->expand == NULL && (c->expand = ZSTD_createDCtx()) == NULL)
		return err_memory(err);
	got = ZSTD_findFrameCompressedSize(frame.p, frame.len);
	if (ZSTD_isError(got) || got != frame.len)
		return err_set(
		    err, RC_REFUSE, "compressed, and not exactly one whole frame");
	got = ZSTD_decompressDCtx(c->expand, to, n, frame.p, frame.len);
	if (ZSTD_isError(got))
		return err_set(
		    err, RC_REFUSE, "compressed, and %s", ZSTD_getErrorName(got));
	if (got != n)
		return err_set(err, RC_REFUSE,
		    "compressed, with %zu bytes in place of %zu", got, n);
	return RC_OK;
}
#else
struct comp {
	int none;
};

bool
comp_there(void)
{
	return false;
}

enum rc
comp_new(struct comp **ret, struct err *err)
{
	(void)ret;
	return err_set(err, RC_REFUSE, "this build compresses nothing");
}

void
comp_free(struct comp *c)
{
	free(c);
}

size_t
comp_pack(struct comp *c, struct span plain, uint8_t *to, size_t room)
{
	(void)c, (void)plain, (void)to, (void)room;
	return 0;
}

static enum rc
expand(struct comp *c, struct span frame, uint8_t *to, size_t n, struct err *err)
{
	(void)c, (void)frame, (void)to, (void)n;
	return err_set(err, RC_REFUSE, "compressed with zstd, and this build cannot");
}
#endif

/* What a frame's head says (RFC 8878, 3.1.1.1). */
struct head {
	bool sized;
	uint64_t size;	 /* of the content, when sized */
	uint64_t window; /* bytes that a decoder has to keep */
};

static const uint8_t magic[4] = { 0x28, 0xB5, 0x2F, 0xFD };

bool
comp_framed(struct span s)
{
	return s.len >= sizeof magic && memcmp(s.p, magic, sizeof magic) == 0;
}

/* The size field: 0, 1, 2, 4 or 8 bytes; two of them count from 256. */
static void
head_size(struct head *h, struct cur *c, unsigned kind, bool single)
{
	h->sized = kind > 0 || single;
	switch (kind) {
	case 0:
		h->size = single ? cur_u8(c) : 0;
		break;
	case 1:
		h->size = cur_le16(c) + 256u;
		break;
	case 2:
		h->size = cur_le32(c);
		break;
	default:
		h->size = cur_le64(c);
	}
}

/* False: no frame, or one with a dictionary or what the format reserves. */
static bool
head_read(struct span frame, struct head *h)
{
	unsigned what, room = 0;
	bool single;
	struct cur c;

	if (!comp_framed(frame))
		return false;
	cur_init(&c, span_make(frame.p + 4, frame.len - 4));
	what = cur_u8(&c);
	single = (what & 0x20) != 0;
	if ((what & 0x1B) != 0)
		return false;
	if (!single)
		room = cur_u8(&c);
	head_size(h, &c, what >> 6, single);
	h->window =
	    single ? h->size : (1ULL << (10 + (room >> 3))) / 8 * (8 + (room & 7));
	return !c.bad;
}

size_t
comp_size(struct span frame)
{
	struct head h;

	if (!head_read(frame, &h) || !h.sized || h.size > COMP_PLAIN_MAX)
		return 0;
	return (size_t)h.size;
}

enum rc
comp_expand(struct comp *c, struct span frame, uint8_t *to, size_t n, struct err *err)
{
	struct head h;

	if (!head_read(frame, &h))
		return err_set(err, RC_REFUSE,
		    "compressed, and no zstd frame without a dictionary");
	if (h.window > COMP_PLAIN_MAX)
		return err_set(err, RC_REFUSE, "compressed with a window of %llu bytes",
		    (unsigned long long)h.window);
	if (h.sized && h.size != n)
		return err_set(err, RC_REFUSE,
		    "compressed, with %llu bytes in place of %zu",
		    (unsigned long long)h.size, n);
	return expand(c, frame, to, n, err);
}
