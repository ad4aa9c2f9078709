/* broker policy decide: questions in, verdicts out, as JSON Lines. */
#ifndef BROKER_CLI_POLICYDECIDE_H
#define BROKER_CLI_POLICYDECIDE_H

#include "broker/cli/policyopts.h"

/* Exit status: STATUS_USAGE also when a line was no question. */
int policydecide(const struct policyopts *o);

#endif
