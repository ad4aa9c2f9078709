/* The verb targets: which targets its caller may reach by the rules as they are, and for
 * what.  It decides nothing: a session is judged when it is asked for. */
#ifndef BROKER_MONITOR_TARGETS_H
#define BROKER_MONITOR_TARGETS_H

#include "broker/monitor/verbcall.h"

#define TARGETS_WORDS "[--profile P]"

/* Ends the call, now or when AWS has answered: 0; 69 where AWS could not be asked (then
 * with the configuration's targets alone). */
void targets_run(struct verb_call *call);

#endif
