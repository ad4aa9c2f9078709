/* Which members of requests and answers are secrets by their name, and texts in which
 * their values are replaced before they are recorded.
 *
 * Names, not values, decide: AWS's own marks in its models miss most of them.  Texts may
 * be cut anywhere and malformed: what is not understood stays as it is.
 */
#ifndef BROKER_GATE_FIELDS_H
#define BROKER_GATE_FIELDS_H

#include <stdbool.h>

#include "lib/base/buf.h"

#define FIELDS_MASK "[MASKED:field]"

enum fields_form {
	FIELDS_OTHER, /* no form: nothing is replaced */
	FIELDS_JSON,
	FIELDS_XML,
	FIELDS_QUERY, /* a=b&c=d */
};

/* Is the value of a member of this name a secret?  "MasterUserPassword",
 * "secret_key", "Parameter.1.SecretString" are; "NextToken", "SecretArn" are not. */
bool fields_secret(struct span name);
/* Is it a member whose value its siblings tell about ("Value"), and does this sibling
 * tell that it is a secret (a "Name" that ends as secrets' do, "Type": "SecureString")? */
bool fields_value(struct span name);
bool fields_tells(struct span name, struct span value);
/* Do two members of a call belong to one structure ("Tags.Key", "Tags.Value")? */
bool fields_siblings(struct span a, struct span b);
/* A value that is none even under such a name (an ARN, true, null, "{{resolve:…"). */
bool fields_harmless(struct span value);

/* By Content-Type (any case, parameters ignored), else by the first byte. */
enum fields_form fields_form(struct span type, struct span text);

/* Append text with its secrets replaced: the values of secret names, of a "Value"
 * beside a "Name" that ends in one or a "Type" of "SecureString", and texts that hold a
 * signature of a presigned URL. */
void fields_mask(enum fields_form form, struct span text, struct buf *out);

#endif
