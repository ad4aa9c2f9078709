/* AWS Signature Version 4 over OpenSSL: the header form, the query form (presigned
 * URLs), and the strings of chunked and event streams.
 *
 * Our own, since libcurl 7.88 signs the query and the path as they come, sorts
 * headers as whole lines, and knows no session token.  SigV4a (several regions at
 * once) is not here.  Source: AWS General Reference, "Create a signed AWS API
 * request"; S3 API reference, "Authenticating Requests".
 */
#ifndef LIB_BASE_SIGV4_H
#define LIB_BASE_SIGV4_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/base/sigv4_canon.h"

#define SIGV4_HEX 65		  /* a signature or hash in hex, with its NUL */
#define SIGV4_EXPIRES_MAX 604800u /* seconds that a presigned URL may live */

/* Who signs, for where and when.  All borrowed. */
struct sigv4_key {
	const char *access_key_id;
	const struct secret *secret; /* the secret access key, at most 256 bytes */
	const struct secret *token;  /* the session token; NULL when there is none */
	const char *region;
	const char *service;
	uint64_t time_ms; /* wall clock; whole seconds are used */
};

/* Hex of SHA-256.  RC_FAIL when OpenSSL fails. */
enum rc sigv4_hash(struct span s, char ret[SIGV4_HEX], struct err *err);

/* Sign by header.  Appends to lines what the caller must add to the request, each
 * "Name: value\r\n": X-Amz-Date, X-Amz-Security-Token if there is a token,
 * X-Amz-Content-SHA256 with the payload hash if with_hash (S3 demands it), and
 * Authorization.  signature takes the signature alone (the seed of a stream).
 * RC_REFUSE when r holds one of those headers already, when a part of the key is
 * ill-formed (letters, digits, '-', '_', '.' only), or as sigv4_canon does; RC_FAIL
 * when OpenSSL fails.  lines holds the session token: wipe it (buf_clear does). */
enum rc sigv4_header(const struct sigv4_request *r, const struct sigv4_key *k,
    bool with_hash, struct buf *lines, char signature[SIGV4_HEX], struct err *err);

/* Presign.  Appends to query the whole query to send, without '?': that of r, the
 * X-Amz- parameters, the signature last.  expires: seconds, 1 to SIGV4_EXPIRES_MAX.
 * RC_REFUSE as above, and when r's query has an X-Amz- parameter of ours. */
enum rc sigv4_url(const struct sigv4_request *r, const struct sigv4_key *k,
    unsigned expires, struct buf *query, char signature[SIGV4_HEX], struct err *err);

/* Append the string to sign for a canonical request. */
enum rc sigv4_to_sign(
    struct span canonical, const struct sigv4_key *k, struct buf *ret, struct err *err);
/* The signature of a string to sign. */
enum rc sigv4_signature(struct span to_sign, const struct sigv4_key *k,
    char ret[SIGV4_HEX], struct err *err);

/* The signature of the next chunk of an aws-chunked body; prev is that of the chunk
 * before, or of the request.  The last chunk is empty.  RC_REFUSE when prev is not a
 * signature. */
enum rc sigv4_chunk(const struct sigv4_key *k, const char *prev, struct span data,
    char ret[SIGV4_HEX], struct err *err);
/* The same where the data was hashed as it came: hash is its SHA-256 in hex. */
enum rc sigv4_chunk_hashed(const struct sigv4_key *k, const char *prev,
    const char *hash, char ret[SIGV4_HEX], struct err *err);
/* The same for the trailer that follows the last chunk: names in lower case, in the
 * order of the wire. */
enum rc sigv4_trailer(const struct sigv4_key *k, const char *prev,
    const struct sigv4_header *trailers, size_t n, char ret[SIGV4_HEX],
    struct err *err);
/* The same for one event of an event stream, dated k->time_ms (sent as its :date
 * header, with the milliseconds). */
enum rc sigv4_event(const struct sigv4_key *k, const char *prev, struct span payload,
    char ret[SIGV4_HEX], struct err *err);

#endif
