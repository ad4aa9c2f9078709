/* Where a request is for: the host's name, the scope of its signature and the model
 * must all tell the same service and region, or one service would be judged and
 * another reached.
 */
#ifndef BROKER_GATE_PLACE_H
#define BROKER_GATE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/gate/authz.h"
#include "broker/gate/refused.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/awsmodel.h"

#define PLACE_SERVICES 8 /* of one signing name and endpoint */

struct place {
	char host[256];	       /* to be reached: https, port 443 */
	const char *partition; /* "aws", "aws-cn", "aws-us-gov"; const text */
	char region[AUTHZ_WORD];
	char signing[AUTHZ_WORD]; /* the service's name in signatures */
	/* Services of the model that answer there, the likeliest first. */
	uint32_t services[PLACE_SERVICES];
	size_t n_services;
	bool s3;	 /* S3 itself: buckets, its path rules, <Error> answers */
	bool s3_rules;	 /* for sigv4_request */
	char bucket[64]; /* of a virtual host; "" for path style */
	size_t strip;	 /* endpoint mode: bytes of path in front that name a service */
	enum refused_form form;
};

/* May a client CONNECT here at all?  A well-formed name under an allowed suffix of
 * AWS.  name: lower case.  RC_REFUSE: 403. */
enum rc place_allowed(const char *name, struct refused *why);

/* A request in a CONNECTed tunnel.  connect and sni: the names of the tunnel and of the
 * TLS handshake, lower case.  All of connect = sni = Host, port 443, must be equal, and
 * service and region those of a's scope.  RC_REFUSE. */
enum rc place_proxy(const char *connect, const char *sni, const struct head *h,
    const struct authz *a, struct place *ret, struct refused *why);

/* A request to the gate's own port (endpoint mode): the host is made from the scope,
 * and where several services share a signing name, from a first path segment that names
 * one ("/s3control/…").  RC_REFUSE when it cannot be told. */
enum rc place_endpoint(const struct head *h, const struct authz *a, struct place *ret,
    struct refused *why);

/* Is this the name of a bucket, and not of another way to one (an alias of an access
 * point, a directory or table bucket, an ARN)? */
bool place_bucket(struct span name);

/* The form of a refusal for this place; before one is known, a guess from the head and
 * (if not NULL) the scope. */
enum refused_form place_form(const struct place *p);
enum refused_form place_guess(const struct head *h, const struct authz *a);

#endif
