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
#include "policies/apicall.h"

#define FIELDS_MASK "[MASKED:field]"
/* A text becomes at most this many times as long: a list of one-digit secrets. */
#define FIELDS_GROWTH 10
#define FIELDS_NAME 96 /* of a folded name, with its NUL; a longer one is its end */

enum fields_form {
	FIELDS_OTHER, /* no form: nothing is replaced */
	FIELDS_JSON,
	FIELDS_XML,
	FIELDS_QUERY, /* a=b&c=d */
};

/* A name in lower case, without '-' and '_', and of its parts between dots the last that
 * is no number: how names are compared. */
void fields_fold(struct span name, char ret[FIELDS_NAME]);
/* Is the value of a member of this name a secret?  "MasterUserPassword",
 * "secret_key", "Parameter.1.SecretString" are; "NextToken", "SecretArn" are not.
 * Names may be as JSON or a form spells them ("\u0053ecret", "%53ecret"). */
bool fields_secret(struct span name);
/* A name that ends like a secret's and is none in any operation ("NextToken"). */
bool fields_never(struct span name);
/* Is it a member of the operation's input that is secret there alone ("Value" of ssm:PutParameter,
 * unless its Type says that it is none)? */
bool fields_secret_of(const struct apicall *call, struct span name);
/* Is it one of the members that hold whatever their sibling names ("Value",
 * "ParameterValue"); and does this member say that such a sibling is a secret? */
bool fields_value(struct span name);
bool fields_tells(struct span name, struct span value);
/* A value that is none even under such a name (an ARN, true, null, "{{resolve:…"). */
bool fields_harmless(struct span value);

/* A text that holds the signature of a presigned URL: who has it may use it. */
bool fields_presigned(struct span v);

/* By Content-Type (any case, parameters ignored), else by the first byte that is no blank. */
enum fields_form fields_form(struct span type, struct span text);

/* Append text with its secrets replaced: the values of secret names, of a "Value"
 * beside a "Name" that ends in one or a "Type" of "SecureString" or directly below a
 * secret name, and texts that hold a signature of a presigned URL.  call says which
 * operation's they are; NULL: any. */
void fields_mask(enum fields_form form, const struct apicall *call, struct span text,
    struct buf *out);

#endif
