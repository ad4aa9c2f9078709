/* Addresses and blocks of addresses: 10.0.0.7, 10.0.0.0/8, 2001:db8::/32. */
#ifndef POLICIES_NETBLOCK_H
#define POLICIES_NETBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

struct netblock {
	uint8_t addr[16]; /* the first 4 of IPv4 */
	bool v6;
	unsigned prefix; /* bits: 32 or 128 for one address */
};

/* Read an address, with or without a prefix length in plain decimal; false when it is
 * none. */
bool netblock_read(struct span s, struct netblock *ret);
/* True when no bit behind the prefix is set. */
bool netblock_whole(const struct netblock *b);
/* True when all of b lies in a.  A block of IPv4 lies in none of IPv6. */
bool netblock_holds(const struct netblock *a, const struct netblock *b);

#endif
