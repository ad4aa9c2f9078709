/* A profile: which account, role and region a command goes to.  It is what the AWS CLI
 * calls a profile, but names an entry of broker.yaml and never a file.
 *
 * Plain values and the checks on them, as IAM and STS define them.
 */
#ifndef LIB_MODEL_PROFILE_H
#define LIB_MODEL_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* What sts:AssumeRole takes as DurationSeconds, in milliseconds. */
#define PROFILE_LEAST_DURATION (15ull * 60 * 1000)
#define PROFILE_MOST_DURATION (12ull * 60 * 60 * 1000)

struct profile {
	const char *name;
	const char *account; /* 12 digits */
	const char *role;    /* its ARN, in that account */
	const char *region;  /* where STS is asked and commands go unless they say */
	const char *external_id; /* or NULL */
	uint64_t duration;	 /* longest life of a lease, milliseconds */
	const char
	    *os_user; /* whom sessions on targets run as; NULL: as AWS is set up */
	const char *class_; /* of its recordings' retention; NULL: that of all */
};

/* Twelve digits. */
bool profile_account(struct span s);
/* arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME, where PARTITION is aws or begins with
 * "aws-", the path has at most 512 bytes of printable ASCII, and the name 1 to 64 of
 * [A-Za-z0-9_+=,.@-].  *account, borrowed from s, is its account. */
bool profile_role(struct span s, struct span *account);
/* The syntax of a host name label in lower case: it becomes part of host names. */
bool profile_region(struct span s);
/* 2 to 1224 bytes of [A-Za-z0-9_+=,.@:/-]. */
bool profile_external_id(struct span s);

/* The profile of that name among count, or NULL. */
const struct profile *profile_find(
    const struct profile *all, size_t count, struct span name);

#endif
