/* broker policy diff: which rules were added, removed and changed. */
#ifndef BROKER_CLI_POLICYDIFF_H
#define BROKER_CLI_POLICYDIFF_H

#include "broker/cli/policyopts.h"

#define POLICYDIFF_DIFFERENT 1 /* exit status when there is a difference */

int policydiff(const struct policyopts *o);

#endif
