/* What is looked for in the text of a recording.
 *
 * Looking costs the text's length times a constant, whatever stands in either: the text
 * is a stranger's.
 */
#ifndef REPLAY_NEEDLE_H
#define REPLAY_NEEDLE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define PATTERN_MOST 1024

struct needle;

/* TEXT as it stands, or between slashes an expression of policies/re.h, which may begin
 * with ^ and end with $.  ignore_case: for the letters of ASCII.  On RC_OK *ret is
 * yours: needle_free().  RC_REFUSE: empty, too long, or no expression, with the place;
 * RC_FAIL: memory. */
enum rc needle_new(
    const char *text, bool ignore_case, struct needle **ret, struct err *err);
/* NULL is fine. */
void needle_free(struct needle *p);

/* True when it stands somewhere in line.  line is lent: letters may come back small. */
bool needle_in(const struct needle *p, struct buf *line);

/* True when it looks at where a line begins or ends: else what is not in a line is in no
 * part of it either. */
bool needle_anchored(const struct needle *p);

#endif
