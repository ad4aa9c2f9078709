/* Confinement of our own processes, before they read a hostile byte.
 *
 * A profile is a const table that stands in the room whose process it binds.  What is
 * applied, in this order: resource limits, not dumpable, no new privileges, Landlock,
 * seccomp.  Any step that the kernel refuses is an error: the process must not go on.
 */
#ifndef LIB_BASE_CONFINE_H
#define LIB_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"

/* A limit for setrlimit(2): soft and hard alike; a lower hard limit stays as it is. */
struct confine_limit {
	int resource; /* RLIMIT_… */
	uint64_t value;
};

/* A call that passes only when its first nargs arguments are exactly these (as 32-bit
 * values).  Several rows for one call are alternatives. */
struct confine_exact {
	int call;
	unsigned nargs; /* 0 (whatever they are) to 3 */
	uint32_t args[3];
};

struct confine {
	const char *name;
	/* System calls that may be used, by number (SYS_…); any other one kills the
	 * process (or gives EPERM, where deny_only is set).  NULL: no filter. */
	const int *calls;
	size_t ncalls;
	bool deny_only;	     /* for a process whose children are foreign programs */
	bool no_exec_memory; /* mmap and mprotect with PROT_EXEC kill too */
	bool plain_fcntl;    /* fcntl only for flags and copies: none of its calls that
				 * make the kernel signal another process */
	bool threads_only;   /* clone only with CLONE_THREAD: no child processes */
	bool no_namespaces;  /* clone without any CLONE_NEW… flag */
	/* What is sent carries no MSG_FASTOPEN: such a call opens a connection past
	 * Landlock's rule on connect(2). */
	bool no_fast_open;
	const struct confine_exact *exact; /* beside calls, not in it; may be NULL */
	size_t nexact;
	/* Calls that fail with EACCES where the filter would kill: what a library tries
	 * and can do without.  Rows as above; may be NULL. */
	const struct confine_exact *refused;
	size_t nrefused;
	const struct confine_limit *limits;
	size_t nlimits;
	bool no_files; /* Landlock: no path may be opened, made or removed */
	/* Under no_files: folders and files that may be read and executed all the same,
	 * and devices that may be read and written; NULL-terminated, may be NULL.  What
	 * does not exist is left out. */
	const char *const *readable;
	/* Landlock, from ABI 4 on (Linux 6.7): TCP may be bound to no port, and
	 * connected to this one only; 0: not looked at.  Of the peer the port counts,
	 * not the address.  Older kernels: an error with port_required, else left
	 * out. */
	uint16_t tcp_port;
	bool port_required;
};

/* Apply the profile to this process for good.  paths: folders that stay usable under
 * no_files (NULL-terminated; may be NULL).  RC_FAIL with the step's name. */
enum rc confine_apply(
    const struct confine *c, const char *const *paths, struct err *err);

/* True when the kernel offers Landlock (asked at run time). */
bool confine_has_landlock(void);
/* True when its Landlock knows TCP ports. */
bool confine_has_tcp_ports(void);

/* Give up root: supplementary groups, gid, uid, and check that there is no way back.
 * Capabilities go with it.  RC_FAIL with the step's name; the process must end then. */
enum rc confine_become(uint32_t uid, uint32_t gid, struct err *err);

#endif
