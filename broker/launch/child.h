/* One child: what happens between fork and execve.
 *
 * With a sandbox three processes stand for a command: one that the launcher waits for,
 * which has entered the namespaces but their process numbers; process 1 of those, its
 * steward; and the program.  All are of one process group, and each dies with its
 * parent.
 */
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
	int home_fd;	   /* the empty folder, open */
	const char *home;  /* its path */
	uint32_t nproc;	   /* processes and threads of the child's uid */
	uint32_t cpu_s;	   /* CPU seconds, when the message names none */
	bool sandbox;	   /* in namespaces; else within what Landlock allows */
	uint64_t scratch;  /* bytes of its scratch folder */
};

#define CHILD_FDS 4 /* stdin, stdout, stderr, gate */

/* Fork and become m's program, in a session and process group of its own whose number
 * is *pid, with the first three of fds (borrowed) as 0, 1 and 2 and nothing else open;
 * the gate gets its listening socket first (proxy.h).  *status is yours to close: it
 * gives end of file when execve has happened (or, where input is staged first, when
 * that begins; or the child died before), and a text first when the child could not get
 * there.  RC_FAIL: no child was made.
 *
 * m must have passed request_check.  scratch: the name of a folder that the child makes
 * where there is no sandbox; child_sweep removes it.  trial: all but execve, ends with
 * 0. */
enum rc child_start(const struct child_setup *c, const struct msg_launch *m,
    const int fds[CHILD_FDS], const char *scratch, bool trial, pid_t *pid, int *status,
    struct err *err);

/* Fork, and remove a scratch folder (NULL: those of launchers that were killed) as the
 * child's uid; the process ends by itself. */
enum rc child_sweep(
    const struct child_setup *c, const char *scratch, pid_t *pid, struct err *err);

#endif
