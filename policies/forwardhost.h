/* The host of a port connection to a target, as a client of ssh writes it: TARGET, or
 * HOST@TARGET for a host behind it. */
#ifndef POLICIES_FORWARDHOST_H
#define POLICIES_FORWARDHOST_H

#include <stdbool.h>

#include "policies/refusal.h"
#include "policies/ssmwords.h"

#define FORWARDHOST_HOST 254 /* with its NUL */

struct forwardhost {
	char target[SSMWORDS_TARGET];
	char host
	    [FORWARDHOST_HOST]; /* behind it, in lower case; "": the target itself */
	unsigned port;
};

/* RC_REFUSE with *r: no such name, no such port (STATUS_USAGE), or a host that nobody is
 * to reach through a target (STATUS_DENIED): where machines keep their credentials, in
 * whatever spelling. */
enum rc forwardhost_read(
    struct span host, uint32_t port, struct forwardhost *ret, struct refusal *r);

#endif
