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

#include <stdbool.h>
#include <stddef.h>

#include "policies/refusal.h"
#include "policies/words.h"

#define AWS_CALLS 16
#define AWS_RESOURCES 2

/* One API call as rules know it: "s3", "list-objects-v2". */
struct aws_call {
	const char *service;
	const char *operation;
};

/* What the words themselves name; key is "" for a bucket. */
struct aws_resource {
	const char *bucket;
	const char *key;
};

/* A plain value; all text is owned by the request. */
struct aws_request {
	/* The command's own name: "s3" and "ls", "ec2" and "describe-instances". */
	struct aws_call name;
	/* Every API call that it may make; at least one. */
	size_t n_calls;
	struct aws_call calls[AWS_CALLS];
	/* The argument of --profile, which names a profile of the broker and does not
	 * go to the CLI; NULL when there was none.  Likewise --region, which does. */
	const char *profile;
	const char *region;
	size_t n_resources;
	struct aws_resource resources[AWS_RESOURCES];
	bool takes_stdin; /* a stream goes in: s3 cp - s3://… */
	/* The words to run: as given, without --profile. */
	struct words *child;
};

/* Read a command.  On RC_OK *ret is yours: aws_free().  RC_REFUSE, or RC_FAIL when out
 * of memory, with status and text in *refusal. */
enum rc aws_read(
    const struct words *w, struct aws_request **ret, struct refusal *refusal);
/* NULL is fine. */
void aws_free(struct aws_request *r);

#endif
