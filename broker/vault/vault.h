/* The vault: the gateway's own credentials, and the leases cut with them.
 *
 * The only header of this room for others.  Runs in the monitor's loop; nothing here
 * blocks.  No secret leaves it but inside a lease. */
#ifndef BROKER_VAULT_VAULT_H
#define BROKER_VAULT_VAULT_H

#include <stddef.h>

#include "broker/vault/lease.h"
#include "lib/base/err.h"

#define VAULT_CALLS_MAX 64 /* leases being asked for */

struct loop;
struct vault;
struct vault_call; /* a lease being asked for */

enum vault_source {
	VAULT_ENVIRONMENT, /* AWS_ACCESS_KEY_ID and its two companions */
	VAULT_FILE,	   /* an ini file as the AWS tools write it */
};

struct vault_init {
	enum vault_source source;
	const char *file;    /* VAULT_FILE: its path */
	const char *profile; /* VAULT_FILE: its section; NULL: "default" */
	/* "HOST:PORT:TO-HOST:TO-PORT" each: VPC endpoints, test stacks. */
	const char *const *connect_to;
	size_t n_connect_to;
	const char *ca_file; /* the only CAs trusted; NULL: the system's */
};

/* What a lease is for; copied. */
struct lease_ask {
	const char *identity;	 /* 2 to 64 of [A-Za-z0-9_+=,.@-]: the SourceIdentity */
	const char *session;	 /* its id, at most 62 bytes: ends the session name */
	const char *role;	 /* an ARN */
	const char *region;	 /* whose STS is asked */
	const char *external_id; /* NULL without */
	const char *rule;     /* "POLICY/RULE" that allowed it: a tag; NULL without */
	const char *approval; /* the hold's id: a tag; NULL without */
	unsigned seconds;     /* 900 to 43200 */
};

/* How an ask ended, from the loop, once, never from inside vault_lease.
 * RC_OK: l is yours, lease_free().  Else l is NULL and err is fit to be shown to who
 * asked; what AWS said stands in the log.  RC_RETRY: STS could not be reached, was not
 * itself (certificate, answer), or had trouble or no patience three times: exit 69.
 * RC_REFUSE: AWS denies the role.  RC_FAIL: our trouble, also with the gateway's own
 * credentials or clock. */
typedef void vault_fn(void *arg, enum rc rc, struct lease *l, const struct err *err);

/* Read the gateway's credentials and be ready.  Variables of the environment are wiped
 * and removed, so call it before any child is started.  On RC_OK *ret is yours:
 * vault_free().  RC_REFUSE: the credentials cannot be had; RC_FAIL: memory, libcurl. */
enum rc vault_new(
    struct loop *l, const struct vault_init *init, struct vault **ret, struct err *err);
/* Take new settings, all or nothing: a file is read again; from the environment, what
 * was read at first stays.  Asks under way end with the old ones.  RC_REFUSE also when
 * the source turns to an environment that holds nothing. */
enum rc vault_reload(struct vault *v, const struct vault_init *init, struct err *err);
/* Drop asks under way without their callbacks; wipe.  Not inside a callback.  NULL is
 * fine. */
void vault_free(struct vault *v);

/* Ask for a lease.  On RC_OK fn will be called; *ret (may be NULL) is good until then
 * or vault_cancel().  RC_REFUSE: a part of ask does not fit AWS's limits; RC_RETRY:
 * VAULT_CALLS_MAX are under way; RC_FAIL: memory. */
enum rc vault_lease(struct vault *v, const struct lease_ask *ask, vault_fn *fn,
    void *arg, struct vault_call **ret, struct err *err);
/* Drop the ask without its callback.  NULL is fine. */
void vault_cancel(struct vault_call *c);

#endif
