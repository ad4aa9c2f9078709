/* The canonical request of AWS Signature Version 4: the text that both ends must
 * build alike.  Source: AWS General Reference, "Create a signed AWS API request",
 * and the S3 API reference, "Authenticating Requests" for the S3 rules. */
#ifndef LIB_BASE_SIGV4_CANON_H
#define LIB_BASE_SIGV4_CANON_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SIGV4_HEADERS_MAX 256	  /* headers in a request, those we add included */
#define SIGV4_PARAMS_MAX 1024	  /* parameters in a query */
#define SIGV4_TEXT_MAX (1u << 18) /* bytes in a canonical request */

/* The SHA-256 of nothing, in hex. */
#define SIGV4_EMPTY_HASH                                                               \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct sigv4_header {
	struct span name;  /* any case */
	struct span value; /* as on the wire; a folded line already joined */
};

struct sigv4_request {
	const char *method;
	struct span path;  /* as on the wire; empty means "/" */
	struct span query; /* as on the wire, without '?'; may be empty */
	/* Each header given is signed.  In order of appearance; names may repeat. */
	const struct sigv4_header *headers;
	size_t n_headers;
	/* Hex of the body's SHA-256, or a literal such as UNSIGNED-PAYLOAD. */
	const char *payload_hash;
	/* True for s3, s3express, s3-outposts, s3-object-lambda: the path is decoded
	 * once, encoded once, and not normalised.  Else dot segments and repeated
	 * slashes go, and what is on the wire is encoded once more. */
	bool s3_rules;
};

/* Append the canonical path.  RC_REFUSE for a path that does not begin with '/', and
 * under the S3 rules for a broken percent escape. */
enum rc sigv4_path(struct span path, bool s3_rules, struct buf *ret, struct err *err);

/* Append the canonical query: decoded, encoded, sorted by key and then by value, each
 * key with its '='.  An X-Amz-Signature is left out.  RC_REFUSE for a broken escape,
 * for a raw '+' (some servers read it as a space, so that what is signed would not be
 * what is meant), and for more than SIGV4_PARAMS_MAX parameters. */
enum rc sigv4_query(struct span query, struct buf *ret, struct err *err);

/* True when a parameter of the query, decoded, has this key. */
bool sigv4_query_has(struct span query, const char *key);

/* Append the signed names, "a;b;c".  RC_REFUSE for an empty or ill-formed name, a value
 * with CR, LF or NUL, no host, or more than SIGV4_HEADERS_MAX headers. */
enum rc sigv4_names(const struct sigv4_request *r, struct buf *ret, struct err *err);

/* Append the whole canonical request.  RC_REFUSE as above and when it is longer than
 * ret may grow. */
enum rc sigv4_canon(const struct sigv4_request *r, struct buf *ret, struct err *err);

#endif
