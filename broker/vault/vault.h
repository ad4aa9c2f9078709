/* The vault: the gateway's own credentials, and the leases cut with them.
 *
 * The only header of this room for others.  Runs in the monitor's loop; nothing here
 * blocks.  No secret leaves it but inside a lease. */
#ifndef BROKER_VAULT_VAULT_H
#define BROKER_VAULT_VAULT_H

#include <stddef.h>

#include "broker/vault/lease.h"
#include "lib/base/err.h"
#include "recorder/mask/seed.h"

#define VAULT_CALLS_MAX 256 /* leases being asked for */

struct buf;
struct loop;
struct sigv4_request;
struct vault;
struct vault_call; /* a lease being asked for */

enum vault_source {
	VAULT_ENVIRONMENT, /* AWS_ACCESS_KEY_ID and its two companions */
	VAULT_FILE,	   /* an ini file as the AWS tools write it */
	VAULT_SEALED,	   /* what `broker credential add` has sealed */
	/* Fetched, and again before they expire; where from, the environment says
	 * (hints.h) or is fixed. */
	VAULT_WEB_IDENTITY,
	VAULT_CONTAINER,
	VAULT_INSTANCE,
};

/* A lease of a role that takes a role: AWS allows no longer one. */
#define VAULT_CHAINED_SECONDS 3600u

struct vault_init {
	enum vault_source source;
	const char *file;	   /* VAULT_FILE: its path */
	const char *profile;	   /* VAULT_FILE: its section; NULL: "default" */
	const char *sealed;	   /* VAULT_SEALED: the credential's name */
	const char *sealed_key;	   /* VAULT_SEALED: the file of the key */
	const char *sealed_folder; /* VAULT_SEALED: where credentials are */
	const char *region; /* VAULT_WEB_IDENTITY: whose STS; NULL: AWS_REGION's */
	/* VAULT_CONTAINER, VAULT_INSTANCE: as fetch_how's; NULL: AWS's addresses */
	const char *metadata;
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
	/* Whom sessions on targets run as there: the tag that AWS knows for it, to the
	 * letter; NULL without. */
	const char *run_as;
	unsigned seconds;   /* 900 to 43200; see vault_lease() */
	const char *policy; /* session policy, 1 to 2048 bytes; NULL without */
};

/* How an ask ended, from the loop, once, never from inside vault_lease.
 * RC_OK: l is yours, lease_free().  Else l is NULL and err is fit to be shown to who
 * asked; what AWS said stands in the log.  RC_RETRY: STS could not be reached, was not
 * itself (certificate, answer), or had trouble or no patience three times: exit 69.
 * RC_REFUSE: AWS denies the role.  RC_END: only the session policy is too large for
 * AWS: ask again with a shorter one.  RC_FAIL: our trouble, also with the gateway's own
 * credentials or clock. */
typedef void vault_fn(void *arg, enum rc rc, struct lease *l, const struct err *err);

/* Read the gateway's credentials and be ready.  Variables of the environment, those of
 * sources that are not asked for too, are wiped and removed.  What must be fetched is
 * fetched when the loop turns: trouble with that shows in the log, and in the answers
 * to asks.  On RC_OK *ret is yours: vault_free().  RC_REFUSE: the credentials cannot be
 * had, or what the source needs is not there; RC_FAIL: memory, libcurl. */
enum rc vault_new(
    struct loop *l, const struct vault_init *init, struct vault **ret, struct err *err);
/* Take new settings, all or nothing: a file is read again; what was read from the
 * environment at first stays, and so do fetched credentials whose source is the same.
 * Asks that STS has end with the old settings; those that wait for credentials wait for
 * the new ones.  RC_REFUSE also when the source turns to an environment that holds
 * nothing. */
enum rc vault_reload(struct vault *v, const struct vault_init *init, struct err *err);
/* Drop asks under way without their callbacks; wipe.  Not inside a callback.  NULL is
 * fine. */
void vault_free(struct vault *v);

/* Ask for a lease: a fresh one each time, nothing is kept.  It waits while the gateway's
 * own credentials are fetched for the first time, or anew because they end.  Where those
 * are a role's (web identity, container, instance) at most VAULT_CHAINED_SECONDS are
 * asked for, since AWS refuses more.
 * On RC_OK fn will be called; *ret (may be NULL) is good until then or vault_cancel().
 * RC_REFUSE: a part of ask does not fit AWS's limits; RC_END: the policy alone does not;
 * RC_RETRY: VAULT_CALLS_MAX are under way, or the gateway's credentials cannot be had
 * now; RC_FAIL: memory, or they cannot be had at all. */
enum rc vault_lease(struct vault *v, const struct lease_ask *ask, vault_fn *fn,
    void *arg, struct vault_call **ret, struct err *err);
/* Sign a request with the gateway's own credentials, as sigv4_header() does with_hash;
 * they stay here.  RC_WAIT: they are on their way, try again in a moment; RC_RETRY: they
 * cannot be had now; RC_FAIL: at all, or OpenSSL; RC_REFUSE: as sigv4_header(). */
enum rc vault_sign(struct vault *v, const struct sigv4_request *r, const char *region,
    const char *service, struct buf *lines, struct err *err);
/* The id of the gateway's own credentials as they are now, borrowed until the loop turns;
 * "" while there are none. */
const char *vault_key_id(struct vault *v);
/* At most so many bytes are appended: id, secret, token. */
#define VAULT_SEEDS (3 * SEED_FORMS * SEED_ROW)
/* Append rows of recorder/mask/seed.h of those, for masks: whoever has them can tell the
 * values where they stand, but not what they are.  Nothing while there are none.  RC_FAIL:
 * memory. */
enum rc vault_seeds(
    struct vault *v, const uint8_t salt[16], struct buf *out, struct err *err);
/* Drop the ask without its callback.  NULL is fine. */
void vault_cancel(struct vault_call *c);

#endif
