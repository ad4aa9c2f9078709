/* broker policy test: the examples and tests that policies bring along, or a corpus. */
#ifndef BROKER_CLI_POLICYTEST_H
#define BROKER_CLI_POLICYTEST_H

#include "broker/cli/policyopts.h"

#define POLICYTEST_FAILED 1 /* exit status when a test fails */

int policytest(const struct policyopts *o);

#endif
