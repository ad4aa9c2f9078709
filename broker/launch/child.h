/* One child: what happens between fork and execve. */
#ifndef BROKER_LAUNCH_CHILD_H
#define BROKER_LAUNCH_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/wire/msg.h"

struct child_setup {
	bool become;	   /* take uid and gid, drop capabilities */
	uint32_t uid, gid; /* never 0 when become is set */
	int home_fd;	   /* the empty folder, open; the child's working directory */
	const char *home;  /* its path */
	uint32_t nproc;	   /* processes and threads of the child's uid */
	uint32_t cpu_s;	   /* CPU seconds, when the message names none */
};

/* Fork and become m's program, in a session and process group of its own whose number
 * is *pid, with fds (three, borrowed) as 0, 1 and 2 and nothing else open.  *status is
 * yours to close: it gives end of file when execve has happened (or the child died
 * before), and a text first when the child could not get there.  RC_FAIL: no child was
 * made. m must have passed request_check. */
enum rc child_start(const struct child_setup *c, const struct msg_launch *m,
    const int fds[3], pid_t *pid, int *status, struct err *err);

#endif
