/* What an `aws …` command line asks for, as plain values: read by policies/aws.h and,
 * for the s3 commands, by policies/s3.h. */
#ifndef POLICIES_AWSREQUEST_H
#define POLICIES_AWSREQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct words;

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

#endif
