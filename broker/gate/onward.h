/* The request as it goes on to AWS: the very path, query and headers that were judged,
 * in their canonical spelling, without the client's signature and without what belongs
 * to one hop.  What is signed with the lease and sent is this and nothing else.
 */
#ifndef BROKER_GATE_ONWARD_H
#define BROKER_GATE_ONWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/gate/authz.h"
#include "broker/gate/chunks.h"
#include "broker/gate/head.h"
#include "broker/gate/place.h"
#include "broker/gate/refused.h"
#include "lib/base/sigv4.h"

struct onward {
	const char *method, *host;
	struct span path, query; /* ready for the request line */
	/* To be sent and signed, Host first and in lower case; then those that are sent
	 * unsigned (User-Agent, Accept-Encoding …).  No length, no coding, no date: the
	 * sender adds them. */
	const struct sigv4_header *headers;
	size_t n_signed, n_headers;
	/* For sigv4_request and x-amz-content-sha256: a literal, the hash that the client
	 * named, or NULL: hash the body that was read whole. */
	const char *payload;
	bool with_hash; /* send x-amz-content-sha256 */
	bool s3_rules;
	/* The body's way: raw (false) or through awschunks_new(&chunks) first. */
	bool framed;
	struct awschunks_init chunks; /* key and seed are for the caller to fill */
	bool
	    has_length; /* the length in bytes as sent on; else Transfer-Encoding: chunked */
	uint64_t length; /* a body that was read whole has its own length instead */
	void *store;	 /* owns the texts */
};

/* inflated: resolve_body changed the body, so that its coding is not named any more.
 * Borrows h, a and p until onward_clear().  RC_REFUSE, RC_FAIL. */
enum rc onward_new(const struct head *h, const struct authz *a, const struct place *p,
    bool inflated, struct onward *ret, struct refused *why);
/* Wipe and free; fine for a zeroed one. */
void onward_clear(struct onward *o);

#endif
