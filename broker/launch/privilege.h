/* What the launcher keeps of root: setting other ids, and ending what runs under them.
 */
#ifndef BROKER_LAUNCH_PRIVILEGE_H
#define BROKER_LAUNCH_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/* From root to uid and gid, keeping CAP_SETUID, CAP_SETGID and CAP_KILL only, also in
 * the bounding set.  RC_FAIL with the step's name: the process must end then. */
enum rc privilege_keep(uint32_t uid, uint32_t gid, struct err *err);
/* True when the three are there to be used. */
bool privilege_there(void);
/* Give up every capability.  RC_FAIL with errno text. */
enum rc privilege_drop(struct err *err);

#endif
