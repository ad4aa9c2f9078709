/* From a request on the wire to a call as decisions see it.
 *
 * The order of use: head_read, authz_read, place_proxy or place_endpoint, resolve_plan;
 * then a streamed body is left where it is and anything else read whole;
 * authz_verify; resolve_body; resolve_call; a verdict; onward_new; sign; send.
 *
 * Refused, beside what the other readers refuse: an operation that the model does not
 * know, or two that fit; Action twice, or beside X-Amz-Target; a JSON key twice, a BOM,
 * UTF-16; a form upload (multipart/form-data); CBOR; S3 sub-resources unknown or two at
 * once; dot segments, empty segments and other spellings in a path that two readers
 * could take for different resources; a header, query key or body member that is
 * neither a member of the operation nor on a short list.
 */
#ifndef BROKER_GATE_RESOLVE_H
#define BROKER_GATE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "broker/gate/authz.h"
#include "broker/gate/head.h"
#include "broker/gate/place.h"
#include "broker/gate/refused.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/apicall.h"

#define RESOLVE_BODY (10u << 20)       /* bytes of a body that is read whole */
#define RESOLVE_BODY_BLOB (100u << 20) /* where a member is a blob (a lambda's zip) */
#define RESOLVE_INFLATED (32u << 20)   /* bytes of a body after gzip */

struct resolve_plan {
	bool streamed; /* the body is passed on as it comes; give resolve_call none */
	size_t most;   /* not streamed: bytes of body that may be read */
};

/* What to do with the body, before it is read (and before 100 Continue). */
enum rc resolve_plan(const struct head *h, const struct authz *a, const struct place *p,
    struct resolve_plan *ret, struct refused *why);

/* The body as it is judged and sent on: a gzip coding (S3 aside) undone within
 * RESOLVE_INFLATED.  plain is reset; if nothing was to be undone it stays empty and
 * *same is true: use body itself. */
enum rc resolve_body(const struct head *h, const struct place *p, struct span body,
    struct buf *plain, bool *same, struct refused *why);

/* The call.  body: what resolve_body left; empty when streamed.  On RC_OK *ret is
 * yours: apicall_free(). */
enum rc resolve_call(const struct head *h, const struct authz *a, const struct place *p,
    struct span body, struct apicall **ret, struct refused *why);

#endif
