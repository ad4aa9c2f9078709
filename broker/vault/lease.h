/* A lease: role credentials for one session, wiped at its end. */
#ifndef BROKER_VAULT_LEASE_H
#define BROKER_VAULT_LEASE_H

#include <stdint.h>

#include "lib/base/secret.h"

#define LEASE_KEY_ID 129 /* an access key id with its NUL */
#define LEASE_ROLE 2049	 /* a role's ARN with its NUL */

struct lease {
	char access_key_id[LEASE_KEY_ID];
	struct secret *secret; /* the secret access key */
	struct secret *token;  /* the session token; never NULL */
	uint64_t expires_ms;   /* wall clock */
	char role[LEASE_ROLE]; /* the role that was asked for */
};

/* An empty lease, yours: lease_free().  NULL when out of memory. */
struct lease *lease_new(void);
/* Wipe and free.  NULL is fine. */
void lease_free(struct lease *l);

#endif
