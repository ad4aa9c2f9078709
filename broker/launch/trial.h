/* Whether this system lets commands be confined at all, found out before the first. */
#ifndef BROKER_LAUNCH_TRIAL_H
#define BROKER_LAUNCH_TRIAL_H

#include "broker/launch/child.h"
#include "lib/base/err.h"

/* Start a child as LAUNCH would, up to the point where it would become the program (an
 * absolute path), and wait until it has gone; then tidy up behind launchers that were
 * killed.  RC_REFUSE, with the first step that was not
 * permitted; RC_FAIL when it could not be tried. */
enum rc trial_run(const struct child_setup *c, const char *program, struct err *err);

#endif
