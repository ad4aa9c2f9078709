/* The words behind an option of an operation, as the values of the member that it
 * names. */
#ifndef POLICIES_AWSVALUE_H
#define POLICIES_AWSVALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "policies/apicall.h"
#include "policies/awsmodel.h"
#include "policies/refusal.h"

/* Add the member p of c's operation with what the n words say of it: its value, or the
 * values on its paths (iam_paths), where these are plain; else the member alone.
 * RC_REFUSE for words that would be read in more than one way, RC_FAIL when out of
 * memory, with *refusal. */
enum rc awsvalue_add(struct apicall *c, const struct awsmodel_param *p,
    const char *const *words, size_t n, struct refusal *refusal);

/* Append the source of a copy, "BUCKET/KEY", as the CLI sends it: all but plain
 * characters in percent form; with versions a "?versionId=…" at the end stays as it
 * is.  The caller checks buf_ok. */
void awsvalue_put_source(const char *source, bool versions, struct buf *out);

#endif
