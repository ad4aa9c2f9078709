/* The monitor's profile; see guard.h.  It talks to STS (libcurl, with a resolver thread)
 * and reads its files again on reload; it starts nothing. */
#include "broker/monitor/guard.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include "lib/base/confine.h"

static const int calls[] = {
	/* the loop, sockets, pipes */
	SYS_poll,
	SYS_ppoll,
	SYS_read,
	SYS_write,
	SYS_readv,
	SYS_writev,
	SYS_sendmsg,
	SYS_recvmsg,
	SYS_sendto,
	SYS_recvfrom,
	SYS_sendmmsg,
	SYS_close,
	SYS_shutdown,
	SYS_socket,
	SYS_socketpair,
	SYS_connect,
	SYS_bind,
	SYS_accept4,
	SYS_getsockopt,
	SYS_setsockopt,
	SYS_getsockname,
	SYS_getpeername,
	SYS_pipe2,
	SYS_fcntl,
	SYS_ioctl,
	SYS_dup,
	SYS_eventfd2,
	/* recordings on their way to the archive, by descriptors that the keeper opened */
	SYS_pread64,
	/* files: reload, the resolver's, the end of the control socket */
	SYS_openat,
	SYS_newfstatat,
	SYS_fstat,
	SYS_stat,
	SYS_lstat,
	SYS_statx,
	SYS_lseek,
	SYS_getdents64,
	SYS_readlink,
	SYS_readlinkat,
	SYS_access,
	SYS_faccessat,
	SYS_faccessat2,
	SYS_unlink,
	SYS_unlinkat,
	SYS_getcwd,
	/* memory and threads */
	SYS_mmap,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_brk,
	SYS_mlock,
	SYS_munlock,
	SYS_futex,
	SYS_clone,
	SYS_set_robust_list,
	SYS_rseq,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_prctl,
	SYS_exit,
	SYS_exit_group,
	/* time, signals, children that end, who we are */
	SYS_clock_gettime,
	SYS_gettimeofday,
	SYS_clock_nanosleep,
	SYS_nanosleep,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_restart_syscall,
	SYS_wait4,
	SYS_kill,
	SYS_tgkill,
	SYS_getpid,
	SYS_gettid,
	SYS_getppid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_uname,
	SYS_sysinfo,
	SYS_getrandom,
	SYS_prlimit64,
	SYS_getrusage,
};

static const struct confine_limit limits[] = {
	{ RLIMIT_CORE, 0 },
};

static const struct confine profile = {
	.name = "brokerd",
	.calls = calls,
	.ncalls = sizeof calls / sizeof calls[0],
	.no_exec_memory = true,
	.threads_only = true,
	.limits = limits,
	.nlimits = sizeof limits / sizeof limits[0],
};

enum rc
guard_enter(struct err *err)
{
	return confine_apply(&profile, NULL, err);
}
