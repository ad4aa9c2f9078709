/* The names of masks in rules, against what the configuration knows: `broker policy check`
 * and `lint`. */
#ifndef BROKER_CLI_POLICYMASKS_H
#define BROKER_CLI_POLICYMASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "broker/cli/policyopts.h"
#include "lib/base/err.h"
#include "policies/rule.h"
#include "recorder/mask/policy.h"

struct policymasks {
	bool json;
	bool sure; /* the configuration is known: a name that it lacks is an error */
	struct mask_policy *policy;
	size_t found; /* names that it does not know, and that were told */
};

/* By --masking FILE; without it only what every configuration knows, and what is told is
 * a warning.  policymasks_clear() it in any case.  RC_REFUSE: the file cannot be read, or
 * is wrong. */
enum rc policymasks_init(
    struct policymasks *m, const struct policyopts *o, struct err *err);
void policymasks_clear(struct policymasks *m);
/* Tell of each name in the rule's mask that is not known. */
void policymasks_rule(struct policymasks *m, const struct rule *r);

#endif
