/* One API call as a decision looks at it, whether argv named it or the wire showed it:
 * service, operation, region, and the members of its input.
 *
 * A member is known by name; its value only where a decision may look at it: a member
 * that is a text, number or boolean, a list of such, and what lies on one of the paths
 * of iam_paths() ("Delete.Objects.Key": dots part members, lists are walked through,
 * and a "{}" at the end means the keys of a map).  A value of more than APICALL_VALUE
 * bytes, a blob's, and any structure's is not known: the member stands there without.
 */
#ifndef POLICIES_APICALL_H
#define POLICIES_APICALL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define APICALL_VALUE 2048
#define APICALL_PARAMS 4096  /* members and values together */
#define APICALL_BYTES 131000 /* packed */

struct apicall;

struct apicall_param {
	const char *name;  /* "InstanceIds", or a path "Delete.Objects.Key" */
	struct span value; /* known only; may hold any byte */
	bool known;
};

/* Start one.  Texts are copied.  RC_FAIL: memory; RC_REFUSE: a name that is none. */
enum rc apicall_new(const char *service, const char *operation, const char *region,
    struct apicall **ret, struct err *err);
/* NULL is fine. */
void apicall_free(struct apicall *c);

/* Add a value (the same name as often as there are values), or a member whose value is
 * not known.  Too long a value is added as not known.  RC_REFUSE: over a bound. */
enum rc apicall_value(
    struct apicall *c, const char *name, struct span value, struct err *err);
enum rc apicall_member(struct apicall *c, const char *name, struct err *err);

/* Borrowed. */
const char *apicall_service(const struct apicall *c);
const char *apicall_operation(const struct apicall *c);
const char *apicall_region(const struct apicall *c);
size_t apicall_count(const struct apicall *c);
const struct apicall_param *apicall_at(const struct apicall *c, size_t i);
/* The i-th param of that name from index *at on, which is moved behind it; NULL at the
 * end.  Begin with *at = 0. */
const struct apicall_param *apicall_next(
    const struct apicall *c, const char *name, size_t *at);
/* The part of a param's name that is a member of the input: up to a dot or brace.  False
 * when it is too long to be one. */
#define APICALL_TOP 256
bool apicall_top(const char *name, char out[APICALL_TOP]);

/* As bytes and back: u32-counted strings, big endian (apicall.c says it exactly).
 * apicall_read: RC_REFUSE for anything malformed, over a bound, or left over. */
enum rc apicall_pack(const struct apicall *c, struct buf *out, struct err *err);
enum rc apicall_read(struct span bytes, struct apicall **ret, struct err *err);

#endif
