/* Confinement of nursery and session; see profile.h.  The lists were measured with the
 * room's tests; what a session needs before it reads a stranger's byte (descriptor
 * flags, pipe sizes, the filter itself) is the nursery's to have, not its own. */
#include "broker/session/profile.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* The recording may be read by no position and its O_APPEND must stay: hence no fcntl
 * (see below), no truncate, no pwrite.  With O_APPEND each write is at the end, whatever
 * lseek said; that the resolver needs for its files. */
#define SESSION_CALLS                                                                                \
	SYS_read, SYS_write, SYS_writev, SYS_close, SYS_poll, SYS_recvmsg,                           \
	    SYS_sendmsg, SYS_fsync, SYS_fdatasync, SYS_fstat, SYS_mmap, SYS_munmap,                  \
	    SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_mlock, SYS_munlock,                  \
	    SYS_getrandom, SYS_getpid, SYS_gettid, SYS_tgkill, SYS_clock_gettime,                    \
	    SYS_gettimeofday, SYS_time, SYS_futex, SYS_rt_sigprocmask,                               \
	    SYS_rt_sigreturn, SYS_restart_syscall, SYS_exit,                                         \
	    SYS_exit_group, /* the gate's connections, both ways */                                  \
	    SYS_accept4, SYS_connect, SYS_getsockopt, SYS_setsockopt, SYS_getsockname,               \
	    SYS_getpeername, SYS_sendto, SYS_recvfrom,                                               \
	    SYS_shutdown, /* the resolver: a thread a name, files that Landlock lets it read, DNS */ \
	    SYS_clone, SYS_set_robust_list, SYS_rseq, SYS_rt_sigaction,                              \
	    SYS_socketpair, SYS_sendmmsg, SYS_openat, SYS_newfstatat, SYS_lseek

/* Sockets to the network alone: nothing of ours listens there. */
#define SESSION_EXACT                                                                  \
	{ SYS_socket, 1, { AF_INET } },                                                \
	{                                                                              \
		SYS_socket, 1,                                                         \
		{                                                                      \
			AF_INET6                                                       \
		}                                                                      \
	}

/* Tried by libraries, and done without: the resolver asks nobody but DNS, curl's
 * sockets are made as it wants them. */
static const struct confine_exact session_refused[] = {
	{ SYS_socket, 1, { AF_UNIX } },
	{ SYS_socket, 1, { AF_NETLINK } },
	{ SYS_fcntl, 0, { 0 } },
	{ SYS_ioctl, 0, { 0 } },
};
static const struct confine_exact nursery_refused[] = {
	{ SYS_socket, 1, { AF_UNIX } },
	{ SYS_socket, 1, { AF_NETLINK } },
	{ SYS_ioctl, 0, { 0 } },
};

static const struct confine_exact session_exact[] = { SESSION_EXACT };

static const int session_calls[] = { SESSION_CALLS };

static const int nursery_calls[] = { SESSION_CALLS,
	/* the children's ends */
	SYS_wait4,
	/* a child's set-up: its descriptors, its way to AWS, and its own, narrower
	 * profile */
	SYS_fcntl, SYS_eventfd2, SYS_pipe2, SYS_prlimit64, SYS_prctl, SYS_seccomp };

/* What the C library reads for a lookup, and where it lies behind links. */
static const char *const readable[] = { "/etc/hosts", "/etc/resolv.conf",
	"/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/run/systemd/resolve",
	"/run/resolvconf", "/run/NetworkManager", NULL };

static const struct confine_limit nursery_limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_NOFILE, 512 },
};

static const struct confine_limit session_limits[] = {
	{ RLIMIT_AS, 1u << 30 },
	/* 64 clients, as many ways to AWS, lookups under way */
	{ RLIMIT_NOFILE, 256 },
};

const struct confine profile_nursery = {
	.name = "session nursery",
	.calls = nursery_calls,
	.ncalls = sizeof nursery_calls / sizeof nursery_calls[0],
	.no_exec_memory = true,
	.no_namespaces = true,
	.exact = session_exact,
	.nexact = sizeof session_exact / sizeof session_exact[0],
	.refused = nursery_refused,
	.nrefused = sizeof nursery_refused / sizeof nursery_refused[0],
	.limits = nursery_limits,
	.nlimits = sizeof nursery_limits / sizeof nursery_limits[0],
	.no_files = true,
	.readable = readable,
};

const struct confine profile_session = {
	.name = "session",
	.calls = session_calls,
	.ncalls = sizeof session_calls / sizeof session_calls[0],
	.no_exec_memory = true,
	.threads_only = true,
	.exact = session_exact,
	.nexact = sizeof session_exact / sizeof session_exact[0],
	.refused = session_refused,
	.nrefused = sizeof session_refused / sizeof session_refused[0],
	.limits = session_limits,
	.nlimits = sizeof session_limits / sizeof session_limits[0],
	/* Files but the resolver's are closed to it since the nursery. */
};
