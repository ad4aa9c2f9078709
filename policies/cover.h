/* Whether a call on the wire is one that the command line asked for.
 *
 * It is when one of the command's calls is of that operation and region, and
 *   - everything that the call needs is on a resource that the words named, exactly, or
 *     on one whose name begins so where the command goes through all of them;
 *   - it has no member that the words did not give, but what the command or any client
 *     fills by itself;
 *   - members whose values the words gave are there, with these values.
 */
#ifndef POLICIES_COVER_H
#define POLICIES_COVER_H

#include <stdbool.h>

#include "policies/question.h"

/* place: where the command runs (its own region, or the profile's).  False with why, for
 * people, also when out of memory. */
bool cover_allows(const struct aws_request *req, const struct apicall *call,
    const struct iam_place *place, struct err *why);

/* The same with both laid out, argv by question_argv, call by question_call: the one of
 * argv's calls that covers it, or NULL with why. */
const struct question_call *cover_find(
    const struct question *argv, const struct question *call, struct err *why);

/* All that the command's calls need, each action and resource once: what a lease has to
 * be good for.  The needs' resource is what a policy of IAM says; it ends in * where the
 * command goes through all names that begin so.  On RC_OK clear with cover_clear(), not
 * iam_clear().  RC_REFUSE as iam_needs. */
enum rc cover_needs(const struct aws_request *req, const struct iam_place *place,
    struct iam_needs *ret, struct err *err);
void cover_clear(struct iam_needs *n);

#endif
