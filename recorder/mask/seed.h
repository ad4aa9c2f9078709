/* A value that has to be masked wherever it appears, as rows of digests: who masks need
 * not know it.  A row is one form of it (as it is, base64 and base64url in each alignment, hex
 * in both cases, URL-encoded in both cases and with slashes kept, JSON-escaped):
 *
 *   u16 length | 4 bytes: how the form begins | 16 bytes: salt | 32 bytes: HMAC-SHA256 of
 *   the form with the salt as key
 */
#ifndef RECORDER_MASK_SEED_H
#define RECORDER_MASK_SEED_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SEED_ROW 54	/* bytes of a row */
#define SEED_SHORTEST 8 /* bytes of a value; shorter ones make no rows */
#define SEED_LONGEST 4096
#define SEED_FORMS 13 /* rows of one value, at most */
/* Bytes of a form that count: of a longer one its beginning is known. */
#define SEED_FORM 4096

/* Append the rows of a value, each of its forms once.  salt: 16 bytes.  RC_FAIL: memory, or the
 * value is longer than SEED_LONGEST. */
enum rc seed_make(
    const uint8_t salt[16], struct span value, struct buf *out, struct err *err);

/* A row, read. */
struct seed {
	size_t len;
	uint8_t start[4];
	const uint8_t *salt, *digest; /* borrowed */
};
/* False: no row. */
bool seed_read(struct span row, struct seed *ret);
/* Is it this text (of s->len bytes)? */
bool seed_is(const struct seed *s, const uint8_t *text);

#endif
