/* The launcher's work: LAUNCH, KILL, and what becomes of the children.
 *
 * Messages, on a frame socket to the monitor; a frame's id is the session's number:
 *	LAUNCH + 4 descriptors	start a command; answered by LAUNCHED, whose pid is 0
 *				and whose text says why when nothing runs.  Before
 *				that LISTENING goes out on the fourth one
 *	KILL			pass a signal to the command's process group; nothing
 *				happens when it is over already
 *	EXITED			once after each good LAUNCHED, when the command and all
 *				of its process group are dead
 */
#ifndef BROKER_LAUNCH_LAUNCHER_H
#define BROKER_LAUNCH_LAUNCHER_H

#include "broker/launch/child.h"
#include "broker/launch/request.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"

struct launcher;

#define LAUNCHER_CHILDREN 1024 /* at once */

/* Serve sock (taken, also on failure) in the loop.  setup and rules are copied, what
 * they point at is borrowed.  When the monitor's end closes, every child is killed, and
 * once they are dead (or after five seconds) the loop is stopped.  RC_FAIL: memory,
 * signals. */
enum rc launcher_new_take(struct loop *loop, int sock, const struct child_setup *setup,
    const struct request_rules *rules, struct launcher **ret, struct err *err);
/* NULL is fine.  Children that are left die with this process. */
void launcher_free(struct launcher *l);
/* How it ended: RC_END when the monitor closed in good order. */
enum rc launcher_result(const struct launcher *l);

#endif
