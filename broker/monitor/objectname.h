/* What a bucket and an object in it may be called, so that every client means the same.
 * Source: Amazon S3 User Guide, "Bucket naming rules"; "Naming objects". */
#ifndef BROKER_MONITOR_OBJECTNAME_H
#define BROKER_MONITOR_OBJECTNAME_H

#include <stdbool.h>

#include "lib/base/buf.h"

#define OBJECTNAME_BUCKET 64	/* a bucket's name with its NUL */
#define OBJECTNAME_KEY_MAX 1024 /* bytes of a key */

/* Lower-case letters, digits, and between two of them '-' or a single '.'. */
bool objectname_bucket(struct span name);
/* A key or the beginning of one; it may be empty.  UTF-8 without control characters, no
 * slash in front, no empty, "." or ".." segments. */
bool objectname_key(struct span key);

#endif
