/* What a hold needs, as people and programs read it. */
#ifndef LIB_MODEL_NEEDS_H
#define LIB_MODEL_NEEDS_H

#include <jansson.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/verdict.h"

/* Append whose approvals count, and by which rule: "group sre (rule p/r)", or "group sre,
 * bob, not carol, of different groups (rule p/r)". */
void needs_put(const struct approver_need *n, struct buf *out);

/* All needs of a verdict as a list of objects: "rule", "need", "from", "auth", and, where
 * they mean something, "not", "distinct_groups": true, "reason": "required",
 * "verified": "required".  Yours; NULL when out of memory. */
json_t *needs_json(const struct verdict *v);

/* The inverse: set v's needs and n_needs from such a list, which comes from where it was
 * kept.  RC_REFUSE, and v untouched, when it is anything else: no list, empty or longer
 * than a verdict has room for, a member that is missing, unknown, of another type or out
 * of its bounds. */
enum rc needs_read(const json_t *list, struct verdict *v, struct err *err);

#endif
