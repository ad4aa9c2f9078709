/* What an `aws …` command line asks for: service, operation, the API calls it makes.
 *
 * Less is accepted than the CLI takes, so that this reading and the CLI's cannot part:
 * options are spelled in full and stand once, options of the service stand behind the
 * operation, nothing names a local file, another endpoint, other credentials or other
 * input than these words.  Services and the sub-commands that are no API call come from
 * closed lists (awsfacts.h); whether an operation exists is left to the CLI.
 *
 * Refused with status 64: what is not a command here (no service of the list, help,
 * wait, configure, sub-commands of the CLI's own making) or is put together wrongly
 * (abbreviations, repeated options, --).  With 77: options that redirect or widen
 * (--endpoint-url, --debug, --cli-input-json …), file:// and fileb:// anywhere, local
 * paths, operations that write local files.
 */
#ifndef POLICIES_AWS_H
#define POLICIES_AWS_H

#include "policies/awsrequest.h"
#include "policies/refusal.h"
#include "policies/words.h"

/* Read a command.  On RC_OK *ret is yours: aws_free().  RC_REFUSE, or RC_FAIL when out
 * of memory, with status and text in *refusal. */
enum rc aws_read(
    const struct words *w, struct aws_request **ret, struct refusal *refusal);
/* NULL is fine. */
void aws_free(struct aws_request *r);

#endif
