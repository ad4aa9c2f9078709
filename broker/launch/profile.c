/* The lists were measured: Python and the AWS CLI (s3, sts, ec2 against a server on
 * loopback), and the launcher's own life.  Never in any: ptrace, keyctl, bpf,
 * perf_event_open, io_uring, userfaultfd, process_vm_*, kexec, modules, setns.
 * What is not listed gives EPERM, since foreign programs live with that. */
#include "config.h" /* first: it asks for CLONE_NEWUSER */

#include "broker/launch/profile.h"

#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/launch/namespaces.h"
#include "lib/base/confine.h"

/* Not every machine has the old calls. */
#ifdef SYS_open
#define OLD_CALLS                                                                      \
	SYS_access, SYS_arch_prctl, SYS_dup2, SYS_epoll_wait, SYS_getdents,            \
	    SYS_getpgrp, SYS_lstat, SYS_mkdir, SYS_open, SYS_pipe, SYS_poll,           \
	    SYS_readlink, SYS_rename, SYS_select, SYS_stat, SYS_time, SYS_unlink,      \
	    SYS_vfork,
#else
#define OLD_CALLS
#endif

/* No kill of any kind, no setsid and no setpgid: a child can neither hurt another one
 * of its uid nor leave the group that is killed at its end.  No bind, no listen and no
 * socketpair: a datagram socket of AF_UNIX could be connected anew, to anybody. */
#define CHILD_CALLS                                                                    \
	OLD_CALLS SYS_brk, SYS_clock_getres, SYS_clock_gettime, SYS_clock_nanosleep,   \
	    SYS_clone, SYS_close, SYS_close_range, SYS_connect, SYS_copy_file_range,   \
	    SYS_dup, SYS_dup3, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait,      \
	    SYS_eventfd2, SYS_execve, SYS_exit, SYS_exit_group, SYS_faccessat,         \
	    SYS_faccessat2, SYS_fadvise64, SYS_fchdir, SYS_fcntl, SYS_fdatasync,       \
	    SYS_flock, SYS_fstat, SYS_fstatfs, SYS_fsync, SYS_ftruncate, SYS_futex,    \
	    SYS_getcwd, SYS_getdents64, SYS_getegid, SYS_geteuid, SYS_getgid,          \
	    SYS_getgroups, SYS_getpeername, SYS_getpgid, SYS_getpid, SYS_getppid,      \
	    SYS_getrandom, SYS_getresgid, SYS_getresuid, SYS_getrlimit, SYS_getrusage, \
	    SYS_getsid, SYS_getsockname, SYS_getsockopt, SYS_gettid, SYS_gettimeofday, \
	    SYS_getuid, SYS_ioctl, SYS_lseek, SYS_madvise, SYS_membarrier,             \
	    SYS_mkdirat, SYS_mmap, SYS_mprotect, SYS_mremap, SYS_munmap,               \
	    SYS_nanosleep, SYS_newfstatat, SYS_openat, SYS_pipe2, SYS_ppoll,           \
	    SYS_pread64, SYS_pselect6, SYS_pwrite64, SYS_read, SYS_readlinkat,         \
	    SYS_readv, SYS_recvfrom, SYS_recvmsg, SYS_renameat, SYS_renameat2,         \
	    SYS_restart_syscall, SYS_rseq, SYS_rt_sigaction, SYS_rt_sigprocmask,       \
	    SYS_rt_sigreturn, SYS_sched_getaffinity, SYS_sched_yield, SYS_sendfile,    \
	    SYS_sendmmsg, SYS_sendmsg, SYS_sendto, SYS_set_robust_list,                \
	    SYS_set_tid_address, SYS_setsockopt, SYS_shutdown, SYS_sigaltstack,        \
	    SYS_statfs, SYS_statx, SYS_sysinfo, SYS_times, SYS_umask, SYS_uname,       \
	    SYS_unlinkat, SYS_utimensat, SYS_wait4, SYS_waitid, SYS_write, SYS_writev

static const int child_calls[] = { CHILD_CALLS };

/* What the launcher does itself, and its forks up to execve. */
#define LAUNCHER_CALLS                                                                 \
	CHILD_CALLS, SYS_bind, SYS_capset, SYS_chdir, SYS_kill, SYS_landlock_add_rule, \
	    SYS_landlock_create_ruleset, SYS_landlock_restrict_self, SYS_listen,       \
	    SYS_prctl, SYS_prlimit64, SYS_rt_sigpending, SYS_seccomp, SYS_setrlimit,   \
	    SYS_setsid, SYS_signalfd4, SYS_socketpair, SYS_fchmod

/* Without rights over a user namespace of one's own they do nothing. */
#define MOUNT_CALLS                                                                    \
	SYS_fsconfig, SYS_fsmount, SYS_fsopen, SYS_mount_setattr, SYS_move_mount,      \
	    SYS_open_tree, SYS_pivot_root, SYS_setdomainname, SYS_sethostname,         \
	    SYS_symlinkat, SYS_umount2

static const int launcher_calls[] = { LAUNCHER_CALLS };
static const int sandbox_calls[] = { LAUNCHER_CALLS, MOUNT_CALLS };

#define STREAM(flags)                                                                  \
	{ SYS_socket, 3, { AF_INET, SOCK_STREAM | (flags), 0 } },                      \
	{                                                                              \
		SYS_socket, 3,                                                         \
		{                                                                      \
			AF_INET, SOCK_STREAM | (flags), IPPROTO_TCP                    \
		}                                                                      \
	}

/* TCP over IPv4, as the gate speaks it (other protocols that look the same escape
 * Landlock); the limits of the own process; a thread's name. */
static const struct confine_exact child_exact[] = {
	STREAM(0),
	STREAM(SOCK_CLOEXEC),
	STREAM(SOCK_NONBLOCK),
	STREAM(SOCK_CLOEXEC | SOCK_NONBLOCK),
	{ SYS_prctl, 1, { PR_SET_NAME } },
	{ SYS_prlimit64, 1, { 0 } },
};

enum rc
profile_launcher(bool become, bool sandbox, uint32_t uid, uint32_t gid, struct err *err)
{
	struct confine_exact exact[8] = { { SYS_socket, 1, { AF_INET } } };
	size_t n = 1;

	if (sandbox)
		exact[n++] =
		    (struct confine_exact){ SYS_unshare, 1, { NAMESPACES_ALL } };
	if (become) {
		exact[n++] = (struct confine_exact){ SYS_setgroups, 1, { 0 } };
		exact[n++] =
		    (struct confine_exact){ SYS_setresgid, 3, { gid, gid, gid } };
		exact[n++] =
		    (struct confine_exact){ SYS_setresuid, 3, { uid, uid, uid } };
	}
	const struct confine c = {
		.name = "launcher",
		.calls = sandbox ? sandbox_calls : launcher_calls,
		.ncalls = sandbox ? sizeof sandbox_calls / sizeof sandbox_calls[0]
				  : sizeof launcher_calls / sizeof launcher_calls[0],
		.deny_only = true,
		.no_namespaces = true,
		.exact = exact,
		.nexact = n,
	};

	return confine_apply(&c, NULL, err);
}

/* Waiting, and copying between what is open and a file of the command's. */
static const int steward_calls[] = {
	SYS_brk,
	SYS_close,
	SYS_exit,
	SYS_exit_group,
	SYS_fcntl,
	SYS_fstat,
	SYS_futex,
	SYS_getpid,
	SYS_mmap,
	SYS_munmap,
	SYS_newfstatat,
	SYS_openat,
	SYS_ppoll,
	SYS_read,
	SYS_restart_syscall,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_wait4,
	SYS_write,
#ifdef SYS_poll
	SYS_poll,
#endif
};

enum rc
profile_steward(struct err *err)
{
	/* To end as its command did. */
	const struct confine_exact exact[] = { { SYS_kill, 1,
	    { (uint32_t)getpid() } } };
	static const struct confine_limit limits[] = { { RLIMIT_CORE, 0 } };
	const struct confine c = {
		.name = "steward",
		.calls = steward_calls,
		.ncalls = sizeof steward_calls / sizeof steward_calls[0],
		.exact = exact,
		.nexact = 1,
		.limits = limits,
		.nlimits = 1,
	};

	return confine_apply(&c, NULL, err);
}

/* In a sandbox most of the host is not even there.  Without one: not /proc (another
 * child's environment), not /var, /root, /home, /tmp, and nothing of /etc. */
#define READABLE                                                                       \
	"/usr", "/lib", "/lib32", "/libx32", "/lib64", "/bin", "/dev/null",            \
	    "/dev/zero", "/dev/random", "/dev/urandom", "/etc/ld.so.cache"

enum rc
profile_child(const struct profile_limits *l, struct err *err)
{
	const char *const readable[] = { READABLE, l->home, l->folder, l->ca, NULL };
	const char *const writable[] = { l->scratch, NULL };
	const struct confine_limit limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_NPROC, l->nproc },
		{ RLIMIT_NOFILE, 256 },
		{ RLIMIT_AS, 4ULL << 30 },
		{ RLIMIT_FSIZE, l->fsize },
		{ RLIMIT_MEMLOCK, 0 },
		{ RLIMIT_MSGQUEUE, 0 },
		{ RLIMIT_CPU, l->cpu_s },
	};
	const struct confine c = {
		.name = "child",
		.calls = child_calls,
		.ncalls = sizeof child_calls / sizeof child_calls[0],
		.deny_only = true,
		.no_namespaces = true,
		.no_fast_open = true,
		.exact = child_exact,
		.nexact = sizeof child_exact / sizeof child_exact[0],
		.limits = limits,
		.nlimits = sizeof limits / sizeof limits[0],
		/* A second wall in a sandbox, the only one without. */
		.no_files = !l->sandbox || confine_has_landlock(),
		.readable = readable,
		.tcp_port = l->port,
		.port_required = !l->sandbox,
	};

	return confine_apply(&c, writable, err);
}
