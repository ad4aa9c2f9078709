/* The times that AWS writes: until when credentials are good. */
#ifndef BROKER_VAULT_EXPIRY_H
#define BROKER_VAULT_EXPIRY_H

#include <stdint.h>

#include "lib/base/buf.h"

/* "2026-01-02T04:04:05Z", perhaps with a fraction of at most 9 digits, which does not
 * count, as milliseconds since 1970.  False, and nothing set, for anything else. */
bool expiry_parse(struct span text, uint64_t *ret);

#endif
