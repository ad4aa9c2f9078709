/* What an `aws …` command line asks for, as plain values: read by policies/aws.h. */
#ifndef POLICIES_AWSREQUEST_H
#define POLICIES_AWSREQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "policies/apicall.h"

struct words;

#define AWS_CALLS 24
#define AWS_RESOURCES 2
#define AWS_OPTIONS 64

/* The region of a call whose command line named none: the profile's. */
#define AWS_NO_REGION "-"

/* Where a file that is staged stands in the child's own scratch. */
#define AWS_FILE_IN "/tmp/in"
#define AWS_FILE_OUT "/tmp/out"

/* A command as rules know it: "s3" and "ls", "ec2" and "describe-instances". */
struct aws_name {
	const char *service;
	const char *operation;
};

/* One API call that the command may make. */
struct aws_call {
	const char *service;   /* "s3" */
	const char *operation; /* as the CLI spells it: "list-objects-v2" */
	struct apicall *api;   /* what the words say of its members */
	/* Its objects are all whose names begin with those in api. */
	bool prefix;
	/* Members that the command fills by itself, parted by blanks; or NULL. */
	const char *own;
};

/* An option that is no parameter of the operation ("output", "max-items", "recursive"),
 * as often as it has values; value is NULL when it has none.  --profile is left out. */
struct aws_option {
	const char *name; /* without dashes */
	const char *value;
};

/* What the words of an s3 command name; key is "" for a bucket. */
struct aws_resource {
	const char *bucket;
	const char *key;
};

/* A plain value; all text is owned by the request. */
struct aws_request {
	struct aws_name name;
	/* Every API call that it may make; at least one. */
	size_t n_calls;
	struct aws_call calls[AWS_CALLS];
	/* The argument of --profile, which names a profile of the broker and does not
	 * go to the CLI; NULL when there was none.  Likewise --region, which does. */
	const char *profile;
	const char *region;
	size_t n_resources;
	struct aws_resource resources[AWS_RESOURCES];
	size_t n_options;
	struct aws_option options[AWS_OPTIONS];
	bool takes_stdin; /* a stream goes in: s3 cp - s3://… */
	/* The caller's stdin is to be staged as AWS_FILE_IN before it starts; what it
	 * leaves in AWS_FILE_OUT is its output (the caller has to ask for that: --out). */
	bool file_in, file_out;
	/* The words to run: as given, without --profile, with the paths of staged
	 * files. */
	struct words *child;
};

/* Add a call without members; *ret is the one, borrowed.  operation is the API's name,
 * cli the CLI's, which has to last as long as the program.  RC_REFUSE: over a bound. */
enum rc awsrequest_call(struct aws_request *r, const char *service,
    const char *operation, const char *cli, struct aws_call **ret, struct err *err);
/* Add an option; texts are copied.  RC_REFUSE: over a bound. */
enum rc awsrequest_option(
    struct aws_request *r, struct span name, const char *value, struct err *err);
/* Free all that it holds, and it.  NULL is fine. */
void awsrequest_free(struct aws_request *r);

#endif
