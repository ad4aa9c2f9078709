/* A body in pieces; the first byte chooses the reader.  What comes out does not depend
 * on where it is cut. */
#include <stdlib.h>

#include "broker/gate/chunks.h"

#define SEED "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rc
plain(struct span in, size_t piece, struct buf *out)
{
	struct chunks *c = NULL;
	enum rc rc = RC_OK;

	if (chunks_new(&c, NULL) != RC_OK)
		abort();
	while (in.len > 0 && rc == RC_OK) {
		size_t n = in.len < piece ? in.len : piece, used = 0;

		rc = chunks_feed(c, span_make(in.p, n), &used, out, NULL);
		if (used > n || (rc == RC_OK && used != n))
			abort();
		in = span_make(in.p + n, in.len - n);
	}
	chunks_free(c);
	return rc;
}

static enum rc
amazon(enum awschunks_mode mode, struct span in, size_t piece, struct buf *out)
{
	struct awschunks_init init = { .mode = mode,
		.length = 5,
		.trailers = span_of("x-amz-checksum-crc32"),
		.key = { "AKIAIOSFODNN7EXAMPLE", NULL, NULL, "us-east-1", "s3",
		    1369353600000 },
		.seed = SEED };
	struct awschunks *a = NULL;
	struct secret *secret = NULL;
	enum rc rc = RC_OK;

	if (secret_copy(span_of("secret"), &secret, NULL) != RC_OK)
		abort();
	init.key.secret = secret;
	if (awschunks_new(&init, &a, NULL) != RC_OK)
		abort();
	while (in.len > 0 && (rc == RC_OK || rc == RC_END)) {
		size_t n = in.len < piece ? in.len : piece;

		rc = awschunks_feed(a, span_make(in.p, n), out, NULL);
		in = span_make(in.p + n, in.len - n);
	}
	if (awschunks_done(a) != (rc == RC_END) || awschunks_data(a) > 5 ||
	    (rc == RC_END && awschunks_data(a) != 5))
		abort();
	awschunks_free(a);
	secret_free(secret);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out[2];
	enum rc rc[2];

	if (size == 0 || size > 4096)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		struct span in = span_make(data + 1, size - 1);
		size_t piece = i == 0 ? size : 1;

		buf_init(&out[i], 65536);
		rc[i] = data[0] % 4 == 3 ? plain(in, piece, &out[i])
					 : amazon((enum awschunks_mode)(data[0] % 4),
					       in, piece, &out[i]);
	}
	/* Untouched bytes are passed on feed by feed: those before a fault went. */
	if (rc[0] != rc[1] ||
	    (rc[0] != RC_REFUSE && !span_eq(buf_span(&out[0]), buf_span(&out[1]))))
		abort();
	buf_clear(&out[0]);
	buf_clear(&out[1]);
	return 0;
}
