/* An API call as the request that goes out: method, host, path, query, body, laid out as
 * the model says (awsmodel.h).  No network, no signature.
 *
 * For what the gateway itself asks: members that are a text, a number, a boolean or a
 * list of such, in a path, a query string, a form or a JSON body.  Whatever needs more
 * (structures, headers) is refused, never left out.
 */
#ifndef POLICIES_APIWIRE_H
#define POLICIES_APIWIRE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/apicall.h"
#include "policies/awsmodel.h"

#define APIWIRE_HOST 256
#define APIWIRE_REGION 64
#define APIWIRE_TARGET 192
#define APIWIRE_BODY 65536 /* bytes in a body; a path and a query have as many */

struct apiwire {
	const char *method;
	char host[APIWIRE_HOST];
	struct buf path, query, body; /* the query without its '?' */
	const char *type;	      /* Content-Type; NULL: no body */
	char target[APIWIRE_TARGET];  /* X-Amz-Target; "" for none */
	/* Of the signature. */
	const char *service;
	char region[APIWIRE_REGION];
	bool s3; /* as sigv4_request.s3_rules; a content hash is sent */
	enum awsmodel_protocol protocol;
};

/* Lay c out for its region.  dry: of ec2, with DryRun=true as the first member; then c
 * may not have that member.  On RC_OK clear with apiwire_clear().  RC_REFUSE: an
 * operation or member that the model does not know, a value that is not known, or one
 * that has no place here (see above; a path with an empty or dot segment; a bucket that
 * is no plain name). */
enum rc apiwire_make(
    const struct apicall *c, bool dry, struct apiwire *ret, struct err *err);
/* A zeroed one is fine. */
void apiwire_clear(struct apiwire *w);

#endif
