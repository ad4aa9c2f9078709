/* What the launcher keeps of root: setting other ids, and ending what runs under them.
 */
#ifndef BROKER_LAUNCH_PRIVILEGE_H
#define BROKER_LAUNCH_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/* From root to uid and gid, keeping CAP_SETUID, CAP_SETGID and CAP_KILL only, also in
 * the bounding set, and none to be inherited.  RC_FAIL with the step's name: the
 * process must end then. */
enum rc privilege_keep(uint32_t uid, uint32_t gid, struct err *err);
/* For a launcher that was not started as root: keep the three (all of them must be
 * there), or none, and let nothing that is started later inherit any.  RC_REFUSE when
 * they are wanted and missing; RC_FAIL with errno text. */
enum rc privilege_settle(bool wanted, struct err *err);
/* Give up every capability.  RC_FAIL with errno text. */
enum rc privilege_drop(struct err *err);

#endif
