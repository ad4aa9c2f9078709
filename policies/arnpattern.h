/* Patterns of resources: "arn:aws:s3:::logs-*", "arn:aws:dynamodb:*:111122223333:table/a".
 *
 * * stands for any characters, ? for one, as in IAM: they cross / and : too.  "*" alone
 * is about everything, also what names no resource.
 */
#ifndef POLICIES_ARNPATTERN_H
#define POLICIES_ARNPATTERN_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"

/* How something fits: bits, since what is not known may fit and not fit. */
enum fit {
	FIT_NO = 0,
	FIT_SURE = 1,  /* all of it is what was described: an allow may act on it */
	FIT_MAYBE = 2, /* some of it is, or may be: a deny has to act on it */
	FIT_BOTH = 3,
};

/* Of several things that are all asked for: sure where each is, and maybe where any may
 * be. */
static inline unsigned
fit_all(unsigned all, unsigned one)
{
	return (all & one & FIT_SURE) | ((all | one) & FIT_MAYBE);
}

/* Read a pattern; *ret is borrowed from the document.  RC_REFUSE with the place for
 * anything but "*" and six fields parted by colons, the first of them arn. */
enum rc arnpattern_read(const struct yaml_node *n, const char **ret, struct err *err);

enum arn_kind {
	ARN_EXACT,
	ARN_BEGINNING, /* all resources whose ARNs begin so */
	ARN_PATTERN,   /* all that it stands for, with * and ? as here */
};

/* How a rule's pattern fits what is asked for: enum fit.  Of the pattern "*" (nobody
 * knows which resource) only "*" is sure, and anything may be it. */
unsigned arnpattern_fit(const char *pattern, const char *arn, enum arn_kind kind);
/* True when it fits nothing that begins so, of no kind; a look at many at once.  Of an
 * ARN_PATTERN, what stands before its first wildcard is a beginning. */
bool arnpattern_apart(const char *pattern, struct span beginning);

#endif
