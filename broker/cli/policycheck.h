/* broker policy check: would brokerd load these files? */
#ifndef BROKER_CLI_POLICYCHECK_H
#define BROKER_CLI_POLICYCHECK_H

#include "broker/cli/policyopts.h"

/* Exit status: STATUS_USAGE when it would not. */
int policycheck(const struct policyopts *o);

#endif
