/* Bodies in pieces, read as they come: HTTP's chunked coding (RFC 9112 section 7.1),
 * and the aws-chunked framing inside a body (S3 API reference, "Signature calculations:
 * transferring payload in multiple chunks" and "Using trailing headers").
 *
 * A feed takes what there is and appends what is to be passed on; both ends may cut
 * anywhere.  Never more than 4 KiB are held back.
 */
#ifndef BROKER_GATE_CHUNKS_H
#define BROKER_GATE_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/sigv4.h"

/* HTTP's own.  Refused: extensions, trailers, a size over 15 digits, a bare LF. */
struct chunks;

enum rc chunks_new(struct chunks **ret, struct err *err);
void chunks_free(struct chunks *c);
/* Decode from in; *used of its bytes were taken, the content is appended to out.
 * RC_OK: all of in was taken, more is to come.  RC_END: the body is over (what is left
 * of in belongs to the next request).  RC_REFUSE: malformed. */
enum rc chunks_feed(
    struct chunks *c, struct span in, size_t *used, struct buf *out, struct err *err);

/* AWS's. */
#define AWSCHUNKS_TRAILERS 8   /* names in x-amz-trailer */
#define AWSCHUNKS_TRAILER 2048 /* bytes of all trailer lines */

enum awschunks_mode {
	AWSCHUNKS_FOLLOW,  /* unsigned chunks: passed through untouched */
	AWSCHUNKS_DECODE,  /* signed chunks: verified, only their data is passed on */
	AWSCHUNKS_REFRAME, /* signed chunks and trailers: verified, passed on as unsigned
			    * chunks and trailers */
};

struct awschunks_init {
	enum awschunks_mode mode;
	/* x-amz-decoded-content-length: the data must come to exactly this. */
	uint64_t length;
	/* x-amz-trailer, as on the wire ("" for none): trailers must be exactly these. */
	struct span trailers;
	/* Signed modes: the dummy key with the request's scope and date, and the
	 * request's signature.  The key's texts and secret must outlive the reader. */
	struct sigv4_key key;
	const char *seed;
};

struct awschunks;

/* RC_REFUSE: ill-formed trailer names. */
enum rc awschunks_new(
    const struct awschunks_init *init, struct awschunks **ret, struct err *err);
void awschunks_free(struct awschunks *a);
/* As chunks_feed, but RC_END takes all of in: nothing may follow the framing, and
 * another feed of bytes is RC_REFUSE.  The last byte of a signed chunk is passed on
 * only after its signature was found right, so that a body which is false anywhere
 * never becomes complete.  RC_REFUSE: malformed, a false signature, too much or too
 * little data, trailers that were not announced. */
enum rc awschunks_feed(
    struct awschunks *a, struct span in, struct buf *out, struct err *err);
/* True after RC_END: call it when the body's outer framing is over. */
bool awschunks_done(const struct awschunks *a);
/* Bytes of data (without framing) so far. */
uint64_t awschunks_data(const struct awschunks *a);

#endif
