/* Deflate and base64, a block at a time; see bale.h. */
#include "replay/bale.h"

#include <stdlib.h>
#include <zlib.h>

#include "recorder/b64.h"

#define BLOCK (48u << 10) /* a multiple of three: no padding but at the end */

struct bale {
	FILE *f;
	z_stream z;
	uint64_t raw, packed;
	uint8_t block[BLOCK];
	struct buf text;
};

enum rc
bale_new(FILE *f, struct bale **ret, struct err *err)
{
	struct bale *b = calloc(1, sizeof *b);

	if (b == NULL)
		return err_memory(err);
	if (deflateInit(&b->z, 6) != Z_OK) {
		free(b);
		return err_memory(err);
	}
	b->f = f;
	b->z.next_out = b->block;
	b->z.avail_out = BLOCK;
	buf_init(&b->text, 2 * (size_t)BLOCK);
	*ret = b;
	return RC_OK;
}

void
bale_free(struct bale *b)
{
	if (b == NULL)
		return;
	deflateEnd(&b->z);
	buf_clear(&b->text);
	free(b);
}

static enum rc
put_block(struct bale *b, struct err *err)
{
	size_t n = BLOCK - b->z.avail_out;

	buf_reset(&b->text);
	b64_put(&b->text, span_make(b->block, n));
	if (!buf_ok(&b->text))
		return err_memory(err);
	if (fwrite(b->text.p, 1, b->text.len, b->f) != b->text.len)
		return err_errno(err, RC_FAIL, "write");
	b->packed += n;
	b->z.next_out = b->block;
	b->z.avail_out = BLOCK;
	return RC_OK;
}

static enum rc
run(struct bale *b, int flush, struct err *err)
{
	enum rc rc = RC_OK;
	int status;

	do {
		status = deflate(&b->z, flush);
		if (status == Z_STREAM_ERROR)
			return err_set(err, RC_FAIL, "deflate");
		if (b->z.avail_out == 0)
			rc = put_block(b, err);
	} while (rc == RC_OK &&
		 (b->z.avail_in > 0 || (flush == Z_FINISH && status != Z_STREAM_END)));
	return rc;
}

enum rc
bale_put(struct bale *b, struct span s, struct err *err)
{
	enum rc rc = RC_OK;

	b->raw += s.len;
	/* zlib counts in unsigned int. */
	while (s.len > 0 && rc == RC_OK) {
		size_t n = s.len < 1u << 30 ? s.len : 1u << 30;

		b->z.next_in = (Bytef *)(uintptr_t)s.p;
		b->z.avail_in = (uInt)n;
		rc = run(b, Z_NO_FLUSH, err);
		s = span_make(s.p + n, s.len - n);
	}
	return rc;
}

enum rc
bale_end(struct bale *b, struct err *err)
{
	enum rc rc = run(b, Z_FINISH, err);

	return rc == RC_OK ? put_block(b, err) : rc;
}

uint64_t
bale_raw(const struct bale *b)
{
	return b->raw;
}

uint64_t
bale_packed(const struct bale *b)
{
	return b->packed;
}
