/* The control socket: verbs from the gateway itself.
 *
 * Who calls is the peer's uid as the kernel names it, mapped by broker.yaml.  The
 * service's own uids are refused, whatever the configuration says.
 */
#ifndef BROKER_MONITOR_CONTROL_H
#define BROKER_MONITOR_CONTROL_H

#include "broker/monitor/services.h"
#include "lib/base/err.h"

struct control;
struct monitor;

/* Listen on places->control: any local user may connect, only mapped ones get an
 * answer. A stale socket is replaced; one with a live broker behind it is an error
 * (RC_REFUSE). */
enum rc control_open(struct monitor *m, const struct service_users *users,
    struct control **ret, struct err *err);
/* Closes all clients and removes the socket. */
void control_close(struct control *c);

#endif
