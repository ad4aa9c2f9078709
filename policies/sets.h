/* The `sets` of a policy file: lists of values under a name, for rules to use. */
#ifndef POLICIES_SETS_H
#define POLICIES_SETS_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"

#define SETS_VALUES 1000 /* in one list */

enum sets_kind {
	SETS_NONE, /* there is no set of that name */
	SETS_REGIONS,
	SETS_TEXTS,
	SETS_PATHS, /* patterns of policies/pathset.h */
};

/* Check the mapping under `sets`: names, each a mapping of one key, regions, values or
 * paths, with a list of texts.  RC_REFUSE with the place. */
enum rc sets_check(const struct yaml_node *n, struct err *err);

/* The list of a set, to walk with yaml_first; NULL when sets is NULL or has no such
 * name.  sets has been checked. */
const struct yaml_node *sets_list(const struct yaml_node *sets, const char *name);

/* Which kind it is. */
enum sets_kind sets_kind(const struct yaml_node *sets, const char *name);

/* A list of 1 to SETS_VALUES texts, each one line; RC_REFUSE with the place. */
enum rc sets_check_list(const struct yaml_node *n, struct err *err);

/* A list of paths (policies/pathset.h), or the name of a set of them: *ret is the list,
 * borrowed.  RC_REFUSE with the place. */
enum rc sets_paths(const struct yaml_node *n, const struct yaml_node *sets,
    const struct yaml_node **ret, struct err *err);

/* True when one of the list's texts is exactly this. */
bool sets_has(const struct yaml_node *list, struct span value);

#endif
