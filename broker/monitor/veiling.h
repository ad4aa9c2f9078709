/* The veil in force: of the configuration's masking, and of the gateway's own credentials
 * as they are now. */
#ifndef BROKER_MONITOR_VEILING_H
#define BROKER_MONITOR_VEILING_H

#include "broker/monitor/veil.h"

struct monitor;

/* Borrowed until the loop turns; NULL where no rules are loaded.  Where it cannot be made
 * anew for credentials that came or changed, it is the one before, and the log says so. */
const struct veil *veil_of(struct monitor *m);

#endif
