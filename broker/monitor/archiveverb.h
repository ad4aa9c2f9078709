/* The verb `archive`: run, status, shred.  For who has the right "archive", on the
 * gateway itself. */
#ifndef BROKER_MONITOR_ARCHIVEVERB_H
#define BROKER_MONITOR_ARCHIVEVERB_H

#include "broker/monitor/verbcall.h"

#define ARCHIVEVERB_WORDS "run [--dry-run]|status|shred SID --reason TEXT"

/* As verb.h's run; answers by the call's done(). */
void archiveverb_run(struct verb_call *call);

#endif
