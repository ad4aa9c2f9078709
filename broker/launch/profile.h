/* Two seccomp lists, one inside the other: the launcher's own, and the narrower one
 * that each child puts on before it becomes the program. */
#ifndef BROKER_LAUNCH_PROFILE_H
#define BROKER_LAUNCH_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/* For the launcher.  become: ids may be set, to exactly uid and gid. */
enum rc profile_launcher(bool become, uint32_t uid, uint32_t gid, struct err *err);
/* For a child.  It may write no file and read only what programs need (libraries, a few
 * files of /etc), and what is named here. */
struct profile_limits {
	uint32_t nproc; /* processes and threads of the child's uid, all together */
	uint32_t cpu_s; /* CPU seconds */
	const char *program; /* its own folder; of PREFIX/bin/NAME all of PREFIX */
	const char *home;    /* the empty folder */
	const char *ca_file; /* or NULL */
};
enum rc profile_child(const struct profile_limits *l, struct err *err);

#endif
