/* Namespaces of a command's own: user, pid, ipc, uts, net, mount, cgroup. */
#ifndef BROKER_LAUNCH_NAMESPACES_H
#define BROKER_LAUNCH_NAMESPACES_H

#include "lib/base/err.h"

/* The flags that unshare(2) is called with, and the only ones. */
#define NAMESPACES_ALL                                                                 \
	(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |   \
	    CLONE_NEWNS | CLONE_NEWCGROUP)

/* Enter new ones.  The caller keeps its uid and gid, the only ones there are inside,
 * and has every capability there; its next child is process 1.  The loopback interface
 * is up, the host name is "broker".  RC_REFUSE when the kernel does not permit it, with
 * what to do about that; RC_FAIL with the step's name. */
enum rc namespaces_enter(struct err *err);
/* Give up the capabilities of namespaces_enter, also those that execve could give. */
enum rc namespaces_drop(struct err *err);

#endif
