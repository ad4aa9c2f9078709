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

/* How one example or test came out: RC_OK, or RC_REFUSE with its place in err. */
typedef void exam_each_fn(void *arg, enum rc rc, const struct err *err);
/* The same, but goes on behind one that does not hold, and tells of each.  RC_FAIL when
 * out of memory; RC_REFUSE when a list of them is malformed. */
enum rc exam_each(const struct policy *p, exam_each_fn *fn, void *arg, struct err *err);

#endif
