/* How a verdict came about, part by part: the same evaluation, watched.
 *
 * For people who write policies.  It names every rule that is nearest, also such as the
 * identity that asks may not hear of (verdict.reason has what that may).
 */
#ifndef POLICIES_EXPLAIN_H
#define POLICIES_EXPLAIN_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/model/facts.h"
#include "lib/model/verdict.h"
#include "policies/aws.h"
#include "policies/part.h"
#include "policies/rule.h"

#define EXPLAIN_NEAR 3 /* rules that nearly fit, told for each part */
#define EXPLAIN_TEXT 400

struct explain_near {
	const char *rule; /* "POLICY/RULE" */
	char why[PART_WHY];
};

/* One program, redirection, or operation on a resource. */
struct explain_part {
	size_t number;		 /* from 1 */
	char text[EXPLAIN_TEXT]; /* as people may read it: escaped, perhaps cut */
	/* "allow", "hold", "deny", "unmatched", or a reason that it is undecidable;
	 * "wrapper" for a program that only starts the next part. */
	const char *outcome;
	const char *rule; /* that decided; "" when none did */
	size_t n_near;	  /* of an unmatched part */
	struct explain_near near[EXPLAIN_NEAR];
};

/* Who watches.  part may be NULL. */
struct explain {
	void (*part)(const struct explain_part *p, void *arg);
	void *arg;
	size_t looked; /* set: how many rules were looked at */
};

/* As decide_line() and decide(), with the parts told one after the other, all of them
 * after the verdict is made. */
void explain_line(const struct ruleset *set, struct span line,
    const struct facts *facts, struct explain *e, struct verdict *ret,
    struct buf *canon);
void explain_argv(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct explain *e, struct verdict *ret);

/* A part as lines of text: number, text, outcome and rule, and below them what is near.
 * The caller checks buf_ok. */
void explain_put(const struct explain_part *p, struct buf *out);

#endif
