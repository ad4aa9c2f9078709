/* broker policy test --against: what policies would say of what was decided before. */
#ifndef BROKER_CLI_POLICYAGAINST_H
#define BROKER_CLI_POLICYAGAINST_H

#include "broker/cli/policyopts.h"
#include "policies/rule.h"

#define POLICYAGAINST_CHANGED 1 /* exit status when something would change */

int policyagainst(const struct policyopts *o, const struct ruleset *set);

#endif
