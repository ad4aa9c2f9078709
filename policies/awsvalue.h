/* The words behind an option of an operation, as the values of the member that it
 * names. */
#ifndef POLICIES_AWSVALUE_H
#define POLICIES_AWSVALUE_H

#include <stddef.h>

#include "policies/apicall.h"
#include "policies/awsmodel.h"
#include "policies/refusal.h"

/* Add the member p of c's operation with what the n words say of it: its value, or the
 * values on its paths (iam_paths), where these are plain; else the member alone.
 * RC_REFUSE for words that would be read in more than one way, RC_FAIL when out of
 * memory, with *refusal. */
enum rc awsvalue_add(struct apicall *c, const struct awsmodel_param *p,
    const char *const *words, size_t n, struct refusal *refusal);

#endif
