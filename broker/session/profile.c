/* Confinement of nursery and session; see profile.h.  The lists were measured with the
 * room's tests; what a session needs before it reads a stranger's byte (descriptor
 * flags, pipe sizes, the filter itself) is the nursery's to have, not its own. */
#include "broker/session/profile.h"

#include <sys/resource.h>
#include <sys/syscall.h>

/* No descriptor flags either: O_APPEND on the recording must stay. */
#define SESSION_CALLS                                                                  \
	SYS_read, SYS_write, SYS_writev, SYS_close, SYS_poll, SYS_recvmsg,             \
	    SYS_sendmsg, SYS_fsync, SYS_fdatasync, SYS_fstat, SYS_mmap, SYS_munmap,    \
	    SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_mlock, SYS_munlock,    \
	    SYS_getrandom, SYS_getpid, SYS_gettid, SYS_tgkill, SYS_clock_gettime,      \
	    SYS_gettimeofday, SYS_time, SYS_futex, SYS_rt_sigprocmask,                 \
	    SYS_rt_sigreturn, SYS_restart_syscall, SYS_exit, SYS_exit_group

static const int session_calls[] = { SESSION_CALLS };

static const int nursery_calls[] = { SESSION_CALLS,
	/* fork, and the children's ends */
	SYS_clone, SYS_set_robust_list, SYS_wait4,
	/* a child's set-up: its descriptors and its own, narrower profile */
	SYS_fcntl, SYS_newfstatat, SYS_prlimit64, SYS_prctl, SYS_seccomp };

static const struct confine_limit nursery_limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_NOFILE, 256 },
};

static const struct confine_limit session_limits[] = {
	{ RLIMIT_AS, 512u << 20 },
	{ RLIMIT_NOFILE, 32 },
};

const struct confine profile_nursery = {
	.name = "session nursery",
	.calls = nursery_calls,
	.ncalls = sizeof nursery_calls / sizeof nursery_calls[0],
	.no_exec_memory = true,
	.limits = nursery_limits,
	.nlimits = sizeof nursery_limits / sizeof nursery_limits[0],
	.no_files = true,
};

const struct confine profile_session = {
	.name = "session",
	.calls = session_calls,
	.ncalls = sizeof session_calls / sizeof session_calls[0],
	.no_exec_memory = true,
	.limits = session_limits,
	.nlimits = sizeof session_limits / sizeof session_limits[0],
	/* Files are closed to it since the nursery. */
};
