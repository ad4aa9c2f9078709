/* An API call as text: what approvers read, and what their approval binds.
 *
 *	s3:DeleteObject in eu-west-1: Bucket='logs' Key='a/b'
 *
 * Members in the order of their names, the values of one name in their own order.  In a
 * value a quote is \x27, a backslash \\, and whatever is no plain character \xNN: two
 * calls have the same text only when all that is known of them is the same.  Members
 * that change nothing of what is done (iam_harmless) are left out, so that a retry has
 * the text of the first try.
 */
#ifndef BROKER_MONITOR_CALLTEXT_H
#define BROKER_MONITOR_CALLTEXT_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/apicall.h"

#define CALLTEXT_MAX 32000

/* Append the text to out.  *whole is false when there are members whose values are not
 * known ("Body=?"): then the text does not stand for the call alone.  RC_REFUSE: longer
 * than CALLTEXT_MAX; RC_FAIL: memory. */
enum rc calltext_put(
    const struct apicall *c, struct buf *out, bool *whole, struct err *err);

#endif
