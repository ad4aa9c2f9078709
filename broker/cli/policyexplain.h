/* broker policy explain: how one line is decided, part by part. */
#ifndef BROKER_CLI_POLICYEXPLAIN_H
#define BROKER_CLI_POLICYEXPLAIN_H

#include "broker/cli/policyopts.h"

/* Exit status: that of the verdict, STATUS_OK, STATUS_HELD or STATUS_DENIED. */
int policyexplain(const struct policyopts *o);

#endif
