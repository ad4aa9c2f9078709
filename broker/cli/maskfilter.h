/* broker mask filter: standard input to standard output, secrets masked. */
#ifndef BROKER_CLI_MASKFILTER_H
#define BROKER_CLI_MASKFILTER_H

#include "broker/cli/maskopts.h"

/* Exit status: 64 for a policy that cannot be had, 70 when masking or reading failed;
 * then nothing more is printed. */
int maskfilter(const struct maskopts *o);

#endif
