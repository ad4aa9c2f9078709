/* The inside of the lines that a shell on a target asks about, shared by the files that
 * judge them (linejudge.c), answer (lineask.c) and hold them (linehold.c), and by nobody
 * else. */
#ifndef BROKER_MONITOR_LINEASK_PARTS_H
#define BROKER_MONITOR_LINEASK_PARTS_H

#include "broker/monitor/session_parts.h"

#endif
