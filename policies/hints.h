/* What an asker could type on a target: the commands and options that the rules name. */
#ifndef POLICIES_HINTS_H
#define POLICIES_HINTS_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/facts.h"
#include "policies/rule.h"

#define HINTS_MAX 32768 /* bytes of all of it */

/* Append a line each, sorted, without repetition: a command's name, then its verbs and
 * options with blanks between, of all rules that may let this asker run lines on this
 * target.  Nothing is decided by it; what does not fit whole lines is left out.
 * RC_FAIL: memory. */
enum rc hints_put(const struct ruleset *set, const struct facts *facts, struct buf *out,
    struct err *err);

#endif
