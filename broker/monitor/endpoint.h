/* Addresses and ports as written in configuration: 127.0.0.1:2222, [::1]:2222,
 * sts.eu-west-1.amazonaws.com:443.  Nothing is looked up. */
#ifndef BROKER_MONITOR_ENDPOINT_H
#define BROKER_MONITOR_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/base/buf.h"

#define ENDPOINT_HOST 254 /* a host name or address, with the NUL */

/* HOST:PORT.  HOST is a numeric IPv4 address, an IPv6 address in brackets, or a host
 * name (labels of letters, digits, - and _, at most 253 bytes; made lower case).  PORT
 * is 1 to 65535.  host gets no brackets.  False for anything else. */
bool endpoint_parse(struct span s, char host[ENDPOINT_HOST], uint16_t *port);
/* Numeric addresses only, ready for bind(2). */
bool endpoint_numeric(struct span s, struct sockaddr_storage *addr, socklen_t *len);

#endif
