/* Control verbs: whoami, pending, why, approve, deny, sessions, watch, help.
 *
 * The same table serves `ssh broker VERB` and the control socket; who calls, and how
 * that was proven, comes with the call and is never the caller's own word.
 */
#ifndef BROKER_MONITOR_VERB_H
#define BROKER_MONITOR_VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/monitor/verbcall.h"

struct sessions;
struct verb;

/* What verbs ask of sessions, which run verbs themselves: hence by a table, which
 * sessions_new() puts into the monitor. */
struct verb_sessions {
	void (*list)(struct sessions *all, struct verb_call *call);
	void (*watch)(struct sessions *all, struct verb_call *call);
};

/* The verb of that name; NULL for none.  Verbs that other versions have are found too:
 * running them says so. */
const struct verb *verb_find(const char *name);
/* Run it.  The call is the caller's and must live until done(), or until
 * verb_abandon(). */
void verb_run(const struct verb *v, struct verb_call *call);

#endif
