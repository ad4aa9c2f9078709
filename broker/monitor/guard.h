/* The monitor's own confinement, once everything is started. */
#ifndef BROKER_MONITOR_GUARD_H
#define BROKER_MONITOR_GUARD_H

#include "lib/base/err.h"

/* No new process and no program from here on, no core, no debugger; system calls from a
 * list.  RC_FAIL: do not go on. */
enum rc guard_enter(struct err *err);

#endif
