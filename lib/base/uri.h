/* Percent encoding as AWS signs it (RFC 3986 section 2): A-Z a-z 0-9 - . _ ~ stand
 * for themselves, every other byte is %XX in upper case.  A plus is a plus. */
#ifndef LIB_BASE_URI_H
#define LIB_BASE_URI_H

#include "lib/base/buf.h"

/* Append s encoded.  Bytes in keep (a C string, "" or "/") stay as they are. */
void uri_encode(struct buf *out, struct span s, const char *keep);

/* Append s decoded.  False, and nothing appended, when a '%' is not followed by two
 * hex digits (either case).  The result may hold any byte, NUL too. */
bool uri_decode(struct buf *out, struct span s);

/* Append "&name=value" with the value encoded ("name=value" when out is empty):
 * a form body that also suits SigV4, with %20 for a space. */
void uri_form(struct buf *out, const char *name, struct span value);

#endif
