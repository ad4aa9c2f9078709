/* Seccomp lists, one inside the other: the launcher's own, and the narrower one that each
 * child puts on before it becomes the program; and that of who waits for it. */
#ifndef BROKER_LAUNCH_PROFILE_H
#define BROKER_LAUNCH_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/* For the launcher.  become: ids may be set, to exactly uid and gid.  sandbox:
 * namespaces may be made, all of them at once, and mounts in them. */
enum rc profile_launcher(
    bool become, bool sandbox, uint32_t uid, uint32_t gid, struct err *err);
/* For a process that does nothing but wait for a command. */
enum rc profile_steward(struct err *err);
/* For a child.  It may read what programs need (libraries, the gate's CA), write to its
 * scratch folder, and connect to the gate's port. */
struct profile_limits {
	uint32_t nproc;	     /* processes and threads of the child's uid, all together;
				 in a sandbox those of this command */
	uint32_t cpu_s;	     /* CPU seconds */
	uint64_t fsize;	     /* bytes of the largest file that it may write */
	const char *folder;  /* the program's own */
	const char *home;    /* the empty folder */
	const char *ca;	     /* the gate's CA, a file */
	const char *scratch; /* a folder */
	uint16_t port;	     /* the gate's */
	bool sandbox;	     /* it is in namespaces of its own */
};
enum rc profile_child(const struct profile_limits *l, struct err *err);

#endif
