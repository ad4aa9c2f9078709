/* What an `aws …` command line asks for: service, operation, the API calls it makes and
 * what it says of their members.
 *
 * Less is accepted than the CLI takes, so that this reading and the CLI's cannot part:
 * options are spelled in full and stand once, options of the service stand behind the
 * operation, nothing names a local file, another endpoint, other credentials or other
 * input than these words.  Services and the sub-commands that are no API call come from
 * closed lists (awsfacts.h), operations and their parameters from the CLI's own model
 * (awsmodel.h); that required ones are there is left to the CLI.
 *
 * Two forms of files are taken, for rules that allow them: file://- or fileb://- as the
 * value of a parameter is the caller's stdin, - as the name of an operation's output
 * file its stdout.
 *
 * Refused with status 64: what is not a command here (no service of the list, help,
 * configure, sub-commands of the CLI's own making, operations and options that the
 * model does not know) or is put together wrongly (abbreviations, repeated options, --,
 * values that can be read in two ways).  With 77: options that redirect or widen
 * (--endpoint-url, --debug, --cli-input-json …), any other file:// and fileb://, local
 * paths.
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
