/* The lists were measured: Python and the AWS CLI (s3, sts, ec2 against a server on
 * loopback), and the launcher's own life.  Never in either: ptrace, mount, keyctl, bpf,
 * perf_event_open, io_uring, userfaultfd, process_vm_*, kexec, modules, unshare, setns.
 * What is not listed gives EPERM, since foreign programs live with that. */
#include "broker/launch/profile.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

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
 * of its uid nor leave the group that is killed at its end. */
#define CHILD_CALLS                                                                    \
	OLD_CALLS SYS_bind, SYS_brk, SYS_clock_getres, SYS_clock_gettime,              \
	    SYS_clock_nanosleep, SYS_clone, SYS_close, SYS_close_range, SYS_connect,   \
	    SYS_copy_file_range, SYS_dup, SYS_dup3, SYS_epoll_create1, SYS_epoll_ctl,  \
	    SYS_epoll_pwait, SYS_eventfd2, SYS_execve, SYS_exit, SYS_exit_group,       \
	    SYS_faccessat, SYS_faccessat2, SYS_fadvise64, SYS_fchdir, SYS_fcntl,       \
	    SYS_fdatasync, SYS_flock, SYS_fstat, SYS_fstatfs, SYS_fsync,               \
	    SYS_ftruncate, SYS_futex, SYS_getcwd, SYS_getdents64, SYS_getegid,         \
	    SYS_geteuid, SYS_getgid, SYS_getgroups, SYS_getpeername, SYS_getpgid,      \
	    SYS_getpid, SYS_getppid, SYS_getrandom, SYS_getresgid, SYS_getresuid,      \
	    SYS_getrlimit, SYS_getrusage, SYS_getsid, SYS_getsockname, SYS_getsockopt, \
	    SYS_gettid, SYS_gettimeofday, SYS_getuid, SYS_ioctl, SYS_lseek,            \
	    SYS_madvise, SYS_membarrier, SYS_mkdirat, SYS_mmap, SYS_mprotect,          \
	    SYS_mremap, SYS_munmap, SYS_nanosleep, SYS_newfstatat, SYS_openat,         \
	    SYS_pipe2, SYS_ppoll, SYS_pread64, SYS_pselect6, SYS_pwrite64, SYS_read,   \
	    SYS_readlinkat, SYS_readv, SYS_recvfrom, SYS_recvmsg, SYS_renameat,        \
	    SYS_renameat2, SYS_restart_syscall, SYS_rseq, SYS_rt_sigaction,            \
	    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sched_getaffinity,               \
	    SYS_sched_yield, SYS_sendfile, SYS_sendmmsg, SYS_sendmsg, SYS_sendto,      \
	    SYS_set_robust_list, SYS_set_tid_address, SYS_setsockopt, SYS_shutdown,    \
	    SYS_sigaltstack, SYS_socketpair, SYS_statfs, SYS_statx, SYS_sysinfo,       \
	    SYS_times, SYS_umask, SYS_uname, SYS_unlinkat, SYS_utimensat, SYS_wait4,   \
	    SYS_waitid, SYS_write, SYS_writev

static const int child_calls[] = { CHILD_CALLS };

/* What the launcher does itself, up to each child's execve. */
static const int launcher_calls[] = { CHILD_CALLS, SYS_capset, SYS_kill,
	SYS_landlock_add_rule, SYS_landlock_create_ruleset, SYS_landlock_restrict_self,
	SYS_prctl, SYS_prlimit64, SYS_seccomp, SYS_setrlimit, SYS_setsid,
	SYS_signalfd4 };

/* Sockets of two families; the limits of the own process; a thread's name. */
#define CHILD_EXACT                                                                    \
	{ SYS_socket, 1, { AF_INET } }, { SYS_socket, 1, { AF_INET6 } },               \
	{                                                                              \
		SYS_prctl, 1,                                                          \
		{                                                                      \
			PR_SET_NAME                                                    \
		}                                                                      \
	}

static const struct confine_exact child_exact[] = { CHILD_EXACT,
	{ SYS_prlimit64, 1, { 0 } } };

enum rc
profile_launcher(bool become, uint32_t uid, uint32_t gid, struct err *err)
{
	const struct confine_exact exact[] = {
		{ SYS_socket, 1, { AF_INET } },
		{ SYS_socket, 1, { AF_INET6 } },
		{ SYS_setgroups, 1, { 0 } },
		{ SYS_setresgid, 3, { gid, gid, gid } },
		{ SYS_setresuid, 3, { uid, uid, uid } },
	};
	const struct confine c = {
		.name = "launcher",
		.calls = launcher_calls,
		.ncalls = sizeof launcher_calls / sizeof launcher_calls[0],
		.deny_only = true,
		.no_namespaces = true,
		.exact = exact,
		.nexact = become ? sizeof exact / sizeof exact[0] : 2,
	};

	return confine_apply(&c, NULL, err);
}

/* Not /proc (another child's environment), not /var, /root, /home, /tmp. */
#define READABLE                                                                       \
	"/usr", "/lib", "/lib64", "/bin", "/dev/null", "/dev/urandom",                 \
	    "/etc/ld.so.cache", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",        \
	    "/etc/localtime", "/etc/os-release", "/etc/resolv.conf",                   \
	    "/etc/nsswitch.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf",     \
	    "/etc/mime.types"

/* The folder that a program's own files lie in, into out. */
static enum rc
own_folder(const char *program, char *out, struct err *err)
{
	char *slash;

	/* A program that is not there is for execve to complain of. */
	if (realpath(program, out) == NULL) {
		strcpy(out, "/usr");
		return RC_OK;
	}
	slash = strrchr(out, '/');
	*slash = '\0';
	if ((slash = strrchr(out, '/')) != NULL && strcmp(slash, "/bin") == 0)
		*slash = '\0';
	if (out[0] == '\0')
		return err_set(err, RC_FAIL, "%s lies in the root folder", program);
	return RC_OK;
}

enum rc
profile_child(const struct profile_limits *l, struct err *err)
{
	char own[PATH_MAX];
	const char *const readable[] = { READABLE, l->home, own, l->ca_file, NULL };
	const struct confine_limit limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_NPROC, l->nproc },
		{ RLIMIT_NOFILE, 256 },
		{ RLIMIT_AS, 4ULL << 30 },
		{ RLIMIT_FSIZE, 64ULL << 20 },
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
		.exact = child_exact,
		.nexact = sizeof child_exact / sizeof child_exact[0],
		.limits = limits,
		.nlimits = sizeof limits / sizeof limits[0],
		.no_files = true,
		.readable = readable,
	};
	enum rc rc = own_folder(l->program, own, err);

	return rc == RC_OK ? confine_apply(&c, NULL, err) : rc;
}
