/* The examples and tests that a policy brings along: its author's own proof.
 *
 * An example is a line that a rule is to match, or not to match, whoever asks.  A test
 * is a whole question (as, line or argv, expect) put to the file alone.  Both are put
 * at load; one wrong answer refuses the file.
 */
#ifndef POLICIES_EXAM_H
#define POLICIES_EXAM_H

#include "lib/base/err.h"
#include "policies/policy.h"

/* RC_OK when all hold; RC_REFUSE with the place of the first that does not, or that is
 * malformed; RC_FAIL when out of memory. */
enum rc exam_run(const struct policy *p, struct err *err);

#endif
