/* Which of the monitor's parts hears of what: connections tell sessions, services tell
 * connections and sessions.  They know one another here and nowhere else. */
#ifndef BROKER_MONITOR_WIRES_H
#define BROKER_MONITOR_WIRES_H

#include "broker/monitor/conn.h"
#include "broker/monitor/services.h"

struct monitor;

/* The owner for services_new(): m->conns and m->sessions hear, as they stand then. */
struct services_owner wires_services(struct monitor *m);
/* conns_new() with m->sessions, which must stand, as the owner. */
enum rc wires_conns(struct monitor *m, struct conns **ret, struct err *err);

#endif
