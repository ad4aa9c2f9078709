/* The value of `aws ssm start-session --parameters`: JSON, or the CLI's shorthand. */
#ifndef POLICIES_SSMPARAMS_H
#define POLICIES_SSMPARAMS_H

#include "lib/base/buf.h"
#include "policies/refusal.h"

#define SSMPARAMS_MOST 8 /* parameters of a document */

/* Append to what these point to; NULL: the name is not taken. */
struct ssmparam {
	const char *name;
	struct buf *value;
	bool set;
};

/* Each parameter is one text, or a list of one.  known has n rows; what is there is set,
 * once.  RC_REFUSE for another name, one that stands twice, several values, and what the
 * CLI would not read or read otherwise; RC_FAIL: memory; both with *r. */
enum rc ssmparams_read(
    const char *text, struct ssmparam *known, size_t n, struct refusal *r);

#endif
