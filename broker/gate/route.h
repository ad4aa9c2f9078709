/* The operation that a REST request is for: its method, path and query against the
 * templates of the model.  One fits best or the request is refused: a literal segment
 * goes before a label, more literals of the query before fewer, more members that must
 * be there before fewer; a query key that the operation does not have rules it out.
 *
 * A path is refused when two readers could take it for different resources: empty
 * segments, "." and ".." however they are spelled, an escaped slash in a key of S3,
 * characters that need no escape and have one, control characters, no UTF-8.
 */
#ifndef BROKER_GATE_ROUTE_H
#define BROKER_GATE_ROUTE_H

#include <stddef.h>

#include "broker/gate/formbody.h"
#include "broker/gate/head.h"
#include "broker/gate/place.h"
#include "broker/gate/refused.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/awsmodel.h"

#define ROUTE_SEGMENTS 256 /* of a path */
#define ROUTE_LABELS 16

struct route_label {
	char wire[64];	 /* as the template calls it */
	struct span raw; /* as on the wire, escapes and all */
};

struct route {
	struct awsmodel_service service;
	struct awsmodel_operation op;
	struct route_label labels[ROUTE_LABELS];
	size_t n_labels;
	struct formbody query; /* all of it, what is not of the operation too */
	struct buf path;       /* what the labels point into */
};

/* On RC_OK clear with route_clear(). */
enum rc route_find(const struct head *h, const struct place *p, struct route *ret,
    struct refused *why);
void route_clear(struct route *r);

/* A key of the query that is no member: what presigning adds, and "x-id", by which some
 * SDKs name the operation (nobody is to believe it). */
bool route_ignored(struct span key);

#endif
