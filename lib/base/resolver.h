/* Host names in a confined process. */
#ifndef LIB_BASE_RESOLVER_H
#define LIB_BASE_RESOLVER_H

#include "lib/base/err.h"

/* From here on names are looked up in /etc/hosts and by DNS alone, whatever
 * nsswitch.conf says: other sources are loaded as programs' code and speak to sockets
 * that a confined process may not have.  Reads what the C library reads at its first
 * lookup.  Once, before confinement.  RC_FAIL. */
enum rc resolver_prepare(struct err *err);

#endif
