/* How a rule with `aws` speaks about what is judged.  Answers are bits of enum fit: an allow acts
 * on FIT_SURE, a deny on FIT_MAYBE, a hold on both, and lets through with FIT_SURE
 * alone.  Who asks, and on which path, is not looked at here. */
#ifndef POLICIES_FIT_H
#define POLICIES_FIT_H

#include "policies/question.h"
#include "policies/rule.h"

/* A call as a whole: the command's options, the members, staged files. */
unsigned fit_call(
    const struct rule *r, const struct question *q, const struct question_call *c);

/* One point of it: its operation, its resource. */
unsigned fit_operation(
    const struct rule *r, const struct question *q, const struct point *p);
unsigned fit_resource(
    const struct rule *r, const struct question *q, const struct point *p);
/* True when fit_resource is FIT_NO for all points of the call, and that is plain. */
bool fit_elsewhere(const struct rule *r, const struct question_call *c);

/* The operations, resources, parameters and options of an exception in a rule.  lets: as
 * one that lets through is read, so that only CLI names without wildcards count. */
unsigned fit_except(const struct awsrule *a, bool lets, const struct question *q,
    const struct question_call *c, const struct point *p);

/* What is left of a rule's fit beside its exception: nothing where that surely holds
 * (sure: its fit read narrowly), no certainty where it may (wide: read widely). */
unsigned fit_besides(unsigned fit, unsigned sure, unsigned wide);

/* True when bits make a rule of that effect act. */
bool fit_acts(enum effect effect, unsigned fit);

/* True when the rule speaks about the question: an allow about all of its points, a
 * hold or deny about any. */
bool fit_rule(const struct rule *r, const struct question *q);

#define FIT_WHY 160

/* What keeps an allow or hold that names the point's operation from fitting, for
 * people: "not this resource", "not the option --acl".  Returns out; "" when it fits,
 * or does not name the operation. */
const char *fit_why(const struct rule *r, const struct question *q,
    const struct question_call *c, const struct point *p, char out[FIT_WHY]);

#endif
