/* The authority behind the gate's certificates for SDKs.
 *
 * SDKs trust it for long, so it can do little: critical name constraints bind it to
 * hosts of AWS and to localhost, its key never leaves the monitor, and what it signs is
 * one host for hours.  (A command's gate makes an authority of its own and throws it
 * away.)  RFC 5280 section 4.2.1.10.
 */
#ifndef BROKER_MONITOR_SDKCA_H
#define BROKER_MONITOR_SDKCA_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct sdkca;

/* Read the authority at path (PEM, key and certificate), or make one there: P-256, ten
 * years (sdkfile.h).  On RC_OK *ret is yours: sdkca_free().  RC_REFUSE: what stands
 * there is not one of these, has ended, or can be reached by others. */
enum rc sdkca_open(const char *path, struct sdkca **ret, struct err *err);
/* NULL is fine. */
void sdkca_free(struct sdkca *ca);

/* Its certificate alone, PEM; borrowed. */
const char *sdkca_pem(const struct sdkca *ca);

/* Eight hex digits that tell it from others; borrowed. */
const char *sdkca_mark(const struct sdkca *ca);

/* May a certificate be had for this host?  Names below amazonaws.com, amazonaws.com.cn
 * and api.aws, localhost, 127.0.0.1, ::1; lower case, as host names are written. */
bool sdkca_allows(struct span host);

/* Append a certificate for host and key (DER, SubjectPublicKeyInfo: P-256) that lasts
 * twelve hours, and the authority's behind it, PEM.  RC_REFUSE: not such a host or key;
 * RC_FAIL. */
enum rc sdkca_leaf(const struct sdkca *ca, struct span host, struct span key,
    struct buf *chain, struct err *err);

#endif
