/* The API calls of an s3 command, with what its words say of their members. */
#ifndef POLICIES_S3CALLS_H
#define POLICIES_S3CALLS_H

#include <stdbool.h>

#include "policies/awsrequest.h"
#include "policies/refusal.h"

/* As bits; in the order in which they are reported: what a command is about stands
 * first. */
enum s3_call {
	S3_BUCKETS = 1 << 0,
	S3_LIST = 1 << 1, /* where things come from */
	S3_GET = 1 << 2,
	S3_PUT = 1 << 3,
	S3_COPY = 1 << 4,
	S3_DELETE = 1 << 5, /* what was named first */
	S3_MAKE_BUCKET = 1 << 6,
	S3_REMOVE_BUCKET = 1 << 7,
	S3_HEAD = 1 << 8,
	S3_LIST_TARGET = 1 << 9,
	S3_DELETE_TARGET = 1 << 10,
	S3_GET_TAGS = 1 << 11,
	S3_PUT_TAGS = 1 << 12,
	S3_CREATE_PARTS = 1 << 13,
	S3_PART = 1 << 14,
	S3_PART_COPY = 1 << 15,
	S3_COMPLETE = 1 << 16,
	S3_ABORT = 1 << 17,
};

struct s3_plan {
	unsigned calls;
	/* Where things come from and go to; NULL: a stream, or nowhere. */
	const struct aws_resource *source, *target;
	/* It is about all whose names begin so, on both sides, as in folders: a / is
	 * meant to stand behind the names. */
	bool many;
};

/* Add the calls to r, whose options are read.  RC_REFUSE, or RC_FAIL when out of
 * memory, with *refusal. */
enum rc s3calls_add(
    const struct s3_plan *plan, struct aws_request *r, struct refusal *refusal);

#endif
