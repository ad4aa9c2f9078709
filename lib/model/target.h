/* Targets of sessions: what AWS calls them, and which names people may give them.
 *
 * The two never overlap: what has the form of an id is never looked up as a name.
 */
#ifndef LIB_MODEL_TARGET_H
#define LIB_MODEL_TARGET_H

#include <stdbool.h>

#include "lib/base/buf.h"

#define TARGET_ID_MOST 400

enum target_kind {
	TARGET_NONE,	  /* no id of a target */
	TARGET_INSTANCE,  /* "i-" and 1 to 32 hexadecimal digits in lower case */
	TARGET_MANAGED,	  /* "mi-" and the same: a machine that is not EC2's */
	TARGET_CONTAINER, /* "ecs:CLUSTER_TASK_RUNTIME" out of [A-Za-z0-9_.:/-] */
};

/* Which kind of id it is, by its form alone. */
enum target_kind target_kind(struct span s);
/* A name that the configuration may give: 1 to 64 bytes of [A-Za-z0-9._-] that begin with
 * none of ".-", are no id and not "aws", which is the gate where ports are asked for. */
bool target_alias(struct span s);

#endif
