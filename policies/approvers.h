/* The `approvers` of a hold rule: who releases what it holds. */
#ifndef POLICIES_APPROVERS_H
#define POLICIES_APPROVERS_H

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/verdict.h"

/* Read the mapping into *need, all but its rule.  RC_REFUSE with the place. */
enum rc approvers_read(
    const struct yaml_node *n, struct approver_need *need, struct err *err);

#endif
