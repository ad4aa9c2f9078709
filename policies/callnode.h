/* An API call as a policy's examples and tests write it:
 *
 *	{operation: "s3:GetObject", region: eu-west-1, parameters: {Bucket: b, Key: k}}
 *
 * A parameter's value is a text, or a list of texts; ~unknown stands for a value that
 * nobody can tell.  Names may be paths ("Delete.Objects.Key").
 */
#ifndef POLICIES_CALLNODE_H
#define POLICIES_CALLNODE_H

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/facts.h"
#include "policies/apicall.h"
#include "policies/iam.h"

struct callnode {
	struct apicall *api; /* NULL: what it needs cannot be told */
	struct iam_needs needs;
};

/* Read the mapping; f says where it runs unless the mapping does.  On RC_OK clear with
 * callnode_clear().  RC_REFUSE with the place. */
enum rc callnode_read(const struct yaml_node *n, const struct facts *f,
    struct callnode *ret, struct err *err);
void callnode_clear(struct callnode *c);

#endif
