/* Addresses that may be spoken to without TLS, since nothing sent there leaves the
 * machine: those at which AWS serves credentials to instances and containers. */
#ifndef LIB_BASE_METADATA_H
#define LIB_BASE_METADATA_H

#include <stdbool.h>

/* Is it an http:// URL of localhost, a numeric loopback address, 169.254.169.254,
 * 169.254.170.2, 169.254.170.23, [fd00:ec2::254] or [fd00:ec2::23]; each written just
 * so, with or without a port?  What follows the host is not looked at. */
bool metadata_url(const char *url);

#endif
