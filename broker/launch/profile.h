/* Two seccomp lists, one inside the other: the launcher's own, and the narrower one
 * that each child puts on before it becomes the program. */
#ifndef BROKER_LAUNCH_PROFILE_H
#define BROKER_LAUNCH_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/* For the launcher.  become: ids may be set, to exactly uid and gid. */
enum rc profile_launcher(bool become, uint32_t uid, uint32_t gid, struct err *err);
/* For a child, with its resource limits.  nproc counts all processes and threads of the
 * child's uid. */
enum rc profile_child(uint32_t nproc, uint32_t cpu_s, struct err *err);

#endif
