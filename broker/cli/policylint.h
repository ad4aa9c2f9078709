/* broker policy lint: what in policies is likely a mistake. */
#ifndef BROKER_CLI_POLICYLINT_H
#define BROKER_CLI_POLICYLINT_H

#include "broker/cli/policyopts.h"

#define POLICYLINT_FOUND 1 /* exit status when there is an error */

int policylint(const struct policyopts *o);

#endif
