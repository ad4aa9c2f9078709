/* The signed lines of a request that the monitor itself sends to AWS. */
#ifndef BROKER_MONITOR_APISIGN_H
#define BROKER_MONITOR_APISIGN_H

#include "broker/vault/lease.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/apiwire.h"

/* Append w's header lines but Host, signed with l as of now.  RC_FAIL: no digest, or
 * memory. */
enum rc apisign_lines(
    const struct lease *l, const struct apiwire *w, struct buf *lines, struct err *err);

#endif
