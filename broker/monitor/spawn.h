/* Starting the service processes: own binary, own uid, descriptors by number. */
#ifndef BROKER_MONITOR_SPAWN_H
#define BROKER_MONITOR_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"

/* A uid and its group; both 0 where brokerd was not started as root. */
struct spawn_user {
	uint32_t uid, gid;
};

struct spawn {
	const char *program;	/* absolute path */
	char *const *argv;	/* NULL-terminated, argv[0] included */
	struct spawn_user user; /* uid 0: stay who we are */
	bool switcher;	/* keep CAP_SETUID, CAP_SETGID and CAP_KILL (the launcher) */
	int control;	/* becomes descriptor 3 */
	const int *fds; /* become 4, 5, … */
	unsigned nfds;
};

/* Fork and exec.  The child has descriptors 0 (/dev/null), 1 and 2 (our stderr), 3 and
 * up; default signals; an environment of PATH and LANG alone.  It dies with us
 * (PR_SET_PDEATHSIG).  RC_FAIL when it could not be forked; a failed exec shows as the
 * end of the control socket. */
enum rc spawn_service(const struct spawn *s, pid_t *ret, struct err *err);

#endif
