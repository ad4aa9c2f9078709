/* The CLI's own s3 commands: ls cp mv rm sync mb rb, between buckets and, for cp alone,
 * a stream ("-").  Local paths are refused, and so are presign and website. */
#ifndef POLICIES_S3_H
#define POLICIES_S3_H

#include <stdbool.h>
#include <stddef.h>

#include "policies/awsrequest.h"
#include "policies/refusal.h"

/* Read the n words of `aws s3 OPERATION …` that are not global options; r->name has
 * the operation.  Fills calls and resources of r, also in part when it fails: aws_free
 * frees them. */
enum rc s3_read(
    const char *const *words, size_t n, struct aws_request *r, struct refusal *refusal);

/* True for an option (len bytes of word) that may stand more than once. */
bool s3_repeats(const char *word, size_t len);

#endif
