/* A condition on one fact: a text, a list of texts (one of them), {glob: "web-*"} (or a
 * list), {in: SET} (or a list).
 *
 * A plain value; texts stay borrowed from the document.
 */
#ifndef POLICIES_ONEOF_H
#define POLICIES_ONEOF_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "policies/arnpattern.h"

#define ONEOF_VALUES 256 /* in one list of a condition */
#define ONEOF_BYTES 256	 /* of one text */

struct oneof {
	const struct yaml_node *n; /* NULL: nothing is said, everything fits */
	bool glob;
	bool fold; /* as host names: case does not count; set by the caller */
};

/* What literal texts have to be; NULL: one line of 1 to ONEOF_BYTES bytes. */
struct oneof_kind {
	bool (*valid)(struct span s);
	const char *what; /* "the name of a region", for messages */
};

/* Read a condition.  sets: the file's, checked, or NULL; a text alone may not be the name
 * of one.  RC_REFUSE with the place. */
enum rc oneof_read(const struct yaml_node *n, const struct yaml_node *sets,
    const struct oneof_kind *kind, struct oneof *ret, struct err *err);

/* Bits of enum fit; value NULL: not known, which gives FIT_MAYBE. */
unsigned oneof_fit(const struct oneof *o, const char *value);

/* The same for a target, which has a name and an id (each may be NULL): either may be
 * meant.  An id that is not known is missed only by patterns that an id can fit. */
unsigned oneof_fit_target(const struct oneof *o, const char *name, const char *id);

#endif
