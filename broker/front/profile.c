/* Confinement of the listener and of a connection; see profile.h.
 *
 * All connections share one uid: never allow what reaches another process (kill,
 * ptrace, process_vm_*, pidfd_*, fcntl's F_SETOWN) or opens anything. */
#include "broker/front/profile.h"

#include <sys/resource.h>
#include <sys/syscall.h>

/* libssh, OpenSSL and the loop on a socket that is open already.  sendmsg and recvmsg
 * carry frames and their descriptors. */
#ifdef SYS_poll
#define POLL SYS_poll, SYS_ppoll
#else
#define POLL SYS_ppoll
#endif
#ifdef SYS_alarm
#define ALARM SYS_alarm, SYS_setitimer
#else
#define ALARM SYS_setitimer
#endif
#define COMMON                                                                         \
	POLL, ALARM, SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_sendmsg, SYS_read,     \
	    SYS_write, SYS_close, SYS_getpid, SYS_getrandom, SYS_brk, SYS_mmap,        \
	    SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_futex,              \
	    SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_rt_sigreturn, SYS_clock_gettime, \
	    SYS_exit_group, SYS_setsockopt, SYS_fcntl, SYS_restart_syscall

static const int client_calls[] = { COMMON };

/* It also becomes a client's process: closes what is not its own, and locks itself down
 * further. */
static const int listener_calls[] = { COMMON, SYS_accept4, SYS_socketpair, SYS_pipe2,
	SYS_clone, SYS_wait4, SYS_prctl, SYS_seccomp, SYS_prlimit64, SYS_close_range,
	SYS_gettid, SYS_getppid, SYS_set_robust_list, SYS_rseq, SYS_getsockname,
	SYS_getpeername };

static const struct confine_limit listener_limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_AS, 512u << 20 },
};

/* Memory: 64 channels of 2.5 MB at worst, each stopped by its own bounds before. */
static const struct confine_limit client_limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_AS, 384u << 20 },
	{ RLIMIT_NPROC, 0 },
	{ RLIMIT_NOFILE, 300 },
};

const struct confine profile_listener = {
	.name = "listener",
	.calls = listener_calls,
	.ncalls = sizeof listener_calls / sizeof listener_calls[0],
	.no_exec_memory = true,
	.plain_fcntl = true,
	.limits = listener_limits,
	.nlimits = sizeof listener_limits / sizeof listener_limits[0],
	.no_files = true,
};

const struct confine profile_client = {
	.name = "client",
	.calls = client_calls,
	.ncalls = sizeof client_calls / sizeof client_calls[0],
	.no_exec_memory = true,
	.plain_fcntl = true,
	.limits = client_limits,
	.nlimits = sizeof client_limits / sizeof client_limits[0],
	/* The listener's Landlock holds here too. */
};
