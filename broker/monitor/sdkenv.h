/* The verb sdk-env: what an SDK needs to go through `ssh -L PORT:aws:443`, as lines for
 * a shell, as JSON, or the certificate of the gate's authority alone. */
#ifndef BROKER_MONITOR_SDKENV_H
#define BROKER_MONITOR_SDKENV_H

#include "broker/monitor/verbcall.h"

#define SDKENV_WORDS "--port PORT [...]"
/* For whoever could open a port connection, and make no call through it. */
#define SDKENV_NO_RULE "no rule lets you make API calls (on: [api])"

/* Run it; ends the call. */
void sdkenv_run(struct verb_call *call);

#endif
