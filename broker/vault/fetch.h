/* One journey for the gateway's credentials to where this machine, pod or task has its
 * own: web identity, container endpoint, instance metadata. */
#ifndef BROKER_VAULT_FETCH_H
#define BROKER_VAULT_FETCH_H

#include <stddef.h>

#include "broker/vault/hints.h"
#include "broker/vault/sources.h"
#include "lib/base/err.h"

#define FETCH_TRIES 3
#define FETCH_PAUSE_MS 1000u /* between two of them */

struct http;
struct loop;
struct fetch;

enum fetch_source {
	/* AssumeRoleWithWebIdentity, unsigned, at the region's STS; the token's file is
	 * read each time.  AWS STS API reference. */
	FETCH_WEB_IDENTITY,
	/* ECS task roles, EKS pod identity: AWS SDKs and Tools reference, "Container
	 * credential provider". */
	FETCH_CONTAINER,
	/* IMDSv2, never version 1: EC2 user guide, "Use the Instance Metadata Service". */
	FETCH_INSTANCE,
};

/* All borrowed, for as long as a fetch is under way. */
struct fetch_how {
	enum fetch_source source;
	const struct hints *hints;
	const char *region;   /* FETCH_WEB_IDENTITY: whose STS */
	const char *metadata; /* "http://HOST[:PORT]" in place of 169.254.169.254 and,
			       * for a relative URI, of 169.254.170.2; NULL: those */
	const char *const *connect_to; /* for HTTPS, as in lib/base/http.h */
	size_t n_connect_to;
	const char *ca_file;
};

/* How it ended, from the loop, once, never from inside fetch_start.  RC_OK: key is
 * yours, sources_free(); its expires_ms is set and may have passed.
 * RC_RETRY: not reached, or in trouble, FETCH_TRIES times.  RC_REFUSE: it denies them,
 * or what it says or is asked with is not as it must be.  RC_FAIL: our trouble.  err is
 * for the log: it may name a file. */
typedef void fetch_fn(
    void *arg, enum rc rc, struct sources_key *key, const struct err *err);

/* Is there all that the source needs, and is it well-formed?  RC_REFUSE names the
 * variable that is missing or wrong. */
enum rc fetch_check(const struct fetch_how *how, struct err *err);

/* Set out.  On RC_OK fn will be called; *ret is good until then or fetch_cancel().
 * RC_REFUSE: as fetch_check(), or a file of the source cannot be read; RC_RETRY,
 * RC_FAIL: as http_ask(). */
enum rc fetch_start(struct loop *l, struct http *h, const struct fetch_how *how,
    fetch_fn *fn, void *arg, struct fetch **ret, struct err *err);
/* Come back without the callback.  NULL is fine. */
void fetch_cancel(struct fetch *f);

#endif
