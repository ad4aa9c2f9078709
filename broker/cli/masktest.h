/* broker mask test: where in files something would be masked, and by which rule; what
 * stands there is not shown. */
#ifndef BROKER_CLI_MASKTEST_H
#define BROKER_CLI_MASKTEST_H

#include "broker/cli/maskopts.h"

/* Exit status: 64 when a file cannot be read (the others are looked at), 70 when masking
 * failed. */
int masktest(const struct maskopts *o);

#endif
