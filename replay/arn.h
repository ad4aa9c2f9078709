/* Names of AWS's resources, shortened for people. */
#ifndef REPLAY_ARN_H
#define REPLAY_ARN_H

#include "lib/base/buf.h"

/* Where a call was made: what goes without saying.  Empty ones are not known. */
struct arn_home {
	struct span service, region, account;
};

/* Append arn, printable (text_show) and at most `most` columns long.  What an ARN of
 * home's service shares with home is left out, with all that stands before it:
 * "arn:aws:s3:::logs/a" of s3 is "logs/a"; one of elsewhere stays whole.  Where it is
 * still too long, ".." stands for its middle.  Anything that is no ARN stays. */
void arn_short(
    struct span arn, const struct arn_home *home, size_t most, struct buf *out);

#endif
